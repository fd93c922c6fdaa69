#include "server/library/profile_reader.h"

#include <string>

#include "tests/support/catch.h"

namespace tocsin::library {
namespace {

std::string RefusalOf(const std::string& yaml) {
  const auto node = ParseYaml("org.yaml", yaml);
  REQUIRE(node.ok());
  const auto profile = ReadProfile("org.yaml", *node);
  return profile.ok() ? "accepted" : std::string(profile.status().message());
}

}  // namespace

TEST_CASE("ReadProfile: what is not stated stays unknown, an empty list is a statement",
          "[library][profile]") {
  const auto read = [](const std::string& yaml) {
    const auto node = ParseYaml("org.yaml", yaml);
    REQUIRE(node.ok());
    const auto profile = ReadProfile("org.yaml", *node);
    REQUIRE(profile.ok());
    return *profile;
  };
  const regulation::Profile bare = read("employees: 3\n");
  CHECK(bare.employees == 3);
  CHECK_FALSE(bare.sectors.has_value());
  CHECK_FALSE(bare.services_in.has_value());
  CHECK_FALSE(bare.turnover_eur.has_value());
  CHECK(bare.roles.empty());
  const regulation::Profile none = read("sectors: []\nservices_in: []\n");
  CHECK(none.sectors == std::vector<std::string>{});
  CHECK(none.services_in == std::vector<std::string>{});
}

TEST_CASE("ReadProfile: every mistake is refused at its line and column", "[library][profile]") {
  CHECK(RefusalOf("sector: [cloud]\n") ==
        "org.yaml:1:1: unknown key 'sector' in the profile; did you mean 'sectors'?");
  CHECK(RefusalOf("sectors: [cluod]\n") ==
        "org.yaml:1:10: 'cluod' is not a sector; did you mean 'cloud'?");
  CHECK(RefusalOf("sectors: [gas, gas]\n") == "org.yaml:1:10: gas comes twice");
  CHECK(RefusalOf("roles:\n  controller: maybe\n") ==
        "org.yaml:2:15: 'controller' must be true or false");
  CHECK_THAT(RefusalOf("roles:\n  Data Controller: true\n"), ContainsSubstring("a role is a word"));
  CHECK_THAT(RefusalOf("entity_kinds: {NIS2 BE: essential}\n"),
             ContainsSubstring("the key is the id of a rule pack"));
  CHECK_THAT(RefusalOf("employees: -1\n"), ContainsSubstring("org.yaml:1:12:"));
  CHECK_THAT(RefusalOf("turnover_eur: 1.5e9\n"), ContainsSubstring("whole number"));
  CHECK(RefusalOf("services_in: [Belgium]\n") ==
        "org.yaml:1:14: 'Belgium' is not two capital letters");
  CHECK_THAT(RefusalOf("regulators: [\"a\\nb\"]\n"), ContainsSubstring("one line of plain text"));
  CHECK(RefusalOf("establishments: []\n") == "org.yaml:1:17: the list is empty");
  const std::string brussels = "establishments:\n  - {country: BE, time_zone: ";
  CHECK_THAT(RefusalOf(brussels + "Europe/Brusels}\n"),
             ContainsSubstring("org.yaml:2:30: there is no time zone 'Europe/Brusels'"));
  CHECK_THAT(RefusalOf(brussels + "../Europe/Brussels}\n"), ContainsSubstring("no time zone"));
  CHECK(RefusalOf("establishments:\n  - {country: BE}\n") ==
        "org.yaml:2:5: an establishment lacks the key 'time_zone'");
  CHECK_THAT(RefusalOf(brussels + "Europe/Brussels}\n  - {country: BE, time_zone: UTC}\n"),
             ContainsSubstring("org.yaml:3:15: there is an establishment in BE already"));
  CHECK_THAT(RefusalOf(brussels + "Europe/Brussels, main: true}\n"
                                  "  - {country: NL, time_zone: UTC, main: true}\n"),
             ContainsSubstring("only one establishment is the main one"));
}

}  // namespace tocsin::library
