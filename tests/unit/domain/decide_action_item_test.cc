// Action items: what is refused, what the server says by itself and when, and whether it helped.
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/domain/decide.h"
#include "server/domain/review.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);

AddActionItem AnItem(absl::Time due) {
  return AddActionItem{"test the restore", Person(2), due, ActionType::kMitigate, {}};
}

// One item, due in 30 days.
Case WithItem() {
  Case c = ADeclaredCase();
  c.Do(OpenReview{});
  c.Do(AddFinding{FindingKind::kBad, "no restore was ever tested", {}, {}, ""});
  c.Do(AnItem(c.now + 30 * kDay));
  return c;
}

const ActionItem& Item(const Case& c) {
  return c.incident().review.action_items.at(0);
}

// "-7 on day 23" of each alert: what, and when counted from the start.
std::vector<std::string> Alerts(const Case& c, absl::Time start) {
  std::vector<std::string> alerts;
  for (const ActionItemAlerted& alert : EventsOf<ActionItemAlerted>(c.record())) {
    alerts.push_back(absl::StrCat(static_cast<int>(alert.alert), " on day ",
                                  absl::ToInt64Hours(alert.fire_time - start) / 24));
  }
  return alerts;
}

}  // namespace

TEST_CASE("AddActionItem: needs an owner, a type and a date that lies ahead", "[domain]") {
  Case c = ADeclaredCase();
  CHECK(c.Refusal(AnItem(c.now + kDay)) == "REVIEW_NOT_OPEN");
  c.Do(OpenReview{});
  const absl::Duration tick = absl::Microseconds(1);
  CHECK(c.Refusal(AnItem(c.now)) == "DUE_IN_PAST");
  CHECK(c.Refusal(AnItem(c.now + tick)).empty());
  CHECK(c.Refusal(AnItem(absl::InfiniteFuture())) == "DUE_TOO_FAR");
  CHECK(c.Refusal(AnItem(absl::InfinitePast())) == "DUE_IN_PAST");
  AddActionItem item = AnItem(c.now + kDay);
  item.owner = PrincipalId{};
  CHECK(c.Refusal(item) == "NO_PERSON");
  item = AnItem(c.now + kDay);
  item.text = "";
  CHECK(c.Refusal(item) == "TEXT_EMPTY");
  item = AnItem(c.now + kDay);
  item.type.reset();
  CHECK(c.Refusal(item) == "NO_ACTION_TYPE");
}

TEST_CASE("AddActionItem: links to findings of this review and to other incidents", "[domain]") {
  Case c = WithItem();
  const uint64_t finding = c.incident().review.findings[0].sequence;
  AddActionItem item = AnItem(c.now + kDay);
  item.links = {{finding}, {"INC-2025-0007"}};
  c.Do(item);
  CHECK(c.incident().review.action_items.back().links == item.links);
  item.links = {{finding + 1}, {}};
  CHECK(c.Refusal(item) == "UNKNOWN_FINDING");
  item.links = {{}, {"INC-2026-0001"}};
  CHECK(c.Refusal(item) == "OWN_INCIDENT");
  item.links = {std::vector<uint64_t>(21, finding), {}};
  CHECK(c.Refusal(item) == "TOO_MANY_LINKS");
  while (c.incident().review.action_items.size() < kActionItemsMax) c.Do(AnItem(c.now + kDay));
  CHECK(c.Refusal(AnItem(c.now + kDay)) == "REVIEW_FULL");
}

TEST_CASE("CompleteActionItem: once, with evidence", "[domain]") {
  Case c = WithItem();
  CHECK(c.Refusal(CompleteActionItem{"action-1", ""}) == "TEXT_EMPTY");
  CHECK(c.Refusal(CompleteActionItem{"action-2", "x"}) == "UNKNOWN_ACTION_ITEM");
  c.Do(CompleteActionItem{"action-1", "protocol of 12 June"});
  CHECK(Item(c).done);
  CHECK(Item(c).completed->record_time == c.now);
  CHECK(c.Refusal(CompleteActionItem{"action-1", "x"}) == "ACTION_ITEM_DONE");
  const absl::Status hostile = c.Try(CompleteActionItem{std::string(1 << 20, '\x1b'), "x"});
  CHECK(ReasonOf(hostile) == "UNKNOWN_ACTION_ITEM");
  CHECK(hostile.message().size() < 200);
}

TEST_CASE("ChangeActionItem: another owner or date, with a reason", "[domain]") {
  Case c = WithItem();
  const absl::Time later = c.now + 60 * kDay;
  CHECK(c.Refusal(ChangeActionItem{"action-1", Person(3), {}, ""}) == "TEXT_EMPTY");
  CHECK(c.Refusal(ChangeActionItem{"action-2", Person(3), {}, "x"}) == "UNKNOWN_ACTION_ITEM");
  CHECK(c.Refusal(ChangeActionItem{"action-1", {}, {}, "x"}) == "ACTION_ITEM_UNCHANGED");
  CHECK(c.Refusal(ChangeActionItem{"action-1", Person(2), c.now + 30 * kDay, "x"}) ==
        "ACTION_ITEM_UNCHANGED");
  CHECK(c.Refusal(ChangeActionItem{"action-1", {}, c.now, "x"}) == "DUE_IN_PAST");
  c.Do(ChangeActionItem{"action-1", Person(3), later, "the supplier is late"});
  CHECK(Item(c).owner == Person(3));
  CHECK(Item(c).due == later);
  c.Do(CompleteActionItem{"action-1", "log"});
  CHECK(c.Refusal(ChangeActionItem{"action-1", Person(2), {}, "x"}) == "ACTION_ITEM_DONE");
}

TEST_CASE("DropActionItem: with a reason, and then nothing is asked any more", "[domain]") {
  Case c = WithItem();
  CHECK(c.Refusal(DropActionItem{"action-1", ""}) == "TEXT_EMPTY");
  CHECK(c.Refusal(DropActionItem{"action-9", "x"}) == "UNKNOWN_ACTION_ITEM");
  c.Do(DropActionItem{"action-1", "the system is gone"});
  CHECK(StateWord(Item(c), c.now) == "dropped");
  CHECK(ActionTimers(c.incident()).empty());
  CHECK(c.Refusal(DropActionItem{"action-1", "x"}) == "ACTION_ITEM_DROPPED");
  CHECK(c.Refusal(CompleteActionItem{"action-1", "x"}) == "ACTION_ITEM_DROPPED");
  CHECK(c.Refusal(EvaluateActionItem{"action-1", Helped::kYes, "x"}) == "ACTION_ITEM_NOT_DONE");
}

TEST_CASE("Alerts: before the due date, at it, and twice after it, though the incident is closed",
          "[domain][timer]") {
  Case c = WithItem();
  const absl::Time start = c.now;
  c.Do(CloseIncident{"done", "reviewed elsewhere"});
  c.RunTimers(start + 400 * kDay);
  CHECK(Alerts(c, start) ==
        std::vector<std::string>{"-7 on day 23", "0 on day 30", "7 on day 37", "30 on day 60"});
  CHECK(IsOverdue(Item(c), c.now));
  CHECK(StateWord(Item(c), c.now) == "overdue");
  CHECK(Dump(c.incident()) == Dump(c.Replayed()));
}

TEST_CASE("Alerts: after downtime the miss and the last one, each with its true time",
          "[domain][timer]") {
  Case c = WithItem();
  const absl::Time start = c.now;
  c.now += 45 * kDay;
  c.Do(FireTimer{ActionTimers(c.incident()).front()});
  CHECK(Alerts(c, start) == std::vector<std::string>{"0 on day 30", "7 on day 37"});
  c.Do(FireTimer{ActionTimers(c.incident()).front()});
  CHECK(Alerts(c, start).size() == 2);
  for (const Recorded& recorded : c.record()) {
    if (!std::holds_alternative<ActionItemAlerted>(recorded.entry.event)) continue;
    CHECK(recorded.meta.author.empty());
    CHECK(recorded.entry.occur_time < recorded.meta.record_time);
  }
}

TEST_CASE("Alerts: one that is due soon is not announced again", "[domain][timer]") {
  Case c = ADeclaredCase();
  c.Do(OpenReview{});
  c.Do(AnItem(c.now + 3 * kDay));
  const absl::Time start = c.now;
  c.RunTimers(start + 5 * kDay);
  CHECK(Alerts(c, start) == std::vector<std::string>{"0 on day 3"});
}

TEST_CASE("Alerts: a new date begins anew; what was late before stays recorded",
          "[domain][timer]") {
  Case c = WithItem();
  const absl::Time start = c.now;
  c.now += 31 * kDay;
  c.Do(ChangeActionItem{"action-1", {}, start + 90 * kDay, "the supplier is late"});
  CHECK(Alerts(c, start) == std::vector<std::string>{"0 on day 30"});
  c.RunTimers(start + 91 * kDay);
  CHECK(Alerts(c, start) == std::vector<std::string>{"0 on day 30", "-7 on day 83", "0 on day 90"});
}

TEST_CASE("Alerts: done late, the record says that it was late", "[domain][timer]") {
  Case c = WithItem();
  const absl::Time start = c.now;
  c.now += 31 * kDay;
  const auto entries = c.Do(CompleteActionItem{"action-1", "log"});
  CHECK(EventsOf<ActionItemAlerted>(entries).size() == 1);
  CHECK(Alerts(c, start) == std::vector<std::string>{"0 on day 30"});
  CHECK_FALSE(IsOverdue(Item(c), c.now));
}

TEST_CASE("Alerts: none for historical incidents", "[domain][timer]") {
  Case c;
  DeclareIncident declare = ADeclaration();
  declare.historical = true;
  c.Do(declare);
  c.Do(OpenReview{});
  c.Do(AnItem(c.now + kDay));
  CHECK(ActionTimers(c.incident()).empty());
  c.now += 2 * kDay;
  CHECK(DueActionAlerts(c.incident(), c.now).empty());
}

TEST_CASE("Effect: asked 90 days after it was done, and once more", "[domain][timer]") {
  Case c = WithItem();
  const absl::Time start = c.now;
  c.now += 10 * kDay;
  c.Do(CompleteActionItem{"action-1", "log"});
  CHECK_FALSE(AwaitsEffect(Item(c), c.now));
  c.RunTimers(start + 99 * kDay);
  CHECK(Alerts(c, start).empty());
  c.RunTimers(start + 300 * kDay);
  CHECK(Alerts(c, start) == std::vector<std::string>{"90 on day 100", "120 on day 130"});
  CHECK(AwaitsEffect(Item(c), c.now));
  CHECK(ActionTimers(c.incident()).empty());
  c.Do(EvaluateActionItem{"action-1", Helped::kPartly, "two of three sites restored"});
  CHECK_FALSE(AwaitsEffect(Item(c), c.now));
  CHECK(StateWord(Item(c), c.now) == "partly effective");
}

TEST_CASE("Effect: not before it is done, a yes not before its time, a no at once", "[domain]") {
  Case c = WithItem();
  CHECK(c.Refusal(EvaluateActionItem{"action-1", Helped::kNo, "x"}) == "ACTION_ITEM_NOT_DONE");
  c.Do(CompleteActionItem{"action-1", "log"});
  CHECK(c.Refusal(EvaluateActionItem{"action-1", Helped::kNo, ""}) == "TEXT_EMPTY");
  CHECK(c.Refusal(EvaluateActionItem{"action-2", Helped::kNo, "x"}) == "UNKNOWN_ACTION_ITEM");
  c.now += kEffectAfter - absl::Microseconds(1);
  CHECK(c.Refusal(EvaluateActionItem{"action-1", Helped::kYes, "x"}) == "EFFECT_TOO_EARLY");
  CHECK(c.Refusal(EvaluateActionItem{"action-1", Helped::kPartly, "x"}) == "EFFECT_TOO_EARLY");
  c.Do(EvaluateActionItem{"action-1", Helped::kNo, "it happened again"});
  CHECK(ActionTimers(c.incident()).empty());
  c.now += absl::Microseconds(1);
  c.Do(EvaluateActionItem{"action-1", Helped::kYes, "since the second change it did"});
  CHECK(StateWord(Item(c), c.now) == "effective");
}

TEST_CASE("Timer names of action items come back", "[domain][timer]") {
  const Case c = WithItem();
  for (const Timer& timer : ActionTimers(c.incident())) {
    const auto read = Timer::FromName(timer.fire_time, timer.Name());
    REQUIRE(read.ok());
    CHECK(*read == timer);
  }
}

}  // namespace tocsin::domain
