#include "server/playbook/validate.h"

#include <chrono>

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/unit/playbook/builders.h"

namespace tocsin::playbook {
namespace {

// One small definition that is accepted; each refusal below changes one thing about it.
Definition Accepted() {
  return ADefinition({AStep("a"), AStep("b", {"a"}), AStep("c", {"a"})});
}

std::string MessageOf(const Definition& definition) {
  return std::string(Validate(definition).message());
}

}  // namespace

TEST_CASE("Validate: accepts steps with side branches", "[playbook]") {
  CHECK(Validate(Accepted()).ok());
}

TEST_CASE("Validate: two steps with one id are refused at the second", "[playbook]") {
  Definition definition = Accepted();
  definition.steps[2].id = "a";
  definition.steps[2].needs = {};

  const std::vector<Problem> problems = FindProblems(definition);

  REQUIRE(problems.size() == 1);
  CHECK(ReasonOf(problems[0].status) == "DUPLICATE_STEP");
  CHECK(problems[0].path == Path{"steps", size_t{2}, "id"});
}

TEST_CASE("Validate: an unknown need is refused with the nearest id", "[playbook]") {
  Definition definition =
      ADefinition({AStep("isolate"), AStep("wipe", {"isolate"}), AStep("rebuild")});
  definition.steps[2].needs = {"isolate", "wype"};

  const std::vector<Problem> problems = FindProblems(definition);

  REQUIRE(problems.size() == 1);
  CHECK(ReasonOf(problems[0].status) == "UNKNOWN_STEP");
  CHECK(NextStepOf(problems[0].status) == "Did you mean 'wipe'?");
  CHECK(problems[0].path == Path{"steps", size_t{2}, "needs", size_t{1}});
}

TEST_CASE("Validate: a need named twice is refused", "[playbook]") {
  Definition definition = Accepted();
  definition.steps[1].needs = {"a", "a"};

  CHECK(ReasonOf(Validate(definition)) == "DUPLICATE_NEED");
}

TEST_CASE("Validate: a cycle is named, without the steps behind it", "[playbook]") {
  const Definition definition = ADefinition(
      {AStep("behind", {"a"}), AStep("a", {"b"}), AStep("b", {"c"}), AStep("c", {"a"})});

  CHECK(ReasonOf(Validate(definition)) == "STEP_CYCLE");
  CHECK_THAT(MessageOf(definition), ContainsSubstring(": a → b → c → a"));
}

TEST_CASE("Validate: a step that needs itself is a cycle", "[playbook]") {
  const Definition definition = ADefinition({AStep("a"), AStep("b", {"a", "b"})});

  CHECK_THAT(MessageOf(definition), ContainsSubstring(": b → b"));
}

TEST_CASE("Validate: a long cycle is named in short", "[playbook]") {
  Definition definition = ALongDefinition(1000);
  definition.steps[0].needs = {"step-999"};

  const std::string message = MessageOf(definition);

  CHECK_THAT(message, ContainsSubstring("more) → step-0"));
  CHECK(message.size() < 300);
}

TEST_CASE("Validate: missing instructions are refused", "[playbook]") {
  Definition definition = Accepted();
  definition.steps[1].instructions = " \n";

  const std::vector<Problem> problems = FindProblems(definition);

  REQUIRE(problems.size() == 1);
  CHECK(ReasonOf(problems[0].status) == "TEXT_EMPTY");
  CHECK(problems[0].path == Path{"steps", size_t{1}, "instructions"});
  CHECK_THAT(MessageOf(definition), ContainsSubstring("step 'b'"));
}

TEST_CASE("Validate: instructions over the limit are refused", "[playbook]") {
  Definition definition = Accepted();
  definition.steps[1].instructions = std::string(kInstructionsBytesMax, 'x');
  CHECK(Validate(definition).ok());
  definition.steps[1].instructions += 'x';

  CHECK(ReasonOf(Validate(definition)) == "TEXT_TOO_LONG");
}

TEST_CASE("Validate: titles and the summary must say something", "[playbook]") {
  Definition no_title = Accepted();
  no_title.title = "";
  Definition no_summary = Accepted();
  no_summary.summary = "";
  Definition no_step_title = Accepted();
  no_step_title.steps[0].title = "";

  CHECK(FindProblems(no_title).at(0).path == Path{"title"});
  CHECK(FindProblems(no_summary).at(0).path == Path{"summary"});
  CHECK(FindProblems(no_step_title).at(0).path == Path{"steps", size_t{0}, "title"});
}

TEST_CASE("Validate: a playbook without steps is refused", "[playbook]") {
  CHECK(ReasonOf(Validate(ADefinition({}))) == "NO_STEPS");
}

TEST_CASE("Validate: ids are lower-case letters, digits and dashes", "[playbook]") {
  for (const std::string id : {"", "Isolate", "isolate hosts", "isolate_hosts", "isolé"}) {
    Definition definition = Accepted();
    definition.steps[2].id = id;
    CHECK(ReasonOf(Validate(definition)) == "INVALID_ID");
    definition = Accepted();
    definition.id = id;
    CHECK(ReasonOf(Validate(definition)) == "INVALID_ID");
  }
  Definition longest = Accepted();
  longest.steps[2].id = std::string(kIdBytesMax, 'z');
  CHECK(Validate(longest).ok());
  longest.steps[2].id += 'z';
  CHECK(ReasonOf(Validate(longest)) == "INVALID_ID");
}

TEST_CASE("Validate: the version is digits and dots", "[playbook]") {
  for (const std::string version : {"", "one", "1.0-beta", ".1", "1."}) {
    Definition definition = Accepted();
    definition.version = version;
    CHECK(ReasonOf(Validate(definition)) == "INVALID_VERSION");
  }
}

TEST_CASE("Validate: due times lie between now and 366 days", "[playbook]") {
  Definition definition = Accepted();
  definition.steps[0].due = Due{.within = kSpanMax};
  CHECK(Validate(definition).ok());

  definition.steps[0].due->within = absl::ZeroDuration();
  CHECK(ReasonOf(Validate(definition)) == "INVALID_DUE");
  definition.steps[0].due->within = kSpanMax + absl::Minutes(1);
  CHECK(ReasonOf(Validate(definition)) == "INVALID_DUE");
}

TEST_CASE("Validate: a reminder comes before the time it reminds of", "[playbook]") {
  Definition definition = Accepted();
  definition.steps[0].due = Due{.within = absl::Hours(2), .remind = absl::Minutes(119)};
  CHECK(Validate(definition).ok());

  definition.steps[0].due->remind = absl::Hours(2);
  const std::vector<Problem> problems = FindProblems(definition);
  REQUIRE(problems.size() == 1);
  CHECK(ReasonOf(problems[0].status) == "INVALID_DUE");
  CHECK(problems[0].path == Path{"steps", size_t{0}, "due", "remind"});
}

TEST_CASE("Validate: all problems are named in one go, at most a hundred", "[playbook]") {
  Definition definition = Accepted();
  definition.title = "";
  definition.steps[0].title = "";
  definition.steps[0].instructions = "";
  definition.steps[2].needs = {"nowhere"};
  CHECK(FindProblems(definition).size() == 4);

  Definition hopeless = ALongDefinition(kStepsMax);
  for (Step& step : hopeless.steps) step.needs = {"nowhere-at-all"};
  const auto start = std::chrono::steady_clock::now();
  CHECK(FindProblems(hopeless).size() == kProblemsMax);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  CHECK(elapsed.count() < 5.0);
}

TEST_CASE("Validate: steps behind a circle are named as unreachable", "[playbook]") {
  const Definition definition =
      ADefinition({AStep("start"), AStep("a", {"b", "start"}), AStep("b", {"a"}),
                   AStep("behind", {"b"}), AStep("further", {"behind", "start"})});

  const std::vector<Problem> problems = FindProblems(definition);

  REQUIRE(problems.size() == 3);
  CHECK(ReasonOf(problems[0].status) == "STEP_CYCLE");
  CHECK(ReasonOf(problems[1].status) == "UNREACHABLE_STEP");
  CHECK_THAT(std::string(problems[1].status.message()), ContainsSubstring("'behind'"));
  CHECK_THAT(std::string(problems[2].status.message()),
             ContainsSubstring("'further' can never be reached: it waits for 'behind'"));
}

TEST_CASE("Validate: two circles are both named", "[playbook]") {
  const Definition definition =
      ADefinition({AStep("a", {"b"}), AStep("b", {"a"}), AStep("c", {"d"}), AStep("d", {"c"})});

  const std::vector<Problem> problems = FindProblems(definition);

  REQUIRE(problems.size() == 2);
  CHECK_THAT(std::string(problems[0].status.message()), ContainsSubstring("a → b → a"));
  CHECK_THAT(std::string(problems[1].status.message()), ContainsSubstring("c → d → c"));
}

TEST_CASE("Validate: a mandatory step cannot stand after closing", "[playbook]") {
  Definition definition = Accepted();
  definition.steps[2].phase = Phase::kClosed;
  CHECK(Validate(definition).ok());
  definition.steps[2].mandatory = true;

  CHECK(ReasonOf(Validate(definition)) == "MANDATORY_AFTER_CLOSING");
}

TEST_CASE("Validate: lists have limits", "[playbook]") {
  Definition references = Accepted();
  references.steps[0].references.assign(kReferencesMax + 1, "NIS2 Article 23");
  Definition needs = ALongDefinition(kNeedsMax + 2);
  Step& last = needs.steps.back();
  last.needs.clear();
  for (size_t i = 0; i <= kNeedsMax; ++i) last.needs.push_back(needs.steps[i].id);

  CHECK(ReasonOf(Validate(references)) == "TOO_MANY_ITEMS");
  CHECK(ReasonOf(Validate(needs)) == "TOO_MANY_ITEMS");
}

TEST_CASE("Validate: 10,000 steps take less than a second, one more is refused", "[playbook]") {
  const Definition longest = ALongDefinition(kStepsMax);
  const auto start = std::chrono::steady_clock::now();
  const absl::Status status = Validate(longest);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;

  CHECK(status.ok());
  CHECK(elapsed.count() < 1.0);
  CHECK(ReasonOf(Validate(ALongDefinition(kStepsMax + 1))) == "TOO_MANY_STEPS");
}

TEST_CASE("EvidenceKind: text forms read back, others are refused with the nearest", "[playbook]") {
  for (const std::string& text : EvidenceKindTexts()) {
    CHECK(ToText(ParseEvidenceKind(text).value()) == text);
  }
  const absl::Status refused = ParseEvidenceKind("file-hsh").status();
  CHECK(ReasonOf(refused) == "UNKNOWN_EVIDENCE_KIND");
  CHECK_THAT(NextStepOf(refused), ContainsSubstring("'file-hash'"));
}

}  // namespace tocsin::playbook
