// Resource names and handles, between the short form people type and the full form of the API.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tocsin::client {

/// "incidents/INC-2026-0042" of "INC-2026-0042", "inc-2026-0042" or the full name.
/// Errors: kInvalidArgument BAD_INCIDENT.
absl::StatusOr<std::string> IncidentResource(std::string_view given);

/// The last part of a resource name: "INC-2026-0042", "nis2.early_warning".
std::string ShortName(std::string_view resource);

/// "INC-2026-0042" of any name below it, "incidents/INC-2026-0042/obligations/x"; empty when it is
/// not below one.
std::string IncidentOf(std::string_view resource);

/// "@ada" of "ada" or "@ada". Errors: kInvalidArgument BAD_HANDLE.
absl::StatusOr<std::string> Handle(std::string_view given);

}  // namespace tocsin::client
