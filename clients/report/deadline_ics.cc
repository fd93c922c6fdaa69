#include "clients/report/deadline_ics.h"

#include <libical/ical.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "absl/strings/str_cat.h"
#include "clients/report/plain_text.h"
#include "server/base/error.h"

namespace tocsin::report {
namespace {

constexpr absl::Duration kAlarmsBefore[] = {absl::Hours(12), absl::Hours(4), absl::Hours(1),
                                            absl::ZeroDuration()};

struct FreeComponent {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};
using Component = std::unique_ptr<icalcomponent, FreeComponent>;

struct FreeText {
  void operator()(char* text) const { icalmemory_free_buffer(text); }
};

bool HasEvent(const Deadline& deadline) {
  return deadline.due && deadline.state != DeadlineState::kExpected;
}

icaltimetype Utc(absl::Time time) {
  return icaltime_from_timet_with_zone(absl::ToTimeT(time), /*is_date=*/0,
                                       icaltimezone_get_utc_timezone());
}

// SEQUENCE is a signed 32-bit number in every calendar program.
int SequenceOf(const DeadlineList& list) {
  constexpr uint64_t kMax = std::numeric_limits<int>::max();
  return static_cast<int>(std::min(list.last_sequence, kMax));
}

std::string SummaryOf(const DeadlineList& list, const Deadline& deadline) {
  std::string text = list.drill ? "DRILL: " : "";
  if (deadline.state == DeadlineState::kMissed) absl::StrAppend(&text, "MISSED: ");
  absl::StrAppend(&text, deadline.label);
  if (deadline.provisional) absl::StrAppend(&text, " (provisional)");
  if (deadline.state == DeadlineState::kConditional) absl::StrAppend(&text, " (conditional)");
  if (!deadline.regime.empty()) absl::StrAppend(&text, ", ", deadline.regime);
  absl::StrAppend(&text, ", ", list.incident);
  return OneLine(text);
}

std::string DescriptionOf(const DeadlineList& list, const Deadline& deadline) {
  std::string text;
  const auto add = [&text](const std::string& name, const std::string& value) {
    absl::StrAppend(&text, text.empty() ? "" : "\n", name, ": ", OneLine(value));
  };
  if (list.drill) add("DRILL", "an exercise, nothing of this goes to an authority");
  add("Due", LocalAndUtc(*deadline.due, list.zone));
  if (deadline.legal_latest && *deadline.legal_latest != *deadline.due) {
    add("Legal latest", LocalAndUtc(*deadline.legal_latest, list.zone));
  }
  add("State", StateText(deadline, list.written));
  if (deadline.provisional) add("PROVISIONAL", kProvisional);
  if (!deadline.article.empty()) add("Article", deadline.article);
  if (!deadline.primary_norm.empty()) add("In words", deadline.primary_norm);
  if (deadline.anchor_time) {
    add("Runs from",
        absl::StrCat(deadline.anchor, ", ", LocalAndUtc(*deadline.anchor_time, list.zone)));
  }
  if (const std::string to = AddresseeText(deadline); !to.empty()) add("To", to);
  add("Look it up",
      absl::StrCat("tocsin deadlines explain ", deadline.id, " --incident ", list.incident));
  add("Written", absl::StrCat(LocalAndUtc(list.written, list.zone), " after entry #",
                              list.last_sequence, "; import a newer calendar after every change"));
  return text;
}

Component Alarm(absl::Duration before, const std::string& summary) {
  Component alarm(icalcomponent_new_valarm());
  icaltriggertype trigger = {};
  trigger.time = icaltime_null_time();
  trigger.duration = icaldurationtype_from_int(-static_cast<int>(absl::ToInt64Seconds(before)));
  icalcomponent_add_property(alarm.get(), icalproperty_new_action(ICAL_ACTION_DISPLAY));
  icalcomponent_add_property(alarm.get(), icalproperty_new_description(summary.c_str()));
  icalcomponent_add_property(alarm.get(), icalproperty_new_trigger(trigger));
  return alarm;
}

Component Event(const DeadlineList& list, const Deadline& deadline) {
  Component event(icalcomponent_new_vevent());
  const auto add = [&event](icalproperty* property) {
    icalcomponent_add_property(event.get(), property);
  };
  const std::string uid = OneLine(absl::StrCat(list.incident, ".", deadline.id, "@", list.origin));
  const std::string summary = SummaryOf(list, deadline);
  add(icalproperty_new_uid(uid.c_str()));
  add(icalproperty_new_sequence(SequenceOf(list)));
  add(icalproperty_new_dtstamp(Utc(list.written)));
  add(icalproperty_new_lastmodified(Utc(list.written)));
  add(icalproperty_new_dtstart(Utc(*deadline.due)));
  add(icalproperty_new_summary(summary.c_str()));
  add(icalproperty_new_description(DescriptionOf(list, deadline).c_str()));
  add(icalproperty_new_class(ICAL_CLASS_PRIVATE));
  // A deadline takes no time: it must not make anyone look busy.
  add(icalproperty_new_transp(ICAL_TRANSP_TRANSPARENT));
  if (list.historical) return event;
  for (const absl::Duration before : kAlarmsBefore) {
    icalcomponent_add_component(event.get(), Alarm(before, summary).release());
  }
  return event;
}

}  // namespace

size_t CalendarEvents(const DeadlineList& list) {
  return static_cast<size_t>(std::count_if(list.deadlines.begin(), list.deadlines.end(), HasEvent));
}

absl::StatusOr<std::string> DeadlineCalendar(const DeadlineList& list) {
  if (CalendarEvents(list) == 0) {
    return NotFound("NO_DATES", absl::StrCat("no open deadline of ", list.incident, " has a date"),
                    "tocsin deadlines sheet also lists those without one, and says why.");
  }
  const Component calendar(icalcomponent_new_vcalendar());
  icalcomponent_add_property(calendar.get(), icalproperty_new_version("2.0"));
  icalcomponent_add_property(calendar.get(), icalproperty_new_prodid("-//Tocsin//Deadlines//EN"));
  for (const Deadline& deadline : list.deadlines) {
    if (!HasEvent(deadline)) continue;
    icalcomponent_add_component(calendar.get(), Event(list, deadline).release());
  }
  const std::unique_ptr<char, FreeText> text(icalcomponent_as_ical_string_r(calendar.get()));
  if (text == nullptr) {
    return Error(absl::StatusCode::kInternal, "CALENDAR_NOT_MADE",
                 "the calendar library could not write the calendar",
                 "Write the sheet instead: tocsin deadlines sheet --out deadlines.txt");
  }
  return std::string(text.get());
}

}  // namespace tocsin::report
