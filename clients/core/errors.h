// Errors as a client tells them: what is wrong, whether anything was recorded, what to do next; and
// the exit code that a script can act on. The server's reason and next step come in the gRPC status
// details and travel inside the program as payloads of absl::Status (server/base/error.h).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace grpc {
class Status;
}

namespace tocsin::client {

/// Exit codes of every client; `tocsin help exit-codes` prints them.
enum class ExitCode {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kNotFound = 3,
  kNoRights = 4,
  kConflict = 5,
  kUnreachable = 6,
  kQueued = 7,
  kFinding = 8,
  kHistoryChanged = 9,
  kInterrupted = 130,
};

/// The exit code for an error: by its absl code, or what KeptInQueue and the witness made of it.
ExitCode ExitCodeOf(const absl::Status& status);

/// A gRPC status with its details as absl::Status with reason and next step.
absl::Status FromRpc(const grpc::Status& status);
/// The same from its parts: `details` is the content of the grpc-status-details-bin trailer, may be
/// empty or broken.
absl::Status FromRpcParts(int code, std::string_view message, std::string_view details);

/// Marks an error of a mutation whose outcome is not known, so that ErrorText says so and names the
/// request id.
absl::Status OutcomeUnknown(absl::Status status, std::string_view request_id);

/// Marks an error of a mutation that now waits in the offline queue as `name`, "q-7": exit code
/// kQueued, and ErrorText says that it is not yet recorded.
absl::Status KeptInQueue(absl::Status status, std::string_view name);
/// "q-7" of a status made by KeptInQueue; empty for others.
std::string QueuedNameOf(const absl::Status& status);

/// The same error with another next step.
absl::Status WithNextStep(const absl::Status& status, std::string_view next_step);

/// "error: …\nrecorded: no|unknown|not yet …\nnext: …\n". Text from the server is made safe for a
/// terminal.
std::string ErrorText(const absl::Status& status);

/// The lines of `tocsin help exit-codes`.
std::string ExitCodesHelp();

}  // namespace tocsin::client
