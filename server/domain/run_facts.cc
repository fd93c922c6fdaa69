#include "server/domain/run_facts.h"

#include "server/domain/impact.h"
#include "server/domain/obligations.h"

namespace tocsin::domain {
namespace {

playbook::Owed OwedOf(const Obligation& obligation) {
  using regulation::DutyState;
  if (obligation.state == ObligationState::kWaived) return playbook::Owed::kNo;
  switch (obligation.duty.state) {
    case DutyState::kDated:
    case DutyState::kNoDateYet:
    case DutyState::kNoNumber:
      return obligation.duty.provisional ? playbook::Owed::kUndecided : playbook::Owed::kYes;
    case DutyState::kConditional:
      return playbook::Owed::kUndecided;
    case DutyState::kOnRequest:
    case DutyState::kVoluntary:
    case DutyState::kExpectedAnswer:
    case DutyState::kNotRequired:
      break;
  }
  return playbook::Owed::kNo;
}

playbook::Words::FactForm FormOf(ImpactForm form) {
  switch (form) {
    case ImpactForm::kYesNo:
      return playbook::Words::FactForm::kYesNo;
    case ImpactForm::kNumber:
      return playbook::Words::FactForm::kNumber;
    case ImpactForm::kText:
    case ImpactForm::kKey:
    case ImpactForm::kSectors:
    case ImpactForm::kIntervals:
      break;
  }
  return playbook::Words::FactForm::kText;
}

}  // namespace

playbook::Instants AnchorsOf(const Incident& incident) {
  playbook::Instants anchors;
  for (const Anchor& anchor : incident.anchors) {
    const playbook::Instant stated{anchor.time, anchor.stated.record_time};
    const auto [known, fresh] = anchors.try_emplace(anchor.anchor, stated);
    if (fresh || (anchor.anchor == "aware" && known->second.time <= stated.time)) continue;
    known->second = stated;
  }
  return anchors;
}

playbook::Facts FactsOf(const Incident& incident) {
  playbook::Facts facts;
  facts.severity = incident.severity;
  facts.phase = incident.phase;
  for (const auto& [key, fact] : incident.impact) facts.impact[key] = fact.value;
  facts.anchors = AnchorsOf(incident);
  for (const Ruling& ruling : incident.rulings) {
    facts.regimes.insert(ruling.id());
    facts.entity_kinds.insert(ruling.entity_kind);
  }
  for (const Obligation& obligation : incident.obligations) {
    facts.obligations[obligation.id] = OwedOf(obligation);
  }
  return facts;
}

playbook::Words PlaybookWords() {
  playbook::Words words;
  for (const ImpactKey& key : ImpactKeys()) {
    words.facts.push_back({std::string(key.key), FormOf(key.form)});
  }
  words.anchors = StatedAnchors();
  return words;
}

}  // namespace tocsin::domain
