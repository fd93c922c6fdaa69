#include "server/app/regimes.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/library/fields.h"
#include "server/runtime/zones.h"

namespace tocsin::app {
namespace {

using Further = domain::DeclareIncident::Further;

constexpr char kNone[] = "none";

absl::CivilDay DayOf(const OrgProfile& profile, absl::Time now) {
  return absl::ToCivilDay(now, profile.zone.rules);
}

std::vector<regulation::Selection> Selected(const Library& library, const OrgProfile& profile,
                                            absl::Time now) {
  return regulation::Select(library.Packs(), profile.stated, DayOf(profile, now));
}

std::set<std::string> RolesOf(const Library& library) {
  std::set<std::string> roles;
  for (const regulation::RulePack* pack : library.Packs()) {
    if (!pack->applies_to) continue;
    for (const regulation::AppliesCase& c : pack->applies_to->cases) {
      roles.insert(c.roles.begin(), c.roles.end());
    }
  }
  return roles;
}

absl::Status UnknownRole(const std::string& role, const std::set<std::string>& known) {
  const std::vector<std::string> names(known.begin(), known.end());
  const std::string nearest = NearestWord(role, names);
  return InvalidArgument("UNKNOWN_ROLE",
                         absl::StrCat("no rule pack asks for the role '", role, "'"),
                         nearest.empty() ? absl::StrCat("Roles: ", absl::StrJoin(names, ", "), ".")
                                         : absl::StrCat("Did you mean '", nearest, "'?"));
}

// What the pack leaves to choose when nobody names a country.
std::string DefaultCountry(const OrgProfile& profile, const regulation::RulePack& pack) {
  const bool national = !pack.country.empty() && pack.time_zone.empty();
  return national ? pack.country : profile.country;
}

// Never fails for a country without an establishment: its zone is then the incident's.
absl::StatusOr<domain::Establishment> Seat(const OrgProfile& profile,
                                           const regulation::RulePack& pack, std::string country) {
  domain::Establishment seat;
  seat.country = std::move(country);
  const regulation::Establishment* own = regulation::EstablishmentIn(profile.stated, seat.country);
  if (!pack.time_zone.empty()) {
    seat.zone.name = pack.time_zone;
  } else if (own != nullptr && seat.country != profile.country) {
    seat.zone.name = own->time_zone;
  }
  if (seat.zone.name.empty()) return seat;
  TOCSIN_ASSIGN_OR_RETURN(seat.zone.rules, runtime::LoadZone(seat.zone.name));
  return seat;
}

}  // namespace

absl::Status CheckProfile(const Library& library, const regulation::Profile& stated) {
  const std::set<std::string> roles = RolesOf(library);
  for (const auto& [role, unused] : stated.roles) {
    if (!roles.contains(role)) return UnknownRole(role, roles);
  }
  for (const auto& [id, kind] : stated.entity_kinds) {
    TOCSIN_ASSIGN_OR_RETURN(const auto pinned, library.Pack(id));
    if (pinned->pack.id != id) {
      return NotFound("UNKNOWN_REGIME",
                      absl::StrCat("entity_kinds: there is no rule pack '", id, "'"),
                      absl::StrCat("Did you mean '", pinned->pack.id, "'?"));
    }
    if (kind != kNone) TOCSIN_RETURN_IF_ERROR(regulation::CheckEntityKind(pinned->pack, kind));
  }
  return absl::OkStatus();
}

absl::StatusOr<domain::Establishment> EstablishmentFor(const OrgProfile& profile,
                                                       const regulation::RulePack& pack,
                                                       std::string_view country) {
  if (country.empty()) return Seat(profile, pack, DefaultCountry(profile, pack));
  const bool known =
      country == profile.country || regulation::EstablishmentIn(profile.stated, country) != nullptr;
  if (known) return Seat(profile, pack, std::string(country));
  std::set<std::string> countries;
  if (!profile.country.empty()) countries.insert(profile.country);
  for (const auto& establishment : profile.stated.establishments) {
    countries.insert(establishment.country);
  }
  return InvalidArgument(
      "UNKNOWN_ESTABLISHMENT",
      absl::StrCat("the organisation states no establishment in ",
                   library::IsCountry(country) ? absl::StrCat("'", ToAbsl(country), "'")
                                               : "what is no country's code"),
      absl::StrCat("Add it with its time_zone under profile.establishments in the server's "
                   "configuration",
                   countries.empty() ? "." : "; stated are: ", absl::StrJoin(countries, ", ")));
}

absl::StatusOr<std::vector<Further>> RegimesFor(const Library& library, const OrgProfile& profile,
                                                absl::Time now) {
  if (!profile.regimes.empty()) return profile.regimes;
  std::vector<regulation::Selection> selections = Selected(library, profile, now);
  // The law that the incident is most often asked about comes first.
  std::stable_partition(selections.begin(), selections.end(), [](const regulation::Selection& one) {
    return !one.pack->transposes.empty();
  });
  std::vector<Further> regimes;
  for (const regulation::Selection& one : selections) {
    if (one.verdict != regulation::Verdict::kApplies) continue;
    TOCSIN_ASSIGN_OR_RETURN(const auto pinned, library.Pack(one.pack->id));
    std::vector<std::string> countries = one.countries;
    if (countries.empty()) countries.push_back(DefaultCountry(profile, *one.pack));
    for (std::string& country : countries) {
      TOCSIN_ASSIGN_OR_RETURN(domain::Establishment seat,
                              Seat(profile, *one.pack, std::move(country)));
      regimes.push_back({pinned, one.entity_kind, std::move(seat)});
    }
  }
  return regimes;
}

absl::StatusOr<std::vector<RegimeView>> ViewRegimes(const Library& library,
                                                    const OrgProfile& profile, absl::Time now) {
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<Further> taken, RegimesFor(library, profile, now));
  std::vector<RegimeView> views;
  for (regulation::Selection& selection : Selected(library, profile, now)) {
    RegimeView view{std::move(selection)};
    for (const Further& one : taken) {
      if (one.pack->pack.id != view.selection.pack->id) continue;
      view.taken = true;
      view.entity_kind = one.entity_kind;
      view.countries.push_back(one.establishment.country);
    }
    views.push_back(std::move(view));
  }
  std::stable_partition(views.begin(), views.end(),
                        [](const RegimeView& view) { return view.taken; });
  return views;
}

}  // namespace tocsin::app
