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

void AddDecisions(const RegisterRow& row, std::vector<std::string>& decisions) {
  const bool open = row.phase != Phase::kClosed && !row.historical;
  if (open && !row.significant) {
    decisions.push_back(absl::StrCat(row.number, ": nobody has decided whether it is reportable."));
  }
  if (row.duties.missed > 0) {
    decisions.push_back(
        absl::StrCat(row.number, ": ", row.duties.missed,
                     row.duties.missed == 1 ? " notification is" : " notifications are",
                     " overdue and not filed."));
  }
  if (row.actions.overdue > 0) {
    decisions.push_back(absl::StrCat(
        row.number, ": ", row.actions.overdue,
        row.actions.overdue == 1 ? " action item is" : " action items are", " overdue."));
  }
  if (row.actions.unevaluated > 0) {
    decisions.push_back(absl::StrCat(
        row.number, ": nobody has said whether ", row.actions.unevaluated,
        row.actions.unevaluated == 1 ? " finished action item" : " finished action items",
        " helped."));
  }
  if (row.review_unread) {
    decisions.push_back(
        absl::StrCat(row.number, ": the review was published without a second reader."));
  }
}

void Count(const RegisterRow& row, Statistics& sum) {
  ++sum.incidents;
  ++sum.by_severity[row.severity];
  ++sum.by_kind[row.kind.empty() ? "not stated" : row.kind];
  const bool closed = row.phase == Phase::kClosed;
  const bool reviewed = row.review == ReviewState::kPublished;
  sum.restricted += row.restricted ? 1U : 0U;
  sum.open += !closed && !row.historical ? 1U : 0U;
  sum.significant += row.significant.value_or(false) ? 1U : 0U;
  sum.undecided += !row.significant && !row.historical ? 1U : 0U;
  sum.duties.met += row.duties.met;
  sum.duties.late += row.duties.late;
  sum.duties.missed += row.duties.missed;
  sum.duties.open += row.duties.open;
  sum.duties.waived += row.duties.waived;
  sum.actions.done += row.actions.done;
  sum.actions.open += row.actions.open;
  sum.actions.overdue += row.actions.overdue;
  // What an import wrote down is no review that was held here.
  sum.reviews_published += reviewed && !row.historical ? 1U : 0U;
  sum.closed_without_review += closed && !reviewed && !row.historical ? 1U : 0U;
  if (row.loss_eur) {
    sum.loss_eur += *row.loss_eur;
    ++sum.loss_known;
  }
  if (!row.root_cause.empty()) sum.recurring[row.root_cause].push_back(row.number);
  AddDecisions(row, sum.decisions);
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
          absl::FromCivil(absl::CivilSecond(months.first + months.count), zone)};
}

}  // namespace

Statistics Summarise(std::span<const RegisterRow> rows, const Period& period) {
  Statistics sum;
  std::vector<const RegisterRow*> counted;
  for (const RegisterRow& row : rows) {
    if (row.begin < period.from || row.begin >= period.to) continue;
    if (row.drill) {
      ++sum.drills;
      continue;
    }
    counted.push_back(&row);
    Count(row, sum);
  }
  for (const Measure& measure : kMeasures) sum.intervals.push_back(FigureOf(measure, counted));
  std::erase_if(sum.recurring, [](const auto& cause) { return cause.second.size() < 2; });
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
