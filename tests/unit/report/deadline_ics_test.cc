#include "clients/report/deadline_ics.h"

#include <libical/ical.h>

#include <limits>
#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "tests/support/catch.h"
#include "tests/unit/report/sample_deadlines.h"

namespace tocsin::report {
namespace {

struct FreeComponent {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};
using Component = std::unique_ptr<icalcomponent, FreeComponent>;

std::string Write(const DeadlineList& list) {
  const auto text = DeadlineCalendar(list);
  REQUIRE(text.ok());
  return *text;
}

// Read back as a calendar program does, and checked against the restrictions of RFC 5545.
Component Read(const std::string& text) {
  Component calendar(icalcomponent_new_from_string(text.c_str()));
  REQUIRE(calendar != nullptr);
  CHECK(icalcomponent_isa(calendar.get()) == ICAL_VCALENDAR_COMPONENT);
  CHECK(icalrestriction_check(calendar.get()) == 1);
  CHECK(icalcomponent_count_errors(calendar.get()) == 0);
  return calendar;
}

std::vector<icalcomponent*> Parts(const Component& whole, icalcomponent_kind kind) {
  std::vector<icalcomponent*> parts;
  for (icalcomponent* part = icalcomponent_get_first_component(whole.get(), kind); part != nullptr;
       part = icalcomponent_get_next_component(whole.get(), kind)) {
    parts.push_back(part);
  }
  return parts;
}

std::vector<int> AlarmSeconds(icalcomponent* event) {
  std::vector<int> seconds;
  for (icalcomponent* alarm = icalcomponent_get_first_component(event, ICAL_VALARM_COMPONENT);
       alarm != nullptr; alarm = icalcomponent_get_next_component(event, ICAL_VALARM_COMPONENT)) {
    icalproperty* trigger = icalcomponent_get_first_property(alarm, ICAL_TRIGGER_PROPERTY);
    REQUIRE(trigger != nullptr);
    seconds.push_back(icaldurationtype_as_int(icalproperty_get_trigger(trigger).duration));
  }
  return seconds;
}

std::string UidOf(const DeadlineList& list) {
  const Component calendar = Read(Write(list));
  return icalcomponent_get_uid(Parts(calendar, ICAL_VEVENT_COMPONENT).at(0));
}

TEST_CASE("DeadlineCalendar: one event for each dated deadline of ours") {
  const DeadlineList list = SampleDeadlines();
  const std::string text = Write(list);
  INFO(text);
  const Component calendar = Read(text);
  const auto events = Parts(calendar, ICAL_VEVENT_COMPONENT);
  REQUIRE(events.size() == 2);
  CHECK(CalendarEvents(list) == 2);

  icalcomponent* early = events[0];
  CHECK(std::string(icalcomponent_get_uid(early)) ==
        "INC-2026-0042.nis2-be.early_warning@tocsin.example/default");
  CHECK(icalcomponent_get_sequence(early) == 17);
  CHECK(icaltime_as_timet(icalcomponent_get_dtstart(early)) ==
        absl::ToTimeT(*list.deadlines[0].due));
  CHECK(std::string(icalcomponent_get_summary(early)) == "Early warning, NIS2-BE, INC-2026-0042");
  CHECK(std::string(icalcomponent_get_description(early)) ==
        "Due: Thu 2026-06-11 10:15 CEST (08:15 UTC)\n"
        "Legal latest: Fri 2026-06-12 00:00 CEST (2026-06-11 22:00 UTC)\n"
        "State: open, drafted\n"
        "Article: NIS2 23(4)(a)\n"
        "In words: without undue delay\n"
        "Runs from: aware, Wed 2026-06-10 10:15 CEST (08:15 UTC)\n"
        "To: CCB (Centre for Cybersecurity Belgium), +32 2 501 05 60, https://notif.safeonweb.be; "
        "if that is down: The emergency number for NIS2 entities\n"
        "Look it up: tocsin deadlines explain nis2-be.early_warning --incident INC-2026-0042\n"
        "Written: Wed 2026-06-10 12:00 CEST (10:00 UTC) after entry #17; import a newer calendar "
        "after every change");
  CHECK(std::string(icalcomponent_get_summary(events[1])) ==
        "Notification of a personal data breach (provisional), GDPR, INC-2026-0042");
  CHECK(absl::StrContains(icalcomponent_get_description(events[1]),
                          "State: open, PROVISIONAL\nPROVISIONAL: nobody decided yet whether this "
                          "must be reported\n"));
}

TEST_CASE("DeadlineCalendar: times are in UTC, and a deadline makes nobody busy") {
  const std::string text = Write(SampleDeadlines());
  CHECK(absl::StrContains(text, "DTSTART:20260611T081500Z\r\n"));
  CHECK(absl::StrContains(text, "DTSTART:20260613T081530Z\r\n"));
  CHECK(absl::StrContains(text, "DTSTAMP:20260610T100000Z\r\n"));
  CHECK(absl::StrContains(text, "TRANSP:TRANSPARENT\r\n"));
}

TEST_CASE("DeadlineCalendar: the title of the incident does not leave for other calendars") {
  CHECK_FALSE(absl::StrContains(Write(SampleDeadlines()), "Ransomware"));
}

TEST_CASE("DeadlineCalendar: alarms at 12, 4 and 1 hours and at the due time") {
  const Component calendar = Read(Write(SampleDeadlines()));
  for (icalcomponent* event : Parts(calendar, ICAL_VEVENT_COMPONENT)) {
    CHECK(AlarmSeconds(event) == std::vector<int>{-12 * 3600, -4 * 3600, -3600, 0});
  }
}

TEST_CASE("DeadlineCalendar: what was recorded after the fact rings nowhere") {
  DeadlineList list = SampleDeadlines();
  list.historical = true;
  const Component calendar = Read(Write(list));
  for (icalcomponent* event : Parts(calendar, ICAL_VEVENT_COMPONENT)) {
    CHECK(AlarmSeconds(event).empty());
  }
}

TEST_CASE("DeadlineCalendar: a drill says so first, in events and alarms") {
  DeadlineList list = SampleDeadlines();
  list.drill = true;
  const Component calendar = Read(Write(list));
  for (icalcomponent* event : Parts(calendar, ICAL_VEVENT_COMPONENT)) {
    CHECK(absl::StartsWith(icalcomponent_get_summary(event), "DRILL: "));
    CHECK(absl::StartsWith(icalcomponent_get_description(event), "DRILL: "));
    icalcomponent* alarm = icalcomponent_get_first_component(event, ICAL_VALARM_COMPONENT);
    CHECK(absl::StartsWith(icalcomponent_get_description(alarm), "DRILL: "));
  }
}

TEST_CASE("DeadlineCalendar: a missed and a conditional deadline say so") {
  DeadlineList list = SampleDeadlines();
  list.deadlines[0].state = DeadlineState::kMissed;
  list.deadlines[1].state = DeadlineState::kConditional;
  const Component calendar = Read(Write(list));
  const auto events = Parts(calendar, ICAL_VEVENT_COMPONENT);
  REQUIRE(events.size() == 2);
  CHECK(absl::StartsWith(icalcomponent_get_summary(events[0]), "MISSED: Early warning"));
  CHECK(absl::StrContains(icalcomponent_get_summary(events[1]), " (conditional), GDPR"));
}

TEST_CASE("DeadlineCalendar: a later calendar replaces the events of an earlier one") {
  const DeadlineList before = SampleDeadlines();
  DeadlineList after = before;
  after.title = "Renamed";
  after.last_sequence = 18;
  after.written += absl::Hours(5);
  after.deadlines[0].due = *before.deadlines[0].due + absl::Hours(3);
  after.deadlines[0].label = "Vroegtijdige waarschuwing";

  CHECK(UidOf(before) == UidOf(after));
  const Component calendar = Read(Write(after));
  CHECK(icalcomponent_get_sequence(Parts(calendar, ICAL_VEVENT_COMPONENT)[0]) == 18);
}

TEST_CASE("DeadlineCalendar: other incidents, duties and organisations are other events") {
  const DeadlineList one = SampleDeadlines();
  DeadlineList incident = one;
  incident.incident = "INC-2026-0043";
  DeadlineList duty = one;
  duty.deadlines[0].id = "nis2-nl.early_warning";
  DeadlineList organisation = one;
  organisation.origin = "tocsin.example/harbour";

  CHECK(UidOf(one) != UidOf(incident));
  CHECK(UidOf(one) != UidOf(duty));
  CHECK(UidOf(one) != UidOf(organisation));
}

TEST_CASE("DeadlineCalendar: a sequence beyond 32 bits stays a number") {
  DeadlineList list = SampleDeadlines();
  list.last_sequence = uint64_t{1} << 40;
  const Component calendar = Read(Write(list));
  CHECK(icalcomponent_get_sequence(Parts(calendar, ICAL_VEVENT_COMPONENT)[0]) ==
        std::numeric_limits<int>::max());
}

TEST_CASE("DeadlineCalendar: hostile text stays in its field") {
  DeadlineList list = SampleDeadlines();
  Deadline& deadline = list.deadlines[0];
  for (std::string* text :
       {&deadline.id, &deadline.label, &deadline.regime, &deadline.anchor, &deadline.article,
        &deadline.primary_norm, &deadline.authorities[0].name, &list.incident, &list.origin}) {
    for (int i = 0; i < 40; ++i) absl::StrAppend(text, Hostile());
  }
  const std::string text = Write(list);
  CHECK(IsValidUtf8(text));
  for (const absl::string_view line : absl::StrSplit(text, "\r\n")) {
    CHECK(line.size() <= 75);
    CHECK(IsValidUtf8(ToStd(line)));
    for (const char c : line) CHECK((static_cast<unsigned char>(c) >= 0x20 && c != 0x7F));
  }

  const Component calendar = Read(text);
  const auto events = Parts(calendar, ICAL_VEVENT_COMPONENT);
  REQUIRE(events.size() == 2);
  const std::string summary = icalcomponent_get_summary(events[0]);
  CHECK(absl::StartsWith(summary,
                         "Early warninga,b;c\\d \"e\"  END:VEVENT  BEGIN:VEVENT f g?[2J?h?i?? "
                         "\U0001F600\u6F22\u5B57 a,"));
  CHECK(AlarmSeconds(events[0]).size() == 4);
}

TEST_CASE("DeadlineCalendar: without a date there is no calendar") {
  DeadlineList list = SampleDeadlines();
  list.deadlines.erase(list.deadlines.begin(), list.deadlines.begin() + 2);
  CHECK(CalendarEvents(list) == 0);
  const auto text = DeadlineCalendar(list);
  CHECK(absl::IsNotFound(text.status()));
  CHECK(ReasonOf(text.status()) == "NO_DATES");
}

}  // namespace
}  // namespace tocsin::report
