// What a CACAO playbook becomes, and what is refused with its place.
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/domain/run_facts.h"
#include "server/library/cacao.h"
#include "server/library/playbook_reader.h"
#include "tests/support/catch.h"
#include "tests/unit/library/cacao_run.h"
#include "tests/unit/library/cacao_samples.h"

namespace tocsin::library {
namespace {

using nlohmann::json;
using playbook::StepState;

ImportedPlaybook Import(const json& document, std::string_view id = "") {
  return ImportCacao("c.json", document.dump(), id, [](std::string_view cacao_id) {
    return std::string(cacao_id == Id("playbook", 9) ? "below" : "");
  });
}

playbook::Definition Good(const json& document) {
  ImportedPlaybook imported = Import(document);
  for (const absl::Status& problem : imported.problems) UNSCOPED_INFO(problem.message());
  REQUIRE(imported.definition.has_value());
  return *std::move(imported.definition);
}

const playbook::Step& StepOf(const playbook::Definition& definition, const std::string& id) {
  for (const playbook::Step& step : definition.steps) {
    if (step.id == id) return step;
  }
  FAIL("no step " << id);
  return definition.steps.front();
}

// The only problem.
absl::Status Refused(const json& document) {
  const ImportedPlaybook imported = Import(document);
  CHECK(imported.yaml.empty());
  CHECK_FALSE(imported.definition.has_value());
  for (const absl::Status& problem : imported.problems) UNSCOPED_INFO(problem.message());
  REQUIRE(imported.problems.size() == 1);
  return imported.problems.front();
}

void CheckRefused(const json& document, const std::string& reason, const std::string& pointer,
                  const std::string& what) {
  const absl::Status problem = Refused(document);
  CHECK(ReasonOf(problem) == reason);
  CHECK_THAT(std::string(problem.message()),
             ContainsSubstring(absl::StrCat("c.json: ", pointer, ": ")));
  CHECK_THAT(std::string(problem.message()), ContainsSubstring(what));
  CHECK_FALSE(NextStepOf(problem).empty());
}

// Does a step that must be ready.
Worked& Done(Worked& run, const std::string& step) {
  const absl::Status status = run.TryDone(step);
  INFO(step << ": " << status.message());
  CHECK(status.ok());
  return run;
}

// The steps to do when `question` was answered so, and its step done.
std::vector<std::string> After(Worked run, const std::string& step, const std::string& question,
                               const std::string& answer) {
  run.Answer(question, answer);
  return Done(run, step).Active();
}

using Steps = std::vector<std::string>;

json WithFailure(std::string_view name, const std::string& success, const std::string& failure) {
  json action = Action(name, "");
  if (!success.empty()) action["on_success"] = success;
  if (!failure.empty()) action["on_failure"] = failure;
  return action;
}

json If(const std::string& yes, const std::string& no, const std::string& next) {
  json step = {{"type", "if-condition"},
               {"name", "Is it bad"},
               {"condition", "__bad__:value = 'yes'"},
               {"on_true", yes}};
  if (!no.empty()) step["on_false"] = no;
  if (!next.empty()) step["on_completion"] = next;
  return step;
}

}  // namespace

TEST_CASE("ImportCacao: a chain of actions becomes steps that need each other",
          "[library][cacao]") {
  json document = Cacao({{Id("start", 1), Start(Id("action", 1))},
                         {Id("action", 1), Action("Look", Id("action", 2))},
                         {Id("action", 2), Action("Isolate the host", Id("end", 1))}});
  document["workflow"][Id("action", 2)]["timeout"] = 100'000;
  document["external_references"] = {{{"name", "ISO"}, {"url", "https://iso.example"}}};

  const playbook::Definition definition = Good(document);

  CHECK(definition.id == "contain-a-host");
  CHECK(definition.title == "Contain a host");
  CHECK(definition.version == "2026.02.03.040506");
  CHECK(definition.references == Steps{"ISO, https://iso.example"});
  REQUIRE(definition.steps.size() == 2);
  CHECK(definition.steps[0].id == "look");
  CHECK(definition.steps[0].phase == Phase::kContainment);
  CHECK(definition.steps[1].needs == Steps{"look"});
  CHECK(definition.steps[1].due->within == absl::Minutes(2));
  CHECK(definition.steps[1].due->from == playbook::Due::From::kStep);
  CHECK(definition.steps[1].instructions == "Do Isolate the host\n\nWho: Ada (individual).");
  CHECK(Import(document, "mine").definition->id == "mine");
}

TEST_CASE("ImportCacao: other commands are shown in full and never run", "[library][cacao]") {
  json document = Cacao(
      {{Id("start", 1), Start(Id("action", 1))}, {Id("action", 1), Action("Block", Id("end", 1))}});
  json& step = document["workflow"][Id("action", 1)];
  step["commands"] = {{{"type", "http-api"},
                       {"command", "POST /block HTTP/1.1"},
                       {"headers", {{"Accept", {"text/plain"}}}},
                       {"content", "{\"ip\": \"__ip__:value\", \"f\": \"```\"}"}},
                      {{"type", "bash"}, {"command_b64", "cm0gLXJmIC90bXAveA=="}}};
  step["delay"] = 300'000;
  step["in_args"] = {"__ip__"};
  step["targets"] = {Id("linux", 2)};
  document["target_definitions"] = {{Id("linux", 2), {{"type", "linux"}, {"name", "web-1"}}}};
  document["playbook_variables"] = {
      {"__ip__", {{"type", "ipv4-addr"}, {"value", "192.0.2.7"}, {"description", "The attacker"}}}};

  const std::string text = Good(document).steps.front().instructions;

  CHECK_THAT(text, ContainsSubstring("Wait 5m before you begin."));
  CHECK_THAT(text,
             ContainsSubstring("Command of type http-api. Tocsin shows it and never runs it"));
  CHECK_THAT(text, ContainsSubstring("````\nPOST /block HTTP/1.1\nAccept: text/plain\n\n{\"ip\""));
  CHECK_THAT(text, ContainsSubstring("Command of type bash"));
  CHECK_THAT(text, ContainsSubstring("rm -rf /tmp/x"));
  CHECK_THAT(text, ContainsSubstring("On: web-1 (linux)."));
  CHECK_THAT(text, ContainsSubstring("- `__ip__` (ipv4-addr) = 192.0.2.7: The attacker"));
}

TEST_CASE("ImportCacao: what a step gives back is asked for", "[library][cacao]") {
  json document = Cacao(
      {{Id("start", 1), Start(Id("action", 1))}, {Id("action", 1), Action("Count", Id("end", 1))}});
  document["workflow"][Id("action", 1)]["step_variables"] = {
      {"__hosts__", {{"type", "integer"}, {"description", "Hosts that are hit"}}},
      {"__ready__", {{"type", "bool"}}},
      {"__why__", {{"type", "string"}}}};
  document["workflow"][Id("action", 1)]["out_args"] = {"__hosts__", "__ready__", "__why__"};

  const auto questions = Good(document).steps.front().questions;

  REQUIRE(questions.size() == 3);
  CHECK(questions[0].id == "hosts");
  CHECK(questions[0].type == playbook::QuestionType::kNumber);
  CHECK(questions[0].ask == "What is __hosts__? Hosts that are hit");
  CHECK(questions[1].type == playbook::QuestionType::kYesNo);
  CHECK(questions[2].type == playbook::QuestionType::kText);
}

TEST_CASE("ImportCacao: branches of a parallel go side by side and come together",
          "[library][cacao]") {
  Worked run(Good(Cacao({{Id("start", 1), Start(Id("parallel", 1))},
                         {Id("parallel", 1),
                          {{"type", "parallel"},
                           {"next_steps", {Id("action", 1), Id("action", 2)}},
                           {"on_completion", Id("action", 3)}}},
                         {Id("action", 1), Action("a", Id("end", 2))},
                         {Id("action", 2), Action("b", Id("end", 3))},
                         {Id("end", 2), {{"type", "end"}}},
                         {Id("end", 3), {{"type", "end"}}},
                         {Id("action", 3), Action("c", Id("end", 1))}})));

  CHECK(run.Active() == Steps{"a", "b"});
  Done(run, "a");
  CHECK(run.State("c") == StepState::kBlocked);
  run.Skip("b");
  CHECK(run.Active() == Steps{"c"});
  CHECK(Done(run, "c").Finished());
}

TEST_CASE("ImportCacao: a person says which way of an if is taken", "[library][cacao]") {
  const playbook::Definition definition =
      Good(Cacao({{Id("start", 1), Start(Id("if-condition", 1))},
                  {Id("if-condition", 1), If(Id("action", 1), "", Id("action", 2))},
                  {Id("action", 1), Action("repair", Id("end", 2))},
                  {Id("end", 2), {{"type", "end"}}},
                  {Id("action", 2), Action("report", Id("end", 1))}}));

  CHECK_THAT(StepOf(definition, "is-it-bad").instructions,
             ContainsSubstring("    __bad__:value = 'yes'"));
  const Worked run(definition);
  CHECK(After(run, "is-it-bad", "is-it-bad", "no") == Steps{"report"});
  CHECK(After(run, "is-it-bad", "is-it-bad", "yes") == Steps{"repair"});
  // Behind the branch it goes on, also when its step was skipped.
  Worked skipped = run;
  skipped.Answer("is-it-bad", "yes");
  CHECK(Done(skipped, "is-it-bad").Skip("repair").Active() == Steps{"report"});
}

TEST_CASE("ImportCacao: both branches of an if may lead to the same step", "[library][cacao]") {
  const playbook::Definition definition =
      Good(Cacao({{Id("start", 1), Start(Id("if-condition", 1))},
                  {Id("if-condition", 1), If(Id("action", 1), Id("action", 2), "")},
                  {Id("action", 1), Action("repair", Id("action", 2))},
                  {Id("action", 2), Action("report", Id("end", 1))}}));

  CHECK_FALSE(StepOf(definition, "report").when.has_value());
  const Worked run(definition);
  CHECK(After(run, "is-it-bad", "is-it-bad", "no") == Steps{"report"});
  Worked yes = run;
  yes.Answer("is-it-bad", "yes");
  CHECK(Done(yes, "is-it-bad").Active() == Steps{"repair"});
  CHECK(Done(yes, "repair").Active() == Steps{"report"});
}

TEST_CASE("ImportCacao: a long condition is shown whole", "[library][cacao]") {
  json document = Cacao({{Id("start", 1), Start(Id("if-condition", 1))},
                         {Id("if-condition", 1), If(Id("action", 1), "", "")},
                         {Id("action", 1), Action("repair", Id("end", 1))}});
  document["workflow"][Id("if-condition", 1)]["condition"] = std::string(3000, 'x') + " = 'y'";
  CHECK_THAT(Good(document).steps.front().instructions, ContainsSubstring("xxx = 'y'\n"));
}

TEST_CASE("ImportCacao: a switch offers its cases, and none of them", "[library][cacao]") {
  const playbook::Definition definition =
      Good(Cacao({{Id("start", 1), Start(Id("switch-condition", 1))},
                  {Id("switch-condition", 1),
                   {{"type", "switch-condition"},
                    {"name", "Vector"},
                    {"switch", "__vector__:value"},
                    {"cases", {{"mail", Id("action", 1)}, {"unknown", Id("action", 2)}}},
                    {"on_completion", Id("action", 3)}}},
                  {Id("action", 1), Action("purge", Id("end", 1))},
                  {Id("action", 2), Action("search", Id("end", 1))},
                  {Id("action", 3), Action("report", Id("end", 1))}}));

  CHECK(StepOf(definition, "vector").questions.front().choices ==
        Steps{"mail", "value unknown", "none of these"});
  const Worked run(definition);
  CHECK(After(run, "vector", "vector", "mail") == Steps{"purge"});
  CHECK(After(run, "vector", "vector", "none of these") == Steps{"report"});
  CHECK(After(run, "vector", "vector", "unknown") == Steps{});
}

TEST_CASE("ImportCacao: a while asks again and again; what follows waits for its end",
          "[library][cacao]") {
  Worked run(Good(Cacao({{Id("start", 1), Start(Id("while-condition", 1))},
                         {Id("while-condition", 1),
                          {{"type", "while-condition"},
                           {"name", "Still beaconing"},
                           {"condition", "__beacons__:value > 0"},
                           {"on_true", Id("action", 1)},
                           {"on_completion", Id("action", 2)}}},
                         {Id("action", 1), Action("block", Id("end", 2))},
                         {Id("end", 2), {{"type", "end"}}},
                         {Id("action", 2), Action("report", Id("end", 1))}})));

  CHECK(run.Active() == Steps{"still-beaconing"});
  run.Answer("still-beaconing", "yes");
  CHECK(run.Active() == Steps{"block", "still-beaconing"});
  Done(run, "block");
  Done(run, "still-beaconing");
  CHECK(run.Active() == Steps{"still-beaconing"});
  run.Answer("still-beaconing", "no");
  CHECK(run.State("still-beaconing") == StepState::kDone);
  CHECK(run.Active() == Steps{"report"});
}

TEST_CASE("ImportCacao: success and failure lead apart and may meet again", "[library][cacao]") {
  const playbook::Definition definition =
      Good(Cacao({{Id("start", 1), Start(Id("action", 1))},
                  {Id("action", 1), WithFailure("try", Id("action", 3), Id("action", 2))},
                  {Id("action", 2), WithFailure("retry", Id("action", 3), Id("action", 4))},
                  {Id("action", 3), Action("report", Id("end", 1))},
                  {Id("action", 4), Action("escalate", Id("end", 1))}}));

  CHECK(After(Worked(definition), "try", "try-worked", "yes") == Steps{"report"});
  Worked failed(definition);
  failed.Answer("try-worked", "no");
  CHECK(Done(failed, "try").Active() == Steps{"retry"});
  CHECK(After(failed, "retry", "retry-worked", "yes") == Steps{"report"});
  failed.Answer("retry-worked", "no");
  CHECK(Done(failed, "retry").Active() == Steps{"escalate"});
  CHECK(failed.State("report") == StepState::kNotTaken);
  CHECK(Done(failed, "escalate").Finished());
}

TEST_CASE("ImportCacao: a failure that nobody handles ends what follows", "[library][cacao]") {
  const playbook::Definition definition =
      Good(Cacao({{Id("start", 1), Start(Id("parallel", 1))},
                  {Id("parallel", 1),
                   {{"type", "parallel"},
                    {"next_steps", {Id("action", 1), Id("action", 2)}},
                    {"on_completion", Id("action", 3)}}},
                  {Id("action", 1), WithFailure("try", Id("end", 1), "")},
                  {Id("action", 2), Action("watch", Id("end", 1))},
                  {Id("action", 3), Action("report", Id("end", 1))}}));

  Worked run(definition);
  Done(run, "watch");
  CHECK(After(run, "try", "try-worked", "yes") == Steps{"report"});
  Worked bad = run;
  bad.Answer("try-worked", "no");
  Done(bad, "try");
  CHECK(bad.State("report") == StepState::kNotTaken);
  CHECK(bad.Finished());
  CHECK(run.Skip("try").Active() == Steps{"report"});
}

TEST_CASE("ImportCacao: the outcome of a branching is asked where it leads apart",
          "[library][cacao]") {
  json branching = If(Id("action", 1), "", "");
  branching["on_success"] = Id("action", 2);
  branching["on_failure"] = Id("action", 3);
  const playbook::Definition definition =
      Good(Cacao({{Id("start", 1), Start(Id("if-condition", 1))},
                  {Id("if-condition", 1), branching},
                  {Id("action", 1), Action("repair", Id("end", 2))},
                  {Id("end", 2), {{"type", "end"}}},
                  {Id("action", 2), Action("report", Id("end", 1))},
                  {Id("action", 3), Action("escalate", Id("end", 1))}}));

  Worked run(definition);
  run.Answer("is-it-bad", "yes");
  Done(run, "is-it-bad");
  CHECK(Done(run, "repair").Active() == Steps{"is-it-bad-outcome"});
  CHECK(After(run, "is-it-bad-outcome", "is-it-bad-outcome", "no") == Steps{"escalate"});
}

TEST_CASE("ImportCacao: a playbook-action is the playbook of the library", "[library][cacao]") {
  json document = Cacao({{Id("start", 1), Start(Id("playbook-action", 1))},
                         {Id("playbook-action", 1),
                          {{"type", "playbook-action"},
                           {"name", "Tell"},
                           {"playbook_id", Id("playbook", 9)},
                           {"on_completion", Id("end", 1)}}}});
  CHECK(Good(document).steps.front().playbook == "below");

  const std::string pointer = "/workflow/" + Id("playbook-action", 1) + "/playbook_id";
  document["workflow"][Id("playbook-action", 1)]["playbook_id"] = Id("playbook", 8);
  CheckRefused(document, "UNKNOWN_PLAYBOOK", pointer, "the library has no playbook");
}

TEST_CASE("ImportCacao: faulty workflows are refused with the path into the JSON",
          "[library][cacao]") {
  const json good = Cacao({{Id("start", 1), Start(Id("action", 1))},
                           {Id("action", 1), Action("a", Id("action", 2))},
                           {Id("action", 2), Action("b", Id("end", 1))}});
  const std::string first = "/workflow/" + Id("action", 1);
  const std::string second = "/workflow/" + Id("action", 2);
  CHECK(Import(good).problems.empty());

  json bad = good;
  bad["workflow"][Id("action", 2)]["on_completion"] = Id("action", 7);
  CheckRefused(bad, "UNKNOWN_STEP", second + "/on_completion", "there is no step");

  bad = good;
  bad["workflow"][Id("action", 2)]["on_completion"] = Id("action", 1);
  bad.erase("workflow_exception");
  bad["workflow"].erase(Id("end", 1));
  CheckRefused(bad, "STEP_CYCLE", second + "/on_completion",
               "an endless circle without a condition: a → b → a");

  bad = good;
  bad["workflow"][Id("action", 2)] = WithFailure("b", Id("end", 1), Id("action", 1));
  CheckRefused(bad, "STEP_CYCLE", second + "/on_failure", "lead back to a step before them: a → b");

  bad = good;
  bad["workflow"] = json::array({good["workflow"][Id("action", 1)]});
  CheckRefused(bad, "CACAO_INVALID", "/workflow", "the workflow is a list");

  bad = good;
  bad["workflow"][Id("action", 3)] = Action("c", Id("end", 1));
  CheckRefused(bad, "UNREACHABLE_STEP", "/workflow/" + Id("action", 3), "no way leads");

  bad = good;
  bad["workflow"][Id("action", 1)]["type"] = "playbook-action";
  CHECK_FALSE(Import(bad).problems.empty());

  bad = good;
  bad["workflow"]["action--7"] = Action("c", Id("end", 1));
  CHECK(ReasonOf(Import(bad).problems.front()) == "CACAO_INVALID");
  CHECK_THAT(std::string(Import(bad).problems.front().message()),
             ContainsSubstring("/workflow/action--7: 'action--7' is not an id"));

  bad = good;
  bad["workflow_exception"] = Id("action", 1);
  CheckRefused(bad, "CACAO_NOT_SUPPORTED", "/workflow_exception", "exception");

  bad = good;
  bad["workflow"][Id("action", 1)]["agent"] = Id("individual", 2);
  CheckRefused(bad, "CACAO_INVALID", first + "/agent", "agent_definitions");

  bad = good;
  bad["workflow"][Id("action", 1)]["out_args"] = {"__x__"};
  CheckRefused(bad, "CACAO_INVALID", first + "/out_args/0", "step_variables");

  bad = good;
  bad["workflow"][Id("action", 1)]["comands"] = 1;
  CheckRefused(bad, "CACAO_INVALID", first + "/comands", "is no member of a step of type action");
  CHECK(NextStepOf(Refused(bad)) == "Did you mean 'commands'?");
}

TEST_CASE("ImportCacao: what is not supported is refused by its name", "[library][cacao]") {
  const json good = Cacao(
      {{Id("start", 1), Start(Id("action", 1))}, {Id("action", 1), Action("a", Id("end", 1))}});
  json bad = good;
  bad["workflow"][Id("single", 1)] = {{"type", "single"}};
  CheckRefused(bad, "CACAO_NOT_SUPPORTED", "/workflow/" + Id("single", 1) + "/type",
               "steps of type 'single' are not supported");

  bad = good;
  bad["spec_version"] = "1.1";
  CheckRefused(bad, "CACAO_NOT_SUPPORTED", "/spec_version", "'1.1' is not read");

  bad = good;
  bad["authentication_info_definitions"] = {
      {Id("http-basic", 1), {{"type", "http-basic"}, {"password", "secret"}}}};
  CheckRefused(bad, "CACAO_NOT_SUPPORTED", "/authentication_info_definitions", "authentication");

  bad = good;
  bad["revoked"] = true;
  CheckRefused(bad, "CACAO_NOT_SUPPORTED", "/revoked", "revoked");

  // A step in two branches of a parallel would be done twice.
  bad = Cacao({{Id("start", 1), Start(Id("parallel", 1))},
               {Id("parallel", 1),
                {{"type", "parallel"}, {"next_steps", {Id("action", 1), Id("action", 2)}}}},
               {Id("action", 1), Action("a", Id("action", 3))},
               {Id("action", 2), Action("b", Id("action", 3))},
               {Id("action", 3), Action("c", Id("end", 1))}});
  const absl::Status twice = Refused(bad);
  CHECK(ReasonOf(twice) == "CACAO_NOT_SUPPORTED");
  CHECK_THAT(std::string(twice.message()), ContainsSubstring("/on_completion: "));
  CHECK_THAT(std::string(twice.message()), ContainsSubstring("it would be done twice"));

  json cases = json::object();
  for (int i = 0; i < 20; ++i) cases[absl::StrCat("case", i)] = Id("action", 1);
  bad = Cacao({{Id("start", 1), Start(Id("switch-condition", 1))},
               {Id("switch-condition", 1),
                {{"type", "switch-condition"}, {"switch", "__x__:value"}, {"cases", cases}}},
               {Id("action", 1), Action("a", Id("end", 1))}});
  CheckRefused(bad, "CACAO_NOT_SUPPORTED", "/workflow/" + Id("switch-condition", 1) + "/cases",
               "1 to 19 cases");
}

TEST_CASE("ImportCacao: what is no JSON, too deep, too large or said twice is refused",
          "[library][cacao]") {
  const auto refused = [](const std::string& bytes) {
    const ImportedPlaybook imported =
        ImportCacao("c.json", bytes, "", [](std::string_view) { return ""; });
    CHECK_FALSE(imported.definition.has_value());
    REQUIRE(imported.problems.size() == 1);
    CHECK(ReasonOf(imported.problems.front()) == "JSON_INVALID");
    return std::string(imported.problems.front().message());
  };
  CHECK_THAT(refused("{\n  \"type\": playbook\n}"), ContainsSubstring("c.json:2:11: "));
  CHECK_THAT(refused(""), ContainsSubstring("c.json:1:1: "));
  CHECK_THAT(refused("\xFF\xFE{}"), ContainsSubstring("this is no JSON"));
  CHECK(refused(R"({"workflow": {"a": [1, {"b": 1, "b": 2}]}})") ==
        "c.json: /workflow/a/1: the key 'b' stands twice");
  CHECK_THAT(refused(std::string(100'000, '[')), ContainsSubstring("nested deeper than 32"));
  CHECK_THAT(refused(std::string(5'000'000, ' ')), ContainsSubstring("larger than 4194304 bytes"));
  std::string many = "[0";
  for (int i = 0; i < 500'000; ++i) many += ",0";
  CHECK_THAT(refused(many + "]"), ContainsSubstring("more than 500000 values"));
  CHECK_THAT(std::string(ImportCacao("c.json", "[1]", "", nullptr).problems.front().message()),
             ContainsSubstring("c.json: /type: this is no CACAO playbook"));
}

TEST_CASE("ImportCacao: 1,500 steps, and the refusal of 10,000, take less than a second",
          "[library][cacao]") {
  const auto chain = [](uint64_t count) {
    json workflow = {{Id("start", 1), Start(Id("action", 1))}};
    for (uint64_t i = 1; i <= count; ++i) {
      workflow[Id("action", i)] = Action("a", i == count ? Id("end", 1) : Id("action", i + 1));
    }
    return Cacao(workflow).dump();
  };
  const auto measured = [](const std::string& bytes) {
    const auto start = std::chrono::steady_clock::now();
    ImportedPlaybook imported = ImportCacao("c.json", bytes, "", nullptr);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
#ifdef NDEBUG
    CHECK(elapsed.count() < 1.0);
#else
    CHECK(elapsed.count() < 4.0);
#endif
    return imported;
  };
  const ImportedPlaybook fits = measured(chain(1'500));
  for (const absl::Status& problem : fits.problems) UNSCOPED_INFO(problem.message());
  REQUIRE(fits.definition.has_value());
  CHECK(fits.definition->steps.size() == 1'500);
  // Our own limit of the size of a file.
  const ImportedPlaybook large = measured(chain(10'000));
  REQUIRE(large.problems.size() == 1);
  CHECK_THAT(std::string(large.problems.front().message()), ContainsSubstring("1048576 bytes"));
}

}  // namespace tocsin::library
