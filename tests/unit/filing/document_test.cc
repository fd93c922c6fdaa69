#include "server/filing/document.h"

#include <nlohmann/json.hpp>

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::filing {
namespace {

using domain::Forms;
using nlohmann::json;

DraftField Saying(std::string field, std::string label, std::string value) {
  DraftField filled;
  filled.field = std::move(field);
  filled.label = std::move(label);
  filled.value = std::move(value);
  filled.required = true;
  filled.state = StateOf(filled);
  return filled;
}

Document ADocument(std::string language) {
  Document document;
  document.form = {"nl-ncsc", "1.0", Sha256("form"), std::move(language), "melding"};
  document.form_title = "MijnNCSC";
  document.incident = "INC-2026-0042";
  document.tlp = "TLP:AMBER+STRICT";
  document.regime = "Cyberbeveiligingswet";
  document.stage = "notification";
  document.article = "Cbw 27(1)";
  document.draft_time = domain::At("2026-06-10T08:00:00Z");
  return document;
}

std::string LineOf(const DraftField& field, const std::string& language = "en") {
  Document document = ADocument(language);
  document.fields = {field};
  const std::string text = MarkdownOf(document, Forms().catalogue);
  return text.substr(text.rfind("\n\n") + 2);
}

TEST_CASE("MarkdownOf: yes, no, unknown and missing are words of the language", "[filing]") {
  const auto line = [](std::string value, const std::string& language) {
    return LineOf(Saying("suspected_malicious", "Q", std::move(value)), language);
  };
  CHECK(line("yes", "nl") == "- **Q**: ja\n");
  CHECK(line("no", "fr") == "- **Q**: non\n");
  CHECK(line("unknown", "sv") == "- **Q**: ännu inte känt\n");
  CHECK(line("", "de") == "- **Q**: FEHLT\n");
  // Elsewhere "yes" is a text like any other.
  CHECK(LineOf(Saying("measures", "Q", "yes"), "nl") == "- **Q**: yes\n");
}

TEST_CASE("MarkdownOf: parts with their labels, numbers and all their entries", "[filing]") {
  DraftField field = Saying("users_hit", "Users", "many");
  field.number = "3.4-3.5";
  field.source_sequence = 7;
  field.parts = {{"number", "number", "1200", 9, false}, {"percent", "share", "unknown", 0, true}};
  CHECK(LineOf(field) ==
        "- **Users** (3.4-3.5): many; number: 1200; share: not known yet (#7, #9)\n");
}

TEST_CASE("MarkdownOf: whatever was typed does nothing", "[filing]") {
  const std::string line = LineOf(Saying(
      "description", "Q",
      "# Heading\n- **Approved**: yes\n<script>x</script> [a](http://evil.invalid) | `c`\x1b"));
  CHECK(std::count(line.begin(), line.end(), '\n') == 1);
  CHECK(line.find("\n#") == line.npos);
  CHECK(line.find("<script>") == line.npos);
  CHECK(line.find("\\](") != line.npos);
  CHECK(line.find("a](") == line.npos);
  CHECK(line.find('\x1b') == line.npos);
  CHECK_THAT(line, ContainsSubstring("\\# Heading"));
  CHECK_THAT(line, ContainsSubstring("\\*\\*Approved\\*\\*"));
}

TEST_CASE("MarkdownOf: 64 KiB of digits and of marks take no time", "[filing]") {
  for (const char* piece : {"1", "#", "1.", "\xc3\xa9"}) {
    std::string value;
    while (value.size() < 64 * 1024) value += piece;
    CHECK(LineOf(Saying("description", "Q", value)).size() >= value.size());
  }
}

TEST_CASE("MarkdownOf: what need not be there is left out while it says nothing", "[filing]") {
  DraftField optional = Saying("supplier", "Supplier", "");
  optional.required = false;
  Document document = ADocument("en");
  document.fields = {optional};
  CHECK(MarkdownOf(document, Forms().catalogue).find("Supplier") == std::string::npos);
  document.fields[0] = Saying("supplier", "Supplier", "unknown");
  document.fields[0].required = false;
  CHECK_THAT(MarkdownOf(document, Forms().catalogue), ContainsSubstring("not known yet"));
}

TEST_CASE("JsonOf: every field with state, value, parts and entry; nothing is null", "[filing]") {
  Document document = ADocument("nl");
  document.restricted = true;
  DraftField users = Saying("users_hit", "Users", "");
  users.parts = {{"number", "aantal", "1200", 9, false}};
  users.state = StateOf(users);
  users.source_sequence = 9;
  document.fields = {users, Saying("measures", "Measures", "unknown"),
                     Saying("description", "D", "\"quoted\"\n\x01 \xff")};
  const json read = json::parse(JsonOf(document));
  CHECK(read["format"] == "tocsin-notification-v1");
  CHECK_FALSE(read.contains("drill"));
  CHECK_FALSE(read.contains("due_time"));
  CHECK(read["tlp"] == "TLP:AMBER+STRICT");
  CHECK(read["restricted"] == true);
  CHECK(read["form"]["digest"] == Sha256("form").Hex());
  CHECK(read["fields"][0]["parts"]["number"] ==
        json({{"label", "aantal"}, {"value", "1200"}, {"entry", 9}}));
  CHECK_FALSE(read["fields"][0].contains("value"));
  CHECK(read["fields"][1]["state"] == "unknown");
  CHECK(read["fields"][2]["value"] == "\"quoted\"\n\x01 \xef\xbf\xbd");
  CHECK(JsonOf(document).find("null") == std::string::npos);
  document.drill = true;
  document.due = domain::At("2026-06-11T08:00:00Z");
  CHECK(json::parse(JsonOf(document))["drill"] == true);
  CHECK(json::parse(JsonOf(document))["due_time"] == "2026-06-11T08:00:00Z");
}

TEST_CASE("BytesOf: the same document gives the same bytes, in each format", "[filing]") {
  const Document document = ADocument("en");
  const auto bytes = [&](DocumentFormat format) {
    return BytesOf(document, format, Forms().catalogue, nullptr);
  };
  CHECK(*bytes(DocumentFormat::kMarkdown) == MarkdownOf(document, Forms().catalogue));
  CHECK(*bytes(DocumentFormat::kJson) == JsonOf(document));
  CHECK(ReasonOf(bytes(DocumentFormat::kAuthorityJson).status()) == "NO_JSON_FORM");
}

}  // namespace
}  // namespace tocsin::filing
