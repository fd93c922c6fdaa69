#include "clients/convert/json_tree.h"

#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"

namespace tocsin::convert {
namespace {

std::string Leaves(const std::string& text) {
  const auto root = ParseJson(text);
  REQUIRE(root.ok());
  std::string out;
  ForEachLeaf(*root, {"", "", ""}, [&out](const Field& field) {
    absl::StrAppend(&out, field.name, "|", field.path, "=", field.value, "\n");
  });
  return out;
}

std::string Problem(const std::string& text) {
  return std::string(ParseJson(text).status().message());
}

TEST_CASE("ParseJson: numbers keep their digits, members their order", "[convert]") {
  CHECK(Leaves(R"({"b": 1.50, "a": 18446744073709551615, "c": -7, "d": true})") ==
        "b|b=1.50\na|a=18446744073709551615\nc|c=-7\nd|d=true\n");
}

TEST_CASE("ForEachLeaf: lists of objects are numbered, lists of texts are one leaf", "[convert]") {
  CHECK(Leaves(R"({"x": [{"n": "a"}, {"n": "b"}], "t": ["p", "q"], "e": [], "z": null})") ==
        "x.n|x.1.n=a\nx.n|x.2.n=b\nt|t=p; q\n");
  CHECK(Leaves(R"({"t": ["p;q", "r"]})") == "t|t.1=p;q\nt|t.2=r\n");
}

TEST_CASE("ParseJson: a mistake has its line and column", "[convert]") {
  CHECK(Problem("{\n  \"a\": 1,\n  \"b\": nil\n}") == "line 3, column 9: is not valid JSON");
  CHECK(Problem("") == "line 1, column 1: is not valid JSON");
  CHECK(Problem("{} {}").find("line 1") == 0);
  CHECK(Problem(R"({"a": "\ud800"})").find("is not valid JSON") != std::string::npos);
  CHECK(Problem(R"({"a": 1e999})").find("is not valid JSON") != std::string::npos);
}

TEST_CASE("ParseJson: keys that stand twice and deep nesting are refused with their path",
          "[convert]") {
  CHECK(Problem(R"({"a": {"b": [0, {"c": 1, "c": 2}]}})") ==
        "$.a.b[1]: a key stands twice in this object");
  std::string deep(100'000, '[');
  CHECK(Problem(deep).find("is nested deeper than 64 levels") != std::string::npos);
}

TEST_CASE("JsonFields: what nobody read is the rest", "[convert]") {
  const auto root = ParseJson(R"({"a": "1", "b": {"c": 2}, "d": ["x"], "e": {"f": 3}})");
  REQUIRE(root.ok());
  JsonFields fields(*root, "task");

  CHECK(fields.Scalar("a") == "1");
  // No scalar: it stays.
  CHECK(fields.Scalar("b").empty());
  CHECK(fields.List("d").size() == 1);
  const std::vector<Field> rest = fields.Rest();

  REQUIRE(rest.size() == 2);
  CHECK(rest[0].name == "task.b.c");
  CHECK(rest[0].path == "b.c");
  CHECK(rest[1].value == "3");
}

}  // namespace
}  // namespace tocsin::convert
