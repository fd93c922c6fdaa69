// authorities: whom to report to, how, and what to do when that way is down.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/app.h"
#include "clients/core/terminal_text.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/library.grpc.pb.h"

namespace tocsin::cli {
namespace {

struct AuthorityFlags {
  std::string country;
  std::string regime;
};

std::string Known(const std::string& text) {
  return text.empty() ? "not known" : text;
}

std::string Joined(const google::protobuf::RepeatedPtrField<std::string>& words) {
  return absl::StrJoin(words, ", ");
}

void PrintWide(Session& session, const v1::ListAuthoritiesResponse& response) {
  client::Table table({"COUNTRY", "NAME", "ROLE", "REGIMES", "PHONE", "LANGUAGES", "VERIFIED",
                       "CHANNEL", "IF DOWN", "CONFIDENCE"});
  for (const v1::Authority& authority : response.authorities()) {
    table.Add({authority.country(), authority.name(), authority.role(), Joined(authority.regimes()),
               Known(authority.phone()), Known(Joined(authority.languages())),
               authority.verified_on(), authority.channel(), Known(authority.fallback()),
               authority.confidence()});
  }
  session.out() << table.Render(session.style());
}

void PrintBlocks(Session& session, const v1::ListAuthoritiesResponse& response) {
  const char* gap = "";
  for (const v1::Authority& authority : response.authorities()) {
    session.out() << gap
                  << client::Paint(session.style(), client::Colour::kBold,
                                   client::EscapeText(
                                       absl::StrCat(authority.country(), "  ", authority.name())))
                  << "\n";
    gap = "\n";
    client::Table table({"", ""});
    table.Add({"  role", authority.role()});
    table.Add({"  regimes", Joined(authority.regimes())});
    if (!authority.stages().empty()) table.Add({"  stages", Joined(authority.stages())});
    table.Add({"  channel", authority.channel()});
    table.Add({"  phone", Known(authority.phone())});
    table.Add({"  languages", Known(Joined(authority.languages()))});
    table.Add({"  if down", Known(authority.fallback())});
    if (!authority.note().empty()) table.Add({"  note", authority.note()});
    table.Add({"  verified",
               absl::StrCat(authority.verified_on(), "; confidence ", authority.confidence())});
    session.out() << table.RenderBody(session.style());
  }
}

absl::StatusOr<ExitCode> Authorities(Session& session, const AuthorityFlags& flags) {
  v1::ListAuthoritiesRequest request;
  request.set_country(flags.country);
  request.set_regime(flags.regime);
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListAuthoritiesResponse response,
                          Call(session, &v1::LibraryService::Stub::ListAuthorities, request));
  if (session.wants_json()) return session.PrintJsonList(response, response.authorities());
  if (session.wants_id()) {
    for (const v1::Authority& authority : response.authorities()) {
      session.out() << client::EscapeText(authority.id()) << "\n";
    }
  } else if (response.authorities().empty()) {
    session.err() << "the server's library lists no authorities\n";
  } else if (session.wants_wide()) {
    PrintWide(session, response);
  } else {
    PrintBlocks(session, response);
  }
  return ExitCode::kOk;
}

}  // namespace

void AddAuthorityVerb(Program& program) {
  CLI::App* verb = program.AddVerb(
      "authorities",
      "Shows whom to report to, through which channel, and what to do when it is down",
      "tocsin authorities --country NL\ntocsin authorities --regime GDPR -o wide");
  auto flags = std::make_shared<AuthorityFlags>();
  verb->add_option("--country", flags->country, "Two letters, or EU");
  verb->add_option("--regime", flags->regime, "For example GDPR; NIS2 also finds NIS2-NL");
  program.OnRun(verb, [flags](Session& session) { return Authorities(session, *flags); });
}

}  // namespace tocsin::cli
