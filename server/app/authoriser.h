// Who may do what: organisation role × membership in the incident, in one table (authoriser.cc).
// Every call asks here once before anything else is looked at, and every entry of a stream again.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "server/app/caller.h"

namespace tocsin::app {

enum class Act : uint8_t {
  /// Read an incident, its timeline, obligations, runs, review.
  kRead,
  kDeclare,
  /// Write to the timeline: entries, corrections, retractions, steps, findings.
  kRecord,
  /// Direct the response: phase, severity, roles, members, playbooks.
  kDirect,
  /// State legal instants, impact, significance; draft notifications.
  kNotify,
  /// What the law takes somebody at their word for: approve and file a notification, waive a duty,
  /// approve a later moment of awareness.
  kFile,
  kCloseOrReopen,
  /// Publish the review, which freezes it.
  kPublish,
  kExport,
  /// Take a copy of a file of evidence.
  kTakeFile,
  /// Proofs and checkpoints: no content.
  kReadLog,
  /// Create people, issue codes, revoke others' tokens.
  kAdminister,
  /// About oneself: who am I, end my own token.
  kSelf,
};

/// What authorisation needs to know of an incident.
struct AccessFacts {
  bool exists = false;
  bool restricted = false;
  bool caller_is_member = false;
};

/// `facts` is nullptr for acts that concern no incident.
/// Errors: kNotFound, reason UNKNOWN_INCIDENT, when the caller may not see the incident, with the
/// very answer that an incident which does not exist gets; kPermissionDenied, reason NOT_ALLOWED,
/// naming the roles that may, or NOT_IN_CHAT when the caller comes through a chat and the act
/// cannot be taken back.
absl::Status Authorise(const Caller& caller, Act act, const AccessFacts* facts);

/// The answer to an incident that does not exist or must not be seen.
absl::Status UnknownIncident();

}  // namespace tocsin::app
