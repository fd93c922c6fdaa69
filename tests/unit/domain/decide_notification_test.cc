#include "server/base/error.h"
#include "server/domain/decide.h"
#include "server/domain/notification.h"
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
  CHECK(c.Refusal(DraftNotification{"early_warning", {{"Entity", "x"}}}) == "UNKNOWN_FIELD");
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
  CHECK(IsApproved(c.obligation("early_warning")));
  CHECK(c.Refusal(ApproveNotification{"early_warning"}) == "ALREADY_APPROVED");
  // A new draft takes the approval back, though it says the same.
  c.Do(DraftNotification{"early_warning", EarlyWarningFields()});
  CHECK_FALSE(IsApproved(c.obligation("early_warning")));
  CHECK(c.Refusal(ApproveNotification{"early_warning"}).empty());
}

TEST_CASE("ApproveNotification: four eyes want another person than the drafter", "[domain]") {
  Case c = ASignificantCase();
  c.four_eyes = true;
  c.Do(DraftNotification{"early_warning", EarlyWarningFields()});
  const absl::Status refused = c.Try(ApproveNotification{"early_warning"});
  CHECK(ReasonOf(refused) == "FOUR_EYES");
  CHECK_THAT(NextStepOf(refused), ContainsSubstring("somebody else"));

  c.author = Person(2);
  c.Do(ApproveNotification{"early_warning"});
  // Whoever drafts last is the drafter.
  c.Do(DraftNotification{"early_warning", {}});
  CHECK(c.Refusal(ApproveNotification{"early_warning"}) == "FOUR_EYES");
  c.author = Person(1);
  CHECK(c.Refusal(ApproveNotification{"early_warning"}).empty());
  c.author = Person(2);
  c.four_eyes = false;
  CHECK(c.Refusal(ApproveNotification{"early_warning"}).empty());
}

TEST_CASE("ApproveNotification: names the bytes that were approved", "[domain]") {
  Case c = ASignificantCase();
  const auto drafted =
      EventsOf<NotificationDrafted>(c.Do(DraftNotification{"early_warning", EarlyWarningFields()}));
  const auto approved = EventsOf<NotificationApproved>(c.Do(ApproveNotification{"early_warning"}));
  REQUIRE(approved.size() == 1);
  CHECK(approved[0].document == Sha256(drafted.at(0).document));
}

TEST_CASE("RecordSubmission: freezes the document, and says whether it was approved", "[domain]") {
  Case c = ASignificantCase();
  DraftNotification draft{"early_warning", EarlyWarningFields()};
  draft.format = DocumentFormat::kJson;
  const std::string document = EventsOf<NotificationDrafted>(c.Do(draft)).at(0).document;
  Case unapproved = c;
  c.Do(ApproveNotification{"early_warning"});
  for (auto& [filing, approved] :
       {std::pair<Case*, bool>{&c, true}, std::pair<Case*, bool>{&unapproved, false}}) {
    filing->Do(Filing("early_warning"));
    const std::optional<FiledDocument>& filed =
        filing->obligation("early_warning").submission->document;
    REQUIRE(filed.has_value());
    CHECK(filed->digest == Sha256(document));
    CHECK(filed->size == document.size());
    CHECK(filed->format == DocumentFormat::kJson);
    CHECK(filed->approved == approved);
    CHECK(*RequireDocument(filing->obligation("early_warning")) == *filed);
  }
}

TEST_CASE("RecordSubmission: an approval that a later draft took back does not count", "[domain]") {
  Case c = ASignificantCase();
  c.Do(DraftNotification{"early_warning", EarlyWarningFields()});
  c.Do(ApproveNotification{"early_warning"});
  c.Do(DraftNotification{"early_warning", {}});
  const uint64_t last = c.incident().last_sequence;
  c.Do(Filing("early_warning"));
  const Submission& filed = *c.obligation("early_warning").submission;
  CHECK(filed.draft_sequence == last);
  CHECK_FALSE(filed.document->approved);
}

TEST_CASE("ApproveNotification: the draft that was read, not one that came since", "[domain]") {
  Case c = ASignificantCase();
  c.Do(DraftNotification{"early_warning", EarlyWarningFields()});
  const uint64_t read = c.incident().last_sequence;
  c.Do(DraftNotification{"early_warning", {{"description", "all is well"}}});
  const uint64_t last = c.incident().last_sequence;

  CHECK(c.Refusal(ApproveNotification{"early_warning", read}) == "DRAFT_CHANGED");
  CHECK(c.Refusal(ApproveNotification{"early_warning", last + 1}) == "DRAFT_CHANGED");
  c.Do(ApproveNotification{"early_warning", last});
  CHECK(c.obligation("early_warning").approved_draft_sequence == last);
}

TEST_CASE("RecordSubmission: a draft that a later one replaced is frozen as it was filed",
          "[domain]") {
  Case c = ASignificantCase();
  std::vector<uint64_t> drafts;
  std::vector<std::string> documents;
  for (const char* text : {"first", "second", "third"}) {
    Attributes fields = EarlyWarningFields();
    fields["description"] = text;
    documents.push_back(
        EventsOf<NotificationDrafted>(c.Do(DraftNotification{"early_warning", std::move(fields)}))
            .at(0)
            .document);
    drafts.push_back(c.incident().last_sequence);
    if (drafts.size() == 2) c.Do(ApproveNotification{"early_warning"});
  }
  for (size_t i = 0; i < drafts.size(); ++i) {
    Case filing = c;
    RecordSubmission command = Filing("early_warning");
    command.draft_sequence = drafts[i];
    filing.Do(command);
    const Submission& filed = *filing.obligation("early_warning").submission;
    CHECK(filed.draft_sequence == drafts[i]);
    CHECK(filed.document->digest == Sha256(documents[i]));
    CHECK(filed.document->size == documents[i].size());
    CHECK(filed.document->approved == (i == 1));
    CHECK(*RequireDocument(filing.obligation("early_warning")) == *filed.document);
  }
  RecordSubmission unknown = Filing("early_warning");
  unknown.draft_sequence = drafts[0] - 1;
  CHECK(c.Refusal(unknown) == "UNKNOWN_DRAFT");
  // Drafts are of their own stage.
  unknown = Filing("notification");
  unknown.draft_sequence = drafts[0];
  CHECK(c.Refusal(unknown) == "UNKNOWN_DRAFT");
  CHECK_THAT(NextStepOf(c.Try(unknown)), ContainsSubstring("leave --draft away"));
}

TEST_CASE("RecordSubmission: a second request knows no draft of the first", "[domain]") {
  Case c = ASignificantCase();
  c.Do(RequestIntermediate{"the CSIRT asked", {}});
  c.Do(DraftNotification{"intermediate", {}});
  const uint64_t first = c.incident().last_sequence;
  c.Do(DraftNotification{"intermediate", {}});
  c.Do(Filing("intermediate"));
  c.Do(RequestIntermediate{"it asked again", {}});
  RecordSubmission command = Filing("intermediate");
  command.draft_sequence = first;
  CHECK(c.Refusal(command) == "UNKNOWN_DRAFT");
}

TEST_CASE("RecordSubmission: possible without any draft, and recorded as such", "[domain]") {
  Case c = ASignificantCase();
  CHECK(ReasonOf(RequireDocument(c.obligation("early_warning")).status()) == "NO_DOCUMENT");
  const auto filed = EventsOf<NotificationSubmitted>(c.Do(Filing("early_warning")));
  REQUIRE(filed.size() == 1);
  CHECK(filed[0].draft_sequence == 0);
  CHECK_FALSE(filed[0].document.has_value());
  const absl::Status refused = RequireDocument(c.obligation("early_warning")).status();
  CHECK(ReasonOf(refused) == "NO_DOCUMENT");
  CHECK_THAT(std::string(refused.message()), ContainsSubstring("without a draft"));
}

TEST_CASE("Receipts: name, size and hash are kept; a broken one is refused", "[domain]") {
  Case c = ASignificantCase();
  RecordSubmission filing = Filing("early_warning");
  const auto refusal = [&](ReceiptFile receipt) {
    filing.receipt = std::move(receipt);
    return c.Refusal(filing);
  };
  const Digest digest = Sha256("receipt");
  CHECK(refusal({"", 7, digest}) == "TEXT_EMPTY");
  CHECK(refusal({"a\nb", 7, digest}) == "TEXT_CONTROL_CHARACTER");
  CHECK(refusal({"../receipt.pdf", 7, digest}) == "BAD_RECEIPT");
  CHECK(refusal({"receipt.pdf", 0, digest}) == "BAD_RECEIPT");
  CHECK(refusal({"receipt.pdf", 7, Digest{}}) == "BAD_RECEIPT");
  filing.receipt = ReceiptFile{"receipt.pdf", 7, digest};
  c.Do(filing);
  CHECK(c.obligation("early_warning").submission->receipt == filing.receipt);
  const RecordAcknowledgement answer{"early_warning", {}, "A", ReceiptFile{"a.eml", 0, digest}};
  CHECK(c.Refusal(answer) == "BAD_RECEIPT");
  const auto acknowledged = EventsOf<NotificationAcknowledged>(
      c.Do(RecordAcknowledgement{"early_warning", {}, "A", ReceiptFile{"a.eml", 3, digest}}));
  CHECK(acknowledged.at(0).receipt->name == "a.eml");
}

TEST_CASE("IntermediateRequested: a second request has no document of the first", "[domain]") {
  Case c = ASignificantCase();
  c.Do(RequestIntermediate{"the CSIRT asked", {}});
  c.Do(DraftNotification{"intermediate", {{"contacts", "Ada"}}});
  c.Do(Filing("intermediate"));
  REQUIRE(RequireDocument(c.obligation("intermediate")).ok());
  c.Do(RequestIntermediate{"it asked again", {}});
  CHECK(ReasonOf(RequireDocument(c.obligation("intermediate")).status()) == "NO_DOCUMENT");
  CHECK(c.Refusal(ApproveNotification{"intermediate"}) == "NO_DRAFT");
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
