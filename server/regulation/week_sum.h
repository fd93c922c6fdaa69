// Outages as intervals, and how much of them lies in one calendar week. A week runs from Monday to
// Sunday in the zone of the reporting establishment, the natural reading of "calendar week"; an
// outage across midnight of Sunday counts in both, each with its part.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace tocsin::regulation {

struct Interval {
  absl::Time begin;
  absl::Time end;
};

inline constexpr size_t kIntervalsMax = 200;
/// No outage lasts longer than this.
inline constexpr absl::Duration kIntervalMax = absl::Hours(24 * 366);

/// Reads "2026-06-10T10:00:00Z/2026-06-10T10:40:00Z", several with commas between them.
/// Errors: kInvalidArgument: those of ParseInstant; BAD_INTERVAL when there is no "/", an end is
/// not after its beginning, one is longer than kIntervalMax or there are more than kIntervalsMax.
absl::StatusOr<std::vector<Interval>> ParseIntervals(std::string_view text);

struct WeekSum {
  absl::CivilDay monday;
  absl::Duration sum;
};

/// The week with the greatest sum; the earliest of equals. What overlaps counts once. `intervals`
/// must not be empty (checked).
WeekSum GreatestWeek(const std::vector<Interval>& intervals, const absl::TimeZone& zone);

}  // namespace tocsin::regulation
