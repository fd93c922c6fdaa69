#include "server/domain/awareness.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "server/base/time_text.h"

namespace tocsin::domain {
namespace {

constexpr std::array<GapLevel, 2> kWarnedLevels = {GapLevel::kAmber, GapLevel::kRed};

GapLevel LevelOf(absl::Duration span) {
  if (span >= kGapRed) return GapLevel::kRed;
  return span >= kGapAmber ? GapLevel::kAmber : GapLevel::kNone;
}

// Whether some regime can still find the incident reportable: only then awareness is asked for.
bool MayBeReportable(const Incident& incident) {
  return std::any_of(incident.rulings.begin(), incident.rulings.end(), [](const Ruling& ruling) {
    return !ruling.significance || ruling.significance->significant;
  });
}

// The detection from which the gap grows at present; nullptr when none does.
const Anchor* OpenGapSince(const Incident& incident) {
  const bool asked =
      MayBeReportable(incident) && !incident.closed() && !incident.historical && !IsOver(incident);
  if (!asked || FindAnchor(incident, "aware") != nullptr) return nullptr;
  return FindAnchor(incident, "detected");
}

PendingEntry Warning(const AwarenessGap& gap, GapLevel level, absl::Time fire_time) {
  return {.event = AwarenessGapWarned{level, gap.detect_time, gap.aware_time, fire_time},
          .occur_time = fire_time,
          .by_server = true};
}

}  // namespace

absl::Duration LimitOf(GapLevel level) {
  return level == GapLevel::kRed ? kGapRed : kGapAmber;
}

std::string_view ToText(GapLevel level) {
  switch (level) {
    case GapLevel::kNone:
      return "";
    case GapLevel::kAmber:
      return "amber";
    case GapLevel::kRed:
      return "red";
  }
  return "";
}

const Anchor* PendingAwareness(const Incident& incident) {
  return AnchorStatedIn(incident, incident.pending_aware_sequence);
}

std::optional<AwarenessGap> GapOf(const Incident& incident, absl::Time now) {
  const Anchor* detected = FindAnchor(incident, "detected");
  const Anchor* aware = FindAnchor(incident, "aware");
  const bool asked =
      aware != nullptr ? MayBeReportable(incident) : OpenGapSince(incident) != nullptr;
  if (detected == nullptr || !asked) return std::nullopt;
  AwarenessGap gap{.detect_time = detected->time};
  if (aware != nullptr) gap.aware_time = aware->time;
  gap.span = gap.aware_time.value_or(now) - gap.detect_time;
  if (gap.span <= absl::ZeroDuration()) return std::nullopt;
  gap.level = LevelOf(gap.span);
  return gap;
}

std::string GapText(absl::Time detect_time, std::optional<absl::Time> aware_time,
                    absl::Duration span) {
  if (!aware_time) {
    return absl::StrCat("detected ", FormatInstant(detect_time),
                        ", nobody has stated awareness for ", FormatSpan(span));
  }
  return absl::StrCat("detected ", FormatInstant(detect_time), ", aware ",
                      FormatInstant(*aware_time), ": ", FormatSpan(span), " between them");
}

std::vector<Timer> GapTimers(const Incident& incident) {
  std::vector<Timer> timers;
  const Anchor* detected = OpenGapSince(incident);
  if (detected == nullptr) return timers;
  for (const GapLevel level : kWarnedLevels) {
    if (level <= incident.gap_warned) continue;
    const absl::Time at = detected->time + LimitOf(level);
    const auto hours = static_cast<int>(absl::ToInt64Hours(LimitOf(level)));
    timers.push_back({at, std::string(kAwarenessGap), hours, at});
  }
  return timers;
}

std::vector<PendingEntry> DueGapWarnings(const Incident& incident, absl::Time now) {
  std::vector<PendingEntry> warnings;
  const Anchor* detected = OpenGapSince(incident);
  const std::optional<AwarenessGap> gap = GapOf(incident, now);
  if (detected == nullptr || !gap) return warnings;
  for (const GapLevel level : kWarnedLevels) {
    if (level <= incident.gap_warned || level > gap->level) continue;
    const absl::Time at = detected->time + LimitOf(level);
    if (level < gap->level && at <= detected->stated.record_time) continue;
    warnings.push_back(Warning(*gap, level, at));
  }
  return warnings;
}

std::vector<PendingEntry> ChangedGapWarnings(const Incident& before, const Incident& after,
                                             absl::Time now) {
  const std::optional<AwarenessGap> gap = GapOf(after, now);
  if (!gap || !gap->aware_time || gap->level == GapLevel::kNone) return {};
  const std::optional<AwarenessGap> was = GapOf(before, now);
  const bool same =
      was && was->aware_time == gap->aware_time && was->detect_time == gap->detect_time;
  const bool was_stated =
      FindAnchor(before, "aware") != nullptr && FindAnchor(before, "detected") != nullptr;
  const bool wider = was_stated && (!was || gap->span > was->span);
  if (same || (!wider && gap->level <= after.gap_warned)) return {};
  return {Warning(*gap, gap->level, now)};
}

}  // namespace tocsin::domain
