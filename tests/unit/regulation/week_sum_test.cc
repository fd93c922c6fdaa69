#include "server/regulation/week_sum.h"

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/unit/regulation/criteria_sets.h"

namespace tocsin::regulation {
namespace {

absl::TimeZone Zone(const char* name) {
  absl::TimeZone zone;
  REQUIRE(absl::LoadTimeZone(name, &zone));
  return zone;
}

WeekSum Greatest(std::string_view text, const char* zone = "Europe/Brussels") {
  const auto intervals = ParseIntervals(text);
  INFO(intervals.status().ToString());
  REQUIRE(intervals.ok());
  return GreatestWeek(*intervals, Zone(zone));
}

std::string Refusal(std::string_view text) {
  return ReasonOf(ParseIntervals(text).status());
}

Outcome Week(std::string_view outages) {
  CriteriaFacts facts = Stated({"sector=trust_services"});
  facts.stated["outages"] = std::string(outages);
  return ResultOf("nis2-2024-2690", "trust_unavailable_week", facts).outcome;
}

}  // namespace

TEST_CASE("Week sum: outages of one week add up, those of two do not", "[regulation]") {
  // Wednesday and Thursday: 35 and 26 minutes.
  const char* same =
      "2026-06-10T10:00:00Z/2026-06-10T10:35:00Z, 2026-06-11T10:00:00Z/2026-06-11T10:26:00Z";
  CHECK(Greatest(same).sum == absl::Minutes(61));
  CHECK(Greatest(same).monday == absl::CivilDay(2026, 6, 8));
  CHECK(Week(same) == Outcome::kMet);
  // Sunday and the Monday after it.
  const char* two =
      "2026-06-14T10:00:00Z/2026-06-14T10:35:00Z,2026-06-15T10:00:00Z/2026-06-15T10:26:00Z";
  CHECK(Greatest(two).sum == absl::Minutes(35));
  CHECK(Week(two) == Outcome::kNotMet);
}

TEST_CASE("Week sum: an outage across midnight of Sunday counts in both weeks", "[regulation]") {
  // Midnight in Brussels is 22:00 UTC in summer.
  const char* across = "2026-06-14T21:20:00Z/2026-06-14T23:00:00Z";
  CHECK(Greatest(across).sum == absl::Minutes(60));
  CHECK(Greatest(across).monday == absl::CivilDay(2026, 6, 15));
  CHECK(Week(across) == Outcome::kNotMet);
  CHECK(Greatest(across, "UTC").sum == absl::Minutes(100));
}

TEST_CASE("Week sum: what overlaps counts once", "[regulation]") {
  CHECK(Greatest("2026-06-10T10:00:00Z/2026-06-10T10:40:00Z,"
                 "2026-06-10T10:20:00Z/2026-06-10T10:50:00Z")
            .sum == absl::Minutes(50));
  CHECK(Greatest("2026-06-10T10:00:00Z/2026-06-10T11:00:00Z,"
                 "2026-06-10T10:20:00Z/2026-06-10T10:30:00Z")
            .sum == absl::Hours(1));
}

TEST_CASE("Week sum: the week of the change of the clock has its true hours", "[regulation]") {
  // Monday 23 March to Sunday 29 March 2026 has 167 hours.
  CHECK(Greatest("2026-03-22T00:00:00+01:00/2026-03-31T00:00:00+02:00").sum == absl::Hours(167));
}

TEST_CASE("Week sum: what is no interval is refused", "[regulation]") {
  CHECK(Refusal("") == "BAD_INTERVAL");
  CHECK(Refusal("2026-06-10T10:00:00Z") == "BAD_INTERVAL");
  CHECK(Refusal("2026-06-10T10:00:00Z/2026-06-10T10:00:00Z") == "BAD_INTERVAL");
  CHECK(Refusal("2026-06-10T11:00:00Z/2026-06-10T10:00:00Z") == "BAD_INTERVAL");
  CHECK(Refusal("2026-06-10T10:00:00/2026-06-10T11:00:00Z") == "NO_OFFSET");
  CHECK(Refusal("2020-06-10T10:00:00Z/2026-06-10T10:00:00Z") == "BAD_INTERVAL");
  std::string many;
  for (size_t i = 0; i <= kIntervalsMax; ++i) {
    many += "2026-06-10T10:00:00Z/2026-06-10T10:01:00Z,";
  }
  many.pop_back();
  CHECK(Refusal(many) == "BAD_INTERVAL");
}

TEST_CASE("Week sum: the sum itself may be stated; the outages go before", "[regulation]") {
  CriteriaFacts facts = Stated({"sector=trust_services unavailable_minutes_week=61"});
  const auto ask = [&] {
    return ResultOf("nis2-2024-2690", "trust_unavailable_week", facts).outcome;
  };
  CHECK(ask() == Outcome::kMet);
  facts.stated["outages"] = "2026-06-10T10:00:00Z/2026-06-10T10:10:00Z";
  CHECK(ask() == Outcome::kNotMet);
  facts.stated["outages"] = "unknown";
  facts.stated["unavailable_minutes_week"] = "unknown";
  CHECK(ask() == Outcome::kUnknown);
}

}  // namespace tocsin::regulation
