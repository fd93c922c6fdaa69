#include "server/domain/statistics.h"

#include <algorithm>
#include <array>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"

namespace tocsin::domain {
namespace {

constexpr size_t kCasesForP90 = 10;

using Instant = std::optional<absl::Time> KeyTimes::*;

struct Measure {
  std::string_view name;
  std::string_view formula;
  Instant from;
  Instant to;
};

constexpr std::array<Measure, 5> kMeasures = {{
    {"MTTD", "detected − occurred", &KeyTimes::occurred, &KeyTimes::detected},
    {"time to awareness", "aware − detected", &KeyTimes::detected, &KeyTimes::aware},
    {"MTTA", "declared − detected", &KeyTimes::detected, &KeyTimes::declared},
    {"MTTC", "contained − detected", &KeyTimes::detected, &KeyTimes::contained},
    {"MTTR", "recovered − detected", &KeyTimes::detected, &KeyTimes::recovered},
}};

IntervalFigure FigureOf(const Measure& measure, std::span<const RegisterRow* const> rows) {
  std::vector<absl::Duration> spans;
  for (const RegisterRow* row : rows) {
    const std::optional<absl::Time>& from = row->times.*measure.from;
    const std::optional<absl::Time>& to = row->times.*measure.to;
    if (from && to && *from <= *to) spans.push_back(*to - *from);
  }
  IntervalFigure figure{.name = measure.name, .formula = measure.formula, .count = spans.size()};
  if (spans.empty()) return figure;
  std::sort(spans.begin(), spans.end());
  const size_t middle = spans.size() / 2;
  figure.median =
      spans.size() % 2 == 1 ? spans[middle] : (spans[middle - 1] + spans[middle]) / int64_t{2};
  if (spans.size() >= kCasesForP90) figure.p90 = spans[(spans.size() * 9 + 9) / 10 - 1];
  return figure;
}

void AddOpenPoints(const RegisterRow& row, std::vector<OpenPoint>& points) {
  using Kind = OpenPoint::Kind;
  const auto add = [&](bool asks, Kind kind, size_t count) {
    if (asks) points.push_back({kind, row.number, count, ""});
  };
  const bool closed = row.phase == Phase::kClosed;
  add(!closed && !row.historical && !row.significant, Kind::kSignificanceUndecided, 1);
  add(row.duties.missed > 0, Kind::kNotificationMissed, row.duties.missed);
  add(row.actions.overdue > 0, Kind::kActionItemOverdue, row.actions.overdue);
  add(row.actions.unevaluated > 0, Kind::kEffectUnknown, row.actions.unevaluated);
  add(row.review_unread, Kind::kReviewUnread, 1);
}

void Add(const DutyCounts& more, DutyCounts& sum) {
  sum.met += more.met;
  sum.late += more.late;
  sum.missed += more.missed;
  sum.open += more.open;
  sum.waived += more.waived;
}

void Count(const RegisterRow& row, Statistics& sum) {
  ++sum.incidents;
  ++sum.by_severity[row.severity];
  ++sum.by_kind[row.kind.empty() ? std::string(kKindNotStated) : row.kind];
  const bool closed = row.phase == Phase::kClosed;
  const bool reviewed = row.review == ReviewState::kPublished;
  sum.restricted += row.restricted ? 1U : 0U;
  sum.open += !closed && !row.historical ? 1U : 0U;
  sum.significant += row.significant.value_or(false) ? 1U : 0U;
  sum.undecided += !row.significant && !row.historical ? 1U : 0U;
  Add(row.duties, sum.duties);
  sum.actions.done += row.actions.done;
  sum.actions.open += row.actions.open;
  sum.actions.overdue += row.actions.overdue;
  sum.actions.unevaluated += row.actions.unevaluated;
  // What an import wrote down is no review that was held here.
  sum.reviews_published += reviewed && !row.historical ? 1U : 0U;
  sum.closed_without_review += closed && !reviewed && !row.historical ? 1U : 0U;
  if (row.loss_eur) {
    sum.loss_eur += *row.loss_eur;
    ++sum.loss_known;
  }
  if (!row.root_cause.empty()) sum.recurring[row.root_cause].push_back(row.number);
  for (const LateFiling& filing : row.late) sum.late.emplace_back(row.number, filing);
  AddOpenPoints(row, sum.open_points);
}

// What is not about one incident.
void AddWiderPoints(Statistics& sum) {
  using Kind = OpenPoint::Kind;
  for (const auto& [cause, numbers] : sum.recurring) {
    sum.open_points.push_back({Kind::kCauseCameBack, "", numbers.size(), cause});
  }
  if (sum.closed_without_review > 0) {
    sum.open_points.push_back({Kind::kClosedWithoutReview, "", sum.closed_without_review, ""});
  }
  // A month may well pass without.
  constexpr size_t kMonthsWithDrill = 3;
  if (sum.drills == 0 && sum.months.size() >= kMonthsWithDrill) {
    sum.open_points.push_back({Kind::kNoDrillHeld, "", 0, ""});
  }
}

std::vector<MonthFigure> MonthsOf(const Period& period) {
  std::vector<MonthFigure> months;
  const absl::CivilMonth end(period.zone.At(period.to).cs);
  for (absl::CivilMonth month(period.zone.At(period.from).cs); month < end; ++month) {
    months.push_back({.month = month, .incidents = 0, .by_severity = {}, .duties = {}});
  }
  return months;
}

void CountInMonth(const RegisterRow& row, const Period& period, std::vector<MonthFigure>& months) {
  const absl::CivilMonth month(period.zone.At(row.begin).cs);
  const auto index = static_cast<size_t>(month - months.front().month);
  MonthFigure& figure = months[std::min(index, months.size() - 1)];
  ++figure.incidents;
  ++figure.by_severity[row.severity];
  Add(row.duties, figure.duties);
}

absl::Status BadPeriod(std::string_view text) {
  const bool shown = text.size() <= 20;
  return InvalidArgument(
      "BAD_PERIOD",
      absl::StrCat(shown ? absl::StrCat("'", ToAbsl(text), "'") : "this text", " is no period"),
      "Write a year, a quarter or a month: 2026, 2026Q3, 2026-09.");
}

// A period as its first month and how many months it has.
struct Months {
  absl::CivilMonth first;
  int count = 0;
};

absl::StatusOr<Months> ReadMonths(std::string_view text) {
  int year = 0;
  int part = 0;
  const bool digits = text.size() >= 4 && std::all_of(text.begin(), text.begin() + 4,
                                                      [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || !absl::SimpleAtoi(ToAbsl(text.substr(0, 4)), &year) || year < 1970 ||
      year > 2200) {
    return BadPeriod(text);
  }
  if (text.size() == 4) return Months{absl::CivilMonth(year, 1), 12};
  if (text.size() == 6 && text[4] == 'Q' && text[5] >= '1' && text[5] <= '4') {
    return Months{absl::CivilMonth(year, (text[5] - '1') * 3 + 1), 3};
  }
  if (text.size() == 7 && text[4] == '-' && absl::SimpleAtoi(ToAbsl(text.substr(5)), &part) &&
      part >= 1 && part <= 12 && text[5] != '+' && text[5] != ' ') {
    return Months{absl::CivilMonth(year, part), 1};
  }
  return BadPeriod(text);
}

Period PeriodOf(const Months& months, const absl::TimeZone& zone) {
  return {absl::FromCivil(absl::CivilSecond(months.first), zone),
          absl::FromCivil(absl::CivilSecond(months.first + months.count), zone), zone};
}

}  // namespace

Statistics Summarise(std::span<const RegisterRow> rows, const Period& period) {
  Statistics sum;
  sum.months = MonthsOf(period);
  std::vector<const RegisterRow*> counted;
  for (const RegisterRow& row : rows) {
    if (row.begin < period.from || row.begin >= period.to) continue;
    sum.tlp = std::max(sum.tlp.value_or(row.tlp), row.tlp);
    if (row.drill) {
      ++sum.drills;
      continue;
    }
    counted.push_back(&row);
    Count(row, sum);
    CountInMonth(row, period, sum.months);
  }
  for (const Measure& measure : kMeasures) sum.intervals.push_back(FigureOf(measure, counted));
  std::erase_if(sum.recurring, [](const auto& cause) { return cause.second.size() < 2; });
  std::stable_sort(sum.late.begin(), sum.late.end(),
                   [](const auto& a, const auto& b) { return a.second.due < b.second.due; });
  AddWiderPoints(sum);
  return sum;
}

absl::StatusOr<Period> ParsePeriod(std::string_view text, const absl::TimeZone& zone) {
  TOCSIN_ASSIGN_OR_RETURN(const Months months, ReadMonths(text));
  return PeriodOf(months, zone);
}

absl::StatusOr<Period> PeriodBefore(std::string_view text, const absl::TimeZone& zone) {
  TOCSIN_ASSIGN_OR_RETURN(const Months months, ReadMonths(text));
  return PeriodOf({months.first - months.count, months.count}, zone);
}

}  // namespace tocsin::domain
