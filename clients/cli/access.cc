// People and tokens: enrol, whoami, principal, token.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/app.h"
#include "clients/cli/show.h"
#include "clients/core/bootstrap.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "tocsin/v1/access.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::AccessService;

struct EnrolFlags {
  std::string code;
  std::string fingerprint;
  std::string device;
  std::string zone;
  bool replace = false;
};

std::string RoleWords(const v1::Principal& principal) {
  return absl::StrJoin(principal.roles(), ", ",
                       [](std::string* out, int role) { *out += WordOf<OrgRole>(role); });
}

// Whether the authority that the server shows is the right one: by --fingerprint, or by asking the
// person.
absl::Status ConfirmAuthority(Session& session, const std::string& expected,
                              const client::ServerIdentity& shown) {
  if (!expected.empty()) {
    if (client::SameFingerprint(expected, shown.fingerprint)) return absl::OkStatus();
    return Error(
        absl::StatusCode::kPermissionDenied, "FINGERPRINT_MISMATCH",
        absl::StrCat("the server shows the fingerprint ", shown.fingerprint,
                     ", not the given one; the code was not sent"),
        "Compare with what the server printed at its first start. If that differs, somebody "
        "may stand between you and the server.");
  }
  const Surroundings& surroundings = session.surroundings();
  if (!surroundings.in_is_terminal || !surroundings.err_is_terminal) {
    return InvalidArgument(
        "FINGERPRINT_NEEDED", "without a terminal, enrol needs --fingerprint",
        "Add --fingerprint SHA256:… as the server printed it at its first start.");
  }
  session.err() << "The server shows the fingerprint\n  " << shown.fingerprint
                << "\nThe same was printed at its first start. Is it the same? Type yes: "
                << std::flush;
  std::string answer;
  std::getline(*surroundings.in, answer);
  if (answer == "yes") return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "FINGERPRINT_NOT_CONFIRMED",
               "the fingerprint was not confirmed; the code was not sent",
               "Look it up on the server and enrol again.");
}

absl::StatusOr<ExitCode> Enrol(Session& session, const EnrolFlags& flags) {
  std::string server = session.options().server;
  if (server.empty()) server = session.surroundings().environment("TOCSIN_SERVER").value_or("");
  if (server.empty()) {
    return InvalidArgument("NO_SERVER", "enrol needs --server", "Add --server HOST:PORT.");
  }
  TOCSIN_ASSIGN_OR_RETURN(const client::ServerAddress address, client::ParseServer(server));
  absl::TimeZone zone;
  if (!flags.zone.empty() && !absl::LoadTimeZone(flags.zone, &zone)) {
    return InvalidArgument("UNKNOWN_ZONE", absl::StrCat("there is no time zone '", flags.zone, "'"),
                           "Use an IANA name such as Europe/Brussels.");
  }
  TOCSIN_ASSIGN_OR_RETURN(const std::string code, session.ReadText("the code", {flags.code}));
  std::string name = session.options().context;
  if (name.empty()) name = session.surroundings().environment("TOCSIN_CONTEXT").value_or("default");
  TOCSIN_ASSIGN_OR_RETURN(name, session.Store().ActiveName({.context = name, .server = ""}));
  TOCSIN_ASSIGN_OR_RETURN(const std::string former, session.Store().ServerOf(name));
  if (!former.empty() && former != address.ToString() && !flags.replace) {
    return Error(absl::StatusCode::kAlreadyExists, "CONTEXT_TAKEN",
                 absl::StrCat("the context '", name, "' is for ", former),
                 "Add --context NAME to keep both, or --replace to forget that one.");
  }

  TOCSIN_ASSIGN_OR_RETURN(const client::ServerIdentity shown,
                          client::FetchServerIdentity(address, absl::Seconds(5)));
  TOCSIN_RETURN_IF_ERROR(ConfirmAuthority(session, flags.fingerprint, shown));
  client::Connection connection(
      {.server = address.ToString(), .ca_pem = shown.ca_pem, .token = ""});
  v1::EnrolRequest request;
  request.set_code(code);
  request.set_device(flags.device);
  TOCSIN_ASSIGN_OR_RETURN(const v1::EnrolResponse response,
                          connection.CallOnce(&AccessService::Stub::Enrol, request));
  client::Context context;
  context.name = name;
  context.server = address.ToString();
  context.ca_pem = shown.ca_pem;
  context.verifier_key = response.verifier_key();
  context.organisation = response.organisation();
  context.handle = response.principal().handle();
  context.zone = flags.zone;
  TOCSIN_RETURN_IF_ERROR(session.Store().Save(context, response.token()));
  if (session.wants_json()) {
    v1::EnrolResponse shown_response = response;
    shown_response.clear_token();  // it is in its file; not on the screen
    return session.PrintJson(shown_response);
  }
  if (session.wants_id()) {
    session.out() << response.principal().handle() << "\n";
    return ExitCode::kOk;
  }
  session.out() << "enrolled as " << response.principal().handle() << " ("
                << RoleWords(response.principal()) << ") at " << context.server << ", organisation "
                << client::EscapeText(context.organisation) << "\n"
                << "the token is valid until "
                << RecordText(client::FromProto(response.expire_time())) << " UTC; context '"
                << name << "' in " << session.Store().directory() << "\n";
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> WhoAmI(Session& session) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::WhoAmIResponse me,
                          Call(session, &AccessService::Stub::WhoAmI, v1::WhoAmIRequest()));
  if (session.wants_json()) return session.PrintJson(me);
  if (session.wants_id()) {
    session.out() << me.principal().handle() << "\n";
    return ExitCode::kOk;
  }
  TOCSIN_ASSIGN_OR_RETURN(const client::Context context, session.Context());
  client::Table table({"", ""});
  table.Add({"who", absl::StrCat(me.principal().handle(), " ", me.principal().display_name())});
  table.Add({"roles", RoleWords(me.principal())});
  table.Add({"organisation", me.organisation()});
  table.Add({"server", absl::StrCat(context.server, " (tocsind ", me.server_version(), ", ",
                                    me.server_state(), ")")});
  table.Add({"context", context.name});
  table.Add({"incident in use", context.incident.empty() ? "none" : context.incident});
  table.Add({"token", absl::StrCat(me.token_id(), ", ends ",
                                   client::FormatRelative(client::FromProto(me.expire_time()),
                                                          session.now()))});
  table.Add({"log key", me.verifier_key()});
  session.out() << table.RenderBody(session.style());
  return ExitCode::kOk;
}

struct PrincipalFlags {
  std::string handle;
  std::vector<std::string> roles;
  std::vector<std::string> name;
};

// The code, and the whole command line for the person who gets it.
absl::Status PrintCode(Session& session, const std::string& handle, const std::string& code,
                       absl::Time expires) {
  if (session.wants_id()) {
    session.out() << code << "\n";
    return absl::OkStatus();
  }
  TOCSIN_ASSIGN_OR_RETURN(const client::Context context, session.Context());
  TOCSIN_ASSIGN_OR_RETURN(const std::string fingerprint, client::FingerprintOf(context.ca_pem));
  session.out() << handle << " enrols, once, until " << RecordText(expires) << " UTC, with:\n"
                << "  tocsin enrol --server " << context.server << " --code " << code
                << " --fingerprint " << fingerprint << "\n";
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> AddPrincipal(Session& session, const PrincipalFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string handle, client::Handle(flags.handle));
  v1::CreatePrincipalRequest request;
  request.set_handle(handle.substr(1));
  request.set_display_name(absl::StrJoin(flags.name, " "));
  for (const std::string& word : flags.roles) {
    TOCSIN_ASSIGN_OR_RETURN(const v1::OrgRole role, (ProtoOf<v1::OrgRole, OrgRole>(word)));
    request.add_roles(role);
  }
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::CreatePrincipalResponse response,
                          Call(session, &AccessService::Stub::CreatePrincipal, request));
  if (session.wants_json()) return session.PrintJson(response);
  TOCSIN_RETURN_IF_ERROR(PrintCode(session, response.principal().handle(), response.code(),
                                   client::FromProto(response.code_expire_time())));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> ListPrincipals(Session& session) {
  TOCSIN_ASSIGN_OR_RETURN(
      const v1::ListPrincipalsResponse response,
      Call(session, &AccessService::Stub::ListPrincipals, v1::ListPrincipalsRequest()));
  if (session.wants_json()) return session.PrintJsonList(response, response.principals());
  if (session.wants_id()) {
    for (const auto& principal : response.principals()) session.out() << principal.handle() << "\n";
    return ExitCode::kOk;
  }
  client::Table table({"HANDLE", "ROLES", "NAME"});
  for (const auto& principal : response.principals()) {
    table.Add({principal.handle(), RoleWords(principal), principal.display_name()});
  }
  session.out() << table.Render(session.style());
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> MakeCode(Session& session, const std::string& given) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string handle, client::Handle(given));
  v1::CreateEnrolmentCodeRequest request;
  request.set_handle(handle.substr(1));
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::CreateEnrolmentCodeResponse response,
                          Call(session, &AccessService::Stub::CreateEnrolmentCode, request));
  if (session.wants_json()) return session.PrintJson(response);
  TOCSIN_RETURN_IF_ERROR(
      PrintCode(session, handle, response.code(), client::FromProto(response.expire_time())));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> RevokeToken(Session& session, const std::string& token_id) {
  v1::RevokeTokenRequest request;
  request.set_token_id(token_id);
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &AccessService::Stub::RevokeToken, request));
  return session.PrintWrite(result);
}

void AddEnrol(Program& program) {
  CLI::App* verb = program.AddVerb(
      "enrol", "Exchanges a one-time code for a token, and pins the server",
      "tocsin enrol --server tocsin.example:7443 --code K7QF-… --fingerprint SHA256:…");
  auto flags = std::make_shared<EnrolFlags>();
  verb->add_option("--code", flags->code, "One-time code; - reads it from standard input")
      ->required();
  verb->add_option("--fingerprint", flags->fingerprint,
                   "Fingerprint of the server's authority, as printed at its first start");
  verb->add_option("--device", flags->device, "What this device is called in the list of tokens");
  verb->add_flag("--replace", flags->replace, "Forget the server that the context was for");
  verb->add_option("--zone", flags->zone, "IANA zone of clock times such as 10:42");
  program.OnRun(verb, [flags](Session& session) { return Enrol(session, *flags); });
}

void AddPrincipalNoun(Program& program) {
  CLI::App* noun = program.AddNoun("principal", "People: who there is and what they may do");
  CLI::App* add = program.AddVerb(noun, "add", "Adds a person and prints the code to enrol with",
                                  "tocsin principal add ada --role responder --name Ada Lovelace");
  auto flags = std::make_shared<PrincipalFlags>();
  add->add_option("HANDLE", flags->handle, "2 to 32 of a-z, 0-9, dot, dash")->required();
  add->add_option("--role", flags->roles,
                  absl::StrCat("One or more of: ", absl::StrJoin(AllTexts<OrgRole>(), ", ")))
      ->required();
  AddWordsFlag(add, "--name", flags->name, "Name for people");
  program.OnRun(add, [flags](Session& session) { return AddPrincipal(session, *flags); });

  CLI::App* list = program.AddVerb(noun, "list", "Lists the people of the organisation");
  program.OnRun(list, ListPrincipals);

  CLI::App* code = program.AddVerb(noun, "code", "Makes a new enrolment code for a person",
                                   "tocsin principal code @ada");
  auto handle = std::make_shared<std::string>();
  code->add_option("HANDLE", *handle, "Who")->required();
  program.OnRun(code, [handle](Session& session) { return MakeCode(session, *handle); });
}

}  // namespace

void AddAccessVerbs(Program& program) {
  AddEnrol(program);
  CLI::App* whoami = program.AddVerb("whoami", "Shows who you are, and the server's state");
  program.OnRun(whoami, WhoAmI);
  AddPrincipalNoun(program);
  CLI::App* token = program.AddNoun("token", "Tokens of this account");
  CLI::App* revoke = program.AddVerb(
      token, "revoke", "Ends a token at once; without an id, your own", "tocsin token revoke");
  auto token_id = std::make_shared<std::string>();
  revoke->add_option("TOKEN", *token_id, "Id of the token, from whoami");
  program.OnRun(revoke, [token_id](Session& session) { return RevokeToken(session, *token_id); });
}

}  // namespace tocsin::cli
