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
    {"MTTC", "first contained − detected", &KeyTimes::detected, &KeyTimes::contained},
    {"MTTR", "recovered, else closed − detected", &KeyTimes::detected, &KeyTimes::recovered},
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

bool Contains(const Period& period, absl::Time time) {
  return time >= period.from && time < period.to;
}

bool IsClosed(const RegisterRow& row) {
  return row.phase == Phase::kClosed;
}

bool IsUndecided(const RegisterRow& row) {
  return !row.significant && !row.historical;
}

// What one incident asks of management. What is open asks in every report until it is settled.
void AddOpenPoints(const RegisterRow& row, const Period& period, std::vector<OpenPoint>& points) {
  using Kind = OpenPoint::Kind;
  const auto add = [&](bool asks, Kind kind, size_t count) {
    if (asks) points.push_back({kind, row.number, count, ""});
  };
  const bool begins_here = Contains(period, row.begin);
  add(IsUndecided(row) && (!IsClosed(row) || begins_here), Kind::kSignificanceUndecided, 1);
  add(row.duties.missed > 0, Kind::kNotificationMissed, row.duties.missed);
  add(row.actions.overdue > 0, Kind::kActionItemOverdue, row.actions.overdue);
  add(row.actions.unevaluated > 0, Kind::kEffectUnknown, row.actions.unevaluated);
  const bool published_here =
      Contains(period, row.review_publish_time.value_or(absl::InfinitePast()));
  add(row.review_unread && (published_here || begins_here), Kind::kReviewUnread, 1);
}

// The month that `time` of the period lies in.
MonthFigure& MonthOf(absl::Time time, const Period& period, std::vector<MonthFigure>& months) {
  const absl::CivilMonth month(period.zone.At(time).cs);
  const auto index = static_cast<size_t>(std::max<int64_t>(0, month - months.front().month));
  return months[std::min(index, months.size() - 1)];
}

void CountIncident(const RegisterRow& row, const Period& period, Statistics& sum) {
  ++sum.incidents;
  ++sum.by_severity[row.severity];
  ++sum.by_kind[row.kind.empty() ? std::string(kKindNotStated) : row.kind];
  sum.significant += row.significant.value_or(false) ? 1U : 0U;
  sum.undecided += IsUndecided(row) ? 1U : 0U;
  if (row.loss_eur) {
    sum.loss_eur += *row.loss_eur;
    ++sum.loss_known;
  }
  MonthFigure& month = MonthOf(row.begin, period, sum.months);
  ++month.incidents;
  ++month.by_severity[row.severity];
}

// True when something of it counts.
bool CountNotifications(const RegisterRow& row, const Period& period, Statistics& sum) {
  bool any = false;
  for (const Notification& notification : row.notifications) {
    if (!notification.due || !Contains(period, *notification.due)) continue;
    any = true;
    Count(notification.standing, sum.duties);
    Count(notification.standing, MonthOf(*notification.due, period, sum.months).duties);
    if (IsLate(notification)) sum.late.emplace_back(row.number, notification);
  }
  return any;
}

bool CountWork(const RegisterRow& row, const Period& period, Statistics& sum) {
  const auto done =
      static_cast<size_t>(std::count_if(row.actions_done.begin(), row.actions_done.end(),
                                        [&](absl::Time time) { return Contains(period, time); }));
  const bool published = row.review_publish_time && Contains(period, *row.review_publish_time);
  const bool unreviewed = IsClosed(row) && row.review != ReviewState::kPublished &&
                          row.times.closed && Contains(period, *row.times.closed);
  sum.actions_done += done;
  sum.reviews_published += published ? 1U : 0U;
  sum.closed_without_review += unreviewed ? 1U : 0U;
  return done > 0 || published || unreviewed;
}

// What is not about one incident.
void AddWiderPoints(const Period& period, absl::Time now, Statistics& sum) {
  using Kind = OpenPoint::Kind;
  for (const auto& [cause, numbers] : sum.causes) {
    if (numbers.size() < 2) continue;
    sum.open_points.push_back({Kind::kCauseCameBack, "", numbers.size(), cause});
  }
  if (sum.closed_without_review > 0) {
    sum.open_points.push_back({Kind::kClosedWithoutReview, "", sum.closed_without_review, ""});
  }
  // A month may well pass without.
  const bool should_have_one = absl::CivilMonth(period.zone.At(period.to).cs) -
                                   absl::CivilMonth(period.zone.At(period.from).cs) >=
                               3;
  if (sum.drills.empty() && should_have_one && period.to <= now) {
    sum.open_points.push_back({Kind::kNoDrillHeld, "", 0, ""});
  }
}

std::vector<MonthFigure> MonthsOf(const Period& period, absl::Time now) {
  std::vector<MonthFigure> months;
  const absl::CivilMonth end(period.zone.At(period.to).cs);
  for (absl::CivilMonth month(period.zone.At(period.from).cs); month < end; ++month) {
    const bool begun = absl::FromCivil(absl::CivilSecond(month), period.zone) <= now;
    if (!begun && !months.empty()) break;
    months.push_back({.month = month, .incidents = 0, .by_severity = {}, .duties = {}});
  }
  return months;
}

// Causes of the period's incidents, with all that had them until its end. `rows` are the newest
// first.
std::map<std::string, std::vector<std::string>> CausesOf(std::span<const RegisterRow> rows,
                                                         const Period& period) {
  std::map<std::string, std::vector<std::string>> causes;
  for (const RegisterRow& row : rows) {
    if (!row.drill && !row.root_cause.empty() && Contains(period, row.begin)) {
      causes[row.root_cause];
    }
  }
  for (size_t i = rows.size(); i-- > 0;) {
    const RegisterRow& row = rows[i];
    if (row.drill || row.begin >= period.to) continue;
    const auto found = causes.find(row.root_cause);
    if (found != causes.end()) found->second.push_back(row.number);
  }
  return causes;
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

Stock StockOf(std::span<const RegisterRow> rows) {
  Stock stock;
  for (const RegisterRow& row : rows) {
    if (row.drill) continue;
    stock.incidents_open += IsClosed(row) ? 0U : 1U;
    stock.undecided += IsUndecided(row) && !IsClosed(row) ? 1U : 0U;
    stock.notifications_open += row.duties.open;
    stock.notifications_missed += row.duties.missed;
    stock.actions_open += row.actions.open;
    stock.actions_overdue += row.actions.overdue;
    stock.actions_unevaluated += row.actions.unevaluated;
  }
  return stock;
}

Statistics Summarise(std::span<const RegisterRow> rows, const Period& period, absl::Time now) {
  Statistics sum;
  sum.months = MonthsOf(period, now);
  std::vector<const RegisterRow*> begun;
  for (size_t i = 0; i < rows.size(); ++i) {
    const RegisterRow& row = rows[i];
    bool counts = Contains(period, row.begin);
    if (row.drill) {
      if (counts) sum.drills.push_back(i);
    } else {
      if (counts) {
        begun.push_back(&row);
        CountIncident(row, period, sum);
      }
      const size_t points = sum.open_points.size();
      AddOpenPoints(row, period, sum.open_points);
      counts = CountNotifications(row, period, sum) || counts;
      counts = CountWork(row, period, sum) || counts || sum.open_points.size() > points;
      counts = counts || !IsClosed(row);
    }
    if (!counts) continue;
    sum.restricted += row.restricted ? 1U : 0U;
    sum.tlp = std::max(sum.tlp.value_or(row.tlp), row.tlp);
  }
  for (const Measure& measure : kMeasures) sum.intervals.push_back(FigureOf(measure, begun));
  sum.causes = CausesOf(rows, period);
  std::stable_sort(sum.late.begin(), sum.late.end(),
                   [](const auto& a, const auto& b) { return *a.second.due < *b.second.due; });
  AddWiderPoints(period, now, sum);
  return sum;
}

absl::StatusOr<Period> ParsePeriod(std::string_view text, const absl::TimeZone& zone) {
  TOCSIN_ASSIGN_OR_RETURN(const Months months, ReadMonths(text));
  return PeriodOf(months, zone);
}

absl::StatusOr<Period> ParseBegunPeriod(std::string_view text, const absl::TimeZone& zone,
                                        absl::Time now) {
  TOCSIN_ASSIGN_OR_RETURN(const Period period, ParsePeriod(text, zone));
  if (period.from <= now) return period;
  return InvalidArgument("PERIOD_NOT_BEGUN", absl::StrCat(ToAbsl(text), " has not begun"),
                         "Ask for one that has.");
}

absl::StatusOr<Period> PeriodBefore(std::string_view text, const absl::TimeZone& zone) {
  TOCSIN_ASSIGN_OR_RETURN(const Months months, ReadMonths(text));
  return PeriodOf({months.first - months.count, months.count}, zone);
}

}  // namespace tocsin::domain
