#include "clients/report/deadline_list.h"

#include <string_view>

#include "absl/strings/str_cat.h"
#include "server/base/view.h"

namespace tocsin::report {
namespace {

std::string_view WordOf(const Deadline& deadline, absl::Time now) {
  switch (deadline.state) {
    case DeadlineState::kMissed:
      return "MISSED, still to be filed";
    case DeadlineState::kConditional:
      return "only if it still goes on then";
    case DeadlineState::kExpected:
      return "the authority's answer, not your duty";
    case DeadlineState::kOpen:
      break;
  }
  return deadline.due && *deadline.due <= now ? "OVERDUE" : "open";
}

}  // namespace

std::string LocalAndUtc(absl::Time time, const absl::TimeZone& zone) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  const std::string clock = absl::ToCivilSecond(time, utc).second() == 0 ? "%H:%M" : "%H:%M:%S";
  const std::string local = absl::FormatTime("%a %Y-%m-%d " + clock + " %Z", time, zone);
  if (zone.At(time).offset == 0) return local;
  const bool same_day = absl::ToCivilDay(time, zone) == absl::ToCivilDay(time, utc);
  const std::string format = same_day ? clock : "%Y-%m-%d " + clock;
  return absl::StrCat(local, " (", absl::FormatTime(format, time, utc), " UTC)");
}

std::string StateText(const Deadline& deadline, absl::Time now) {
  std::string text(WordOf(deadline, now));
  if (deadline.approved) {
    absl::StrAppend(&text, ", approved");
  } else if (deadline.drafted) {
    absl::StrAppend(&text, ", drafted");
  }
  if (deadline.provisional) {
    absl::StrAppend(&text, ", PROVISIONAL");
  }
  return text;
}

std::string AddresseeText(const Deadline& deadline) {
  if (!deadline.addressee.empty() || deadline.authorities.empty()) return deadline.addressee;
  const Authority& first = deadline.authorities.front();
  std::string text = first.name;
  for (const std::string* part : {&first.phone, &first.channel}) {
    if (!part->empty()) absl::StrAppend(&text, ", ", *part);
  }
  if (!first.fallback.empty()) absl::StrAppend(&text, "; if that is down: ", first.fallback);
  return text;
}

std::string WhyNoDate(const Deadline& deadline) {
  if (!deadline.anchor.empty() && !deadline.anchor_time) {
    return absl::StrCat("waits for '", deadline.anchor, "', which is not stated yet");
  }
  if (!deadline.primary_norm.empty()) {
    return absl::StrCat("no number, but \"", deadline.primary_norm, "\"");
  }
  return "the rules give no date";
}

DeadlineList DeadlinesOf(const Bundle& bundle, const absl::TimeZone& zone) {
  const std::pair<std::string_view, DeadlineState> kStates[] = {
      {"open", DeadlineState::kOpen},
      {"missed", DeadlineState::kMissed},
      {"conditional", DeadlineState::kConditional},
      {"expected", DeadlineState::kExpected}};
  const IncidentView& incident = bundle.incident;
  DeadlineList list{.incident = incident.number,
                    .title = incident.title,
                    .origin = bundle.verifier_key.substr(0, bundle.verifier_key.find('+')),
                    .drill = incident.drill,
                    .historical = incident.historical,
                    .last_sequence = bundle.entries.empty() ? 0 : bundle.entries.back().sequence,
                    .written = bundle.export_time,
                    .zone = zone};
  for (const ObligationView& duty : bundle.obligations) {
    for (const auto& [word, state] : kStates) {
      if (duty.state != word) continue;
      list.deadlines.push_back({.id = duty.id,
                                .label = duty.label.empty() ? duty.stage : duty.label,
                                .regime = duty.regime,
                                .state = state,
                                .provisional = duty.provisional,
                                .drafted = duty.drafted,
                                .approved = duty.approved,
                                .due = duty.due,
                                .legal_latest = duty.legal_latest,
                                .anchor = duty.anchor,
                                .anchor_time = duty.anchor_time,
                                .article = duty.article,
                                .primary_norm = duty.primary_norm});
    }
  }
  return list;
}

}  // namespace tocsin::report
