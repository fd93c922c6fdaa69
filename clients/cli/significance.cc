// Whether the incident is reportable: `significant show`, the proposal by criteria, and
// `significant yes|no`, the decision.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/app.h"
#include "clients/cli/show.h"
#include "clients/core/terminal_text.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/obligation.grpc.pb.h"
#include "tocsin/v1/significance.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::ObligationService;
using v1::SignificanceService;

struct DecisionFlags {
  bool significant = false;
  std::string regime;
  std::vector<std::string> because;
};

absl::StatusOr<ExitCode> Decide(Session& session, const DecisionFlags& flags) {
  v1::DecideSignificanceRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_because(), session.ReadText("--because", flags.because));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_significant(flags.significant);
  request.set_regime(flags.regime);
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &ObligationService::Stub::DecideSignificance, request));
  return session.PrintWrite(result);
}

client::Cell OutcomeCell(const v1::Criterion& criterion) {
  switch (criterion.outcome()) {
    case v1::CRITERION_OUTCOME_MET:
      return {"met", client::Colour::kRed};
    case v1::CRITERION_OUTCOME_NOT_MET:
      return {"not met"};
    default:
      return {"unknown", client::Colour::kYellow};
  }
}

void PrintSet(Session& session, const v1::CriteriaSet& set) {
  session.out() << "\n"
                << client::EscapeText(absl::StrCat(set.title(), ", version ", set.version(), " (",
                                                   set.digest().substr(0, 8), ")"))
                << "\n";
  client::Table table({"CRITERION", "ARTICLE", "OUTCOME", "WHY"});
  for (const v1::Criterion& criterion : set.criteria()) {
    table.Add({absl::StrCat(criterion.id(), criterion.decides() ? "" : " (part)"),
               criterion.article(), OutcomeCell(criterion), criterion.words()});
  }
  session.out() << table.Render(session.style())
                << client::EscapeText(absl::StrCat("confidence ", set.confidence(),
                                                   "; verified on ", set.verified_on()))
                << "\n";
}

void PrintRegime(Session& session, const v1::Significance& regime) {
  session.out() << client::Paint(session.style(), client::Colour::kBold,
                                 client::EscapeText(regime.headline()))
                << "\n";
  if (regime.decided_sequence() > 0) {
    session.out() << client::EscapeText(absl::StrCat(
                         "decided ", regime.decision(), " by ", regime.decided_by(), " in #",
                         regime.decided_sequence(), ": ", regime.decided_because()))
                  << "\n";
  }
  for (const v1::CriteriaSet& set : regime.sets()) PrintSet(session, set);
  for (const v1::CriteriaNotAsked& set : regime.not_asked()) {
    session.out() << client::EscapeText(
                         absl::StrCat("not asked: ", set.id(), ", because ", set.because()))
                  << "\n";
  }
}

absl::StatusOr<ExitCode> Show(Session& session, const std::string& regime) {
  v1::GetSignificanceRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_regime(regime);
  TOCSIN_ASSIGN_OR_RETURN(const v1::GetSignificanceResponse response,
                          Call(session, &SignificanceService::Stub::GetSignificance, request));
  session.UsePager();
  if (session.wants_json()) return session.PrintJsonList(response, response.regimes());
  if (session.wants_id()) {
    for (const v1::Significance& one : response.regimes()) session.out() << one.regime() << "\n";
    return ExitCode::kOk;
  }
  if (response.drill()) session.out() << "DRILL\n";
  if (response.regimes().empty()) session.err() << "the incident is under no regime\n";
  for (const v1::Significance& one : response.regimes()) {
    if (&one != &response.regimes(0)) session.out() << "\n";
    PrintRegime(session, one);
  }
  return ExitCode::kOk;
}

}  // namespace

void PrintProposalChanges(Session& session, const v1::WriteResult& result) {
  if (session.wants_json() || session.wants_id() || result.repeated()) return;
  v1::GetSignificanceRequest request;
  request.set_incident(result.incident());
  const auto response = Call(session, &SignificanceService::Stub::GetSignificance, request);
  if (!response.ok()) return;
  for (const v1::Significance& regime : response->regimes()) {
    const uint64_t changed = regime.changed_sequence();
    if (changed < result.first_sequence() || changed > result.last_sequence()) continue;
    session.err() << client::EscapeText(regime.headline()) << "\n";
  }
}

void AddSignificanceVerbs(Program& program) {
  CLI::App* noun = program.AddNoun(
      "significant", "Whether the incident is reportable: the proposal, and the decision",
      "tocsin significant show\ntocsin significant yes --because more than 1000 users cannot "
      "work\ntocsin significant no --regime gdpr --because no personal data left");
  for (const bool significant : {true, false}) {
    auto flags = std::make_shared<DecisionFlags>();
    flags->significant = significant;
    CLI::App* verb = program.AddVerb(noun, significant ? "yes" : "no",
                                     significant ? "Records that it is significant"
                                                 : "Records that it is not notifiable, and why");
    verb->add_option("--regime", flags->regime, "For example gdpr; needed under several laws");
    AddWordsFlag(verb, "--because", flags->because, "The reason, for the record")->required();
    program.OnRun(verb, [flags](Session& session) { return Decide(session, *flags); });
  }
  CLI::App* show =
      program.AddVerb(noun, "show", "Shows each criterion: met, not met or unknown, and why",
                      "tocsin significant show --regime nis2-nl");
  auto regime = std::make_shared<std::string>();
  show->add_option("--regime", *regime, "Of one law only");
  program.OnRun(show, [regime](Session& session) { return Show(session, *regime); });
}

}  // namespace tocsin::cli
