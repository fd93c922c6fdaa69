// Size classes at their limits, and what unknown figures leave possible.
#include "server/regulation/profile.h"

#include "tests/support/catch.h"

namespace tocsin::regulation {
namespace {

SizeRange SizeOfFigures(std::optional<int64_t> people, std::optional<int64_t> turnover,
                        std::optional<int64_t> balance) {
  Profile profile;
  profile.employees = people;
  profile.turnover_eur = turnover;
  profile.balance_eur = balance;
  return SizeOf(profile);
}

constexpr SizeRange kSmallOnly{SizeClass::kSmall, SizeClass::kSmall};
constexpr SizeRange kMediumOnly{SizeClass::kMedium, SizeClass::kMedium};
constexpr SizeRange kLargeOnly{SizeClass::kLarge, SizeClass::kLarge};

}  // namespace

TEST_CASE("Profile: size classes at their limits, Recommendation 2003/361/EC", "[regulation]") {
  CHECK(SizeOfFigures(49, 10'000'000, 43'000'001) == kSmallOnly);
  CHECK(SizeOfFigures(49, 50'000'001, 10'000'000) == kSmallOnly);
  CHECK(SizeOfFigures(50, 1, 1) == kMediumOnly);
  CHECK(SizeOfFigures(49, 10'000'001, 10'000'001) == kMediumOnly);
  CHECK(SizeOfFigures(249, 50'000'000, 43'000'001) == kMediumOnly);
  CHECK(SizeOfFigures(249, 50'000'001, 43'000'000) == kMediumOnly);
  CHECK(SizeOfFigures(249, 50'000'001, 43'000'001) == kLargeOnly);
  CHECK(SizeOfFigures(250, 1, 1) == kLargeOnly);
  CHECK(SizeOfFigures(0, 0, 0) == kSmallOnly);
}

TEST_CASE("Profile: figures that are not stated leave every class that they could give",
          "[regulation]") {
  CHECK(SizeOf(Profile{}) == SizeRange{SizeClass::kSmall, SizeClass::kLarge});
  CHECK(SizeOfFigures(250, std::nullopt, std::nullopt) == kLargeOnly);
  CHECK(SizeOfFigures(60, std::nullopt, std::nullopt) ==
        SizeRange{SizeClass::kMedium, SizeClass::kLarge});
  // Either figure keeps it medium; the other is not needed.
  CHECK(SizeOfFigures(60, 50'000'000, std::nullopt) == kMediumOnly);
  CHECK(SizeOfFigures(std::nullopt, 50'000'001, 43'000'001) == kLargeOnly);
  CHECK(SizeOfFigures(std::nullopt, 1, 1) == SizeRange{SizeClass::kSmall, SizeClass::kLarge});
}

TEST_CASE("Profile: the main establishment is the marked or the only one", "[regulation]") {
  Profile profile;
  CHECK(MainEstablishment(profile) == nullptr);
  profile.establishments = {{"BE", "Europe/Brussels", false}};
  REQUIRE(MainEstablishment(profile) != nullptr);
  CHECK(MainEstablishment(profile)->country == "BE");
  profile.establishments.push_back({"NL", "Europe/Amsterdam", false});
  CHECK(MainEstablishment(profile) == nullptr);
  profile.establishments[1].main = true;
  REQUIRE(MainEstablishment(profile) != nullptr);
  CHECK(MainEstablishment(profile)->country == "NL");
  CHECK(EstablishmentIn(profile, "BE") == &profile.establishments[0]);
  CHECK(EstablishmentIn(profile, "DE") == nullptr);
}

TEST_CASE("Profile: the Member States are the twenty-seven", "[regulation]") {
  CHECK(IsMemberState("GR"));
  CHECK(IsMemberState("HR"));
  for (const char* other : {"GB", "CH", "NO", "US", "EL", "be", ""}) {
    CHECK_FALSE(IsMemberState(other));
  }
}

}  // namespace tocsin::regulation
