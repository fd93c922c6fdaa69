#include "tests/e2e/filing_office.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {

using nlohmann::json;

const char kBelgianInsurer[] = R"(organisations:
  - name: default
    time_zone: Europe/Brussels
    country: BE
    regime: nis2-be
    entity_kind: essential
    entity: "Voorbeeld Verzekeringen NV"
    four_eyes: true
    further_regimes:
      - regime: gdpr
        entity_kind: controller
      - regime: dora
        entity_kind: insurer
)";

Office::Office(const std::string& config, absl::Duration aware_ago)
    : aware(absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now() - aware_ago))) {
  WriteFile(dir.File("config.yaml"), config);
  server = std::make_unique<Server>(
      Server::Options{.config = dir.File("config.yaml"), .organisations = 1, .files_max = 0});
  server->Start();
  admin = std::make_unique<Person>(Admin(*server));
  ada = std::make_unique<Person>(NewPerson(*admin, *server, "ada", {"commander", "ciso", "legal"}));
  bea = std::make_unique<Person>(NewPerson(*admin, *server, "bea", {"ciso"}));
  incident = ada->Do({"declare", "Ransomware <script>*", "--severity", "sev1", "-o", "id"});
  incident.resize(incident.find_last_not_of('\n') + 1);
  ada->Do({"aware", "--at", Utc(aware), "--because", "the SOC confirmed it"});
}

void Office::Start() const {
  server->Start();
  for (Person* person : {admin.get(), ada.get(), bea.get()}) person->Follow(*server);
}

void Office::Restart() const {
  server->Stop();
  Start();
}

void Office::RestartAfterKill() const {
  server->Kill();
  Start();
}

std::string Office::Shown(const Person& person, const std::string& stage) const {
  const std::string file = person.File("shown-" + stage);
  person.Do({"notify", "show", stage, "--incident", incident, "--out", file});
  return ReadFile(file);
}

json Office::Obligation(const std::string& id) const {
  const json board = ada->Json({"deadlines", "--all"});
  for (const json& obligation : board["obligations"]) {
    if (absl::EndsWith(obligation["name"].get<std::string>(), "/obligations/" + id)) {
      return obligation;
    }
  }
  FAIL("no obligation " << id);
  return {};
}

absl::Time Office::Due(const std::string& id) const {
  const json obligation = Obligation(id);
  INFO(id << ": " << obligation.dump());
  REQUIRE(obligation.contains("due_time"));
  return TimeOf(obligation["due_time"]);
}

void Office::Approve(const std::string& stage, uint64_t draft) const {
  std::vector<std::string> command = {"notify", "approve", stage, "--incident", incident};
  if (draft != 0) command.insert(command.end(), {"--draft", absl::StrCat(draft)});
  bea->Do(command);
}

const json& FieldOf(const json& draft, const std::string& name) {
  for (const json& field : draft["fields"]) {
    if (field["field"] == name) return field;
  }
  FAIL("no field " << name);
  return draft;
}

uint64_t DraftOf(const json& drafted) {
  uint64_t sequence = 0;
  REQUIRE(absl::SimpleAtoi(drafted["document"]["draft_sequence"].get<std::string>(), &sequence));
  return sequence;
}

Exit ValidateDora(const std::string& file) {
  Command command;
  command.arguments = {TOCSIN_SCHEMA_PYTHON, TOCSIN_SOURCE_DIR "/tests/unit/filing/json_schema.py",
                       TOCSIN_SOURCE_DIR "/tests/data/dora-incident-report.schema.json", file};
  return Run(command);
}

}  // namespace tocsin::e2e
