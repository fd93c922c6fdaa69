// Closing against the law's clocks: no clock that has begun is lost by it, and what is learnt of
// the end of an incident afterwards still counts.
#include "server/base/error.h"
#include "server/domain/decide.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

using regulation::DutyState;

RecordSubmission Filing(const char* stage, const char* late_reason = "") {
  return {stage, {}, "portal", "", late_reason};
}

}  // namespace

TEST_CASE("CloseIncident: undecided, but filed: what waits for an anchor stands in the way",
          "[domain]") {
  Case c = ADeclaredCase();
  c.Do(RecordAnchor{"aware", c.now, "seen"});
  c.Do(Filing("early_warning"));
  c.Do(Filing("notification"));
  c.RunTimers(c.now + absl::Hours(24 * 20));
  c.Do(Filing("progress"));
  // The final report has no date any more; it waits for `handled`.
  REQUIRE(c.obligation("final").duty.state == DutyState::kNoDateYet);
  REQUIRE(c.obligation("final").duty.provisional);

  const absl::Status refused = c.Try(CloseIncident{"done", "nothing to learn"});

  CHECK(ReasonOf(refused) == "WORK_OPEN");
  CHECK(refused.message() == "still open: obligation nis2.final");
  SECTION("until it is handled and filed") {
    c.Do(RecordAnchor{"handled", c.now, "all is clean"});
    c.Do(Filing("final"));
  }
  SECTION("until it is waived") {
    c.Do(WaiveObligation{"final", "the CSIRT has all it wants"});
  }
  SECTION("until it is decided not to be significant") {
    c.Do(DecideSignificance{"nis2", false, "no service was hit after all"});
  }
  CHECK(c.Refusal(CloseIncident{"done", "nothing to learn"}).empty());
}

TEST_CASE("RecordAnchor: a closed incident takes how it ended, and the clock runs from it",
          "[domain]") {
  Case c = ADeclaredCase();
  c.Do(RecordAnchor{"aware", c.now, "seen"});
  c.RunTimers(c.now + absl::Hours(72));
  c.Do(CloseIncident{"nobody decided, and both terms were missed", "nothing to learn"});
  // Filed late, after closing: the final report is owed.
  c.Do(Filing("notification", "nobody was there"));
  const absl::Time final_due = At("2026-07-13T08:00:00Z");
  REQUIRE(c.obligation("final").duty.due == final_due);
  c.RunTimers(final_due + absl::Hours(1));
  REQUIRE(c.obligation("final").duty.state == DutyState::kNoDateYet);
  REQUIRE(c.obligation("final").duty.anchor == "handled");
  REQUIRE(TimersFor(c.incident()).empty());

  c.Do(RecordAnchor{"handled", c.now, "as the supplier told us"});

  CHECK(c.incident().closed());
  CHECK(c.obligation("final").duty.due == At("2026-08-13T09:00:00Z"));
  CHECK(TimersFor(c.incident()).size() == 4);
  c.RunTimers(At("2026-08-01T08:00:00Z"));
  c.Do(Filing("final"));
  CHECK(TimersFor(c.incident()).empty());
  CHECK(c.incident().closed());
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));
}

TEST_CASE("RecordAnchor: what a closed incident takes is checked like any statement", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(RecordAnchor{"aware", c.now, "seen"});
  c.Do(DecideSignificance{"nis2", false, "one laptop"});
  c.Do(CloseIncident{"done", "nothing to learn"});
  const absl::Time aware = c.now;
  c.now += absl::Hours(2);
  for (const char* anchor : {"handled", "resolved", "impact_ended", "impact_ended_notified",
                             "regular_activities_recovered", "corrective_measure_available"}) {
    INFO(anchor);
    CHECK(c.Refusal(RecordAnchor{anchor, c.now, "learnt later"}).empty());
  }
  CHECK(c.Refusal(RecordAnchor{"handled", aware - absl::Seconds(1), "x"}) == "ANCHORS_CONTRADICT");
  CHECK(c.Refusal(RecordAnchor{"handled", c.now + absl::Hours(1), "x"}) == "TIME_IN_FUTURE");
  CHECK(c.Refusal(RecordAnchor{"handled", c.now, ""}) == "TEXT_EMPTY");
  // What would begin the response anew needs an incident that is open.
  for (const char* anchor : {"occurred", "detected", "aware", "classified"}) {
    INFO(anchor);
    CHECK(c.Refusal(RecordAnchor{anchor, c.now, "x"}) == "INCIDENT_CLOSED");
  }
}

}  // namespace tocsin::domain
