// Drills between the domain and the public messages: scenarios, how a drill stands, its score.
#pragma once

#include "server/domain/drill_score.h"
#include "server/rpc/convert.h"
#include "tocsin/v1/drill.pb.h"

namespace tocsin::rpc {

v1::DrillScenario ToProto(const domain::Scenario& scenario);

/// How the drill stands at the world's `now`. The next inject's text only for `caller` who observes
/// it. `incident` must be a drill on a scenario.
v1::DrillView DrillViewOf(const domain::Incident& incident, absl::Time now,
                          const PrincipalId& caller);

v1::DrillScore ToProto(const domain::DrillScore& score, const domain::Incident& incident,
                       absl::Time now, const domain::HandleOf& handle_of);

}  // namespace tocsin::rpc
