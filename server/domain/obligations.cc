#include "server/domain/obligations.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/domain/decide.h"
#include "server/domain/decide_parts.h"
#include "server/domain/establishment.h"
#include "server/domain/significance.h"

namespace tocsin::domain {

regulation::Facts FactsOf(const Incident& incident, const Ruling& ruling, absl::Time as_of,
                          const regulation::Calendar* calendar) {
  regulation::Facts facts;
  facts.entity_kind = ruling.entity_kind;
  facts.zone = ZoneOf(incident, ruling).rules;
  facts.as_of = as_of;
  facts.calendar = CalendarOf(ruling, calendar);
  for (const Anchor& anchor : incident.anchors) facts.anchors[anchor.anchor] = anchor.time;
  if (const auto aware = AwareTime(incident)) facts.anchors["aware"] = *aware;
  for (const Obligation& obligation : incident.obligations) {
    if (!obligation.submission || RulingOf(incident, obligation) != &ruling) continue;
    const regulation::StageRule* rule =
        regulation::FindRule(ruling.pack->pack, obligation.duty.stage, ruling.entity_kind);
    const std::string anchor =
        rule != nullptr ? rule->filed_anchor : regulation::SubmittedAnchor(obligation.duty.stage);
    facts.anchors[anchor] = obligation.submission->submit_time;
  }
  facts.aware_stand_in = AwareStandIn(incident, ruling);
  if (ruling.significance) {
    facts.significance = ruling.significance->significant ? regulation::Significance::kYes
                                                          : regulation::Significance::kNo;
  }
  return facts;
}

std::vector<std::string> StatedAnchors() {
  std::vector<std::string> names;
  for (const std::string& name : regulation::AnchorNames()) {
    const bool own_command = absl::EndsWith(name, "_submitted") ||
                             absl::EndsWith(name, "_corrected") ||
                             absl::EndsWith(name, "_requested");
    if (!own_command) names.push_back(name);
  }
  return names;
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

absl::StatusOr<RegimeComparison> CompareRegime(const Incident& incident, const AdoptRegime& command,
                                               const CommandContext& context) {
  TOCSIN_ASSIGN_OR_RETURN(const RegimeAdopted adopted, AdoptionOf(incident, command, context));
  RegimeComparison comparison;
  if (const Ruling* present = FindRuling(incident, adopted.ruling)) comparison.present = *present;
  // Filings count for the regime of their obligation, which is found in the incident itself.
  Incident as_offered = incident;
  Apply(as_offered, {.sequence = incident.last_sequence + 1, .record_time = context.now}, adopted);
  const Ruling& offered = *FindRuling(as_offered, adopted.ruling);
  comparison.offered = offered;
  TOCSIN_ASSIGN_OR_RETURN(
      const std::vector<regulation::Duty> duties,
      regulation::Evaluate(offered.pack->pack,
                           FactsOf(as_offered, offered, context.now, context.calendar)));
  std::set<std::string> stays;
  for (const regulation::Duty& duty : duties) {
    if (duty.state == regulation::DutyState::kVoluntary) continue;
    const std::string id = absl::StrCat(offered.id(), ".", duty.stage);
    stays.insert(id);
    const Obligation* obligation = FindObligation(incident, id);
    const bool exists = obligation != nullptr && obligation->id == id;
    const regulation::Duty now = exists ? obligation->duty : regulation::Duty{};
    if (exists && now.due == duty.due && now.legal_latest == duty.legal_latest &&
        now.state == duty.state) {
      continue;
    }
    comparison.changes.push_back({id, duty.label, now.due, duty.due, now.legal_latest,
                                  duty.legal_latest, duty.arithmetic, duty.latest_arithmetic});
  }
  for (const Obligation& obligation : incident.obligations) {
    if (!absl::StartsWith(obligation.id, absl::StrCat(offered.id(), "."))) continue;
    if (stays.contains(obligation.id)) continue;
    comparison.changes.push_back({obligation.id, obligation.duty.label, obligation.duty.due,
                                  std::nullopt, obligation.duty.legal_latest, std::nullopt,
                                  "the offered version has no such duty", ""});
  }
  return comparison;
}

}  // namespace tocsin::domain
