#include "server/domain/statistics.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

const Period kJune = {At("2026-06-01T00:00:00Z"), At("2026-07-01T00:00:00Z")};

RegisterRow ARow(int number, absl::Duration to_detect) {
  RegisterRow row;
  row.number = absl::StrCat("INC-2026-", number);
  row.begin = kJune.from + absl::Hours(number);
  row.times.occurred = row.begin;
  row.times.detected = row.begin + to_detect;
  row.significant = false;
  return row;
}

// Counted in the row as the register counts it.
void Owe(RegisterRow& row, DutyStanding standing, absl::Time due, std::string reason = "") {
  row.notifications.push_back({.obligation = "nis2.early_warning",
                               .label = "Early warning",
                               .standing = standing,
                               .due = due,
                               .submit_time = due + absl::Hours(6),
                               .late_reason = std::move(reason)});
  Count(standing, row.duties);
}

const IntervalFigure& Figure(const Statistics& sum, std::string_view name) {
  for (const IntervalFigure& figure : sum.intervals) {
    if (figure.name == name) return figure;
  }
  FAIL("no such figure");
  return sum.intervals.front();
}

std::string Reason(std::string_view text) {
  return ReasonOf(ParsePeriod(text, absl::UTCTimeZone()).status());
}

}  // namespace

TEST_CASE("Statistics: median and p90 over the cases that have both ends in order") {
  std::vector<RegisterRow> rows;
  for (int i = 1; i <= 9; ++i) rows.push_back(ARow(i, absl::Minutes(10 * i)));
  Statistics sum = Summarise(rows, kJune);
  CHECK(Figure(sum, "MTTD").median == absl::Minutes(50));
  CHECK_FALSE(Figure(sum, "MTTD").p90.has_value());
  rows.push_back(ARow(10, absl::Minutes(100)));
  RegisterRow reversed = ARow(11, -absl::Minutes(5));
  RegisterRow unknown = ARow(12, absl::Minutes(5));
  unknown.times.occurred.reset();
  rows.push_back(reversed);
  rows.push_back(unknown);
  sum = Summarise(rows, kJune);
  CHECK(Figure(sum, "MTTD").count == 10);
  CHECK(Figure(sum, "MTTD").median == absl::Minutes(55));
  CHECK(Figure(sum, "MTTD").p90 == absl::Minutes(90));
  CHECK(Figure(sum, "MTTC").count == 0);
  CHECK_FALSE(Figure(sum, "MTTC").median.has_value());
}

TEST_CASE("Statistics: drills are counted as drills and nowhere else") {
  std::vector<RegisterRow> rows = {ARow(1, absl::Minutes(1)), ARow(2, absl::Hours(9))};
  rows[1].drill = true;
  Owe(rows[1], DutyStanding::kMissed, rows[1].begin);
  const Statistics sum = Summarise(rows, kJune);
  CHECK(sum.incidents == 1);
  CHECK(sum.drills == std::vector<size_t>{1});
  CHECK(sum.duties.missed == 0);
  CHECK(Figure(sum, "MTTD").median == absl::Minutes(1));
  CHECK(sum.open_points.empty());
}

TEST_CASE("Statistics: a period takes its first instant and not its last") {
  std::vector<RegisterRow> rows(3, ARow(1, absl::Minutes(1)));
  rows[0].begin = kJune.from;
  rows[1].begin = kJune.to;
  rows[2].begin = kJune.from - absl::Nanoseconds(1);
  CHECK(Summarise(rows, kJune).incidents == 1);
}

TEST_CASE("Statistics: causes that came back, and what asks for a decision") {
  std::vector<RegisterRow> rows = {ARow(1, absl::Minutes(1)), ARow(2, absl::Minutes(1)),
                                   ARow(3, absl::Minutes(1))};
  rows[0].root_cause = rows[2].root_cause = "vpn-2026";
  rows[1].root_cause = "mail";
  rows[0].significant.reset();
  Owe(rows[1], DutyStanding::kMissed, rows[1].begin);
  rows[2].actions = {.done = 0, .open = 2, .overdue = 2};
  const Statistics sum = Summarise(rows, kJune);
  CHECK(sum.causes.at("vpn-2026").size() == 2);
  CHECK(sum.causes.at("mail").size() == 1);
  using Kind = OpenPoint::Kind;
  CHECK(sum.open_points ==
        std::vector<OpenPoint>{{Kind::kSignificanceUndecided, "INC-2026-1", 1, ""},
                               {Kind::kNotificationMissed, "INC-2026-2", 1, ""},
                               {Kind::kActionItemOverdue, "INC-2026-3", 2, ""},
                               {Kind::kCauseCameBack, "", 2, "vpn-2026"}});
}

TEST_CASE(
    "Statistics: a quarter without a drill, and closings without a review, are put to management") {
  const Period quarter = *ParsePeriod("2026Q2", absl::UTCTimeZone());
  std::vector<RegisterRow> rows = {ARow(1, absl::Minutes(1)), ARow(2, absl::Minutes(1))};
  rows[0].phase = Phase::kClosed;
  rows[0].times.closed = quarter.to - absl::Hours(1);
  using Kind = OpenPoint::Kind;
  CHECK(Summarise(rows, quarter).open_points ==
        std::vector<OpenPoint>{{Kind::kClosedWithoutReview, "", 1, ""},
                               {Kind::kNoDrillHeld, "", 0, ""}});
  rows[0].review = ReviewState::kPublished;
  rows[1].drill = true;
  CHECK(Summarise(rows, quarter).open_points.empty());
}

TEST_CASE("Statistics: each month of the period stands there, in the organisation's zone") {
  const absl::TimeZone brussels = Brussels().rules;
  const Period quarter = *ParsePeriod("2026Q3", brussels);
  std::vector<RegisterRow> rows(3, ARow(1, absl::Minutes(1)));
  rows[0].begin = At("2026-06-30T22:00:00Z");  // 1 July in Brussels
  rows[1].begin = At("2026-09-30T21:59:59Z");  // 30 September
  rows[1].severity = Severity::kSev1;
  Owe(rows[1], DutyStanding::kLate, rows[1].begin);
  rows[2].begin = At("2026-09-30T22:00:00Z");  // 1 October
  const Statistics sum = Summarise(rows, quarter);
  REQUIRE(sum.months.size() == 3);
  CHECK(sum.months[0].month == absl::CivilMonth(2026, 7));
  CHECK(sum.months[0].incidents == 1);
  CHECK(sum.months[1].incidents == 0);
  CHECK(sum.months[2].month == absl::CivilMonth(2026, 9));
  CHECK(sum.months[2].incidents == 1);
  CHECK(sum.months[2].by_severity.at(Severity::kSev1) == 1);
  CHECK(sum.months[2].duties.late == 1);
  CHECK(Summarise({}, *ParsePeriod("2026", brussels)).months.size() == 12);
}

TEST_CASE("Statistics: late filings stand by due time, the label is that of the most restricted") {
  std::vector<RegisterRow> rows = {ARow(1, absl::Minutes(1)), ARow(2, absl::Minutes(1))};
  Owe(rows[0], DutyStanding::kMissed, At("2026-06-05T00:00:00Z"));
  Owe(rows[1], DutyStanding::kLate, At("2026-06-02T00:00:00Z"), "the portal was down");
  rows[1].tlp = Tlp::kRed;
  const Statistics sum = Summarise(rows, kJune);
  REQUIRE(sum.late.size() == 2);
  CHECK(sum.late[0].first == "INC-2026-2");
  CHECK(sum.late[0].second.late_reason == "the portal was down");
  CHECK(sum.late[1].first == "INC-2026-1");
  CHECK(sum.late[1].second.standing == DutyStanding::kMissed);
  CHECK(sum.tlp == Tlp::kRed);
  CHECK_FALSE(Summarise({}, kJune).tlp.has_value());
}

TEST_CASE("Statistics: a notification counts where it is due, whenever its incident was declared") {
  std::vector<RegisterRow> rows = {ARow(1, absl::Minutes(1))};
  rows[0].begin = kJune.to + absl::Hours(240);  // declared late
  Owe(rows[0], DutyStanding::kMissed, At("2026-06-19T00:00:00Z"));
  Owe(rows[0], DutyStanding::kMet, kJune.to);
  const Statistics june = Summarise(rows, kJune);
  CHECK(june.incidents == 0);
  CHECK(june.duties.missed == 1);
  CHECK(june.duties.met == 0);
  CHECK(june.late.size() == 1);
  const Statistics july = Summarise(rows, {kJune.to, kJune.to + absl::Hours(24 * 31)});
  CHECK(july.incidents == 1);
  CHECK(july.duties.missed == 0);
  CHECK(july.duties.met == 1);
}

TEST_CASE("Statistics: what is open asks in every report until it is settled") {
  std::vector<RegisterRow> rows = {ARow(1, absl::Minutes(1))};
  rows[0].begin = kJune.from - absl::Hours(24 * 200);
  rows[0].actions = {.done = 1, .open = 2, .overdue = 2};
  rows[0].actions_done = {kJune.from + absl::Hours(1), kJune.from - absl::Hours(1)};
  rows[0].tlp = Tlp::kRed;
  rows[0].restricted = true;
  const Statistics sum = Summarise(rows, kJune);
  using Kind = OpenPoint::Kind;
  CHECK(sum.open_points == std::vector<OpenPoint>{{Kind::kActionItemOverdue, "INC-2026-1", 2, ""}});
  CHECK(sum.actions_done == 1);
  CHECK(sum.incidents == 0);
  CHECK(sum.tlp == Tlp::kRed);
  CHECK(sum.restricted == 1);
  // Closed and settled long ago, it is behind nothing any more.
  rows[0].phase = Phase::kClosed;
  rows[0].actions = {};
  rows[0].actions_done = {};
  CHECK(Summarise(rows, kJune).restricted == 0);
  CHECK_FALSE(Summarise(rows, kJune).tlp.has_value());
}

TEST_CASE("Statistics: how things stand is counted over all incidents but drills") {
  std::vector<RegisterRow> rows(4, ARow(1, absl::Minutes(1)));
  rows[0].significant.reset();
  Owe(rows[0], DutyStanding::kOpen, kJune.to);
  rows[1].phase = Phase::kClosed;
  rows[1].actions = {.done = 3, .open = 2, .overdue = 1, .unevaluated = 1};
  Owe(rows[1], DutyStanding::kMissed, kJune.from);
  rows[2].drill = true;
  Owe(rows[2], DutyStanding::kMissed, kJune.from);
  rows[3].historical = true;  // and open again
  const Stock stock = StockOf(rows);
  CHECK(stock.incidents_open == 2);
  CHECK(stock.undecided == 1);
  CHECK(stock.notifications_open == 1);
  CHECK(stock.notifications_missed == 1);
  CHECK(stock.actions_open == 2);
  CHECK(stock.actions_overdue == 1);
  CHECK(stock.actions_unevaluated == 1);
}

TEST_CASE("Statistics: a cause comes back also from before the period, and not from after it") {
  // The newest first, as the catalogue has them.
  std::vector<RegisterRow> rows = {ARow(3, absl::Minutes(1)), ARow(2, absl::Minutes(1)),
                                   ARow(1, absl::Minutes(1))};
  for (RegisterRow& row : rows) row.root_cause = "vpn";
  rows[0].begin = kJune.to;
  rows[2].begin = kJune.from - absl::Hours(1);
  const Statistics sum = Summarise(rows, kJune);
  CHECK(sum.causes.at("vpn") == std::vector<std::string>{"INC-2026-1", "INC-2026-2"});
  CHECK(sum.open_points.back() == OpenPoint{OpenPoint::Kind::kCauseCameBack, "", 2, "vpn"});
}

TEST_CASE("Statistics: months that have not begun are not there, and no drill is missed yet") {
  const Period quarter = *ParsePeriod("2026Q3", absl::UTCTimeZone());
  const Statistics sum = Summarise({}, quarter, At("2026-08-15T00:00:00Z"));
  CHECK(sum.months.size() == 2);
  CHECK(sum.open_points.empty());
}

TEST_CASE("Period: one that has not begun is refused, its first instant is not") {
  const absl::TimeZone utc = absl::UTCTimeZone();
  const absl::Time july = At("2026-07-01T00:00:00Z");
  CHECK(ParseBegunPeriod("2026Q3", utc, july).ok());
  CHECK(ReasonOf(ParseBegunPeriod("2026Q3", utc, july - absl::Nanoseconds(1)).status()) ==
        "PERIOD_NOT_BEGUN");
  CHECK(ReasonOf(ParseBegunPeriod("2026Q9", utc, july).status()) == "BAD_PERIOD");
}

TEST_CASE("Period: years, quarters and months are civil ones of the organisation's zone") {
  const absl::TimeZone brussels = Brussels().rules;
  const Period quarter = *ParsePeriod("2026Q3", brussels);
  CHECK(quarter.from == At("2026-06-30T22:00:00Z"));
  CHECK(quarter.to == At("2026-09-30T22:00:00Z"));
  CHECK(PeriodBefore("2026Q1", brussels)->from == At("2025-09-30T22:00:00Z"));
  CHECK(ParsePeriod("2026-12", brussels)->to == At("2026-12-31T23:00:00Z"));
  CHECK(PeriodBefore("2026-01", brussels)->from == At("2025-11-30T23:00:00Z"));
  CHECK(PeriodBefore("2026", brussels)->to == ParsePeriod("2026", brussels)->from);
  for (const char* bad : {"", "26", "2026Q5", "2026Q0", "2026-13", "2026-00", "2026-+1", "2026q3",
                          "2026Q33", "1969", "9999", "2026-1", "20261"}) {
    INFO(bad);
    CHECK(Reason(bad) == "BAD_PERIOD");
  }
}

}  // namespace tocsin::domain
