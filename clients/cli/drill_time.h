// The time that counts for an incident: in a running drill that of its clock, else the machine's.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/cli/command.h"
#include "clients/core/incident_clock.h"
#include "clients/core/time_input.h"
#include "tocsin/v1/incident.pb.h"
#include "tocsin/v1/obligation.pb.h"

namespace tocsin::cli {

using client::TimeIn;
/// The same for an obligation of a list: `now` is the server's.
absl::Time TimeIn(const v1::Obligation& obligation, absl::Time now);

/// Session::ReadWhen for a moment of the incident in use: "-20m" and "10:42" count from the clock
/// of a running drill. Asks the server only when `text` is not an instant in full. Errors: as
/// ReadWhen; without an incident in use the machine's time counts.
absl::StatusOr<client::When> ReadIncidentWhen(Session& session, std::string_view flag,
                                              std::string_view text);

}  // namespace tocsin::cli
