// Recurring incidents across the incidents of an organisation: what the writer is told of the
// others, also within one round and after a restart, and what nobody is told.
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "server/domain/significance.h"
#include "server/store/rocks.h"
#include "server/store/schema.h"
#include "tests/support/catch.h"
#include "tests/unit/app/app_fixture.h"

namespace tocsin::app {
namespace {

using domain::AssessImpact;
using domain::DeclareIncident;

// Limits of financial loss alone: the organisation is a cloud provider.
class Provider {
 public:
  explicit Provider(rocksdb::Env* env = nullptr) : server(env) { Use(); }

  void Restart() {
    server.Restart();
    Use();
  }
  IncidentId Declare(bool restricted = false, bool drill = false) {
    DeclareIncident command = domain::ADeclaration();
    command.restricted = restricted;
    command.drill = drill;
    return server.Declare(command);
  }
  AssessImpact Loss(const std::string& eur, const std::string& cause = "vpn-cert") {
    return {{{"root_cause_key", cause}, {"financial_loss_eur", eur}}, ""};
  }
  void State(const IncidentId& incident, const AssessImpact& facts) {
    server.MustDo(server.Make(incident, facts));
  }
  bool IsMet(const IncidentId& incident) {
    return domain::CriteriaAreMet(server.catalog->Get(server.acme, incident)->rulings[0]);
  }
  // What the record says of the criterion in its last assessment.
  std::string Words(const IncidentId& incident) {
    const auto stored = server.catalog->Get(server.acme, incident);
    for (const auto& criterion : stored->rulings[0].proposal->assessment.sets[0].criteria) {
      if (criterion.id == "recurring") return criterion.words;
    }
    return "";
  }

  TestServer server;

 private:
  void Use() {
    server.processor->UseCriteria(
        {domain::Criteria("nis2-2024-2690")},
        {{server.acme, {{"sector", "cloud"}, {"annual_turnover_eur", "100000000"}}}});
  }
};

// Plays a disk that has lost the text of one entry.
void LoseBody(rocksdb::Env* env, OrgNumber org, const IncidentId& incident, uint64_t sequence) {
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* database = nullptr;
  const auto options =
      store::MakeDbOptions(env, std::make_shared<store::ErrorListener>([](const std::string&) {}));
  REQUIRE(
      rocksdb::DB::Open(options, "/store/db", store::MakeFamilies({}), &handles, &database).ok());
  const std::string key = store::EntryKey(org, incident, sequence);
  CHECK(database->Delete({}, handles[static_cast<size_t>(store::Family::kBody)], key).ok());
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    CHECK(database->DestroyColumnFamilyHandle(handle).ok());
  }
  delete database;
}

}  // namespace

TEST_CASE("Recurrence: the second incident of one cause finds the first") {
  Provider provider;
  const IncidentId first = provider.Declare();
  const IncidentId second = provider.Declare();
  provider.State(first, provider.Loss("300000"));
  CHECK_FALSE(provider.IsMet(first));
  provider.State(second, provider.Loss("200001", "other-cause"));
  CHECK_FALSE(provider.IsMet(second));
  provider.State(second, provider.Loss("200001"));
  CHECK(provider.IsMet(second));
  CHECK_THAT(provider.Words(second), ContainsSubstring("INC-2026-0001"));
  CHECK(provider.server.Inconsistency().empty());
}

TEST_CASE("Recurrence: two people in one round see each other's incident") {
  Provider provider;
  const IncidentId first = provider.Declare();
  const IncidentId second = provider.Declare();
  const auto one = provider.server.Submit(provider.server.Make(first, provider.Loss("300000")));
  const auto two = provider.server.Submit(provider.server.Make(second, provider.Loss("200001")));
  CHECK(provider.server.processor->RunOnce() == 2);
  provider.server.processor->RunCompletions();
  CHECK(one->outcome.ok());
  CHECK(two->outcome.ok());
  CHECK(provider.IsMet(second));
}

TEST_CASE("Recurrence: known again after a restart, as last stated") {
  Provider provider;
  const IncidentId first = provider.Declare();
  const IncidentId silent = provider.Declare();
  const IncidentId second = provider.Declare();
  provider.State(first, provider.Loss("100"));
  provider.State(first, provider.Loss("300000"));
  provider.Restart();
  CHECK(provider.server.catalog->Related(provider.server.acme).size() == 1);
  CHECK(provider.server.catalog->Related(provider.server.globex).empty());
  provider.State(second, provider.Loss("200001"));
  CHECK(provider.IsMet(second));
  // A cause that is taken back relates no more, before and after a restart.
  provider.State(first, provider.Loss("300000", "unknown"));
  CHECK(provider.server.catalog->Related(provider.server.acme).size() == 1);
  provider.Restart();
  CHECK(provider.server.catalog->Related(provider.server.acme).size() == 1);
  provider.State(second, provider.Loss("200002"));
  CHECK_FALSE(provider.IsMet(second));
  CHECK_FALSE(provider.IsMet(silent));
  CHECK(provider.server.Inconsistency().empty());
}

TEST_CASE(
    "Recurrence: an incident that cannot be read does not keep the others from being served") {
  const std::unique_ptr<rocksdb::Env> env(rocksdb::NewMemEnv(rocksdb::Env::Default()));
  Provider provider(env.get());
  const IncidentId damaged = provider.Declare();
  const IncidentId whole = provider.Declare();
  provider.State(damaged, provider.Loss("300000"));
  provider.State(whole, provider.Loss("200001"));
  provider.server.Close();
  LoseBody(env.get(), provider.server.acme, damaged, 2);
  provider.server.Open();
  REQUIRE(provider.server.catalog->Related(provider.server.acme).size() == 1);
  CHECK(provider.server.catalog->Get(provider.server.acme, whole).ok());
  CHECK_FALSE(provider.server.catalog->Get(provider.server.acme, damaged).ok());
}

TEST_CASE("Recurrence: a commit that failed tells nothing") {
  Provider provider;
  const IncidentId first = provider.Declare();
  CHECK(provider.server.ReasonFor(provider.server.Make(
            first, AssessImpact{{{"root_cause_key", "two words"}}, ""})) == "BAD_IMPACT_VALUE");
  CHECK(provider.server.catalog->Related(provider.server.acme).empty());
}

// Who may read an open incident may not learn from it that a restricted one exists, what its cause
// is, or what it cost; who may read the restricted one may read the open one too.
TEST_CASE("Recurrence: a restricted incident leaves no trace in another's proposal") {
  Provider provider;
  const IncidentId open = provider.Declare();
  const IncidentId restricted = provider.Declare(/*restricted=*/true);
  provider.State(restricted, provider.Loss("900000"));
  provider.State(open, provider.Loss("1"));
  CHECK_FALSE(provider.IsMet(open));
  const std::string with = provider.Words(open);

  Provider without;
  const IncidentId alone = without.Declare();
  without.State(alone, without.Loss("1"));
  CHECK(with == without.Words(alone));

  // The restricted one finds the open one.
  provider.State(restricted, provider.Loss("499999.5"));
  CHECK(provider.IsMet(restricted));
  CHECK_THAT(provider.Words(restricted), ContainsSubstring("INC-2026-0001"));
}

TEST_CASE("Recurrence: drills neither count nor are counted") {
  Provider provider;
  const IncidentId drill = provider.Declare(/*restricted=*/false, /*drill=*/true);
  const IncidentId real = provider.Declare();
  provider.State(drill, provider.Loss("300000"));
  provider.State(real, provider.Loss("300000"));
  CHECK_FALSE(provider.IsMet(real));
  provider.State(drill, provider.Loss("300001"));
  CHECK_FALSE(provider.IsMet(drill));
}

}  // namespace tocsin::app
