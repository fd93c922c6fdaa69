#include "server/library/profile_reader.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/library/fields.h"

namespace tocsin::library {
namespace {

using regulation::Establishment;
using regulation::Profile;

constexpr int64_t kPeopleMax = 100'000'000;
constexpr int64_t kUsersMax = 10'000'000'000;
constexpr int64_t kEurosMax = 100'000'000'000'000;

std::optional<std::vector<std::string>> ReadSectors(YamlMapReader& map) {
  std::vector<std::string> sectors = map.TextList("sectors");
  if (!map.Has("sectors")) return std::nullopt;
  std::set<std::string> seen;
  for (const std::string& sector : sectors) {
    if (!regulation::IsSectorName(sector)) {
      map.Refuse("sectors", NotKnown("a sector", sector, regulation::SectorNames()));
    }
    if (!seen.insert(sector).second) map.Refuse("sectors", absl::StrCat(sector, " comes twice"));
  }
  return sectors;
}

std::optional<std::vector<std::string>> ReadCountries(YamlMapReader& map, std::string_view key) {
  std::vector<std::string> countries = map.TextList(key);
  if (!map.Has(key)) return std::nullopt;
  for (const std::string& country : countries) {
    if (!IsCountry(country)) {
      map.Refuse(key, absl::StrCat("'", country, "' is not two capital letters"));
    }
  }
  return countries;
}

absl::Status ReadRoles(std::string_view file, const YamlNode& node, Profile& profile) {
  YamlMapReader map(file, node, "the roles");
  for (const YamlNode& role : node.children) {
    if (!IsWord(role.key)) map.Refuse(role.key, "a role is a word of a-z, 0-9, _ and -");
    profile.roles[role.key] = map.Bool(role.key, false);
  }
  return map.Finish();
}

absl::Status ReadEntityKinds(std::string_view file, const YamlNode& node, Profile& profile) {
  YamlMapReader map(file, node, "the entity kinds");
  for (const YamlNode& kind : node.children) {
    profile.entity_kinds[kind.key] = map.Text(kind.key);
    if (!IsWord(kind.key))
      map.Refuse(kind.key, "the key is the id of a rule pack, such as nis2-be");
  }
  return map.Finish();
}

absl::Status ReadEstablishments(std::string_view file, const YamlNode& list, Profile& profile) {
  for (const YamlNode& item : list.children) {
    YamlMapReader map(file, item, "an establishment");
    Establishment establishment{RequiredCountry(map, "country"), RequiredZone(map, "time_zone"),
                                map.Bool("main", false)};
    if (regulation::EstablishmentIn(profile, establishment.country) != nullptr) {
      map.Refuse("country", absl::StrCat("there is an establishment in ", establishment.country,
                                         " already; keep one for each country"));
    }
    const bool second_main =
        establishment.main &&
        std::any_of(profile.establishments.begin(), profile.establishments.end(),
                    [](const Establishment& other) { return other.main; });
    if (second_main) map.Refuse("main", "only one establishment is the main one");
    TOCSIN_RETURN_IF_ERROR(map.Finish());
    profile.establishments.push_back(std::move(establishment));
  }
  if (list.children.empty()) return YamlErrorAt(file, list, "the list is empty");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Profile> ReadProfile(std::string_view file, const YamlNode& node) {
  YamlMapReader map(file, node, "the profile");
  Profile profile;
  profile.sectors = ReadSectors(map);
  if (const YamlNode* roles = map.Map("roles")) map.Add(ReadRoles(file, *roles, profile));
  if (const YamlNode* kinds = map.Map("entity_kinds")) {
    map.Add(ReadEntityKinds(file, *kinds, profile));
  }
  if (const YamlNode* list = map.List("establishments")) {
    map.Add(ReadEstablishments(file, *list, profile));
  }
  profile.services_in = ReadCountries(map, "services_in");
  profile.employees = map.OptionalInteger("employees", 0, kPeopleMax);
  profile.turnover_eur = map.OptionalInteger("turnover_eur", 0, kEurosMax);
  profile.balance_eur = map.OptionalInteger("balance_eur", 0, kEurosMax);
  profile.users_eu = map.OptionalInteger("users_eu", 0, kUsersMax);
  profile.regulators = map.TextList("regulators");
  for (const std::string& regulator : profile.regulators) {
    if (!CheckLine("a regulator", regulator).ok()) {
      map.Refuse("regulators", "each is one line of plain text");
    }
  }
  TOCSIN_RETURN_IF_ERROR(map.Finish());
  return profile;
}

}  // namespace tocsin::library
