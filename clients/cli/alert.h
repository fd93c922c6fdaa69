// What waits for an acknowledgement, as other verbs show it.
#pragma once

#include "clients/cli/command.h"
#include "tocsin/v1/incident.pb.h"

namespace tocsin::cli {

/// A block with a line for each alert that waits, and for each that a channel did not deliver.
/// Nothing when there is none.
void PrintAlerts(Session& session, const v1::Incident& incident);
/// A line for each alert that asks the caller.
void PrintMyAlerts(Session& session, const v1::Incident& incident);

}  // namespace tocsin::cli
