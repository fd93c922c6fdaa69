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
  rows[1].duties.missed = 3;
  const Statistics sum = Summarise(rows, kJune);
  CHECK(sum.incidents == 1);
  CHECK(sum.drills == 1);
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
  rows[1].duties.missed = 1;
  rows[2].actions = {.done = 0, .open = 2, .overdue = 2};
  const Statistics sum = Summarise(rows, kJune);
  REQUIRE(sum.recurring.size() == 1);
  CHECK(sum.recurring.at("vpn-2026") == std::vector<std::string>{"INC-2026-1", "INC-2026-3"});
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
  rows[1].duties.late = 2;
  rows[2].begin = At("2026-09-30T22:00:00Z");  // 1 October
  const Statistics sum = Summarise(rows, quarter);
  REQUIRE(sum.months.size() == 3);
  CHECK(sum.months[0].month == absl::CivilMonth(2026, 7));
  CHECK(sum.months[0].incidents == 1);
  CHECK(sum.months[1].incidents == 0);
  CHECK(sum.months[2].month == absl::CivilMonth(2026, 9));
  CHECK(sum.months[2].incidents == 1);
  CHECK(sum.months[2].by_severity.at(Severity::kSev1) == 1);
  CHECK(sum.months[2].duties.late == 2);
  CHECK(Summarise({}, *ParsePeriod("2026", brussels)).months.size() == 12);
}

TEST_CASE("Statistics: late filings stand by due time, the label is that of the most restricted") {
  std::vector<RegisterRow> rows = {ARow(1, absl::Minutes(1)), ARow(2, absl::Minutes(1))};
  rows[0].late = {
      {"nis2.notification", "Incident notification", At("2026-06-05T00:00:00Z"), std::nullopt, ""}};
  rows[1].late = {{"nis2.early_warning", "Early warning", At("2026-06-02T00:00:00Z"),
                   At("2026-06-02T06:00:00Z"), "the portal was down"}};
  rows[1].tlp = Tlp::kRed;
  const Statistics sum = Summarise(rows, kJune);
  REQUIRE(sum.late.size() == 2);
  CHECK(sum.late[0].first == "INC-2026-2");
  CHECK(sum.late[0].second.reason == "the portal was down");
  CHECK(sum.late[1].first == "INC-2026-1");
  CHECK_FALSE(sum.late[1].second.submit_time.has_value());
  CHECK(sum.tlp == Tlp::kRed);
  CHECK_FALSE(Summarise({}, kJune).tlp.has_value());
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
