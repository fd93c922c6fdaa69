#include "server/base/error.h"
#include "server/domain/awareness.h"
#include "server/domain/decide.h"
#include "server/domain/obligations.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

constexpr absl::Duration kTick = absl::Microseconds(1);
const absl::Time kAware = At("2026-06-10T08:00:00Z");
const absl::Time kLater = At("2026-06-10T09:00:00Z");

// Aware at 08:00 by Person(1), who says at 10:00 that it was 09:00.
Case AwaitingApproval() {
  Case c = ASignificantCase();
  c.now = At("2026-06-10T10:00:00Z");
  c.Do(RecordAnchor{"aware", kLater, "the call log says nine"});
  return c;
}

uint64_t Pending(const Case& c) {
  return c.incident().pending_aware_sequence;
}

}  // namespace

TEST_CASE("RecordAnchor: refusals", "[domain]") {
  Case c = ADeclaredCase();
  CHECK(c.Refusal(RecordAnchor{"awake", c.now, "x"}) == "UNKNOWN_ANCHOR");
  CHECK(c.Refusal(RecordAnchor{"notification_submitted", c.now, "x"}) == "UNKNOWN_ANCHOR");
  CHECK(c.Refusal(RecordAnchor{"aware", c.now, ""}) == "TEXT_EMPTY");
  CHECK(c.Refusal(RecordAnchor{"aware", c.now + kFutureTolerance, "x"}).empty());
  CHECK(c.Refusal(RecordAnchor{"aware", c.now + kFutureTolerance + kTick, "x"}) ==
        "TIME_IN_FUTURE");
  CHECK(c.Refusal(RecordAnchor{"aware", absl::InfiniteFuture(), "x"}) == "TIME_IN_FUTURE");
  CHECK(c.Refusal(RecordAnchor{"aware", absl::InfinitePast(), "x"}) == "TIME_TOO_EARLY");
  c.Do(RecordAnchor{"aware", c.now, "seen"});
  CHECK(c.Refusal(RecordAnchor{"aware", c.now, "again"}) == "ANCHOR_UNCHANGED");
  const absl::Status hostile = c.Try(RecordAnchor{std::string(1 << 20, 'a'), c.now, "x"});
  CHECK(ReasonOf(hostile) == "UNKNOWN_ANCHOR");
  CHECK(hostile.message().size() < 200);
}

TEST_CASE("RecordAnchor: anchors that contradict each other are refused", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(RecordAnchor{"occurred", c.now - absl::Hours(3), "the logs say so"});
  c.Do(RecordAnchor{"detected", c.now - absl::Hours(2), "alarm"});
  c.Do(RecordAnchor{"aware", c.now - absl::Hours(1), "seen"});
  c.Do(RecordAnchor{"handled", c.now, "clean"});
  const auto refusal = [&](const char* anchor, absl::Duration before_now) {
    return c.Refusal(RecordAnchor{anchor, c.now - before_now, "x"});
  };
  CHECK(refusal("detected", absl::Hours(3) + kTick) == "ANCHORS_CONTRADICT");
  CHECK(refusal("detected", absl::Hours(3)).empty());
  CHECK(refusal("occurred", absl::Hours(2) - kTick) == "ANCHORS_CONTRADICT");
  CHECK(refusal("occurred", absl::Hours(2)).empty());
  CHECK(refusal("aware", absl::Hours(3) + kTick) == "ANCHORS_CONTRADICT");
  CHECK(refusal("handled", absl::Hours(1) + kTick) == "ANCHORS_CONTRADICT");
  CHECK(refusal("classified", absl::Hours(1) + kTick) == "ANCHORS_CONTRADICT");
  const absl::Status refused = c.Try(RecordAnchor{"aware", c.now - absl::Hours(4), "x"});
  CHECK_THAT(NextStepOf(refused), ContainsSubstring("occurred was stated in #"));
}

TEST_CASE("RecordAnchor: awareness moves dates to an earlier moment only", "[domain]") {
  Case c = ADeclaredCase();
  const absl::Time aware = c.now - absl::Hours(2);
  c.Do(RecordAnchor{"aware", aware, "first"});
  CHECK(c.obligation("early_warning").duty.due == aware + absl::Hours(24));

  c.Do(RecordAnchor{"aware", aware + absl::Hours(1), "it was later"});
  CHECK(c.obligation("early_warning").duty.due == aware + absl::Hours(24));
  c.Do(RecordAnchor{"aware", aware - absl::Hours(1), "no, earlier"});
  CHECK(c.obligation("early_warning").duty.due == aware + absl::Hours(23));
  CHECK(c.obligation("notification").duty.due == aware + absl::Hours(71));
  c.Do(RecordAnchor{"aware", aware, "as first said"});
  CHECK(c.obligation("early_warning").duty.due == aware + absl::Hours(23));
  CHECK(c.incident().anchors.size() == 4);
  CHECK(AwareTime(c.incident()) == aware - absl::Hours(1));
}

TEST_CASE("RecordAnchor: awareness of long ago records the misses at once", "[domain]") {
  Case c = ADeclaredCase();
  const absl::Time aware = c.now - absl::Hours(24);

  const auto entries = c.Do(RecordAnchor{"aware", aware, "the supplier told us yesterday"});

  const auto missed = EventsOf<ObligationMissed>(entries);
  REQUIRE(missed.size() == 1);
  CHECK(missed[0].obligation == "nis2.early_warning");
  CHECK(missed[0].due == c.now);
  CHECK(entries.back().by_server);
  CHECK(entries.back().occur_time == c.now);
  CHECK(EventsOf<ObligationReminded>(entries).empty());
  Case in_time = ADeclaredCase();
  in_time.Do(RecordAnchor{"aware", aware + kTick, "a tick later"});
  CHECK(in_time.obligation("early_warning").state == ObligationState::kOpen);
}

TEST_CASE("RecordAnchor: a later awareness is kept, awaits approval and moves nothing",
          "[domain]") {
  const Case c = AwaitingApproval();
  REQUIRE(PendingAwareness(c.incident()) != nullptr);
  CHECK(PendingAwareness(c.incident())->time == kLater);
  CHECK(PendingAwareness(c.incident())->because == "the call log says nine");
  CHECK(AwareTime(c.incident()) == kAware);
  CHECK(c.obligation("early_warning").duty.due == kAware + absl::Hours(24));
  CHECK(EventsOf<AnchorRecorded>(c.record()).back().awaits_approval);
  CHECK_FALSE(EventsOf<AnchorRecorded>(c.record()).front().awaits_approval);
  const absl::Status repeated = c.Try(RecordAnchor{"aware", kLater, "again"});
  CHECK(ReasonOf(repeated) == "ANCHOR_UNCHANGED");
  CHECK_THAT(NextStepOf(repeated), ContainsSubstring("tocsin aware approve"));
}

TEST_CASE("DecideAwareness: a second person lets the later moment count, and all dates move",
          "[domain]") {
  Case c = AwaitingApproval();
  const uint64_t statement = Pending(c);
  c.author = Person(2);
  c.Do(DecideAwareness{statement, true, "I heard the call"});
  CHECK(AwareTime(c.incident()) == kLater);
  CHECK(c.obligation("early_warning").duty.due == kLater + absl::Hours(24));
  CHECK(c.obligation("early_warning").duty.anchor_time == kLater);
  CHECK(c.obligation("notification").duty.due == kLater + absl::Hours(72));
  CHECK(Pending(c) == 0);
  const Anchor* counting = FindAnchor(c.incident(), "aware");
  CHECK(counting->stated.author == Person(1));
  REQUIRE(counting->approved.has_value());
  CHECK(counting->approved->author == Person(2));
  CHECK(c.incident().anchors.size() == 2);
  // The reminders are those of the new date.
  CHECK(TimersFor(c.incident()).front().fire_time == kLater + absl::Hours(12));
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));
  CHECK(c.Refusal(DecideAwareness{statement, true, "again"}) == "AWARENESS_COUNTS");
}

TEST_CASE("DecideAwareness: not by the person who stated it, not without a reason", "[domain]") {
  Case c = AwaitingApproval();
  const absl::Status alone = c.Try(DecideAwareness{Pending(c), true, "I am sure"});
  CHECK(ReasonOf(alone) == "SECOND_PERSON");
  CHECK_THAT(NextStepOf(alone), ContainsSubstring("earlier moment counts"));
  c.author = Person(2);
  CHECK(c.Refusal(DecideAwareness{Pending(c), true, ""}) == "TEXT_EMPTY");
  CHECK(c.Refusal(DecideAwareness{Pending(c), true, "x"}).empty());
  // The clock goes on meanwhile: whoever is alone is not stuck.
  c.RunTimers(kAware + absl::Hours(24));
  CHECK(c.obligation("early_warning").state == ObligationState::kMissed);
}

TEST_CASE("DecideAwareness: refusals name what there is to answer", "[domain]") {
  Case c = ASignificantCase();
  c.author = Person(2);
  const uint64_t counting = c.incident().aware_sequence;
  CHECK(c.Refusal(DecideAwareness{counting, true, "x"}) == "AWARENESS_COUNTS");
  CHECK(c.Refusal(DecideAwareness{1, true, "x"}) == "UNKNOWN_STATEMENT");
  CHECK(c.Refusal(DecideAwareness{0, true, "x"}) == "UNKNOWN_STATEMENT");
  CHECK(NextStepOf(c.Try(DecideAwareness{999, false, "x"})) == "No later moment awaits approval.");
  c.Do(RecordAnchor{"detected", kAware - absl::Hours(1), "alarm"});
  CHECK(c.Refusal(DecideAwareness{c.incident().last_sequence, true, "x"}) == "UNKNOWN_STATEMENT");

  Case closed = AwaitingApproval();
  closed.Do(DecideSignificance{"nis2", false, "false alarm"});
  closed.Do(CloseIncident{"done", "nothing to learn"});
  closed.author = Person(2);
  CHECK(closed.Refusal(DecideAwareness{Pending(closed), true, "x"}) == "INCIDENT_CLOSED");
  closed.Do(ReopenIncident{"not done"});
  CHECK(closed.Refusal(DecideAwareness{Pending(closed), true, "x"}).empty());
}

TEST_CASE("DecideAwareness: of two later moments the last one stated is the one to approve",
          "[domain]") {
  Case c = AwaitingApproval();
  const uint64_t first = Pending(c);
  c.author = Person(2);
  c.Do(RecordAnchor{"aware", kLater + absl::Minutes(30), "half past nine rather"});
  const absl::Status superseded = c.Try(DecideAwareness{first, true, "x"});
  CHECK(ReasonOf(superseded) == "NOT_PENDING");
  CHECK_THAT(NextStepOf(superseded), ContainsSubstring("2026-06-10T09:30:00Z"));
  CHECK(c.Refusal(DecideAwareness{Pending(c), true, "x"}) == "SECOND_PERSON");
  c.author = Person(1);
  c.Do(DecideAwareness{Pending(c), true, "agreed"});
  CHECK(AwareTime(c.incident()) == kLater + absl::Minutes(30));
  CHECK(c.Refusal(DecideAwareness{first, true, "x"}) == "NOT_PENDING");
}

TEST_CASE("DecideAwareness: an earlier moment, or the former one again, ends the waiting",
          "[domain]") {
  for (const absl::Time time : {kAware, kAware - absl::Hours(1)}) {
    Case c = AwaitingApproval();
    const uint64_t statement = Pending(c);
    c.Do(RecordAnchor{"aware", time, "no"});
    CHECK(Pending(c) == 0);
    CHECK(AwareTime(c.incident()) == time);
    CHECK(c.obligation("early_warning").duty.due == time + absl::Hours(24));
    c.author = Person(2);
    CHECK(c.Refusal(DecideAwareness{statement, true, "x"}) == "NOT_PENDING");
  }
}

TEST_CASE("DecideAwareness: declined, also by the person who stated it, and stated anew",
          "[domain]") {
  Case c = AwaitingApproval();
  const uint64_t statement = Pending(c);
  c.Do(DecideAwareness{statement, false, "I was wrong"});
  CHECK(Pending(c) == 0);
  CHECK(AwareTime(c.incident()) == kAware);
  CHECK(c.obligation("early_warning").duty.due == kAware + absl::Hours(24));
  CHECK(c.Refusal(DecideAwareness{statement, true, "x"}) == "NOT_PENDING");
  c.Do(RecordAnchor{"aware", kLater, "the log of the exchange says so too"});
  CHECK(Pending(c) == c.incident().last_sequence);
}

TEST_CASE("DecideAwareness: what contradicts other anchors by now is refused", "[domain]") {
  Case c = AwaitingApproval();
  c.Do(RecordAnchor{"classified", kLater - absl::Minutes(1), "major"});
  c.author = Person(2);
  const absl::Status refused = c.Try(DecideAwareness{Pending(c), true, "x"});
  CHECK(ReasonOf(refused) == "ANCHORS_CONTRADICT");
  CHECK_THAT(NextStepOf(refused), ContainsSubstring("classified was stated in #"));
  CHECK(c.Refusal(DecideAwareness{Pending(c), false, "x"}).empty());
}

TEST_CASE("DecideAwareness: after the miss the duty is open again, and the miss stays",
          "[domain]") {
  Case c = AwaitingApproval();
  c.RunTimers(kAware + absl::Hours(24));
  REQUIRE(c.obligation("early_warning").state == ObligationState::kMissed);
  c.author = Person(2);
  c.Do(DecideAwareness{Pending(c), true, "x"});
  CHECK(c.obligation("early_warning").state == ObligationState::kOpen);
  CHECK(EventsOf<ObligationMissed>(c.record()).size() == 1);
  c.RunTimers(kLater + absl::Hours(24));
  CHECK(c.obligation("early_warning").state == ObligationState::kMissed);
  CHECK(EventsOf<ObligationMissed>(c.record()).size() == 2);
}

TEST_CASE("DecideAwareness: past the new date as well, the new miss is recorded at once",
          "[domain]") {
  Case c = AwaitingApproval();
  c.RunTimers(kLater + absl::Hours(25));
  c.author = Person(2);
  const auto entries = c.Do(DecideAwareness{Pending(c), true, "x"});
  const auto missed = EventsOf<ObligationMissed>(entries);
  REQUIRE(missed.size() == 1);
  CHECK(missed[0].due == kLater + absl::Hours(24));
}

TEST_CASE("DecideAwareness: what was filed stays filed, and so does the clock it started",
          "[domain]") {
  Case c = AwaitingApproval();
  c.Do(RecordSubmission{"notification", {}, "portal", "R-1", ""});
  const auto final_due = c.obligation("final").duty.due;
  c.author = Person(2);
  c.Do(DecideAwareness{Pending(c), true, "x"});
  CHECK(c.obligation("notification").state == ObligationState::kMet);
  CHECK(c.obligation("notification").submission->reference == "R-1");
  CHECK(c.obligation("notification").submission->author == Person(1));
  CHECK(c.obligation("final").duty.due == final_due);
  CHECK(c.obligation("early_warning").duty.due == kLater + absl::Hours(24));
}

TEST_CASE("DecideAwareness: under several regimes every clock moves, in a drill as well",
          "[domain]") {
  Case c;
  DeclareIncident command = ADeclaration();
  command.drill = true;
  command.further = {{Pack("gdpr"), "controller"}};
  c.Do(command);
  c.Do(RecordAnchor{"aware", kAware, "seen"});
  c.now = kLater;
  c.Do(RecordAnchor{"aware", kLater, "no, now"});
  CHECK(c.obligation("gdpr.dpa_notification").duty.due == kAware + absl::Hours(72));
  c.author = Person(2);
  c.Do(DecideAwareness{Pending(c), true, "x"});
  CHECK(c.obligation("gdpr.dpa_notification").duty.due == kLater + absl::Hours(72));
  CHECK(c.obligation("nis2.early_warning").duty.due == kLater + absl::Hours(24));
}

TEST_CASE("RecordAnchor: a later awareness of an older release moved nothing and awaits nobody",
          "[domain]") {
  Case c = ASignificantCase();
  Incident old = c.incident();
  Apply(old, {.sequence = old.last_sequence + 1, .author = Person(1), .record_time = c.now},
        AnchorRecorded{"aware", kLater, "later", false});
  CHECK(AwareTime(old) == kAware);
  CHECK(old.pending_aware_sequence == 0);
}

}  // namespace tocsin::domain
