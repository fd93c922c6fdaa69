// The review from its opening to its publication: what is refused, and who may read it.
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/domain/decide.h"
#include "server/domain/review.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

ReviewGuide AGuide() {
  return {"g",
          "Guide",
          "1.0",
          Sha256("guide"),
          {{"luck", ReviewPart::kLuck, "What was luck?", FindingKind::kLucky},
           {"late", ReviewPart::kResponse, "What waited?", FindingKind::kBad}}};
}

// Opened by Person(1), with one finding of Person(1).
Case ADraft() {
  Case c = ADeclaredCase();
  c.Do(OpenReview{AGuide()});
  c.Do(AddFinding{FindingKind::kWell, "the backups were off line", {}, {}, ""});
  return c;
}

// Submitted by Person(1), acted on by Person(2) from now on.
Case ASubmitted() {
  Case c = ADraft();
  c.Do(SubmitReview{"An attacker came in by mail."});
  c.author = Person(2);
  return c;
}

AddFinding AFinding(const std::string& text) {
  return AddFinding{FindingKind::kBad, text, {}, {}, ""};
}

}  // namespace

TEST_CASE("Review: draft, read by another, published, follow-up, and nothing left", "[domain]") {
  Case c = ADeclaredCase();
  CHECK(StateWord(c.incident().review) == "none");
  c.Do(OpenReview{AGuide()});
  c.Do(AddFinding{FindingKind::kWell, "the backups were off line in time", {{"area", "backup"}}});
  c.Do(AddActionItem{"test the restore each month", Person(2), c.now + absl::Hours(24 * 30),
                     ActionType::kMitigate});
  CHECK(StateWord(c.incident().review) == "draft");
  c.Do(SubmitReview{"An attacker came in by mail."});
  c.author = Person(2);
  c.Do(ReadReview{true, "clear", 0});
  CHECK(StateWord(c.incident().review) == "reviewed");
  c.author = Person(1);
  c.now += absl::Hours(1);
  c.Do(PublishReview{});

  const Review& review = c.incident().review;
  CHECK(review.state == ReviewState::kPublished);
  CHECK(StateWord(review) == "follow-up");
  CHECK(review.summary == "An attacker came in by mail.");
  CHECK(review.publish_time == c.now);
  CHECK(review.without_reader.empty());
  REQUIRE(review.read.has_value());
  CHECK(review.read->meta.author == Person(2));
  const auto published = EventsOf<ReviewPublished>(c.record());
  REQUIRE(published.size() == 1);
  CHECK(published[0].read_sequence == review.read->meta.sequence);
  c.Do(DropActionItem{"action-1", "the system is gone"});
  CHECK(StateWord(c.incident().review) == "published");
}

TEST_CASE("Review: frozen once it is published", "[domain]") {
  Case c = ASubmitted();
  c.Do(ReadReview{true, "", 0});
  c.Do(PublishReview{});
  CHECK(c.Refusal(AFinding("x")) == "REVIEW_PUBLISHED");
  CHECK(c.Refusal(AddActionItem{"x", Person(2), c.now + absl::Hours(1), ActionType::kDetect}) ==
        "REVIEW_PUBLISHED");
  CHECK(c.Refusal(SubmitReview{"x"}) == "REVIEW_PUBLISHED");
  CHECK(c.Refusal(ReadReview{true, "", 0}) == "REVIEW_PUBLISHED");
  CHECK(c.Refusal(InviteToReview{{Person(3)}, {}}) == "REVIEW_PUBLISHED");
  CHECK(c.Refusal(PublishReview{"x"}) == "REVIEW_PUBLISHED");
  CHECK(c.Refusal(OpenReview{}) == "REVIEW_EXISTS");
}

TEST_CASE("Review: nothing before it is open, nothing submitted or published empty", "[domain]") {
  Case c = ADeclaredCase();
  CHECK(c.Refusal(AFinding("x")) == "REVIEW_NOT_OPEN");
  CHECK(c.Refusal(SubmitReview{"x"}) == "REVIEW_NOT_OPEN");
  CHECK(c.Refusal(ReadReview{true, "", 0}) == "REVIEW_NOT_OPEN");
  CHECK(c.Refusal(InviteToReview{{Person(2)}, {}}) == "REVIEW_NOT_OPEN");
  CHECK(c.Refusal(PublishReview{"x", "alone"}) == "REVIEW_NOT_OPEN");
  c.Do(OpenReview{AGuide()});
  CHECK(c.Refusal(OpenReview{AGuide()}) == "REVIEW_EXISTS");
  CHECK(c.Refusal(SubmitReview{"x"}) == "REVIEW_EMPTY");
  CHECK(c.Refusal(PublishReview{"x", "alone"}) == "REVIEW_EMPTY");
  CHECK(c.Refusal(AFinding("")) == "TEXT_EMPTY");
  CHECK(c.Refusal(AddFinding{FindingKind::kBad, "x", {{"A", "b"}}}) == "BAD_ATTRIBUTE");
  c.Do(AFinding("nobody knew whom to call"));
  CHECK(c.Refusal(SubmitReview{""}) == "TEXT_EMPTY");
  CHECK(c.Refusal(PublishReview{"", "alone"}) == "TEXT_EMPTY");
}

TEST_CASE("Review: also of a closed incident, and of one that goes on", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(CloseIncident{"done", "it was quiet"});
  c.Do(OpenReview{});
  c.Do(AFinding("x"));
  CHECK(c.Refusal(SubmitReview{"all told"}).empty());
}

TEST_CASE("Findings: rest on entries that exist, each once", "[domain]") {
  Case c = ADraft();
  const uint64_t last = c.incident().last_sequence;
  const auto refused = [&](std::vector<uint64_t> entries) {
    return c.Refusal(AddFinding{FindingKind::kBad, "x", {}, std::move(entries), ""});
  };
  CHECK(refused({last}).empty());
  CHECK(refused({1, last}).empty());
  CHECK(refused({0}) == "UNKNOWN_ENTRY");
  CHECK(refused({last + 1}) == "UNKNOWN_ENTRY");
  CHECK(refused({UINT64_MAX}) == "UNKNOWN_ENTRY");
  CHECK(refused({1, 1}) == "ENTRY_TWICE");
  CHECK(refused(std::vector<uint64_t>(51, 1)) == "TOO_MANY_ENTRIES");
  c.Do(AddFinding{FindingKind::kBad, "x", {}, {1, 2}, ""});
  CHECK(c.incident().review.findings.back().entries == std::vector<uint64_t>{1, 2});
}

TEST_CASE("Findings: answer a question of the guide, and no other", "[domain]") {
  Case c = ADraft();
  c.Do(AddFinding{FindingKind::kLucky, "it was a Sunday", {}, {}, "luck"});
  CHECK(c.incident().review.findings.back().question == "luck");
  const absl::Status unknown = c.Try(AddFinding{FindingKind::kBad, "x", {}, {}, "lukc"});
  CHECK(ReasonOf(unknown) == "UNKNOWN_QUESTION");
  CHECK_THAT(NextStepOf(unknown), ContainsSubstring("luck"));
  const absl::Status hostile =
      c.Try(AddFinding{FindingKind::kBad, "x", {}, {}, std::string(1 << 20, '\x1b')});
  CHECK(ReasonOf(hostile) == "UNKNOWN_QUESTION");
  CHECK(hostile.message().size() < 300);
}

TEST_CASE("Findings: hostile and endless text, and two thousand of them", "[domain]") {
  Case c = ADraft();
  CHECK(c.Refusal(AFinding(std::string(8 * 1024, 'x'))).empty());
  CHECK(c.Refusal(AFinding(std::string(8 * 1024 + 1, 'x'))) == "TEXT_TOO_LONG");
  CHECK(c.Refusal(AFinding("\u202Ereversed")) == "TEXT_CONTROL_CHARACTER");
  CHECK(c.Refusal(AFinding("\xff\xfe")) == "TEXT_NOT_UTF8");
  CHECK(c.Refusal(SubmitReview{"\x1b[2J"}) == "TEXT_CONTROL_CHARACTER");
  for (size_t i = c.incident().review.findings.size(); i < kFindingsMax; ++i) c.Do(AFinding("x"));
  CHECK(c.Refusal(AFinding("one more")) == "REVIEW_FULL");
}

TEST_CASE("Invite: makes members, once each, with a meeting that lies ahead", "[domain]") {
  Case c = ADraft();
  const auto entries = c.Do(InviteToReview{{Person(2), Person(3), Person(2)}, {}});
  CHECK(EventsOf<MemberAdded>(entries).size() == 2);
  CHECK(c.incident().review.participants == std::set<PrincipalId>{Person(2), Person(3)});
  CHECK(IsMember(c.incident(), Person(3)));
  CHECK(c.Refusal(InviteToReview{{Person(2)}, {}}) == "ALREADY_INVITED");
  CHECK(c.Refusal(InviteToReview{{}, {}}) == "ALREADY_INVITED");
  CHECK(c.Refusal(InviteToReview{{PrincipalId{}}, {}}) == "NO_PERSON");
  CHECK(c.Refusal(InviteToReview{{}, c.now}) == "MEETING_IN_PAST");
  CHECK(c.Refusal(InviteToReview{{}, absl::InfiniteFuture()}) == "MEETING_TOO_FAR");
  const absl::Time meeting = c.now + absl::Hours(24);
  c.Do(InviteToReview{{Person(2)}, meeting});
  CHECK(c.incident().review.meet_time == meeting);
  CHECK(c.Refusal(InviteToReview{{}, meeting}) == "ALREADY_INVITED");
  InviteToReview many;
  for (uint8_t i = 10; i < 120; ++i) many.people.push_back(Person(i));
  CHECK(c.Refusal(many) == "TOO_MANY_PARTICIPANTS");
}

TEST_CASE("Reading: by a second person, of what was submitted", "[domain]") {
  Case c = ADraft();
  c.author = Person(2);
  CHECK(c.Refusal(ReadReview{true, "", 0}) == "REVIEW_NOT_SUBMITTED");
  c.author = Person(1);
  c.Do(SubmitReview{"all told"});
  CHECK(c.Refusal(ReadReview{true, "", 0}) == "OWN_REVIEW");
  CHECK(c.Refusal(ReadReview{false, "no", 0}) == "OWN_REVIEW");
  c.author = Person(2);
  CHECK(c.Refusal(ReadReview{false, "", 0}) == "TEXT_EMPTY");
  c.Do(ReadReview{true, "", 0});
  CHECK(c.Refusal(ReadReview{true, "", 0}) == "REVIEW_ALREADY_READ");
}

TEST_CASE("Reading: whoever added since the submission reads their own words", "[domain]") {
  Case c = ASubmitted();
  c.Do(AFinding("one more"));
  CHECK(c.Refusal(ReadReview{true, "", 0}) == "OWN_REVIEW");
  c.author = Person(3);
  CHECK(c.Refusal(ReadReview{true, "", 0}).empty());
  // Submitted again, with the addition in it, it is Person(2)'s to read.
  c.author = Person(1);
  c.Do(SubmitReview{"all told"});
  c.author = Person(2);
  c.Do(ReadReview{true, "", 0});
  CHECK(c.incident().review.state == ReviewState::kRead);
}

TEST_CASE("Reading: an addition makes a draft of what was approved", "[domain]") {
  Case c = ASubmitted();
  c.Do(ReadReview{true, "", 0});
  c.author = Person(3);
  SECTION("a finding") {
    c.Do(AFinding("one more"));
  }
  SECTION("an action item") {
    c.Do(AddActionItem{"x", Person(2), c.now + absl::Hours(1), ActionType::kDetect});
  }
  SECTION("another summary") {
    c.Do(SubmitReview{"otherwise"});
  }
  CHECK(c.incident().review.state == ReviewState::kOpen);
  CHECK(c.Refusal(PublishReview{}) == "REVIEW_NOT_READ");
}

TEST_CASE("Reading: given back, it is to be submitted again", "[domain]") {
  Case c = ASubmitted();
  c.Do(ReadReview{true, "", 0});
  c.author = Person(3);
  c.Do(ReadReview{false, "the timeline says otherwise", 0});
  CHECK(c.incident().review.state == ReviewState::kOpen);
  CHECK(c.incident().review.read->because == "the timeline says otherwise");
  CHECK(c.Refusal(ReadReview{true, "", 0}) == "REVIEW_NOT_SUBMITTED");
  CHECK(c.Refusal(PublishReview{}) == "TEXT_EMPTY");
}

TEST_CASE("Reading: what changed after the reader saw it is not approved", "[domain]") {
  Case c = ASubmitted();
  const uint64_t seen = c.incident().last_sequence;
  CHECK(c.Refusal(ReadReview{true, "", seen}).empty());
  c.author = Person(3);
  c.Do(AFinding("one more"));
  c.author = Person(2);
  CHECK(c.Refusal(ReadReview{true, "", seen}) == "REVIEW_CHANGED");
  CHECK(c.Refusal(ReadReview{true, "", seen + 1}).empty());
  // Entries of the timeline change nothing that is to be read.
  c.Do(RecordEntry{EntryKind::kAction, "restoring"});
  CHECK(c.Refusal(ReadReview{true, "", seen + 1}).empty());
}

TEST_CASE("Publish: what was approved, with its summary", "[domain]") {
  Case c = ASubmitted();
  CHECK(c.Refusal(PublishReview{}) == "REVIEW_NOT_READ");
  c.Do(ReadReview{true, "", 0});
  CHECK(c.Refusal(PublishReview{"something else"}) == "SUMMARY_CHANGED");
  CHECK(c.Refusal(PublishReview{"An attacker came in by mail."}).empty());
  CHECK(c.Refusal(PublishReview{"", "I am alone"}) == "REVIEW_WAS_READ");
  CHECK(c.Refusal(PublishReview{}).empty());
}

TEST_CASE("Publish: without a second reader only where there is none, and it says so", "[domain]") {
  Case c = ADraft();
  CHECK(c.Refusal(PublishReview{"all told"}) == "REVIEW_NOT_READ");
  CHECK(c.Refusal(PublishReview{"all told", "they are busy", 2}) == "SECOND_READER_THERE");
  CHECK(c.Refusal(PublishReview{"all told", "\x1b", 0}) == "TEXT_CONTROL_CHARACTER");
  c.Do(PublishReview{"all told", "I am the only one here", 0, {"INC-2025-0001"}});
  const Review& review = c.incident().review;
  CHECK(review.state == ReviewState::kPublished);
  CHECK(review.without_reader == "I am the only one here");
  CHECK(review.same_cause == std::vector<std::string>{"INC-2025-0001"});
  CHECK(EventsOf<ReviewPublished>(c.record())[0].read_sequence == 0);
}

TEST_CASE("Publish: a historical incident was reviewed where it happened", "[domain]") {
  Case c;
  DeclareIncident declare = ADeclaration();
  declare.historical = true;
  c.Do(declare);
  c.Do(OpenReview{});
  c.Do(AFinding("x"));
  CHECK(c.Refusal(PublishReview{"all told", "imported", 3}).empty());
}

TEST_CASE("Publish: a record of before the second reader stays published", "[domain][replay]") {
  Incident old;
  const auto apply = [&](const Event& event) {
    Apply(old, {old.last_sequence + 1, Person(1), At("2026-06-10T08:00:00Z")}, event);
  };
  apply(IncidentDeclared{.number = "INC-2026-0001"});
  apply(ReviewOpened{});
  apply(FindingAdded{FindingKind::kLesson, "x", {}});
  apply(ActionItemAdded{"action-1", "y", Person(2), At("2026-07-10T08:00:00Z")});
  apply(ReviewPublished{"all told"});
  apply(IncidentClosed{"done"});
  CHECK(old.closed());
  CHECK(old.review.state == ReviewState::kPublished);
  CHECK(StateWord(old.review) == "follow-up");
  CHECK_FALSE(ActionTimers(old).empty());
}

TEST_CASE("Close: with a published review, or with the reason for none", "[domain]") {
  Case c = ADeclaredCase();
  const absl::Status refused = c.Try(CloseIncident{"done"});
  CHECK(ReasonOf(refused) == "WORK_OPEN");
  CHECK_THAT(std::string(refused.message()), ContainsSubstring("the review"));
  CHECK_THAT(NextStepOf(refused), ContainsSubstring("--no-review"));
  CHECK(c.Refusal(CloseIncident{"done", "\x1b"}) == "TEXT_CONTROL_CHARACTER");

  SECTION("a draft is not enough, a published one is") {
    c.Do(OpenReview{});
    c.Do(AFinding("x"));
    CHECK(c.Refusal(CloseIncident{"done"}) == "WORK_OPEN");
    c.Do(PublishReview{"all told", "alone"});
    CHECK(c.Refusal(CloseIncident{"done", "why not"}) == "REVIEW_PUBLISHED");
    c.Do(CloseIncident{"done"});
    CHECK(c.incident().closed());
  }
  SECTION("a waiver is recorded, and ends when the incident is reopened") {
    const auto entries = c.Do(CloseIncident{"done", "a false alarm"});
    REQUIRE(EventsOf<ReviewWaived>(entries).size() == 1);
    CHECK(c.incident().closed());
    CHECK(StateWord(c.incident().review) == "waived");
    c.Do(ReopenIncident{"it is none"});
    CHECK_FALSE(c.incident().review.waived.has_value());
    CHECK(c.Refusal(CloseIncident{"done"}) == "WORK_OPEN");
  }
}

TEST_CASE("Close: sev4 needs no review where the rule says so, unless it once was worse",
          "[domain]") {
  Case c;
  DeclareIncident declare = ADeclaration();
  declare.severity = Severity::kSev4;
  c.Do(declare);
  CHECK(c.Refusal(CloseIncident{"done", "", false}) == "WORK_OPEN");
  CHECK(c.Refusal(CloseIncident{"done", "", true}).empty());
  c.Do(ChangeSeverity{Severity::kSev2, "it spread"});
  CHECK(c.Refusal(CloseIncident{"done", "", true}) == "WORK_OPEN");
  c.Do(ChangeSeverity{Severity::kSev4, "it did not"});
  CHECK(c.Refusal(CloseIncident{"done", "", true}) == "WORK_OPEN");
}

TEST_CASE("SameCause: of the same key, not itself, not a drill's", "[domain]") {
  using regulation::RelatedIncident;
  const auto related = [](const std::string& number, const std::string& key) {
    return std::make_shared<const RelatedIncident>(
        RelatedIncident{number, absl::Time(), {{std::string(regulation::kRootCauseKey), key}}});
  };
  const std::vector<std::shared_ptr<const RelatedIncident>> all = {
      related("INC-2026-0003", "phishing"), related("INC-2026-0002", "phishing"),
      related("INC-2026-0001", "phishing"), related("INC-2026-0004", "disk")};
  Case c = ADeclaredCase();
  CHECK(SameCause(c.incident(), all).empty());
  c.Do(AssessImpact{{{std::string(regulation::kRootCauseKey), "phishing"}}, ""});
  CHECK(SameCause(c.incident(), all) == std::vector<std::string>{"INC-2026-0002", "INC-2026-0003"});
  Incident drill = c.incident();
  drill.drill = true;
  CHECK(SameCause(drill, all).empty());
}

}  // namespace tocsin::domain
