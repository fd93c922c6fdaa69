#include <set>

#include "server/base/error.h"
#include "server/domain/decide.h"
#include "server/domain/run_facts.h"
#include "server/playbook/run_view.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

constexpr char kHash[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// Evidence that every kind of step accepts.
std::string AnyEvidence() {
  return std::string("done, see https://wiki.example/inc sha256 ") + kHash;
}

std::string AnswerTo(const playbook::Question& question) {
  switch (question.type) {
    case playbook::QuestionType::kYesNo:
      return "yes";
    case playbook::QuestionType::kChoice:
      return question.choices.front();
    case playbook::QuestionType::kNumber:
      return "12";
    case playbook::QuestionType::kText:
      return "text";
    case playbook::QuestionType::kInstant:
      return "2026-06-10T07:30:00Z";
  }
  return "";
}

const playbook::StepProgress& StepOf(const Case& c, const std::string& step) {
  const playbook::Run& run = c.incident().runs.front();
  return run.steps[*playbook::FindStep(run, step)];
}

// Does every step that can be done, answering what it asks, with one round of what is repeated.
void WorkThrough(Case& c) {
  const playbook::Run& run = c.incident().runs.front();
  std::set<size_t> done;
  for (bool moved = true; moved;) {
    moved = false;
    for (const size_t next : playbook::NextSteps(run, AnchorsOf(c.incident()))) {
      if (!done.insert(next).second) continue;
      moved = true;
      const playbook::Step& step = run.definition->steps[next];
      Attributes answers;
      for (const std::string& id : playbook::OpenQuestions(run, next, FactsOf(c.incident()))) {
        answers[id] = AnswerTo(*run.graph->FindQuestion(id)->question);
      }
      if (!answers.empty()) c.Do(AnswerStep{"", step.id, answers, /*may_state=*/true});
      c.Do(CompleteStep{"", step.id, AnyEvidence()});
    }
  }
}

// A second playbook, so that an incident can run two.
std::shared_ptr<const PinnedDefinition> AnotherPlaybook() {
  PinnedDefinition other = *Ransomware();
  other.definition.id = "another";
  return std::make_shared<const PinnedDefinition>(std::move(other));
}

}  // namespace

TEST_CASE("Run: the ransomware playbook from start to end", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(StartRun{Ransomware()});
  const playbook::Run& run = c.incident().runs.front();
  CHECK(run.id.ToString() == "run-1");
  CHECK(run.definition->digest == Ransomware()->definition.digest);

  CHECK(c.Refusal(CompleteStep{"", "take-command", "x"}) == "STEP_BLOCKED");
  CHECK(c.Refusal(CompleteStep{"", "first-look", ""}) == "EVIDENCE_REQUIRED");
  c.Do(CompleteStep{"run-1", "first-look", "FS01 and FS02 are encrypted"});
  CHECK(StepOf(c, "first-look").settled_by == Person(1));
  c.Do(AssignStep{"", "take-command", Person(2)});
  CHECK(StepOf(c, "take-command").assignee == Person(2));
  c.Do(AssignStep{"", "take-command", PrincipalId{}});
  CHECK_FALSE(StepOf(c, "take-command").assignee.has_value());
  c.Do(SkipStep{"", "out-of-band", "mail was never reached"});
  CHECK(StepOf(c, "out-of-band").skip_reason == "mail was never reached");

  // Without awareness and significance the filings wait, and so does the end.
  WorkThrough(c);
  CHECK(StepOf(c, "early-warning").state == playbook::StepState::kWaiting);
  CHECK_FALSE(playbook::IsFinished(run));
  CHECK_THAT(std::string(c.Try(CloseIncident{"done", "nothing to learn"}).message()),
             ContainsSubstring("step early-warning"));

  c.Do(DecideSignificance{"nis2", true, "a critical service is down"});
  CHECK(StepOf(c, "early-warning").branch_reason == "nis2.early_warning is owed");
  WorkThrough(c);
  CHECK(playbook::IsFinished(run));
  CHECK_THAT(std::string(c.Try(CloseIncident{"done", "nothing to learn"}).message()),
             !ContainsSubstring("step "));
}

TEST_CASE("StartRun: one run of a playbook at a time", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(StartRun{Ransomware()});
  const absl::Status twice = c.Try(StartRun{Ransomware()});
  CHECK(ReasonOf(twice) == "RUN_ALREADY_STARTED");
  CHECK_THAT(NextStepOf(twice), ContainsSubstring("--again"));
  CHECK(EventsOf<RunStarted>(c.Do(StartRun{Ransomware(), /*again=*/true}))[0].run == "run-2");
  CHECK(c.Refusal(StartRun{AnotherPlaybook()}).empty());
}

TEST_CASE("Steps: the run must be known, and named when there are several", "[domain]") {
  Case c = ADeclaredCase();
  CHECK(c.Refusal(CompleteStep{"", "first-look", "x"}) == "NO_RUN");
  CHECK(c.Refusal(SkipStep{"run-1", "first-look", "x"}) == "NO_RUN");
  c.Do(StartRun{Ransomware()});
  CHECK(c.Refusal(CompleteStep{"run-2", "first-look", "x"}) == "UNKNOWN_RUN");
  c.Do(StartRun{AnotherPlaybook()});
  CHECK(c.Refusal(CompleteStep{"", "first-look", "x"}) == "RUN_NOT_NAMED");
  CHECK(c.Refusal(AssignStep{"run-3", "first-look", Person(2)}) == "UNKNOWN_RUN");
  CHECK(c.Refusal(CompleteStep{"run-2", "first-look", "x"}).empty());
  const absl::Status hostile = c.Try(CompleteStep{std::string(1 << 20, '\n'), "first-look", "x"});
  CHECK(ReasonOf(hostile) == "UNKNOWN_RUN");
  CHECK(hostile.message().size() < 200);
}

TEST_CASE("Steps: the rules of the run hold", "[domain]") {
  Case c = ADeclaredCase();
  c.Do(StartRun{Ransomware()});
  CHECK(c.Refusal(CompleteStep{"", "first-lok", "x"}) == "UNKNOWN_STEP");
  CHECK(c.Refusal(SkipStep{"", "first-look", ""}) == "SKIP_REASON_REQUIRED");
  c.Do(CompleteStep{"", "first-look", "seen"});
  CHECK(c.Refusal(CompleteStep{"", "first-look", "x"}) == "STEP_ALREADY_DONE");
  c.Do(SkipStep{"", "out-of-band", "not needed"});
  CHECK(c.Refusal(SkipStep{"", "out-of-band", "x"}) == "STEP_ALREADY_SKIPPED");
  CHECK(c.Refusal(AssignStep{"", "out-of-band", Person(2)}) == "STEP_ALREADY_SKIPPED");
}

}  // namespace tocsin::domain
