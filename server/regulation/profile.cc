#include "server/regulation/profile.h"

#include <algorithm>
#include <array>
#include <limits>

namespace tocsin::regulation {
namespace {

constexpr std::array<std::string_view, 27> kMemberStates = {
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"};

// Of Recommendation 2003/361/EC, Annex, Article 2. People: fewer than; euros: at most.
constexpr int64_t kSmallPeople = 50;
constexpr int64_t kSmallEuros = 10'000'000;
constexpr int64_t kMediumPeople = 250;
constexpr int64_t kMediumTurnover = 50'000'000;
constexpr int64_t kMediumBalance = 43'000'000;

SizeClass SizeFor(int64_t people, int64_t turnover, int64_t balance) {
  if (people < kSmallPeople && (turnover <= kSmallEuros || balance <= kSmallEuros)) {
    return SizeClass::kSmall;
  }
  const bool medium =
      people < kMediumPeople && (turnover <= kMediumTurnover || balance <= kMediumBalance);
  return medium ? SizeClass::kMedium : SizeClass::kLarge;
}

}  // namespace

const std::vector<std::string>& SectorNames() {
  static const std::vector<std::string> names = {
      // Annex I
      "electricity", "district_heating", "oil", "gas", "hydrogen", "air_transport",
      "rail_transport", "water_transport", "road_transport", "banking",
      "financial_market_infrastructure", "health", "drinking_water", "waste_water",
      "internet_exchange", "dns", "tld_registry", "cloud", "data_centre", "content_delivery",
      "trust_services", "electronic_communications", "managed_services",
      "managed_security_services", "central_government", "regional_government", "space",
      // Annex II
      "postal", "waste_management", "chemicals", "food", "manufacturing", "online_marketplace",
      "search_engine", "social_network", "research",
      // Beside NIS2
      "other_finance"};
  return names;
}

bool IsSectorName(std::string_view name) {
  const std::vector<std::string>& names = SectorNames();
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool IsMemberState(std::string_view country) {
  return std::find(kMemberStates.begin(), kMemberStates.end(), country) != kMemberStates.end();
}

const Establishment* MainEstablishment(const Profile& profile) {
  if (profile.establishments.size() == 1) return &profile.establishments.front();
  for (const Establishment& establishment : profile.establishments) {
    if (establishment.main) return &establishment;
  }
  return nullptr;
}

const Establishment* EstablishmentIn(const Profile& profile, std::string_view country) {
  for (const Establishment& establishment : profile.establishments) {
    if (establishment.country == country) return &establishment;
  }
  return nullptr;
}

std::string_view ToText(SizeClass size) {
  switch (size) {
    case SizeClass::kSmall:
      return "small";
    case SizeClass::kMedium:
      return "medium";
    case SizeClass::kLarge:
      return "large";
  }
  return "";
}

SizeRange SizeOf(const Profile& profile) {
  // More of anything never makes an enterprise smaller, so the two ends bound what is possible.
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  return {SizeFor(profile.employees.value_or(0), profile.turnover_eur.value_or(0),
                  profile.balance_eur.value_or(0)),
          SizeFor(profile.employees.value_or(kMost), profile.turnover_eur.value_or(kMost),
                  profile.balance_eur.value_or(kMost))};
}

}  // namespace tocsin::regulation
