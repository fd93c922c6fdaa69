#include "clients/core/incident_clock.h"

#include <algorithm>

#include "clients/core/proto_time.h"

namespace tocsin::client {

absl::Time TimeIn(const v1::Incident& incident, absl::Time now) {
  if (!incident.has_drill_clock()) return now;
  const v1::DrillClock& clock = incident.drill_clock();
  const absl::Time shown = FromProto(clock.shown_time());
  if (clock.paused()) return shown;
  const absl::Duration passed = std::max(now - FromProto(clock.set_time()), absl::ZeroDuration());
  return std::min(shown + passed * std::max(clock.speed(), 1), FromProto(clock.end_time()));
}

}  // namespace tocsin::client
