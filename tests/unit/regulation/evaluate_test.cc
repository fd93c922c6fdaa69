#include "server/regulation/evaluate.h"

#include "server/base/error.h"
#include "server/base/time_text.h"
#include "tests/support/catch.h"
#include "tests/unit/regulation/vectors.h"

namespace tocsin::regulation {
namespace {

Facts SignificantFacts(std::string_view as_of) {
  Facts facts;
  facts.entity_kind = "essential";
  facts.zone = ZoneForTest("Europe/Amsterdam");
  facts.significance = Significance::kYes;
  facts.as_of = InstantForTest(as_of);
  return facts;
}

Duty DutyOf(const Facts& facts, const std::string& stage) {
  const absl::StatusOr<std::vector<Duty>> duties = Evaluate(Nis2(), facts);
  REQUIRE(duties.ok());
  for (const Duty& duty : *duties) {
    if (duty.stage == stage) return duty;
  }
  FAIL("no duty " << stage);
  return {};
}

std::string Due(const Duty& duty) {
  return duty.due ? FormatInstant(*duty.due) : "none";
}

TEST_CASE("Evaluate: one duty a stage, in the pack's order", "[regulation][evaluate]") {
  const auto duties = Evaluate(Nis2(), SignificantFacts("2026-06-10T12:00:00Z"));

  REQUIRE(duties.ok());
  std::vector<std::string> stages;
  for (const Duty& duty : *duties) stages.push_back(duty.stage);
  CHECK(stages == std::vector<std::string>{"early_warning", "notification", "intermediate",
                                           "progress", "final", "recipients", "csirt_response",
                                           "voluntary"});
}

TEST_CASE("Evaluate: awareness dates early warning and notification", "[regulation][evaluate]") {
  Facts facts = SignificantFacts("2026-06-10T12:00:00Z");
  facts.anchors["aware"] = InstantForTest("2026-06-10T08:15:00Z");

  const Duty warning = DutyOf(facts, "early_warning");
  CHECK(warning.state == DutyState::kDated);
  CHECK(Due(warning) == "2026-06-11T08:15:00Z");
  CHECK(warning.legal_latest == warning.due);
  CHECK(warning.anchor == "aware");
  CHECK(warning.anchor_time == facts.anchors["aware"]);
  CHECK(warning.rule_id == "nis2.early_warning");
  CHECK(warning.article == "NIS2 23(4)(a)");
  CHECK(warning.arithmetic == "2026-06-10 08:15 UTC + 24 h = 2026-06-11 08:15 UTC");
  CHECK_THAT(warning.primary_norm, ContainsSubstring("without undue delay"));
  CHECK(warning.own_duty);
  CHECK_FALSE(warning.provisional);
  CHECK(Due(DutyOf(facts, "notification")) == "2026-06-13T08:15:00Z");
}

TEST_CASE("Evaluate: no anchor, no date; detection is not awareness", "[regulation][evaluate]") {
  Facts facts = SignificantFacts("2026-06-10T12:00:00Z");
  facts.anchors["detected"] = InstantForTest("2026-06-10T08:15:00Z");
  facts.anchors["occurred"] = InstantForTest("2026-06-09T08:15:00Z");

  for (const char* stage : {"early_warning", "notification", "final"}) {
    const Duty duty = DutyOf(facts, stage);
    INFO(stage);
    CHECK(duty.state == DutyState::kNoDateYet);
    CHECK(Due(duty) == "none");
    CHECK_FALSE(duty.legal_latest);
    CHECK_FALSE(duty.anchor_time);
  }
  CHECK(DutyOf(facts, "final").arithmetic ==
        "1 month after 'notification_submitted', which is not recorded yet");
}

TEST_CASE("Evaluate: a trust service provider notifies within 24 h", "[regulation][evaluate]") {
  Facts facts = SignificantFacts("2026-07-02T12:00:00Z");
  facts.anchors["aware"] = InstantForTest("2026-07-02T09:41:00Z");
  facts.entity_kind = "trust_service_provider";

  CHECK(Due(DutyOf(facts, "early_warning")) == "2026-07-03T09:41:00Z");
  CHECK(Due(DutyOf(facts, "notification")) == "2026-07-03T09:41:00Z");
  CHECK(DutyOf(facts, "notification").rule_id == "nis2.notification.trust_service");
  facts.entity_kind = "trust_service_provider_other_service";
  CHECK(Due(DutyOf(facts, "notification")) == "2026-07-05T09:41:00Z");
}

TEST_CASE("Evaluate: an unknown entity kind names the known ones", "[regulation][evaluate]") {
  Facts facts = SignificantFacts("2026-07-02T12:00:00Z");
  facts.entity_kind = "esential";
  const auto duties = Evaluate(Nis2(), facts);

  REQUIRE_FALSE(duties.ok());
  CHECK(ReasonOf(duties.status()) == "UNKNOWN_ENTITY_KIND");
  CHECK_THAT(NextStepOf(duties.status()), ContainsSubstring("Did you mean 'essential'?"));
  CHECK_THAT(NextStepOf(duties.status()), ContainsSubstring("trust_service_provider"));
}

TEST_CASE("Evaluate: an infinite anchor is refused", "[regulation][evaluate]") {
  Facts facts = SignificantFacts("2026-07-02T12:00:00Z");
  facts.anchors["aware"] = absl::InfiniteFuture();

  CHECK(ReasonOf(Evaluate(Nis2(), facts).status()) == "INVALID_DATE");
}

TEST_CASE("Evaluate: only an earlier correction of awareness moves the date",
          "[regulation][evaluate]") {
  Facts facts = SignificantFacts("2026-06-10T12:00:00Z");
  facts.anchors["aware"] = InstantForTest("2026-06-10T08:15:00Z");

  facts.anchors["aware_corrected"] = InstantForTest("2026-06-10T11:00:00Z");
  CHECK(Due(DutyOf(facts, "early_warning")) == "2026-06-11T08:15:00Z");
  facts.anchors["aware_corrected"] = InstantForTest("2026-06-10T06:00:00Z");
  CHECK(Due(DutyOf(facts, "early_warning")) == "2026-06-11T06:00:00Z");
  CHECK(Due(DutyOf(facts, "notification")) == "2026-06-13T06:00:00Z");
  facts.anchors.erase("aware");
  CHECK(DutyOf(facts, "early_warning").state == DutyState::kNoDateYet);
}

TEST_CASE("Evaluate: undecided significance makes duties provisional, no makes them none",
          "[regulation][evaluate]") {
  Facts facts = SignificantFacts("2026-06-10T12:00:00Z");
  facts.anchors["aware"] = InstantForTest("2026-06-10T08:15:00Z");

  facts.significance = Significance::kUndecided;
  CHECK(DutyOf(facts, "early_warning").provisional);
  CHECK(DutyOf(facts, "early_warning").state == DutyState::kDated);
  facts.significance = Significance::kNo;
  for (const char* stage : {"early_warning", "notification", "intermediate", "progress", "final",
                            "recipients", "csirt_response"}) {
    INFO(stage);
    CHECK(DutyOf(facts, stage).state == DutyState::kNotRequired);
    CHECK(Due(DutyOf(facts, stage)) == "none");
    CHECK_FALSE(DutyOf(facts, stage).provisional);
  }
  CHECK(DutyOf(facts, "voluntary").state == DutyState::kVoluntary);
}

TEST_CASE("Evaluate: the intermediate report exists on request and has no number",
          "[regulation][evaluate]") {
  Facts facts = SignificantFacts("2026-06-12T12:00:00Z");
  CHECK(DutyOf(facts, "intermediate").state == DutyState::kOnRequest);

  facts.anchors["intermediate_requested"] = InstantForTest("2026-06-12T10:00:00Z");
  const Duty asked = DutyOf(facts, "intermediate");
  CHECK(asked.state == DutyState::kNoNumber);
  CHECK(asked.anchor_time == facts.anchors["intermediate_requested"]);
  CHECK(Due(asked) == "none");
}

TEST_CASE("Evaluate: recipients without number, voluntary without clock",
          "[regulation][evaluate]") {
  Facts facts = SignificantFacts("2026-06-12T12:00:00Z");
  facts.anchors["aware"] = InstantForTest("2026-06-10T08:15:00Z");

  CHECK(DutyOf(facts, "recipients").state == DutyState::kNoNumber);
  CHECK(Due(DutyOf(facts, "recipients")) == "none");
  CHECK(DutyOf(facts, "voluntary").state == DutyState::kVoluntary);
  CHECK(Due(DutyOf(facts, "voluntary")) == "none");
}

TEST_CASE("Evaluate: the authority's answer is expected, not owed", "[regulation][evaluate]") {
  Facts facts = SignificantFacts("2026-06-12T12:00:00Z");
  CHECK(DutyOf(facts, "csirt_response").state == DutyState::kExpectedAnswer);
  CHECK(Due(DutyOf(facts, "csirt_response")) == "none");

  facts.anchors["early_warning_submitted"] = InstantForTest("2026-06-10T20:00:00Z");
  const Duty answer = DutyOf(facts, "csirt_response");
  CHECK(answer.state == DutyState::kExpectedAnswer);
  CHECK_FALSE(answer.own_duty);
  CHECK(Due(answer) == "2026-06-11T20:00:00Z");
  facts.significance = Significance::kNo;
  CHECK(DutyOf(facts, "csirt_response").state == DutyState::kExpectedAnswer);
}

TEST_CASE("Evaluate: the final report counts from the submission, not from an update",
          "[regulation][evaluate]") {
  Facts facts = SignificantFacts("2026-05-10T12:00:00Z");
  facts.anchors["aware"] = InstantForTest("2026-05-04T08:00:00Z");
  facts.anchors["notification_submitted"] = InstantForTest("2026-05-06T14:22:10Z");
  facts.anchors["notification_updated"] = InstantForTest("2026-05-09T10:00:00Z");

  const Duty final_report = DutyOf(facts, "final");
  CHECK(final_report.state == DutyState::kDated);
  CHECK(Due(final_report) == "2026-06-06T14:22:10Z");
  // 6 June 2026 is a Saturday: to the end of Monday.
  CHECK(FormatInstant(final_report.legal_latest.value()) == "2026-06-08T22:00:00Z");
  CHECK(final_report.latest_article == "NIS2 23(4)(d); Regulation 1182/71 3(2)(c), 3(4)");
  CHECK_THAT(final_report.latest_arithmetic, ContainsSubstring("a Saturday"));
}

class Ongoing {
 public:
  static Facts At(std::string_view as_of) {
    Facts facts = SignificantFacts(as_of);
    facts.anchors["notification_submitted"] = InstantForTest("2026-06-03T10:00:00Z");
    return facts;
  }
};

TEST_CASE("Evaluate: before the final's date a progress report is conditional",
          "[regulation][evaluate]") {
  const Facts facts = Ongoing::At("2026-07-03T09:59:59Z");

  CHECK(DutyOf(facts, "final").state == DutyState::kDated);
  CHECK(Due(DutyOf(facts, "final")) == "2026-07-03T10:00:00Z");
  CHECK(DutyOf(facts, "progress").state == DutyState::kConditional);
  CHECK(Due(DutyOf(facts, "progress")) == "2026-07-03T10:00:00Z");
  CHECK_THAT(DutyOf(facts, "progress").arithmetic, ContainsSubstring("only if"));
  CHECK(DutyOf(SignificantFacts("2026-07-03T09:59:59Z"), "progress").state ==
        DutyState::kConditional);
  CHECK(Due(DutyOf(SignificantFacts("2026-07-03T09:59:59Z"), "progress")) == "none");
}

TEST_CASE("Evaluate: still ongoing at the final's date, progress is due and the final waits",
          "[regulation][evaluate]") {
  const Facts facts = Ongoing::At("2026-07-03T10:00:00Z");

  const Duty progress = DutyOf(facts, "progress");
  CHECK(progress.state == DutyState::kDated);
  CHECK(Due(progress) == "2026-07-03T10:00:00Z");
  CHECK(progress.article == "NIS2 23(4)(e)");
  CHECK(progress.anchor == "notification_submitted");
  const Duty final_report = DutyOf(facts, "final");
  CHECK(final_report.state == DutyState::kNoDateYet);
  CHECK(final_report.anchor == "handled");
  CHECK(final_report.article == "NIS2 23(4)(e)");
}

TEST_CASE("Evaluate: handled after the date, the final is one month after handling",
          "[regulation][evaluate]") {
  Facts facts = Ongoing::At("2026-11-02T10:00:00Z");
  facts.anchors["handled"] = InstantForTest("2026-10-31T09:00:00Z");

  CHECK(DutyOf(facts, "final").state == DutyState::kDated);
  CHECK(Due(DutyOf(facts, "final")) == "2026-11-30T09:00:00Z");
  CHECK(DutyOf(facts, "progress").state == DutyState::kDated);
  CHECK(Due(DutyOf(facts, "progress")) == "2026-07-03T10:00:00Z");
}

TEST_CASE("Evaluate: handled by the date, the normal final date stays", "[regulation][evaluate]") {
  Facts facts = Ongoing::At("2026-08-01T10:00:00Z");
  for (const char* handled : {"2026-06-20T13:00:00Z", "2026-07-03T10:00:00Z"}) {
    facts.anchors["handled"] = InstantForTest(handled);
    INFO(handled);
    CHECK(Due(DutyOf(facts, "final")) == "2026-07-03T10:00:00Z");
    CHECK(DutyOf(facts, "progress").state == DutyState::kNotRequired);
    CHECK(Due(DutyOf(facts, "progress")) == "none");
  }
  facts.anchors["handled"] = InstantForTest("2026-07-03T10:00:01Z");
  CHECK(Due(DutyOf(facts, "final")) == "2026-08-03T10:00:01Z");
}

TEST_CASE("Evaluate: a progress report sent early says that the incident goes on",
          "[regulation][evaluate]") {
  Facts facts = Ongoing::At("2026-06-28T10:00:00Z");
  facts.anchors["progress_submitted"] = InstantForTest("2026-06-28T09:00:00Z");

  CHECK(DutyOf(facts, "progress").state == DutyState::kDated);
  CHECK(DutyOf(facts, "final").state == DutyState::kNoDateYet);
  // It was over by the date after all.
  facts.anchors["handled"] = InstantForTest("2026-06-30T09:00:00Z");
  CHECK(Due(DutyOf(facts, "final")) == "2026-07-03T10:00:00Z");
}

TEST_CASE("Evaluate: a final report sent in time leaves no progress report behind",
          "[regulation][evaluate]") {
  Facts facts = Ongoing::At("2026-08-01T10:00:00Z");
  facts.anchors["final_submitted"] = InstantForTest("2026-06-25T10:00:00Z");

  CHECK(Due(DutyOf(facts, "final")) == "2026-07-03T10:00:00Z");
  CHECK(DutyOf(facts, "progress").state == DutyState::kNotRequired);
}

}  // namespace
}  // namespace tocsin::regulation
