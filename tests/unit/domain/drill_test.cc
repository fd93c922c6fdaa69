#include "server/domain/drill.h"

#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

constexpr char kScenario[] = R"(format: tocsin-drill-v1
id: small
title: A small drill
version: "1.0"
summary: For tests.
begins: 2026-12-24T16:00:00+01:00
zone: Europe/Brussels
speed: 10
lasts: 4d
roles: [commander, dpo]
injects:
  - {id: later, at: 2h, to: dpo, from: A colleague, via: mail, text: There is more.}
  - {id: first, at: 0m, from: The night shift, via: phone, text: Nothing works.}
  - {id: also, at: 2h, from: The press, via: news, text: Is it true?}
expect:
  - {id: declared, title: It is declared, declared: sev2, within: 30m}
)";

DeclareIncident ADrill(const std::string& scenario = kScenario) {
  DeclareIncident command = ADeclaration();
  command.drill = true;
  command.scenario = AScenario(scenario);
  return command;
}

const absl::Time kBegin = At("2026-12-24T15:00:00Z");

Case ARunningDrill() {
  Case drill;
  drill.Do(ADrill());
  return drill;
}

std::vector<std::string> Delivered(const Case& drill) {
  std::vector<std::string> ids;
  for (const InjectDelivered& inject : EventsOf<InjectDelivered>(drill.record())) {
    ids.push_back(inject.inject);
  }
  return ids;
}

SetDrillClock Next(const std::string& seen) {
  return SetDrillClock{ClockChange::kNext, 1, seen};
}

void CheckReplay(const Case& drill) {
  CHECK(Difference(Dump(drill.incident()), Dump(drill.Replayed())) == "");
}

}  // namespace

TEST_CASE("Drill clock: it runs, stands, and ends, and says when it gets somewhere") {
  const absl::Time set = At("2026-06-10T08:00:00Z");
  DrillClock clock{set, kBegin, 10, false, kBegin + absl::Hours(24)};
  CHECK(clock.At(set) == kBegin);
  CHECK(clock.At(set + absl::Minutes(6)) == kBegin + absl::Hours(1));
  CHECK(clock.At(set - absl::Hours(1)) == kBegin);
  CHECK(clock.At(set + absl::Hours(1000)) == clock.end_time);
  CHECK(clock.WhenShows(kBegin + absl::Hours(1)) == set + absl::Minutes(6));
  CHECK(clock.WhenShows(kBegin - absl::Hours(1)) == set);
  CHECK_FALSE(clock.WhenShows(clock.end_time + absl::Nanoseconds(1)).has_value());
  // Whatever the speed, at the moment it gives the clock is there.
  for (const int speed : {1, 3, 7, 60, 9'999, kDrillSpeedMax}) {
    clock.speed = speed;
    for (const int64_t nanos : {1, 2, 999, 1'000'000'007}) {
      const absl::Time shown = kBegin + absl::Nanoseconds(nanos);
      const absl::Time when = *clock.WhenShows(shown);
      CHECK(clock.At(when) >= shown);
      CHECK(clock.At(when - absl::Nanoseconds(1)) < shown);
    }
  }
  clock.paused = true;
  CHECK(clock.At(set + absl::Hours(5)) == kBegin);
  CHECK_FALSE(clock.WhenShows(kBegin + absl::Hours(1)).has_value());
}

TEST_CASE("Drill: the injects come on the drill's clock, each with its time on it") {
  Case drill = ARunningDrill();
  const absl::Time start = drill.now;
  CHECK(drill.incident().drill);
  CHECK(Delivered(drill) == std::vector<std::string>{"first"});
  const std::vector<Timer> timers = TimersFor(drill.incident());
  REQUIRE(timers.size() == 1);
  CHECK(timers[0].fire_time == start + absl::Minutes(12));
  CHECK(timers[0].due == kBegin + absl::Hours(2));

  drill.RunTimers(start + absl::Minutes(12) - absl::Nanoseconds(1));
  CHECK(Delivered(drill).size() == 1);
  drill.RunTimers(start + absl::Minutes(12));
  CHECK(Delivered(drill) == std::vector<std::string>{"first", "later", "also"});
  const Recorded& last = drill.record().back();
  CHECK(last.entry.by_server);
  CHECK(last.entry.occur_time == kBegin + absl::Hours(2));
  // The record keeps the world's time.
  CHECK(last.meta.record_time == start + absl::Minutes(12));
  CHECK(TimersFor(drill.incident()).empty());
  CheckReplay(drill);
}

TEST_CASE("Drill: what people say counts on its clock, and so do its deadlines") {
  Case drill = ARunningDrill();
  const absl::Time start = drill.now;
  drill.now = start + absl::Minutes(6);
  CHECK(drill.Refusal(RecordAnchor{"aware", kBegin + absl::Hours(2), "we looked"}) ==
        "TIME_IN_FUTURE");
  drill.Do(RecordAnchor{"aware", kBegin + absl::Minutes(30), "we looked"});
  drill.Do(DecideSignificance{"", true, "the line stands"});
  const Obligation& warning = drill.obligation("early_warning");
  CHECK(warning.duty.due == kBegin + absl::Minutes(30) + absl::Hours(24));
  drill.Do(RecordEntry{EntryKind::kAction, "isolated it"});
  CHECK(drill.record().back().entry.occur_time == kBegin + absl::Hours(1));

  // 24.5 hours at ten times the speed.
  const absl::Time due = start + absl::Minutes(147);
  drill.RunTimers(due - absl::Nanoseconds(1));
  CHECK(EventsOf<ObligationMissed>(drill.record()).empty());
  drill.RunTimers(due);
  CHECK(EventsOf<ObligationMissed>(drill.record()).size() == 1);
  CHECK(drill.obligation("early_warning").state == ObligationState::kMissed);
  CheckReplay(drill);
}

TEST_CASE("Drill: a filing before its due time on the drill's clock is in time") {
  Case drill = ARunningDrill();
  drill.Do(RecordAnchor{"aware", kBegin, "the first call"});
  drill.Do(DecideSignificance{"", true, "the line stands"});
  drill.now += absl::Minutes(140);
  drill.Do(RecordSubmission{"early_warning", std::nullopt, "web form"});
  CHECK(drill.obligation("early_warning").state == ObligationState::kMet);
  CHECK(drill.obligation("early_warning").submission->submit_time == kBegin + absl::Minutes(1400));
}

TEST_CASE("Drill: a paused clock stands for everything") {
  Case drill = ARunningDrill();
  drill.Do(RecordAnchor{"aware", kBegin, "the first call"});
  drill.now += absl::Minutes(3);
  drill.Do(SetDrillClock{ClockChange::kPause});
  CHECK(TimersFor(drill.incident()).empty());
  CHECK(drill.Refusal(SetDrillClock{ClockChange::kPause}) == "DRILL_PAUSED");
  drill.now += absl::Hours(100);
  drill.Do(RecordEntry{EntryKind::kAction, "we talk"});
  CHECK(drill.record().back().entry.occur_time == kBegin + absl::Minutes(30));
  CHECK(Delivered(drill).size() == 1);

  drill.Do(SetDrillClock{ClockChange::kResume});
  CHECK(drill.Refusal(SetDrillClock{ClockChange::kResume}) == "DRILL_NOT_PAUSED");
  drill.RunTimers(drill.now + absl::Minutes(9));
  CHECK(Delivered(drill).size() == 3);
  CheckReplay(drill);
}

TEST_CASE("Drill: another speed counts from now on") {
  Case drill = ARunningDrill();
  drill.now += absl::Minutes(6);
  drill.Do(SetDrillClock{ClockChange::kSpeed, 60});
  CHECK(TimeIn(drill.incident(), drill.now) == kBegin + absl::Hours(1));
  const std::vector<Timer> timers = TimersFor(drill.incident());
  REQUIRE(timers.size() == 1);
  CHECK(timers[0].fire_time == drill.now + absl::Minutes(1));
  CHECK(drill.Refusal(SetDrillClock{ClockChange::kSpeed, 60}) == "SPEED_UNCHANGED");
  for (const int speed : {0, -10, kDrillSpeedMax + 1}) {
    CHECK(drill.Refusal(SetDrillClock{ClockChange::kSpeed, speed}) == "BAD_SPEED");
  }
  drill.Do(SetDrillClock{ClockChange::kSpeed, 1});
  CHECK(TimersFor(drill.incident())[0].fire_time == drill.now + absl::Hours(1));
  CheckReplay(drill);
}

TEST_CASE("Drill: next moves the clock forward, with all that falls due on the way") {
  Case drill = ARunningDrill();
  drill.Do(RecordAnchor{"aware", kBegin - absl::Hours(23), "a mail of yesterday"});
  drill.Do(DecideSignificance{"", true, "the line stands"});
  CHECK(EventsOf<ObligationMissed>(drill.record()).empty());
  drill.Do(SetDrillClock{ClockChange::kPause});
  drill.Do(Next("later"));
  CHECK(Delivered(drill) == std::vector<std::string>{"first", "later", "also"});
  CHECK(TimeIn(drill.incident(), drill.now) == kBegin + absl::Hours(2));
  CHECK(drill.incident().exercise->clock.paused);
  const auto missed = EventsOf<ObligationMissed>(drill.record());
  REQUIRE(missed.size() == 1);
  CHECK(missed[0].due == kBegin + absl::Hours(1));
  CHECK(drill.Refusal(Next("")) == "NO_INJECT_LEFT");
  CheckReplay(drill);
}

TEST_CASE("Drill: of two people who press next at once, one moves the clock") {
  Case drill = ARunningDrill();
  Case both = drill;
  both.Do(Next("later"));
  const size_t before = both.record().size();
  CHECK(both.Refusal(Next("later")) == "NO_INJECT_LEFT");
  CHECK(both.record().size() == before);

  std::string longer(kScenario);
  longer.replace(longer.find("expect:"), 0,
                 "  - {id: night, at: 8h, from: A guard, via: visit, text: The door is open.}\n");
  Case three;
  three.Do(ADrill(longer));
  three.Do(Next("later"));
  CHECK(three.Refusal(Next("later")) == "INJECT_MOVED_ON");
  CHECK(TimeIn(three.incident(), three.now) == kBegin + absl::Hours(2));
  three.Do(Next("night"));
  CHECK(Delivered(three).back() == "night");
}

TEST_CASE("Drill: the team declares once, with its severity") {
  Case drill = ARunningDrill();
  CHECK(drill.incident().severity == ADeclaration().severity);
  CHECK(drill.Refusal(DeclareInDrill{"", Severity::kSev1}) == "TEXT_EMPTY");
  drill.now += absl::Minutes(2);
  drill.Do(DeclareInDrill{"Everything is encrypted", Severity::kSev1});
  CHECK(drill.incident().severity == Severity::kSev1);
  CHECK(drill.incident().exercise->declare_time == kBegin + absl::Minutes(20));
  CHECK(drill.Refusal(DeclareInDrill{"Again", Severity::kSev1}) == "ALREADY_DECLARED");
}

TEST_CASE("Drill: stopped with open clocks, nothing of it falls due any more") {
  Case drill = ARunningDrill();
  drill.Do(RecordAnchor{"aware", kBegin, "the first call"});
  drill.Do(DecideSignificance{"", true, "the line stands"});
  drill.Do(StartRun{Ransomware()});
  CHECK_FALSE(TimersFor(drill.incident()).empty());
  CHECK(drill.Refusal(CloseIncident{"done"}) == "DRILL_RUNNING");
  CHECK(drill.Refusal(OpenReview{}) == "DRILL_RUNNING");
  drill.Do(StopDrill{"time is up"});
  CHECK(TimersFor(drill.incident()).empty());
  const size_t after_stop = drill.record().size();
  drill.RunTimers(drill.now + absl::Hours(24 * 60));
  CHECK(drill.record().size() == after_stop);

  CHECK(NextDue(drill.incident()) == nullptr);
  CHECK(drill.Refusal(StopDrill{"again"}) == "DRILL_OVER");
  CHECK(drill.Refusal(Next("")) == "DRILL_OVER");
  CHECK(drill.Refusal(RecordAnchor{"aware", kBegin, "later"}) == "DRILL_OVER");
  CHECK(drill.Refusal(RecordSubmission{"early_warning", std::nullopt, "mail"}) == "DRILL_OVER");
  CHECK(drill.Refusal(CompleteStep{"", "first-look", "seen"}) == "DRILL_OVER");

  // It is reviewed in the world's time, and closed although its clocks were open.
  drill.Do(OpenReview{});
  drill.Do(AddFinding{FindingKind::kLesson, "print the numbers"});
  drill.Do(
      AddActionItem{"print them", Person(2), drill.now + absl::Hours(24), ActionType::kProcess});
  CHECK_FALSE(drill.record().back().entry.occur_time.has_value());
  drill.Do(JudgeExpectation{"declared", true, "I heard it"});
  drill.Do(InviteToReview{{Person(2)}, std::nullopt});
  drill.Do(SubmitReview{"we learned"});
  drill.Do(PublishReview{"we learned", "nobody else was there"});
  for (const Command& command :
       {Command{ReadReview{}}, Command{ChangeActionItem{"action-1"}},
        Command{DropActionItem{"action-1"}}, Command{EvaluateActionItem{"action-1"}}}) {
    CHECK(drill.Refusal(command) != "DRILL_OVER");
  }
  drill.Do(CloseIncident{"drill over"});
  CHECK(EventsOf<ObligationMissed>(drill.record()).empty());
  CHECK(EventsOf<StepOverdue>(drill.record()).empty());
  CheckReplay(drill);
}

TEST_CASE("Drill: the clock stands still at its end") {
  Case drill = ARunningDrill();
  drill.RunTimers(drill.now + absl::Hours(24 * 365 * 50));
  CHECK(TimeIn(drill.incident(), drill.now) == kBegin + absl::Hours(96));
  drill.Do(RecordEntry{EntryKind::kAction, "somebody forgot it"});
  CHECK(drill.record().back().entry.occur_time == kBegin + absl::Hours(96));
  drill.Do(StopDrill{"forgotten"});
  CheckReplay(drill);
}

TEST_CASE("Drill: only a drill is one") {
  Case incident = ADeclaredCase();
  CHECK(incident.Refusal(Next("")) == "NO_DRILL");
  CHECK(incident.Refusal(StopDrill{"x"}) == "NO_DRILL");
  CHECK(incident.Refusal(JudgeExpectation{"declared", true, "x"}) == "NO_DRILL");
  CHECK(TimeIn(incident.incident(), incident.now) == incident.now);

  DeclareIncident real = ADrill();
  real.drill = false;
  CHECK(Case().Refusal(real) == "NOT_A_DRILL");
  DeclareIncident fast = ADrill();
  fast.drill_speed = kDrillSpeedMax + 1;
  CHECK(Case().Refusal(fast) == "BAD_SPEED");
  Case drill = ARunningDrill();
  CHECK(drill.Refusal(JudgeExpectation{"declare", true, "x"}) == "UNKNOWN_EXPECTATION");
  CHECK(drill.Refusal(JudgeExpectation{"declared", true, ""}) == "TEXT_EMPTY");
  CHECK(drill.Refusal(SetDrillClock{}) == "NO_CHANGE");
}

TEST_CASE("Drill: a huge scenario is delivered whole, in order") {
  std::string text(kScenario, std::string_view(kScenario).find("injects:"));
  absl::StrAppend(&text, "injects:\n");
  for (size_t i = 0; i < kInjectsMax; ++i) {
    absl::StrAppend(&text, "  - {id: i", i, ", at: ", (i * 7919) % kInjectsMax,
                    "m, from: A, via: chat, text: B}\n");
  }
  absl::StrAppend(&text, "expect:\n  - {id: d, title: D, declared: sev4}\n");
  Case drill;
  DeclareIncident command = ADrill(text);
  command.drill_speed = kDrillSpeedMax;
  drill.Do(command);
  CHECK(TimersFor(drill.incident()).size() == 1);
  // Each delivery arms only the next one, and a server that was away delivers all at once.
  drill.now += absl::Hours(1);
  drill.Do(FireTimer{TimersFor(drill.incident())[0]});
  const auto delivered = EventsOf<InjectDelivered>(drill.record());
  CHECK(delivered.size() == kInjectsMax);
  absl::Time last = absl::InfinitePast();
  for (const Recorded& recorded : drill.record()) {
    if (!std::holds_alternative<InjectDelivered>(recorded.entry.event)) continue;
    CHECK(*recorded.entry.occur_time >= last);
    last = *recorded.entry.occur_time;
  }
  CheckReplay(drill);
}

}  // namespace tocsin::domain
