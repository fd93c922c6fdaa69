#include "server/library/authority_reader.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin::library {
namespace {

using regulation::Authority;
using regulation::AuthorityDirectory;
using regulation::AuthorityRole;

AuthorityDirectory ReadShipped(const std::string& name) {
  const absl::StatusOr<AuthorityDirectory> directory = ReadAuthoritiesFile(
      absl::StrCat(TOCSIN_SOURCE_DIR, "/playbooks/authorities/", name, ".yaml"));
  INFO(directory.status().message());
  REQUIRE(directory.ok());
  return *directory;
}

// The first authority that takes reports under `regime`.
const Authority* Find(const AuthorityDirectory& directory, const std::string& regime) {
  for (const Authority& authority : directory.authorities) {
    const std::vector<std::string>& regimes = authority.regimes;
    if (std::find(regimes.begin(), regimes.end(), regime) != regimes.end()) return &authority;
  }
  return nullptr;
}

TEST_CASE("Authorities: every file reads, each entry has a channel and a regime",
          "[library][authorities]") {
  for (const char* name : {"nl", "be", "se", "de", "lu", "eu"}) {
    INFO(name);
    const AuthorityDirectory directory = ReadShipped(name);
    CHECK_FALSE(directory.verified_on.empty());
    CHECK_FALSE(directory.authorities.empty());
    for (const Authority& authority : directory.authorities) {
      INFO(authority.id);
      CHECK_FALSE(authority.channel.empty());
      CHECK_FALSE(authority.regimes.empty());
      CHECK_FALSE(authority.confidence.empty());
    }
  }
}

TEST_CASE("Authorities: each country names who takes NIS2, GDPR and DORA reports",
          "[library][authorities]") {
  for (const char* country : {"NL", "BE", "SE", "DE", "LU"}) {
    INFO(country);
    const AuthorityDirectory directory = ReadShipped(absl::StrReplaceAll(
        country, {{"NL", "nl"}, {"BE", "be"}, {"SE", "se"}, {"DE", "de"}, {"LU", "lu"}}));
    CHECK(directory.country == country);
    CHECK(Find(directory, absl::StrCat("NIS2-", country)) != nullptr);
    CHECK(Find(directory, "GDPR") != nullptr);
    CHECK(Find(directory, "DORA") != nullptr);
  }
}

TEST_CASE("Authorities: the channels that were read in a source", "[library][authorities]") {
  const AuthorityDirectory be = ReadShipped("be");
  const Authority* ccb = Find(be, "NIS2-BE");
  REQUIRE(ccb != nullptr);
  CHECK(ccb->channel.find("notif.safeonweb.be") != std::string::npos);
  CHECK(ccb->phone == "+32 2 501 05 60");
  const Authority* gba = Find(be, "GDPR");
  REQUIRE(gba != nullptr);
  CHECK(gba->role == AuthorityRole::kDataProtection);
  CHECK(gba->languages == std::vector<std::string>{"nl", "fr", "de"});
  const AuthorityDirectory se = ReadShipped("se");
  CHECK(Find(se, "NIS2-SE")->channel.find("cyberportal.ncsc.se") != std::string::npos);
  const AuthorityDirectory eu = ReadShipped("eu");
  CHECK(eu.country == "EU");
  REQUIRE(Find(eu, "CRA") != nullptr);
  CHECK(Find(eu, "CRA")->role == AuthorityRole::kPlatform);
}

// Line numbers in the tests below are those of this text.
constexpr char kSmall[] =
    "format: tocsin-authorities-v1\n"        // 1
    "country: XX\n"                          // 2
    "verified_on: 2026-01-01\n"              // 3
    "authorities:\n"                         // 4
    "  - id: demo\n"                         // 5
    "    name: An authority\n"               // 6
    "    role: csirt\n"                      // 7
    "    regimes: [NIS2-XX]\n"               // 8
    "    stages: [early_warning]\n"          // 9
    "    channel: https://report.invalid\n"  // 10
    "    phone: \"+99 1 234 56 78\"\n"       // 11
    "    languages: [nl]\n"                  // 12
    "    fallback: by phone\n"               // 13
    "    confidence: none\n"                 // 14
    "    note: for tests\n";                 // 15

std::string Changed(const std::string& from, const std::string& to) {
  const std::string text = absl::StrReplaceAll(kSmall, {{from, to}});
  REQUIRE(text != kSmall);
  return text;
}

std::string ErrorOf(const std::string& text) {
  const absl::StatusOr<AuthorityDirectory> directory = ReadAuthorities("xx.yaml", text);
  REQUIRE_FALSE(directory.ok());
  CHECK(directory.status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(ReasonOf(directory.status()) == "YAML_INVALID");
  return std::string(directory.status().message());
}

TEST_CASE("ReadAuthorities: a small directory is read whole", "[library][authorities]") {
  const absl::StatusOr<AuthorityDirectory> directory = ReadAuthorities("xx.yaml", kSmall);

  INFO(directory.status().message());
  REQUIRE(directory.ok());
  CHECK(directory->country == "XX");
  CHECK(directory->verified_on == "2026-01-01");
  const Authority& authority = directory->authorities.at(0);
  CHECK(authority.id == "demo");
  CHECK(authority.name == "An authority");
  CHECK(authority.role == AuthorityRole::kCsirt);
  CHECK(authority.regimes == std::vector<std::string>{"NIS2-XX"});
  CHECK(authority.stages == std::vector<std::string>{"early_warning"});
  CHECK(authority.channel == "https://report.invalid");
  CHECK(authority.phone == "+99 1 234 56 78");
  CHECK(authority.languages == std::vector<std::string>{"nl"});
  CHECK(authority.fallback == "by phone");
  CHECK(authority.confidence == "none");
  CHECK(authority.note == "for tests");
}

TEST_CASE("ReadAuthorities: an entry nobody can use is refused", "[library][authorities]") {
  CHECK(ErrorOf(Changed("    channel: https://report.invalid\n", "")) ==
        "xx.yaml:5:5: an authority lacks the key 'channel'");
  CHECK(ErrorOf(Changed("    regimes: [NIS2-XX]\n", "")) ==
        "xx.yaml:5:5: an authority needs at least one regime");
  CHECK(ErrorOf(Changed("[NIS2-XX]", "[]")) ==
        "xx.yaml:8:14: an authority needs at least one regime");
  CHECK(ErrorOf("format: tocsin-authorities-v1\ncountry: XX\nverified_on: 2026-01-01\n"
                "authorities: []\n") == "xx.yaml:4:14: the list is empty");
}

TEST_CASE("ReadAuthorities: unknown keys and words are refused with the nearest known one",
          "[library][authorities]") {
  CHECK(ErrorOf(Changed("channel:", "chanel:")) ==
        "xx.yaml:10:5: unknown key 'chanel' in an authority; did you mean 'channel'?");
  CHECK(ErrorOf(Changed("role: csirt", "role: csrit")) ==
        "xx.yaml:7:11: 'csrit' is not known; did you mean 'csirt'?");
  CHECK(ErrorOf(Changed("country:", "contry:")) ==
        "xx.yaml:2:1: unknown key 'contry' in the directory; did you mean 'country'?");
  CHECK(ErrorOf(Changed("authorities-v1", "authorities-v2")) ==
        "xx.yaml:1:9: 'tocsin-authorities-v2' is not known; this server reads "
        "tocsin-authorities-v1");
}

TEST_CASE("ReadAuthorities: values are checked at their place", "[library][authorities]") {
  CHECK(ErrorOf(Changed("2026-01-01", "2026-13-01")) ==
        "xx.yaml:3:14: '2026-13-01' is not a date such as 2026-11-01");
  CHECK(ErrorOf(Changed("country: XX", "country: Xx")) ==
        "xx.yaml:2:10: 'Xx' is not two capital letters");
  CHECK(ErrorOf(Changed("\"+99 1 234 56 78\"", "ask at the desk")) ==
        "xx.yaml:11:12: 'ask at the desk' is not a number such as \"+32 2 501 05 60\"");
  CHECK(ErrorOf(Changed("languages: [nl]", "languages: [Dutch]")) ==
        "xx.yaml:12:16: 'Dutch' is not two small letters, as in 'nl'");
  const std::string text = kSmall;
  CHECK(ErrorOf(text + text.substr(text.find("  - id:"))) ==
        "xx.yaml:16:5: the id 'demo' is used twice");
}

TEST_CASE("ReadAuthoritiesFile: a file that is not there is named", "[library][authorities]") {
  const absl::StatusOr<AuthorityDirectory> directory = ReadAuthoritiesFile("/nowhere/zz.yaml");

  REQUIRE_FALSE(directory.ok());
  CHECK(directory.status().code() == absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tocsin::library
