#include "server/base/error.h"
#include "server/domain/decide.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {

TEST_CASE("Review: opened, filled, published, frozen; action items go on", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(CloseIncident{"done"});
  c.Do(OpenReview{});
  c.Do(AddFinding{FindingKind::kWell, "the backups were off line in time", {{"area", "backup"}}});
  c.Do(AddActionItem{"test the restore each month", Person(2), c.now + absl::Hours(24 * 30)});
  c.Do(AddActionItem{"split the network", Person(3), c.now + absl::Hours(24 * 90)});

  c.now += absl::Hours(1);
  c.Do(PublishReview{"An attacker came in by mail."});
  c.Do(CompleteActionItem{"action-2", "change 4711"});

  const Review& review = c.incident().review;
  CHECK(review.state == ReviewState::kPublished);
  CHECK(review.publish_time == c.now);
  CHECK(review.findings.size() == 1);
  CHECK(review.findings[0].author == Person(1));
  REQUIRE(review.action_items.size() == 2);
  CHECK_FALSE(review.action_items[0].done);
  CHECK(review.action_items[1].done);
  CHECK(review.action_items[1].evidence == "change 4711");
  CHECK(c.Refusal(AddFinding{FindingKind::kBad, "x", {}}) == "REVIEW_PUBLISHED");
  CHECK(c.Refusal(AddActionItem{"x", Person(2), c.now + absl::Hours(1)}) == "REVIEW_PUBLISHED");
  CHECK(c.Refusal(PublishReview{"x"}) == "REVIEW_PUBLISHED");
  CHECK(c.Refusal(OpenReview{}) == "REVIEW_EXISTS");
}

TEST_CASE("Review: nothing before it is open, nothing published empty", "[domain]") {
  Case c = ADeclaredCase();
  CHECK(c.Refusal(AddFinding{FindingKind::kBad, "x", {}}) == "REVIEW_NOT_OPEN");
  CHECK(c.Refusal(AddActionItem{"x", Person(2), c.now + absl::Hours(1)}) == "REVIEW_NOT_OPEN");
  CHECK(c.Refusal(PublishReview{"x"}) == "REVIEW_NOT_OPEN");
  CHECK(c.Refusal(CompleteActionItem{"action-1", "x"}) == "UNKNOWN_ACTION_ITEM");
  c.Do(OpenReview{});
  CHECK(c.Refusal(OpenReview{}) == "REVIEW_EXISTS");
  CHECK(c.Refusal(PublishReview{"x"}) == "REVIEW_EMPTY");
  CHECK(c.Refusal(AddFinding{FindingKind::kBad, "", {}}) == "TEXT_EMPTY");
  CHECK(c.Refusal(AddFinding{FindingKind::kBad, "x", {{"A", "b"}}}) == "BAD_ATTRIBUTE");
  c.Do(AddFinding{FindingKind::kBad, "nobody knew whom to call", {}});
  CHECK(c.Refusal(PublishReview{""}) == "TEXT_EMPTY");
}

TEST_CASE("AddActionItem: needs an owner and a date that lies ahead", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(OpenReview{});
  const absl::Duration tick = absl::Microseconds(1);
  CHECK(c.Refusal(AddActionItem{"x", Person(2), c.now}) == "DUE_IN_PAST");
  CHECK(c.Refusal(AddActionItem{"x", Person(2), c.now + tick}).empty());
  CHECK(c.Refusal(AddActionItem{"x", Person(2), absl::InfiniteFuture()}) == "DUE_TOO_FAR");
  CHECK(c.Refusal(AddActionItem{"x", Person(2), absl::InfinitePast()}) == "DUE_IN_PAST");
  CHECK(c.Refusal(AddActionItem{"x", PrincipalId{}, c.now + tick}) == "NO_PERSON");
  CHECK(c.Refusal(AddActionItem{"", Person(2), c.now + tick}) == "TEXT_EMPTY");
}

TEST_CASE("CompleteActionItem: once, with evidence", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(OpenReview{});
  c.Do(AddActionItem{"test the restore", Person(2), c.now + absl::Hours(1)});
  CHECK(c.Refusal(CompleteActionItem{"action-1", ""}) == "TEXT_EMPTY");
  CHECK(c.Refusal(CompleteActionItem{"action-2", "x"}) == "UNKNOWN_ACTION_ITEM");
  c.Do(CompleteActionItem{"action-1", "protocol of 12 June"});
  CHECK(c.Refusal(CompleteActionItem{"action-1", "x"}) == "ACTION_ITEM_DONE");
  const absl::Status hostile = c.Try(CompleteActionItem{std::string(1 << 20, '\x1b'), "x"});
  CHECK(ReasonOf(hostile) == "UNKNOWN_ACTION_ITEM");
  CHECK(hostile.message().size() < 200);
}

}  // namespace tocsin::domain
