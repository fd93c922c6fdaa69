#include "server/regulation/authority.h"

#include <set>

#include "tests/support/catch.h"

namespace tocsin::regulation {
namespace {

TEST_CASE("Authority: takes its regimes by name, in any case of letters", "[regulation]") {
  Authority authority;
  authority.regimes = {"NIS2-LU", "GDPR"};
  CHECK(TakesRegime(authority, "LU", "NIS2-LU"));
  CHECK(TakesRegime(authority, "LU", "gdpr"));
  CHECK_FALSE(TakesRegime(authority, "LU", "DORA"));
  CHECK_FALSE(TakesRegime(authority, "LU", ""));
  CHECK_FALSE(TakesRegime(Authority{}, "LU", "GDPR"));
}

TEST_CASE("Authority: the Directive's own regime finds its national version, no other country's",
          "[regulation]") {
  Authority authority;
  authority.regimes = {"NIS2-LU"};
  CHECK(TakesRegime(authority, "LU", "NIS2"));
  CHECK_FALSE(TakesRegime(authority, "NL", "NIS2"));
  CHECK_FALSE(TakesRegime(authority, "EU", "NIS2"));
  // A name that only begins alike is another law.
  CHECK_FALSE(TakesRegime(authority, "LU", "NIS"));
}

TEST_CASE("Authority: without a list of stages it takes all, with one those alone",
          "[regulation]") {
  Authority authority;
  CHECK(TakesStage(authority, "notification"));
  authority.stages = {"early_warning"};
  CHECK(TakesStage(authority, "early_warning"));
  CHECK_FALSE(TakesStage(authority, "notification"));
}

TEST_CASE("Authority: every role has a word of its own", "[regulation]") {
  std::set<std::string_view> words;
  for (const auto role :
       {AuthorityRole::kCsirt, AuthorityRole::kCompetentAuthority, AuthorityRole::kDataProtection,
        AuthorityRole::kFinancial, AuthorityRole::kSector, AuthorityRole::kPlatform}) {
    words.insert(ToText(role));
  }
  CHECK(words.size() == 6);
  CHECK(words.count("") == 0);
}

}  // namespace
}  // namespace tocsin::regulation
