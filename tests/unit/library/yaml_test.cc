#include "server/library/yaml.h"

#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin::library {
namespace {

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

std::string ParseError(const std::string& text) {
  const auto parsed = ParseYaml("play.yaml", text);
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(ReasonOf(parsed.status()) == "YAML_INVALID");
  CHECK_FALSE(NextStepOf(parsed.status()).empty());
  return MessageOf(parsed.status());
}

YamlNode Parsed(const std::string& text) {
  auto parsed = ParseYaml("play.yaml", text);
  INFO(parsed.status().message());
  REQUIRE(parsed.ok());
  return *std::move(parsed);
}

TEST_CASE("ParseYaml: keeps order, text, lines and columns", "[library][yaml]") {
  const YamlNode root = Parsed(
      "# a comment\n"
      "name: Ransomware\n"
      "steps:\n"
      "  - id: \"isolate\"\n"
      "    after: [a, b]\n"
      "text: >\n"
      "  first\n"
      "  second\n");

  REQUIRE(root.kind == YamlKind::kMap);
  REQUIRE(root.children.size() == 3);
  CHECK(root.children[0].key == "name");
  CHECK(root.children[0].text == "Ransomware");
  CHECK(root.children[0].plain);
  CHECK(root.children[0].line == 2);
  CHECK(root.children[0].column == 7);
  CHECK(root.children[0].key_column == 1);
  const YamlNode& step = root.children[1].children.at(0);
  CHECK(step.kind == YamlKind::kMap);
  CHECK(step.line == 4);
  CHECK(step.column == 5);
  CHECK(step.children[0].text == "isolate");
  CHECK_FALSE(step.children[0].plain);
  CHECK(step.children[1].kind == YamlKind::kList);
  CHECK(step.children[1].children[1].text == "b");
  CHECK(step.children[1].children[1].line == 5);
  CHECK(step.children[1].children[1].column == 16);
  CHECK(root.children[2].text == "first second\n");
}

TEST_CASE("ParseYaml: refuses aliases, anchors, merge keys and tags at their place",
          "[library][yaml]") {
  CHECK(ParseError("a: 1\nb: *a\n") == "play.yaml:2:4: aliases (*name) are not allowed");
  CHECK(ParseError("a: &x 1\n") == "play.yaml:1:4: anchors (&name) are not allowed");
  CHECK(ParseError("a: &x\n  b: 1\n") == "play.yaml:1:4: anchors (&name) are not allowed");
  CHECK(ParseError("a: 1\n<<: {b: 2}\n") == "play.yaml:2:1: merge keys (<<) are not allowed");
  CHECK(ParseError("a: !!int 1\n") == "play.yaml:1:4: tags (!name) are not allowed");
}

TEST_CASE("ParseYaml: an alias bomb ends at its first anchor", "[library][yaml]") {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    absl::StrAppend(&bomb, "a", i, ": &a", i, " [");
    for (int j = 0; j < 9; ++j) absl::StrAppend(&bomb, j == 0 ? "" : ",", "*a", i - 1);
    absl::StrAppend(&bomb, "]\n");
  }

  CHECK(ParseError(bomb) == "play.yaml:1:5: anchors (&name) are not allowed");
}

TEST_CASE("ParseYaml: refuses duplicate keys, naming both places", "[library][yaml]") {
  CHECK(ParseError("a:\n  b: 1\n  c: 2\n  b: 3\n") ==
        "play.yaml:4:3: the key 'b' stands here for the second time; first in line 2");
  CHECK(ParseError("{a: 1, \"a\": 2}\n") ==
        "play.yaml:1:8: the key 'a' stands here for the second time; first in line 1");
}

TEST_CASE("ParseYaml: depth 32 passes and depth 33 does not", "[library][yaml]") {
  const auto nested = [](size_t depth) {
    return std::string(depth - 1, '[') + "x" + std::string(depth - 1, ']') + "\n";
  };

  CHECK(ParseYaml("play.yaml", nested(32)).ok());
  CHECK(ParseError(nested(33)) == "play.yaml:1:33: nested deeper than 32 levels");
  CHECK_THAT(ParseError(nested(20000)), ContainsSubstring("play.yaml:1:"));
}

TEST_CASE("ParseYaml: bounds size and number of values", "[library][yaml]") {
  const std::string big = "a: " + std::string(kYamlBytesMax - 4, 'x') + "\n";
  CHECK(ParseYaml("play.yaml", big).ok());
  CHECK(ParseError(big + " ") == "play.yaml:1:1: larger than 262144 bytes");

  std::string many = "[";
  for (size_t i = 0; i < kYamlNodesMax - 1; ++i) many += i == 0 ? "x" : ",x";
  CHECK(ParseYaml("play.yaml", many + "]\n").ok());
  CHECK_THAT(ParseError(many + ",x]\n"), ContainsSubstring("more than 20000 values in one file"));
}

TEST_CASE("ParseYaml: refuses what is not one well-formed document", "[library][yaml]") {
  CHECK_THAT(ParseError("a: [1, 2\nb: 3\n"), ContainsSubstring("not readable as YAML"));
  CHECK_THAT(ParseError("a: \"open\nb: 1\n"), ContainsSubstring("play.yaml:"));
  CHECK(ParseError("") == "play.yaml:1:1: the file is empty");
  CHECK(ParseError("# only a comment\n") == "play.yaml:1:1: the file is empty");
  CHECK(ParseError("a: 1\n---\nb: 2\n") == "play.yaml:2:1: a second document starts here");
  CHECK(ParseError("a: \xff\n") == "play.yaml:1:1: not valid UTF-8");
  CHECK(ParseError("a: 1\nb: \"x\\u0007\"\n") ==
        "play.yaml:2:4: the value holds the control character U+0007 at byte 2");
  CHECK(ParseError("? [a, b]\n: 1\n") == "play.yaml:1:3: a key must be a word");
}

enum class Unit { kHour, kMonth };

struct Rule {
  std::string stage;
  int64_t amount = 0;
  bool own = true;
  Unit unit = Unit::kHour;
  std::vector<std::string> kinds;
};

absl::StatusOr<Rule> ReadRule(const std::string& text) {
  auto root = ParseYaml("play.yaml", text);
  if (!root.ok()) return root.status();
  YamlMapReader map("play.yaml", *root, "a stage");
  Rule rule;
  rule.stage = map.Text("stage");
  rule.amount = map.Integer("amount", 1, 400);
  rule.own = map.Bool("own", true);
  rule.unit = map.Word<Unit>("unit", {{"hour", Unit::kHour}, {"month", Unit::kMonth}});
  rule.kinds = map.TextList("kinds");
  const absl::Status status = map.Finish();
  if (!status.ok()) return status;
  return rule;
}

std::string RuleError(const std::string& text) {
  const auto rule = ReadRule(text);
  REQUIRE_FALSE(rule.ok());
  return MessageOf(rule.status());
}

TEST_CASE("YamlMapReader: reads typed fields", "[library][yaml]") {
  const auto rule = ReadRule("stage: final\namount: 1\nunit: month\nown: false\nkinds: [a, 'b']\n");

  REQUIRE(rule.ok());
  CHECK(rule->stage == "final");
  CHECK(rule->amount == 1);
  CHECK(rule->unit == Unit::kMonth);
  CHECK_FALSE(rule->own);
  CHECK(rule->kinds == std::vector<std::string>{"a", "b"});
}

TEST_CASE("YamlMapReader: an unknown key is refused with the nearest known one",
          "[library][yaml]") {
  CHECK(RuleError("stage: final\namont: 1\nunit: month\n") ==
        "play.yaml:2:1: unknown key 'amont' in a stage; did you mean 'amount'?");
  CHECK(RuleError("stage: final\namount: 1\nunit: month\n\"something\": 1\n") ==
        "play.yaml:4:1: unknown key 'something' in a stage; known are stage, amount, own, unit, "
        "kinds");
}

TEST_CASE("YamlMapReader: missing keys and wrong types name line and column", "[library][yaml]") {
  CHECK(RuleError("\nstage: final\nunit: month\n") ==
        "play.yaml:2:1: a stage lacks the key 'amount'");
  CHECK(RuleError("stage: final\namount: \"1\"\nunit: month\n") ==
        "play.yaml:2:9: 'amount' must be a whole number from 1 to 400, without quotes");
  CHECK(RuleError("stage: final\namount: 401\nunit: month\n") ==
        "play.yaml:2:9: 'amount' must be a whole number from 1 to 400, without quotes");
  CHECK(RuleError("stage: [final]\namount: 1\nunit: month\n") ==
        "play.yaml:1:8: 'stage' must be a single value");
  CHECK_THAT(RuleError("stage:\namount: 1\nunit: month\n"),
             ContainsSubstring("'stage' has no value"));
  CHECK(RuleError("stage: final\namount: 1\nunit: months\n") ==
        "play.yaml:3:7: 'months' is not known; did you mean 'month'?");
  CHECK(RuleError("stage: final\namount: 1\nunit: fortnight\n") ==
        "play.yaml:3:7: 'fortnight' is not one of: hour, month");
  CHECK(RuleError("stage: final\namount: 1\nunit: month\nown: yes\n") ==
        "play.yaml:4:6: 'own' must be true or false");
  CHECK(RuleError("stage: final\namount: 1\nunit: month\nkinds: a\n") ==
        "play.yaml:4:8: 'kinds' must be a list (- item)");
  CHECK(RuleError("stage: final\namount: 1\nunit: month\nkinds: [a, [b]]\n") ==
        "play.yaml:4:12: each item of 'kinds' must be text");
  CHECK(RuleError("- a\n") == "play.yaml:1:1: a stage must be a map (key: value)");
}

TEST_CASE("ReadYamlBytes: a missing file is kNotFound", "[library][yaml]") {
  const auto bytes = ReadYamlBytes(std::string(TOCSIN_BINARY_DIR) + "/no-such-file.yaml");

  REQUIRE_FALSE(bytes.ok());
  CHECK(bytes.status().code() == absl::StatusCode::kNotFound);
  CHECK(ReasonOf(bytes.status()) == "FILE_NOT_READABLE");
}

}  // namespace
}  // namespace tocsin::library
