#include "clients/core/yaml_output.h"

#include "clients/core/output.h"
#include "tests/support/catch.h"

namespace tocsin::client {
namespace {

TEST_CASE("YAML output: the same value, text that looks like something else stays text",
          "[clients][output]") {
  CHECK(YamlOfJson(R"({"a":"yes","n":"17","b":true,"e":"","l":[],"m":[1,{"x":null}]})") ==
        "\"a\": \"yes\"\n\"n\": \"17\"\n\"b\": true\n\"e\": \"\"\n\"l\": []\n"
        "\"m\":\n- 1\n- \"x\": null\n");
  CHECK(YamlOfJson(R"({"t":"two\nlines: # no comment"})") ==
        "\"t\": \"two\\nlines: # no comment\"\n");
  CHECK(YamlOfJson("[]") == "[]\n");
}

TEST_CASE("ParseOutputFormat: every form of -o", "[clients][output]") {
  CHECK(ParseOutputFormat("wide") == OutputFormat::kWide);
  CHECK(ParseOutputFormat("yaml") == OutputFormat::kYaml);
  CHECK(ParseOutputFormat("jsonl") == OutputFormat::kJsonl);
  CHECK_FALSE(ParseOutputFormat("xml").has_value());
}

}  // namespace
}  // namespace tocsin::client
