// The tests beside a playbook: playbooks/incidents/NAME.test.yaml.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/library/fields.h"
#include "server/library/playbook_reader.h"
#include "server/library/playbook_words.h"

namespace tocsin::library {
namespace {

using playbook::Example;
using playbook::ExampleExpect;
using playbook::ExampleGiven;
using playbook::Owed;

constexpr char kFormat[] = "tocsin-playbook-test-v1";
constexpr std::string_view kNoDue = "none";

using Problems = std::vector<absl::Status>;

void Append(Problems& to, Problems from) {
  for (absl::Status& status : from) to.push_back(std::move(status));
}

// Each pair of the map in `key`; `take` gets the pair as a value that knows its place.
template <typename Take>
void ForEach(YamlMapReader& reader, std::string_view key, Take take) {
  const YamlNode* map = reader.Map(key);
  if (map == nullptr) return;
  for (const YamlNode& child : map->children) take(child);
}

std::string ScalarOf(std::string_view file, const YamlNode& node, YamlMapReader& reader) {
  if (node.kind == YamlKind::kScalar && !node.text.empty()) return node.text;
  reader.Add(YamlErrorAt(file, node, absl::StrCat("'", node.key, "' must be a single value")));
  return "";
}

std::optional<absl::Duration> SpanIn(std::string_view file, const YamlNode& node,
                                     YamlMapReader& reader) {
  const std::optional<absl::Duration> span =
      node.kind == YamlKind::kScalar ? playbook::ParseSpan(node.text) : std::nullopt;
  if (!span) {
    reader.Add(YamlErrorAt(
        file, node, absl::StrCat("'", node.key, "' must be a span of time such as 30m, 4h or 2d")));
  }
  return span;
}

std::optional<Owed> OwedIn(std::string_view file, const YamlNode& node, YamlMapReader& reader) {
  if (node.text == "owed") return Owed::kYes;
  if (node.text == "undecided") return Owed::kUndecided;
  if (node.text == "not_owed") return Owed::kNo;
  reader.Add(YamlErrorAt(file, node,
                         absl::StrCat("'", node.key, "' must be owed, undecided or not_owed")));
  return std::nullopt;
}

ExampleGiven ReadGiven(std::string_view file, const YamlNode& node, Problems& problems) {
  YamlMapReader reader(file, node, "given");
  ExampleGiven given;
  if (reader.Any("severity") != nullptr) {
    given.severity = reader.Word("severity", Choices<Severity>());
  }
  if (reader.Any("phase") != nullptr) given.phase = reader.Word("phase", Choices<Phase>());
  given.entity_kinds = reader.TextList("entity_kinds");
  ForEach(reader, "facts",
          [&](const YamlNode& fact) { given.facts[fact.key] = ScalarOf(file, fact, reader); });
  ForEach(reader, "anchors", [&](const YamlNode& anchor) {
    if (const auto span = SpanIn(file, anchor, reader)) given.anchors[anchor.key] = *span;
  });
  given.regimes = reader.TextList("regimes");
  ForEach(reader, "obligations", [&](const YamlNode& obligation) {
    if (const auto owed = OwedIn(file, obligation, reader)) {
      given.obligations[obligation.key] = *owed;
    }
  });
  ForEach(reader, "answers", [&](const YamlNode& answer) {
    given.answers[answer.key] = ScalarOf(file, answer, reader);
  });
  given.done = reader.TextList("done");
  given.skipped = reader.TextList("skipped");
  given.reach = reader.TextList("reach");
  Append(problems, reader.FinishAll());
  return given;
}

ExampleExpect ReadExpect(std::string_view file, const YamlNode& node, Problems& problems) {
  YamlMapReader reader(file, node, "expect");
  ExampleExpect expect;
  if (reader.Any("active") != nullptr) expect.active = reader.TextList("active");
  expect.includes = reader.TextList("includes");
  expect.not_taken = reader.TextList("not_taken");
  expect.blocked = reader.TextList("blocked");
  ForEach(reader, "waiting", [&](const YamlNode& step) {
    std::vector<std::string>& facts = expect.waiting[step.key];
    for (const YamlNode& fact : step.children) facts.push_back(fact.text);
    if (step.kind != YamlKind::kList) {
      reader.Add(YamlErrorAt(file, step, absl::StrCat("'", step.key, "' must be a list")));
    }
  });
  ForEach(reader, "due", [&](const YamlNode& step) {
    if (step.text == kNoDue) {
      expect.due[step.key] = std::nullopt;
    } else if (const auto span = SpanIn(file, step, reader)) {
      expect.due[step.key] = *span;
    }
  });
  if (reader.Any("finished") != nullptr) {
    expect.finished = reader.Bool("finished", /*when_absent=*/false);
  }
  if (node.kind == YamlKind::kMap && node.children.empty()) {
    reader.Add(YamlErrorAt(file, node, "the test expects nothing"));
  }
  Append(problems, reader.FinishAll());
  return expect;
}

Example ReadExample(std::string_view file, const YamlNode& node, Problems& problems) {
  YamlMapReader reader(file, node, "a test");
  Problems inside;
  Example example;
  example.name = reader.Text("name");
  if (const absl::Status line = CheckLine("The name", example.name, /*may_be_empty=*/true);
      !line.ok()) {
    reader.Refuse("name", ToStd(line.message()));
  }
  if (const YamlNode* given = reader.Map("given")) example.given = ReadGiven(file, *given, inside);
  if (const YamlNode* expect = reader.RequiredMap("expect")) {
    example.expect = ReadExpect(file, *expect, inside);
  }
  Append(problems, reader.FinishAll());
  Append(problems, std::move(inside));
  return example;
}

}  // namespace

PlaybookTests ReadPlaybookTests(std::string_view file, std::string_view bytes,
                                std::vector<absl::Status>& problems) {
  PlaybookTests tests;
  const absl::StatusOr<YamlNode> root = ParseYaml(file, bytes, kPlaybookLimits);
  if (!root.ok()) {
    problems.push_back(root.status());
    return tests;
  }
  YamlMapReader reader(file, *root, "the tests");
  Problems inside;
  CheckFormat(reader, kFormat);
  tests.playbook = reader.Text("playbook");
  if (const YamlNode* list = reader.RequiredList("tests")) {
    if (list->children.empty()) reader.Refuse("tests", "there are no tests");
    for (const YamlNode& node : list->children) {
      tests.examples.push_back(ReadExample(file, node, inside));
      tests.places.emplace_back(node.line, node.column);
    }
  }
  Append(problems, reader.FinishAll());
  Append(problems, std::move(inside));
  return tests;
}

std::vector<absl::Status> RunPlaybookTests(const playbook::Definition& definition,
                                           std::string_view file, std::string_view bytes) {
  std::vector<absl::Status> problems;
  const PlaybookTests tests = ReadPlaybookTests(file, bytes, problems);
  if (!problems.empty()) return problems;
  const auto fail = [&](int line, int column, std::string_view what) {
    problems.push_back(
        InvalidArgument("PLAYBOOK_TEST_FAILED",
                        absl::StrCat(ToAbsl(file), ":", line, ":", column, ": ", ToAbsl(what)),
                        "Correct the playbook, or the test if the playbook is right."));
  };
  if (tests.playbook != definition.id) {
    fail(1, 1,
         absl::StrCat("these are tests of '", tests.playbook, "', not of '", definition.id, "'"));
    return problems;
  }
  for (size_t i = 0; i < tests.examples.size(); ++i) {
    for (const std::string& what : playbook::CheckExample(definition, tests.examples[i])) {
      fail(tests.places[i].first, tests.places[i].second,
           absl::StrCat(tests.examples[i].name, ": ", what));
    }
  }
  return problems;
}

}  // namespace tocsin::library
