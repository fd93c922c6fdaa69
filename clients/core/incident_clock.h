// The time that counts for an incident: in a running drill that of its clock, else the world's.
#pragma once

#include "absl/time/time.h"
#include "tocsin/v1/incident.pb.h"

namespace tocsin::client {

/// What counts for `incident` at the world's `now`.
absl::Time TimeIn(const v1::Incident& incident, absl::Time now);

}  // namespace tocsin::client
