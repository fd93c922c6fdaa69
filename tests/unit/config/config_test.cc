#include "server/config/config.h"

#include <string>

#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin::config {
namespace {

std::string Refusal(const std::string& yaml) {
  const auto config = ReadConfig("tocsin.yaml", yaml);
  return config.ok() ? "accepted" : std::string(config.status().message());
}

}  // namespace

TEST_CASE("Config: a full file is read as it stands") {
  const auto config = ReadConfig("tocsin.yaml",
                                 "listen: 0.0.0.0:8443\n"
                                 "library: /srv/playbooks\n"
                                 "token_lifetime_days: 7\n"
                                 "organisations:\n"
                                 "  - name: acme\n"
                                 "    time_zone: Europe/Brussels\n"
                                 "    entity_kind: important\n"
                                 "    regime: nis2-be\n"
                                 "    entity: Acme NV\n"
                                 "    contacts: soc@acme.example\n"
                                 "  - name: globex\n"
                                 "limits:\n"
                                 "  queue_length: 100\n"
                                 "  watchers: 5\n"
                                 "  evidence_limit: 512 MiB\n");
  REQUIRE(config.ok());
  CHECK(config->listen == "0.0.0.0:8443");
  CHECK(config->library_directory == "/srv/playbooks");
  CHECK(config->token_lifetime == absl::Hours(7 * 24));
  REQUIRE(config->organisations.size() == 2);
  CHECK(config->organisations[0].name == "acme");
  CHECK(config->organisations[0].time_zone == "Europe/Brussels");
  CHECK(config->organisations[0].entity_kind == "important");
  CHECK(config->organisations[0].regime == "nis2-be");
  CHECK(config->organisations[0].entity == "Acme NV");
  CHECK(config->organisations[0].contacts == "soc@acme.example");
  CHECK(config->organisations[1].time_zone == "UTC");
  CHECK(config->limits.queue_length == 100);
  CHECK(config->limits.watchers == 5);
  CHECK(config->limits.evidence_limit == uint64_t{512} << 20);
  CHECK(config->limits.streams_per_connection == Limits{}.streams_per_connection);
}

TEST_CASE("Config: what is left out keeps its default") {
  const auto config = ReadConfig("tocsin.yaml", "listen: 127.0.0.1:0\n");
  REQUIRE(config.ok());
  REQUIRE(config->organisations.size() == 1);
  CHECK(config->organisations[0].name == "default");
  CHECK(config->organisations[0].entity_kind == "essential");
  CHECK(config->token_lifetime == absl::Hours(30 * 24));
}

TEST_CASE("Config: every mistake is refused at its line and column") {
  CHECK(Refusal("listen: 127.0.0.1:0\nlisten_on: x\n") ==
        "tocsin.yaml:2:1: unknown key 'listen_on' in the configuration; known are listen, library, "
        "token_lifetime_days, organisations, limits");
  CHECK_THAT(Refusal("organisations:\n  - name: acme\n    timezone: UTC\n"),
             ContainsSubstring("tocsin.yaml:3:5: unknown key 'timezone'") &&
                 ContainsSubstring("time_zone"));
  CHECK_THAT(Refusal("organisations:\n  - name: acme\n    time_zone: Europe/Bruxelles\n"),
             ContainsSubstring("tocsin.yaml:3:16: there is no time zone 'Europe/Bruxelles'"));
  CHECK_THAT(Refusal("organisations:\n  - name: acme\n    time_zone: /etc/passwd\n"),
             ContainsSubstring("tocsin.yaml:3:16: there is no time zone"));
  CHECK_THAT(Refusal("organisations:\n  - name: Acme NV\n"),
             ContainsSubstring("tocsin.yaml:2:11: a name is 1 to 32 of a-z, 0-9 and dash"));
  CHECK_THAT(Refusal("organisations:\n  - time_zone: UTC\n"), ContainsSubstring("tocsin.yaml:2:5"));
  CHECK_THAT(Refusal("organisations:\n  - name: a\n  - name: a\n"),
             ContainsSubstring("tocsin.yaml:3:5: the organisation 'a' comes twice"));
  CHECK_THAT(Refusal("organisations: []\n"), ContainsSubstring("tocsin.yaml:1:16: there is no"));
  CHECK_THAT(Refusal("limits:\n  watchers: 0\n"), ContainsSubstring("tocsin.yaml:2:13"));
  CHECK_THAT(Refusal("token_lifetime_days: ten\n"), ContainsSubstring("tocsin.yaml:1:22"));
  CHECK_THAT(Refusal("listen: [1\n"), ContainsSubstring("tocsin.yaml:"));
}

TEST_CASE("Config: the largest file of evidence is a size with its unit, or none") {
  const auto read = [](const std::string& size) {
    const auto config = ReadConfig("tocsin.yaml", "limits:\n  evidence_limit: " + size + "\n");
    REQUIRE(config.ok());
    return config->limits.evidence_limit;
  };
  CHECK(Limits{}.evidence_limit == uint64_t{1} << 30);
  CHECK(read("0") == 0);
  CHECK(read("4096") == 4096);
  CHECK(read("1 KiB") == 1024);
  CHECK(read("2 GiB") == uint64_t{2} << 30);
  CHECK(read("16 TiB") == uint64_t{16} << 40);
  for (const char* wrong : {"17 TiB", "1GB", "-1", "1.5 GiB", "GiB", "99999999999999999999", "x"}) {
    CHECK_THAT(Refusal(std::string("limits:\n  evidence_limit: ") + wrong + "\n"),
               ContainsSubstring("tocsin.yaml:2:19: a size is a number of bytes"));
  }
}

TEST_CASE("Config: the profile is read as it stands, and what is not stated stays unknown") {
  const auto config = ReadConfig("tocsin.yaml",
                                 "organisations:\n"
                                 "  - name: acme\n"
                                 "    profile:\n"
                                 "      sectors: [electricity, cloud]\n"
                                 "      roles:\n"
                                 "        controller: true\n"
                                 "        manufacturer: false\n"
                                 "      entity_kinds:\n"
                                 "        nis2-be: essential\n"
                                 "      establishments:\n"
                                 "        - country: BE\n"
                                 "          time_zone: Europe/Brussels\n"
                                 "          main: true\n"
                                 "        - country: NL\n"
                                 "          time_zone: Europe/Amsterdam\n"
                                 "      services_in: [BE]\n"
                                 "      employees: 420\n"
                                 "      turnover_eur: 80000000\n"
                                 "      balance_eur: 43000000\n"
                                 "      users_eu: 120000\n"
                                 "      regulators: [CCB, GBA]\n"
                                 "  - name: bare\n"
                                 "  - name: none\n"
                                 "    profile:\n"
                                 "      sectors: []\n");
  REQUIRE(config.ok());
  REQUIRE(config->organisations[0].profile.has_value());
  const regulation::Profile& profile = *config->organisations[0].profile;
  CHECK(profile.sectors == std::vector<std::string>{"electricity", "cloud"});
  CHECK(profile.roles ==
        std::map<std::string, bool>{{"controller", true}, {"manufacturer", false}});
  CHECK(profile.entity_kinds.at("nis2-be") == "essential");
  REQUIRE(profile.establishments.size() == 2);
  CHECK(profile.establishments[0] == regulation::Establishment{"BE", "Europe/Brussels", true});
  CHECK(profile.establishments[1] == regulation::Establishment{"NL", "Europe/Amsterdam", false});
  CHECK(profile.services_in == std::vector<std::string>{"BE"});
  CHECK(profile.employees == 420);
  CHECK(profile.turnover_eur == 80'000'000);
  CHECK(profile.balance_eur == 43'000'000);
  CHECK(profile.users_eu == 120'000);
  CHECK(profile.regulators == std::vector<std::string>{"CCB", "GBA"});
  CHECK_FALSE(config->organisations[1].profile.has_value());
  REQUIRE(config->organisations[2].profile.has_value());
  // In none of the sectors is a statement; no figure is none.
  CHECK(config->organisations[2].profile->sectors == std::vector<std::string>{});
  CHECK_FALSE(config->organisations[2].profile->services_in.has_value());
  CHECK_FALSE(config->organisations[2].profile->turnover_eur.has_value());
}

TEST_CASE("Config: a mistake in a profile is refused at its line and column") {
  CHECK_THAT(Refusal("organisations:\n  - name: a\n    profile:\n      sector: [cloud]\n"),
             ContainsSubstring("tocsin.yaml:4:7: unknown key 'sector' in the profile"));
}

TEST_CASE("Config: the main establishment gives place and zone, unless they are stated") {
  const std::string profile =
      "    profile:\n"
      "      establishments:\n"
      "        - {country: BE, time_zone: Europe/Brussels}\n"
      "        - {country: NL, time_zone: Europe/Amsterdam, main: true}\n";
  const auto place = [&](const std::string& lines) {
    const auto config = ReadConfig("t", "organisations:\n  - name: a\n" + lines + profile);
    REQUIRE(config.ok());
    return config->organisations[0].country + " " + config->organisations[0].time_zone;
  };
  CHECK(place("") == "NL Europe/Amsterdam");
  CHECK(place("    time_zone: Europe/Paris\n") == "NL Europe/Paris");
  CHECK(place("    country: BE\n") == "BE Europe/Brussels");
}

TEST_CASE("Config: a regime is named or follows from the profile, and never half of each") {
  const std::string organisation = "organisations:\n  - name: a\n";
  const std::string profile = "    profile:\n      sectors: [gas]\n";
  const auto config = ReadConfig("t", organisation + profile);
  REQUIRE(config.ok());
  CHECK_FALSE(config->organisations[0].names_regimes);
  for (const std::string line : {"entity_kind: essential", "establishment: BE",
                                 "further_regimes: [{regime: gdpr, entity_kind: controller}]"}) {
    CHECK_THAT(Refusal(organisation + "    " + line + "\n" + profile),
               ContainsSubstring("tocsin.yaml:3:") && ContainsSubstring("needs regime beside it"));
  }
  const auto named =
      ReadConfig("t", organisation +
                          "    regime: nis2\n    establishment: BE\n    further_regimes:\n"
                          "      - {regime: gdpr, entity_kind: controller, establishment: NL}\n" +
                          profile);
  REQUIRE(named.ok());
  CHECK(named->organisations[0].names_regimes);
  CHECK(named->organisations[0].establishment == "BE");
  CHECK(named->organisations[0].further_regimes.at(0).establishment == "NL");
  CHECK_THAT(Refusal(organisation + "    regime: nis2\n    establishment: Belgium\n"),
             ContainsSubstring("tocsin.yaml:4:20: 'Belgium' is not two capital letters"));
}

TEST_CASE("Config: a file that is not there is an error of its own") {
  const auto config = ReadConfigFile("no-such-folder/tocsin.yaml");
  REQUIRE_FALSE(config.ok());
  CHECK(absl::IsNotFound(config.status()));
  CHECK(ReasonOf(config.status()) == "FILE_NOT_READABLE");
}

TEST_CASE("Config: reviews of sev4 are needed unless the organisation says otherwise") {
  const auto silent = ReadConfig("f", "organisations:\n  - name: acme\n");
  REQUIRE(silent.ok());
  CHECK_FALSE(silent->organisations[0].sev4_needs_no_review);
  const auto stated =
      ReadConfig("f", "organisations:\n  - name: acme\n    sev4_needs_review: false\n");
  REQUIRE(stated.ok());
  CHECK(stated->organisations[0].sev4_needs_no_review);
  CHECK_FALSE(
      ReadConfig("f", "organisations:\n  - name: acme\n    sev4_needs_review: maybe\n").ok());
}

TEST_CASE("Config: whom alerts ask, in turn") {
  const auto config = ReadConfig("tocsin.yaml",
                                 "organisations:\n"
                                 "  - name: acme\n"
                                 "    escalation:\n"
                                 "      - {role: commander, wait: 10m}\n"
                                 "      - {principal: \"@bob\", wait: 90s}\n"
                                 "      - {role: legal, wait: 2h}\n"
                                 "  - name: bare\n");
  REQUIRE(config.ok());
  const auto& chain = config->organisations[0].escalation;
  REQUIRE(chain.size() == 3);
  CHECK(chain[0].role == IncidentRole::kCommander);
  CHECK(chain[0].wait == absl::Minutes(10));
  CHECK_FALSE(chain[1].role.has_value());
  CHECK(chain[1].principal == "@bob");
  CHECK(chain[1].wait == absl::Seconds(90));
  CHECK(chain[2].wait == absl::Hours(2));
  CHECK(config->organisations[1].escalation.empty());
}

TEST_CASE("Config: a level of escalation that makes no sense is refused at its place") {
  const auto level = [](const std::string& text) {
    return Refusal("organisations:\n  - name: acme\n    escalation:\n      - " + text + "\n");
  };
  CHECK_THAT(level("{role: comander, wait: 10m}"),
             ContainsSubstring("tocsin.yaml:4:16: ") && ContainsSubstring("commander"));
  CHECK_THAT(level("{principal: bob, wait: 10m}"),
             ContainsSubstring("tocsin.yaml:4:21: a person is named by handle"));
  CHECK_THAT(level("{principal: \"@b b\", wait: 10m}"), ContainsSubstring("by handle"));
  CHECK_THAT(level("{role: legal, principal: \"@bob\", wait: 10m}"),
             ContainsSubstring("tocsin.yaml:4:34: a level is either a role or a principal"));
  CHECK_THAT(level("{wait: 10m}"), ContainsSubstring("a level is either a role or a principal"));
  CHECK_THAT(level("{role: legal}"), ContainsSubstring("tocsin.yaml:4:9: "));
  CHECK_THAT(level("{role: legal, wait: 10m, who: x}"),
             ContainsSubstring("tocsin.yaml:4:34: unknown key 'who'"));
  for (const char* wait : {"10", "m", "0s", "-5m", "169h", "10 m", "1d", "99999999999h", "1e3m"}) {
    INFO(wait);
    CHECK_THAT(level("{role: legal, wait: \"" + std::string(wait) + "\"}"),
               ContainsSubstring("tocsin.yaml:4:29: the time is a number of s, m or h"));
  }
  std::string many = "organisations:\n  - name: acme\n    escalation:\n";
  for (int i = 0; i < 17; ++i) many += "      - {role: legal, wait: 10m}\n";
  CHECK_THAT(Refusal(many), ContainsSubstring("more than 16 levels"));
}

}  // namespace tocsin::config
