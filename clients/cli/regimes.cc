// The laws an incident is under: what adopting another version, or a further law, would change, and
// adopting it.
#include <memory>

#include "absl/strings/str_cat.h"
#include "clients/cli/app.h"
#include "clients/cli/show.h"
#include "clients/core/proto_time.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/obligation.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::ObligationService;

struct RegimeFlags {
  std::string regime;
  std::string entity_kind;
  std::vector<std::string> because;
};

std::string DueText(bool has, const google::protobuf::Timestamp& time) {
  return has ? RecordText(client::FromProto(time)) : "no date";
}

absl::StatusOr<ExitCode> Diff(Session& session, const RegimeFlags& flags) {
  v1::CompareRegimeRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_regime(flags.regime);
  request.set_entity_kind(flags.entity_kind);
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
  if (response.changes().empty()) {
    session.out() << "no date would change\n";
    return ExitCode::kOk;
  }
  client::Table table({"OBLIGATION", "DUE NOW (UTC)", "WOULD BE DUE", "HOW"});
  for (const auto& change : response.changes()) {
    table.Add({change.obligation(), DueText(change.has_due_time(), change.due_time()),
               DueText(change.has_offered_due_time(), change.offered_due_time()),
               change.arithmetic()});
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
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &ObligationService::Stub::AdoptRegime, request));
  return session.PrintWrite(result);
}

}  // namespace

void AddRegimeVerbs(Program& program) {
  CLI::App* noun = program.AddNoun(
      "regimes", "The laws that the incident is under",
      "tocsin regimes diff gdpr --entity-kind controller\ntocsin regimes adopt gdpr --entity-kind "
      "controller --because personal data are hit");
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
  }
  AddWordsFlag(adopt, "--because", flags->because, "The reason, for the record")->required();
  program.OnRun(diff, [flags](Session& session) { return Diff(session, *flags); });
  program.OnRun(adopt, [flags](Session& session) { return Adopt(session, *flags); });
}

}  // namespace tocsin::cli
