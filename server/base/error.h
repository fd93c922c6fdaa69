// Errors as users see them: a code, a reason a program can act on, a sentence, and what to do next.
// All refusals of the product are made here, so that each has all three parts. The reason and the
// next step travel as payloads of absl::Status and leave the server in the gRPC status details.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace tocsin {

/// Makes an error. `reason` is UPPER_SNAKE_CASE and stable; `message` says what is wrong;
/// `next_step` what to do.
absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view message,
                   std::string_view next_step);

inline absl::Status InvalidArgument(std::string_view reason, std::string_view message,
                                    std::string_view next_step) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message, next_step);
}
inline absl::Status FailedPrecondition(std::string_view reason, std::string_view message,
                                       std::string_view next_step) {
  return Error(absl::StatusCode::kFailedPrecondition, reason, message, next_step);
}
inline absl::Status NotFound(std::string_view reason, std::string_view message,
                             std::string_view next_step) {
  return Error(absl::StatusCode::kNotFound, reason, message, next_step);
}

/// Empty when the status carries none.
std::string ReasonOf(const absl::Status& status);
std::string NextStepOf(const absl::Status& status);

}  // namespace tocsin
