// Acknowledging alerts.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/domain/decide_parts.h"
#include "server/domain/escalation.h"

namespace tocsin::domain::decide {
namespace {

// For refusals.
std::string WhatWaits(const Incident& incident) {
  constexpr size_t kNamedMax = 10;
  std::vector<uint64_t> waiting;
  for (const Alert* alert : OpenAlerts(incident)) waiting.push_back(alert->sequence);
  if (waiting.empty()) return "No alert waits to be acknowledged.";
  const size_t more = waiting.size() > kNamedMax ? waiting.size() - kNamedMax : 0;
  waiting.resize(waiting.size() - more);
  return absl::StrCat("What waits: #", absl::StrJoin(waiting, ", #"),
                      more > 0 ? absl::StrCat(" and ", more, " more") : "", "; see tocsin status.");
}

bool IsUndelivered(const Incident& incident, uint64_t sequence) {
  for (const UndeliveredAlert& alert : incident.undelivered) {
    if (alert.alert == sequence) return true;
  }
  return false;
}

}  // namespace

Entries Decide(const Incident& incident, const AcknowledgeAlert& command, const CommandContext&) {
  if (command.alert == 0) {
    const std::vector<const Alert*> open = OpenAlerts(incident);
    if (open.empty()) {
      return FailedPrecondition("NO_ALERT", absl::StrCat("no alert of ", incident.number, " waits"),
                                "Nothing to acknowledge.");
    }
    return One(AlertAcknowledged{open.back()->sequence});
  }
  if (command.alert > incident.last_sequence) {
    return NotFound("UNKNOWN_ENTRY",
                    absl::StrCat(incident.number, " has no entry #", command.alert),
                    WhatWaits(incident));
  }
  const Alert* alert = FindAlert(incident, command.alert);
  if (alert == nullptr) {
    if (IsUndelivered(incident, command.alert)) return One(AlertAcknowledged{command.alert});
    return FailedPrecondition(
        "NOT_AN_ALERT", absl::StrCat("#", command.alert, " is no alert that asks for an answer"),
        WhatWaits(incident));
  }
  // Said twice it is no error; the first one counts.
  if (alert->acknowledged) return std::vector<PendingEntry>{};
  return One(AlertAcknowledged{alert->sequence});
}

}  // namespace tocsin::domain::decide
