#include "server/base/error.h"
#include "server/domain/decide.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

constexpr absl::Duration kTick = absl::Microseconds(1);

// Every required field of the early warning, by hand.
Attributes EarlyWarningFields() {
  return {{"entity", "Hospital North"},
          {"contacts", "duty officer, +32 2 555 01 00"},
          {"suspected_malicious", "yes"},
          {"cross_border_impact", "unknown"}};
}

RecordSubmission Filing(std::string stage, std::optional<absl::Time> time = {},
                        std::string late_reason = "") {
  return {std::move(stage), time, "portal of the CSIRT", "NCC-1", std::move(late_reason)};
}

}  // namespace

TEST_CASE("Notification: drafted, approved, filed, acknowledged", "[domain]") {
  Case c = ASignificantCase();
  c.Do(DraftNotification{"early_warning", EarlyWarningFields()});
  const uint64_t draft = c.incident().last_sequence;
  CHECK(c.obligation("early_warning").draft_sequence == draft);
  c.Do(ApproveNotification{"early_warning"});
  CHECK(c.obligation("early_warning").approved_draft_sequence == draft);
  c.now += absl::Hours(3);
  const auto filed = EventsOf<NotificationSubmitted>(c.Do(Filing("early_warning")));
  REQUIRE(filed.size() == 1);
  CHECK(filed[0].submit_time == c.now);
  CHECK(filed[0].draft_sequence == draft);
  CHECK(c.obligation("early_warning").state == ObligationState::kMet);
  c.now += absl::Hours(1);
  c.Do(RecordAcknowledgement{"early_warning", {}, "A-17"});
  CHECK(c.obligation("early_warning").acknowledge_time == c.now);

  CHECK(c.Refusal(DraftNotification{"early_warning", {}}) == "ALREADY_SUBMITTED");
  CHECK(c.Refusal(ApproveNotification{"early_warning"}) == "ALREADY_SUBMITTED");
  CHECK(c.Refusal(Filing("early_warning")) == "ALREADY_SUBMITTED");
  CHECK(c.Refusal(RecordAcknowledgement{"early_warning", {}, ""}) == "ALREADY_ACKNOWLEDGED");
}

TEST_CASE("DraftNotification: refusals", "[domain]") {
  Case c = ASignificantCase();
  CHECK(c.Refusal(DraftNotification{"warning", {}}) == "UNKNOWN_OBLIGATION");
  CHECK(c.Refusal(DraftNotification{"early_warning", {{"entety", "x"}}}) == "UNKNOWN_FIELD");
  CHECK(NextStepOf(c.Try(DraftNotification{"early_warning", {{"entety", "x"}}})) ==
        "Did you mean 'entity'?");
  CHECK(c.Refusal(DraftNotification{"early_warning", {{"Entity", "x"}}}) == "BAD_ATTRIBUTE");
  CHECK(c.Refusal(DraftNotification{"csirt_response", {}}) == "NOT_OUR_DUTY");
  c.Do(WaiveObligation{"early_warning", "x"});
  CHECK(c.Refusal(DraftNotification{"early_warning", {}}) == "OBLIGATION_WAIVED");
  CHECK(c.Refusal(ApproveNotification{"early_warning"}) == "OBLIGATION_WAIVED");
  CHECK(c.Refusal(Filing("early_warning")) == "OBLIGATION_WAIVED");
}

TEST_CASE("ApproveNotification: only a complete draft, each draft once", "[domain]") {
  Case c = ASignificantCase();
  CHECK(c.Refusal(ApproveNotification{"early_warning"}) == "NO_DRAFT");
  CHECK(c.Refusal(ApproveNotification{"early"}) == "UNKNOWN_OBLIGATION");
  c.Do(DraftNotification{"early_warning", {}});
  const absl::Status refused = c.Try(ApproveNotification{"early_warning"});
  CHECK(ReasonOf(refused) == "DRAFT_INCOMPLETE");
  CHECK(std::string(refused.message()) ==
        "the draft lacks: entity, contacts, suspected_malicious, cross_border_impact");

  c.Do(DraftNotification{"early_warning", EarlyWarningFields()});
  c.Do(ApproveNotification{"early_warning"});
  CHECK(c.Refusal(ApproveNotification{"early_warning"}) == "ALREADY_APPROVED");
  c.Do(DraftNotification{"early_warning", EarlyWarningFields()});
  CHECK(c.Refusal(ApproveNotification{"early_warning"}).empty());
}

TEST_CASE("RecordSubmission: refusals", "[domain]") {
  const Case c = ASignificantCase();
  RecordSubmission no_channel = Filing("early_warning");
  no_channel.channel = "";
  CHECK(c.Refusal(no_channel) == "TEXT_EMPTY");
  RecordSubmission reference = Filing("early_warning");
  reference.reference = "two\nlines";
  CHECK(c.Refusal(reference) == "TEXT_CONTROL_CHARACTER");
  CHECK(c.Refusal(Filing("early_warning", {}, "\xff")) == "TEXT_NOT_UTF8");
  CHECK(c.Refusal(Filing("nope")) == "UNKNOWN_OBLIGATION");
  CHECK(c.Refusal(Filing("csirt_response")) == "NOT_OUR_DUTY");
  CHECK(c.Refusal(Filing("early_warning", c.now + kFutureTolerance)).empty());
  CHECK(c.Refusal(Filing("early_warning", c.now + kFutureTolerance + kTick)) == "TIME_IN_FUTURE");
  CHECK(c.Refusal(Filing("early_warning", c.now)).empty());
  CHECK(c.Refusal(Filing("early_warning", c.now - kTick)) == "FILED_BEFORE_AWARE");
}

TEST_CASE("RecordSubmission: the earliest awareness counts", "[domain]") {
  Case c = ASignificantCase();
  const absl::Time aware = c.now;
  c.now += absl::Hours(5);
  c.Do(RecordAnchor{"aware", aware + absl::Hours(4), "it was later"});
  CHECK(c.Refusal(Filing("early_warning", aware + absl::Hours(1))).empty());
}

TEST_CASE("RecordSubmission: on time up to the due time, then only with a reason", "[domain]") {
  Case c = ASignificantCase();
  const absl::Time due = c.now + absl::Hours(24);
  c.now = due + absl::Hours(1);
  CHECK(c.Refusal(Filing("early_warning", due - kTick)).empty());
  CHECK(c.Refusal(Filing("early_warning", due)).empty());
  CHECK(c.Refusal(Filing("early_warning", due + kTick)) == "LATE_NEEDS_REASON");
  CHECK(c.Refusal(Filing("early_warning", due + kTick, "the portal was down")).empty());
  CHECK(c.Refusal(Filing("early_warning", due + kTick, "  ")) == "LATE_NEEDS_REASON");
}

TEST_CASE("RecordSubmission: missed, then filed late, is met with its reason", "[domain]") {
  Case c = ASignificantCase();
  c.RunTimers(c.now + absl::Hours(24));
  REQUIRE(c.obligation("early_warning").state == ObligationState::kMissed);
  c.now += absl::Hours(2);
  c.Do(Filing("early_warning", {}, "the portal was down"));

  const Obligation& filed = c.obligation("early_warning");
  CHECK(filed.state == ObligationState::kMet);
  CHECK(filed.submission->late_reason == "the portal was down");
  CHECK(filed.submission->submit_time > *filed.duty.due);
  CHECK(EventsOf<ObligationMissed>(c.record()).size() == 1);
}

TEST_CASE("RecordSubmission: what is late by now needs a reason before its timer fired",
          "[domain]") {
  Case c = ASignificantCase();
  c.Do(Filing("early_warning"));
  c.Do(Filing("notification"));
  const absl::Time due = *c.obligation("final").duty.due;
  REQUIRE(c.obligation("progress").duty.state == regulation::DutyState::kConditional);
  c.now = due + absl::Seconds(1);

  CHECK(c.Refusal(Filing("progress")) == "LATE_NEEDS_REASON");
  CHECK(c.Refusal(Filing("progress", due)).empty());
}

TEST_CASE("RecordAcknowledgement: refusals", "[domain]") {
  Case c = ASignificantCase();
  CHECK(c.Refusal(RecordAcknowledgement{"early", {}, ""}) == "UNKNOWN_OBLIGATION");
  CHECK(c.Refusal(RecordAcknowledgement{"early_warning", {}, ""}) == "NOT_SUBMITTED");
  CHECK(c.Refusal(RecordAcknowledgement{"csirt_response", {}, ""}) == "NOT_SUBMITTED");
  c.Do(Filing("early_warning"));
  const auto refusal = [&](absl::Time time) {
    return c.Refusal(RecordAcknowledgement{"early_warning", time, ""});
  };
  CHECK(refusal(c.now - kTick) == "ACKNOWLEDGED_BEFORE_FILED");
  CHECK(refusal(c.now).empty());
  CHECK(refusal(c.now + kFutureTolerance + kTick) == "TIME_IN_FUTURE");
  CHECK(c.Refusal(RecordAcknowledgement{"early_warning", {}, "\n"}) == "TEXT_CONTROL_CHARACTER");
}

TEST_CASE("RecordAcknowledgement: the authority's answer is not its receipt", "[domain]") {
  Case c = ASignificantCase();
  c.Do(Filing("early_warning"));
  c.Do(RecordAcknowledgement{"early_warning", {}, "receipt 1"});
  CHECK(c.obligation("csirt_response").state == ObligationState::kOpen);
  CHECK(c.Refusal(RecordAcknowledgement{"csirt_response", c.now - kTick, ""}) ==
        "ACKNOWLEDGED_BEFORE_FILED");
  c.now += absl::Hours(6);
  c.Do(RecordAcknowledgement{"csirt_response", {}, "guidance by mail"});
  CHECK(c.obligation("csirt_response").state == ObligationState::kMet);
  CHECK(c.Refusal(RecordAcknowledgement{"csirt_response", {}, ""}) == "ALREADY_ACKNOWLEDGED");
}

}  // namespace tocsin::domain
