// Laws: which bind the organisation and why, what adopting another version or a further law would
// change for an incident, and adopting it.
#include <memory>

#include "absl/strings/str_cat.h"
#include "clients/cli/app.h"
#include "clients/cli/show.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/obligation.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::ObligationService;

struct RegimeFlags {
  std::string regime;
  std::string entity_kind;
  std::string establishment;
  std::vector<std::string> because;
};

std::string VerdictWord(v1::RegimeVerdict verdict) {
  switch (verdict) {
    case v1::REGIME_VERDICT_APPLIES:
      return "applies";
    case v1::REGIME_VERDICT_DOES_NOT_APPLY:
      return "does not apply";
    case v1::REGIME_VERDICT_CANNOT_TELL:
      return "cannot tell";
    default:
      return "unknown";
  }
}

// "as essential in BE, NL"; how a law that is taken or applies binds the organisation.
std::string AsText(const v1::Regime& regime) {
  if (regime.entity_kind().empty()) return "";
  std::string text = regime.entity_kind();
  for (int i = 0; i < regime.establishments_size(); ++i) {
    absl::StrAppend(&text, i == 0 ? " in " : ", ", regime.establishments(i));
  }
  return text;
}

// The pack's own first word on how sure it is; the whole sentence is in -o json.
std::string ConfidenceText(const v1::Regime& regime) {
  std::string text = regime.confidence().substr(0, regime.confidence().find_first_of(" ;:,"));
  if (!regime.verified_on().empty()) absl::StrAppend(&text, ", ", regime.verified_on());
  return text;
}

absl::StatusOr<ExitCode> List(Session& session) {
  TOCSIN_ASSIGN_OR_RETURN(
      const v1::ListRegimesResponse response,
      Call(session, &ObligationService::Stub::ListRegimes, v1::ListRegimesRequest()));
  if (session.wants_json()) return session.PrintJsonList(response, response.regimes());
  if (session.wants_id()) {
    for (const v1::Regime& regime : response.regimes()) {
      if (regime.taken()) session.out() << client::EscapeText(regime.id()) << "\n";
    }
    return ExitCode::kOk;
  }
  client::Table table({"REGIME", "INCIDENTS", "AS", "VERIFIED", "PROFILE"});
  for (const v1::Regime& regime : response.regimes()) {
    table.Add({regime.id(), regime.taken() ? "under it" : "-", AsText(regime),
               ConfidenceText(regime),
               absl::StrCat(VerdictWord(regime.verdict()), ": ", regime.because())});
  }
  session.out() << table.Render(session.style());
  session.err() << (response.named_in_configuration()
                        ? "what incidents are under is named in the server's configuration\n"
                        : "incidents are put under what applies; \"cannot tell\" is not taken: "
                          "state more in the profile, or adopt it for an incident\n");
  return ExitCode::kOk;
}

std::string DueText(bool has, const google::protobuf::Timestamp& time) {
  return has ? RecordText(client::FromProto(time)) : "no date";
}

absl::StatusOr<ExitCode> Diff(Session& session, const RegimeFlags& flags) {
  v1::CompareRegimeRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_regime(flags.regime);
  request.set_entity_kind(flags.entity_kind);
  request.set_establishment(flags.establishment);
  TOCSIN_ASSIGN_OR_RETURN(const v1::CompareRegimeResponse response,
                          Call(session, &ObligationService::Stub::CompareRegime, request));
  if (session.wants_json()) return session.PrintJson(response);
  if (session.wants_id()) {
    for (const auto& change : response.changes()) session.out() << change.obligation() << "\n";
    return ExitCode::kOk;
  }
  session.out() << (response.version().empty()
                        ? "not under it yet"
                        : absl::StrCat("now version ", response.version(), " (",
                                       response.digest().substr(0, 8), ")"))
                << "; the server offers version " << response.offered_version() << " ("
                << response.offered_digest().substr(0, 8) << ")\n";
  if (response.version().empty() || response.calendar() != response.offered_calendar()) {
    session.out() << "holidays: "
                  << (response.calendar().empty()
                          ? ""
                          : absl::StrCat("now ", client::EscapeText(response.calendar()), "; "))
                  << "the server offers " << client::EscapeText(response.offered_calendar())
                  << "\n";
  }
  if (response.changes().empty()) {
    session.out() << "no date would change\n";
    return ExitCode::kOk;
  }
  client::Table table({"OBLIGATION", "DATE", "NOW (UTC)", "WOULD BE", "HOW"});
  for (const auto& change : response.changes()) {
    const std::string due = DueText(change.has_due_time(), change.due_time());
    const std::string offered = DueText(change.has_offered_due_time(), change.offered_due_time());
    table.Add({change.obligation(), "due", due, offered, change.arithmetic()});
    const std::string latest = DueText(change.has_legal_latest_time(), change.legal_latest_time());
    const std::string offered_latest =
        DueText(change.has_offered_legal_latest_time(), change.offered_legal_latest_time());
    if (latest == offered_latest) continue;
    table.Add({change.obligation(), "legal latest", latest, offered_latest,
               change.legal_latest_arithmetic()});
  }
  session.out() << table.Render(session.style());
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Adopt(Session& session, const RegimeFlags& flags) {
  v1::AdoptRegimeRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_because(), session.ReadText("--because", flags.because));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_regime(flags.regime);
  request.set_entity_kind(flags.entity_kind);
  request.set_establishment(flags.establishment);
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &ObligationService::Stub::AdoptRegime, request));
  return session.PrintWrite(result);
}

}  // namespace

void AddRegimeVerbs(Program& program) {
  CLI::App* noun = program.AddNoun(
      "regimes", "The laws that bind the organisation, and those an incident is under",
      "tocsin regimes\ntocsin regimes diff gdpr --entity-kind controller\ntocsin regimes adopt "
      "gdpr "
      "--entity-kind controller --establishment NL --because Dutch customers are hit");
  program.OnRun(noun, List);
  CLI::App* list = program.AddVerb(
      noun, "list", "Shows every law the server knows: whether it applies, why, and how sure");
  program.OnRun(list, List);
  auto flags = std::make_shared<RegimeFlags>();
  CLI::App* diff =
      program.AddVerb(noun, "diff", "Shows what adopting would change; writes nothing");
  CLI::App* adopt = program.AddVerb(
      noun, "adopt",
      "Puts the incident under a further law, or under a newer version of its rules");
  for (CLI::App* verb : {diff, adopt}) {
    verb->add_option("REGIME", flags->regime, "For example gdpr")->required();
    verb->add_option("--entity-kind", flags->entity_kind,
                     "As what kind of entity; default: as before");
    verb->add_option("--establishment", flags->establishment,
                     "Country from which the law is answered, for example NL; also gdpr@nl");
  }
  AddWordsFlag(adopt, "--because", flags->because, "The reason, for the record")->required();
  program.OnRun(diff, [flags](Session& session) { return Diff(session, *flags); });
  program.OnRun(adopt, [flags](Session& session) { return Adopt(session, *flags); });
}

}  // namespace tocsin::cli
