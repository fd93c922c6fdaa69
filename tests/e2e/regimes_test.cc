// One incident under three laws, NIS2 in the Netherlands, GDPR and DORA, from one awareness to the
// last filing. Due times are computed here a second time, from the words of the laws.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "tests/e2e/harness.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

using nlohmann::json;

constexpr char kZone[] = "Europe/Amsterdam";
constexpr char kInsurer[] = R"(organisations:
  - name: default
    time_zone: Europe/Amsterdam
    country: NL
    regime: nis2-nl
    entity_kind: essential
    entity: "Example Insurance NV, KvK 12345678"
    contacts: "CISO, +31 20 555 0100"
    further_regimes:
      - regime: gdpr
        entity_kind: controller
      - regime: dora
        entity_kind: insurer
)";

struct Walk {
  Walk() {
    WriteFile(dir.File("insurer.yaml"), kInsurer);
    server = std::make_unique<Server>(
        Server::Options{.config = dir.File("insurer.yaml"), .organisations = 1, .files_max = 0});
    server->Start();
    ada = std::make_unique<Person>(
        NewPerson(Admin(*server), *server, "ada", {"commander", "ciso", "legal"}));
  }

  json Obligation(const std::string& id) const {
    const json board = ada->Json({"deadlines", "--all"});
    for (const json& obligation : board["obligations"]) {
      if (absl::EndsWith(obligation["name"].get<std::string>(), "/obligations/" + id)) {
        return obligation;
      }
    }
    FAIL("no obligation " << id);
    return {};
  }
  absl::Time Due(const std::string& id) const {
    const json obligation = Obligation(id);
    INFO(id << ": " << obligation.dump());
    REQUIRE(obligation.contains("due_time"));
    return TimeOf(obligation["due_time"]);
  }
  // Drafts until nothing required is missing, approves and files.
  void File(const std::string& id, absl::Time time) const {
    std::vector<std::string> draft = {"notify", "draft", id};
    const json first = ada->Json(draft);
    for (const json& field : first["fields"]) {
      if (field["state"] == "missing" && field["required"] == true) {
        draft.insert(draft.end(), {"--set", field["field"].get<std::string>() + "=unknown"});
      }
    }
    ada->Do(draft);
    ada->Do({"notify", "approve", id});
    ada->Do({"notify", "submitted", id, "--channel", "portal", "--reference", "REF-" + id, "--at",
             Utc(time)});
    CHECK(Obligation(id)["state"] == "OBLIGATION_STATE_MET");
  }

  TempDir dir;
  std::unique_ptr<Server> server;
  std::unique_ptr<Person> ada;
  const absl::Time aware =
      absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now())) - absl::Hours(24 * 70);
};

void DeclareAndDecide(const Walk& walk) {
  const Person& ada = *walk.ada;
  ada.Do({"declare", "Ransomware at the insurer", "--severity", "sev1"});
  const json before = ada.Json({"deadlines", "--all"});
  CHECK(before["obligations"].size() > 12);
  ada.Do({"aware", "--at", Utc(walk.aware), "--because", "the SOC confirmed it"});
  ada.Refused(
      5, "lies before",
      {"anchor", "classified", "--at", Utc(walk.aware - absl::Hours(1)), "--because", "major"});
  ada.Do({"anchor", "classified", "--at", Utc(walk.aware + absl::Hours(1)), "--because",
          "major: clients and data"});
  ada.Refused(5, "under 3 regimes", {"significant", "yes", "--because", "all of it"});
  ada.Do({"significant", "yes", "--regime", "nis2-nl", "--because", "service down over 4 h"});
  ada.Do({"significant", "yes", "--regime", "gdpr", "--because", "customer data left"});
  ada.Do({"significant", "yes", "--regime", "dora", "--because", "clients over 10 %"});
  CHECK_THAT(ada.Do({"status"}), ContainsSubstring("nis2-nl yes, gdpr yes, dora yes"));
}

void FileAll(const Walk& walk) {
  const absl::Time aware = walk.aware;
  CHECK(walk.Due("dora.initial") == aware + absl::Hours(5));
  CHECK(walk.Due("nis2-nl.early_warning") == aware + absl::Hours(24));
  CHECK(walk.Due("nis2-nl.notification") == aware + absl::Hours(72));
  CHECK(walk.Due("gdpr.dpa_notification") == aware + absl::Hours(72));
  walk.ada->Refused(5, "more than one regime",
                    {"notify", "submitted", "final", "--channel", "portal"});

  const absl::Time initial = aware + absl::Hours(3);
  walk.File("dora.initial", initial);
  CHECK(walk.Due("dora.intermediate") == initial + absl::Hours(72));
  walk.File("nis2-nl.early_warning", aware + absl::Hours(20));
  // Over before the final report would be due: no progress report, and the month counts from the
  // notification.
  walk.ada->Do({"anchor", "handled", "--at", Utc(aware + absl::Hours(24 * 20)), "--because",
                "all services are back"});
  const absl::Time notified = aware + absl::Hours(70);
  walk.File("nis2-nl.notification", notified);
  CHECK(walk.Due("nis2-nl.final") == OneMonthAfter(kZone, notified));
  walk.File("gdpr.dpa_notification", aware + absl::Hours(71));
  const absl::Time intermediate = initial + absl::Hours(70);
  walk.File("dora.intermediate", intermediate);
  CHECK(walk.Due("dora.final") == OneMonthAfter(kZone, intermediate));
  const absl::Time updated = intermediate + absl::Hours(24 * 10);
  walk.File("dora.intermediate_update", updated);
  CHECK(walk.Due("dora.final") == OneMonthAfter(kZone, updated));

  walk.File("nis2-nl.final", aware + absl::Hours(24 * 30));
  walk.File("dora.final", updated + absl::Hours(24 * 25));
}

TEST_CASE("Regimes: one incident through NIS2-NL, GDPR and DORA to the last filing",
          "[e2e][regimes]") {
  const Walk walk;
  DeclareAndDecide(walk);
  FileAll(walk);

  const Person& ada = *walk.ada;
  const std::string explained = ada.Do({"deadlines", "explain", "dora.final"});
  for (const char* part : {"RTS 2025/301 5(1)(c)", "intermediate_updated", "Europe/Amsterdam",
                           "confidence", "version"}) {
    CHECK_THAT(explained, ContainsSubstring(part));
  }
  const json board = ada.Json({"deadlines", "--all"});
  for (const json& obligation : board["obligations"]) {
    if (obligation["state"] != "OBLIGATION_STATE_OPEN") continue;
    const std::string name = obligation["name"];
    ada.Do({"notify", "waive", name.substr(name.rfind('/') + 1), "--because",
            "done outside, see the file"});
  }
  ada.Do({"close", "--because", "all is filed", "--no-review", "an example"});

  const std::string file = ada.File("bundle.json");
  ada.Do({"export", "--format", "json", "--out", file});
  ada.Do({"verify", file});
  const Exit independent = VerifyWithPython(file);
  INFO(independent.out << independent.err);
  CHECK(independent.code == 0);
  const std::string report = ada.File("post-mortem.md");
  ada.Do({"export", "--format", "md", "--out", report});
  for (const char* part : {"Cbw 27(1)", "GDPR 33(1)", "RTS 2025/301 5(1)(a)", "REF-dora.final"}) {
    CHECK_THAT(ReadFile(report), ContainsSubstring(part));
  }
}

TEST_CASE("Regimes: personal data found later bring the incident under GDPR", "[e2e][regimes]") {
  Server server;
  server.Start();
  const Person ada = NewPerson(Admin(server), server, "ada", {"commander", "ciso", "legal"});
  ada.Do({"declare", "Mailbox taken over", "--severity", "sev3"});
  ada.Do({"aware", "--at", "-1h", "--because", "the user called"});
  const std::string diff = ada.Do({"regimes", "diff", "gdpr", "--entity-kind", "controller"});
  CHECK_THAT(diff, ContainsSubstring("not under it yet"));
  CHECK_THAT(diff, ContainsSubstring("gdpr.dpa_notification"));
  CHECK_THAT(ada.Do({"deadlines"}), !ContainsSubstring("gdpr."));
  ada.Refused(2, "entity kind",
              {"regimes", "adopt", "gdpr", "--entity-kind", "bank", "--because", "customer mails"});
  ada.Refused(3, "no regime", {"regimes", "adopt", "gdrp", "--because", "customer mails"});
  ada.Do({"regimes", "adopt", "GDPR", "--entity-kind", "controller", "--because",
          "customer mails were read"});
  CHECK_THAT(ada.Do({"deadlines"}), ContainsSubstring("gdpr.dpa_notification"));
  CHECK_THAT(ada.Do({"regimes", "diff", "gdpr"}), ContainsSubstring("no date would change"));
  ada.Refused(5, "already under", {"regimes", "adopt", "gdpr", "--because", "again"});
}

TEST_CASE("Regimes: a country or a further regime that is not there stops the start",
          "[e2e][regimes]") {
  const TempDir dir;
  for (const auto& [from, to, message] :
       {std::tuple{"country: NL", "country: XX", "calendar"},
        std::tuple{"regime: gdpr", "regime: gdrp", "Did you mean"},
        std::tuple{"entity_kind: insurer", "entity_kind: insurance", "entity kind"}}) {
    std::string config = kInsurer;
    config.replace(config.find(from), std::string(from).size(), to);
    WriteFile(dir.File("wrong.yaml"), config);
    const Server server({.config = dir.File("wrong.yaml"), .organisations = 1, .files_max = 0});
    const Exit refused = Run(server.ServeCommand());
    INFO(refused.out << refused.err);
    CHECK(refused.code != 0);
    CHECK_THAT(refused.err, ContainsSubstring(message));
  }
}

}  // namespace
}  // namespace tocsin::e2e
