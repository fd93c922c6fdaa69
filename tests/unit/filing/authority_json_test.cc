#include <nlohmann/json.hpp>

#include "server/base/error.h"
#include "server/filing/document.h"
#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::filing {
namespace {

using nlohmann::json;

const Form& Dora() {
  for (const Form& form : domain::Forms().forms) {
    if (form.id == "dora") return form;
  }
  FAIL("no form dora");
  return domain::Forms().forms.front();
}

Document AReport(std::string stage) {
  Document document;
  document.stage = std::move(stage);
  document.incident = "INC-2026-0042";
  const auto add = [&](std::string field, std::string value, std::vector<DraftPart> parts = {}) {
    DraftField& filled = document.fields.emplace_back();
    filled.field = std::move(field);
    filled.value = std::move(value);
    filled.parts = std::move(parts);
  };
  add("entity", "Example Insurance NV", {{"lei", "LEI", "5493001KJTIIGC8Y1R12"}});
  add("contacts", "", {{"name", "name", "Ada"}, {"phone", "telephone", "+31 20 555 0100"}});
  add("reference", "", {{"own", "own", "INC-2026-0042"}});
  add("description", "Ransomware on the claims system");
  add("detected", "2026-06-10T10:15:00+02:00", {{"how", "how", "staff"}});
  return document;
}

json Read(const Document& document) {
  const auto bytes = AuthorityJsonOf(document, &Dora());
  INFO(bytes.status());
  REQUIRE(bytes.ok());
  CHECK(bytes->find("null") == std::string::npos);
  return json::parse(*bytes);
}

void Add(Document& document, std::string field, std::string value,
         std::vector<DraftPart> parts = {}) {
  DraftField filled;
  filled.field = std::move(field);
  filled.value = std::move(value);
  filled.parts = std::move(parts);
  document.fields.push_back(std::move(filled));
}

TEST_CASE("AuthorityJsonOf: only what is known, times in UTC, codes as codes", "[filing]") {
  const json read = Read(AReport("initial"));
  CHECK(read == json::parse(R"({
    "incidentSubmission": "initial_notification",
    "submittingEntity": {"entityType": "SUBMITTING_ENTITY", "name": "Example Insurance NV",
                         "code": "5493001KJTIIGC8Y1R12"},
    "affectedEntity": [{"entityType": "AFFECTED_ENTITY", "name": "Example Insurance NV",
                        "LEI": "5493001KJTIIGC8Y1R12"}],
    "primaryContact": {"name": "Ada", "phone": "+31 20 555 0100"},
    "incident": {"financialEntityCode": "INC-2026-0042", "incidentDiscovery": "staff",
                 "incidentDescription": "Ransomware on the claims system",
                 "detectionDateTime": "2026-06-10T08:15:00Z"}})"));
}

TEST_CASE("AuthorityJsonOf: unknown is absent, and so is what does not say what the key is for",
          "[filing]") {
  Document document = AReport("intermediate");
  Add(document, "crisis_mode", "unknown");
  Add(document, "supplier", "unknown");
  Add(document, "users_hit", "about a thousand", {{"percent", "share", "unknown"}});
  Add(document, "occurred", "in the night");
  Add(document, "incident_type", "ransomware");
  const json read = Read(document);
  CHECK_FALSE(read["incident"].contains("isBusinessContinuityActivated"));
  CHECK_FALSE(read["incident"].contains("originatesFromThirdPartyProvider"));
  CHECK_FALSE(read["incident"].contains("incidentOccurrenceDateTime"));
  CHECK_FALSE(read["incident"].contains("incidentType"));
  CHECK_FALSE(read.contains("impactAssessment"));
}

TEST_CASE("AuthorityJsonOf: numbers, flags, durations and lists", "[filing]") {
  Document document = AReport("intermediate");
  Add(document, "crisis_mode", "no");
  Add(document, "users_hit", "", {{"number", "", "1200"}, {"percent", "", "12.5"}});
  Add(document, "duration", "", {{"minutes", "", "3075"}, {"downtime", "", "90"}});
  Add(document, "other_authorities", "", {{"kinds", "", "csirt, data_protection_authority"}});
  const json read = Read(document);
  CHECK(read["incidentSubmission"] == "intermediate_report");
  CHECK(read["incident"]["isBusinessContinuityActivated"] == false);
  CHECK(read["incident"]["incidentDuration"] == "2:03:15");
  const json& impact = read["impactAssessment"];
  CHECK(impact["serviceImpact"]["serviceDowntime"] == "0:01:30");
  CHECK(impact["affectedAssets"]["affectedClients"].dump() ==
        R"({"number":1200,"percentage":12.5})");
  CHECK(read["reportingToOtherAuthorities"] == json({"csirt", "data_protection_authority"}));
}

TEST_CASE("AuthorityJsonOf: what belongs to a criterion stands with it, or not at all",
          "[filing]") {
  Document document = AReport("initial");
  Add(document, "cross_border_impact", "", {{"countries", "", "BE, NL"}});
  CHECK_FALSE(Read(document)["incident"].contains("classificationTypes"));
  Add(document, "determined_significant", "2026-06-10T09:00:00Z",
      {{"criteria", "", "data_losses, geographical_spread"}});
  CHECK(Read(document)["incident"]["classificationTypes"] == json::parse(R"([
    {"classificationCriterion": "data_losses"},
    {"classificationCriterion": "geographical_spread",
     "countryCodeMaterialityThresholds": ["BE", "NL"]}])"));
}

TEST_CASE("AuthorityJsonOf: flags are the parts that were answered yes, and go to their criterion",
          "[filing]") {
  Document document = AReport("intermediate");
  // Words of a criterion in a text lead nothing astray.
  Add(document, "cross_border_impact", "", {{"description", "", "data_losses"}});
  Add(document, "determined_significant", "",
      {{"criteria", "", "geographical_spread, data_losses"}});
  Add(document, "security_properties", "",
      {{"confidentiality", "", "yes"}, {"integrity", "", "no"}, {"authenticity", "", "unknown"}});
  CHECK(Read(document)["incident"]["classificationTypes"] == json::parse(R"([
    {"classificationCriterion": "geographical_spread",
     "memberStatesImpactTypeDescription": "data_losses"},
    {"classificationCriterion": "data_losses",
     "dataLosseMaterialityThresholds": ["confidentiality"]}])"));
  document.fields.back().parts.clear();
  CHECK_FALSE(Read(document)["incident"]["classificationTypes"][1].contains(
      "dataLosseMaterialityThresholds"));
}

TEST_CASE("AuthorityJsonOf: a drill says so where people read it", "[filing]") {
  Document document = AReport("final");
  document.drill = true;
  CHECK(Read(document)["incident"]["incidentDescription"] ==
        "DRILL: Ransomware on the claims system");
}

TEST_CASE("AuthorityJsonOf: what it cannot do without is named", "[filing]") {
  Document document = AReport("initial");
  document.fields[1] = {};
  const absl::Status refused = AuthorityJsonOf(document, &Dora()).status();
  CHECK(ReasonOf(refused) == "JSON_INCOMPLETE");
  CHECK_THAT(std::string(refused.message()),
             ContainsSubstring("primaryContact.name (contacts.name or contacts)"));
  CHECK(ReasonOf(AuthorityJsonOf(AReport("cannot_meet"), &Dora()).status()) == "NO_JSON_FORM");
  CHECK(ReasonOf(AuthorityJsonOf(AReport("initial"), nullptr).status()) == "NO_JSON_FORM");
}

}  // namespace
}  // namespace tocsin::filing
