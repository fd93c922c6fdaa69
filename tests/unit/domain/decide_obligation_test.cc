#include "server/base/error.h"
#include "server/domain/decide.h"
#include "server/domain/obligations.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

constexpr absl::Duration kTick = absl::Microseconds(1);

}  // namespace

TEST_CASE("AssessImpact: facts are kept with the entry that stated them", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(AssessImpact{{{"malicious", "yes"}, {"users_affected", "1200"}}, "first count"});
  c.Do(AssessImpact{{{"users_affected", "1500"}}, ""});

  CHECK(c.incident().impact.at("malicious").value == "yes");
  CHECK(c.incident().impact.at("users_affected").value == "1500");
  CHECK(c.incident().impact.at("users_affected").sequence == c.incident().last_sequence);
  CHECK(c.Refusal(AssessImpact{{}, "x"}) == "NO_FACTS");
  CHECK(c.Refusal(AssessImpact{{{"malicious", "perhaps"}}, ""}) == "BAD_IMPACT_VALUE");
  CHECK(c.Refusal(AssessImpact{{{"user_affected", "1"}}, ""}) == "UNKNOWN_IMPACT_KEY");
  CHECK(c.Refusal(AssessImpact{{{"Malicious", "yes"}}, ""}) == "BAD_ATTRIBUTE");
  CHECK(c.Refusal(AssessImpact{{{"malicious", "yes"}}, "\xff"}) == "TEXT_NOT_UTF8");
}

TEST_CASE("DecideSignificance: refusals", "[domain]") {
  Case c = ADeclaredCase();
  CHECK(c.Refusal(DecideSignificance{"gdpr", true, "x"}) == "UNKNOWN_REGIME");
  CHECK(c.Refusal(DecideSignificance{"nis2", true, ""}) == "TEXT_EMPTY");
  c.Do(DecideSignificance{"", true, "a critical service is down"});
  CHECK(c.incident().rulings.front().significance->decided.author == Person(1));
  CHECK(c.Refusal(DecideSignificance{"nis2", true, "again"}) == "SIGNIFICANCE_UNCHANGED");
  CHECK(c.Refusal(DecideSignificance{"nis2", false, "no"}).empty());

  Case unregulated;
  DeclareIncident command = ADeclaration();
  command.pack = nullptr;
  unregulated.Do(command);
  CHECK(unregulated.Refusal(DecideSignificance{"", true, "x"}) == "NO_REGIME");
}

TEST_CASE("DecideSignificance: no ends all duties, yes brings them back", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(RecordAnchor{"aware", c.now, "seen"});
  c.Do(DecideSignificance{"nis2", false, "one laptop, no service"});
  for (const char* stage : {"early_warning", "notification", "final", "progress", "recipients"}) {
    INFO(stage);
    CHECK(c.obligation(stage).duty.state == regulation::DutyState::kNotRequired);
    CHECK_FALSE(c.obligation(stage).duty.due.has_value());
  }
  CHECK(TimersFor(c.incident()).empty());
  CHECK(c.Refusal(CloseIncident{"done", "nothing to learn"}).empty());

  c.Do(DecideSignificance{"nis2", true, "it spread"});
  CHECK(c.obligation("early_warning").duty.state == regulation::DutyState::kDated);
  CHECK_FALSE(c.obligation("early_warning").duty.provisional);
}

TEST_CASE("DecideSignificance: a date that was missed stays missed when it comes back",
          "[domain]") {
  Case c = ASignificantCase();
  c.RunTimers(c.now + absl::Hours(25));
  REQUIRE(c.obligation("early_warning").state == ObligationState::kMissed);
  c.Do(DecideSignificance{"nis2", false, "we thought"});
  CHECK(c.obligation("early_warning").state == ObligationState::kOpen);
  c.Do(DecideSignificance{"nis2", true, "we know"});

  CHECK(c.obligation("early_warning").state == ObligationState::kMissed);
  CHECK(EventsOf<ObligationMissed>(c.record()).size() == 1);
}

TEST_CASE("RequestIntermediate: refusals", "[domain]") {
  const Case c = ASignificantCase();
  CHECK(c.Refusal(RequestIntermediate{""}) == "TEXT_EMPTY");
  CHECK(c.Refusal(RequestIntermediate{"x", c.now + kFutureTolerance}).empty());
  CHECK(c.Refusal(RequestIntermediate{"x", c.now + kFutureTolerance + kTick}) == "TIME_IN_FUTURE");
}

TEST_CASE("RequestIntermediate: a second request asks for a second report", "[domain]") {
  Case c = ASignificantCase();
  CHECK(c.obligation("intermediate").duty.state == regulation::DutyState::kOnRequest);
  c.Do(RequestIntermediate{"the CSIRT called"});
  CHECK(c.obligation("intermediate").duty.state == regulation::DutyState::kNoNumber);
  c.Do(DraftNotification{"intermediate", {}});
  c.Do(RecordSubmission{"intermediate", {}, "portal", "R-1", ""});
  CHECK(c.obligation("intermediate").state == ObligationState::kMet);
  CHECK(c.Refusal(RecordSubmission{"intermediate", {}, "portal", "R-1", ""}) ==
        "ALREADY_SUBMITTED");

  c.now += absl::Hours(8);
  c.Do(RequestIntermediate{"the CSIRT called again"});
  CHECK(c.obligation("intermediate").state == ObligationState::kOpen);
  CHECK(c.obligation("intermediate").draft_sequence == 0);
  CHECK(c.Refusal(ApproveNotification{"intermediate"}) == "NO_DRAFT");
  c.Do(RecordSubmission{"intermediate", {}, "portal", "R-2", ""});
  CHECK(c.obligation("intermediate").submission->reference == "R-2");
  CHECK(EventsOf<NotificationSubmitted>(c.record()).size() == 2);
}

TEST_CASE("RequestIntermediate: a draft that is not filed yet serves the next request",
          "[domain]") {
  Case c = ASignificantCase();
  c.Do(RequestIntermediate{"the CSIRT called"});
  c.Do(DraftNotification{"intermediate", {}});
  const uint64_t draft = c.obligation("intermediate").draft_sequence;
  c.now += absl::Hours(1);
  c.Do(RequestIntermediate{"and called again"});
  CHECK(c.obligation("intermediate").draft_sequence == draft);
}

TEST_CASE("WaiveObligation: with a reason, once, never what is filed", "[domain]") {
  Case c = ASignificantCase();
  CHECK(c.Refusal(WaiveObligation{"early_warning", ""}) == "TEXT_EMPTY");
  CHECK(c.Refusal(WaiveObligation{"erly_warning", "x"}) == "UNKNOWN_OBLIGATION");
  CHECK_THAT(NextStepOf(c.Try(WaiveObligation{"erly_warning", "x"})),
             ContainsSubstring("Did you mean 'early_warning'?"));
  c.Do(WaiveObligation{"nis2.early_warning", "filed by the parent company"});
  CHECK(c.obligation("early_warning").state == ObligationState::kWaived);
  CHECK(c.Refusal(WaiveObligation{"early_warning", "x"}) == "OBLIGATION_SETTLED");
  c.Do(RecordSubmission{"notification", {}, "portal", "", ""});
  CHECK(c.Refusal(WaiveObligation{"notification", "x"}) == "OBLIGATION_SETTLED");
  for (const Timer& timer : TimersFor(c.incident())) {
    CHECK(timer.obligation != "nis2.early_warning");
  }
}

TEST_CASE("WaiveObligation: a new decision of significance ends the waiver", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(RecordAnchor{"aware", c.now, "seen"});
  c.Do(WaiveObligation{"early_warning", "looks harmless"});
  CHECK(c.Refusal(DraftNotification{"early_warning", {}}) == "OBLIGATION_WAIVED");
  c.Do(DecideSignificance{"nis2", true, "it is not harmless"});
  CHECK(c.obligation("early_warning").state == ObligationState::kOpen);
  CHECK(TimersFor(c.incident()).front().obligation == "nis2.early_warning");
}

TEST_CASE("Obligations: after closing they are filed, acknowledged, waived, and run on",
          "[domain]") {
  Case c = ASignificantCase();
  const absl::Time aware = c.now;
  c.Do(RecordSubmission{"early_warning", {}, "portal", "", ""});
  c.RunTimers(aware + absl::Hours(72));
  c.Do(WaiveObligation{"final", "to be decided with the authority"});
  c.Do(CloseIncident{"handed over", "nothing to learn"});
  REQUIRE(c.incident().closed());

  c.Do(RecordAcknowledgement{"early_warning", {}, "A-1"});
  c.Do(DraftNotification{"notification", {}});
  c.Do(RecordSubmission{"notification", {}, "portal", "", "the weekend"});
  c.Do(RequestIntermediate{"the CSIRT called"});
  c.Do(WaiveObligation{"recipients", "no recipients"});

  CHECK(c.obligation("notification").state == ObligationState::kMet);
  // Submitted 2026-06-13T08:00Z, 10:00 in Brussels: progress would be due a month later.
  const std::vector<Timer> timers = TimersFor(c.incident());
  REQUIRE(timers.size() == 1);
  CHECK(timers[0] ==
        Timer{At("2026-07-13T08:00:00Z"), "nis2.progress", 100, At("2026-07-13T08:00:00Z")});
  c.RunTimers(At("2026-07-13T08:00:00Z"));
  CHECK(c.obligation("progress").state == ObligationState::kMissed);
}

TEST_CASE("Obligations: a duty that is missed after closing keeps its timer", "[domain]") {
  Case c = ASignificantCase();
  const absl::Time aware = c.now;
  c.RunTimers(aware + absl::Hours(72));
  c.Do(WaiveObligation{"final", "x"});
  c.Do(CloseIncident{"handed over", "nothing to learn"});
  c.Do(ReopenIncident{"the final report is ours after all"});
  c.Do(DecideSignificance{"nis2", false, "x"});
  c.Do(CloseIncident{"not reportable", "nothing to learn"});
  CHECK(TimersFor(c.incident()).empty());
}

TEST_CASE("FactsOf: our facts under the names of the rules", "[domain]") {
  Case c = ASignificantCase();
  c.Do(RecordAnchor{"aware", c.now - absl::Hours(1), "earlier"});
  c.Do(RecordAnchor{"aware", c.now - absl::Minutes(30), "later"});
  c.Do(RecordAnchor{"handled", c.now - absl::Minutes(10), "first"});
  c.Do(RecordAnchor{"handled", c.now, "last"});
  c.Do(RecordSubmission{"early_warning", c.now - absl::Minutes(5), "portal", "", ""});
  c.Do(RequestIntermediate{"x", c.now - absl::Minutes(2)});

  const regulation::Facts facts = FactsOf(c.incident(), c.incident().rulings.front(), c.now);

  CHECK(facts.entity_kind == "essential");
  CHECK(facts.zone.name() == "Europe/Brussels");
  CHECK(facts.as_of == c.now);
  CHECK(facts.significance == regulation::Significance::kYes);
  CHECK(facts.anchors ==
        std::map<std::string, absl::Time>{{"aware", c.now - absl::Hours(1)},
                                          {"early_warning_submitted", c.now - absl::Minutes(5)},
                                          {"handled", c.now},
                                          {"intermediate_requested", c.now - absl::Minutes(2)}});
}

}  // namespace tocsin::domain
