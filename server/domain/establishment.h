// From where each regime of an incident is answered. One incident can be under the same law in two
// countries, and each of the two counts its days by its own clock and its own holidays; this is the
// one place that says which those are and what the second one is called.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/command.h"
#include "server/domain/incident.h"

namespace tocsin::domain {

/// The country whose holidays count: that of a national law, else the establishment's.
const std::string& CalendarCountry(const regulation::RulePack& pack,
                                   const Establishment& establishment);

/// `asked` with what it leaves open: without a zone it has `zone`, and the calendar is the one that
/// `calendars` (may be nullptr) has for its country, if any.
Establishment Settle(const regulation::RulePack& pack, Establishment asked, const Zone& zone,
                     const Calendars* calendars);

/// The id of a ruling under `pack` answered from `country`: that of the present one there, the
/// pack's own id when there is none of this pack, else the id with the country, "gdpr@nl".
/// Errors: kInvalidArgument, reason WHICH_ESTABLISHMENT, when a second one states no country;
/// WRONG_ESTABLISHMENT when a national law is to be answered from another country.
absl::StatusOr<std::string> RulingName(const Incident& incident, const regulation::RulePack& pack,
                                       std::string_view country);

/// What AdoptRegime would record. Errors: those of RulingName; kFailedPrecondition, reason
/// WHICH_ESTABLISHMENT, when none is stated and the incident is under the law in several;
/// UNKNOWN_ENTITY_KIND.
absl::StatusOr<RegimeAdopted> AdoptionOf(const Incident& incident, const AdoptRegime& command,
                                         const CommandContext& context);

/// The zone in which `ruling` counts civil dates.
const Zone& ZoneOf(const Incident& incident, const Ruling& ruling);
/// The holidays that `ruling` counts with. `fallback`, which may be nullptr, is that of the
/// organisation's country, for a ruling whose record states no establishment.
regulation::Calendar CalendarOf(const Ruling& ruling, const regulation::Calendar* fallback);

}  // namespace tocsin::domain
