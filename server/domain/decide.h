// The rules of the product: what a command does to an incident, or why it is refused. Pure: the
// same arguments give the same entries on every machine at any time, so that a recorded incident
// can be replayed and a rule can be tested without a server.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/command.h"
#include "server/domain/incident.h"

namespace tocsin::domain {

/// A claimed time may lie this far ahead of the server's clock, no further.
inline constexpr absl::Duration kFutureTolerance = absl::Minutes(5);
inline constexpr size_t kAttributesMax = 32;

/// The entries that `command` adds to `incident`. Commands that touch obligations also bring what
/// changed by time alone: reminders that are due, new dates, and misses, each with its true due
/// time. Never empty on success, except for FireTimer when nothing is due and for
/// AcknowledgeAlert when somebody has.
///
/// Errors (with reason and next step, base/error.h): kInvalidArgument for what is wrong whatever
/// the incident's state (empty or hostile text, time in the future, unknown anchor);
/// kFailedPrecondition for what is wrong now (closed incident, phase jump, blocked step, nothing to
/// approve); kNotFound for an incident that is not declared and for an unknown entry, run, step,
/// obligation or action item; kAlreadyExists for a repeated statement.
absl::StatusOr<std::vector<PendingEntry>> Decide(const Incident& incident, const Command& command,
                                                 const CommandContext& context);

/// True when Decide reads CommandContext::significance for `command`: after it the criteria are
/// asked again.
bool ReadsSignificance(const Command& command);

/// Folds one entry into the state. Accepts every event that Decide returned, in sequence order.
void Apply(Incident& incident, const EntryMeta& meta, const Event& event);

}  // namespace tocsin::domain
