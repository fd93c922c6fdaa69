// Runs in an incident: what follows from facts and time is recorded, once and with its reason.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/domain/decide.h"
#include "server/domain/describe.h"
#include "server/domain/run_facts.h"
#include "server/playbook/run_view.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

// look → notify (with personal data); a report every hour until eradication; file (once it is
// owed).
constexpr char kBranched[] = R"(format: tocsin-playbook-v1
id: branched
title: Branched
version: "1.0"
summary: For tests.
steps:
  - id: look
    title: Look
    phase: triage
    role: responder
    due: {within: 30m, remind: 10m}
    questions:
      - {id: data, ask: Personal data, type: yes_no, fact: personal_data}
      - {id: since, ask: Aware since, type: instant, anchor: aware, optional: true}
      - {id: note, ask: Anything else, type: text, optional: true}
      - {id: hosts, ask: Hosts, type: number, min: 0, max: 500, fact: systems_affected,
         optional: true}
    instructions: Look.
  - id: notify
    title: Notify
    phase: containment
    role: dpo
    needs: [look]
    when: {fact: personal_data, is: yes}
    due: {within: 60h, from: aware, remind: 12h}
    evidence: [note, second-person]
    mandatory: true
    instructions: Notify.
  - id: report
    title: Report
    phase: containment
    role: scribe
    needs: [look]
    repeat: {every: 60m, until: {phase_at_least: eradication}}
    instructions: Report.
  - id: file
    title: File
    phase: containment
    role: legal
    when: {obligation: nis2.early_warning}
    due: {within: 20h, from: aware}
    instructions: File.
)";

constexpr char kLeaf[] = R"(format: tocsin-playbook-v1
id: leaf
title: Leaf
version: "1.0"
summary: For tests.
steps:
  - {id: speak, title: Speak, phase: triage, role: communications, instructions: Speak.}
)";

constexpr char kTop[] = R"(format: tocsin-playbook-v1
id: top
title: Top
version: "1.0"
summary: For tests.
steps:
  - {id: look, title: Look, phase: triage, role: responder, instructions: Look.}
  - {id: communicate, title: C, phase: triage, role: communications, needs: [look],
     playbook: leaf, instructions: C.}
  - {id: behind, title: B, phase: triage, role: responder, needs: [communicate], instructions: B.}
)";

Case ABranchedCase() {
  Case c = ADeclaredCase();
  c.Do(StartRun{APlaybook(kBranched)});
  return c;
}

const playbook::StepProgress& StepOf(const Case& c, const std::string& step, size_t run = 0) {
  const playbook::Run& of = c.incident().runs.at(run);
  return of.steps[*of.graph->Find(step)];
}

std::string Sentence(const Event& event) {
  return Describe(event, [](const PrincipalId&) { return std::string("@x"); });
}

}  // namespace

TEST_CASE("Branch: taken or not, the server records it with its reason", "[domain][run]") {
  Case c = ABranchedCase();
  c.Do(AnswerStep{"", "look", {{"data", "no"}}, /*may_state=*/true});
  const auto entries = c.Do(CompleteStep{"", "look", ""});

  const auto branches = EventsOf<BranchDecided>(entries);
  REQUIRE(branches.size() == 1);
  CHECK(branches[0].step == "notify");
  CHECK_FALSE(branches[0].taken);
  CHECK(Sentence(branches[0]) == "run-1 notify not taken: personal_data is no");
  for (const PendingEntry& entry : entries) {
    if (std::holds_alternative<BranchDecided>(entry.event)) CHECK(entry.by_server);
  }

  // Somebody finds out more: the same fact, whoever states it.
  const auto late = EventsOf<BranchDecided>(c.Do(AssessImpact{{{"personal_data", "yes"}}, "logs"}));
  REQUIRE(late.size() == 1);
  CHECK(Sentence(late[0]) == "run-1 notify taken: personal_data is yes");
  CHECK(EventsOf<BranchDecided>(c.Do(AssessImpact{{{"personal_data", "no"}}, "wrong"})).empty());
  CHECK(StepOf(c, "notify").state == playbook::StepState::kReady);
}

TEST_CASE("Branch: a decision on significance opens the filing", "[domain][run]") {
  Case c = ABranchedCase();
  CHECK(StepOf(c, "file").state == playbook::StepState::kWaiting);
  c.Do(RecordAnchor{"aware", c.now, "the note was read"});
  CHECK(StepOf(c, "file").state == playbook::StepState::kWaiting);

  c.Do(DecideSignificance{"nis2", true, "a critical service is down"});
  CHECK(StepOf(c, "file").state == playbook::StepState::kReady);

  Case no = ABranchedCase();
  no.Do(DecideSignificance{"nis2", false, "nobody noticed"});
  CHECK(StepOf(no, "file").state == playbook::StepState::kNotTaken);
}

TEST_CASE("AnswerStep: an answer becomes a fact and an anchor of the incident", "[domain][run]") {
  Case c = ABranchedCase();
  const auto entries = c.Do(AnswerStep{
      "", "look", {{"data", "yes"}, {"since", "2026-06-10T09:30:00+02:00"}}, /*may_state=*/true});

  CHECK(EventsOf<StepAnswered>(entries).size() == 2);
  REQUIRE(EventsOf<ImpactAssessed>(entries).size() == 1);
  CHECK(EventsOf<ImpactAssessed>(entries)[0].facts == Attributes{{"personal_data", "yes"}});
  REQUIRE(EventsOf<AnchorRecorded>(entries).size() == 1);
  CHECK(EventsOf<AnchorRecorded>(entries)[0].time == At("2026-06-10T07:30:00Z"));
  // The legal clocks run from it at once.
  CHECK_FALSE(EventsOf<ObligationUpdated>(entries).empty());
  CHECK(AwareTime(c.incident()) == At("2026-06-10T07:30:00Z"));

  CHECK(c.Refusal(AnswerStep{"", "look", {{"data", "yes"}}, /*may_state=*/true}) ==
        "ANSWER_UNCHANGED");
  CHECK(EventsOf<StepAnswered>(
            c.Do(AnswerStep{"", "look", {{"data", "unknown"}}, /*may_state=*/true}))
            .size() == 1);
}

TEST_CASE("AnswerStep: what cannot be answered is refused whole", "[domain][run]") {
  Case c = ABranchedCase();
  const absl::Status range =
      c.Try(AnswerStep{"", "look", {{"data", "yes"}, {"hosts", "501"}}, /*may_state=*/true});
  CHECK(ReasonOf(range) == "ANSWER_OUT_OF_RANGE");
  CHECK_THAT(std::string(range.message()), ContainsSubstring("from 0 to 500"));
  CHECK(c.Refusal(AnswerStep{"", "look", {}, /*may_state=*/true}) == "NO_ANSWER");
  CHECK(c.Refusal(AnswerStep{"", "look", {{"dta", "yes"}}, /*may_state=*/true}) ==
        "UNKNOWN_QUESTION");
  CHECK(c.Refusal(AnswerStep{"", "lok", {{"data", "yes"}}, /*may_state=*/true}) == "UNKNOWN_STEP");
  CHECK(
      c.Refusal(AnswerStep{"", "look", {{"since", "2027-01-01T00:00:00Z"}}, /*may_state=*/true}) ==
      "TIME_IN_FUTURE");
  c.Do(RecordAnchor{"handled", At("2026-06-10T07:00:00Z"), "by phone"});
  CHECK(
      c.Refusal(AnswerStep{"", "look", {{"since", "2026-06-10T07:30:00Z"}}, /*may_state=*/true}) ==
      "ANCHORS_CONTRADICT");
  CHECK(c.Refusal(CompleteStep{"", "look", ""}) == "QUESTIONS_OPEN");
}

TEST_CASE("AnswerStep: to state facts and anchors one needs the right to", "[domain][run]") {
  Case c = ABranchedCase();
  const absl::Status refused = c.Try(AnswerStep{"", "look", {{"data", "no"}}, /*may_state=*/false});
  CHECK(refused.code() == absl::StatusCode::kPermissionDenied);
  CHECK_THAT(std::string(refused.message()), ContainsSubstring("the fact personal_data"));
  CHECK(c.Refusal(AnswerStep{"", "look", {{"since", "2026-06-10T07:30:00Z"}}, false}) ==
        "NOT_ALLOWED");
  CHECK(c.Do(AnswerStep{"", "look", {{"note", "two racks"}}, false}).size() == 1);
}

TEST_CASE("Steps: a second person confirms", "[domain][run]") {
  Case c = ABranchedCase();
  c.Do(AnswerStep{"", "look", {{"data", "yes"}}, /*may_state=*/true});
  c.Do(CompleteStep{"", "look", ""});
  CHECK(EventsOf<StepCompleted>(c.Do(CompleteStep{"", "notify", "filed, ref 12"})).size() == 1);
  CHECK(c.Refusal(CompleteStep{"", "notify", "again"}) == "SECOND_PERSON_REQUIRED");
  CHECK(c.Refusal(CloseIncident{"done", "nothing to learn"}) == "WORK_OPEN");

  c.author = Person(2);
  CHECK(EventsOf<StepConfirmed>(c.Do(CompleteStep{"", "notify", ""})).size() == 1);
  CHECK(StepOf(c, "notify").settled_by == Person(2));
}

TEST_CASE("Alerts: a reminder and the lateness of a step, once, at their own time",
          "[domain][run][timer]") {
  Case c = ABranchedCase();
  const absl::Time start = c.now;
  const std::vector<Timer> timers = TimersFor(c.incident());
  REQUIRE(timers.size() == 2);
  CHECK(timers[0].fire_time == start + absl::Minutes(20));
  CHECK(Timer::FromName(timers[0].fire_time, timers[0].Name()).value() == timers[0]);
  CHECK(absl::StartsWith(timers[1].Name(), "run-1/look/100/"));

  c.RunTimers(start + absl::Hours(2));

  const auto reminders = EventsOf<StepReminded>(c.record());
  REQUIRE(reminders.size() == 1);
  CHECK(reminders[0].fire_time == start + absl::Minutes(20));
  const auto late = EventsOf<StepOverdue>(c.record());
  REQUIRE(late.size() == 1);
  CHECK(Sentence(late[0]) == "LATE: run-1 look was due 2026-06-10T08:30:00Z");
  CHECK(TimersFor(c.incident()).empty());
}

TEST_CASE("Alerts: after downtime they are recorded late, with their own time, whoever comes first",
          "[domain][run][timer]") {
  const auto night = [](bool by_timer) {
    Case c = ABranchedCase();
    c.Do(AnswerStep{"", "look", {{"data", "no"}}, /*may_state=*/true});
    const std::vector<Timer> timers = TimersFor(c.incident());
    c.now += absl::Hours(5);
    std::vector<PendingEntry> entries;
    if (by_timer) entries = c.Do(FireTimer{timers.front()});
    const auto more = c.Do(CompleteStep{"", "look", ""});
    entries.insert(entries.end(), more.begin(), more.end());
    return std::pair(entries, Dump(c.incident()));
  };
  const auto [by_timer, state] = night(true);
  const auto [by_command, same_state] = night(false);

  CHECK(state == same_state);
  for (const auto& entries : {by_timer, by_command}) {
    REQUIRE(EventsOf<StepReminded>(entries).size() == 1);
    REQUIRE(EventsOf<StepOverdue>(entries).size() == 1);
    CHECK(entries[0].occur_time == At("2026-06-10T08:20:00Z"));
    CHECK(entries[1].occur_time == At("2026-06-10T08:30:00Z"));
  }
}

TEST_CASE("Alerts: an anchor brings the due time, a corrected one moves it",
          "[domain][run][timer]") {
  Case c = ABranchedCase();
  c.Do(AnswerStep{"", "look", {{"data", "yes"}}, /*may_state=*/true});
  c.Do(CompleteStep{"", "look", ""});
  const auto of_notify = [&] {
    std::vector<absl::Time> times;
    for (const Timer& timer : TimersFor(c.incident())) {
      if (timer.step == "notify") times.push_back(timer.fire_time);
    }
    return times;
  };
  CHECK(of_notify().empty());
  c.Do(RecordAnchor{"aware", At("2026-06-10T08:00:00Z"), "the note"});
  CHECK(of_notify() == std::vector{At("2026-06-12T08:00:00Z"), At("2026-06-12T20:00:00Z")});
  c.Do(RecordAnchor{"aware", At("2026-06-10T06:00:00Z"), "the mail was read before"});
  CHECK(of_notify().back() == At("2026-06-12T18:00:00Z"));
  c.Do(SkipStep{"", "notify", "the controller files it"});
  CHECK(of_notify().empty());
}

TEST_CASE("Alerts: a closed incident has none, a reopened one has them again",
          "[domain][run][timer]") {
  Case c = ADeclaredCase();
  c.Do(StartRun{APlaybook(absl::StrCat(kLeaf,
                                       "  - {id: wait, title: W, phase: triage, role: dpo, "
                                       "due: 3h, instructions: W.}\n"))});
  c.Do(DecideSignificance{"nis2", false, "nothing happened"});
  c.Do(CloseIncident{"over", "nothing to learn"});
  CHECK(TimersFor(c.incident()).empty());
  c.now += absl::Hours(4);
  const auto reopened = c.Do(ReopenIncident{"not over"});
  CHECK(EventsOf<StepOverdue>(reopened).size() == 1);
}

TEST_CASE("Repeat: each round is an entry, and the last says why", "[domain][run]") {
  Case c = ABranchedCase();
  c.Do(AnswerStep{"", "look", {{"data", "no"}}, /*may_state=*/true});
  c.Do(CompleteStep{"", "look", ""});
  c.now += absl::Minutes(50);
  const auto round = EventsOf<StepRepeated>(c.Do(CompleteStep{"", "report", "all quiet"}));
  REQUIRE(round.size() == 1);
  CHECK(round[0].due == c.now + absl::Minutes(60));
  CHECK(StepOf(c, "report").round == 2);

  for (const Phase phase : {Phase::kInvestigation, Phase::kContainment}) {
    CHECK(EventsOf<StepRepeated>(c.Do(ChangePhase{phase, "on"})).empty());
  }
  const auto last = EventsOf<StepRepeated>(c.Do(ChangePhase{Phase::kEradication, "it stopped"}));
  REQUIRE(last.size() == 1);
  CHECK_FALSE(last[0].due.has_value());
  CHECK(Sentence(last[0]) == "run-1 report done, no further round: the phase is eradication");
}

TEST_CASE("Playbook in a playbook: is started, and its end is the step's end", "[domain][run]") {
  Case c = ADeclaredCase();
  const auto leaf = APlaybook(kLeaf);
  c.Do(StartRun{APlaybook(kTop, {leaf})});
  CHECK(c.incident().runs.size() == 1);
  const auto started = EventsOf<RunStarted>(c.Do(CompleteStep{"", "look", ""}));
  REQUIRE(started.size() == 1);
  CHECK(started[0].run == "run-2");
  CHECK(started[0].parent_step == "communicate");
  CHECK(c.incident().runs[1].parent->first.ToString() == "run-1");
  CHECK(c.Refusal(CompleteStep{"run-1", "communicate", ""}) == "STEP_IS_RUN");

  const auto done = EventsOf<StepCompleted>(c.Do(CompleteStep{"run-2", "speak", ""}));
  REQUIRE(done.size() == 2);
  CHECK(Sentence(done[1]) == "run-1 communicate done: run-2 is finished");
  CHECK(StepOf(c, "behind").state == playbook::StepState::kReady);
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));
}

TEST_CASE("Playbook in a playbook: joins the run that is under way", "[domain][run]") {
  Case c = ADeclaredCase();
  const auto leaf = APlaybook(kLeaf);
  c.Do(StartRun{leaf});
  c.Do(StartRun{APlaybook(kTop, {leaf})});
  const auto joined = EventsOf<RunJoined>(c.Do(CompleteStep{"run-2", "look", ""}));
  REQUIRE(joined.size() == 1);
  CHECK(joined[0].joined == "run-1");
  CHECK(c.incident().runs.size() == 2);
  c.Do(CompleteStep{"run-1", "speak", ""});
  CHECK(StepOf(c, "communicate", 1).state == playbook::StepState::kDone);
}

TEST_CASE("Run: declaring with a playbook decides its branches at once", "[domain][run]") {
  Case c;
  DeclareIncident declare = ADeclaration();
  declare.playbook = APlaybook(
      "format: tocsin-playbook-v1\nid: p\ntitle: P\nversion: \"1.0\"\nsummary: S.\nsteps:\n"
      "  - {id: call, title: C, phase: triage, role: commander, when: {severity_at_least: sev2}, "
      "instructions: C.}\n"
      "  - {id: calm, title: C, phase: triage, role: commander, when: {not: {entity_kind: "
      "essential}}, instructions: C.}\n");
  const auto branches = EventsOf<BranchDecided>(c.Do(declare));
  REQUIRE(branches.size() == 2);
  CHECK(branches[0].taken);
  CHECK_FALSE(branches[1].taken);
  CHECK(Dump(c.Replayed()) == Dump(c.incident()));
}

TEST_CASE("Facts: what is waived is not owed, what is filed still is", "[domain][run]") {
  Case c = ASignificantCase();
  CHECK(FactsOf(c.incident()).obligations.at("nis2.early_warning") == playbook::Owed::kYes);
  c.Do(RecordSubmission{"early_warning", c.now, "portal", "R-1", ""});
  CHECK(FactsOf(c.incident()).obligations.at("nis2.early_warning") == playbook::Owed::kYes);
  c.Do(WaiveObligation{"notification", "filed by the parent company"});
  CHECK(FactsOf(c.incident()).obligations.at("nis2.notification") == playbook::Owed::kNo);
  CHECK(FactsOf(ADeclaredCase().incident()).obligations.at("nis2.early_warning") ==
        playbook::Owed::kUndecided);
}

}  // namespace tocsin::domain
