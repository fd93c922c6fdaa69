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
                                 "  watchers: 5\n");
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

TEST_CASE("Config: a file that is not there is an error of its own") {
  const auto config = ReadConfigFile("no-such-folder/tocsin.yaml");
  REQUIRE_FALSE(config.ok());
  CHECK(absl::IsNotFound(config.status()));
  CHECK(ReasonOf(config.status()) == "FILE_NOT_READABLE");
}

}  // namespace tocsin::config
