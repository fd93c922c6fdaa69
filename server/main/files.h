// Small files of the data folder: written whole or not at all, private where they hold keys.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tocsin::server {

enum class Access { kPrivate, kEveryone };

/// Makes `path` hold exactly `bytes`, durably, or leaves it as it was: a new file takes its place.
/// Errors: kUnavailable, reason FILE_NOT_WRITTEN, with the system's cause.
absl::Status WriteWholeFile(const std::string& path, std::string_view bytes, Access access);

/// Errors: kNotFound, reason FILE_MISSING; kUnavailable, reason FILE_NOT_READABLE,
/// also when it is larger than 1 MiB.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path);

/// ReadWholeFile for keys. Errors: also kFailedPrecondition, reason KEY_EXPOSED, when others than
/// the owner may read it.
absl::StatusOr<std::string> ReadPrivateFile(const std::string& path);

/// Makes the folder, for its owner alone, unless it is there; not its parents.
/// Errors: kUnavailable, reason FILE_NOT_WRITTEN.
absl::Status MakeDirectory(const std::string& path);

}  // namespace tocsin::server
