#include "server/rpc/convert.h"

namespace tocsin::rpc {
namespace {

using regulation::Outcome;

v1::CriterionOutcome ToProto(Outcome outcome) {
  switch (outcome) {
    case Outcome::kMet:
      return v1::CRITERION_OUTCOME_MET;
    case Outcome::kNotMet:
      return v1::CRITERION_OUTCOME_NOT_MET;
    case Outcome::kUnknown:
      return v1::CRITERION_OUTCOME_UNKNOWN;
  }
  return v1::CRITERION_OUTCOME_UNSPECIFIED;
}

void Fill(const regulation::SetResult& set, v1::CriteriaSet& out) {
  out.set_id(set.set);
  out.set_title(set.title);
  out.set_version(set.version);
  out.set_digest(set.digest);
  out.set_confidence(set.confidence);
  out.set_verified_on(set.verified_on);
  for (const regulation::CriterionResult& criterion : set.criteria) {
    v1::Criterion& to = *out.add_criteria();
    to.set_id(criterion.id);
    to.set_article(criterion.article);
    to.set_text(criterion.text);
    to.set_outcome(ToProto(criterion.outcome));
    to.set_words(criterion.words);
    to.set_decides(criterion.decides);
  }
}

void FillDecision(const domain::Ruling& ruling, const domain::HandleOf& handle_of,
                  v1::Significance& out) {
  out.set_decision("undecided");
  if (!ruling.significance) return;
  const domain::Significance& decision = *ruling.significance;
  out.set_decision(decision.significant ? "yes" : "no");
  out.set_decided_because(decision.because);
  out.set_decided_by(handle_of(decision.decided.author));
  out.set_decided_sequence(decision.decided.sequence);
  for (const std::string& met : decision.met) out.add_decided_met(met);
  out.set_since_decision(domain::SinceDecision(ruling));
}

}  // namespace

v1::Significance ToProto(const domain::Standing& standing, const domain::HandleOf& handle_of) {
  const domain::Ruling& ruling = *standing.ruling;
  v1::Significance out;
  out.set_regime(ruling.id());
  out.set_entity_kind(ruling.entity_kind);
  if (const auto proposal = regulation::ProposalOf(standing.assessment)) {
    out.set_proposal(ToProto(*proposal));
  }
  out.set_headline(standing.headline);
  if (ruling.proposal) {
    out.set_sequence(ruling.proposal->sequence);
    out.set_changed_sequence(ruling.proposal->changed_sequence);
  }
  for (const regulation::SetResult& set : standing.assessment.sets) Fill(set, *out.add_sets());
  for (const auto& [set, because] : standing.assessment.not_asked) {
    v1::CriteriaNotAsked& to = *out.add_not_asked();
    to.set_id(set);
    to.set_because(because);
  }
  FillDecision(ruling, handle_of, out);
  return out;
}

}  // namespace tocsin::rpc
