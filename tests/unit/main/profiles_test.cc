// What the configuration says of organisations, against the rules of the library.
#include <fstream>
#include <memory>

#include "rocksdb/env.h"
#include "server/base/error.h"
#include "server/main/bootstrap.h"
#include "tests/support/catch.h"
#include "tests/support/scratch_directory.h"

namespace tocsin::server {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'781'078'400);  // 2026-06-10T08:00:00Z

const app::Library& TheLibrary() {
  static const absl::StatusOr<app::Library> library = LoadLibrary(config::Config{});
  REQUIRE(library.ok());
  return *library;
}

config::Config Read(const std::string& yaml) {
  const auto config = config::ReadConfig("test.yaml", yaml);
  INFO(config.status().ToString());
  REQUIRE(config.ok());
  return *config;
}

// A store in memory with the organisations of the configuration.
class Stored {
 public:
  explicit Stored(const config::Config& config)
      : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) {
    auto opened = store::Database::Open({.directory = "/store", .env = env_.get()});
    REQUIRE(opened.ok());
    database_ = *std::move(opened);
    REQUIRE(MakeOrganisations(config, *database_, kNow).ok());
  }
  const store::Database& operator*() const { return *database_; }

 private:
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<store::Database> database_;
};

// The reason for which both the check before a start and the start itself refuse `yaml`.
std::string Refusal(const std::string& yaml) {
  const config::Config config = Read(yaml);
  const absl::Status checked = CheckOrganisations(config, TheLibrary(), kNow);
  const Stored stored(config);
  absl::Status started = MakeProfiles(config, *stored, TheLibrary(), kNow).status();
  if (started.ok()) started = MakeCountries(config, *stored, TheLibrary()).status();
  CHECK(checked == started);
  CHECK_FALSE(NextStepOf(checked).empty());
  return ReasonOf(checked);
}

}  // namespace

TEST_CASE("Profiles: an organisation that states nothing has the defaults") {
  const config::Config config;
  const Stored stored(config);
  CHECK(CheckOrganisations(config, TheLibrary(), kNow).ok());
  const auto profiles = MakeProfiles(config, *stored, TheLibrary(), kNow);
  REQUIRE(profiles.ok());
  REQUIRE(profiles->size() == 1);
  const app::OrgProfile& profile = profiles->at(OrgNumber{1});
  CHECK(profile.name == "default");
  CHECK(profile.zone.name == "UTC");
  REQUIRE(profile.regimes.size() == 1);
  CHECK(profile.regimes[0].pack->pack.id == "nis2");
  CHECK(profile.regimes[0].entity_kind == "essential");
  CHECK(MakeCountries(config, *stored, TheLibrary())->empty());
}

TEST_CASE("Profiles: each organisation has its own") {
  const config::Config config = Read(
      "organisations:\n"
      "  - name: alpha\n"
      "    time_zone: Europe/Amsterdam\n"
      "    country: NL\n"
      "    regime: nis2-nl\n"
      "    entity: Alpha Hospital\n"
      "    contacts: soc@alpha.example\n"
      "    further_regimes:\n"
      "      - regime: gdpr\n"
      "        entity_kind: controller\n"
      "  - name: beta\n"
      "    time_zone: Europe/Berlin\n");
  const Stored stored(config);
  CHECK(CheckOrganisations(config, TheLibrary(), kNow).ok());
  const auto profiles = MakeProfiles(config, *stored, TheLibrary(), kNow);
  REQUIRE(profiles.ok());
  const app::OrgProfile& alpha = profiles->at(OrgNumber{1});
  CHECK(alpha.number == OrgNumber{1});
  CHECK(alpha.entity == "Alpha Hospital");
  CHECK(alpha.contacts == "soc@alpha.example");
  CHECK(alpha.zone.name == "Europe/Amsterdam");
  CHECK(alpha.zone.rules.At(kNow).offset == 7200);
  REQUIRE(alpha.regimes.size() == 2);
  CHECK(alpha.regimes[0].pack->pack.id == "nis2-nl");
  CHECK(alpha.regimes[1].pack->pack.id == "gdpr");
  CHECK(alpha.regimes[1].entity_kind == "controller");
  CHECK(profiles->at(OrgNumber{2}).zone.name == "Europe/Berlin");
  CHECK(*MakeCountries(config, *stored, TheLibrary()) ==
        std::map<OrgNumber, std::string>{{OrgNumber{1}, "NL"}});
}

TEST_CASE("Profiles: what the library does not know is refused before and at the start alike") {
  const std::string head = "organisations:\n  - name: alpha\n    ";
  CHECK(Refusal(head + "regime: nis3\n") == "UNKNOWN_REGIME");
  CHECK(Refusal(head + "entity_kind: vital\n") == "UNKNOWN_ENTITY_KIND");
  CHECK(Refusal(head + "country: XX\n") == "UNKNOWN_COUNTRY");
  CHECK(
      Refusal(head + "further_regimes:\n      - regime: gdpr\n        entity_kind: essential\n") ==
      "UNKNOWN_ENTITY_KIND");
  CHECK(
      Refusal(head + "further_regimes:\n      - regime: nis2\n        entity_kind: important\n") ==
      "REGIME_TWICE");
}

TEST_CASE("Profiles: a zone that this machine does not know is refused with an example") {
  // Of a file the reader refuses it already, with its line.
  config::Config config;
  config.organisations[0].time_zone = "Europe/Atlantis";
  const absl::Status refused = CheckOrganisations(config, TheLibrary(), kNow);
  CHECK(ReasonOf(refused) == "UNKNOWN_TIME_ZONE");
  CHECK_THAT(NextStepOf(refused), ContainsSubstring("Europe/"));
}

TEST_CASE("Profiles: the report says of every rule pack whether it applies, and why") {
  const config::Config config;
  const auto report = RegimeReport(config, TheLibrary(), kNow);
  REQUIRE(report.ok());
  CHECK_THAT(*report, Catch::Matchers::StartsWith(
                          "default: incidents are put under what the configuration names\n"));
  CHECK_THAT(*report, ContainsSubstring("  * nis2: "));
  CHECK_THAT(*report, ContainsSubstring("Taken as essential"));
  CHECK_THAT(*report, ContainsSubstring("    gdpr: "));
}

TEST_CASE("Profiles: the report says whom alerts ask, in turn") {
  config::Config config;
  const auto bare = RegimeReport(config, TheLibrary(), kNow);
  REQUIRE(bare.ok());
  CHECK(bare->find("alerts ask") == std::string::npos);
  config.organisations[0].escalation = {
      {.role = IncidentRole::kCommander, .principal = "", .wait = absl::Minutes(10)},
      {.role = std::nullopt, .principal = "@bob", .wait = absl::Seconds(90)}};
  const auto report = RegimeReport(config, TheLibrary(), kNow);
  REQUIRE(report.ok());
  CHECK_THAT(*report, ContainsSubstring("  alerts ask commander for 10m, then @bob for 1m30s\n"));
}

TEST_CASE("LoadLibrary: the folder that is named, or the one that came along") {
  CHECK_THAT(TheLibrary().Summary(), ContainsSubstring("rule packs"));
  const ScratchDirectory directory;
  config::Config config;
  config.library_directory = directory.Path("none");
  const absl::Status missing = LoadLibrary(config).status();
  CHECK(ReasonOf(missing) == "LIBRARY_MISSING");
  CHECK_THAT(std::string(missing.message()), ContainsSubstring(directory.Path("none")));
  config.library_directory = TOCSIN_SOURCE_DIR "/playbooks";
  CHECK(LoadLibrary(config)->Summary() == TheLibrary().Summary());
}

}  // namespace tocsin::server
