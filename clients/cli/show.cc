#include "clients/cli/show.h"

#include "absl/strings/str_cat.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/time_input.h"
#include "server/base/encoding.h"
#include "server/base/time_text.h"

namespace tocsin::cli {
namespace {

using client::Cell;
using client::Colour;
using client::FormatRelative;
using client::FromProto;

constexpr absl::Duration kSoon = absl::Hours(6);

}  // namespace

std::string StateWord(v1::ObligationState state) {
  if (state == v1::OBLIGATION_STATE_OPEN) return "open";
  if (state == v1::OBLIGATION_STATE_MET) return "met";
  if (state == v1::OBLIGATION_STATE_MISSED) return "MISSED";
  if (state == v1::OBLIGATION_STATE_WAIVED) return "waived";
  if (state == v1::OBLIGATION_STATE_NOT_REQUIRED) return "not required";
  if (state == v1::OBLIGATION_STATE_CONDITIONAL) return "conditional";
  if (state == v1::OBLIGATION_STATE_EXPECTED) return "expected answer";
  return "unknown";
}

std::string IncidentLabel(const v1::Incident& incident) {
  return absl::StrCat(client::ShortName(incident.name()), incident.drill() ? " DRILL" : "",
                      incident.historical() ? " HISTORICAL" : "");
}

Colour SeverityColour(v1::Severity severity) {
  if (severity == v1::SEVERITY_SEV1) return Colour::kRed;
  if (severity == v1::SEVERITY_SEV2) return Colour::kYellow;
  return Colour::kNone;
}

Cell DueCell(const v1::Obligation& obligation, absl::Time now) {
  const auto state = obligation.state();
  if (state == v1::OBLIGATION_STATE_MET) {
    std::string text =
        absl::StrCat("filed ", FormatRelative(FromProto(obligation.submit_time()), now));
    if (obligation.late_by_seconds() > 0) {
      absl::StrAppend(&text, ", late by ", FormatSpan(absl::Seconds(obligation.late_by_seconds())));
    }
    return {text, obligation.late_by_seconds() > 0 ? Colour::kYellow : Colour::kGreen};
  }
  if (!obligation.has_due_time()) {
    if (obligation.anchor().empty() || obligation.has_anchor_time())
      return {"no date", Colour::kGrey};
    return {absl::StrCat("no date yet: waits for '", obligation.anchor(), "'"), Colour::kGrey};
  }
  const absl::Time due = FromProto(obligation.due_time());
  const std::string when = FormatRelative(due, now);
  if (state == v1::OBLIGATION_STATE_MISSED)
    return {absl::StrCat("missed, was due ", when), Colour::kRed};
  if (state != v1::OBLIGATION_STATE_OPEN) return {when, Colour::kGrey};
  if (due <= now) return {absl::StrCat("overdue, was due ", when), Colour::kRed};
  return {when, due - now < kSoon ? Colour::kYellow : Colour::kNone};
}

std::string OccurText(absl::Time time, Precision precision, const absl::TimeZone& zone) {
  const bool local =
      absl::ToCivilSecond(time, zone) == absl::CivilSecond(absl::ToCivilDay(time, zone));
  const absl::TimeZone day_zone = local ? zone : absl::UTCTimeZone();
  switch (precision) {
    case Precision::kMonth:
      return absl::FormatTime("%Y-%m", time, day_zone);
    case Precision::kDay:
      return absl::FormatTime("%Y-%m-%d", time, day_zone);
    case Precision::kHour:
      return absl::FormatTime("~%Y-%m-%d %H:%M", time, absl::UTCTimeZone());
    case Precision::kMinute:
      return absl::FormatTime("%Y-%m-%d %H:%M", time, absl::UTCTimeZone());
    case Precision::kSecond:
      break;
  }
  return RecordText(time);
}

std::string RecordText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::UTCTimeZone());
}

std::string EntryText(const v1::Entry& entry) {
  std::string text = entry.text();
  if (entry.corrected_by() != 0) {
    text = absl::StrCat(entry.corrected_text(), " (corrected by #", entry.corrected_by(), ")");
  }
  if (entry.retracted_by() != 0)
    absl::StrAppend(&text, " (retracted by #", entry.retracted_by(), ")");
  return text;
}

std::string EntryKindWord(const v1::Entry& entry) {
  if (entry.kind() == v1::ENTRY_KIND_UNSPECIFIED) return entry.type();
  return WordOf<EntryKind>(entry.kind());
}

std::string ShortHash(std::string_view hash) {
  constexpr size_t kShownBytes = 4;
  return HexEncode(hash.substr(0, kShownBytes)) + "…";
}

}  // namespace tocsin::cli
