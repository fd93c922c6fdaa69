// The moment at which the organisation became aware. The one idea: an earlier moment counts at
// once, a later one only when a second person approves it, for every clock would move with it; both
// statements stay. And the longer awareness lies behind the detection, the surer somebody will be
// asked why, so the gap is measured and warned about while it can still be closed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/incident.h"
#include "server/domain/timers.h"

namespace tocsin::domain {

/// What the gap may be before it is warned about. Our own proposal; no law names a number.
inline constexpr absl::Duration kGapAmber = absl::Hours(4);
inline constexpr absl::Duration kGapRed = absl::Hours(12);
/// Of kAmber or kRed.
absl::Duration LimitOf(GapLevel level);
/// "amber", "red"; empty for kNone.
std::string_view ToText(GapLevel level);

/// The later statement of `aware` that awaits approval; nullptr when there is none.
const Anchor* PendingAwareness(const Incident& incident);

struct AwarenessGap {
  absl::Time detect_time;
  /// Absent: nobody has stated awareness, the gap grows.
  std::optional<absl::Time> aware_time;
  absl::Duration span;
  GapLevel level = GapLevel::kNone;
};

/// The gap at `now`; nullopt when no detection is stated, when awareness does not lie after it, and
/// when nobody has to ask: no regime can find the incident reportable, or it was closed unaware.
std::optional<AwarenessGap> GapOf(const Incident& incident, absl::Time now);

/// "detected 2026-06-10T03:10:00Z, aware 2026-06-10T16:20:00Z: 13 h 10 min between them"; without
/// the second: "…, nobody has stated awareness for 5 h".
std::string GapText(absl::Time detect_time, std::optional<absl::Time> aware_time,
                    absl::Duration span);

/// When to warn that nobody states awareness: one timer for each limit that lies ahead or was not
/// warned about yet. Their `obligation` is kAwarenessGap, their `percent` the limit in hours.
std::vector<Timer> GapTimers(const Incident& incident);

/// The warnings of GapTimers that are due by `now`, each with its true time. Of limits that had
/// passed when the detection was stated, the highest alone.
std::vector<PendingEntry> DueGapWarnings(const Incident& incident, absl::Time now);
/// At most one, when what changed from `before` to `after` made the gap pass a limit for the first
/// time, or made a gap that is beyond one wider.
std::vector<PendingEntry> ChangedGapWarnings(const Incident& before, const Incident& after,
                                             absl::Time now);

}  // namespace tocsin::domain
