// What a period's incidents add up to: counts, and how long things took, with the number of cases
// behind every figure. Drills never count. The formulas stand in IntervalNames, so that a reader
// sees what was measured.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "server/domain/drill_score.h"
#include "server/domain/register.h"

namespace tocsin::domain {

/// From `from` to before `to`; its months are those of `zone`.
struct Period {
  absl::Time from;
  absl::Time to;
  absl::TimeZone zone = absl::UTCTimeZone();
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

/// Something that only people with authority can settle.
struct OpenPoint {
  enum class Kind : uint8_t {
    kSignificanceUndecided = 1,
    kNotificationMissed = 2,
    kActionItemOverdue = 3,
    kEffectUnknown = 4,
    kReviewUnread = 5,
    kCauseCameBack = 6,
    kClosedWithoutReview = 7,
    kNoDrillHeld = 8,
  };
  Kind kind = Kind::kSignificanceUndecided;
  /// Of the incident; empty when it is not about one.
  std::string number;
  size_t count = 0;
  /// Of kCauseCameBack.
  std::string cause;

  friend bool operator==(const OpenPoint&, const OpenPoint&) = default;
};

struct MonthFigure {
  absl::CivilMonth month;
  /// That begin in it.
  size_t incidents = 0;
  std::map<Severity, size_t> by_severity;
  /// That are due in it.
  DutyCounts duties;
};

/// How a drill went.
struct DrillResult {
  struct Counts {
    size_t met = 0;
    size_t late = 0;
    size_t missed = 0;
  };
  std::string number;
  std::string title;
  /// The scenario's title; empty for a drill without one.
  std::string scenario;
  /// On the world's clock.
  absl::Time begin;
  /// It is over: stopped, or closed when it has no scenario.
  bool over = false;
  /// On the drill's clock; absent when it was not declared, or begins with that.
  std::optional<absl::Duration> declared_in;
  Counts notifications;
  /// What the scenario expects; absent when it has none.
  std::optional<Counts> expectations;
  size_t steps_done = 0;
  size_t steps_skipped = 0;
  size_t steps_open = 0;
};

/// What a period adds up to. An incident counts where it begins, a notification where it is due,
/// whatever the date of its incident; what was done counts where it was done.
struct Statistics {
  size_t incidents = 0;
  /// Which of the rows are drills of the period.
  std::vector<size_t> drills;
  std::map<Severity, size_t> by_severity;
  std::map<std::string, size_t> by_kind;
  size_t significant = 0;
  size_t undecided = 0;
  DutyCounts duties;
  size_t actions_done = 0;
  size_t reviews_published = 0;
  /// Closed in it, and without a published review.
  size_t closed_without_review = 0;
  double loss_eur = 0;
  /// Incidents whose loss is known.
  size_t loss_known = 0;
  std::vector<IntervalFigure> intervals;
  /// Each root cause of the period's incidents, with the numbers of all incidents that had it until
  /// the end of the period, in this order of time.
  std::map<std::string, std::vector<std::string>> causes;
  /// What asks for a decision or for pressure from above: by incident, whatever its date, then what
  /// is about several.
  std::vector<OpenPoint> open_points;
  /// The months of the period that have begun, in order; at least one.
  std::vector<MonthFigure> months;
  /// Number of the incident and what was late in it, by due time.
  std::vector<std::pair<std::string, Notification>> late;
  /// Restricted incidents behind any of this.
  size_t restricted = 0;
  /// The most restricted label behind any of this, drills included; absent when nothing is.
  std::optional<Tlp> tlp;
};

/// How things stand, over all incidents that are no drills.
struct Stock {
  size_t incidents_open = 0;
  size_t undecided = 0;
  size_t notifications_open = 0;
  size_t notifications_missed = 0;
  size_t actions_open = 0;
  size_t actions_overdue = 0;
  size_t actions_unevaluated = 0;
};
Stock StockOf(std::span<const RegisterRow> rows);

/// Over `rows`, which are all there are, the newest first, as things stand at `now`.
Statistics Summarise(std::span<const RegisterRow> rows, const Period& period,
                     absl::Time now = absl::InfiniteFuture());

/// `drill` must be one; `row` is its row. `score` when it plays a scenario.
DrillResult ResultOf(const Incident& drill, const RegisterRow& row, const DrillScore* score);

/// "2026Q3", "2026-09" or "2026" in `zone`.
/// Errors: kInvalidArgument, reason BAD_PERIOD.
absl::StatusOr<Period> ParsePeriod(std::string_view text, const absl::TimeZone& zone);
/// The same, and it must have begun. Errors: also PERIOD_NOT_BEGUN.
absl::StatusOr<Period> ParseBegunPeriod(std::string_view text, const absl::TimeZone& zone,
                                        absl::Time now);
/// The period of the same form before the one that `text` names. Errors: as ParsePeriod.
absl::StatusOr<Period> PeriodBefore(std::string_view text, const absl::TimeZone& zone);

}  // namespace tocsin::domain
