// Request ids: the client's own name for one mutation. Repeating a call with the same id repeats
// the answer and writes nothing twice, which is what makes retrying safe.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace tocsin::client {

/// A random UUID (version 4). Thread-safe.
std::string NewRequestId();

/// The canonical form of a UUID that a person gave. Errors: kInvalidArgument BAD_REQUEST_ID.
absl::StatusOr<std::string> CheckRequestId(const std::string& text);

}  // namespace tocsin::client
