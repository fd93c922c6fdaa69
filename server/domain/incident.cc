#include "server/domain/incident.h"

namespace tocsin::domain {

const Obligation* FindObligation(const Incident& incident, std::string_view id_or_stage) {
  for (const Obligation& obligation : incident.obligations) {
    if (obligation.id == id_or_stage || obligation.duty.stage == id_or_stage) return &obligation;
  }
  return nullptr;
}

Obligation* FindObligation(Incident& incident, std::string_view id_or_stage) {
  for (Obligation& obligation : incident.obligations) {
    if (obligation.id == id_or_stage || obligation.duty.stage == id_or_stage) return &obligation;
  }
  return nullptr;
}

const Anchor* FindAnchor(const Incident& incident, std::string_view anchor) {
  for (auto it = incident.anchors.rbegin(); it != incident.anchors.rend(); ++it) {
    if (it->anchor == anchor) return &*it;
  }
  return nullptr;
}

std::optional<absl::Time> AwareTime(const Incident& incident) {
  std::optional<absl::Time> earliest;
  for (const Anchor& anchor : incident.anchors) {
    if (anchor.anchor == "aware" && (!earliest || anchor.time < *earliest)) earliest = anchor.time;
  }
  return earliest;
}

bool IsMember(const Incident& incident, const PrincipalId& principal) {
  return incident.members.contains(principal);
}

const Obligation* NextDue(const Incident& incident) {
  const Obligation* next = nullptr;
  for (const Obligation& obligation : incident.obligations) {
    const bool runs = obligation.state == ObligationState::kOpen && obligation.duty.own_duty &&
                      obligation.duty.state == regulation::DutyState::kDated &&
                      obligation.duty.due.has_value();
    if (runs && (next == nullptr || *obligation.duty.due < *next->duty.due)) next = &obligation;
  }
  return next;
}

}  // namespace tocsin::domain
