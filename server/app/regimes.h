// The laws of an organisation: what the rule packs say of its profile, and under what an incident
// that is declared now is put. The configuration goes before the profile; nothing is left out of
// the list, so that what does not apply is seen with its reason.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/app/library.h"
#include "server/app/org_profile.h"
#include "server/domain/command.h"
#include "server/regulation/selection.h"

namespace tocsin::app {

/// OK when every role, rule pack and kind of entity that the profile names is known to the library.
/// Errors: kInvalidArgument, reason UNKNOWN_ROLE or UNKNOWN_ENTITY_KIND; kNotFound UNKNOWN_REGIME.
absl::Status CheckProfile(const Library& library, const regulation::Profile& stated);

/// From where the organisation answers `pack` when `country` was named for it; empty: nobody named
/// one. A zone that is not known is left to the incident. Reads zone files.
/// Errors: kInvalidArgument: UNKNOWN_ESTABLISHMENT when the profile has none in `country`;
/// UNKNOWN_TIME_ZONE.
absl::StatusOr<domain::Establishment> EstablishmentFor(const OrgProfile& profile,
                                                       const regulation::RulePack& pack,
                                                       std::string_view country);

/// Under what an incident declared at `now` is put, the first before the others: what the
/// configuration names, else what the profile selects for certain. Errors: those of
/// EstablishmentFor.
absl::StatusOr<std::vector<domain::DeclareIncident::Further>> RegimesFor(const Library& library,
                                                                         const OrgProfile& profile,
                                                                         absl::Time now);

/// One rule pack in the eyes of one organisation.
struct RegimeView {
  regulation::Selection selection;
  /// Incidents are put under it, as that kind, in those countries ("" for one that is not stated).
  bool taken = false;
  std::string entity_kind;
  std::vector<std::string> countries;
};

/// All packs of the library, those that are taken first. Errors: those of RegimesFor.
absl::StatusOr<std::vector<RegimeView>> ViewRegimes(const Library& library,
                                                    const OrgProfile& profile, absl::Time now);

}  // namespace tocsin::app
