// What import and replay share: sending a plan of entries in order, and checking afterwards that
// the server has them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/cli/command.h"
#include "clients/cli/replay_plan.h"

namespace tocsin::cli {

/// The request id for a step of the work that concerns `line` of the file (0: the file as a whole).
using RequestIdFor = std::function<std::string(std::string_view step, int line)>;

/// Records `plan` in its order through one stream. `incident` is a resource name.
/// Errors: the server's; entries before the refused one are recorded, and the same ids may be sent
/// again.
absl::Status SendEntries(Session& session, const std::string& incident,
                         const std::vector<PlannedEntry>& plan, const RequestIdFor& request_id);

/// Checks that the incident's timeline holds every text of `plan` and every lesson in `findings`,
/// in order. Errors: kDataLoss IMPORT_INCOMPLETE, naming the first line that is missing.
absl::Status CompareWithServer(Session& session, const std::string& incident,
                               const std::vector<PlannedEntry>& plan,
                               const std::vector<ReplayLesson>& findings);

}  // namespace tocsin::cli
