#include "server/domain/incident.h"

#include "server/domain/drill.h"

namespace tocsin::domain {

namespace {

// One search for const and mutable incidents.
template <typename Obligations>
auto* Search(Obligations& obligations, std::string_view id_or_stage) {
  for (auto& obligation : obligations) {
    if (obligation.id == id_or_stage) return &obligation;
  }
  for (auto& obligation : obligations) {
    if (obligation.duty.stage == id_or_stage) return &obligation;
  }
  return static_cast<decltype(obligations.data())>(nullptr);
}

template <typename Rulings>
auto* SearchRuling(Rulings& rulings, std::string_view regime) {
  for (auto& ruling : rulings) {
    if (ruling.id() == regime) return &ruling;
  }
  for (auto& ruling : rulings) {
    if (ruling.pack->pack.regime == regime) return &ruling;
  }
  return static_cast<decltype(rulings.data())>(nullptr);
}

}  // namespace

const Ruling* FindRuling(const Incident& incident, std::string_view regime) {
  return SearchRuling(incident.rulings, regime);
}

Ruling* FindRuling(Incident& incident, std::string_view regime) {
  return SearchRuling(incident.rulings, regime);
}

const Ruling* RulingOf(const Incident& incident, const Obligation& obligation) {
  const std::string_view id = obligation.id;
  return FindRuling(incident, id.substr(0, id.find('.')));
}

const Significance* SignificanceOf(const Incident& incident) {
  for (const Ruling& ruling : incident.rulings) {
    if (ruling.significance && ruling.significance->significant) return &*ruling.significance;
  }
  return nullptr;
}

const Obligation* FindObligation(const Incident& incident, std::string_view id_or_stage) {
  return Search(incident.obligations, id_or_stage);
}

Obligation* FindObligation(Incident& incident, std::string_view id_or_stage) {
  return Search(incident.obligations, id_or_stage);
}

const Anchor* FindAnchor(const Incident& incident, std::string_view anchor) {
  if (anchor == "aware") return AnchorStatedIn(incident, incident.aware_sequence);
  for (auto it = incident.anchors.rbegin(); it != incident.anchors.rend(); ++it) {
    if (it->anchor == anchor) return &*it;
  }
  return nullptr;
}

const Anchor* AnchorStatedIn(const Incident& incident, uint64_t sequence) {
  for (const Anchor& anchor : incident.anchors) {
    if (anchor.stated.sequence == sequence) return &anchor;
  }
  return nullptr;
}

std::optional<absl::Time> AwareTime(const Incident& incident) {
  const Anchor* aware = FindAnchor(incident, "aware");
  if (aware == nullptr) return std::nullopt;
  return aware->time;
}

bool IsMember(const Incident& incident, const PrincipalId& principal) {
  return incident.members.contains(principal);
}

bool HoldsRole(const Incident& incident, IncidentRole role, const PrincipalId& principal) {
  const auto holders = incident.role_holders.find(role);
  return holders != incident.role_holders.end() && holders->second.contains(principal);
}

std::optional<FiledDocument> LastDocument(const Obligation& obligation) {
  std::optional<FiledDocument> document = obligation.draft_document;
  if (document) document->approved = IsApproved(obligation);
  return document;
}

const Obligation* NextDue(const Incident& incident) {
  const Obligation* next = nullptr;
  if (IsOver(incident)) return next;
  for (const Obligation& obligation : incident.obligations) {
    const bool runs = obligation.state == ObligationState::kOpen && obligation.duty.own_duty &&
                      obligation.duty.state == regulation::DutyState::kDated &&
                      obligation.duty.due.has_value();
    if (runs && (next == nullptr || *obligation.duty.due < *next->duty.due)) next = &obligation;
  }
  return next;
}

}  // namespace tocsin::domain
