// What a start must find before it can serve: the organisations of the configuration with their
// keys, their profiles, and somebody in each who can let others in.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/app/catalog.h"
#include "server/app/command_processor.h"
#include "server/app/library.h"
#include "server/app/org_profile.h"
#include "server/config/config.h"
#include "server/runtime/clock.h"
#include "server/store/database.h"

namespace tocsin::server {

/// Makes the organisations that the configuration names and the store has not. Nothing else may
/// write meanwhile. Errors: those of store::Database::CreateOrg.
absl::Status MakeOrganisations(const config::Config& config, store::Database& database,
                               absl::Time now);

/// Reads the library that the configuration names, else the installed one, else the source's.
/// Errors: those of app::Library::Load.
absl::StatusOr<app::Library> LoadLibrary(const config::Config& config);
/// OK when the library has the regimes, entity kinds and countries that the configuration names.
/// Errors: as MakeProfiles and MakeCountries.
absl::Status CheckOrganisations(const config::Config& config, const app::Library& library,
                                absl::Time now);
/// For each organisation every rule pack with whether it applies, why, and whether incidents are
/// put under it at `now`: for check-config. Errors: as MakeProfiles, but a profile that selects
/// nothing is none.
absl::StatusOr<std::string> RegimeReport(const config::Config& config, const app::Library& library,
                                         absl::Time now);

/// The profile of every organisation in the store; one that the configuration does not name gets
/// the defaults. Errors: kInvalidArgument, UNKNOWN_TIME_ZONE, UNKNOWN_ENTITY_KIND, UNKNOWN_ROLE,
/// UNKNOWN_ESTABLISHMENT, WRONG_ESTABLISHMENT, REGIME_TWICE, NO_REGIME_SELECTED (the profile
/// selects nothing at `now`); kNotFound UNKNOWN_REGIME.
absl::StatusOr<std::map<OrgNumber, app::OrgProfile>> MakeProfiles(const config::Config& config,
                                                                  const store::Database& database,
                                                                  const app::Library& library,
                                                                  absl::Time now);

/// The country of every organisation that states one. Errors: kNotFound UNKNOWN_COUNTRY when the
/// library has no calendar of it.
absl::StatusOr<std::map<OrgNumber, std::string>> MakeCountries(const config::Config& config,
                                                               const store::Database& database,
                                                               const app::Library& library);

/// What the profile of every organisation states, as facts for the criteria.
std::map<OrgNumber, std::map<std::string, std::string>> MakeProfileFacts(
    const config::Config& config, const store::Database& database);

/// The organisations whose drafts a second person approves.
/// Whom alerts ask, as configured.
app::EscalationChains Escalation(const config::Config& config, const store::Database& database);
std::set<OrgNumber> FourEyes(const config::Config& config, const store::Database& database);

struct Invitation {
  std::string organisation;
  std::string code;
};

/// For every organisation in which nobody has ever enrolled: the person "admin" (admin, ciso,
/// commander), if it is not there yet, and a new one-time code for it. `processor` must run. Blocks
/// for the commits. Errors: those of the commits.
absl::StatusOr<std::vector<Invitation>> InviteAdmins(const store::Database& database,
                                                     const app::Catalog& catalog,
                                                     app::CommandProcessor& processor,
                                                     runtime::Clock& clock);

}  // namespace tocsin::server
