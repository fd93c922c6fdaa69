#include "server/library/playbook_reader.h"

#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "server/base/error.h"
#include "server/playbook/run_view.h"
#include "tests/support/catch.h"

namespace tocsin::library {
namespace {

using playbook::Definition;
using playbook::EvidenceKind;
using playbook::NextSteps;
using playbook::Run;
using playbook::Step;

constexpr char kSmall[] = R"(format: tocsin-playbook-v1
id: small
title: A small one
version: "1.2"
summary: For tests.
references: [NIS2 Article 23]
steps:
  - id: look
    title: Look
    phase: triage
    role: responder
    due: 30m
    instructions: Look at it.
  - id: decide
    title: Decide
    phase: containment
    role: commander
    needs: [look]
    due: 2d
    evidence: note
    mandatory: true
    references: [GDPR Article 33]
    instructions: |
      Decide it.

      **Do not** wait.
)";

absl::StatusOr<Definition> Read(std::string_view bytes) {
  return ReadPlaybook("p.yaml", bytes);
}

// The refusal of the small playbook with `from` (which must stand in it) replaced by `to`.
absl::Status RefusalWith(const std::string& from, const std::string& to) {
  REQUIRE(std::string(kSmall).find(from) != std::string::npos);
  return Read(absl::StrReplaceAll(kSmall, {{from, to}})).status();
}

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

std::string IncidentsFile(const std::string& name) {
  std::ifstream file(std::string(TOCSIN_SOURCE_DIR) + "/playbooks/incidents/" + name);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Definition Ransomware() {
  absl::StatusOr<Definition> read =
      ReadPlaybook("ransomware.yaml", IncidentsFile("ransomware.yaml"));
  INFO(read.status().message());
  REQUIRE(read.ok());
  return *std::move(read);
}

Run StartedRansomware() {
  return StartRun(playbook::RunId{1}, std::make_shared<const Definition>(Ransomware()),
                  absl::FromUnixSeconds(1781078400));
}

playbook::Settlement Someone() {
  PrincipalId id;
  id.bytes[0] = 1;
  return {id, absl::FromUnixSeconds(1781082000)};
}

}  // namespace

TEST_CASE("ReadPlaybook: reads every field", "[library][playbook]") {
  const absl::StatusOr<Definition> read = Read(kSmall);
  INFO(read.status().message());
  REQUIRE(read.ok());

  CHECK(read->id == "small");
  CHECK(read->title == "A small one");
  CHECK(read->version == "1.2");
  CHECK(read->summary == "For tests.");
  CHECK(read->references == std::vector<std::string>{"NIS2 Article 23"});
  CHECK(read->digest == Sha256(kSmall));
  REQUIRE(read->steps.size() == 2);
  const Step& look = read->steps[0];
  CHECK(look.due == playbook::Due{.within = absl::Minutes(30)});
  CHECK(look.evidence.empty());
  CHECK_FALSE(look.mandatory);
  const Step& decide = read->steps[1];
  CHECK(decide.id == "decide");
  CHECK(decide.title == "Decide");
  CHECK(decide.phase == Phase::kContainment);
  CHECK(decide.role == IncidentRole::kCommander);
  CHECK(decide.needs == std::vector<std::string>{"look"});
  CHECK(decide.due == playbook::Due{.within = absl::Hours(48)});
  CHECK(decide.evidence == std::vector<EvidenceKind>{EvidenceKind::kNote});
  CHECK(decide.mandatory);
  CHECK(decide.references == std::vector<std::string>{"GDPR Article 33"});
  CHECK(decide.instructions == "Decide it.\n\n**Do not** wait.\n");
}

TEST_CASE("ReadPlaybook: an unknown key is refused with place and nearest key",
          "[library][playbook]") {
  const absl::Status status = RefusalWith("    needs:", "    nedds:");

  CHECK(ReasonOf(status) == "YAML_INVALID");
  CHECK_THAT(MessageOf(status), ContainsSubstring("p.yaml:18:5: unknown key 'nedds'"));
  CHECK_THAT(MessageOf(status), ContainsSubstring("'needs'"));
  CHECK_THAT(MessageOf(RefusalWith("summary:", "sumary:")),
             ContainsSubstring("p.yaml:5:1: unknown key 'sumary'"));
}

TEST_CASE("ReadPlaybook: unknown words are refused with place and the nearest",
          "[library][playbook]") {
  const absl::Status role = RefusalWith("role: commander", "role: comander");
  CHECK_THAT(MessageOf(role), ContainsSubstring("p.yaml:17:11: "));
  CHECK_THAT(MessageOf(role), ContainsSubstring("'commander'"));
  const absl::Status phase = RefusalWith("phase: triage", "phase: triagge");
  CHECK_THAT(MessageOf(phase), ContainsSubstring("p.yaml:10:12: "));
  CHECK_THAT(MessageOf(phase), ContainsSubstring("'triage'"));
  const absl::Status evidence = RefusalWith("evidence: note", "evidence: photograph");
  CHECK_THAT(MessageOf(evidence), ContainsSubstring("p.yaml:20:15: "));
  CHECK_THAT(MessageOf(evidence), ContainsSubstring("file-hash"));
}

TEST_CASE("ReadPlaybook: due times have one number and one unit", "[library][playbook]") {
  for (const std::string due : {"30", "m", "-30m", "1h30m", "1.5h", "30 m", "30s", "99999999m"}) {
    CHECK_THAT(MessageOf(RefusalWith("due: 30m", "due: " + due)),
               ContainsSubstring("p.yaml:12:10: "));
  }
  CHECK(ReasonOf(RefusalWith("due: 30m", "due: 0m")) == "INVALID_DUE");
  CHECK(ReasonOf(RefusalWith("due: 30m", "due: 367d")) == "INVALID_DUE");
}

TEST_CASE("ReadPlaybook: missing keys and another format are refused", "[library][playbook]") {
  CHECK_THAT(MessageOf(RefusalWith("    instructions: Look at it.\n", "")),
             ContainsSubstring("'instructions'"));
  CHECK_THAT(MessageOf(RefusalWith("    role: responder\n", "")), ContainsSubstring("'role'"));
  CHECK_THAT(MessageOf(RefusalWith("tocsin-playbook-v1", "tocsin-playbook-v2")),
             ContainsSubstring("p.yaml:1:9: "));
  CHECK_FALSE(Read("format: tocsin-playbook-v1\n").ok());
  CHECK_FALSE(Read("- a\n- b\n").ok());
  CHECK_FALSE(Read("").ok());
}

TEST_CASE("ReadPlaybook: problems of the definition carry their place and reason",
          "[library][playbook]") {
  const absl::Status need = RefusalWith("needs: [look]", "needs: [lok]");
  CHECK(ReasonOf(need) == "UNKNOWN_STEP");
  CHECK_THAT(MessageOf(need), ContainsSubstring("p.yaml:18:13: "));
  CHECK(NextStepOf(need) == "Did you mean 'look'?");

  const absl::Status cycle = RefusalWith("    due: 30m\n", "    needs: [decide]\n");
  CHECK(ReasonOf(cycle) == "STEP_CYCLE");
  CHECK_THAT(MessageOf(cycle), ContainsSubstring("look → decide → look"));
  CHECK_THAT(MessageOf(cycle), ContainsSubstring("p.yaml:12:12: "));

  const absl::Status duplicate = RefusalWith("id: decide", "id: look");
  CHECK(ReasonOf(duplicate) == "DUPLICATE_STEP");
  CHECK_THAT(MessageOf(duplicate), ContainsSubstring("p.yaml:14:9: "));

  const absl::Status version = RefusalWith("\"1.2\"", "draft");
  CHECK(ReasonOf(version) == "INVALID_VERSION");
  CHECK_THAT(MessageOf(version), ContainsSubstring("p.yaml:4:10: "));
}

TEST_CASE("Ransomware playbook: has steps for every phase up to recovery", "[playbook]") {
  const Definition definition = Ransomware();

  std::set<Phase> phases;
  std::set<IncidentRole> roles;
  for (const Step& step : definition.steps) {
    phases.insert(step.phase);
    roles.insert(step.role);
    INFO(step.id);
    CHECK(step.due.has_value());
    CHECK_FALSE(step.references.empty());
    CHECK_THAT(step.instructions, ContainsSubstring("**Record"));
  }

  CHECK(definition.id == "ransomware");
  CHECK(phases == std::set<Phase>{Phase::kTriage, Phase::kInvestigation, Phase::kContainment,
                                  Phase::kEradication, Phase::kRecovery});
  for (const IncidentRole role :
       {IncidentRole::kCommander, IncidentRole::kResponder, IncidentRole::kLegal,
        IncidentRole::kDpo, IncidentRole::kCommunications}) {
    CHECK(roles.count(role) == 1);
  }
}

TEST_CASE("Ransomware playbook: no step is due before a step it needs", "[playbook]") {
  const Definition definition = Ransomware();
  std::map<std::string, const playbook::Due*> due;
  for (const Step& step : definition.steps) due[step.id] = &*step.due;

  for (const Step& step : definition.steps) {
    for (const std::string& need : step.needs) {
      INFO(step.id << " needs " << need);
      if (due[need]->from != step.due->from) continue;
      CHECK(due[need]->within <= step.due->within);
    }
  }
}

TEST_CASE("Ransomware playbook: filings are due before the law's longest time", "[playbook]") {
  std::map<std::string, playbook::Due> due;
  for (const Step& step : Ransomware().steps) due[step.id] = *step.due;

  for (const auto& [step, latest] : {std::pair{"early-warning", 24},
                                     {"incident-notification", 72},
                                     {"notify-data-authority", 72}}) {
    INFO(step);
    REQUIRE(due.count(step) == 1);
    CHECK(due[step].from == playbook::Due::From::kAnchor);
    CHECK(due[step].anchor == "aware");
    CHECK(due[step].within < absl::Hours(latest));
    CHECK(due[step].remind.has_value());
  }
}

TEST_CASE("Ransomware playbook: evidence and isolation go on side by side", "[playbook]") {
  Run run = StartedRansomware();
  REQUIRE(NextSteps(run, {}).size() == 1);
  ApplyDone(run, "first-look", Someone(), "FS01, FS02");

  for (const char* step : {"backups-offline", "isolate-spread", "preserve-systems", "preserve-logs",
                           "take-command", "out-of-band"}) {
    INFO(step);
    CHECK(run.steps[FindStep(run, step).value()].state == playbook::StepState::kReady);
  }
}

}  // namespace tocsin::library
