#include "server/app/regimes.h"

#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin::app {
namespace {

const Library& Shipped() {
  static const auto library = Library::Load(std::string(TOCSIN_SOURCE_DIR) + "/playbooks");
  REQUIRE(library.ok());
  return *library;
}

// An electricity company in Brussels and Amsterdam that says nothing of its size.
OrgProfile Utility() {
  OrgProfile profile;
  profile.name = "utility";
  profile.country = "BE";
  profile.zone.name = "Europe/Brussels";
  REQUIRE(absl::LoadTimeZone(profile.zone.name, &profile.zone.rules));
  profile.stated.sectors = {"electricity"};
  profile.stated.roles["controller"] = true;
  profile.stated.establishments = {{"BE", "Europe/Brussels", true},
                                   {"NL", "Europe/Amsterdam", false}};
  return profile;
}

std::vector<std::string> Names(const std::vector<domain::DeclareIncident::Further>& regimes) {
  std::vector<std::string> names;
  for (const auto& one : regimes) {
    names.push_back(one.pack->pack.id + "/" + one.entity_kind + "/" + one.establishment.country +
                    "/" + one.establishment.zone.name);
  }
  return names;
}

const absl::Time kNow = absl::FromUnixSeconds(1'789'000'000);  // September 2026

}  // namespace

TEST_CASE("Regimes: the profile's words must be those of the library") {
  regulation::Profile stated;
  stated.roles = {{"controller", true}, {"manufacturer", false}};
  stated.entity_kinds = {{"nis2-be", "essential"}, {"cra", "none"}};
  CHECK(CheckProfile(Shipped(), stated).ok());
  stated.roles["controler"] = true;
  CHECK(ReasonOf(CheckProfile(Shipped(), stated)) == "UNKNOWN_ROLE");
  CHECK(NextStepOf(CheckProfile(Shipped(), stated)) == "Did you mean 'controller'?");
  stated.roles.erase("controler");
  stated.entity_kinds["nis2-be"] = "esential";
  CHECK(ReasonOf(CheckProfile(Shipped(), stated)) == "UNKNOWN_ENTITY_KIND");
  stated.entity_kinds = {{"nis2-bb", "essential"}};
  CHECK(ReasonOf(CheckProfile(Shipped(), stated)) == "UNKNOWN_REGIME");
  stated.entity_kinds = {{"nis2-BE", "essential"}};
  CHECK(ReasonOf(CheckProfile(Shipped(), stated)) == "UNKNOWN_REGIME");
}

TEST_CASE("Regimes: an establishment gives its country and its zone") {
  const OrgProfile profile = Utility();
  const auto of = [&](const char* pack, const char* country) {
    const auto seat = EstablishmentFor(profile, (*Shipped().Pack(pack))->pack, country);
    return seat.ok() ? seat->country + "/" + seat->zone.name : ReasonOf(seat.status());
  };
  CHECK(of("gdpr", "NL") == "NL/Europe/Amsterdam");
  // That of the incident, which may have been declared in another zone.
  CHECK(of("gdpr", "BE") == "BE/");
  CHECK(of("gdpr", "") == "BE/");
  CHECK(of("nis2-nl", "") == "NL/Europe/Amsterdam");
  CHECK(of("sec_8k", "") == "BE/America/New_York");
  CHECK(of("gdpr", "DE") == "UNKNOWN_ESTABLISHMENT");
  CHECK(of("gdpr", "nl") == "UNKNOWN_ESTABLISHMENT");
}

TEST_CASE("Regimes: an incident is put under what the profile selects for certain") {
  OrgProfile profile = Utility();
  auto regimes = RegimesFor(Shipped(), profile, kNow);
  REQUIRE(regimes.ok());
  CHECK(Names(*regimes) == std::vector<std::string>{"gdpr/controller/BE/"});
  profile.stated.employees = 1000;
  regimes = RegimesFor(Shipped(), profile, kNow);
  REQUIRE(regimes.ok());
  CHECK(Names(*regimes) == std::vector<std::string>{"nis2-be/essential/BE/",
                                                    "nis2-nl/essential/NL/Europe/Amsterdam",
                                                    "gdpr/controller/BE/"});
  // Before the Dutch law was in force, the Directive stood in.
  regimes = RegimesFor(Shipped(), profile, kNow - absl::Hours(24 * 60));
  REQUIRE(regimes.ok());
  CHECK(Names(*regimes) == std::vector<std::string>{"nis2-be/essential/BE/", "gdpr/controller/BE/",
                                                    "nis2/essential/NL/Europe/Amsterdam"});
}

TEST_CASE(
    "Regimes: the configuration goes before the profile, and nothing is left out of the list") {
  OrgProfile profile = Utility();
  profile.stated.employees = 1000;
  profile.regimes = {{*Shipped().Pack("dora"), "insurer", {"BE", {}, nullptr}}};
  const auto regimes = RegimesFor(Shipped(), profile, kNow);
  REQUIRE(regimes.ok());
  CHECK(Names(*regimes) == std::vector<std::string>{"dora/insurer/BE/"});
  const auto views = ViewRegimes(Shipped(), profile, kNow);
  REQUIRE(views.ok());
  CHECK(views->size() == Shipped().Packs().size());
  CHECK(views->front().selection.pack->id == "dora");
  CHECK(views->front().taken);
  CHECK(views->front().selection.verdict == regulation::Verdict::kDoesNotApply);
  for (const RegimeView& view : *views) {
    INFO(view.selection.pack->id);
    CHECK_FALSE(view.selection.because.empty());
    CHECK(view.taken == (view.selection.pack->id == "dora"));
    if (view.selection.pack->id == "nis2-be") {
      CHECK(view.selection.verdict == regulation::Verdict::kApplies);
    }
  }
}

}  // namespace tocsin::app
