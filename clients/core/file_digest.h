// The size and SHA-256 of a file of any size, read once in pieces. What is hashed must be one
// plain file that stays as it is meanwhile: a hash of anything else proves nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "server/base/digest.h"

namespace tocsin::client {

struct HashedFile {
  uint64_t size = 0;
  Digest digest;
};

/// Called after each piece: how many bytes are read, of how many.
using HashProgress = std::function<void(uint64_t done, uint64_t total)>;

/// Needs the same memory for every size.
/// Errors: kNotFound FILE_NOT_FOUND; kInvalidArgument NOT_A_FILE for a symbolic link, a folder, a
/// pipe or a device, saying which; kAborted FILE_CHANGED when it was written to meanwhile;
/// kInternal FILE_NOT_READ.
absl::StatusOr<HashedFile> HashFile(const std::string& path, const HashProgress& progress = {});

}  // namespace tocsin::client
