// From facts to a proposal, from the proposal to a decision, and what happens when the facts
// change.
#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "tests/e2e/harness.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

using nlohmann::json;

constexpr char kCloud[] = R"(organisations:
  - name: default
    time_zone: Europe/Amsterdam
    country: NL
    regime: nis2-nl
    entity_kind: essential
    profile:
      sectors: [cloud]
      turnover_eur: 4000000
      users_eu: 10000000
)";

struct Office {
  explicit Office(const std::string& config = kCloud) {
    WriteFile(dir.File("org.yaml"), config);
    server = std::make_unique<Server>(
        Server::Options{.config = dir.File("org.yaml"), .organisations = 1, .files_max = 0});
    server->Start();
    ada = std::make_unique<Person>(
        NewPerson(Admin(*server), *server, "ada", {"commander", "ciso", "legal"}));
  }

  json Obligation(const std::string& stage) const {
    const json board = ada->Json({"deadlines", "--all"});
    for (const json& obligation : board["obligations"]) {
      if (obligation["stage"] == stage) return obligation;
    }
    FAIL("no obligation " << stage);
    return {};
  }

  TempDir dir;
  std::unique_ptr<Server> server;
  std::unique_ptr<Person> ada;
};

TEST_CASE("Significance: facts, proposal, decision, other facts, asked again",
          "[e2e][significance]") {
  const Office office;
  const Person& ada = *office.ada;
  const absl::Time detected =
      absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now())) - absl::Hours(3);
  ada.Do({"declare", "Storage is gone", "--severity", "sev1", "--detected", Utc(detected)});

  // Nothing is known: what to state is shown, with how sure we are.
  const std::string first = ada.Do({"significant", "show"});
  for (const char* part :
       {"not known yet; state the missing facts", "2024/2690 7(a)",
        "unavailable_minutes is not stated", "confidence high", "verified on 2026-08-22"}) {
    CHECK_THAT(first, ContainsSubstring(part));
  }
  // Only what the service can hit is asked.
  CHECK_THAT(first, !ContainsSubstring("2024/2690 11(a)"));

  // Facts that are met are told at once, in one line; a running clock is in sight from detection.
  const Exit stated = ada.Run({"impact", "set", "financial_loss_eur=200001"});
  CHECK(stated.code == 0);
  CHECK_THAT(stated.err, ContainsSubstring("nis2-nl: criteria are met (nis2-2024-2690:loss)"));
  CHECK(ada.Run({"impact", "set", "systems_affected=3"}).err.empty());
  CHECK_THAT(ada.Do({"significant", "show", "--regime", "nis2-nl"}),
             ContainsSubstring("5 % of annual_turnover_eur 4 000 000, lower than 500 000"));
  CHECK_THAT(ada.Do({"status"}), ContainsSubstring("undecided (criteria are met: decide)"));
  const json warning = office.Obligation("early_warning");
  CHECK(TimeOf(warning["due_time"]) == detected + absl::Hours(24));
  CHECK(warning["provisional"] == true);
  CHECK(warning["counted_from_detection"] == true);
  CHECK_THAT(ada.Do({"deadlines"}), ContainsSubstring("provisional from detection"));
  const std::string explained = ada.Do({"deadlines", "explain", "early_warning"});
  CHECK_THAT(explained, ContainsSubstring("counted from 'detected' while 'aware' is not stated"));
  CHECK_THAT(explained, ContainsSubstring("undecided; criteria met: nis2-2024-2690:loss"));

  // Awareness takes its place.
  const absl::Time aware = detected + absl::Hours(1);
  ada.Do({"aware", "--at", Utc(aware), "--because", "the loss is certain"});
  CHECK(TimeOf(office.Obligation("early_warning")["due_time"]) == aware + absl::Hours(24));
  CHECK(office.Obligation("early_warning")["counted_from_detection"] == false);

  // A person decides; the criteria that were met are in the record.
  ada.Do({"significant", "no", "--because", "the insurer bears it"});
  const json decided = ada.Json({"significant", "show"})["regimes"][0];
  CHECK(decided["decision"] == "no");
  CHECK(decided["decided_met"] == json::array({"nis2-2024-2690:loss"}));
  CHECK(decided["decided_by"] == "@ada");
  CHECK_THAT(ada.Do({"timeline"}),
             ContainsSubstring("Not notifiable under nis2-nl because: the insurer bears it"));
  ada.Refused(5, "already decided", {"significant", "no", "--because", "the insurer bears it"});
}

TEST_CASE("Significance: other facts ask again and change nothing by themselves",
          "[e2e][significance]") {
  const Office office;
  const Person& ada = *office.ada;
  ada.Do({"declare", "Storage is slow", "--severity", "sev2"});
  ada.Do({"aware", "--at", "-1h", "--because", "the monitoring shows it"});
  ada.Do({"impact", "set", "limited_minutes=70", "users_affected=499999"});
  ada.Do({"significant", "no", "--because", "fewer than 5 % of the users"});

  const Exit more = ada.Run({"impact", "set", "users_affected=500001"});
  CHECK_THAT(more.err, ContainsSubstring("nis2-nl: the facts have changed since the decision"));
  CHECK_THAT(more.err, ContainsSubstring("now met: nis2-2024-2690:cloud_limited"));
  const std::string status = ada.Do({"status"});
  CHECK_THAT(status, ContainsSubstring("no (facts changed since: decide again)"));
  const json warning = office.Obligation("early_warning");
  CHECK(warning["state"] == "OBLIGATION_STATE_NOT_REQUIRED");
  CHECK(warning["decision_outdated"] == true);
  CHECK_THAT(ada.Do({"deadlines", "--all"}), ContainsSubstring("decide again"));
  CHECK_THAT(ada.Do({"deadlines", "explain", "early_warning"}),
             ContainsSubstring("the facts have changed since, decide again"));
  ada.Refused(5, "decision on significance under nis2-nl", {"close", "--because", "done"});

  ada.Do({"significant", "yes", "--because", "more than 5 % of the users for over an hour"});
  CHECK(office.Obligation("early_warning")["state"] == "OBLIGATION_STATE_OPEN");
  CHECK(office.Obligation("early_warning")["decision_outdated"] == false);
  CHECK(ada.Json({"significant", "show"})["regimes"][0]["since_decision"] == "");
}

TEST_CASE("Significance: the record outlives the criteria, and its bundle verifies",
          "[e2e][significance]") {
  const Office office;
  const Person& ada = *office.ada;
  ada.Do({"declare", "Keys were copied", "--severity", "sev1"});
  ada.Do({"impact", "set", "trade_secrets_exfiltrated_potential=yes"});
  ada.Do({"significant", "yes", "--because", "designs can have been copied"});
  const json before = ada.Json({"significant", "show"});
  CHECK(before["regimes"][0]["decided_met"] == json::array({"nis2-2024-2690:trade_secrets"}));

  office.server->Stop();
  office.server->Start();
  office.ada->Follow(*office.server);
  CHECK(ada.Json({"significant", "show"}) == before);
  const std::string file = ada.File("bundle.json");
  ada.Do({"export", "--format", "json", "--out", file});
  ada.Do({"verify", file});
  const Exit independent = VerifyWithPython(file);
  INFO(independent.out << independent.err);
  CHECK(independent.code == 0);
}

TEST_CASE("Significance: the same cause in two incidents, and one who may see only one of them",
          "[e2e][significance]") {
  const Office office;
  const Person& ada = *office.ada;
  ada.Do({"declare", "First outage", "--severity", "sev2"});
  ada.Do({"impact", "set", "root_cause_key=vpn-cert", "financial_loss_eur=150000",
          "financial_loss_eur_potential=0"});
  ada.Do({"declare", "A secret third", "--severity", "sev2", "--restricted"});
  ada.Do({"impact", "set", "root_cause_key=vpn-cert", "financial_loss_eur=900000"});
  ada.Do({"declare", "Second outage", "--severity", "sev2"});
  const Exit second = ada.Run({"impact", "set", "root_cause_key=vpn-cert",
                               "financial_loss_eur=50000", "financial_loss_eur_potential=0"});
  CHECK_THAT(second.err, !ContainsSubstring("criteria are met"));
  const std::string shown = ada.Do({"significant", "show"});
  CHECK_THAT(shown, ContainsSubstring("200 000 EUR is not more than 200 000 EUR"));
  CHECK_THAT(shown, !ContainsSubstring("0002"));
  CHECK_THAT(shown, !ContainsSubstring("900 000"));
  const Exit over = ada.Run({"impact", "set", "financial_loss_eur=50001"});
  CHECK_THAT(over.err, ContainsSubstring("nis2-2024-2690:recurring"));
  CHECK_THAT(ada.Do({"significant", "show"}), ContainsSubstring("-0001, the same root_cause_key"));
}

TEST_CASE("Significance: bad facts and words are refused", "[e2e][significance]") {
  const Office office;
  const Person& ada = *office.ada;
  ada.Do({"declare", "Nothing yet", "--severity", "sev3"});
  ada.Refused(2, "Did you mean", {"impact", "set", "sector=clod"});
  ada.Refused(2, "begin/end", {"impact", "set", "outages=yesterday"});
  ada.Refused(2, "one word", {"impact", "set", "root_cause_key=two words"});
  ada.Refused(2, "has no verb", {"significant", "maybe"});
  ada.Refused(3, "no regime", {"significant", "show", "--regime", "gdpr"});
  CHECK_THAT(ada.Do({"significant", "show", "-o", "id"}), ContainsSubstring("nis2-nl"));
}

}  // namespace
}  // namespace tocsin::e2e
