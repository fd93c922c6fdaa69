// What an organisation says of itself once, in the configuration, so that the rule packs can say
// which laws bind it and the criteria have the figures that they compare with. The one idea: what
// is not stated is unknown, never "no". A law that hangs on it is then shown as "cannot tell".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::regulation {

/// A place from which the organisation answers to authorities.
struct Establishment {
  std::string country;    // ISO 3166 alpha-2; its holidays and its national law count here
  std::string time_zone;  // IANA name, in which its civil dates are counted
  bool main = false;      // the main one of NIS2, Article 26(2)

  friend bool operator==(const Establishment&, const Establishment&) = default;
};

struct Profile {
  /// Words of SectorNames(). Absent: not stated; empty: in none of them.
  std::optional<std::vector<std::string>> sectors;
  /// What it is, or is not, in the eyes of single laws: "controller", "insurer". A role that is
  /// absent is not stated. The words are those that the rule packs ask for.
  std::map<std::string, bool> roles;
  /// Kind of entity by id of the rule pack, where it was designated or settled: goes before what
  /// follows from the rest.
  std::map<std::string, std::string> entity_kinds;
  /// At most one a country, at most one of them main. Empty: not stated.
  std::vector<Establishment> establishments;
  /// Where it provides public electronic communications, by country. Absent: not stated.
  std::optional<std::vector<std::string>> services_in;
  std::optional<int64_t> employees;     // in full-time equivalents
  std::optional<int64_t> turnover_eur;  // of the preceding financial year, worldwide, whole euros
  std::optional<int64_t> balance_eur;   // balance sheet total of the same year
  std::optional<int64_t> users_eu;      // users of its services in the Union
  /// Names of the authorities that supervise it, for people.
  std::vector<std::string> regulators;

  friend bool operator==(const Profile&, const Profile&) = default;
};

/// Sectors and kinds of service of NIS2, Annexes I and II, and "other_finance" for what only DORA
/// covers.
const std::vector<std::string>& SectorNames();
bool IsSectorName(std::string_view name);

/// True for the Member States of the European Union.
bool IsMemberState(std::string_view country);

/// The one marked main, or the only one; nullptr when nobody says which.
const Establishment* MainEstablishment(const Profile& profile);
/// The one in `country`; nullptr when there is none.
const Establishment* EstablishmentIn(const Profile& profile, std::string_view country);

/// Classes of Recommendation 2003/361/EC; micro enterprises are small here.
enum class SizeClass { kSmall, kMedium, kLarge };
std::string_view ToText(SizeClass size);

/// The classes that the stated figures leave possible; the same one twice when they settle it.
struct SizeRange {
  SizeClass smallest = SizeClass::kSmall;
  SizeClass largest = SizeClass::kLarge;

  friend bool operator==(const SizeRange&, const SizeRange&) = default;
};

/// Small: fewer than 50 people and turnover or balance of at most EUR 10 m; medium: fewer than 250
/// and turnover of at most EUR 50 m or balance of at most EUR 43 m; large: the rest.
SizeRange SizeOf(const Profile& profile);

}  // namespace tocsin::regulation
