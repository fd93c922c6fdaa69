// The product's main job on the pure core, with the real law: from the declaration to the final
// report.
#include "server/base/error.h"
#include "server/domain/decide.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

using regulation::DutyState;

DutyState StateOf(const Case& c, const char* stage) {
  return c.obligation(stage).duty.state;
}
std::optional<absl::Time> DueOf(const Case& c, const char* stage) {
  return c.obligation(stage).duty.due;
}

RecordSubmission Filing(const char* stage) {
  return {stage, {}, "portal", "NCC-1", ""};
}

}  // namespace

TEST_CASE("NIS2: an essential entity, from declaration to the final report", "[domain][nis2]") {
  Case c = ADeclaredCase();
  CHECK(StateOf(c, "early_warning") == DutyState::kNoDateYet);
  CHECK(FindObligation(c.incident(), "voluntary") == nullptr);
  CHECK(c.obligation("notification").duty.provisional);

  // Aware: dates, but provisional ones.
  const absl::Time aware = At("2026-06-10T10:15:00+02:00");
  c.now = At("2026-06-10T08:30:00Z");
  c.Do(RecordAnchor{"aware", aware, "the ransom note was read"});
  CHECK(DueOf(c, "early_warning") == At("2026-06-11T08:15:00Z"));
  CHECK(DueOf(c, "notification") == At("2026-06-13T08:15:00Z"));
  CHECK(c.obligation("early_warning").duty.provisional);
  CHECK(c.obligation("early_warning").duty.article == "NIS2 23(4)(a)");
  CHECK_THAT(c.obligation("early_warning").duty.arithmetic, ContainsSubstring("24 h"));
  CHECK(StateOf(c, "final") == DutyState::kNoDateYet);
  CHECK(NextDue(c.incident())->id == "nis2.early_warning");

  // Significant: no longer provisional.
  c.Do(DecideSignificance{"nis2", true, "a critical service is down"});
  CHECK_FALSE(c.obligation("early_warning").duty.provisional);
  CHECK(StateOf(c, "recipients") == DutyState::kNoNumber);
  CHECK(StateOf(c, "csirt_response") == DutyState::kExpectedAnswer);
  CHECK_FALSE(DueOf(c, "csirt_response").has_value());

  // The early warning goes out; an answer is expected within 24 hours.
  c.RunTimers(At("2026-06-10T20:00:00Z"));
  c.Do(Filing("early_warning"));
  CHECK(DueOf(c, "csirt_response") == At("2026-06-11T20:00:00Z"));
  CHECK_FALSE(c.obligation("csirt_response").duty.own_duty);
  CHECK(NextDue(c.incident())->id == "nis2.notification");

  // The notification goes out a day early and pulls the final report forward.
  c.RunTimers(At("2026-06-12T08:00:00Z"));
  c.Do(Filing("notification"));
  CHECK(StateOf(c, "final") == DutyState::kDated);
  CHECK(DueOf(c, "final") == At("2026-07-12T08:00:00Z"));
  CHECK(StateOf(c, "progress") == DutyState::kConditional);
  CHECK(DueOf(c, "progress") == DueOf(c, "final"));

  // Still ongoing then: a progress report is due, the final report waits for the end.
  c.RunTimers(At("2026-07-12T07:00:00Z"));
  c.Do(Filing("progress"));
  c.RunTimers(At("2026-07-12T09:00:00Z"));
  CHECK(StateOf(c, "progress") == DutyState::kDated);
  CHECK(c.obligation("progress").state == ObligationState::kMet);
  CHECK(StateOf(c, "final") == DutyState::kNoDateYet);
  CHECK(c.obligation("final").duty.anchor == "handled");
  CHECK(c.obligation("final").duty.article == "NIS2 23(4)(e)");
  CHECK(c.Refusal(CloseIncident{"done", "nothing to learn"}) == "WORK_OPEN");

  // Handled: the final report is due a month later, at the same wall time in Brussels.
  c.now = At("2026-10-01T10:00:00Z");
  c.Do(RecordAnchor{"handled", At("2026-09-30T12:00:00Z"), "the last system is clean"});
  CHECK(DueOf(c, "final") == At("2026-10-30T13:00:00Z"));
  c.RunTimers(At("2026-10-29T10:00:00Z"));
  c.Do(Filing("final"));

  CHECK(EventsOf<ObligationMissed>(c.record()).empty());
  CHECK(c.Refusal(CloseIncident{"done", "nothing to learn"}).empty());
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));
}

TEST_CASE("NIS2: still ongoing at the final report's date and nothing filed", "[domain][nis2]") {
  Case c = ASignificantCase();
  c.Do(Filing("notification"));
  c.RunTimers(At("2026-07-10T08:00:00Z"));
  CHECK(c.obligation("progress").state == ObligationState::kMissed);
  CHECK(StateOf(c, "final") == DutyState::kNoDateYet);
  c.Do(RecordSubmission{"progress", c.now + absl::Minutes(1), "portal", "", "we forgot"});
  CHECK(c.obligation("progress").state == ObligationState::kMet);
}

TEST_CASE("NIS2: a trust service provider notifies within 24 hours", "[domain][nis2]") {
  Case c;
  DeclareIncident command = ADeclaration();
  command.entity_kind = "trust_service_provider";
  c.Do(command);
  c.Do(RecordAnchor{"aware", c.now, "seen"});
  CHECK(DueOf(c, "early_warning") == c.now + absl::Hours(24));
  CHECK(DueOf(c, "notification") == c.now + absl::Hours(24));
  CHECK(c.obligation("notification").id == "nis2.notification");
  CHECK(c.obligation("notification").duty.rule_id == "nis2.notification.trust_service");
  c.RunTimers(c.now + absl::Hours(24));
  CHECK(EventsOf<ObligationMissed>(c.record()).size() == 2);
}

TEST_CASE("NIS2: not significant ends the duties, what was filed keeps its answer",
          "[domain][nis2]") {
  Case c = ASignificantCase();
  c.Do(Filing("early_warning"));
  c.Do(DecideSignificance{"nis2", false, "no service was hit after all"});
  CHECK(StateOf(c, "notification") == DutyState::kNotRequired);
  CHECK(StateOf(c, "csirt_response") == DutyState::kExpectedAnswer);
  CHECK(c.obligation("early_warning").state == ObligationState::kMet);
  CHECK(c.Refusal(CloseIncident{"done", "nothing to learn"}).empty());
}

TEST_CASE("NIS2: only what changes is recorded", "[domain][nis2]") {
  Case c = ASignificantCase();
  const auto updated = EventsOf<ObligationUpdated>(c.Do(Filing("early_warning")));
  REQUIRE(updated.size() == 1);
  CHECK(updated[0].obligation == "nis2.csirt_response");
  CHECK(updated[0].zone_name == "Europe/Brussels");
}

}  // namespace tocsin::domain
