// One incident under NIS2-NL, GDPR and DORA, from the first draft to the last filing: every
// notification drafted in its own form and language, approved by a second person, filed with a
// receipt and frozen. And one under the same law in two countries, where each duty stands once and
// an answer is typed once.
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/digest.h"
#include "tests/e2e/filing_office.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

using nlohmann::json;

constexpr char kZone[] = "Europe/Amsterdam";
constexpr char kDutchInsurer[] = R"(organisations:
  - name: default
    time_zone: Europe/Amsterdam
    country: NL
    regime: nis2-nl
    entity_kind: essential
    entity: "Voorbeeld Verzekeringen NV"
    four_eyes: true
    further_regimes:
      - {regime: gdpr, entity_kind: controller}
      - {regime: dora, entity_kind: insurer}
)";
constexpr char kTwoCountries[] = R"(organisations:
  - name: default
    country: BE
    time_zone: Europe/Brussels
    regime: nis2-be
    entity_kind: essential
    entity: "Voorbeeld Verzekeringen NV"
    further_regimes:
      - {regime: gdpr, entity_kind: controller}
      - {regime: gdpr, entity_kind: controller, establishment: NL}
      - {regime: dora, entity_kind: insurer}
    profile:
      sectors: [electricity]
      roles: {controller: true, manufacturer: false, critical_entity: false}
      establishments:
        - {country: BE, time_zone: Europe/Brussels, main: true}
        - {country: NL, time_zone: Europe/Amsterdam}
      employees: 1000
)";

using Values = std::vector<std::string>;

// What was filed: the bytes, and the receipt's.
struct Filed {
  std::string document;
  std::string receipt;
};

class Walk {
 public:
  Walk() : office_(kDutchInsurer, absl::Hours(24 * 70)) {}

  const Office& office() const { return office_; }
  const std::map<std::string, Filed>& filed() const { return filed_; }

  // Drafts until nothing required is missing, has it approved, files it at `time` and checks what
  // the record says of it.
  void File(const std::string& id, absl::Time time, const Values& set, const Values& options = {},
            const std::string& late_reason = "") {
    const Person& ada = *office_.ada;
    const std::string document = Draft(id, set, options);
    ada.Refused(5, "second person", {"notify", "approve", id});
    office_.Approve(id, draft_);
    CHECK(office_.Obligation(id)["approved"] == true);

    const std::string receipt = ada.File("receipt-" + id + ".pdf");
    WriteFile(receipt, "%PDF received " + id);
    Values command = {"notify",
                      "submitted",
                      id,
                      "--channel",
                      "portal",
                      "--reference",
                      "REF-" + id,
                      "--at",
                      Utc(time),
                      "--receipt",
                      receipt,
                      "--draft",
                      absl::StrCat(draft_)};
    if (!late_reason.empty()) {
      ada.Refused(5, "it was due", command);
      CHECK_FALSE(office_.Obligation(id).contains("submit_time"));
      command.insert(command.end(), {"--late-reason", late_reason});
    }
    ada.Do(command);
    filed_[id] = {document, ReadFile(receipt)};
    Check(id, time, late_reason);
  }

  // Everything filed so far, as it was filed.
  void CheckFrozen() const {
    for (const auto& [id, filed] : filed_) {
      INFO(id);
      CHECK(office_.Shown(*office_.bea, id) == filed.document);
      CHECK(office_.Obligation(id)["document_sha256"] == Sha256(filed.document).Hex());
      office_.ada->Refused(5, "was filed", {"notify", "draft", id});
      office_.bea->Refused(5, "was filed",
                           {"notify", "approve", id, "--incident", office_.incident});
      office_.ada->Refused(5, "was filed", {"notify", "submitted", id, "--channel", "mail"});
      office_.ada->Refused(5, "is filed", {"notify", "waive", id, "--because", "x"});
    }
  }

  // The last draft's answer to DraftNotification.
  const json& last() const { return last_; }

 private:
  std::string Draft(const std::string& id, const Values& set, const Values& options) {
    const Person& ada = *office_.ada;
    const std::string file = ada.File(id + ".draft");
    Values command = {"notify", "draft", id, "--out", file};
    for (const std::string& value : set) command.insert(command.end(), {"--set", value});
    Values first = command;
    const bool dora = !options.empty() && options.back() == "dora";
    if (!dora) first.insert(first.end(), options.begin(), options.end());
    const json drafted = ada.Json(first);
    for (const json& field : drafted["fields"]) {
      if (field["state"] == "missing" && field["required"] == true) {
        command.insert(command.end(), {"--set", field["field"].get<std::string>() + "=unknown"});
      }
    }
    command.insert(command.end(), options.begin(), options.end());
    last_ = ada.Json(command);
    draft_ = DraftOf(last_);
    for (const json& field : last_["fields"]) {
      INFO(id << " " << field.dump());
      CHECK((field["required"] == false || field["state"] != "missing"));
    }
    if (dora) {
      const Exit valid = ValidateDora(file);
      INFO(id << ": " << valid.out << valid.err);
      CHECK(valid.code == 0);
    }
    return ReadFile(file);
  }

  void Check(const std::string& id, absl::Time time, const std::string& late_reason) const {
    const json obligation = office_.Obligation(id);
    INFO(obligation.dump());
    CHECK(obligation["state"] == "OBLIGATION_STATE_MET");
    CHECK(TimeOf(obligation["submit_time"]) == time);
    CHECK(obligation["filed_approved"] == true);
    CHECK(obligation["late_reason"] == late_reason);
    CHECK(obligation["receipt"]["name"] == "receipt-" + id + ".pdf");
    CHECK(obligation["document_sha256"] == Sha256(filed_.at(id).document).Hex());
  }

  Office office_;
  std::map<std::string, Filed> filed_;
  json last_;
  uint64_t draft_ = 0;
};

void Decide(const Office& office) {
  const Person& ada = *office.ada;
  ada.Do({"anchor", "detected", "--at", Utc(office.aware - absl::Hours(1)), "--because", "EDR"});
  ada.Do({"anchor", "classified", "--at", Utc(office.aware + absl::Hours(1)), "--because",
          "clients and data"});
  for (const char* regime : {"nis2-nl", "gdpr", "dora"}) {
    ada.Do({"significant", "yes", "--regime", regime, "--because", "the criteria are met"});
  }
}

void FileFirstReports(Walk& walk) {
  const absl::Time aware = walk.office().aware;
  walk.File(
      "dora.initial", aware + absl::Hours(3),
      {"contacts.name=Ada", "contacts.phone=+31 20 555 0100", "entity.lei=5493001KJTIIGC8Y1R12",
       "determined_significant.criteria=data_losses,economic_impact", "detected.how=staff"},
      {"--format", "dora"});
  // Late, so it wants a reason; the AP and MijnNCSC have only words of the law's own language.
  walk.File("nis2-nl.early_warning", aware + absl::Hours(30), {"suspected_malicious=yes"},
            {"--language", "nl"}, "the portal was down");
  CHECK_THAT(FieldOf(walk.last(), "contacts")["value"].get<std::string>(),
             ContainsSubstring("naam: Ada; "));
  const std::string& warning = walk.filed().at("nis2-nl.early_warning").document;
  for (const char* part : {"# vroegtijdige waarschuwing, INC-", "Cbw 26", "handeling**: ja",
                           "Ransomware \\<script\\>\\*", "nog niet bekend"}) {
    CHECK_THAT(warning, ContainsSubstring(part));
  }
  walk.File("gdpr.dpa_notification", aware + absl::Hours(71), {"personal_data=yes"});
  CHECK(walk.last()["document"]["form"] == "nl-ap");
  CHECK(FieldOf(walk.last(), "suspected_malicious")["state"] != "missing");
}

void FileUpdates(Walk& walk) {
  const Office& office = walk.office();
  const absl::Time aware = office.aware;
  office.ada->Do({"impact", "set", "users_affected=1200", "users_affected_percent=12.5",
                  "duration_minutes=3075", "downtime_minutes=90", "measures_taken=isolated",
                  "confidentiality_lost=yes", "availability_lost=yes", "data_lost=policies"});
  // Over before the final report would be due: the month counts from the notification.
  office.ada->Do({"anchor", "handled", "--at", Utc(aware + absl::Hours(24 * 20)), "--because",
                  "all services are back"});
  walk.File("nis2-nl.notification", aware + absl::Hours(70), {}, {"--format", "json"});
  CHECK(walk.last()["previous_obligation"] == "nis2-nl.early_warning");
  CHECK(FieldOf(walk.last(), "contacts")["change"] == "same");
  CHECK(FieldOf(walk.last(), "users_hit")["state"] == "filled");
  CHECK(office.Due("nis2-nl.final") == OneMonthAfter(kZone, aware + absl::Hours(70)));

  walk.File("dora.intermediate", aware + absl::Hours(74),
            {"incident_type.class=cybersecurity-related", "other_authorities.kinds=csirt",
             "technique.class=data_encryption_for_impact_including_ransomware",
             "estimates.durations=estimates", "users_hit.relevant=no",
             "users_hit.financial_interest=unknown", "financial_loss.threshold=over EUR 100 000",
             "currency.code=EUR"},
            {"--format", "dora"});
  const json report = json::parse(walk.filed().at("dora.intermediate").document);
  CHECK(report["incident"]["competentAuthorityCode"] == "REF-dora.initial");
  const json& types = report["incident"]["classificationTypes"];
  CHECK(types[0]["dataLosseMaterialityThresholds"] == json({"availability", "confidentiality"}));
  CHECK(types[1]["economicImpactMaterialityThreshold"] == "over EUR 100 000");
  CHECK(report["informationDurationServiceDowntimeActualOrEstimate"] == "estimates");
  CHECK_FALSE(report["impactAssessment"].contains("isImpactOnFinancialInterest"));
  CHECK(office.Due("dora.final") == OneMonthAfter(kZone, aware + absl::Hours(74)));
}

// What remains is filed one after the other, until nothing is open.
void FileTheRest(Walk& walk) {
  const Office& office = walk.office();
  const Person& ada = *office.ada;
  walk.File("nis2-nl.final", office.aware + absl::Hours(24 * 30),
            {"root_cause=stolen password", "approval=board, 3 June"}, {"--language", "nl"});
  CHECK_THAT(walk.filed().at("nis2-nl.final").document, ContainsSubstring("# eindverslag, INC-"));
  walk.File("dora.final", office.aware + absl::Hours(24 * 31),
            {"root_cause.high=malicious_actions",
             "root_cause.detailed=malicious_actions_fraudulent_actions",
             "financial_loss.recoveries=0", "recurrence.first_time=unknown"},
            {"--format", "dora"});
  ada.Do({"notify", "acknowledged", "nis2-nl.csirt_response", "--reference", "guidance by mail"});
  const json board = ada.Json({"deadlines"});
  for (const json& obligation : board["obligations"]) {
    const std::string name = obligation["name"];
    const std::string id = name.substr(name.rfind('/') + 1);
    if (obligation["state"] != "OBLIGATION_STATE_OPEN") continue;
    walk.File(id, office.aware + absl::Hours(24 * 40), {});
  }
}

TEST_CASE("Filing: NIS2-NL, GDPR and DORA, every notification to the last one", "[e2e][filing]") {
  Walk walk;
  const Office& office = walk.office();
  const Person& ada = *office.ada;
  Decide(office);
  FileFirstReports(walk);
  FileUpdates(walk);
  FileTheRest(walk);
  CHECK(walk.filed().size() >= 9);

  // Later facts, an earlier awareness and a restart change nothing of what was filed.
  ada.Do({"impact", "set", "users_affected=99999", "malicious=no"});
  ada.Do({"anchor", "aware", "--at", Utc(office.aware - absl::Minutes(30)), "--because",
          "the mail was older"});
  office.Restart();
  walk.CheckFrozen();
  for (const auto& [id, filed] : walk.filed()) {
    ada.Do({"notify", "acknowledged", id, "--reference", "ACK-" + id});
  }
  walk.CheckFrozen();
  const json open = ada.Json({"deadlines"});
  for (const json& obligation : open["obligations"]) {
    INFO(obligation.dump());
    CHECK(obligation["state"] != "OBLIGATION_STATE_OPEN");
    CHECK(obligation["state"] != "OBLIGATION_STATE_MISSED");
  }

  ada.Do({"close", "--because", "all is filed", "--no-review", "the review is held elsewhere"});
  const std::string bundle = ada.File("bundle.json");
  ada.Do({"export", "--format", "json", "--out", bundle});
  const Exit verified = VerifyWithPython(bundle);
  INFO(verified.out << verified.err);
  CHECK(verified.code == 0);
  const std::string text = ReadFile(bundle);
  for (const auto& [id, filed] : walk.filed()) {
    INFO(id);
    CHECK_THAT(text, ContainsSubstring(Sha256(filed.document).Hex()));
    CHECK_THAT(text, ContainsSubstring(Sha256(filed.receipt).Hex()));
  }
}

std::set<std::string> AuthoritiesOf(const json& obligation) {
  std::set<std::string> ids;
  for (const json& authority : obligation["authorities"]) ids.insert(authority["id"]);
  return ids;
}

TEST_CASE("Filing: in two countries each duty once, to its own authority, answers typed once",
          "[e2e][filing]") {
  const Office office(kTwoCountries, absl::Hours(3));
  const Person& ada = *office.ada;
  ada.Do(
      {"anchor", "classified", "--at", Utc(office.aware + absl::Hours(1)), "--because", "major"});
  std::map<std::string, int> counted;
  const json board = ada.Json({"deadlines", "--all"});
  for (const json& obligation : board["obligations"]) {
    const std::string name = obligation["name"];
    ++counted[name.substr(name.rfind('/') + 1)];
  }
  for (const auto& [id, count] : counted) {
    INFO(id);
    CHECK(count == 1);
  }
  const auto owed_to = [&](const std::string& id, const std::set<std::string>& authorities,
                           const char* anchor) {
    const json obligation = office.Obligation(id);
    INFO(obligation.dump());
    CHECK(AuthoritiesOf(obligation) == authorities);
    CHECK(obligation["anchor"] == anchor);
  };
  owed_to("nis2-be.early_warning", {"be-ccb"}, "aware");
  owed_to("gdpr.dpa_notification", {"be-gba"}, "aware");
  owed_to("gdpr@nl.dpa_notification", {"nl-ap"}, "aware");
  owed_to("dora.initial", {"be-fsma", "be-nbb", "eu-esma"}, "classified");

  // Ada types what all of them ask; each says from which entry it has it.
  const json first =
      ada.Json({"notify", "draft", "nis2-be.early_warning", "--set", "contacts.name=Ada", "--set",
                "entity.number=0123.456.789", "--set", "measures=isolated"});
  const std::string entry = first["document"]["draft_sequence"];
  const std::map<std::string, std::string> forms = {{"gdpr.dpa_notification", "be-gba"},
                                                    {"gdpr@nl.dpa_notification", "nl-ap"},
                                                    {"dora.initial", "dora"}};
  std::set<std::string> languages;
  for (const auto& [id, form] : forms) {
    INFO(id);
    const json draft = ada.Json({"notify", "draft", id});
    CHECK(draft["document"]["form"] == form);
    languages.insert(draft["document"]["language"].get<std::string>());
    for (const char* field : {"contacts", "entity"}) {
      CHECK_THAT(FieldOf(draft, field).dump(), ContainsSubstring(entry));
    }
    CHECK(FieldOf(draft, "contacts")["state"] == "filled");
  }
  CHECK(languages == std::set<std::string>{"en", "nl", "nl-BE"});
  const json dutch = ada.Json({"notify", "draft", "gdpr@nl.dpa_notification"});
  CHECK(FieldOf(dutch, "measures")["value"] == "isolated");
  CHECK(FieldOf(dutch, "measures")["source_sequence"] == entry);
  // What each country's law has of its own stays its own.
  ada.Do({"notify", "submitted", "gdpr.dpa_notification", "--channel", "portal", "--reference",
          "GBA-7"});
  const json after = ada.Json({"notify", "draft", "gdpr@nl.dpa_notification"});
  CHECK_THAT(FieldOf(after, "reference").dump(), !ContainsSubstring("GBA-7"));
  CHECK(office.Obligation("gdpr@nl.dpa_notification")["state"] == "OBLIGATION_STATE_OPEN");
}

}  // namespace
}  // namespace tocsin::e2e
