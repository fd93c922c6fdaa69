#include "server/playbook/run.h"

#include <chrono>

#include "server/base/error.h"
#include "server/playbook/run_view.h"
#include "tests/support/catch.h"
#include "tests/unit/playbook/builders.h"

namespace tocsin::playbook {
namespace {

// look -> isolate -> wipe, look -> image -> wipe, and page by itself.
Run BranchedRun() {
  return ARun({AStep("look"), AStep("isolate", {"look"}), AStep("image", {"look"}),
               AStep("wipe", {"isolate", "image"}), AStep("page")});
}

Settlement By(uint8_t person) {
  return {Person(person), StartTime() + absl::Minutes(5)};
}

StepState StateOf(const Run& run, std::string_view step) {
  return run.steps[FindStep(run, step).value()].state;
}

std::vector<std::string> Names(const Run& run, const std::vector<size_t>& steps) {
  std::vector<std::string> names;
  for (const size_t step : steps) names.push_back(run.definition->steps[step].id);
  return names;
}

Run RunAskingFor(EvidenceKind kind) {
  Step step = AStep("a");
  if (kind != EvidenceKind::kNone) step.evidence = {kind};
  return ARun({step});
}

// What CheckComplete says to one person, with no fact known.
absl::Status Completing(const Run& run, std::string_view step, std::string_view evidence) {
  return CheckComplete(run, step, Person(1), evidence, Facts{});
}

constexpr char kSha256[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

}  // namespace

TEST_CASE("StartRun: steps without needs are ready, the others blocked", "[playbook]") {
  const Run run = BranchedRun();

  CHECK(Names(run, NextSteps(run, {})) == std::vector<std::string>{"look", "page"});
  CHECK(StateOf(run, "wipe") == StepState::kBlocked);
  CHECK(CountSteps(run, {}, StartTime()) == Counts{.blocked = 3, .ready = 2});
}

TEST_CASE("ApplyDone: keeps who, when and the evidence, and frees side branches", "[playbook]") {
  Run run = BranchedRun();

  ApplyDone(run, "look", By(7), "seen on FS01");

  const StepProgress& look = run.steps[0];
  CHECK(look.state == StepState::kDone);
  CHECK(look.settled_by == Person(7));
  CHECK(look.settled_time == StartTime() + absl::Minutes(5));
  CHECK(look.evidence == "seen on FS01");
  CHECK(Names(run, NextSteps(run, {})) == std::vector<std::string>{"isolate", "image", "page"});
}

TEST_CASE("ApplyDone: a join waits for all its branches", "[playbook]") {
  Run run = BranchedRun();
  ApplyDone(run, "look", By(1), "");
  ApplyDone(run, "image", By(1), "");

  CHECK(StateOf(run, "wipe") == StepState::kBlocked);
  CHECK(WaitsFor(run, 3) == std::vector<std::string>{"isolate"});
  ApplyDone(run, "isolate", By(2), "");
  CHECK(StateOf(run, "wipe") == StepState::kReady);
}

TEST_CASE("ApplySkipped: a skipped step frees its dependents and keeps the reason", "[playbook]") {
  Run run = BranchedRun();
  ApplyDone(run, "look", By(1), "");
  ApplyDone(run, "isolate", By(1), "");

  ApplySkipped(run, "image", By(3), "The machine burnt down.");

  CHECK(run.steps[2].skip_reason == "The machine burnt down.");
  CHECK(run.steps[2].settled_by == Person(3));
  CHECK(StateOf(run, "wipe") == StepState::kReady);
}

TEST_CASE("ApplySkipped: a blocked step that was skipped does not become ready again",
          "[playbook]") {
  Run run = BranchedRun();
  REQUIRE(CheckSkip(run, "image", "No such machine.").ok());
  ApplySkipped(run, "image", By(1), "No such machine.");

  ApplyDone(run, "look", By(1), "");

  CHECK(StateOf(run, "image") == StepState::kSkipped);
}

TEST_CASE("CheckComplete: an unknown step is refused with the nearest id", "[playbook]") {
  const absl::Status status = Completing(BranchedRun(), "isolat", "");

  CHECK(status.code() == absl::StatusCode::kNotFound);
  CHECK(ReasonOf(status) == "UNKNOWN_STEP");
  CHECK(NextStepOf(status) == "Did you mean 'isolate'?");
}

TEST_CASE("CheckComplete: text that is no id is not repeated in the refusal", "[playbook]") {
  const absl::Status status = Completing(BranchedRun(), std::string(1 << 20, '\x1b'), "");

  CHECK(ReasonOf(status) == "UNKNOWN_STEP");
  CHECK(status.message().size() < 100);
}

TEST_CASE("CheckComplete: a blocked step is refused with what it waits for", "[playbook]") {
  const absl::Status status = Completing(BranchedRun(), "wipe", "");

  CHECK(status.code() == absl::StatusCode::kFailedPrecondition);
  CHECK(ReasonOf(status) == "STEP_BLOCKED");
  CHECK_THAT(std::string(status.message()), ContainsSubstring("'isolate', 'image'"));
}

TEST_CASE("CheckComplete: a done step is refused", "[playbook]") {
  Run run = BranchedRun();
  ApplyDone(run, "look", By(1), "");

  CHECK(ReasonOf(Completing(run, "look", "")) == "STEP_ALREADY_DONE");
  CHECK(ReasonOf(CheckSkip(run, "look", "why not")) == "STEP_ALREADY_DONE");
  CHECK(ReasonOf(CheckAssign(run, "look")) == "STEP_ALREADY_DONE");
}

TEST_CASE("CheckComplete: a skipped step can be done after all", "[playbook]") {
  Run run = BranchedRun();
  ApplySkipped(run, "page", By(1), "Nobody on call.");

  REQUIRE(Completing(run, "page", "").ok());
  ApplyDone(run, "page", By(2), "paged");

  CHECK(StateOf(run, "page") == StepState::kDone);
  CHECK(run.steps[4].skip_reason == "Nobody on call.");
}

TEST_CASE("CheckComplete: a note is any text that is not blank", "[playbook]") {
  const Run run = RunAskingFor(EvidenceKind::kNote);

  CHECK(ReasonOf(Completing(run, "a", "")) == "EVIDENCE_REQUIRED");
  CHECK(ReasonOf(Completing(run, "a", " \n")) == "EVIDENCE_REQUIRED");
  CHECK(Completing(run, "a", "Cut at the switch.").ok());
}

TEST_CASE("CheckComplete: a link has a scheme and something behind it", "[playbook]") {
  const Run run = RunAskingFor(EvidenceKind::kLink);

  CHECK(ReasonOf(Completing(run, "a", "see the wiki")) == "EVIDENCE_REQUIRED");
  CHECK(ReasonOf(Completing(run, "a", "https://")) == "EVIDENCE_REQUIRED");
  CHECK(ReasonOf(Completing(run, "a", "://wiki")) == "EVIDENCE_REQUIRED");
  CHECK(Completing(run, "a", "timeline: https://wiki.example/scope").ok());
}

TEST_CASE("CheckComplete: a file hash is 64 hexadecimal digits standing alone", "[playbook]") {
  const Run run = RunAskingFor(EvidenceKind::kFileHash);
  const std::string hash = kSha256;

  CHECK(ReasonOf(Completing(run, "a", "image taken")) == "EVIDENCE_REQUIRED");
  CHECK(ReasonOf(Completing(run, "a", hash.substr(1))) == "EVIDENCE_REQUIRED");
  CHECK(ReasonOf(Completing(run, "a", hash + "0")) == "EVIDENCE_REQUIRED");
  CHECK(ReasonOf(Completing(run, "a", "g" + hash.substr(1))) == "EVIDENCE_REQUIRED");
  CHECK(Completing(run, "a", hash).ok());
  CHECK(Completing(run, "a", "FS01 memory, sha256:" + hash + ", in safe 2").ok());
}

TEST_CASE("CheckComplete: a step that asks for nothing still refuses unclean text", "[playbook]") {
  const Run run = RunAskingFor(EvidenceKind::kNone);

  CHECK(Completing(run, "a", "").ok());
  CHECK(ReasonOf(Completing(run, "a", "bell\a")) == "TEXT_CONTROL_CHARACTER");
  CHECK(ReasonOf(Completing(run, "a", "\xff")) == "TEXT_NOT_UTF8");
}

TEST_CASE("CheckSkip: needs a reason, and only once", "[playbook]") {
  Run run = BranchedRun();

  CHECK(ReasonOf(CheckSkip(run, "look", "")) == "SKIP_REASON_REQUIRED");
  CHECK(ReasonOf(CheckSkip(run, "look", "  ")) == "SKIP_REASON_REQUIRED");
  CHECK(ReasonOf(CheckSkip(run, "lok", "not here")) == "UNKNOWN_STEP");
  CHECK(ReasonOf(CheckSkip(run, "look", "bell\a")) == "TEXT_CONTROL_CHARACTER");
  REQUIRE(CheckSkip(run, "look", "Seen by the supplier.").ok());
  ApplySkipped(run, "look", By(1), "Seen by the supplier.");
  CHECK(ReasonOf(CheckSkip(run, "look", "again")) == "STEP_ALREADY_SKIPPED");
  CHECK(ReasonOf(CheckAssign(run, "look")) == "STEP_ALREADY_SKIPPED");
}

TEST_CASE("ApplyAssigned: a step goes to a person and back to its role", "[playbook]") {
  Run run = BranchedRun();

  REQUIRE(CheckAssign(run, "wipe").ok());
  ApplyAssigned(run, "wipe", Person(9));
  CHECK(run.steps[3].assignee == Person(9));
  ApplyAssigned(run, "wipe", std::nullopt);
  CHECK_FALSE(run.steps[3].assignee.has_value());
  CHECK(ReasonOf(CheckAssign(run, "wype")) == "UNKNOWN_STEP");
}

TEST_CASE("NextSteps: the earliest due time comes first, steps without one last", "[playbook]") {
  Step later = AStep("later");
  later.due = Due{.within = absl::Hours(4)};
  Step sooner = AStep("sooner");
  sooner.due = Due{.within = absl::Minutes(30)};
  const Run run = ARun({AStep("some-day"), later, sooner});

  CHECK(Names(run, NextSteps(run, {})) == std::vector<std::string>{"sooner", "later", "some-day"});
}

TEST_CASE("DueTime: counts from the start of the run", "[playbook]") {
  Step step = AStep("a");
  step.due = Due{.within = absl::Hours(4)};
  const Run run = ARun({step, AStep("b")});

  CHECK(DueTime(run, 0, {}) == StartTime() + absl::Hours(4));
  CHECK_FALSE(DueTime(run, 1, {}).has_value());
}

TEST_CASE("CountSteps: open steps are overdue from their due time on", "[playbook]") {
  Step step = AStep("a");
  step.due = Due{.within = absl::Hours(4)};
  Run run = ARun({step, AStep("b")});
  const absl::Time due = StartTime() + absl::Hours(4);

  CHECK(CountSteps(run, {}, due - absl::Seconds(1)).overdue == 0);
  CHECK(CountSteps(run, {}, due).overdue == 1);
  ApplyDone(run, "a", By(1), "");
  CHECK(CountSteps(run, {}, due) == Counts{.ready = 1, .done = 1});
}

TEST_CASE("OpenMandatorySteps: done and skipped ones no longer stand in the way", "[playbook]") {
  Step first = AStep("first");
  first.mandatory = true;
  Step second = AStep("second", {"first"});
  second.mandatory = true;
  Run run = ARun({first, second, AStep("third")});

  CHECK(Names(run, OpenMandatorySteps(run)) == std::vector<std::string>{"first", "second"});
  ApplyDone(run, "first", By(1), "");
  ApplySkipped(run, "second", By(1), "Not significant.");
  CHECK(OpenMandatorySteps(run).empty());
  CHECK_FALSE(IsFinished(run));
}

TEST_CASE("Run: a copy keeps its own progress", "[playbook]") {
  const Run before = BranchedRun();
  Run after = before;

  ApplyDone(after, "look", By(1), "");

  CHECK(StateOf(before, "look") == StepState::kReady);
  CHECK(StateOf(before, "isolate") == StepState::kBlocked);
  CHECK(after.definition == before.definition);
}

TEST_CASE("Run: 10,000 steps are worked through in less than a second", "[playbook]") {
  const auto definition = std::make_shared<const Definition>(ALongDefinition(kStepsMax));
  const auto start = std::chrono::steady_clock::now();

  Run run = StartRun(RunId{1}, definition, StartTime());
  size_t refused = 0;
  for (const Step& step : definition->steps) {
    if (!Completing(run, step.id, "").ok()) ++refused;
    ApplyDone(run, step.id, By(1), "");
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;

  CHECK(refused == 0);
  CHECK(IsFinished(run));
  CHECK(elapsed.count() < 1.0);
}

TEST_CASE("RunId: has one text form", "[playbook]") {
  CHECK(RunId{12}.ToString() == "run-12");
  CHECK(RunId::Parse("run-12") == RunId{12});
  for (const std::string text : {"", "run-", "run-0", "run-01", "run-+1", "run- 1", "run-1 ",
                                 "Run-1", "run-4294967296", "12"}) {
    CHECK_FALSE(RunId::Parse(text).has_value());
  }
}

}  // namespace tocsin::playbook
