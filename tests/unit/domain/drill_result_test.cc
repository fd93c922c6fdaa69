// The result of a drill, as the report of a period has it.
#include "server/domain/decide.h"
#include "server/domain/statistics.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {

TEST_CASE("DrillResult: without a scenario, the record's duties and steps count") {
  Case c = ADeclaredCase();
  RegisterRow row = RowOf(c.incident(), c.now);
  row.duties = {.met = 2, .late = 1, .missed = 3};
  const DrillResult result = ResultOf(c.incident(), row, nullptr);
  CHECK(result.number == "INC-2026-0001");
  CHECK(result.scenario.empty());
  CHECK_FALSE(result.over);
  CHECK_FALSE(result.declared_in.has_value());
  CHECK_FALSE(result.expectations.has_value());
  CHECK(result.notifications.met == 2);
  CHECK(result.notifications.late == 1);
  CHECK(result.notifications.missed == 3);
}

TEST_CASE("DrillResult: with a scenario, its score counts and nothing twice") {
  Case c = ADeclaredCase();
  DrillScore score;
  score.stopped = true;
  score.declared_in = absl::Minutes(14);
  for (const Outcome outcome : {Outcome::kMet, Outcome::kMet, Outcome::kLate, Outcome::kMissed,
                                Outcome::kOpen, Outcome::kNotReached, Outcome::kNotApplicable}) {
    score.expectations.emplace_back();
    score.expectations.back().outcome = outcome;
  }
  score.notifications.emplace_back();
  score.notifications.back().outcome = Outcome::kLate;
  RegisterRow row = RowOf(c.incident(), c.now);
  row.duties.late = 7;
  const DrillResult result = ResultOf(c.incident(), row, &score);
  CHECK(result.over);
  CHECK(result.declared_in == absl::Minutes(14));
  CHECK(result.begin == row.begin);
  REQUIRE(result.expectations.has_value());
  CHECK(result.expectations->met == 2);
  CHECK(result.expectations->late == 1);
  CHECK(result.expectations->missed == 1);
  CHECK(result.notifications.late == 1);
  CHECK(result.notifications.met == 0);
}

}  // namespace tocsin::domain
