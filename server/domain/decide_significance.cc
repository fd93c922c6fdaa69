// The facts of the impact assessment, what they mean for the criteria, and a person's decision.
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/domain/decide_parts.h"
#include "server/domain/impact.h"
#include "server/domain/significance.h"

namespace tocsin::domain::decide {

Entries Decide(const Incident& incident, const AssessImpact& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckText("the note", command.note, {.may_be_empty = true}));
  if (command.facts.empty()) {
    return InvalidArgument("NO_FACTS", "no fact is given",
                           "Give at least one: tocsin impact set users_affected=1200.");
  }
  TOCSIN_RETURN_IF_ERROR(CheckAttributes(command.facts));
  for (const auto& [key, value] : command.facts) {
    TOCSIN_RETURN_IF_ERROR(CheckImpactFact(key, value));
  }
  return One(ImpactAssessed{command.facts, command.note});
}

Entries Decide(const Incident& incident, const DecideSignificance& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  TOCSIN_RETURN_IF_ERROR(CheckText("the reason", command.because));
  TOCSIN_ASSIGN_OR_RETURN(const Ruling* ruling, RequireRuling(incident, command.regime));
  const bool repeated =
      ruling->significance && ruling->significance->significant == command.significant;
  if (repeated && !IsOutdated(*ruling)) {
    return Error(
        absl::StatusCode::kAlreadyExists, "SIGNIFICANCE_UNCHANGED",
        absl::StrCat("it is already decided so in #", ruling->significance->decided.sequence),
        "Nothing to do.");
  }
  return One(
      SignificanceDecided{ruling->id(), command.significant, command.because, BasisOf(*ruling)});
}

std::vector<PendingEntry> CriteriaUpdates(const Incident& incident, const CommandContext& context) {
  std::vector<PendingEntry> updates;
  if (context.significance == nullptr) return updates;
  for (const Ruling& ruling : incident.rulings) {
    regulation::Assessment assessment = AssessmentOf(incident, ruling, *context.significance);
    // That nothing is known yet is no news.
    const bool is_news = ruling.proposal ? ruling.proposal->assessment != assessment
                                         : !regulation::IsAllUnknown(assessment);
    if (!is_news) continue;
    updates.push_back(
        {.event = CriteriaAssessed{ruling.id(), std::move(assessment)}, .by_server = true});
  }
  return updates;
}

}  // namespace tocsin::domain::decide
