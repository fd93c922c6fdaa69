// The parts of the CACAO importer by themselves: ways and their conditions, the limits of the plan,
// texts, JSON.
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/library/cacao_flow.h"
#include "server/library/cacao_model.h"
#include "server/library/cacao_text.h"
#include "server/library/cacao_ways.h"
#include "server/library/json.h"
#include "tests/support/catch.h"
#include "tests/unit/library/cacao_samples.h"

namespace tocsin::library::cacao {
namespace {

using nlohmann::json;

const Questions kQuestions = {{"a", {"yes", "no"}}, {"b", {"yes", "no"}}, {"c", {"x", "y", "z"}}};

std::string Text(const Ways& ways) {
  return playbook::ToText(ways.AsCondition());
}

struct Planned {
  std::vector<Task> tasks;
  std::vector<absl::Status> problems;
};

Planned Plan(const json& document) {
  const JsonValue root = ParseJson("c.json", document.dump()).value();
  Findings findings("c.json");
  CheckForm(root, findings);
  const Workflow workflow = ReadWorkflow(root, findings);
  if (findings.none()) CheckReach(workflow, root, findings);
  if (!findings.none()) return {{}, findings.Take()};
  std::vector<Task> tasks = PlanTasks(workflow, findings);
  return {std::move(tasks), findings.Take()};
}

void CheckRefused(const json& document, const std::string& what) {
  const Planned planned = Plan(document);
  REQUIRE_FALSE(planned.problems.empty());
  CHECK(ReasonOf(planned.problems.front()) == kNotSupported);
  CHECK_THAT(std::string(planned.problems.front().message()), ContainsSubstring(what));
}

}  // namespace

TEST_CASE("Ways: answers that cover a question fall away", "[library][cacao]") {
  const Ways always;
  const Ways yes = always.And("a", "yes");
  CHECK(always.always());
  CHECK_FALSE(yes.always());
  CHECK(yes.Or(always.And("a", "no"), kQuestions).always());
  CHECK(yes.Or(always, kQuestions).always());
  const Ways two = always.And("c", "x").Or(always.And("c", "z"), kQuestions);
  CHECK(Text(two) == "the answer to c is x or z");
  CHECK(two.Or(always.And("c", "y"), kQuestions).always());
}

TEST_CASE("Ways: what is narrower than another way says nothing", "[library][cacao]") {
  const Ways yes = Ways().And("a", "yes");
  const Ways both = yes.And("b", "no");
  CHECK(Text(yes.Or(both, kQuestions)) == Text(yes));
  CHECK(Text(both.Or(yes, kQuestions)) == Text(yes));
  CHECK(Text(both.Or(yes.And("b", "yes"), kQuestions)) == Text(yes));
  const Ways either = Ways().And("a", "no").Or(both, kQuestions);
  CHECK_FALSE(either.always());
  CHECK(either.AsCondition().kind == playbook::Condition::Kind::kAnyOf);
}

TEST_CASE("Ways: more than a condition can hold is said, not cut", "[library][cacao]") {
  Questions questions;
  Ways ways = Ways().And("q0", "yes");
  questions["q0"] = {"yes", "no"};
  for (int i = 1; i < 60; ++i) {
    const std::string id = absl::StrCat("q", i);
    questions[id] = {"yes", "no"};
    ways = ways.Or(Ways().And(id, "yes"), questions);
  }
  CHECK(ways.too_many());
  CHECK_FALSE(ways.always());
  CHECK(ways.Or(Ways(), questions).too_many());
}

TEST_CASE("PlanTasks: each task stands behind those it needs", "[library][cacao]") {
  const Planned planned = Plan(Cacao({{Id("start", 1), Start(Id("parallel", 1))},
                                      {Id("parallel", 1),
                                       {{"type", "parallel"},
                                        {"next_steps", {Id("action", 1), Id("action", 2)}},
                                        {"on_completion", Id("action", 3)}}},
                                      {Id("action", 1), Action("Same", Id("end", 1))},
                                      {Id("action", 2), Action("Same", Id("end", 1))},
                                      {Id("action", 3), Action("...", "")}}));
  REQUIRE(planned.tasks.size() == 3);
  CHECK(planned.tasks[0].id == "same");
  CHECK(planned.tasks[1].id == "same-2");
  CHECK(planned.tasks[2].id == "action");
  CHECK(planned.tasks[2].needs == std::vector<std::string>{"same", "same-2"});
}

TEST_CASE("PlanTasks: more than 100 branches cannot come together", "[library][cacao]") {
  json workflow = {{Id("start", 1), Start(Id("parallel", 1))},
                   {Id("action", 999), Action("join", Id("end", 1))}};
  json next = json::array();
  for (uint64_t i = 1; i <= 101; ++i) {
    next.push_back(Id("action", i));
    workflow[Id("action", i)] = Action("a", Id("end", 1));
  }
  workflow[Id("parallel", 1)] = {
      {"type", "parallel"}, {"next_steps", next}, {"on_completion", Id("action", 999)}};
  CheckRefused(Cacao(workflow), "101 steps come together here; at most 100 can");
}

TEST_CASE("PlanTasks: branches have a depth", "[library][cacao]") {
  json workflow = {{Id("start", 1), Start(Id("if-condition", 1))}};
  for (uint64_t i = 1; i <= 70; ++i) {
    workflow[Id("if-condition", i)] = {
        {"type", "if-condition"},
        {"condition", "x"},
        {"on_true", i == 70 ? Id("action", 1) : Id("if-condition", i + 1)}};
  }
  workflow[Id("action", 1)] = Action("a", Id("end", 1));
  CheckRefused(Cacao(workflow), "branches are nested deeper than 64");
}

TEST_CASE("PlanTasks: ways that no condition can tell apart are refused", "[library][cacao]") {
  json workflow = {{Id("start", 1), Start(Id("action", 1))},
                   {Id("action", 999), Action("handler", Id("end", 1))}};
  for (uint64_t i = 1; i <= 60; ++i) {
    json action = Action("a", "");
    action["on_success"] = i == 60 ? Id("end", 1) : Id("action", i + 1);
    action["on_failure"] = Id("action", 999);
    workflow[Id("action", i)] = action;
  }
  CheckRefused(Cacao(workflow), "more ways lead to this step than a condition can tell apart");
}

TEST_CASE("PlanTasks: ten steps may share the step that handles their failure",
          "[library][cacao]") {
  json workflow = {{Id("start", 1), Start(Id("action", 1))},
                   {Id("action", 999), Action("handler", Id("end", 1))}};
  for (uint64_t i = 1; i <= 10; ++i) {
    json action = Action("a", "");
    action["on_success"] = i == 10 ? Id("end", 1) : Id("action", i + 1);
    action["on_failure"] = Id("action", 999);
    workflow[Id("action", i)] = action;
  }
  const Planned planned = Plan(Cacao(workflow));
  REQUIRE(planned.tasks.size() == 11);
  CHECK(planned.tasks.back().when->parts.size() == 10);
}

TEST_CASE("Slug: what people can type", "[library][cacao]") {
  CHECK(Slug("Isolate the host!") == "isolate-the-host");
  CHECK(Slug("  --  ") == "");
  CHECK(Slug("\u00dcberpr\u00fcfen") == "berpr-fen");
  CHECK(Slug(std::string(100, 'A')) == std::string(40, 'a'));
}

TEST_CASE("OneLine: blanks are joined, long lines cut between characters", "[library][cacao]") {
  CHECK(OneLine(" a\r\n\tb  c ") == "a b c");
  std::string umlauts;
  for (int i = 0; i < 300; ++i) umlauts += "\u00fc";
  const std::string line = OneLine(umlauts);
  CHECK(line.size() <= 500);
  CHECK(line.substr(line.size() - 3) == "\u2026");
  CHECK((line.size() - 3) % 2 == 0);
}

TEST_CASE("JsonValue: equal whatever the order of members; lists have an order",
          "[library][cacao]") {
  const auto parse = [](const char* text) { return ParseJson("j", text).value(); };
  CHECK(parse(R"({"a": 1, "b": [1, 2]})") == parse(R"({"b": [1, 2], "a": 1})"));
  CHECK_FALSE(parse(R"([1, 2])") == parse(R"([2, 1])"));
  CHECK_FALSE(parse(R"({"a": 1})") == parse(R"({"a": "1"})"));
  CHECK_FALSE(parse(R"({"a": 1})") == parse(R"({"b": 1})"));
  CHECK_FALSE(parse("true") == parse("false"));
  CHECK(WriteJson(parse(R"({"k\u00e9y": [1.50, -0.1e7, true, null, "\n"]})"), 0) ==
        "{\"k\\u00e9y\": [1.50, -0.1e7, true, null, \"\\n\"]}");
  CHECK(WriteJson(parse("{\"a\":{\"b\":{\"c\":[]}}}"), 2) ==
        "{\n  \"a\": {\n    \"b\": {\"c\": []}\n  }\n}");
  CHECK(PointerPart("a/b~c") == "/a~1b~0c");
}

}  // namespace tocsin::library::cacao
