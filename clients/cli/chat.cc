// Linking a chat account with its person: chat link.
#include "absl/strings/str_cat.h"
#include "clients/cli/app.h"
#include "clients/cli/show.h"
#include "clients/core/proto_time.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/access.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::AccessService;

absl::StatusOr<ExitCode> Link(Session& session) {
  v1::CreateChatCodeRequest request;
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::CreateChatCodeResponse response,
                          Call(session, &AccessService::Stub::CreateChatCode, request));
  if (session.wants_json()) return session.PrintJson(response);
  if (session.wants_id()) {
    session.out() << response.code() << "\n";
    return ExitCode::kOk;
  }
  session.out() << "send this to the bot, in a direct message and not in a room, before "
                << RecordText(client::FromProto(response.expire_time())) << " UTC:\n"
                << "  link " << response.code() << "\n";
  return ExitCode::kOk;
}

}  // namespace

void AddChatVerbs(Program& program) {
  CLI::App* noun = program.AddNoun("chat", "Your account in a chat");
  CLI::App* link =
      program.AddVerb(noun, "link", "Makes a one-time code that links your chat account to you",
                      "tocsin chat link");
  program.OnRun(link, Link);
}

}  // namespace tocsin::cli
