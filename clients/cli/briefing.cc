// Handing over and telling others: handover draft, give, accept, decline; sitrep draft, send.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "clients/cli/app.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/private_file.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "tocsin/v1/briefing.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::BriefingService;

struct BriefingFlags {
  std::string role = "commander";
  std::string who;
  std::string audience = "team";
  std::string file;
  std::string out;
  std::vector<std::string> because;
};

// To the file when one is named, else to the terminal.
absl::Status Show(Session& session, const std::string& out, const std::string& text) {
  if (out.empty()) {
    session.UsePager();
    session.out() << client::EscapeText(text, client::Lines::kKeep);
    return absl::OkStatus();
  }
  TOCSIN_RETURN_IF_ERROR(client::WritePrivateFile(out, text));
  session.err() << "draft written to " << client::EscapeText(out) << "; nothing is recorded yet\n";
  return absl::OkStatus();
}

absl::StatusOr<v1::DraftHandoverResponse> DraftBrief(Session& session) {
  v1::DraftHandoverRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  return Call(session, &BriefingService::Stub::DraftHandover, request);
}

absl::StatusOr<ExitCode> DraftHandover(Session& session, const BriefingFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::DraftHandoverResponse response, DraftBrief(session));
  if (session.wants_json()) return session.PrintJson(response);
  TOCSIN_RETURN_IF_ERROR(Show(session, flags.out, response.brief()));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Give(Session& session, const BriefingFlags& flags) {
  v1::OfferHandoverRequest request;
  TOCSIN_ASSIGN_OR_RETURN(const v1::IncidentRole role,
                          (ProtoOf<v1::IncidentRole, IncidentRole>(flags.role)));
  request.set_role(role);
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_handle(), client::Handle(flags.who));
  if (!flags.file.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_brief(),
                            client::ReadWholeFile(flags.file, kTextBytesMax));
    TOCSIN_RETURN_IF_ERROR(CheckText("the brief", request.brief()));
  } else {
    TOCSIN_ASSIGN_OR_RETURN(const v1::DraftHandoverResponse draft, DraftBrief(session));
    request.set_brief(draft.brief());
  }
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &BriefingService::Stub::OfferHandover, request));
  TOCSIN_ASSIGN_OR_RETURN(const ExitCode code, session.PrintWrite(result));
  session.err() << "you stay " << flags.role << " until " << client::EscapeText(flags.who)
                << " accepts: tocsin handover accept\n";
  return code;
}

absl::StatusOr<ExitCode> Answer(Session& session, const BriefingFlags& flags, bool accept) {
  v1::AnswerHandoverRequest request;
  TOCSIN_ASSIGN_OR_RETURN(const v1::IncidentRole role,
                          (ProtoOf<v1::IncidentRole, IncidentRole>(flags.role)));
  request.set_role(role);
  request.set_accept(accept);
  if (!accept) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_because(),
                            session.ReadText("--because", flags.because));
  }
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &BriefingService::Stub::AnswerHandover, request));
  TOCSIN_ASSIGN_OR_RETURN(const ExitCode code, session.PrintWrite(result));
  if (accept) session.err() << "you are " << flags.role << " now\n";
  return code;
}

// The three parts of a report under their headings, as `sitrep draft` writes and `sitrep send`
// reads them.
constexpr std::string_view kConditions = "## Conditions";
constexpr std::string_view kActions = "## Actions";
constexpr std::string_view kNeeds = "## Needs";

std::string ReportText(const v1::DraftSituationReportResponse& draft) {
  return absl::StrCat(ToAbsl(kConditions), "\n", draft.conditions(), "\n", ToAbsl(kActions), "\n",
                      draft.actions(), "\n", ToAbsl(kNeeds), "\n", draft.needs());
}

absl::Status ReadReport(const std::string& path, v1::SendSituationReportRequest& request) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string text, client::ReadWholeFile(path, kTextBytesMax));
  std::string* part = nullptr;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (ToStd(line) == kConditions) {
      part = request.mutable_conditions();
    } else if (ToStd(line) == kActions) {
      part = request.mutable_actions();
    } else if (ToStd(line) == kNeeds) {
      part = request.mutable_needs();
    } else if (part != nullptr) {
      if (!part->empty() || !line.empty()) absl::StrAppend(part, line, "\n");
    } else if (!line.empty()) {
      return InvalidArgument(
          "BAD_REPORT", absl::StrCat("the report does not begin with '", ToAbsl(kConditions), "'"),
          "Write one with tocsin sitrep draft --out FILE and edit it.");
    }
  }
  for (std::string* read :
       {request.mutable_conditions(), request.mutable_actions(), request.mutable_needs()}) {
    while (!read->empty() && read->back() == '\n') read->pop_back();
  }
  return CheckText("the part Conditions", request.conditions());
}

absl::StatusOr<ExitCode> DraftReport(Session& session, const BriefingFlags& flags) {
  v1::DraftSituationReportRequest request;
  TOCSIN_ASSIGN_OR_RETURN(const v1::Audience audience,
                          (ProtoOf<v1::Audience, Audience>(flags.audience)));
  request.set_audience(audience);
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  TOCSIN_ASSIGN_OR_RETURN(const v1::DraftSituationReportResponse draft,
                          Call(session, &BriefingService::Stub::DraftSituationReport, request));
  if (session.wants_json()) return session.PrintJson(draft);
  TOCSIN_RETURN_IF_ERROR(Show(session, flags.out, ReportText(draft)));
  const std::string since = draft.since_sequence() == 0
                                ? std::string("the first for this audience")
                                : absl::StrCat("since #", draft.since_sequence());
  session.err() << "for " << flags.audience << ", TLP:" << WordOf<Tlp>(draft.tlp()) << ", " << since
                << "\n";
  if (draft.withheld_count() > 0) {
    session.err() << "not in it, because their label is above that: " << draft.withheld_count()
                  << " of the notes\n";
  }
  if (draft.left_out_count() > 0) {
    session.err() << "not in it for want of room: the " << draft.left_out_count()
                  << " oldest; see tocsin timeline\n";
  }
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> SendReport(Session& session, const BriefingFlags& flags) {
  v1::SendSituationReportRequest request;
  TOCSIN_ASSIGN_OR_RETURN(const v1::Audience audience,
                          (ProtoOf<v1::Audience, Audience>(flags.audience)));
  request.set_audience(audience);
  TOCSIN_RETURN_IF_ERROR(ReadReport(flags.file, request));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result,
                          Call(session, &BriefingService::Stub::SendSituationReport, request));
  return session.PrintWrite(result);
}

std::string OneOf(const std::vector<std::string>& words) {
  return absl::StrCat("One of: ", absl::StrJoin(words, ", "));
}

void AddHandover(Program& program) {
  CLI::App* noun =
      program.AddNoun("handover", "Hands a role over, with a brief of how things stand");
  auto flags = std::make_shared<BriefingFlags>();
  const std::string roles = OneOf(AllTexts<IncidentRole>()) + "; default commander";
  CLI::App* draft = program.AddVerb(noun, "draft", "Shows the brief; records nothing",
                                    "tocsin handover draft --out brief.md");
  draft->add_option("--out", flags->out, "File to write it to, for editing");
  program.OnRun(draft, [flags](Session& session) { return DraftHandover(session, *flags); });
  CLI::App* give =
      program.AddVerb(noun, "give", "Offers your role to somebody, with the brief",
                      "tocsin handover give @bob\ntocsin handover give @bob --file brief.md");
  give->add_option("WHO", flags->who, "@handle")->required();
  give->add_option("--role", flags->role, roles);
  give->add_option("--file", flags->file, "An edited brief; default: as drafted now");
  program.OnRun(give, [flags](Session& session) { return Give(session, *flags); });
  CLI::App* accept = program.AddVerb(noun, "accept", "Accepts: the role is yours from now on",
                                     "tocsin handover accept");
  accept->add_option("--role", flags->role, roles);
  program.OnRun(accept, [flags](Session& session) { return Answer(session, *flags, true); });
  CLI::App* decline = program.AddVerb(noun, "decline", "Declines what is offered to you",
                                      "tocsin handover decline --because I am on a train");
  decline->add_option("--role", flags->role, roles);
  AddWordsFlag(decline, "--because", flags->because, "The reason, for the record")->required();
  program.OnRun(decline, [flags](Session& session) { return Answer(session, *flags, false); });
}

void AddSituationReport(Program& program) {
  CLI::App* noun = program.AddNoun("sitrep", "Situation reports: conditions, actions, needs");
  auto flags = std::make_shared<BriefingFlags>();
  const std::string audiences = OneOf(AllTexts<Audience>()) + "; default team";
  CLI::App* draft =
      program.AddVerb(noun, "draft", "Drafts from the notes since the last one; records nothing",
                      "tocsin sitrep draft --for management --out sitrep.md");
  draft->add_option("--for", flags->audience, audiences);
  draft->add_option("--out", flags->out, "File to write it to, for editing");
  program.OnRun(draft, [flags](Session& session) { return DraftReport(session, *flags); });
  CLI::App* send = program.AddVerb(noun, "send", "Records a report as it was sent",
                                   "tocsin sitrep send --for management --file sitrep.md");
  send->add_option("--for", flags->audience, audiences);
  send->add_option("--file", flags->file, "The report, with the headings of the draft")->required();
  program.OnRun(send, [flags](Session& session) { return SendReport(session, *flags); });
}

}  // namespace

void AddBriefingVerbs(Program& program) {
  AddHandover(program);
  AddSituationReport(program);
}

}  // namespace tocsin::cli
