// What this account has seen of the log: `checkpoint show`, and `checkpoint accept` after a
// restore.
#include <memory>

#include "absl/strings/str_cat.h"
#include "clients/cli/app.h"
#include "clients/core/terminal_text.h"
#include "clients/core/witness.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/log.grpc.pb.h"

namespace tocsin::cli {
namespace {

absl::StatusOr<client::Witness> WitnessOf(Session& session) {
  TOCSIN_ASSIGN_OR_RETURN(const client::Context context, session.Context());
  if (context.verifier_key.empty()) {
    return InvalidArgument("NO_LOG_KEY",
                           absl::StrCat("the context '", context.name, "' has no key of the log"),
                           "Enrol again: that pins it.");
  }
  return client::Witness::Of(session.surroundings().environment, context);
}

absl::StatusOr<ExitCode> Show(Session& session) {
  TOCSIN_ASSIGN_OR_RETURN(const client::Witness witness, WitnessOf(session));
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<std::string> notes, witness.Notes());
  if (notes.empty()) session.err() << "this account has seen no checkpoint yet\n";
  for (const std::string& note : notes) {
    session.out() << client::EscapeText(note, client::Lines::kKeep);
  }
  session.err() << "kept in " << witness.file() << "\n";
  return ExitCode::kOk;
}

// Typed, so that it does not happen by repeating the last line of the history.
absl::Status Confirm(Session& session, const std::string& organisation, const std::string& given) {
  std::string answer = given;
  const Surroundings& surroundings = session.surroundings();
  if (answer.empty() && surroundings.in_is_terminal && surroundings.err_is_terminal) {
    session.err() << "What this account saw of the log is forgotten, and what the server shows now "
                     "is believed.\nOnly after the operator said that it was restored. Type the "
                     "organisation's name ("
                  << client::EscapeText(organisation) << "): " << std::flush;
    std::getline(*surroundings.in, answer);
  }
  if (answer == organisation) return absl::OkStatus();
  return InvalidArgument("NOT_CONFIRMED", "nothing was accepted",
                         absl::StrCat("tocsin checkpoint accept --organisation ", organisation));
}

absl::StatusOr<ExitCode> Accept(Session& session, const std::string& organisation) {
  TOCSIN_ASSIGN_OR_RETURN(client::Witness witness, WitnessOf(session));
  TOCSIN_ASSIGN_OR_RETURN(const client::Context context, session.Context());
  TOCSIN_RETURN_IF_ERROR(Confirm(session, context.organisation, organisation));
  TOCSIN_ASSIGN_OR_RETURN(client::Connection * connection, session.Open());
  TOCSIN_ASSIGN_OR_RETURN(
      const v1::GetCheckpointResponse response,
      connection->Call(&v1::LogService::Stub::GetCheckpoint, v1::GetCheckpointRequest()));
  TOCSIN_RETURN_IF_ERROR(witness.Accept(response.checkpoint()));
  session.out() << client::EscapeText(response.checkpoint(), client::Lines::kKeep);
  session.err() << "accepted; from now on the log must continue this\n";
  return ExitCode::kOk;
}

}  // namespace

void AddCheckpointVerbs(Program& program) {
  CLI::App* noun =
      program.AddNoun("checkpoint", "What this account has seen of the log, to notice a change");
  CLI::App* show = program.AddVerb(noun, "show", "Shows the signed heads that are remembered");
  program.OnRun(show, Show);
  CLI::App* accept = program.AddVerb(
      noun, "accept", "Believes the log as it is now, after the operator restored the server",
      "tocsin checkpoint accept");
  auto organisation = std::make_shared<std::string>();
  accept->add_option("--organisation", *organisation, "Its name, typed instead of asked for");
  program.OnRun(accept,
                [organisation](Session& session) { return Accept(session, *organisation); });
}

}  // namespace tocsin::cli
