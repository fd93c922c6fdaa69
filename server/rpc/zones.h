// Time zones by their IANA names, from the machine's zone files.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tocsin::rpc {

/// Errors: kInvalidArgument, reason UNKNOWN_TIME_ZONE.
absl::StatusOr<absl::TimeZone> LoadZone(std::string_view name);

}  // namespace tocsin::rpc
