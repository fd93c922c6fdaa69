#include "server/domain/obligations.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"

namespace tocsin::domain {

regulation::Facts FactsOf(const Incident& incident, const Ruling& ruling, absl::Time as_of,
                          const regulation::Calendar* calendar) {
  regulation::Facts facts;
  facts.entity_kind = ruling.entity_kind;
  facts.zone = incident.zone.rules;
  facts.as_of = as_of;
  // Another country's holidays must not move a date; weekends alone can only make it earlier.
  const std::string& country = ruling.pack->pack.country;
  if (calendar != nullptr && (country.empty() || country == calendar->country)) {
    facts.calendar = *calendar;
  }
  for (const Anchor& anchor : incident.anchors) {
    const auto known = facts.anchors.find(anchor.anchor);
    if (anchor.anchor == "aware" && known != facts.anchors.end()) {
      const auto [corrected, fresh] = facts.anchors.emplace("aware_corrected", anchor.time);
      if (!fresh) corrected->second = std::min(corrected->second, anchor.time);
      continue;
    }
    facts.anchors[anchor.anchor] = anchor.time;
  }
  for (const Obligation& obligation : incident.obligations) {
    if (!obligation.submission || RulingOf(incident, obligation) != &ruling) continue;
    const regulation::StageRule* rule =
        regulation::FindRule(ruling.pack->pack, obligation.duty.stage, ruling.entity_kind);
    const std::string anchor =
        rule != nullptr ? rule->filed_anchor : regulation::SubmittedAnchor(obligation.duty.stage);
    facts.anchors[anchor] = obligation.submission->submit_time;
  }
  if (ruling.significance) {
    facts.significance = ruling.significance->significant ? regulation::Significance::kYes
                                                          : regulation::Significance::kNo;
  }
  return facts;
}

absl::StatusOr<std::vector<DutyChange>> CompareDuties(const Incident& incident,
                                                      const Ruling& offered, absl::Time now,
                                                      const regulation::Calendar* calendar) {
  // Filings count for the regime of their obligation, which is found in the incident itself.
  Incident as_offered = incident;
  Ruling* known = FindRuling(as_offered, offered.id());
  if (known == nullptr) {
    as_offered.rulings.push_back(offered);
    known = &as_offered.rulings.back();
  }
  known->pack = offered.pack;
  known->entity_kind = offered.entity_kind;
  TOCSIN_ASSIGN_OR_RETURN(
      const std::vector<regulation::Duty> duties,
      regulation::Evaluate(offered.pack->pack, FactsOf(as_offered, *known, now, calendar)));
  std::vector<DutyChange> changes;
  std::set<std::string> stays;
  for (const regulation::Duty& duty : duties) {
    if (duty.state == regulation::DutyState::kVoluntary) continue;
    const std::string id = absl::StrCat(offered.id(), ".", duty.stage);
    stays.insert(id);
    const Obligation* obligation = FindObligation(incident, id);
    const bool exists = obligation != nullptr && obligation->id == id;
    if (exists && obligation->duty.due == duty.due && obligation->duty.state == duty.state) {
      continue;
    }
    changes.push_back(
        {id, duty.label, exists ? obligation->duty.due : std::nullopt, duty.due, duty.arithmetic});
  }
  for (const Obligation& obligation : incident.obligations) {
    if (!absl::StartsWith(obligation.id, absl::StrCat(offered.id(), "."))) continue;
    if (stays.contains(obligation.id)) continue;
    changes.push_back({obligation.id, obligation.duty.label, obligation.duty.due, std::nullopt,
                       "the offered version has no such duty"});
  }
  return changes;
}

}  // namespace tocsin::domain
