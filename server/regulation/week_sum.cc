#include "server/regulation/week_sum.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/regulation/conditions.h"

namespace tocsin::regulation {
namespace {

absl::Status BadInterval(std::string_view what) {
  return InvalidArgument("BAD_INTERVAL", what,
                         "Write begin/end with offsets, several with commas: "
                         "2026-06-10T10:00:00Z/2026-06-10T10:40:00Z.");
}

absl::StatusOr<Interval> ParseInterval(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return BadInterval("an interval has no '/'");
  Interval interval;
  TOCSIN_ASSIGN_OR_RETURN(interval.begin, ParseInstant(text.substr(0, slash)));
  TOCSIN_ASSIGN_OR_RETURN(interval.end, ParseInstant(text.substr(slash + 1)));
  if (interval.end <= interval.begin) {
    return BadInterval("an interval does not end after its beginning");
  }
  if (interval.end - interval.begin > kIntervalMax) {
    return BadInterval("an interval is longer than a year");
  }
  return interval;
}

absl::CivilDay MondayOf(absl::CivilDay day) {
  return absl::PrevWeekday(day + 1, absl::Weekday::monday);
}

std::vector<Interval> Merged(std::vector<Interval> intervals) {
  std::sort(intervals.begin(), intervals.end(),
            [](const Interval& a, const Interval& b) { return a.begin < b.begin; });
  std::vector<Interval> merged;
  for (const Interval& next : intervals) {
    if (!merged.empty() && next.begin <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, next.end);
    } else {
      merged.push_back(next);
    }
  }
  return merged;
}

}  // namespace

absl::StatusOr<std::vector<Interval>> ParseIntervals(std::string_view text) {
  std::vector<Interval> intervals;
  for (absl::string_view part : absl::StrSplit(ToAbsl(text), ',')) {
    if (intervals.size() == kIntervalsMax) return BadInterval("there are too many intervals");
    TOCSIN_ASSIGN_OR_RETURN(const Interval interval,
                            ParseInterval(ToStd(absl::StripAsciiWhitespace(part))));
    intervals.push_back(interval);
  }
  return intervals;
}

WeekSum GreatestWeek(const std::vector<Interval>& intervals, const absl::TimeZone& zone) {
  TOCSIN_CHECK(!intervals.empty());
  std::map<absl::CivilDay, absl::Duration> weeks;
  for (Interval rest : Merged(intervals)) {
    while (rest.begin < rest.end) {
      const absl::CivilDay monday = MondayOf(absl::CivilDay(zone.At(rest.begin).cs));
      const absl::Time next_week = zone.At(absl::CivilSecond(monday + 7)).trans;
      const absl::Time until = std::min(rest.end, next_week);
      weeks[monday] += until - rest.begin;
      rest.begin = until;
    }
  }
  WeekSum greatest{weeks.begin()->first, weeks.begin()->second};
  for (const auto& [monday, sum] : weeks) {
    if (sum > greatest.sum) greatest = {monday, sum};
  }
  return greatest;
}

namespace conditions {

Evaluated EvaluateWeekSum(const Condition& condition, const Scope& scope) {
  const std::string_view stated = StatedValue(scope.facts, condition.fact);
  const absl::StatusOr<std::vector<Interval>> intervals = ParseIntervals(stated);
  if (stated.empty() || !intervals.ok()) {
    const std::string& instead = condition.instead;
    if (instead.empty() || StatedValue(scope.facts, instead).empty()) {
      return {Outcome::kUnknown, NotStated(scope.facts, condition.fact)};
    }
    return Compare(condition, instead, {Amount::Parse(StatedValue(scope.facts, instead)), false},
                   scope);
  }
  const WeekSum week = GreatestWeek(*intervals, scope.facts.zone);
  const std::string name = absl::StrCat(condition.fact, " in the week from Monday ",
                                        absl::FormatCivilTime(week.monday), ", in sum");
  return Compare(condition, name, {Amount::Minutes(absl::ToInt64Seconds(week.sum)), false}, scope);
}

}  // namespace conditions
}  // namespace tocsin::regulation
