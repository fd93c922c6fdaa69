// What a period's incidents add up to: counts, and how long things took, with the number of cases
// behind every figure. Drills never count. The formulas stand in IntervalNames, so that a reader
// sees what was measured.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/register.h"

namespace tocsin::domain {

/// From `from` to before `to`.
struct Period {
  absl::Time from;
  absl::Time to;
};

/// How long something took over the incidents for which both ends are known and in order.
struct IntervalFigure {
  /// "MTTD".
  std::string_view name;
  /// "detected − occurred".
  std::string_view formula;
  /// Cases that count; the others lack an end, or state it before the beginning.
  size_t count = 0;
  /// Absent when count is 0. The median of an even number is the mean of the middle two.
  std::optional<absl::Duration> median;
  /// The smallest value that at least nine tenths do not exceed; absent below ten cases.
  std::optional<absl::Duration> p90;
};

struct Statistics {
  size_t incidents = 0;
  size_t drills = 0;
  size_t restricted = 0;
  std::map<Severity, size_t> by_severity;
  std::map<std::string, size_t> by_kind;
  size_t open = 0;
  size_t significant = 0;
  size_t undecided = 0;
  DutyCounts duties;
  ActionCounts actions;
  size_t reviews_published = 0;
  /// Closed without a published review.
  size_t closed_without_review = 0;
  double loss_eur = 0;
  /// Incidents whose loss is known.
  size_t loss_known = 0;
  std::vector<IntervalFigure> intervals;
  /// Root causes of two or more of the period's incidents, with their numbers.
  std::map<std::string, std::vector<std::string>> recurring;
  /// What asks for a decision or for pressure from above, as sentences with the incident's number.
  std::vector<std::string> decisions;
};

/// Over the rows that begin in `period`.
Statistics Summarise(std::span<const RegisterRow> rows, const Period& period);

/// "2026Q3", "2026-09" or "2026" in `zone`.
/// Errors: kInvalidArgument, reason BAD_PERIOD.
absl::StatusOr<Period> ParsePeriod(std::string_view text, const absl::TimeZone& zone);
/// The period of the same form before the one that `text` names. Errors: as ParsePeriod.
absl::StatusOr<Period> PeriodBefore(std::string_view text, const absl::TimeZone& zone);

}  // namespace tocsin::domain
