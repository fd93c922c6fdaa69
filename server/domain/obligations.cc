#include "server/domain/obligations.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/domain/decide_parts.h"

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

absl::StatusOr<const Obligation*> RequireObligation(const Incident& incident,
                                                    std::string_view id_or_stage) {
  std::vector<std::string> names;
  std::vector<std::string> same_stage;
  for (const Obligation& obligation : incident.obligations) {
    if (obligation.id == id_or_stage) return &obligation;
    if (obligation.duty.stage == id_or_stage) same_stage.push_back(obligation.id);
    names.push_back(incident.rulings.size() > 1 ? obligation.id : obligation.duty.stage);
  }
  if (same_stage.size() == 1) return FindObligation(incident, same_stage.front());
  const std::string quoted = decide::Quoted(id_or_stage);
  if (same_stage.size() > 1) {
    return FailedPrecondition("WHICH_OBLIGATION",
                              absl::StrCat("more than one regime has the stage ", quoted),
                              absl::StrCat("Say which: ", absl::StrJoin(same_stage, ", "), "."));
  }
  const std::string nearest = decide::NearestShort(id_or_stage, names);
  std::string next = names.empty() ? "The incident has no obligations."
                                   : absl::StrCat("Stages: ", absl::StrJoin(names, ", "), ".");
  if (!nearest.empty()) next = absl::StrCat("Did you mean '", nearest, "'? ", next);
  return NotFound("UNKNOWN_OBLIGATION", absl::StrCat("there is no obligation ", quoted), next);
}

absl::StatusOr<std::vector<DutyChange>> CompareDuties(const Incident& incident,
                                                      std::shared_ptr<const PinnedPack> pack,
                                                      std::string_view entity_kind, absl::Time now,
                                                      const regulation::Calendar* calendar) {
  const std::string& regime = pack->pack.id;
  // Filings count for the regime of their obligation, which is found in the incident itself.
  Incident as_offered = incident;
  Ruling* ruling = FindRuling(as_offered, regime);
  if (ruling == nullptr) {
    as_offered.rulings.push_back({pack, "", std::nullopt});
    ruling = &as_offered.rulings.back();
  }
  ruling->pack = pack;
  if (!entity_kind.empty()) ruling->entity_kind = entity_kind;
  TOCSIN_ASSIGN_OR_RETURN(
      const std::vector<regulation::Duty> duties,
      regulation::Evaluate(pack->pack, FactsOf(as_offered, *ruling, now, calendar)));
  std::vector<DutyChange> changes;
  std::set<std::string> stays;
  for (const regulation::Duty& duty : duties) {
    if (duty.state == regulation::DutyState::kVoluntary) continue;
    const std::string id = absl::StrCat(regime, ".", duty.stage);
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
    if (!absl::StartsWith(obligation.id, absl::StrCat(regime, "."))) continue;
    if (stays.contains(obligation.id)) continue;
    changes.push_back({obligation.id, obligation.duty.label, obligation.duty.due, std::nullopt,
                       "the offered version has no such duty"});
  }
  return changes;
}

}  // namespace tocsin::domain
