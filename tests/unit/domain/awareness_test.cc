#include "server/domain/awareness.h"

#include "server/domain/decide.h"
#include "server/domain/describe.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

constexpr absl::Duration kTick = absl::Microseconds(1);
const absl::Time kDetected = At("2026-06-10T07:00:00Z");

// Declared at 08:00, detected at 07:00; nobody has stated awareness.
Case Unaware() {
  Case c;
  DeclareIncident command = ADeclaration();
  command.detect_time = kDetected;
  c.Do(command);
  return c;
}

std::vector<GapLevel> Warned(const Case& c) {
  std::vector<GapLevel> levels;
  for (const auto& warned : EventsOf<AwarenessGapWarned>(c.record()))
    levels.push_back(warned.level);
  return levels;
}
using Levels = std::vector<GapLevel>;

std::string LastSentence(const Case& c) {
  return Describe(c.record().back().entry.event, [](const PrincipalId&) { return "@x"; });
}

}  // namespace

TEST_CASE("Gap: amber four hours and red twelve hours after the detection, each once",
          "[domain][gap]") {
  Case c = Unaware();
  CHECK(TimersFor(c.incident()) ==
        std::vector<Timer>{
            {kDetected + absl::Hours(4), "awareness_gap", 4, kDetected + absl::Hours(4)},
            {kDetected + absl::Hours(12), "awareness_gap", 12, kDetected + absl::Hours(12)}});
  c.RunTimers(kDetected + absl::Hours(4) - kTick);
  CHECK(Warned(c).empty());
  c.RunTimers(kDetected + absl::Hours(4));
  CHECK(Warned(c) == Levels{GapLevel::kAmber});
  CHECK(c.record().back().meta.author.empty());
  CHECK(c.record().back().entry.occur_time == kDetected + absl::Hours(4));
  CHECK(LastSentence(c) ==
        "Warning, amber: detected 2026-06-10T07:00:00Z, nobody has stated awareness for 4 h; "
        "expect to be asked why");
  c.RunTimers(kDetected + absl::Hours(100));
  CHECK(Warned(c) == Levels{GapLevel::kAmber, GapLevel::kRed});
  CHECK(TimersFor(c.incident()).empty());
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));
}

TEST_CASE("Gap: after downtime both warnings come with their true times, and once",
          "[domain][gap]") {
  Case c = Unaware();
  const Timer first = TimersFor(c.incident()).front();
  c.now = kDetected + absl::Hours(30);
  const auto warned = EventsOf<AwarenessGapWarned>(c.Do(FireTimer{first}));
  REQUIRE(warned.size() == 2);
  CHECK(warned[0].fire_time == kDetected + absl::Hours(4));
  CHECK(warned[1].fire_time == kDetected + absl::Hours(12));
  CHECK(c.Do(FireTimer{first}).empty());
}

TEST_CASE("Gap: a detection stated late is warned about at once, by the highest limit alone",
          "[domain][gap]") {
  Case c = ADeclaredCase();
  c.Do(RecordAnchor{"detected", c.now - absl::Hours(12), "found in the logs"});
  CHECK(Warned(c) == Levels{GapLevel::kRed});
  CHECK(TimersFor(c.incident()).empty());
  Case amber = ADeclaredCase();
  amber.Do(RecordAnchor{"detected", amber.now - absl::Hours(12) + kTick, "found in the logs"});
  CHECK(Warned(amber) == Levels{GapLevel::kAmber});
  CHECK(TimersFor(amber.incident()).size() == 1);
}

TEST_CASE("Gap: awareness in time ends it; stated in the same second as the limit it was too late",
          "[domain][gap]") {
  Case c = Unaware();
  c.RunTimers(kDetected + absl::Hours(4) - kTick);
  c.Do(RecordAnchor{"aware", c.now, "seen"});
  c.RunTimers(kDetected + absl::Hours(13));
  CHECK(Warned(c).empty());

  Case late = Unaware();
  late.now = kDetected + absl::Hours(4);
  // The timer has not fired yet, but it was due.
  late.Do(RecordAnchor{"aware", late.now, "seen"});
  CHECK(Warned(late) == Levels{GapLevel::kAmber});
  const auto gap = GapOf(late.incident(), late.now);
  REQUIRE(gap.has_value());
  CHECK(gap->span == absl::Hours(4));
  CHECK(gap->level == GapLevel::kAmber);
}

TEST_CASE("Gap: a moment of awareness that leaves a gap beyond a new limit is warned about",
          "[domain][gap]") {
  Case c = ADeclaredCase();
  c.Do(RecordAnchor{"aware", c.now, "seen"});
  c.Do(RecordAnchor{"detected", c.now - absl::Hours(3), "alarm"});
  CHECK(Warned(c).empty());
  c.Do(RecordAnchor{"detected", c.now - absl::Hours(5), "an earlier alarm"});
  CHECK(Warned(c) == Levels{GapLevel::kAmber});
  CHECK(EventsOf<AwarenessGapWarned>(c.record()).back().fire_time == c.now);
  // Wider, though within the same limits.
  c.Do(RecordAnchor{"detected", c.now - absl::Hours(6), "an earlier one still"});
  CHECK(Warned(c) == Levels{GapLevel::kAmber, GapLevel::kAmber});
  // Narrower.
  c.Do(RecordAnchor{"detected", c.now - absl::Hours(5), "no"});
  CHECK(Warned(c).size() == 2);
  c.Do(RecordAnchor{"detected", c.now - absl::Hours(13), "at night"});
  CHECK(Warned(c).back() == GapLevel::kRed);
  CHECK(LastSentence(c) ==
        "Warning, red: detected 2026-06-09T19:00:00Z, aware 2026-06-10T08:00:00Z: 13 h between "
        "them; expect to be asked why");
}

TEST_CASE("Gap: a later awareness widens it when it is approved, not before", "[domain][gap]") {
  Case c = Unaware();
  c.Do(RecordAnchor{"aware", c.now, "seen"});
  c.now = kDetected + absl::Hours(6);
  c.Do(RecordAnchor{"aware", c.now, "no, now"});
  CHECK(Warned(c).empty());
  c.author = Person(2);
  c.Do(DecideAwareness{c.incident().pending_aware_sequence, true, "so it was"});
  CHECK(Warned(c) == Levels{GapLevel::kAmber});
}

TEST_CASE("Gap: an awareness before the detection that is corrected to after it counts as wider",
          "[domain][gap]") {
  Case c = ADeclaredCase();
  c.Do(RecordAnchor{"aware", c.now - absl::Hours(6), "told by the supplier"});
  c.Do(RecordAnchor{"detected", c.now - absl::Hours(5), "alarm"});
  CHECK_FALSE(GapOf(c.incident(), c.now).has_value());
  c.Do(RecordAnchor{"aware", c.now, "no, now"});
  c.author = Person(2);
  c.Do(DecideAwareness{c.incident().pending_aware_sequence, true, "so it was"});
  CHECK(Warned(c) == Levels{GapLevel::kAmber});
}

TEST_CASE("Gap: nobody is asked when it is not reportable, closed or historical", "[domain][gap]") {
  Case c = Unaware();
  c.Do(DecideSignificance{"nis2", false, "one laptop"});
  CHECK(TimersFor(c.incident()).empty());
  CHECK_FALSE(GapOf(c.incident(), c.now + absl::Hours(5)).has_value());
  c.Do(CloseIncident{"done", "nothing to learn"});
  c.now = kDetected + absl::Hours(20);
  c.Do(ReopenIncident{"again"});
  CHECK(Warned(c).empty());
  c.Do(DecideSignificance{"nis2", true, "a service is down"});
  CHECK(Warned(c) == Levels{GapLevel::kAmber, GapLevel::kRed});

  Case historical;
  DeclareIncident command = ADeclaration();
  command.historical = true;
  command.detect_time = At("2019-12-23T18:00:00Z");
  historical.Do(command);
  CHECK(TimersFor(historical.incident()).empty());
  CHECK_FALSE(GapOf(historical.incident(), historical.now).has_value());
}

TEST_CASE("Gap: one regime that may still be reportable is enough", "[domain][gap]") {
  Case c;
  DeclareIncident command = ADeclaration();
  command.detect_time = kDetected;
  command.further = {{Pack("gdpr"), "controller"}};
  c.Do(command);
  c.Do(DecideSignificance{"nis2", false, "no service is down"});
  c.RunTimers(kDetected + absl::Hours(4));
  CHECK(Warned(c) == Levels{GapLevel::kAmber});
}

}  // namespace tocsin::domain
