#include "clients/chat/net/json.h"

#include <string>

#include "server/base/text.h"
#include "tests/support/catch.h"

namespace tocsin::chat {

TEST_CASE("ReadJson: one object and nothing else", "[chat][net]") {
  CHECK(ReadJson(R"({"a":1})").has_value());
  for (const char* text : {"", "null", "[]", "1", "{", "{} {}", R"({"a":1,"a":2})", "\xFF"}) {
    INFO(text);
    CHECK_FALSE(ReadJson(text).has_value());
  }
  CHECK_FALSE(ReadJson(std::string(100'000, '[')).has_value());
  std::string deep = R"({"a":)";
  for (int i = 0; i < 1000; ++i) deep += R"({"a":)";
  CHECK_FALSE(ReadJson(deep).has_value());
}

TEST_CASE("TextAt, NumberAt, TrueAt, PartAt: another kind is as good as nothing", "[chat][net]") {
  const auto object = ReadJson(
      R"({"text":"x","number":5,"real":1.5,"flag":true,"list":[1],"part":{"in":"y"},"none":null})");
  REQUIRE(object.has_value());
  CHECK(TextAt(*object, "text") == "x");
  CHECK(NumberAt(*object, "number") == 5);
  CHECK(TrueAt(*object, "flag"));
  CHECK(TextAt(PartAt(*object, "part"), "in") == "y");
  CHECK(PartAt(*object, "list").size() == 1);
  for (const char* key : {"absent", "none", "real", "list", "part", "flag", "number"}) {
    CHECK(TextAt(*object, key).empty());
  }
  for (const char* key : {"absent", "none", "real", "list", "part", "flag", "text"}) {
    CHECK(NumberAt(*object, key) == 0);
  }
  CHECK_FALSE(TrueAt(*object, "number"));
  CHECK(PartAt(*object, "text").empty());
  CHECK(TextAt(nlohmann::json::array({1}), "a").empty());
  CHECK(PartAt(nlohmann::json("text"), "a").empty());
}

TEST_CASE("WriteJson: what is no text does not stop it", "[chat][net]") {
  CHECK(IsValidUtf8(WriteJson({{"a", "\xFFx"}})));
}

}  // namespace tocsin::chat
