// Notifications as they are written and filed: in the authority's language, approved by a second
// person, frozen with their receipt, and for DORA as JSON that a schema library accepts.
#include "absl/strings/str_cat.h"
#include "server/base/digest.h"
#include "tests/e2e/filing_office.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

using nlohmann::json;

TEST_CASE("Filing: drafted in Dutch, approved by another, filed with its receipt, frozen",
          "[e2e][filing]") {
  const Office office;
  const Person& ada = *office.ada;
  const Person& bea = *office.bea;
  const std::string stage = "nis2-be.early_warning";
  const std::string file = ada.File("draft.md");
  const std::vector<std::string> draft = {"notify",
                                          "draft",
                                          stage,
                                          "--language",
                                          "nl",
                                          "--set",
                                          "contacts=Ada, +32 2 555 01 00",
                                          "--set",
                                          "suspected_malicious=yes",
                                          "--set",
                                          "cross_border_impact=unknown",
                                          "--out",
                                          file};
  CHECK_THAT(ada.Do(draft), ContainsSubstring("sha-256"));
  const std::string bytes = ReadFile(file);
  for (const char* part : {"# vroegtijdige waarschuwing, INC-", "Ransomware \\<script\\>\\*",
                           "- **Contactpersonen**: Ada", "handeling**: ja\n", "nog niet bekend",
                           "TLP:AMBER", "be-ccb"}) {
    CHECK_THAT(bytes, ContainsSubstring(part));
  }
  CHECK_THAT(bytes, !ContainsSubstring("ONTBREEKT"));
  CHECK(office.Shown(bea, stage) == bytes);

  ada.Refused(5, "second person", {"notify", "approve", stage});
  office.Approve(stage);
  CHECK(office.Obligation(stage)["approved"] == true);
  const std::string receipt = ada.File("receipt.pdf");
  WriteFile(receipt, "%PDF receipt");
  ada.Refused(
      3, "nowhere.pdf",
      {"notify", "submitted", stage, "--channel", "portal", "--receipt", ada.File("nowhere.pdf")});
  ada.Do({"notify", "submitted", stage, "--channel", "portal", "--reference", "CCB-1", "--receipt",
          receipt});

  const json filed = office.Obligation(stage);
  CHECK(filed["document_sha256"] == Sha256(bytes).Hex());
  CHECK(filed["filed_approved"] == true);
  CHECK(filed["receipt"]["name"] == "receipt.pdf");
  CHECK(filed["receipt"]["size"] == "12");
  ada.Refused(5, "was filed", draft);
  bea.Refused(5, "was filed", {"notify", "approve", stage, "--incident", office.incident});
  ada.Refused(5, "was filed", {"notify", "submitted", stage, "--channel", "mail"});
  office.Restart();
  ada.Do({"notify", "acknowledged", stage, "--reference", "CCB-1-A", "--receipt", receipt});
  CHECK(office.Shown(ada, stage) == bytes);
  CHECK(ada.Json({"notify", "show", stage})["sha256"] == Sha256(bytes).Hex());

  const std::string bundle = ada.File("bundle.json");
  ada.Do({"export", "--format", "json", "--out", bundle});
  CHECK(VerifyWithPython(bundle).code == 0);
  CHECK_THAT(ReadFile(bundle), ContainsSubstring(Sha256(bytes).Hex()));
  CHECK_THAT(ReadFile(bundle), ContainsSubstring(Sha256("%PDF receipt").Hex()));
}

TEST_CASE("Filing: typed once, it serves the next stage and the other laws", "[e2e][filing]") {
  const Office office;
  const Person& ada = *office.ada;
  const json first = ada.Json({"notify", "draft", "nis2-be.early_warning", "--set",
                               "contacts.name=Ada", "--set", "supplier=Cloud Ltd"});
  const std::string entry = first["document"]["draft_sequence"];
  ada.Do({"impact", "set", "malicious=yes"});
  const json next = ada.Json({"notify", "draft", "nis2-be.notification"});
  CHECK(next["previous_obligation"] == "nis2-be.early_warning");
  CHECK(FieldOf(next, "supplier")["change"] == "same");
  CHECK(FieldOf(next, "supplier")["source_sequence"] == entry);
  CHECK(FieldOf(next, "suspected_malicious")["change"] == "new");
  const json breach = ada.Json({"notify", "draft", "gdpr.dpa_notification", "--language", "fr"});
  CHECK(breach["document"]["form"] == "be-gba");
  CHECK(FieldOf(breach, "contacts")["value"] == "nom: Ada");
  CHECK(FieldOf(breach, "contacts")["parts"][0]["source_sequence"] == entry);
  // People read it as well.
  const Exit shown = ada.Run({"notify", "draft", "nis2-be.notification", "--set", "supplier="});
  CHECK(shown.code == 0);
  CHECK_THAT(shown.err, ContainsSubstring("withdrawn against nis2-be.early_warning: supplier"));
  CHECK_THAT(shown.err, ContainsSubstring("note: The authority's own form was not seen"));
}

TEST_CASE("Filing: DORA reports are JSON that the schema accepts", "[e2e][filing]") {
  const Office office;
  const Person& ada = *office.ada;
  ada.Do({"anchor", "classified", "--at", "-1h", "--because", "major"});
  const auto report = [&](const std::string& stage, std::vector<std::string> set) {
    const std::string file = ada.File(stage + ".json");
    std::vector<std::string> draft = {"notify", "draft", stage, "--format", "dora", "--out", file};
    for (std::string& value : set) draft.insert(draft.end(), {"--set", std::move(value)});
    ada.Do(draft);
    const Exit valid = ValidateDora(file);
    INFO(stage << ": " << valid.out << valid.err << ReadFile(file));
    CHECK(valid.code == 0);
    ada.Do({"notify", "submitted", stage, "--channel", "portal", "--reference", "FSMA-1"});
    CHECK(office.Shown(ada, stage) == ReadFile(file));
    return json::parse(ReadFile(file));
  };
  ada.Refused(5, "primaryContact.name", {"notify", "draft", "dora.initial", "--format", "dora"});
  const json initial = report(
      "dora.initial",
      {"contacts.name=Ada", "contacts.phone=+32 2 555 01 00", "entity.lei=5493001KJTIIGC8Y1R12",
       "determined_significant.criteria=data_losses,geographical_spread",
       "cross_border_impact.countries=NL", "detected.how=staff", "crisis_mode=unknown"});
  CHECK(initial["incidentSubmission"] == "initial_notification");
  CHECK(initial["incident"]["classificationTypes"].size() == 2);
  CHECK_FALSE(initial["incident"].contains("isBusinessContinuityActivated"));

  ada.Do({"impact", "set", "users_affected=1200", "users_affected_percent=12.5",
          "duration_minutes=3075", "downtime_minutes=90", "crisis_mode=yes",
          "measures_taken=isolated", "technique=phishing"});
  const json second = report(
      "dora.intermediate",
      {"incident_type.class=cybersecurity-related", "other_authorities.kinds=csirt",
       "technique.class=social_engineering_including_phishing",
       "crisis_mode=", "estimates.figures=estimates_for_clients_affected", "currency.code=EUR"});
  CHECK(second["incident"]["incidentDuration"] == "2:03:15");
  CHECK(second["incident"]["competentAuthorityCode"] == "FSMA-1");
  CHECK(second["incident"]["isBusinessContinuityActivated"] == true);
  CHECK(second["primaryContact"]["name"] == "Ada");
  CHECK(second["impactAssessment"]["affectedAssets"]["affectedClients"]["number"] == 1200);
  const json last = report(
      "dora.final", {"root_cause.high=malicious_actions",
                     "root_cause.detailed=malicious_actions_fraudulent_actions",
                     "financial_loss.recoveries=0", "remediation.resolved=2026-01-02T03:04:05Z"});
  CHECK(last["incidentSubmission"] == "final_report");
  CHECK(last["incident"]["rootCauseHLClassification"] == json::array({"malicious_actions"}));
  CHECK(last["incident"]["financialRecoveriesAmount"] == 0);
}

TEST_CASE("Filing: without a draft at night, and what is wrong is refused with what to do",
          "[e2e][filing]") {
  const Office office;
  const Person& ada = *office.ada;
  const std::string stage = "nis2-be.early_warning";
  ada.Refused(2, "not written in 'it'", {"notify", "draft", stage, "--language", "it"});
  ada.Refused(2, "no format 'pdf'", {"notify", "draft", stage, "--format", "pdf"});
  ada.Refused(5, "no JSON of the authority's own", {"notify", "draft", stage, "--format", "dora"});
  ada.Refused(3, "no such form", {"notify", "draft", stage, "--form", "nl-ap"});
  CHECK_THAT(ada.Refused(2, "no field 'contact'", {"notify", "draft", stage, "--set", "contact=x"}),
             ContainsSubstring("contacts"));
  ada.Refused(2, "control character", {"notify", "draft", stage, "--set", "contacts=a\x1b[31m"});
  ada.Refused(5, "has no document", {"notify", "show", stage});
  ada.Do({"notify", "submitted", stage, "--channel", "phone"});
  ada.Refused(5, "without a draft", {"notify", "show", stage});
  CHECK_THAT(ada.Do({"timeline"}), ContainsSubstring("without a draft in the record"));
  CHECK(office.Obligation(stage)["document_sha256"] == "");
}

}  // namespace
}  // namespace tocsin::e2e
