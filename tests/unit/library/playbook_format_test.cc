// The playbook format as people meet it: its documentation, its schema, its tests, its refusals.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/domain/run_facts.h"
#include "server/library/pin_playbook.h"
#include "server/library/playbook_reader.h"
#include "tests/support/catch.h"

namespace tocsin::library {
namespace {

namespace fs = std::filesystem;
using Keys = std::set<std::string>;

const fs::path kPlaybooks = fs::path(TOCSIN_SOURCE_DIR) / "playbooks";

std::string FileBytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> Lint(const std::string& bytes) {
  std::vector<std::string> messages;
  for (const absl::Status& status :
       LintPlaybook("p.yaml", bytes, domain::PlaybookWords()).problems) {
    messages.emplace_back(status.message());
  }
  return messages;
}

// A playbook of one step with `keys` added to it.
std::string WithKeys(const std::string& keys) {
  return absl::StrCat(
      "format: tocsin-playbook-v1\nid: p\ntitle: P\nversion: \"1.0\"\nsummary: S.\nsteps:\n"
      "  - id: look\n    title: Look\n    phase: triage\n    role: responder\n"
      "    instructions: Look.\n",
      keys);
}

std::vector<std::string> YamlBlocks(const std::string& markdown) {
  std::vector<std::string> blocks;
  for (const absl::string_view part : absl::StrSplit(markdown, "```yaml\n")) {
    blocks.emplace_back(part.substr(0, part.find("```")));
  }
  blocks.erase(blocks.begin());
  return blocks;
}

// The keys that the reader says it knows of the map that holds the key "zzzzzz".
Keys KeysOf(const std::vector<std::string>& messages) {
  for (const std::string& message : messages) {
    const size_t known = message.find("known are ");
    if (known == std::string::npos || !absl::StrContains(message, "'zzzzzz'")) continue;
    const std::vector<std::string> keys =
        absl::StrSplit(message.substr(known + std::string("known are ").size()), ", ");
    return {keys.begin(), keys.end()};
  }
  FAIL("no message names the known keys: " << absl::StrJoin(messages, "\n"));
  return {};
}

Keys KeysOf(const nlohmann::json& schema) {
  Keys keys;
  for (const auto& [key, value] : schema.at("properties").items()) keys.insert(key);
  return keys;
}

nlohmann::json Schema(const std::string& name) {
  return nlohmann::json::parse(FileBytes(kPlaybooks / "incidents" / name));
}

}  // namespace

TEST_CASE("Library: each playbook passes lint and its own tests", "[library][playbook]") {
  size_t playbooks = 0;
  for (const auto& entry : fs::directory_iterator(kPlaybooks / "incidents")) {
    const std::string path = entry.path().string();
    if (!absl::EndsWith(path, ".yaml") || absl::EndsWith(path, ".test.yaml")) continue;
    ++playbooks;
    INFO(path);
    const LintedPlaybook linted = LintPlaybook(path, FileBytes(path), domain::PlaybookWords());
    for (const absl::Status& problem : linted.problems) UNSCOPED_INFO(problem.message());
    REQUIRE(linted.definition.has_value());
    CHECK(linted.definition->id == entry.path().stem().string());

    const std::string tests = absl::StrReplaceAll(path, {{".yaml", ".test.yaml"}});
    REQUIRE(fs::exists(tests));
    const auto failed = RunPlaybookTests(*linted.definition, tests, FileBytes(tests));
    for (const absl::Status& problem : failed) UNSCOPED_INFO(problem.message());
    CHECK(failed.empty());
  }
  CHECK(playbooks >= 1);
}

TEST_CASE("Playbook README: each example can be read, and its tests pass", "[library][playbook]") {
  const std::vector<std::string> blocks = YamlBlocks(FileBytes(kPlaybooks / "README.md"));
  REQUIRE(blocks.size() >= 7);
  std::optional<playbook::Definition> whole;
  for (const std::string& block : blocks) {
    if (absl::StartsWith(block, "#")) continue;
    INFO(block);
    if (absl::StartsWith(block, "format: tocsin-playbook-v1")) {
      const LintedPlaybook linted = LintPlaybook("README", block, domain::PlaybookWords());
      CHECK(linted.problems.empty());
      whole = linted.definition;
    } else if (absl::StartsWith(block, "format: ")) {
      REQUIRE(whole.has_value());
      const auto failed = RunPlaybookTests(*whole, "README", block);
      for (const absl::Status& problem : failed) UNSCOPED_INFO(problem.message());
      CHECK(failed.empty());
    } else {
      // A step, or keys of one.
      const bool step = absl::StartsWith(block, "  - ");
      const std::string before =
          step ? absl::StrCat("  - id: take-command\n    title: T\n    phase: triage\n",
                              "    role: commander\n    instructions: T.\n")
               : "";
      const std::string bytes =
          step ? absl::StrReplaceAll(WithKeys(""), {{"  - id: look", before + "  - id: look"}}) +
                     block
               : WithKeys(block);
      CHECK(Lint(bytes) == std::vector<std::string>{});
    }
  }
}

TEST_CASE("Playbook schema: reader and schema know the same keys", "[library][playbook]") {
  const nlohmann::json schema = Schema("playbook.schema.json");
  const nlohmann::json& parts = schema.at("definitions");

  CHECK(KeysOf(Lint("zzzzzz: 1\n")) == KeysOf(schema));
  CHECK(KeysOf(Lint(WithKeys("    zzzzzz: 1\n"))) == KeysOf(parts.at("step")));
  CHECK(KeysOf(Lint(WithKeys("    when: {zzzzzz: 1}\n"))) == KeysOf(parts.at("condition")));
  CHECK(KeysOf(Lint(WithKeys("    questions: [{zzzzzz: 1}]\n"))) == KeysOf(parts.at("question")));
  CHECK(KeysOf(Lint(WithKeys("    due: {zzzzzz: 1}\n"))) == KeysOf(parts.at("due")));
  CHECK(KeysOf(Lint(WithKeys("    repeat: {zzzzzz: 1}\n"))) == KeysOf(parts.at("repeat")));

  const nlohmann::json test_schema = Schema("playbook-test.schema.json");
  const nlohmann::json& test_parts = test_schema.at("definitions");
  const auto tests = [](const std::string& bytes) {
    std::vector<absl::Status> problems;
    ReadPlaybookTests("t.yaml", bytes, problems);
    std::vector<std::string> messages;
    for (const absl::Status& problem : problems) messages.emplace_back(problem.message());
    return messages;
  };
  const std::string head = "format: tocsin-playbook-test-v1\nplaybook: p\ntests:\n";
  CHECK(KeysOf(tests("zzzzzz: 1\n")) == KeysOf(test_schema));
  CHECK(KeysOf(tests(head + "  - {zzzzzz: 1}\n")) == KeysOf(test_parts.at("test")));
  CHECK(KeysOf(tests(head + "  - {given: {zzzzzz: 1}}\n")) == KeysOf(test_parts.at("given")));
  CHECK(KeysOf(tests(head + "  - {expect: {zzzzzz: 1}}\n")) == KeysOf(test_parts.at("expect")));
}

TEST_CASE("Playbook README: names every key", "[library][playbook]") {
  const std::string readme = FileBytes(kPlaybooks / "README.md");
  for (const char* name : {"playbook.schema.json", "playbook-test.schema.json"}) {
    const nlohmann::json schema = Schema(name);
    std::vector<nlohmann::json> parts = {schema};
    for (const auto& [key, part] : schema.at("definitions").items()) {
      if (part.contains("properties")) parts.push_back(part);
    }
    for (const nlohmann::json& part : parts) {
      for (const std::string& key : KeysOf(part)) {
        INFO(key);
        CHECK((absl::StrContains(readme, absl::StrCat("`", key, "`")) ||
               absl::StrContains(readme, absl::StrCat("{", key, ": ")) ||
               absl::StrContains(readme, absl::StrCat("`", key, ": "))));
      }
    }
  }
}

TEST_CASE("LintPlaybook: all that is wrong is said at once, with its place",
          "[library][playbook]") {
  const std::vector<std::string> messages = Lint(R"(format: tocsin-playbook-v1
id: p
title: P
version: "1.0"
summary: S.
steps:
  - id: look
    titel: Look
    phase: triage
    role: respnder
    instructions: Look.
  - id: act
    title: Act
    phase: containment
    role: responder
    needs: [lok]
    when: {fact: personal_dat, is: yes}
    due: {within: 1h, from: awar}
    evidence: [note, photo]
    instructions: Act.
  - id: tell
    title: Tell
    phase: containment
    role: communications
    needs: [act]
    when: {fact: personal_data, is: maybe}
    due: {within: 1h, remind: 2h}
    instructions: Tell.
)");

  const std::string all = absl::StrJoin(messages, "\n");
  INFO(all);
  CHECK(messages.size() == 9);
  CHECK_THAT(all, ContainsSubstring("p.yaml:16:13: Step 'act' needs 'lok'"));
  CHECK_THAT(all, ContainsSubstring("p.yaml:17:18: 'personal_dat' is not a fact"));
  CHECK_THAT(all, ContainsSubstring("p.yaml:18:29: 'awar' is not an anchor"));
  CHECK_THAT(all, ContainsSubstring("p.yaml:8:5: unknown key 'titel' in a step; did you mean"));
  CHECK_THAT(all, ContainsSubstring("p.yaml:10:11: 'respnder' is not known; did you mean"));
  CHECK_THAT(all, ContainsSubstring("p.yaml:19:15: 'photo' is no kind of evidence"));
  CHECK_THAT(all, ContainsSubstring("p.yaml:26:37: "));
  CHECK_THAT(all, ContainsSubstring("p.yaml:27:31: "));
}

TEST_CASE("LintPlaybook: names outside the playbook are checked, reading an old record does not",
          "[library][playbook]") {
  const auto only = [](const std::string& keys) {
    const std::vector<std::string> messages = Lint(WithKeys(keys));
    CHECK(messages.size() == 1);
    return messages.empty() ? "" : messages.front();
  };
  const std::string fact = "    when: {fact: personal_dat, is: yes}\n";
  CHECK_THAT(only(fact), ContainsSubstring("p.yaml:12:18: 'personal_dat' is not a fact"));
  CHECK(ReadPlaybook("p.yaml", WithKeys(fact)).ok());
  CHECK_THAT(only("    due: {within: 1h, from: awar}\n"),
             ContainsSubstring("p.yaml:12:29: 'awar' is not an anchor"));
  CHECK_THAT(only("    when: {}\n"), ContainsSubstring("a condition needs one of: "));
  CHECK_THAT(only("    when: {fact: personal_data}\n"), ContainsSubstring("is, at_least, below"));
  CHECK_THAT(only("    when: {anchor: aware, is: yes}\n"), ContainsSubstring("12:11"));
  CHECK_THAT(only("    when: {anchor: aware, regime: nis2}\n"), ContainsSubstring("all_of"));
  CHECK_THAT(only("    when: {all_of: []}\n"), ContainsSubstring("the list is empty"));
  CHECK_THAT(only("    evidence: [none, note]\n"), ContainsSubstring("none stands alone"));
  CHECK_THAT(only("    due: {remind: 1h}\n"), ContainsSubstring("'within'"));
  CHECK_THAT(only("    repeat: {every: 1h}\n"), ContainsSubstring("'until'"));
  CHECK_THAT(only("    questions: [{id: q, ask: Q, type: yesno}]\n"),
             ContainsSubstring("did you mean 'yes_no'"));
}

TEST_CASE("ReadPlaybook: aliases, tags, depth and size have limits", "[library][playbook]") {
  CHECK_THAT(Lint(WithKeys("    needs: &a [look]\n")).at(0), ContainsSubstring("anchors"));
  CHECK_THAT(Lint(WithKeys("    needs: *a\n")).at(0), ContainsSubstring("aliases"));
  CHECK_THAT(Lint(WithKeys("    mandatory: !!bool true\n")).at(0), ContainsSubstring("tags"));
  std::string deep = "{fact: personal_data, is: yes}";
  for (int i = 0; i < 40; ++i) deep = "{not: " + deep + "}";
  CHECK_THAT(Lint(WithKeys("    when: " + deep + "\n")).at(0),
             ContainsSubstring("nested deeper than 32"));
  const std::string big(kPlaybookLimits.bytes_max, '#');
  CHECK_THAT(Lint(WithKeys(big)).at(0), ContainsSubstring("larger than 1048576 bytes"));
}

TEST_CASE("LintPlaybook: 10,000 steps take less than a second", "[library][playbook]") {
  std::string bytes =
      "format: tocsin-playbook-v1\nid: p\ntitle: P\nversion: \"1.0\"\nsummary: S.\nsteps:\n";
  for (size_t i = 0; i < playbook::kStepsMax; ++i) {
    absl::StrAppend(&bytes, "- {id: s", i, ", title: T, phase: triage, role: dpo",
                    i == 0 ? "" : absl::StrCat(", needs: [s", i - 1, "]"), ", instructions: I}\n");
  }
  const playbook::Words words = domain::PlaybookWords();
  const auto start = std::chrono::steady_clock::now();
  const LintedPlaybook linted = LintPlaybook("p.yaml", bytes, words);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;

  REQUIRE(linted.definition.has_value());
  CHECK(linted.definition->steps.size() == playbook::kStepsMax);
#ifdef NDEBUG
  CHECK(elapsed.count() < 1.0);
#else
  CHECK(elapsed.count() < 3.0);
#endif
}

TEST_CASE("LintPlaybook: a circle, what lies behind it and missing instructions have their places",
          "[library][playbook]") {
  const auto step = [](const std::string& id, const std::string& needs) {
    return absl::StrCat("  - {id: ", id, ", title: T, phase: triage, role: dpo, needs: [", needs,
                        "], instructions: I}\n");
  };
  const std::string head =
      "format: tocsin-playbook-v1\nid: p\ntitle: P\nversion: \"1.0\"\nsummary: S.\nsteps:\n";
  const std::vector<std::string> circle =
      Lint(head + step("a", "c") + step("b", "a") + step("c", "b") + step("d", "c"));
  REQUIRE(circle.size() == 2);
  CHECK_THAT(circle[0], ContainsSubstring("p.yaml:7:56: Steps wait for each other in a circle: "
                                          "a → c → b → a"));
  CHECK_THAT(circle[1], ContainsSubstring("p.yaml:10:5: Step 'd' can never be reached"));

  const std::vector<std::string> missing =
      Lint(absl::StrReplaceAll(WithKeys(""), {{"    instructions: Look.\n", ""}}));
  REQUIRE(missing.size() == 1);
  CHECK_THAT(missing[0], ContainsSubstring("p.yaml:7:5: a step lacks the key 'instructions'"));
  const std::vector<std::string> blank =
      Lint(absl::StrReplaceAll(WithKeys(""), {{"instructions: Look.", "instructions: ' '"}}));
  REQUIRE(blank.size() == 1);
  CHECK_THAT(blank[0], ContainsSubstring("p.yaml:11:19: The instructions of step 'look'"));
}

TEST_CASE("LintPlaybook: what a playbook was imported from must be JSON", "[library][playbook]") {
  CHECK(Lint(WithKeys("cacao: '{\"type\": \"playbook\"}'\n")).empty());
  CHECK_THAT(Lint(WithKeys("cacao: '{oops}'\n")).at(0), ContainsSubstring("p.yaml:12:8: "));
  CHECK_THAT(Lint(WithKeys("cacao: '[1]'\n")).at(0),
             ContainsSubstring("this is no CACAO playbook"));
}

TEST_CASE("LintPlaybook: 10,000 faulty steps take less than a second too", "[library][playbook]") {
  const auto measured = [](const std::string& needs_of_first, const char* need) {
    std::string bytes =
        "format: tocsin-playbook-v1\nid: p\ntitle: P\nversion: \"1.0\"\nsummary: S.\nsteps:\n";
    for (size_t i = 0; i < playbook::kStepsMax; ++i) {
      absl::StrAppend(&bytes, "- {id: s", i, ", title: T, phase: triage, role: dpo, needs: [",
                      i == 0 ? needs_of_first : absl::StrCat(need, i - 1), "], instructions: I}\n");
    }
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::string> messages = Lint(bytes);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
#ifdef NDEBUG
    CHECK(elapsed.count() < 1.0);
#else
    CHECK(elapsed.count() < 3.0);
#endif
    return messages;
  };
  const std::vector<std::string> circle = measured("s9999", "s");
  REQUIRE(circle.size() == 1);
  CHECK_THAT(circle[0], ContainsSubstring("(9992 more)"));
  CHECK(measured("", "x").size() == playbook::kProblemsMax);
}

TEST_CASE("LintPlaybook: a file has a limit of values", "[library][playbook]") {
  std::string bytes = "a: [0";
  while (bytes.size() < 2 * kPlaybookLimits.nodes_max) bytes += ",0";
  CHECK_THAT(Lint(bytes + "]\n").at(0), ContainsSubstring("more than 200000 values"));
}

TEST_CASE("Playbook tests: a failure names file, line and test", "[library][playbook]") {
  const auto definition = ReadPlaybook("p.yaml", WithKeys("    due: 30m\n"));
  REQUIRE(definition.ok());
  const auto failed = RunPlaybookTests(*definition, "p.test.yaml", R"(
format: tocsin-playbook-test-v1
playbook: p
tests:
  - name: The first look is due in time
    expect: {due: {look: 20m}}
  - name: It is the only thing to do
    expect: {active: [look]}
)");
  REQUIRE(failed.size() == 1);
  CHECK(ReasonOf(failed[0]) == "PLAYBOOK_TEST_FAILED");
  CHECK(failed[0].message() ==
        "p.test.yaml:5:5: The first look is due in time: look is due 30 min; expected 20 min");
  CHECK_THAT(std::string(RunPlaybookTests(*definition, "p.test.yaml",
                                          "format: tocsin-playbook-test-v1\nplaybook: q\n"
                                          "tests:\n  - {name: N, expect: {finished: false}}\n")
                             .at(0)
                             .message()),
             ContainsSubstring("tests of 'q', not of 'p'"));
  CHECK_FALSE(RunPlaybookTests(*definition, "t",
                               "format: tocsin-playbook-test-v1\nplaybook: p\n"
                               "tests:\n  - {name: N, expect: {}}\n")
                  .empty());
}

TEST_CASE("PinBelow: a playbook is pinned with all below it; circles and gaps are refused",
          "[library][playbook]") {
  std::map<std::string, PinnedPlaybook, std::less<>> all;
  const auto add = [&](const std::string& id, const std::vector<std::string>& below) {
    domain::PinnedDefinition pinned;
    pinned.definition.id = id;
    for (const std::string& child : below) {
      playbook::Step step;
      step.id = "start-" + child;
      step.playbook = child;
      pinned.definition.steps.push_back(step);
    }
    all[id] = std::make_shared<const domain::PinnedDefinition>(pinned);
  };
  const auto pin = [&](const std::string& id) {
    return PinBelow(all.at(id), [&](std::string_view wanted) {
      const auto found = all.find(wanted);
      return found == all.end() ? nullptr : found->second;
    });
  };
  add("leaf", {});
  add("middle", {"leaf"});
  add("top", {"middle", "leaf", "middle"});
  CHECK(pin("leaf").value() == all.at("leaf"));
  const auto top = pin("top").value();
  REQUIRE(top->below.size() == 2);
  CHECK(top->below[0]->definition.id == "middle");
  CHECK(top->below[0]->below.size() == 1);
  CHECK(top->below[1]->definition.id == "leaf");

  add("gap", {"nowhere"});
  CHECK(ReasonOf(pin("gap").status()) == "UNKNOWN_PLAYBOOK");
  add("a", {"b"});
  add("b", {"a"});
  CHECK(ReasonOf(pin("a").status()) == "PLAYBOOK_CYCLE");
  CHECK_THAT(std::string(pin("a").status().message()), ContainsSubstring("a → b → a"));
  for (int i = 0; i <= 5; ++i) {
    add(absl::StrCat("d", i),
        i == 5 ? std::vector<std::string>{} : std::vector<std::string>{absl::StrCat("d", i + 1)});
  }
  CHECK(ReasonOf(pin("d0").status()) == "TOO_DEEP");
  CHECK(pin("d1").ok());
}

}  // namespace tocsin::library
