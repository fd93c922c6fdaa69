#include "server/domain/significance.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/domain/decide_parts.h"
#include "server/domain/establishment.h"

namespace tocsin::domain {
namespace {

using regulation::Assessment;
using regulation::CriteriaFacts;
using regulation::CriterionResult;
using regulation::Outcome;
using regulation::SetResult;

constexpr std::string_view kDetected = "detected";
constexpr std::string_view kAware = "aware";
constexpr std::string_view kSector = "sector";

// Among the incidents of one cause it stands where it began, as far as that is known.
absl::Time TimeOf(const Incident& incident) {
  for (const std::string_view name : {std::string_view("occurred"), kDetected}) {
    if (const Anchor* anchor = FindAnchor(incident, name)) return anchor->time;
  }
  return incident.declare_time;
}

CriteriaFacts FactsFor(const Incident& incident, const Ruling& ruling,
                       const SignificanceContext& context) {
  CriteriaFacts facts;
  facts.stated = context.profile;
  for (const auto& [key, fact] : incident.impact) facts.stated[key] = fact.value;
  facts.stated["entity_kind"] = ruling.entity_kind;
  facts.zone = ZoneOf(incident, ruling).rules;
  facts.time = TimeOf(incident);
  for (const auto& related : context.related) {
    if (!incident.drill && related->number != incident.number) facts.related.push_back(related);
  }
  // Whoever is in the regime as a trust service provider has said what the service is.
  if (absl::StartsWith(ruling.entity_kind, "trust_service_provider")) {
    facts.stated.emplace(kSector, "trust_services");
  }
  return facts;
}

std::vector<std::string> Without(const std::vector<std::string>& all,
                                 const std::vector<std::string>& without) {
  std::vector<std::string> rest;
  for (const std::string& one : all) {
    if (std::find(without.begin(), without.end(), one) == without.end()) rest.push_back(one);
  }
  return rest;
}

using OutcomeOf = std::tuple<std::string_view, std::string_view, Outcome>;

std::vector<OutcomeOf> OutcomesOf(const Assessment& assessment) {
  std::vector<OutcomeOf> outcomes;
  for (const SetResult& set : assessment.sets) {
    for (const CriterionResult& criterion : set.criteria) {
      outcomes.emplace_back(set.set, criterion.id, criterion.outcome);
    }
  }
  return outcomes;
}

std::string_view ProposalWords(std::optional<Outcome> proposal) {
  if (!proposal) return "no criteria apply";
  switch (*proposal) {
    case Outcome::kMet:
      return "criteria are met";
    case Outcome::kNotMet:
      return "no criterion is met";
    case Outcome::kUnknown:
      return "not known yet";
  }
  return "";
}

std::string Headline(const Ruling& ruling, const Assessment& assessment) {
  const std::optional<Outcome> proposal = regulation::ProposalOf(assessment);
  const std::string& id = ruling.id();
  if (IsOutdated(ruling)) {
    return absl::StrCat(id, ": the facts have changed since the decision in #",
                        ruling.significance->decided.sequence, " (", SinceDecision(ruling),
                        "). Decide again.");
  }
  if (ruling.significance) {
    return absl::StrCat(id, ": ", ToAbsl(ProposalWords(proposal)), "; decided ",
                        ruling.significance->significant ? "yes" : "no", " in #",
                        ruling.significance->decided.sequence, ".");
  }
  if (proposal == Outcome::kMet) {
    return absl::StrCat(id, ": criteria are met (",
                        absl::StrJoin(regulation::MetIds(assessment), ", "),
                        "). Decide: tocsin significant yes|no --regime ", id, " --because …");
  }
  if (!proposal) {
    return absl::StrCat(id, ": no criteria are known for it here. A person decides by judgement.");
  }
  return absl::StrCat(id, ": ", ToAbsl(ProposalWords(proposal)),
                      proposal == Outcome::kUnknown ? "; state the missing facts." : ".");
}

}  // namespace

std::map<std::string, std::string> ProfileFacts(const regulation::Profile& profile) {
  std::map<std::string, std::string> facts;
  if (profile.sectors) {
    facts[std::string(kSector)] =
        profile.sectors->empty() ? "none" : absl::StrJoin(*profile.sectors, ",");
  }
  if (profile.turnover_eur) facts["annual_turnover_eur"] = absl::StrCat(*profile.turnover_eur);
  if (profile.users_eu) facts["service_users_eu"] = absl::StrCat(*profile.users_eu);
  return facts;
}

std::shared_ptr<const regulation::RelatedIncident> AsRelated(const Incident& incident) {
  const auto key = incident.impact.find(std::string(regulation::kRootCauseKey));
  const bool has_key = key != incident.impact.end() && key->second.value != "unknown";
  if (!has_key || incident.drill || incident.restricted) return nullptr;
  auto related = std::make_shared<regulation::RelatedIncident>();
  related->number = incident.number;
  related->time = TimeOf(incident);
  for (const auto& [name, fact] : incident.impact) related->facts[name] = fact.value;
  return related;
}

Assessment AssessmentOf(const Incident& incident, const Ruling& ruling,
                        const SignificanceContext& context) {
  const absl::CivilDay day(ZoneOf(incident, ruling).rules.At(incident.declare_time).cs);
  return regulation::Assess(context.sets, ruling.pack->pack.id, ruling.entity_kind, day,
                            FactsFor(incident, ruling, context));
}

bool CriteriaAreMet(const Ruling& ruling) {
  return ruling.proposal && regulation::ProposalOf(ruling.proposal->assessment) == Outcome::kMet;
}

bool IsOutdated(const Ruling& ruling) {
  return ruling.significance && ruling.proposal &&
         regulation::MetIds(ruling.proposal->assessment) != ruling.significance->met;
}

std::string SinceDecision(const Ruling& ruling) {
  if (!IsOutdated(ruling)) return "";
  const std::vector<std::string> now = regulation::MetIds(ruling.proposal->assessment);
  const std::vector<std::string>& then = ruling.significance->met;
  std::vector<std::string> parts;
  if (const auto fresh = Without(now, then); !fresh.empty()) {
    parts.push_back(absl::StrCat("now met: ", absl::StrJoin(fresh, ", ")));
  }
  if (const auto gone = Without(then, now); !gone.empty()) {
    parts.push_back(absl::StrCat("no longer met: ", absl::StrJoin(gone, ", ")));
  }
  return absl::StrJoin(parts, "; ");
}

std::optional<absl::Time> AwareStandIn(const Incident& incident, const Ruling& ruling) {
  const bool looks_reportable =
      ruling.significance ? ruling.significance->significant : CriteriaAreMet(ruling);
  const Anchor* detected = FindAnchor(incident, kDetected);
  if (!looks_reportable || detected == nullptr || AwareTime(incident)) return std::nullopt;
  return detected->time;
}

bool IsCountedFromDetection(const Incident& incident, const Obligation& obligation) {
  const Ruling* ruling = RulingOf(incident, obligation);
  if (ruling == nullptr || !obligation.duty.due || !obligation.duty.provisional) return false;
  const regulation::StageRule* rule =
      regulation::FindRule(ruling->pack->pack, obligation.duty.stage, ruling->entity_kind);
  const bool from_awareness =
      rule != nullptr && (rule->anchor == kAware || (rule->cap && rule->cap->anchor == kAware));
  return from_awareness && AwareStandIn(incident, *ruling).has_value();
}

absl::StatusOr<std::vector<Standing>> StandingsOf(const Incident& incident, std::string_view regime,
                                                  const SignificanceContext& context) {
  const Ruling* only = nullptr;
  if (!regime.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(only, decide::RequireRuling(incident, regime));
  }
  std::vector<Standing> standings;
  for (const Ruling& ruling : incident.rulings) {
    if (only != nullptr && only != &ruling) continue;
    Standing& standing = standings.emplace_back();
    standing.ruling = &ruling;
    standing.assessment =
        ruling.proposal ? ruling.proposal->assessment : AssessmentOf(incident, ruling, context);
    standing.headline = Headline(ruling, standing.assessment);
  }
  return standings;
}

std::string SignificanceText(const Ruling& ruling) {
  if (ruling.significance) {
    const std::string answer = ruling.significance->significant ? "yes" : "no";
    return IsOutdated(ruling) ? answer + " (facts changed since: decide again)" : answer;
  }
  return CriteriaAreMet(ruling) ? "undecided (criteria are met: decide)" : "undecided";
}

std::string ExplainSignificance(const Ruling& ruling) {
  std::string text;
  if (ruling.significance) {
    const Significance& decision = *ruling.significance;
    text = absl::StrCat(decision.significant ? "decided yes in #" : "decided no in #",
                        decision.decided.sequence);
    if (!decision.met.empty()) {
      absl::StrAppend(&text, ", criteria met then: ", absl::StrJoin(decision.met, ", "));
    }
    if (IsOutdated(ruling)) {
      absl::StrAppend(&text,
                      "; the facts have changed since, decide again: ", SinceDecision(ruling));
    }
    return text;
  }
  if (!CriteriaAreMet(ruling)) return "undecided";
  return absl::StrCat("undecided; criteria met: ",
                      absl::StrJoin(regulation::MetIds(ruling.proposal->assessment), ", "));
}

std::vector<CriteriaBasis> BasisOf(const Ruling& ruling) {
  std::vector<CriteriaBasis> basis;
  if (!ruling.proposal) return basis;
  for (const SetResult& set : ruling.proposal->assessment.sets) {
    CriteriaBasis& one = basis.emplace_back(CriteriaBasis{set.set, set.version, set.digest, {}});
    for (const CriterionResult& criterion : set.criteria) {
      if (criterion.decides && criterion.outcome == Outcome::kMet) one.met.push_back(criterion.id);
    }
  }
  return basis;
}

std::vector<std::string> MetIds(const std::vector<CriteriaBasis>& basis) {
  std::vector<std::string> ids;
  for (const CriteriaBasis& set : basis) {
    for (const std::string& id : set.met) ids.push_back(absl::StrCat(set.set, ":", id));
  }
  return ids;
}

bool SameOutcomes(const Assessment& a, const Assessment& b) {
  return OutcomesOf(a) == OutcomesOf(b);
}

std::string DescribeAssessment(std::string_view regime, const Assessment& assessment) {
  std::string text = absl::StrCat("Criteria of ", ToAbsl(regime), ": ",
                                  ToAbsl(ProposalWords(regulation::ProposalOf(assessment))));
  size_t unknown = 0;
  for (const Outcome outcome : {Outcome::kMet, Outcome::kNotMet}) {
    for (const SetResult& set : assessment.sets) {
      for (const CriterionResult& criterion : set.criteria) {
        unknown += outcome == Outcome::kMet && criterion.outcome == Outcome::kUnknown ? 1U : 0U;
        if (criterion.outcome != outcome) continue;
        absl::StrAppend(&text, "; ", ToAbsl(regulation::ToText(outcome)), ": ", set.set, ":",
                        criterion.id, " (", criterion.article, "): ", criterion.words);
      }
    }
  }
  if (unknown > 0) absl::StrAppend(&text, "; ", unknown, " unknown");
  return text;
}

}  // namespace tocsin::domain
