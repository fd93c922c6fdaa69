#include "clients/report/key_times.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/report/entry_types.h"

namespace tocsin::report {
namespace {

KeyTime FromAnchor(const Bundle& bundle, std::string_view name, std::string_view anchor) {
  KeyTime found{.name = name, .time = {}, .origin = ""};
  for (const AnchorView& stated : bundle.incident.anchors) {
    if (stated.anchor != anchor) continue;
    found.time = stated.time;
    found.origin = absl::StrCat("anchor stated by ", stated.stated_by, ", #", stated.sequence);
  }
  return found;
}

// The first entry of this kind that claims a time: what an imported record has instead of an
// anchor.
void FillFromEntries(const Bundle& bundle, EntryKind kind, KeyTime& key) {
  if (key.time) return;
  for (const EntryView& entry : bundle.entries) {
    if (entry.kind != kind || !entry.occurred || entry.retracted_by != 0) continue;
    if (key.time && *key.time <= *entry.occurred) continue;
    key.time = entry.occurred;
    key.precision = entry.precision;
    key.origin =
        absl::StrCat("first entry of kind ", std::string(ToText(kind)), ", #", entry.sequence);
  }
}

// The first change of phase that leaves `phase` behind.
KeyTime FromPhase(const Bundle& bundle, std::string_view name, Phase phase) {
  KeyTime found{.name = name, .time = {}, .origin = ""};
  for (const EntryView& entry : bundle.entries) {
    if (entry.type != kTypePhaseChanged || !entry.change || found.time) continue;
    const int limit = static_cast<int>(phase);
    if (entry.change->from > limit || entry.change->to <= limit) continue;
    found.time = entry.recorded;
    found.origin = absl::StrCat("phase left ", std::string(ToText(phase)), ", #", entry.sequence);
  }
  return found;
}

}  // namespace

std::vector<KeyTime> KeyTimesOf(const Bundle& bundle) {
  KeyTime occurred = FromAnchor(bundle, "occurred", "occurred");
  FillFromEntries(bundle, EntryKind::kAttackerActivity, occurred);
  KeyTime detected = FromAnchor(bundle, "detected", "detected");
  FillFromEntries(bundle, EntryKind::kDetection, detected);
  KeyTime recovered = FromAnchor(bundle, "recovered", "impact_ended");
  if (!recovered.time) recovered = FromPhase(bundle, "recovered", Phase::kRecovery);
  const IncidentView& incident = bundle.incident;
  KeyTime closed{.name = "closed", .time = incident.close_time, .origin = ""};
  if (closed.time) closed.origin = "closed by decision";
  return {std::move(occurred),
          std::move(detected),
          FromAnchor(bundle, "aware", "aware"),
          KeyTime{.name = "declared",
                  .time = incident.declare_time,
                  .origin = absl::StrCat("declared by ", incident.declared_by)},
          FromPhase(bundle, "contained", Phase::kContainment),
          std::move(recovered),
          FromAnchor(bundle, "handled", "handled"),
          std::move(closed)};
}

std::vector<Interval> IntervalsOf(const std::vector<KeyTime>& times) {
  constexpr std::pair<std::string_view, std::string_view> kWanted[] = {
      {"occurred", "detected"}, {"detected", "aware"},     {"detected", "declared"},
      {"aware", "declared"},    {"declared", "contained"}, {"declared", "recovered"},
      {"aware", "handled"},     {"declared", "closed"}};
  const auto find = [&](std::string_view name) -> const KeyTime* {
    for (const KeyTime& key : times) {
      if (key.name == name && key.time) return &key;
    }
    return nullptr;
  };
  std::vector<Interval> intervals;
  for (const auto& [from, to] : kWanted) {
    const KeyTime* start = find(from);
    const KeyTime* end = find(to);
    if (start == nullptr || end == nullptr) continue;
    intervals.push_back(
        {.from = from,
         .to = to,
         .span = *end->time - *start->time,
         .rough = start->precision >= Precision::kHour || end->precision >= Precision::kHour});
  }
  return intervals;
}

}  // namespace tocsin::report
