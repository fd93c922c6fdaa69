#include "server/regulation/arithmetic.h"

#include <cstdio>
#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/base/time_text.h"
#include "server/regulation/compute.h"
#include "server/regulation/evaluate.h"
#include "tests/support/catch.h"
#include "tests/unit/regulation/vectors.h"

namespace tocsin::regulation {
namespace {

struct Case {
  std::string anchor;
  Term term;
  std::string zone;
  std::string holidays = "-";
};

Computed Add(const Case& c) {
  const absl::StatusOr<Calendar> calendar = ParseHolidays(c.holidays);
  REQUIRE(calendar.ok());
  return AddTerm(InstantForTest(c.anchor), c.term, ZoneForTest(c.zone), *calendar);
}

std::string At(const Case& c) {
  return FormatInstant(Add(c).at);
}

TEST_CASE("AddTerm hours: elapsed time, whatever the clock on the wall does", "[regulation]") {
  const Term day{Computation::kHours, 24};

  CHECK(At({"2026-10-24T12:00:00Z", day, "Europe/Brussels"}) == "2026-10-25T12:00:00Z");
  CHECK(At({"2026-03-29T00:59:59Z", day, "Europe/Brussels"}) == "2026-03-30T00:59:59Z");
  CHECK(Add({"2026-06-10T08:15:00Z", day, "Europe/Brussels"}).arithmetic ==
        "2026-06-10 08:15 UTC + 24 h = 2026-06-11 08:15 UTC");
  CHECK(Add({"2026-06-10T08:15:07Z", day, "Europe/Brussels"}).arithmetic ==
        "2026-06-10 08:15:07 UTC + 24 h = 2026-06-11 08:15:07 UTC");
}

TEST_CASE("AddTerm months: clamps to the last day and says so", "[regulation]") {
  const Term month{Computation::kMonths, 1};
  const Computed clamped = Add({"2026-01-31T09:00:00Z", month, "Europe/Brussels"});

  CHECK(FormatInstant(clamped.at) == "2026-02-28T09:00:00Z");
  CHECK(clamped.arithmetic ==
        "1 month after 2026-01-31 10:00 (Europe/Brussels) is 2026-02-28 (there is no day 31 in "
        "2026-02), same clock time = 2026-02-28 09:00 UTC");
  CHECK(At({"2028-01-31T09:00:00Z", month, "Europe/Brussels"}) == "2028-02-29T09:00:00Z");
  CHECK(At({"2028-02-29T09:00:00Z", {Computation::kMonths, 12}, "Europe/Brussels"}) ==
        "2029-02-28T09:00:00Z");
  CHECK(At({"2026-12-31T10:00:00Z", month, "Europe/Stockholm"}) == "2027-01-31T10:00:00Z");
  CHECK(At({"2026-01-31T09:00:00.25Z", month, "Europe/Brussels"}) == "2026-02-28T09:00:00.25Z");
}

TEST_CASE("AddTerm months: the date is that of the zone, not of UTC", "[regulation]") {
  const Term month{Computation::kMonths, 1};

  CHECK(At({"2026-02-28T23:30:00Z", month, "Europe/Brussels"}) == "2026-03-31T22:30:00Z");
  CHECK(At({"2026-02-28T23:30:00Z", month, "Europe/Dublin"}) == "2026-03-28T23:30:00Z");
}

TEST_CASE("AddTerm months and days: gap and overlap give the earliest instant", "[regulation]") {
  // 02:30 does not exist on 2027-03-28 in Brussels; read with the summer offset it is 00:30Z.
  const Computed gap = Add({"2027-02-28T01:30:00Z", {Computation::kMonths, 1}, "Europe/Brussels"});
  CHECK(FormatInstant(gap.at) == "2027-03-28T00:30:00Z");
  CHECK_THAT(gap.arithmetic, ContainsSubstring("a time the clock skips that day"));
  CHECK(At({"2027-03-14T01:30:00Z", {Computation::kDays, 14}, "Europe/Brussels"}) ==
        "2027-03-28T00:30:00Z");

  // 02:30 happens at 00:30Z and at 01:30Z on 2026-10-25.
  const Computed overlap =
      Add({"2026-09-25T00:30:00Z", {Computation::kMonths, 1}, "Europe/Brussels"});
  CHECK(FormatInstant(overlap.at) == "2026-10-25T00:30:00Z");
  CHECK_THAT(overlap.arithmetic, ContainsSubstring("a time the clock shows twice that day"));
}

TEST_CASE("AddTerm hours1182: the hour of the event is not counted", "[regulation]") {
  const Term day{Computation::kHours1182, 24};

  CHECK(At({"2026-06-10T08:00:00Z", day, "Europe/Brussels"}) == "2026-06-11T09:00:00Z");
  CHECK(At({"2026-06-10T08:59:59.5Z", day, "Europe/Brussels"}) == "2026-06-11T09:00:00Z");
  // In a zone with a half-hour offset the full hour is the local one.
  CHECK(At({"2026-06-10T08:15:00Z", day, "Asia/Kolkata"}) == "2026-06-11T08:30:00Z");
}

TEST_CASE("AddTerm months_roll: to the end of the next working day", "[regulation]") {
  const Term month{Computation::kMonthsRoll, 1};
  const Computed rolled = Add({"2026-01-31T09:00:00Z", month, "Europe/Brussels", "BE:none"});

  CHECK(FormatInstant(rolled.at) == "2026-03-02T23:00:00Z");
  CHECK(rolled.arithmetic ==
        "1 month after 2026-01-31 (Europe/Brussels) is 2026-02-28 (there is no day 31 in 2026-02); "
        "that is a Saturday, 2026-03-01 a Sunday, so the next working day 2026-03-02; end of that "
        "day = 2026-03-02 23:00 UTC");
  CHECK_THAT(Add({"2026-06-21T09:00:00Z", month, "Europe/Brussels", "BE:2026-07-21"}).arithmetic,
             ContainsSubstring("a holiday (BE), so the next working day 2026-07-22"));
  Calendar dutch = ParseHolidays("NL:2026-12-25").value();
  dutch.holidays[absl::CivilDay(2026, 12, 25)] = "Eerste Kerstdag";
  CHECK_THAT(
      AddTerm(InstantForTest("2026-11-25T09:00:00Z"), month, absl::UTCTimeZone(), dutch).arithmetic,
      ContainsSubstring("that is a holiday (NL, Eerste Kerstdag), 2026-12-26 a Saturday, "
                        "2026-12-27 a Sunday, so the next working day 2026-12-28"));
  // Friday 25 and Saturday 26 December and the Sunday behind them.
  CHECK(At({"2026-11-25T09:00:00Z", month, "Europe/Amsterdam", "NL:2026-12-25 2026-12-26"}) ==
        "2026-12-28T23:00:00Z");
}

TEST_CASE("AddTerm working days: the holidays that were left out are named", "[regulation]") {
  Calendar dutch = ParseHolidays("NL:2026-12-25 2026-12-26").value();
  dutch.holidays[absl::CivilDay(2026, 12, 25)] = "Eerste Kerstdag";
  const auto words = [&](Computation computation) {
    return AddTerm(InstantForTest("2026-12-23T09:00:00Z"), {computation, 3}, absl::UTCTimeZone(),
                   dutch)
        .arithmetic;
  };
  for (const Computation computation : {Computation::kBdaysEod, Computation::kSec4bd}) {
    // The 26th is a Saturday, which nobody counts anyway.
    CHECK_THAT(words(computation),
               ContainsSubstring("is 2026-12-29 (not counted: 2026-12-25, a holiday (NL, Eerste "
                                 "Kerstdag)); "));
  }
}

TEST_CASE("AddTerm end of day: a midnight that the clock skips is the change itself",
          "[regulation]") {
  // In Cairo summer time starts at 00:00 of Friday 2026-04-24, that is at 22:00Z.
  CHECK(At({"2026-04-22T10:00:00Z", {Computation::kBdaysEod, 1}, "Africa/Cairo"}) ==
        "2026-04-23T22:00:00Z");
  CHECK(At({"2026-04-21T10:00:00Z", {Computation::kDaysRoll, 2}, "Africa/Cairo"}) ==
        "2026-04-23T22:00:00Z");
}

TEST_CASE("AddTerm days_2wd: at least two working days", "[regulation]") {
  const Term two{Computation::kDays2wd, 2};

  CHECK(At({"2028-03-17T09:00:00Z", two, "Europe/Brussels", "BE:none"}) == "2028-03-21T23:00:00Z");
  CHECK(At({"2028-03-16T09:00:00Z", two, "Europe/Brussels", "BE:none"}) == "2028-03-20T23:00:00Z");
  CHECK(At({"2028-03-14T09:00:00Z", two, "Europe/Brussels", "BE:none"}) == "2028-03-16T23:00:00Z");
}

TEST_CASE("AddCapped: the nearer limit, and the own term when its anchor is later than the cap",
          "[regulation]") {
  const absl::Time aware = InstantForTest("2026-03-10T08:00:00Z");
  const auto due = [&](std::string_view classified) {
    return FormatInstant(AddCapped(InstantForTest(classified), {Computation::kCapped, 4},
                                   {aware, 24}, absl::UTCTimeZone(), Calendar{})
                             .at);
  };

  CHECK(due("2026-03-10T09:00:00Z") == "2026-03-10T13:00:00Z");
  CHECK(due("2026-03-11T06:30:00Z") == "2026-03-11T08:00:00Z");
  CHECK(due("2026-03-11T08:00:00Z") == "2026-03-11T08:00:00Z");
  CHECK(due("2026-03-11T08:00:01Z") == "2026-03-11T12:00:01Z");
}

std::optional<Computation> ComputationNamed(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(Computation::kSec4bd); ++i) {
    if (ToText(static_cast<Computation>(i)) == name) return static_cast<Computation>(i);
  }
  return std::nullopt;
}

// The instant that the row's own rule gives: the primitive alone, without any rule pack.
std::string ByRule(const VectorRow& row) {
  Facts facts;
  const auto events = ParseEvents(row.event_times);
  REQUIRE(events.ok());
  for (const auto& [name, text] : *events) facts.anchors[name] = InstantForTest(text);
  const absl::TimeZone zone = ZoneForTest(row.time_zone);
  const absl::StatusOr<Calendar> calendar = ParseHolidays(row.holidays);
  REQUIRE(calendar.ok());
  const std::string rule = row.rule.substr(row.rule.find('.') + 1);
  if (rule == "dora_initial" || rule == "dora_initial_noon") {
    const auto aware = AnchorTime(facts, "aware");
    const auto classified = AnchorTime(facts, "classified");
    if (!aware || !classified) return "none";
    const Term term{rule == "dora_initial" ? Computation::kCapped : Computation::kCappedNoon, 4};
    return FormatInstant(AddCapped(*classified, term, {*aware, 24}, zone, *calendar).at);
  }
  const std::vector<std::string> parts = absl::StrSplit(rule, ':');
  REQUIRE(parts.size() == 3);
  const std::optional<Computation> computation = ComputationNamed(parts[0]);
  int amount = 0;
  REQUIRE(computation);
  REQUIRE(absl::SimpleAtoi(parts[1], &amount));
  const auto anchor = AnchorTime(facts, parts[2]);
  if (!anchor) return "none";
  return FormatInstant(AddTerm(*anchor, {*computation, amount}, zone, *calendar).at);
}

TEST_CASE("AddTerm: every computed row of the vectors, of all regimes, by its own rule",
          "[regulation]") {
  std::map<std::string, int> rows_by_computation;
  int checked = 0;
  for (const VectorRow& row : ReadVectors()) {
    if (row.expected == "error" || row.rule == "none") continue;
    INFO(row.id << " " << row.rule);
    CHECK(ByRule(row) == row.expected);
    ++rows_by_computation[row.rule.substr(0, row.rule.find(':'))];
    ++checked;
  }
  std::printf("deadline vectors by their own rule: %d rows, %zu kinds\n", checked,
              rows_by_computation.size());
  CHECK(checked > 100);
  CHECK(rows_by_computation.size() >= 14);
}

}  // namespace
}  // namespace tocsin::regulation
