// Time zones by their IANA names, from the machine's zone files, and which edition of the data
// those are: zone rules change by decree, so a date is only explained when it says by which it was
// counted.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tocsin::runtime {

/// Errors: kInvalidArgument, reason UNKNOWN_TIME_ZONE.
absl::StatusOr<absl::TimeZone> LoadZone(std::string_view name);

/// Where zones are loaded from unless the environment's TZDIR names another folder.
inline constexpr char kZoneDirectory[] = "/usr/share/zoneinfo";

/// The edition in `directory`, "2026a": from the first line of tzdata.zi, else from the file
/// +VERSION. "unknown" when neither says so. Reads files.
std::string ZoneDataVersion(const std::string& directory);

}  // namespace tocsin::runtime
