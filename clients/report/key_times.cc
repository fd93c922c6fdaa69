#include "clients/report/key_times.h"

#include <utility>

#include "clients/report/entry_types.h"

namespace tocsin::report {
namespace {

KeyTime FromAnchor(const Bundle& bundle, std::string_view name, std::string_view anchor) {
  KeyTime found{.name = name};
  for (const AnchorView& stated : bundle.incident.anchors) {
    if (stated.anchor != anchor) continue;
    found.time = stated.time;
    found.origin = Origin::kAnchor;
    found.by = stated.stated_by;
    found.sequence = stated.sequence;
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
    key.origin = Origin::kEntryKind;
    key.by = std::string(ToText(kind));
    key.sequence = entry.sequence;
  }
}

// The first change of phase that leaves `phase` behind.
KeyTime FromPhase(const Bundle& bundle, std::string_view name, Phase phase) {
  KeyTime found{.name = name};
  for (const EntryView& entry : bundle.entries) {
    if (entry.type != kTypePhaseChanged || !entry.change || found.time) continue;
    const int limit = static_cast<int>(phase);
    if (entry.change->from > limit || entry.change->to <= limit) continue;
    found.time = entry.recorded;
    found.origin = Origin::kPhaseLeft;
    found.by = std::string(ToText(phase));
    found.sequence = entry.sequence;
  }
  return found;
}

uint64_t LastOfType(const Bundle& bundle, uint16_t type) {
  uint64_t sequence = 0;
  for (const EntryView& entry : bundle.entries) {
    if (entry.type == type) sequence = entry.sequence;
  }
  return sequence;
}

}  // namespace

std::vector<KeyTime> KeyTimesOf(const Bundle& bundle) {
  KeyTime occurred = FromAnchor(bundle, "occurred", "occurred");
  FillFromEntries(bundle, EntryKind::kAttackerActivity, occurred);
  KeyTime detected = FromAnchor(bundle, "detected", "detected");
  FillFromEntries(bundle, EntryKind::kDetection, detected);
  KeyTime recovered = FromAnchor(bundle, "recovered", "impact_ended");
  const IncidentView& incident = bundle.incident;
  KeyTime declared{.name = "declared"};
  KeyTime contained{.name = "contained"};
  KeyTime closed{.name = "closed"};
  // What was written after the fact was declared, moved and closed when it was written.
  if (!incident.historical) {
    declared.time = incident.declare_time;
    declared.origin = Origin::kDeclared;
    declared.by = incident.declared_by;
    declared.sequence = LastOfType(bundle, kTypeDeclared);
    contained = FromPhase(bundle, "contained", Phase::kContainment);
    if (!recovered.time) recovered = FromPhase(bundle, "recovered", Phase::kRecovery);
    closed.time = incident.close_time;
  }
  if (closed.time) {
    closed.origin = Origin::kClosed;
    closed.sequence = LastOfType(bundle, kTypeClosed);
  }
  return {std::move(occurred),
          std::move(detected),
          FromAnchor(bundle, "aware", "aware"),
          std::move(declared),
          std::move(contained),
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
    absl::Duration span = *end->time - *start->time;
    // Between two days there are days, also when one of them has 23 hours.
    if (std::min(start->precision, end->precision) >= Precision::kDay) {
      span = absl::Trunc(span + absl::Hours(12), absl::Hours(24));
    }
    intervals.push_back(
        {.from = from,
         .to = to,
         .span = span,
         .from_sequence = start->sequence,
         .to_sequence = end->sequence,
         .rough = start->precision >= Precision::kHour || end->precision >= Precision::kHour});
  }
  return intervals;
}

}  // namespace tocsin::report
