// Filing with the authority: notify draft, approve, submitted, acknowledged, request, waive.
#include <memory>

#include "absl/strings/str_cat.h"
#include "clients/cli/app.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/private_file.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/obligation.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::ObligationService;

struct NotifyFlags {
  std::string stage;
  std::vector<std::string> fields;
  std::string out;
  std::string at;
  std::string channel;
  std::string reference;
  std::vector<std::string> words;
};

// The fields that every request about a stage has.
template <typename Request>
absl::StatusOr<Request> StageRequest(Session& session, const NotifyFlags& flags) {
  Request request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_stage(client::ShortName(flags.stage));
  request.set_request_id(session.NextRequestId());
  return request;
}

template <typename Method, typename Request>
absl::StatusOr<ExitCode> Write(Session& session, Method method, const Request& request) {
  TOCSIN_ASSIGN_OR_RETURN(const v1::WriteResult result, Call(session, method, request));
  return session.PrintWrite(result);
}

absl::Status AddFields(const std::vector<std::string>& given,
                       v1::DraftNotificationRequest& request) {
  for (const std::string& pair : given) {
    const size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return InvalidArgument("BAD_FIELD", absl::StrCat("'", pair, "' is not FIELD=VALUE"),
                             "Put quotes around a value with blanks.");
    }
    (*request.mutable_fields())[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> Draft(Session& session, const NotifyFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(auto request, StageRequest<v1::DraftNotificationRequest>(session, flags));
  TOCSIN_RETURN_IF_ERROR(AddFields(flags.fields, request));
  TOCSIN_ASSIGN_OR_RETURN(const v1::DraftNotificationResponse response,
                          Call(session, &ObligationService::Stub::DraftNotification, request));
  if (!flags.out.empty()) {
    TOCSIN_RETURN_IF_ERROR(client::WritePrivateFile(flags.out, response.markdown()));
  }
  if (session.wants_json()) return session.PrintJson(response);
  if (session.wants_id()) return session.PrintWrite(response.result());
  if (flags.out.empty()) {
    session.out() << client::EscapeText(response.markdown(), client::Lines::kKeep) << "\n";
  } else {
    session.out() << "draft written to " << client::EscapeText(flags.out) << "\n";
  }
  for (const v1::NotificationField& field : response.fields()) {
    if (field.state() == "missing" && field.required()) {
      session.err() << "missing: " << client::EscapeText(field.field()) << " ("
                    << client::EscapeText(field.label()) << ")\n";
    }
  }
  return session.PrintWrite(response.result());
}

absl::StatusOr<ExitCode> Approve(Session& session, const NotifyFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(const auto request,
                          StageRequest<v1::ApproveNotificationRequest>(session, flags));
  return Write(session, &ObligationService::Stub::ApproveNotification, request);
}

absl::StatusOr<ExitCode> Submitted(Session& session, const NotifyFlags& flags) {
  v1::RecordSubmissionRequest request;
  if (!flags.at.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const client::When when, session.ReadWhen("--at", flags.at));
    *request.mutable_submit_time() = client::ToProto(when.time);
  }
  if (!flags.words.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_late_reason(),
                            session.ReadText("--late-reason", flags.words));
  }
  request.set_channel(flags.channel);
  request.set_reference(flags.reference);
  TOCSIN_ASSIGN_OR_RETURN(const auto stage,
                          StageRequest<v1::RecordSubmissionRequest>(session, flags));
  request.MergeFrom(stage);
  return Write(session, &ObligationService::Stub::RecordSubmission, request);
}

absl::StatusOr<ExitCode> Acknowledged(Session& session, const NotifyFlags& flags) {
  v1::RecordAcknowledgementRequest request;
  absl::Time time = session.now();
  if (!flags.at.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const client::When when, session.ReadWhen("--at", flags.at));
    time = when.time;
  }
  *request.mutable_acknowledge_time() = client::ToProto(time);
  request.set_reference(flags.reference);
  TOCSIN_ASSIGN_OR_RETURN(const auto stage,
                          StageRequest<v1::RecordAcknowledgementRequest>(session, flags));
  request.MergeFrom(stage);
  return Write(session, &ObligationService::Stub::RecordAcknowledgement, request);
}

absl::StatusOr<ExitCode> Request(Session& session, const NotifyFlags& flags) {
  v1::RequestIntermediateRequest request;
  if (!flags.at.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const client::When when, session.ReadWhen("--at", flags.at));
    *request.mutable_request_time() = client::ToProto(when.time);
  }
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_because(), session.ReadText("--because", flags.words));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_request_id(session.NextRequestId());
  return Write(session, &ObligationService::Stub::RequestIntermediate, request);
}

absl::StatusOr<ExitCode> Waive(Session& session, const NotifyFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(auto request, StageRequest<v1::WaiveObligationRequest>(session, flags));
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_because(), session.ReadText("--because", flags.words));
  return Write(session, &ObligationService::Stub::WaiveObligation, request);
}

using NotifyRun = absl::StatusOr<ExitCode> (*)(Session&, const NotifyFlags&);

struct NewVerb {
  CLI::App* verb;
  std::shared_ptr<NotifyFlags> flags;
};

NewVerb AddStageVerb(Program& program, CLI::App* noun, const char* name, const char* description,
                     const char* example, NotifyRun run) {
  CLI::App* verb = program.AddVerb(noun, name, description, example);
  auto flags = std::make_shared<NotifyFlags>();
  verb->add_option("STAGE", flags->stage, "For example early_warning; tocsin deadlines shows them")
      ->required();
  program.OnRun(verb, [flags, run](Session& session) { return run(session, *flags); });
  return {verb, flags};
}

}  // namespace

void AddNotificationVerbs(Program& program) {
  CLI::App* noun =
      program.AddNoun("notify", "Notifications to the authority: draft, approve, file");
  const NewVerb draft = AddStageVerb(
      program, noun, "draft", "Fills the stage's form from the record and stores the draft",
      "tocsin notify draft early_warning --set contact='Ada, +32 2 555 0100' --out draft.md",
      Draft);
  draft.verb->add_option("--set", draft.flags->fields, "FIELD=VALUE that the record does not hold")
      ->type_name("FIELD=VALUE...");
  draft.verb->add_option("--out", draft.flags->out, "File to write the document to");
  AddStageVerb(program, noun, "approve", "Approves the draft",
               "tocsin notify approve early_warning", Approve);
  const NewVerb submitted = AddStageVerb(
      program, noun, "submitted", "Records that it was filed; starts the next clock",
      "tocsin notify submitted early_warning --channel portal --reference NL-2026-118", Submitted);
  submitted.verb->add_option("--channel", submitted.flags->channel, "portal, mail, phone …")
      ->required();
  submitted.verb->add_option("--reference", submitted.flags->reference,
                             "The authority's reference");
  submitted.verb->add_option("--at", submitted.flags->at, "WHEN it was filed, if not now");
  AddWordsFlag(submitted.verb, "--late-reason", submitted.flags->words, "Required when it is late");
  const NewVerb acknowledged = AddStageVerb(
      program, noun, "acknowledged", "Records the authority's acknowledgement",
      "tocsin notify acknowledged early_warning --reference NL-2026-118", Acknowledged);
  acknowledged.verb->add_option("--reference", acknowledged.flags->reference,
                                "The authority's reference");
  acknowledged.verb->add_option("--at", acknowledged.flags->at, "WHEN, if not now");
  const NewVerb waive =
      AddStageVerb(program, noun, "waive", "Gives an obligation up, with the reason",
                   "tocsin notify waive recipients --because nobody is affected", Waive);
  AddWordsFlag(waive.verb, "--because", waive.flags->words, "The reason, for the record")
      ->required();

  CLI::App* request =
      program.AddVerb(noun, "request", "Records that an intermediate report was asked for",
                      "tocsin notify request --because the CSIRT asked by phone for the scope");
  auto flags = std::make_shared<NotifyFlags>();
  AddWordsFlag(request, "--because", flags->words, "Who asked, and what for")->required();
  request->add_option("--at", flags->at, "WHEN, if not now");
  program.OnRun(request, [flags](Session& session) { return Request(session, *flags); });
}

}  // namespace tocsin::cli
