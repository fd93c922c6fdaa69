// What several services read of drills. Beside the drill service, which hands it on.
#pragma once

#include "absl/status/statusor.h"
#include "server/domain/drill_score.h"
#include "server/rpc/backend.h"

namespace tocsin::rpc {

/// Reads all entries of `drill`. Errors: kFailedPrecondition NO_DRILL when it plays no scenario;
/// those of the store.
absl::StatusOr<domain::DrillScore> ScoreOf(const Backend& backend, OrgNumber org,
                                           const domain::Incident& drill);

}  // namespace tocsin::rpc
