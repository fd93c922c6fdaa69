// From an incident to the proposal whether it is reportable under its laws. The criteria are data
// (playbooks/criteria/), their logic is server/regulation/criteria.h; this says which of our facts
// they see, and how a proposal and a person's decision stand to each other. The one idea: the
// server records how the facts stand, a person decides, and a decision whose facts have moved is
// asked for again but never changed.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/incident.h"
#include "server/regulation/criteria.h"
#include "server/regulation/profile.h"

namespace tocsin::domain {

/// What the library and the organisation bring to an assessment.
struct SignificanceContext {
  std::vector<std::shared_ptr<const regulation::CriteriaSet>> sets;
  /// ProfileFacts of the organisation. A fact of the incident goes before.
  std::map<std::string, std::string> profile;
  /// The organisation's other incidents, as AsRelated makes them.
  std::vector<std::shared_ptr<const regulation::RelatedIncident>> related;
};

/// What the profile states, as facts: "sector", "annual_turnover_eur", "service_users_eu".
std::map<std::string, std::string> ProfileFacts(const regulation::Profile& profile);

/// `incident` as other incidents' criteria see it; nullptr when they must not: without a root-cause
/// key there is nothing to see, a drill is no incident, and a restricted incident would become
/// known through the proposals of others to people who may not see it.
std::shared_ptr<const regulation::RelatedIncident> AsRelated(const Incident& incident);

/// How the facts stand now to the criteria of `ruling`, one of the incident's own. The laws are
/// those of the day of the declaration, in the zone of the establishment. Without `related` for a
/// drill.
regulation::Assessment AssessmentOf(const Incident& incident, const Ruling& ruling,
                                    const SignificanceContext& context);

/// True when a criterion that decides is met, as recorded.
bool CriteriaAreMet(const Ruling& ruling);
/// True when other criteria are met now than when the person decided: the decision is to be taken
/// again, the same or not.
bool IsOutdated(const Ruling& ruling);
/// What is met now and was not then, and the other way round: "now met: …; no longer met: …". Empty
/// unless IsOutdated.
std::string SinceDecision(const Ruling& ruling);

/// The detection, while it must stand in for an awareness that nobody has stated: the incident is
/// decided to be significant, or it is undecided and the criteria are met.
std::optional<absl::Time> AwareStandIn(const Incident& incident, const Ruling& ruling);

/// True when the obligation's date is counted from that detection.
bool IsCountedFromDetection(const Incident& incident, const Obligation& obligation);

/// The recorded proposal as what a decision rests on.
std::vector<CriteriaBasis> BasisOf(const Ruling& ruling);
/// "SET:CRITERION" of all that was met.
std::vector<std::string> MetIds(const std::vector<CriteriaBasis>& basis);
/// True when both have the same criteria with the same outcomes, whatever the numbers.
bool SameOutcomes(const regulation::Assessment& a, const regulation::Assessment& b);

/// One regime as people look at it: the assessment that counts, beside the decision.
struct Standing {
  const Ruling* ruling = nullptr;
  /// As recorded; as the facts stand now where none is recorded.
  regulation::Assessment assessment;
  /// The proposal, and what to do next; one line.
  std::string headline;
};
/// Of each regime of the incident, or of the one named. Valid as long as `incident`.
/// Errors: kNotFound, reason UNKNOWN_REGIME.
absl::StatusOr<std::vector<Standing>> StandingsOf(const Incident& incident, std::string_view regime,
                                                  const SignificanceContext& context);

/// "yes", "no" or "undecided", and behind it what is to be done about it: for a status line.
std::string SignificanceText(const Ruling& ruling);
/// The same in whole sentences, with who decided on which criteria.
std::string ExplainSignificance(const Ruling& ruling);

/// For the timeline: the proposal, then each criterion that is met or not, with its words.
std::string DescribeAssessment(std::string_view regime, const regulation::Assessment& assessment);

}  // namespace tocsin::domain
