#include "server/domain/obligations.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace tocsin::domain {

regulation::Facts FactsOf(const Incident& incident, const Ruling& ruling, absl::Time as_of,
                          const regulation::Calendar* calendar) {
  regulation::Facts facts;
  facts.entity_kind = ruling.entity_kind;
  facts.zone = incident.zone.rules;
  facts.as_of = as_of;
  if (calendar != nullptr) facts.calendar = *calendar;
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

}  // namespace tocsin::domain
