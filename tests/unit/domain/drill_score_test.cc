#include "server/domain/drill_score.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "server/domain/register.h"
#include "server/domain/statistics.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

constexpr char kScenario[] = R"(format: tocsin-drill-v1
id: scored
title: A drill that is scored
version: "1.0"
summary: For tests.
begins: 2026-12-24T16:00:00+01:00
lasts: 30d
roles: [commander, dpo]
injects:
  - {id: first, at: 0m, from: The night shift, via: phone, text: Nothing works.}
  - {id: demand, at: 1h, from: A note, via: screen, text: Pay.}
  - {id: never, at: 20d, from: A ghost, via: letter, text: Boo.}
expect:
  - {id: declared, title: It is declared, declared: sev2, within: 30m, lesson: Declare at once.}
  - {id: aware, title: Awareness is stated, aware: true, within: 1h, lesson: Decide it aloud.}
  - {id: significant, title: It is decided, significance: nis2, within: 4h}
  - id: warning
    title: The early warning is filed
    notification: nis2.early_warning
    lesson: File it.
  - {id: banks, title: The supervisor hears of it, notification: dora.initial}
  - {id: look, title: Somebody looks, step: first-look, playbook: ransomware, within: 2h}
  - id: ransom
    title: The demand is decided
    decision: [ransom, pay]
    after: demand
    within: 2h
    lesson: Decide beforehand.
  - {id: contained, title: It is contained, phase: containment, within: 1d}
  - {id: data, title: Personal data, fact: personal_data, within: 1d}
  - {id: dpo, title: There is a dpo, role: dpo, within: 1d}
  - {id: board, title: The board is told, report: management, after: demand, within: 1h}
  - {id: ghost, title: The ghost is answered, decision: [ghost], after: never, within: 1h}
)";

const absl::Time kBegin = At("2026-12-24T15:00:00Z");

Case ADrill() {
  DeclareIncident command = ADeclaration();
  command.drill = true;
  command.scenario = AScenario(kScenario);
  Case drill;
  drill.Do(command);
  return drill;
}

DrillScore Score(const Case& drill) {
  std::vector<DrillEntry> entries;
  for (const Recorded& recorded : drill.record()) {
    entries.push_back({recorded.meta, recorded.entry});
  }
  const auto score = ScoreDrill(entries, drill.now);
  REQUIRE(score.ok());
  return *score;
}

const ExpectationScore& Of(const DrillScore& score, const std::string& id) {
  const auto found =
      std::find_if(score.expectations.begin(), score.expectations.end(),
                   [&](const ExpectationScore& one) { return one.expectation.id == id; });
  REQUIRE(found != score.expectations.end());
  return *found;
}

Command Decision(const std::string& text, const std::string& because) {
  RecordEntry entry{EntryKind::kDecision, text};
  if (!because.empty()) entry.attributes["because"] = because;
  return entry;
}

}  // namespace

TEST_CASE("Drill score: first everything is open, in the end what nobody did is missed") {
  Case drill = ADrill();
  const DrillScore open = Score(drill);
  CHECK_FALSE(open.stopped);
  CHECK(open.injects_delivered == 1);
  CHECK(open.Count(Outcome::kOpen) == 11);
  CHECK(Of(open, "banks").outcome == Outcome::kNotApplicable);
  CHECK(open.lessons.empty());

  drill.RunTimers(drill.now + absl::Hours(48));
  const DrillScore late = Score(drill);
  CHECK(Of(late, "declared").outcome == Outcome::kMissed);
  CHECK(Of(late, "warning").outcome == Outcome::kOpen);

  drill.Do(StopDrill{"nobody came"});
  const DrillScore score = Score(drill);
  CHECK(score.stopped);
  CHECK(score.end_time == kBegin + absl::Hours(48));
  CHECK(score.world_time == absl::Hours(48));
  CHECK_FALSE(score.declared_in.has_value());
  CHECK_FALSE(score.aware_decided_in.has_value());
  CHECK(score.Count(Outcome::kMet) == 0);
  CHECK(Of(score, "ghost").outcome == Outcome::kNotApplicable);
  CHECK(Of(score, "warning").outcome == Outcome::kMissed);
  CHECK(absl::StrContains(Of(score, "warning").note, "aware"));
  CHECK(score.Count(Outcome::kMissed) == 10);
  CHECK(score.lessons == std::vector<std::string>{"Declare at once.", "Decide it aloud.",
                                                  "File it.", "Decide beforehand."});
  CHECK(score.roles_unheld ==
        std::vector<IncidentRole>{IncidentRole::kCommander, IncidentRole::kDpo});
}

TEST_CASE("Drill score: what was done in time is met, after its limit late, to the nanosecond") {
  Case drill = ADrill();
  const absl::Time start = drill.now;
  Case late = drill;
  drill.now = start + absl::Minutes(30);
  drill.Do(DeclareInDrill{"It burns", Severity::kSev1});
  CHECK(Of(Score(drill), "declared").outcome == Outcome::kMet);
  CHECK(Score(drill).declared_in == absl::Minutes(30));
  late.now = start + absl::Minutes(30) + absl::Nanoseconds(1);
  late.Do(DeclareInDrill{"It burns", Severity::kSev1});
  CHECK(Of(Score(late), "declared").outcome == Outcome::kLate);
  CHECK(Score(late).lessons == std::vector<std::string>{"Declare at once."});
}

TEST_CASE("Drill score: a lower severity does not do, raising it later does") {
  Case drill = ADrill();
  drill.Do(DeclareInDrill{"It smells", Severity::kSev4});
  CHECK(Score(drill).declared_in == absl::ZeroDuration());
  CHECK(Of(Score(drill), "declared").outcome == Outcome::kOpen);
  drill.now += absl::Minutes(45);
  drill.Do(ChangeSeverity{Severity::kSev1, "it burns"});
  CHECK(Of(Score(drill), "declared").outcome == Outcome::kLate);
}

TEST_CASE("Drill score: a whole drill, done well") {
  Case drill = ADrill();
  const absl::Time start = drill.now;
  drill.now = start + absl::Minutes(10);
  drill.Do(DeclareInDrill{"It burns", Severity::kSev1});
  drill.Do(AssignRole{IncidentRole::kCommander, Person(2)});
  drill.Do(AssignRole{IncidentRole::kDpo, Person(3)});
  drill.Do(StartRun{Ransomware()});
  drill.Do(CompleteStep{"", "first-look", "FS01 and FS02 are encrypted"});
  drill.now = start + absl::Minutes(20);
  drill.Do(RecordAnchor{"aware", kBegin + absl::Minutes(5), "the first call"});
  drill.Do(DecideSignificance{"", true, "the line stands"});
  drill.Do(ChangePhase{Phase::kInvestigation, "go"});
  drill.Do(ChangePhase{Phase::kContainment, "go on"});
  drill.Do(AssessImpact{{{"personal_data", "yes"}}, ""});
  drill.Do(RecordSubmission{"early_warning", std::nullopt, "web form", "R-1"});
  drill.RunTimers(start + absl::Minutes(80));
  drill.Do(Decision("We do not pay", "backups are good"));
  drill.Do(SendSituationReport{Audience::kManagement, "it stands", "we isolate", "patience"});
  drill.now = start + absl::Hours(3);
  drill.Do(StopDrill{"done"});

  const DrillScore score = Score(drill);
  for (const ExpectationScore& one : score.expectations) {
    INFO(one.expectation.id << " " << ToText(one.outcome) << " " << one.note);
    const bool away = one.expectation.id == "banks" || one.expectation.id == "ghost";
    CHECK(one.outcome == (away ? Outcome::kNotApplicable : Outcome::kMet));
  }
  CHECK(score.aware_decided_in == absl::Minutes(20));
  CHECK(score.aware_time == kBegin + absl::Minutes(5));
  CHECK(Of(score, "ransom").took == absl::Minutes(20));
  CHECK(score.roles_unheld.empty());
  CHECK(score.lessons.empty());
  REQUIRE_FALSE(score.notifications.empty());
  CHECK(score.notifications[0].obligation == "nis2.early_warning");
  CHECK(score.notifications[0].outcome == Outcome::kMet);
  CHECK(score.notifications[1].outcome == Outcome::kNotReached);
  REQUIRE(score.steps.size() == 1);
  CHECK(score.steps[0].step == "first-look");
  CHECK(score.steps_open > 10);
  REQUIRE(score.decisions.size() == 2);
  CHECK(score.decisions[0].text == "significant under nis2");
  CHECK(score.decisions[1].because == "backups are good");
}

TEST_CASE("Drill score: a decision without reason, too early or taken back does not count") {
  Case drill = ADrill();
  drill.Do(Decision("We pay nobody ever", "a rule of the house"));
  CHECK(Of(Score(drill), "ransom").outcome == Outcome::kOpen);
  drill.RunTimers(drill.now + absl::Minutes(61));
  drill.Do(Decision("We repay the invoice", "it is due"));
  CHECK(Of(Score(drill), "ransom").outcome == Outcome::kOpen);
  drill.Do(Decision("We will not pay", ""));
  const uint64_t bare = drill.incident().last_sequence;
  CHECK(Of(Score(drill), "ransom").outcome == Outcome::kOpen);
  CHECK(Of(Score(drill), "ransom").note ==
        "decided in #" + std::to_string(bare) + " without a reason");
  drill.Do(Decision("Payment is refused", "backups are good"));
  CHECK(Of(Score(drill), "ransom").outcome == Outcome::kMet);
  const uint64_t reasoned = drill.incident().last_sequence;
  CHECK(Score(drill).decisions.size() == 4);
  drill.Do(RetractEntry{reasoned, "wrong incident"});
  CHECK(Of(Score(drill), "ransom").outcome == Outcome::kOpen);
  CHECK(Score(drill).decisions.size() == 3);
}

TEST_CASE("Drill score: a skipped step is not done, and says why") {
  Case drill = ADrill();
  drill.Do(StartRun{Ransomware()});
  drill.Do(SkipStep{"", "first-look", "nobody is here"});
  drill.Do(StopDrill{"time is up"});
  const DrillScore score = Score(drill);
  CHECK(Of(score, "look").outcome == Outcome::kNotReached);
  CHECK(Of(score, "look").note == "skipped: nobody is here");
  REQUIRE(score.steps.size() == 1);
  CHECK(score.steps[0].skipped);
}

TEST_CASE("Drill score: a filing after the miss is late") {
  Case drill = ADrill();
  drill.Do(RecordAnchor{"aware", kBegin, "the first call"});
  drill.Do(DecideSignificance{"", true, "the line stands"});
  drill.RunTimers(drill.now + absl::Hours(25));
  CHECK(Of(Score(drill), "warning").outcome == Outcome::kMissed);
  drill.Do(RecordSubmission{"early_warning", std::nullopt, "web form", "R-1", "we slept"});
  CHECK(Of(Score(drill), "warning").outcome == Outcome::kLate);
}

TEST_CASE("Drill score: what a person judges counts instead of the record, with the name") {
  Case drill = ADrill();
  drill.Do(StopDrill{"time is up"});
  CHECK(Of(Score(drill), "declared").outcome == Outcome::kNotReached);
  drill.author = Person(4);
  drill.Do(JudgeExpectation{"declared", true, "it was shouted through the room"});
  CHECK(Of(Score(drill), "declared").outcome == Outcome::kMet);
  CHECK(Of(Score(drill), "declared").judgement->author == Person(4));
  drill.Do(JudgeExpectation{"declared", false, "on second thoughts not"});
  CHECK(Of(Score(drill), "declared").outcome == Outcome::kMissed);
  CHECK(Score(drill).lessons == std::vector<std::string>{"Declare at once.", "File it."});
}

TEST_CASE("Drill score: what is said once the drill is over changes nothing of it") {
  Case drill = ADrill();
  drill.RunTimers(drill.now + absl::Hours(5));
  drill.Do(StopDrill{"time is up"});
  const DrillScore before = Score(drill);
  drill.Do(Decision("We would not have paid", "backups are good"));
  drill.Do(AssignRole{IncidentRole::kObserver, Person(5)});
  drill.now += absl::Hours(1000);
  const DrillScore after = Score(drill);
  CHECK(after.end_time == before.end_time);
  CHECK(after.world_time == before.world_time);
  CHECK(after.decisions.size() == before.decisions.size());
  for (size_t i = 0; i < after.expectations.size(); ++i) {
    CHECK(after.expectations[i].outcome == before.expectations[i].outcome);
  }
}

TEST_CASE("Drill score: an incident without a scenario has none") {
  const Case incident = ADeclaredCase();
  std::vector<DrillEntry> entries;
  for (const Recorded& recorded : incident.record()) {
    entries.push_back({recorded.meta, recorded.entry});
  }
  CHECK_FALSE(ScoreDrill(entries, incident.now).ok());
  CHECK_FALSE(ScoreDrill({}, incident.now).ok());
}

TEST_CASE("Drill score: a drill is in no figure of the register but that of drills") {
  Case drill = ADrill();
  drill.Do(DeclareInDrill{"It burns", Severity::kSev1});
  drill.Do(RecordAnchor{"aware", kBegin, "the first call"});
  drill.Do(DecideSignificance{"", true, "the line stands"});
  drill.RunTimers(drill.now + absl::Hours(24 * 29));
  CHECK_FALSE(EventsOf<ObligationMissed>(drill.record()).empty());
  drill.Do(StopDrill{"time is up"});
  const std::vector<RegisterRow> rows = {RowOf(drill.incident(), drill.now)};
  const RegisterRow& row = rows[0];
  CHECK(row.drill);
  // It was held when it was started, whatever its clock showed.
  CHECK(row.begin == drill.incident().declare_time);
  const Period all{absl::UnixEpoch(), At("2100-01-01T00:00:00Z")};
  const Statistics sum = Summarise(rows, all);
  CHECK(sum.drills.size() == 1);
  CHECK(sum.incidents == 0);
  CHECK(sum.duties.missed == 0);
  CHECK(sum.open_points.empty());
}

TEST_CASE("Drill score: every scenario of the library is played to its end by nobody") {
  for (const char* id :
       {"board-tabletop", "cloudflare-2023", "dora-payment-outage", "gitlab-2017",
        "hospital-ransomware", "hse-2021", "maastricht-2019", "supplier-breach-holidays"}) {
    INFO(id);
    DeclareIncident command = ADeclaration();
    command.drill = true;
    command.scenario = ShippedScenario(id);
    command.drill_paused = false;
    Case drill;
    drill.Do(command);
    const Scenario& scenario = command.scenario->scenario;
    CHECK(scenario.injects.size() >= 12);
    drill.RunTimers(drill.now + scenario.lasts);
    const DrillScore score = Score(drill);
    CHECK(score.injects_delivered == scenario.injects.size());
    drill.Do(StopDrill{"the end"});
    CHECK(Score(drill).Count(Outcome::kMet) == 0);
    CHECK_FALSE(Score(drill).lessons.empty());
  }
}

}  // namespace tocsin::domain
