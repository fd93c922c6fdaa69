// Runs whose way depends on facts: branches, questions, a second person, repetition.
#include <algorithm>
#include <random>

#include "server/base/error.h"
#include "server/playbook/run.h"
#include "server/playbook/run_view.h"
#include "tests/support/catch.h"
#include "tests/unit/playbook/builders.h"

namespace tocsin::playbook {
namespace {

absl::Time After(int minutes) {
  return StartTime() + absl::Minutes(minutes);
}

StepState StateOf(const Run& run, std::string_view step) {
  return run.steps[FindStep(run, step).value()].state;
}

void Do(Run& run, std::string_view step, int minutes = 5) {
  ApplyDone(run, step, {Person(1), After(minutes)}, "");
}

// Records what follows from `facts`, as a server does.
void Follow(Run& run, const Facts& facts, absl::Time time) {
  bool moved = true;
  while (moved) {
    moved = false;
    for (size_t step = 0; step < run.steps.size(); ++step) {
      const auto next = ConsequenceFor(run, step, facts);
      if (!next || next->kind == Consequence::Kind::kSubRunDue) continue;
      moved = true;
      const std::string& id = run.definition->steps[step].id;
      if (next->kind == Consequence::Kind::kNextRound) {
        ApplyRepeated(run, id, time + run.definition->steps[step].repeat->every,
                      {PrincipalId{}, time});
      } else if (next->kind == Consequence::Kind::kLastRound) {
        ApplyRepeated(run, id, std::nullopt, {PrincipalId{}, time});
      } else {
        ApplyBranch(run, id, next->kind == Consequence::Kind::kBranchTaken, next->because, time);
      }
    }
  }
}

Facts Personal(const std::string& value) {
  Facts facts;
  facts.impact["personal_data"] = value;
  return facts;
}

// look → notify (only with personal data) → file; join needs notify and look.
Run BranchedRun() {
  return ARun({AStep("look"), AStepWhen("notify", FactIs("personal_data", {"yes"}), {"look"}),
               AStep("file", {"notify"}), AStep("join", {"file", "look"})});
}

}  // namespace

TEST_CASE("Branch: an unknown fact leaves it waiting, and says for what", "[playbook][branch]") {
  Run run = BranchedRun();
  Follow(run, Facts{}, After(0));
  CHECK(StateOf(run, "notify") == StepState::kBlocked);

  Do(run, "look");
  Follow(run, Facts{}, After(5));

  CHECK(StateOf(run, "notify") == StepState::kWaiting);
  CHECK(WaitsForFacts(run, 1, Facts{}) == std::vector<std::string>{"personal_data"});
  CHECK(StateOf(run, "join") == StepState::kBlocked);
  const absl::Status refused = CheckComplete(run, "notify", Person(1), "", Facts{});
  CHECK(ReasonOf(refused) == "STEP_WAITING");
  CHECK_THAT(std::string(refused.message()), ContainsSubstring("personal_data is not known"));
}

TEST_CASE("Branch: one that is not taken falls away whole, and a join goes on",
          "[playbook][branch]") {
  Run run = BranchedRun();
  Do(run, "look");
  Follow(run, Personal("no"), After(5));

  CHECK(StateOf(run, "notify") == StepState::kNotTaken);
  CHECK(run.steps[1].branch_reason == "personal_data is no");
  CHECK(StateOf(run, "file") == StepState::kNotTaken);
  CHECK(StateOf(run, "join") == StepState::kReady);
  CHECK(ReasonOf(CheckComplete(run, "file", Person(1), "", Facts{})) == "STEP_NOT_TAKEN");
  CHECK(ReasonOf(CheckSkip(run, "notify", "x")) == "STEP_NOT_TAKEN");
  Do(run, "join");
  CHECK(IsFinished(run));
}

TEST_CASE("Branch: a fact that changes takes it late, and the join waits again",
          "[playbook][branch]") {
  Run run = BranchedRun();
  Do(run, "look");
  Follow(run, Personal("no"), After(5));
  REQUIRE(StateOf(run, "join") == StepState::kReady);

  Follow(run, Personal("yes"), After(60));

  CHECK(StateOf(run, "notify") == StepState::kReady);
  CHECK(run.steps[1].ready_time == After(60));
  CHECK(StateOf(run, "file") == StepState::kBlocked);
  CHECK(StateOf(run, "join") == StepState::kBlocked);
  Do(run, "notify");
  Do(run, "file");
  CHECK(StateOf(run, "join") == StepState::kReady);
}

TEST_CASE("Branch: one that was taken stays taken", "[playbook][branch]") {
  Run run = BranchedRun();
  Do(run, "look");
  Follow(run, Personal("yes"), After(5));
  Follow(run, Personal("no"), After(6));

  CHECK(StateOf(run, "notify") == StepState::kReady);
  CHECK(CheckSkip(run, "notify", "It was test data.").ok());
}

TEST_CASE("Branch: a step that was done before its need was taken late stays done",
          "[playbook][branch]") {
  Run run = BranchedRun();
  Do(run, "look");
  Follow(run, Personal("no"), After(5));
  Do(run, "join");

  Follow(run, Personal("yes"), After(60));

  CHECK(StateOf(run, "join") == StepState::kDone);
  CHECK(StateOf(run, "notify") == StepState::kReady);
  CHECK_FALSE(IsFinished(run));
}

TEST_CASE("Branch: a mandatory step stands in the way unless it is not taken",
          "[playbook][branch]") {
  Step notify = AStepWhen("notify", FactIs("personal_data", {"yes"}));
  notify.mandatory = true;
  Run run = ARun({notify});

  Follow(run, Facts{}, After(0));
  CHECK(OpenMandatorySteps(run).size() == 1);
  Follow(run, Personal("no"), After(1));
  CHECK(OpenMandatorySteps(run).empty());
  Follow(run, Personal("yes"), After(2));
  CHECK(OpenMandatorySteps(run).size() == 1);
}

TEST_CASE("Due: a step whose branch is open is not late, a blocked one can be",
          "[playbook][branch]") {
  Step notify = AStepWhen("notify", FactIs("personal_data", {"yes"}), {"look"});
  notify.due = Due{.within = absl::Hours(1)};
  Step behind = AStep("behind", {"notify"});
  behind.due = Due{.within = absl::Hours(1)};
  Step blocked = AStep("blocked", {"look"});
  blocked.due = Due{.within = absl::Hours(1)};
  Run run = ARun({AStep("look"), notify, behind, blocked});

  CHECK_FALSE(IsOverdue(run, 1, {}, After(61)));
  CHECK_FALSE(IsOverdue(run, 2, {}, After(61)));
  CHECK(IsOverdue(run, 3, {}, After(60)));
  CHECK(OpenAlerts(run, {}).size() == 1);

  Do(run, "look");
  Follow(run, Personal("yes"), After(5));
  CHECK(IsOverdue(run, 1, {}, After(61)));
  CHECK(IsOverdue(run, 2, {}, After(61)));
}

TEST_CASE("Due: counts from the run, the step or an anchor", "[playbook][branch]") {
  Step from_step = AStep("from-step", {"look"});
  from_step.due = Due{.within = absl::Hours(4), .from = Due::From::kStep};
  Step from_anchor = AStep("from-anchor");
  from_anchor.due = Due{.within = absl::Hours(20), .from = Due::From::kAnchor, .anchor = "aware"};
  Run run = ARun({AStep("look"), from_step, from_anchor});

  CHECK_FALSE(DueTime(run, 1, {}).has_value());
  CHECK_FALSE(DueTime(run, 2, {}).has_value());
  Do(run, "look", /*minutes=*/30);
  CHECK(DueTime(run, 1, {}) == After(30 + 240));
  const Instants aware = {{"aware", {After(-60), After(10)}}};
  CHECK(DueTime(run, 2, aware) == After(-60 + 1200));
}

TEST_CASE("Due: a reminder from before the anchor was stated is left out", "[playbook][branch]") {
  Step step = AStep("file");
  step.due = Due{.within = absl::Hours(2),
                 .from = Due::From::kAnchor,
                 .anchor = "aware",
                 .remind = absl::Minutes(30)};
  Run run = ARun({step});
  const absl::Time due = After(120);

  CHECK(OpenAlerts(run, {{"aware", {After(0), After(0)}}}).size() == 2);
  const auto late = OpenAlerts(run, {{"aware", {After(0), After(100)}}});
  REQUIRE(late.size() == 1);
  CHECK(late[0].late);
  CHECK(late[0].fire_time == due);

  ApplyAlert(run, "file", due, /*late=*/true);
  CHECK(OpenAlerts(run, {{"aware", {After(0), After(100)}}}).empty());
  // Another due time is another promise.
  CHECK(OpenAlerts(run, {{"aware", {After(5), After(130)}}}).size() == 1);
}

TEST_CASE("Questions: a step is not complete without its answers", "[playbook][branch]") {
  Step step = AStep("ask");
  step.questions = {AQuestion("active", QuestionType::kYesNo),
                    AQuestion("data", QuestionType::kYesNo),
                    AQuestion("more", QuestionType::kText)};
  step.questions[1].fact = "personal_data";
  step.questions[2].optional = true;
  Run run = ARun({step});

  const absl::Status refused = CheckComplete(run, "ask", Person(1), "", Facts{});
  CHECK(ReasonOf(refused) == "QUESTIONS_OPEN");
  CHECK_THAT(std::string(refused.message()), ContainsSubstring("'active', 'data'"));
  CHECK_THAT(NextStepOf(refused), ContainsSubstring("active=… (yes or no)"));

  ApplyAnswer(run, "active", "no");
  CHECK(OpenQuestions(run, 0, Facts{}) == std::vector<std::string>{"data"});
  // Known to the incident from elsewhere, and "unknown" is an answer.
  CHECK(CheckComplete(run, "ask", Person(1), "", Personal("unknown")).ok());
  CHECK(AnswerTo(run, step.questions[1], Personal("yes")) == "yes");
  CHECK(ReasonOf(CheckAnswerTo(run, "ask", "activ", "no").status()) == "UNKNOWN_QUESTION");
  CHECK(NextStepOf(CheckAnswerTo(run, "ask", "activ", "no").status()) == "Did you mean 'active'?");
}

TEST_CASE("Second person: one completes, another confirms", "[playbook][branch]") {
  Step step = AStep("release");
  step.evidence = {EvidenceKind::kNote, EvidenceKind::kSecondPerson};
  Run run = ARun({step, AStep("wipe", {"release"})});

  CHECK(ReasonOf(CheckComplete(run, "release", Person(1), "", {})) == "EVIDENCE_REQUIRED");
  REQUIRE(CheckComplete(run, "release", Person(1), "images are kept", {}).ok());
  ApplyDone(run, "release", {Person(1), After(5)}, "images are kept");
  CHECK(StateOf(run, "release") == StepState::kConfirming);
  CHECK(StateOf(run, "wipe") == StepState::kBlocked);

  CHECK(ReasonOf(CheckComplete(run, "release", Person(1), "", {})) == "SECOND_PERSON_REQUIRED");
  REQUIRE(CheckComplete(run, "release", Person(2), "", {}).ok());
  ApplyConfirmed(run, "release", {Person(2), After(9)}, "I looked at both");
  CHECK(StateOf(run, "wipe") == StepState::kReady);
  CHECK(run.steps[0].settled_by == Person(2));
  CHECK(run.steps[0].completed_by == Person(1));
  CHECK(run.steps[0].evidence == "images are kept\nI looked at both");
}

TEST_CASE("Repeat: rounds follow each other until the condition holds", "[playbook][branch]") {
  Step report = AStep("report");
  Condition until;
  until.kind = Condition::Kind::kPhaseAtLeast;
  until.phase = Phase::kEradication;
  report.repeat = Repeat{absl::Minutes(60), until};
  Run run = ARun({report, AStep("behind", {"report"})});
  Facts facts;

  CHECK(DueTime(run, 0, {}) == After(60));
  ApplyDone(run, "report", {Person(1), After(50)}, "first");
  Follow(run, facts, After(50));
  CHECK(StateOf(run, "report") == StepState::kReady);
  CHECK(run.steps[0].round == 2);
  CHECK(DueTime(run, 0, {}) == After(110));
  CHECK(StateOf(run, "behind") == StepState::kBlocked);
  CHECK(OpenAlerts(run, {}).size() == 1);

  facts.phase = Phase::kEradication;
  Follow(run, facts, After(70));
  CHECK(StateOf(run, "report") == StepState::kDone);
  CHECK(run.steps[0].settled_by == PrincipalId{});
  CHECK(StateOf(run, "behind") == StepState::kReady);
  CHECK(OpenAlerts(run, {}).empty());
}

TEST_CASE("Repeat: a skip ends all rounds", "[playbook][branch]") {
  Step report = AStep("report");
  report.repeat = Repeat{absl::Minutes(60), FactIs("attacker_active", {"no"})};
  Run run = ARun({report});
  ApplySkipped(run, "report", {Person(1), After(10)}, "The board asked for calls instead.");
  Follow(run, Facts{}, After(10));
  CHECK(StateOf(run, "report") == StepState::kSkipped);
  CHECK(IsFinished(run));
}

// Where the steps stand must not depend on the order in which independent things happened.
TEST_CASE("Run: the order of what happens in side branches makes no difference",
          "[playbook][branch][property]") {
  std::mt19937 engine(20260610);
  const auto below = [&](size_t limit) {
    return std::uniform_int_distribution<size_t>(0, limit - 1)(engine);
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<Step> steps;
    for (size_t i = 0; i < 14; ++i) {
      Step step = AStep("s" + std::to_string(i));
      for (size_t need = 0; need < i; ++need) {
        if (below(4) == 0) step.needs.push_back("s" + std::to_string(need));
      }
      if (below(3) == 0) step.when = FactIs("f" + std::to_string(below(3)), {"yes"});
      steps.push_back(std::move(step));
    }
    Facts facts;
    for (size_t fact = 0; fact < 3; ++fact) {
      if (below(3) > 0) facts.impact["f" + std::to_string(fact)] = below(2) == 0 ? "yes" : "no";
    }
    // Both runs do every step that they can, each in an order of its own.
    std::vector<StepState> ends[2];
    for (auto& end : ends) {
      Run run = ARun(steps);
      Follow(run, facts, After(0));
      for (auto next = NextSteps(run, {}); !next.empty(); next = NextSteps(run, {})) {
        Do(run, run.definition->steps[next[below(next.size())]].id);
        Follow(run, facts, After(5));
      }
      for (const StepProgress& progress : run.steps) end.push_back(progress.state);
    }
    REQUIRE(ends[0] == ends[1]);
  }
}

TEST_CASE("Run: facts that come one by one end as facts that were there at once",
          "[playbook][branch][property]") {
  std::mt19937 engine(7);
  for (int round = 0; round < 200; ++round) {
    const Facts none;
    Facts all;
    all.impact = {{"a", engine() % 2 == 0 ? "yes" : "no"}, {"b", engine() % 2 == 0 ? "yes" : "no"}};
    const std::vector<Step> steps = {
        AStep("look"), AStepWhen("left", FactIs("a", {"yes"}), {"look"}),
        AStepWhen("right",
                  Joined(Condition::Kind::kAnyOf, {FactIs("b", {"yes"}), FactIs("a", {"no"})}),
                  {"look"}),
        AStep("behind-left", {"left"}), AStep("join", {"behind-left", "right"})};
    Run early = ARun(steps);
    Follow(early, all, After(0));
    Do(early, "look");
    Follow(early, all, After(5));
    Run late = ARun(steps);
    Do(late, "look");
    Follow(late, none, After(5));
    Facts first;
    const char* known = engine() % 2 == 0 ? "a" : "b";
    first.impact[known] = all.impact[known];
    Follow(late, first, After(6));
    Follow(late, all, After(7));
    for (size_t i = 0; i < steps.size(); ++i) {
      INFO(steps[i].id);
      CHECK(early.steps[i].state == late.steps[i].state);
    }
  }
}

}  // namespace tocsin::playbook
