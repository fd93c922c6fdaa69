#include "server/library/form_reader.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/support/catch.h"

namespace tocsin::library {
namespace {

// Line numbers in the tests below are those of these texts.
std::string Fields() {
  std::string text =
      "format: tocsin-form-fields-v1\n"           // 1
      "version: \"1\"\n"                          // 2
      "languages: [en, nl]\n"                     // 3
      "fields:\n"                                 // 4
      "  - field: entity\n"                       // 5
      "    number: 4\n"                           // 6
      "    scope: regime\n"                       // 7
      "    attribute: entity\n"                   // 8
      "    labels: {en: Entity, nl: Entiteit}\n"  // 9
      "    parts:\n"                              // 10
      "      - part: kind\n"                      // 11
      "        kind: codes\n"                     // 12
      "        labels: {en: kind, nl: soort}\n"   // 13
      "        codes: [bank, insurer]\n"          // 14
      "  - field: aware\n"                        // 15
      "    number: 9\n"                           // 16
      "    anchor: aware\n"                       // 17
      "    labels: {en: Aware, nl: Kennis}\n"     // 18
      "words:\n";                                 // 19
  for (const std::string& word : filing::DocumentWords()) {
    absl::StrAppend(&text, "  ", word, ": {en: ", word, ", nl: ", word, "}\n");
  }
  return text;
}

constexpr char kForm[] =
    "format: tocsin-form-v1\n"              // 1
    "id: demo\n"                            // 2
    "version: \"1\"\n"                      // 3
    "title: A form\n"                       // 4
    "regimes: [nis2]\n"                     // 5
    "languages: [nl, en]\n"                 // 6
    "valid_from: 2026-01-01\n"              // 7
    "portal_fields: partly_seen\n"          // 8
    "source: none\n"                        // 9
    "confidence: none\n"                    // 10
    "verified_on: 2026-01-02\n"             // 11
    "stages:\n"                             // 12
    "  - stage: first\n"                    // 13
    "    name: {nl: eerste}\n"              // 14
    "    json: {kind: first}\n"             // 15
    "    fields:\n"                         // 16
    "      - field: entity\n"               // 17
    "        need: required\n"              // 18
    "        number: \"1.2\"\n"             // 19
    "        labels: {nl: Wie, en: Who}\n"  // 20
    "json:\n"                               // 21
    "  name: demo\n"                        // 22
    "  title: A JSON\n"                     // 23
    "  keys:\n"                             // 24
    "    - key: who.name\n"                 // 25
    "      from: [entity]\n"                // 26
    "      type: text\n"                    // 27
    "      required: true\n"                // 28
    "    - key: \"who.kinds[].kind\"\n"     // 29
    "      from: [entity.kind]\n"           // 30
    "      type: codes\n";                  // 31

std::string Changed(const std::string& whole, const std::string& from, const std::string& to) {
  const std::string text = absl::StrReplaceAll(whole, {{from, to}});
  REQUIRE(text != whole);
  return text;
}

std::string FieldsError(const std::string& from, const std::string& to) {
  const auto read = ReadFields("f.yaml", Changed(Fields(), from, to));
  return read.ok() ? "" : std::string(read.status().message());
}

std::string FormError(const std::string& from, const std::string& to) {
  const auto catalogue = ReadFields("f.yaml", Fields());
  REQUIRE(catalogue.ok());
  const auto read = ReadForm("x.yaml", Changed(kForm, from, to), *catalogue);
  return read.ok() ? "" : std::string(read.status().message());
}

TEST_CASE("ReadFields: fields with sources, kinds and parts", "[library][forms]") {
  const auto catalogue = ReadFields("f.yaml", Fields());
  INFO(catalogue.status());
  REQUIRE(catalogue.ok());
  REQUIRE(catalogue->fields.size() == 2);
  const filing::Field& entity = catalogue->fields[0];
  CHECK(entity.number == 4);
  CHECK(entity.scope == filing::Scope::kRegime);
  CHECK(entity.own.source.kind == filing::SourceKind::kAttribute);
  CHECK(entity.own.kind == filing::ValueKind::kText);
  CHECK(entity.parts.at(0).codes == std::vector<std::string>{"bank", "insurer"});
  CHECK(catalogue->fields[1].scope == filing::Scope::kIncident);
  CHECK(catalogue->fields[1].own.source.name == "aware");
  CHECK(filing::WordIn(*catalogue, "yes", "nl") == "yes");
}

TEST_CASE("ReadFields: every label in every language, and no word missing", "[library][forms]") {
  CHECK(FieldsError("{en: Entity, nl: Entiteit}", "{en: Entity}") ==
        "f.yaml:9:13: 'labels' lacks the key 'nl'");
  CHECK_THAT(FieldsError("{en: kind, nl: soort}", "{en: kind, nl: soort, fr: genre}"),
             ContainsSubstring("f.yaml:13:"));
  CHECK_THAT(FieldsError("{en: Entity, nl: Entiteit}", "{en: Entity, nl: \"a\\u202Eb\"}"),
             ContainsSubstring("f.yaml:9:"));
  CHECK_THAT(FieldsError("  drill: {en: drill, nl: drill}\n", ""), ContainsSubstring("'drill'"));
}

TEST_CASE("ReadFields: a source that the record does not have is refused at its place",
          "[library][forms]") {
  CHECK_THAT(FieldsError("    anchor: aware\n", "    anchor: awar\n"),
             ContainsSubstring("f.yaml:17:13: 'awar' is not an anchor"));
  CHECK_THAT(FieldsError("    anchor: aware\n", "    impact: malicous\n"),
             ContainsSubstring("did you mean 'malicious'?"));
  CHECK_THAT(FieldsError("    anchor: aware\n", "    record: weather\n"),
             ContainsSubstring("f.yaml:17:13:"));
  CHECK_THAT(FieldsError("    anchor: aware\n", "    anchor: aware\n    impact: malicious\n"),
             ContainsSubstring("one source only"));
}

TEST_CASE("ReadFields: names, numbers, kinds and codes are checked", "[library][forms]") {
  CHECK_THAT(FieldsError("field: aware", "field: entity"), ContainsSubstring("f.yaml:15:5:"));
  CHECK_THAT(FieldsError("number: 9", "number: 4"), ContainsSubstring("f.yaml:15:5:"));
  CHECK_THAT(FieldsError("field: aware", "field: Aware"), ContainsSubstring("f.yaml:15:12:"));
  CHECK_THAT(FieldsError("kind: codes", "kind: kodes"), ContainsSubstring("'codes'"));
  CHECK_THAT(FieldsError("        codes: [bank, insurer]\n", ""), ContainsSubstring("codes"));
  CHECK_THAT(FieldsError("scope: regime", "scope: regimes"), ContainsSubstring("f.yaml:7:12:"));
  CHECK_THAT(FieldsError("    number: 9\n", "    number: 9\n    lable: x\n"),
             ContainsSubstring("f.yaml:17:5: unknown key 'lable' in a field"));
  CHECK_THAT(FieldsError("fields-v1", "fields-v2"), ContainsSubstring("f.yaml:1:9:"));
}

TEST_CASE("ReadForm: stages, fields, JSON keys and the file's digest", "[library][forms]") {
  const auto catalogue = ReadFields("f.yaml", Fields());
  REQUIRE(catalogue.ok());
  const auto form = ReadForm("x.yaml", kForm, *catalogue);
  INFO(form.status());
  REQUIRE(form.ok());
  CHECK(form->digest == Sha256(kForm));
  CHECK(form->portal_fields == filing::PortalFields::kPartlySeen);
  const filing::FormStage& stage = form->stages.at(0);
  CHECK(stage.names.at("nl") == "eerste");
  CHECK(stage.json.at("kind") == "first");
  CHECK(stage.fields.at(0).required);
  CHECK(stage.fields.at(0).number == "1.2");
  CHECK(stage.fields.at(0).labels.at("en") == "Who");
  REQUIRE(form->json.has_value());
  CHECK(form->json->keys.at(0).required);
  CHECK(form->json->keys.at(1).type == filing::JsonType::kCodes);
}

TEST_CASE("ReadForm: fields and languages are those of the list", "[library][forms]") {
  CHECK_THAT(FormError("field: entity", "field: entty"),
             ContainsSubstring("x.yaml:17:16: 'entty' is not a field"));
  CHECK_THAT(FormError("languages: [nl, en]", "languages: [nl, fr]"),
             ContainsSubstring("x.yaml:6:12:"));
  CHECK_THAT(FormError("languages: [nl, en]", "languages: [nl, nl]"), ContainsSubstring("twice"));
  CHECK_THAT(FormError("languages: [nl, en]", "languages: []"), ContainsSubstring("x.yaml:6:12:"));
  CHECK_THAT(FormError("name: {nl: eerste}", "name: {en: first}"),
             ContainsSubstring("x.yaml:14:11: the name lacks 'nl'"));
  CHECK_THAT(FormError("labels: {nl: Wie, en: Who}", "labels: {nl: Wie}"),
             ContainsSubstring("x.yaml:20:"));
  CHECK_THAT(FormError("number: \"1.2\"", "number: \"1*2\""), ContainsSubstring("x.yaml:19:17:"));
  CHECK_THAT(FormError("need: required", "need: requierd"), ContainsSubstring("'required'"));
}

TEST_CASE("ReadForm: nothing twice, no validity that ends before it begins", "[library][forms]") {
  CHECK_THAT(FormError("      - field: entity\n        need: required\n",
                       "      - field: entity\n        need: required\n      - field: entity\n"
                       "        need: required\n"),
             ContainsSubstring("x.yaml:19:16: the field 'entity' comes twice"));
  CHECK_THAT(
      FormError("  - stage: first\n", "  - stage: first\n    name: {nl: x}\n  - stage: first\n"),
      ContainsSubstring("comes twice"));
  CHECK_THAT(
      FormError("valid_from: 2026-01-01\n", "valid_from: 2026-01-01\nvalid_to: 2025-12-31\n"),
      ContainsSubstring("x.yaml:8:11:"));
  CHECK_THAT(FormError("portal_fields: partly_seen", "portal_fields: some"),
             ContainsSubstring("x.yaml:8:16:"));
  CHECK_THAT(FormError("id: demo", "id: &a demo"), ContainsSubstring("x.yaml:2:"));
}

TEST_CASE("ReadForm: keys of the JSON that contradict each other or lead nowhere",
          "[library][forms]") {
  CHECK_THAT(FormError("from: [entity]", "from: [entitee]"), ContainsSubstring("x.yaml:26:13:"));
  CHECK_THAT(FormError("from: [entity.kind]", "from: [entity.kin]"),
             ContainsSubstring("did you mean 'entity.kind'?"));
  CHECK_THAT(FormError("key: who.name", "key: who"), ContainsSubstring("does not go with"));
  CHECK_THAT(FormError("key: who.name", "key: who..name"), ContainsSubstring("x.yaml:25:12:"));
  CHECK_THAT(FormError("key: who.name", "key: \"who[\""), ContainsSubstring("x.yaml:25:12:"));
  CHECK_THAT(FormError("key: who.name", "key: \"who[]\""), ContainsSubstring("x.yaml:25:12:"));
  CHECK_THAT(FormError("      type: codes\n", "      type: text\n"), ContainsSubstring("[]"));
  CHECK_THAT(FormError("      from: [entity]\n", "      from: [entity]\n      value: x\n"),
             ContainsSubstring("either 'value' or 'from'"));
}

}  // namespace
}  // namespace tocsin::library
