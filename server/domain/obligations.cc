#include "server/domain/obligations.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace tocsin::domain {

regulation::Facts FactsOf(const Incident& incident, absl::Time as_of) {
  regulation::Facts facts;
  facts.entity_kind = incident.entity_kind;
  facts.zone = incident.zone.rules;
  facts.as_of = as_of;
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
    if (obligation.submission) {
      facts.anchors[absl::StrCat(obligation.duty.stage, "_submitted")] =
          obligation.submission->submit_time;
    }
  }
  if (incident.significance) {
    facts.significance = incident.significance->significant ? regulation::Significance::kYes
                                                            : regulation::Significance::kNo;
  }
  return facts;
}

}  // namespace tocsin::domain
