// The calls about laws: which bind the organisation, what adopting one would change, adopting it.
// Beside the obligation service, which hands them on.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/rpc/backend.h"
#include "server/rpc/call.h"
#include "tocsin/v1/obligation.pb.h"

namespace tocsin::rpc {

/// The rule packs of the server in the eyes of the caller's organisation.
absl::Status ListRegimes(const Backend& backend, const app::Caller& caller,
                         v1::ListRegimesResponse& response);

/// The command for "gdpr", or "gdpr@nl" for the establishment in the Netherlands.
/// Errors: kNotFound UNKNOWN_REGIME; kInvalidArgument UNKNOWN_ESTABLISHMENT, and
/// WHICH_ESTABLISHMENT when the two namings contradict each other.
absl::StatusOr<domain::AdoptRegime> MakeAdoption(const Backend& backend, const app::Caller& caller,
                                                 const v1::AdoptRegimeRequest& request);

/// Puts what is declared under the organisation's laws of now; `entity_kind`, when given, is under
/// the first of them. Errors: those of app::RegimesFor.
absl::Status PutUnder(const Backend& backend, const app::OrgProfile& profile,
                      const std::string& entity_kind, domain::DeclareIncident& command);

absl::Status CompareRegime(const Backend& backend, const ReadCall& call,
                           const v1::CompareRegimeRequest& request,
                           v1::CompareRegimeResponse& response);

}  // namespace tocsin::rpc
