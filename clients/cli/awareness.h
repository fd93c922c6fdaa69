// What a person must know of the moment of awareness, in lines under a table: which later moment
// waits for a second person, and how far awareness lies behind the detection.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "clients/cli/command.h"
#include "tocsin/v1/awareness.pb.h"

namespace tocsin::cli {

/// Of `incident`, a resource name, or with "" of all open ones. Errors: those of the server.
absl::StatusOr<v1::ListAwarenessResponse> FetchAwareness(Session& session,
                                                         const std::string& incident);

/// Prints to `out` what stands out: nothing when awareness is stated, near the detection, and no
/// later moment waits.
void PrintAwareness(Session& session, const v1::ListAwarenessResponse& response);

/// "pending #5: aware 10:00 UTC, stated by @ada …", for tables.
std::string PendingText(const v1::Anchor& pending, absl::Time now);

}  // namespace tocsin::cli
