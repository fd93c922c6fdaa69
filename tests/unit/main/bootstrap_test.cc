#include "server/main/bootstrap.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "rocksdb/env.h"
#include "server/app/secrets.h"
#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/scratch_directory.h"

namespace tocsin::server {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'781'078'400);  // 2026-06-10T08:00:00Z

config::Organisation Named(const std::string& name) {
  config::Organisation organisation;
  organisation.name = name;
  return organisation;
}

config::Config WithOrganisations(const std::vector<std::string>& names) {
  config::Config config;
  config.organisations.clear();
  for (const std::string& name : names) config.organisations.push_back(Named(name));
  return config;
}

app::Library TheLibrary() {
  auto library = LoadLibrary(config::Config{});
  REQUIRE(library.ok());
  return *std::move(library);
}

/// A server as far as its first start makes it: store, organisations, somebody who can let others
/// in.
class Start {
 public:
  Start(const config::Config& config, const std::string& directory, rocksdb::Env* env = nullptr,
        absl::Time now = kNow)
      : clock(now) {
    status = Run(config, directory, env);
  }
  ~Start() {
    if (processor) processor->Stop();
  }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const store::OrgInfo& org : database->Orgs()) names.push_back(org.name);
    return names;
  }
  std::vector<std::string> Keys() const {
    std::vector<std::string> keys;
    for (const store::OrgInfo& org : database->Orgs()) keys.push_back(org.verifier_key);
    return keys;
  }
  const domain::Directory People(OrgNumber org = OrgNumber{1}) const {
    return catalog->DirectoryOf(org);
  }
  absl::Status Redeem(const std::string& code, OrgNumber org = OrgNumber{1}) {
    const app::NewToken token = app::MakeToken();
    app::Request request;
    request.org = org;
    request.request = app::NewId<RequestId>();
    request.command = domain::RedeemCode{app::HashCode(code), token.id, token.secret_hash,
                                         clock.Now() + absl::Hours(24), "laptop"};
    runtime::Mutex mutex;
    runtime::Condition changed;
    std::optional<absl::Status> answer;
    processor->Submit(request, [&](const absl::StatusOr<app::Outcome>& outcome) {
      runtime::MutexLock lock(mutex);
      answer = outcome.status();
      changed.NotifyAll();
    });
    runtime::MutexLock lock(mutex);
    while (!answer) changed.Wait(mutex);
    return *answer;
  }

  absl::Status status;
  runtime::FakeClock clock;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<app::Catalog> catalog;
  std::unique_ptr<app::CommandProcessor> processor;
  std::vector<Invitation> invitations;

 private:
  absl::Status Run(const config::Config& config, const std::string& directory, rocksdb::Env* env) {
    auto opened = store::Database::Open({.directory = directory, .env = env});
    if (!opened.ok()) return opened.status();
    database = *std::move(opened);
    if (database->state() == store::State::kReadOnly) {
      return absl::UnavailableError(database->read_only_reason());
    }
    absl::Status made = MakeOrganisations(config, *database, clock.Now());
    if (!made.ok()) return made;
    auto loaded = app::Catalog::Load(*database);
    if (!loaded.ok()) return loaded.status();
    catalog = *std::move(loaded);
    processor = std::make_unique<app::CommandProcessor>(*database, *catalog, clock,
                                                        std::vector<app::CommitObserver*>{},
                                                        app::CommandProcessor::Limits{});
    processor->Start();
    auto invited = InviteAdmins(*database, *catalog, *processor, clock);
    if (invited.ok()) invitations = *std::move(invited);
    return invited.status();
  }
};

}  // namespace

TEST_CASE("First start: makes every organisation with its admin and a code that lets them in") {
  const ScratchDirectory directory;
  Start start(WithOrganisations({"acme", "globex"}), directory.Path("data"));
  REQUIRE(start.status.ok());
  CHECK(start.Names() == std::vector<std::string>{"acme", "globex"});
  REQUIRE(start.invitations.size() == 2);
  CHECK(start.invitations[0].organisation == "acme");
  CHECK(start.invitations[1].organisation == "globex");
  CHECK(start.invitations[0].code != start.invitations[1].code);
  const domain::Directory people = start.People();
  const domain::Principal* admin = people.FindHandle("admin");
  REQUIRE(admin != nullptr);
  CHECK(admin->roles == std::vector<OrgRole>{OrgRole::kAdmin, OrgRole::kCiso, OrgRole::kCommander});

  CHECK(ReasonOf(start.Redeem(start.invitations[1].code, OrgNumber{1})) == "CODE_REFUSED");
  CHECK(start.Redeem(start.invitations[0].code, OrgNumber{1}).ok());
  CHECK(ReasonOf(start.Redeem(start.invitations[0].code, OrgNumber{1})) == "CODE_REFUSED");
}

TEST_CASE("First start: a code lets in for a week and no longer") {
  const ScratchDirectory directory;
  const absl::Duration later =
      GENERATE(absl::Hours(24 * 7) - absl::Seconds(1), absl::Hours(24 * 7) + absl::Seconds(1));
  Start start(config::Config{}, directory.Path("data"));
  REQUIRE(start.status.ok());
  start.clock.Advance(later);
  CHECK(start.Redeem(start.invitations[0].code).ok() == (later < absl::Hours(24 * 7)));
}

TEST_CASE("Second start: nothing is made anew once somebody is in") {
  const ScratchDirectory directory;
  const config::Config config = WithOrganisations({"acme", "globex"});
  std::vector<std::string> keys;
  {
    Start first(config, directory.Path("data"));
    REQUIRE(first.status.ok());
    keys = first.Keys();
    CHECK(keys[0] != keys[1]);
    for (const Invitation& invitation : first.invitations) {
      const OrgNumber org{invitation.organisation == "acme" ? 1U : 2U};
      REQUIRE(first.Redeem(invitation.code, org).ok());
    }
  }
  Start second(config, directory.Path("data"));
  REQUIRE(second.status.ok());
  CHECK(second.Keys() == keys);
  CHECK(second.invitations.empty());
  CHECK(second.People().last_sequence == 3);
}

TEST_CASE("Second start: as long as nobody is in, a code is given out for the same admin") {
  const ScratchDirectory directory;
  std::string lost;
  PrincipalId admin;
  {
    const Start first(config::Config{}, directory.Path("data"));
    REQUIRE(first.status.ok());
    lost = first.invitations.at(0).code;
    admin = first.People().FindHandle("admin")->id;
  }
  Start second(config::Config{}, directory.Path("data"));
  REQUIRE(second.status.ok());
  REQUIRE(second.invitations.size() == 1);
  CHECK(second.invitations[0].code != lost);
  CHECK(second.People().principals.size() == 1);
  CHECK(second.People().FindHandle("admin")->id == admin);
  CHECK(second.Redeem(second.invitations[0].code).ok());
}

TEST_CASE("Second start: a new organisation joins, one that is no longer named stays") {
  const ScratchDirectory directory;
  std::vector<std::string> keys;
  {
    Start first(WithOrganisations({"acme"}), directory.Path("data"));
    REQUIRE(first.status.ok());
    keys = first.Keys();
    REQUIRE(first.Redeem(first.invitations[0].code).ok());
  }
  const config::Config other = WithOrganisations({"globex"});
  const Start second(other, directory.Path("data"));
  REQUIRE(second.status.ok());
  CHECK(second.Names() == std::vector<std::string>{"acme", "globex"});
  CHECK(second.Keys()[0] == keys[0]);
  REQUIRE(second.invitations.size() == 1);
  CHECK(second.invitations[0].organisation == "globex");
  // What the configuration does not say of it any more is as if it never had.
  const auto profiles = MakeProfiles(other, *second.database, TheLibrary(), kNow);
  REQUIRE(profiles.ok());
  CHECK(profiles->at(OrgNumber{1}).name == "acme");
  CHECK(profiles->at(OrgNumber{1}).zone.name == "UTC");
}

TEST_CASE("First start: a log is named for ever, and no two servers' logs alike") {
  const ScratchDirectory directory;
  const Start here(config::Config{}, directory.Path("here"));
  const Start there(config::Config{}, directory.Path("there"));
  const std::string origin = here.database->Origin(OrgNumber{1});
  CHECK_THAT(origin, Catch::Matchers::StartsWith("tocsin/default/"));
  CHECK(origin != there.database->Origin(OrgNumber{1}));
}

TEST_CASE("First start: a name that cannot be one is refused and leaves nothing") {
  const ScratchDirectory directory;
  {
    const Start bad(WithOrganisations({"Acme Ltd"}), directory.Path("data"));
    CHECK(ReasonOf(bad.status) == "BAD_ORG_NAME");
    CHECK_FALSE(NextStepOf(bad.status).empty());
  }
  const Start good(WithOrganisations({"acme"}), directory.Path("data"));
  CHECK(good.status.ok());
  CHECK(good.Names() == std::vector<std::string>{"acme"});
}

TEST_CASE("First start: interrupted by a power cut anywhere, the next one completes it") {
  const config::Config config = WithOrganisations({"acme", "globex"});
  int cuts = 0;
  int keys_in_the_way = 0;
  for (uint64_t cut = 1;; ++cut) {
    auto fs = std::make_shared<testing::FaultFileSystem>(cut);
    const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(fs);
    std::vector<Invitation> shown;
    fs->CutPowerAt(cut);
    {
      const Start first(config, "/data", env.get());
      shown = first.invitations;
    }
    if (!fs->power_is_off()) break;
    ++cuts;
    fs->Restart();
    auto next = std::make_unique<Start>(config, "/data", env.get());
    // A key without its organisation may be that of a store that was lost: it is never overwritten,
    // and whoever knows better moves it away.
    while (ReasonOf(next->status) == "KEY_EXISTS") {
      ++keys_in_the_way;
      const std::string message(next->status.message());
      const size_t from = message.find("/data/keys/");
      const std::string key = message.substr(from, message.find(' ', from) - from);
      CHECK_THAT(NextStepOf(next->status), ContainsSubstring("Move it to a safe place"));
      next.reset();
      REQUIRE(env->RenameFile(key, key + ".moved").ok());
      next = std::make_unique<Start>(config, "/data", env.get());
    }
    INFO("power cut at change " << cut << ": " << next->status.ToString());
    REQUIRE(next->status.ok());
    CHECK(next->Names() == std::vector<std::string>{"acme", "globex"});
    REQUIRE(next->invitations.size() == 2);
    CHECK(next->Redeem(next->invitations[0].code).ok());
    // A code that was shown lets in, also when the power went right after.
    for (const Invitation& one : shown) {
      CHECK(next->Redeem(one.code, OrgNumber{one.organisation == "acme" ? 1U : 2U}).ok());
    }
  }
  CHECK(cuts > 50);
  CHECK(keys_in_the_way > 0);
}

}  // namespace tocsin::server
