// Filing with the authority: notify draft, show, approve, submitted, acknowledged, request, waive.
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cli/app.h"
#include "clients/cli/drill_time.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/private_file.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/digest.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "tocsin/v1/obligation.grpc.pb.h"

namespace tocsin::cli {
namespace {

using v1::ObligationService;

struct NotifyFlags {
  std::string stage;
  std::vector<std::string> fields;
  std::string out;
  std::string language;
  std::string format;
  std::string form;
  std::string at;
  std::string channel;
  std::string reference;
  std::string receipt;
  uint64_t draft = 0;
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

absl::StatusOr<v1::DocumentFormat> FormatOf(const std::string& word) {
  if (word.empty() || word == "md") return v1::DOCUMENT_FORMAT_MARKDOWN;
  if (word == "json") return v1::DOCUMENT_FORMAT_JSON;
  // The only authority's JSON that a form describes so far has this name.
  if (word == "dora") return v1::DOCUMENT_FORMAT_AUTHORITY_JSON;
  const std::string nearest = NearestWord(word, {"md", "json", "dora"});
  return InvalidArgument(
      "UNKNOWN_FORMAT", absl::StrCat("there is no format '", word, "'"),
      nearest.empty() ? "Formats: md, json, dora." : absl::StrCat("Did you mean '", nearest, "'?"));
}

// What the record keeps of a file that stays here: its own name, its size, its hash.
absl::StatusOr<v1::ReceiptFile> ReadReceipt(const std::string& path) {
  constexpr size_t kReceiptBytesMax = size_t{256} << 20;
  TOCSIN_ASSIGN_OR_RETURN(const std::string bytes, client::ReadWholeFile(path, kReceiptBytesMax));
  v1::ReceiptFile receipt;
  receipt.set_name(path.substr(path.rfind('/') + 1));
  receipt.set_size(bytes.size());
  receipt.set_sha256(std::string(Sha256(bytes).view()));
  return receipt;
}

// The document to its file, or to the terminal.
absl::Status WriteDocument(Session& session, const NotifyFlags& flags,
                           const v1::NotificationDocument& document, const char* what) {
  if (flags.out.empty()) {
    session.out() << client::EscapeText(document.text(), client::Lines::kKeep);
    return absl::OkStatus();
  }
  TOCSIN_RETURN_IF_ERROR(client::WritePrivateFile(flags.out, document.text()));
  session.out() << what << " written to " << client::EscapeText(flags.out) << "\nsha-256 "
                << document.sha256() << "\n";
  return absl::OkStatus();
}

// "changed since early_warning: users_hit, measures".
void PrintChanges(Session& session, const v1::DraftNotificationResponse& response) {
  const std::string previous = client::ShortName(response.previous_obligation());
  if (previous.empty()) return;
  for (const char* change : {"new", "changed", "withdrawn", "same"}) {
    std::string fields;
    for (const v1::NotificationField& field : response.fields()) {
      if (field.change() != change) continue;
      absl::StrAppend(&fields, fields.empty() ? "" : ", ", field.field());
    }
    if (fields.empty()) continue;
    session.err() << change << " against " << client::EscapeText(previous) << ": "
                  << client::EscapeText(fields) << "\n";
  }
}

void PrintDraftState(Session& session, const v1::DraftNotificationResponse& response) {
  for (const char* state : {"missing", "unknown"}) {
    for (const v1::NotificationField& field : response.fields()) {
      if (field.state() != state || !field.required()) continue;
      session.err() << state << ": " << client::EscapeText(field.field()) << " ("
                    << client::EscapeText(field.label()) << ")\n";
    }
  }
  PrintChanges(session, response);
  for (const std::string& note : response.notes()) {
    session.err() << "note: " << client::EscapeText(note) << "\n";
  }
}

absl::StatusOr<ExitCode> Draft(Session& session, const NotifyFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(auto request, StageRequest<v1::DraftNotificationRequest>(session, flags));
  TOCSIN_RETURN_IF_ERROR(AddFields(flags.fields, request));
  TOCSIN_ASSIGN_OR_RETURN(const v1::DocumentFormat format, FormatOf(flags.format));
  request.set_format(format);
  request.set_language(flags.language);
  request.set_form(flags.form);
  TOCSIN_ASSIGN_OR_RETURN(const v1::DraftNotificationResponse response,
                          Call(session, &ObligationService::Stub::DraftNotification, request));
  if (session.wants_json() || session.wants_id()) {
    if (!flags.out.empty()) {
      TOCSIN_RETURN_IF_ERROR(client::WritePrivateFile(flags.out, response.document().text()));
    }
    if (session.wants_json()) return session.PrintJson(response);
    return session.PrintWrite(response.result());
  }
  TOCSIN_RETURN_IF_ERROR(WriteDocument(session, flags, response.document(), "draft"));
  PrintDraftState(session, response);
  return session.PrintWrite(response.result());
}

absl::StatusOr<ExitCode> Show(Session& session, const NotifyFlags& flags) {
  v1::GetNotificationRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_stage(client::ShortName(flags.stage));
  TOCSIN_ASSIGN_OR_RETURN(const v1::NotificationDocument document,
                          Call(session, &ObligationService::Stub::GetNotification, request));
  if (Sha256(document.text()).Hex() != document.sha256()) {
    return absl::DataLossError("the document that came is not the one that its hash says");
  }
  if (session.wants_json()) {
    if (!flags.out.empty()) {
      TOCSIN_RETURN_IF_ERROR(client::WritePrivateFile(flags.out, document.text()));
    }
    return session.PrintJson(document);
  }
  TOCSIN_RETURN_IF_ERROR(WriteDocument(session, flags, document, "document"));
  session.err() << (document.has_submit_time() ? "filed" : "not filed") << ", "
                << (document.approved() ? "approved" : "not approved") << ", draft #"
                << document.draft_sequence() << ", form " << client::EscapeText(document.form())
                << " " << client::EscapeText(document.form_version()) << ", sha-256 "
                << document.sha256() << "\n";
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Approve(Session& session, const NotifyFlags& flags) {
  TOCSIN_ASSIGN_OR_RETURN(auto request,
                          StageRequest<v1::ApproveNotificationRequest>(session, flags));
  request.set_draft_sequence(flags.draft);
  return Write(session, &ObligationService::Stub::ApproveNotification, request);
}

absl::StatusOr<ExitCode> Submitted(Session& session, const NotifyFlags& flags) {
  v1::RecordSubmissionRequest request;
  if (!flags.at.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const client::When when, ReadIncidentWhen(session, "--at", flags.at));
    *request.mutable_submit_time() = client::ToProto(when.time);
  }
  if (!flags.words.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_late_reason(),
                            session.ReadText("--late-reason", flags.words));
  }
  request.set_channel(flags.channel);
  request.set_reference(flags.reference);
  request.set_draft_sequence(flags.draft);
  if (!flags.receipt.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_receipt(), ReadReceipt(flags.receipt));
  }
  TOCSIN_ASSIGN_OR_RETURN(const auto stage,
                          StageRequest<v1::RecordSubmissionRequest>(session, flags));
  request.MergeFrom(stage);
  return Write(session, &ObligationService::Stub::RecordSubmission, request);
}

absl::StatusOr<ExitCode> Acknowledged(Session& session, const NotifyFlags& flags) {
  v1::RecordAcknowledgementRequest request;
  if (!flags.at.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const client::When when, ReadIncidentWhen(session, "--at", flags.at));
    *request.mutable_acknowledge_time() = client::ToProto(when.time);
  }
  request.set_reference(flags.reference);
  if (!flags.receipt.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(*request.mutable_receipt(), ReadReceipt(flags.receipt));
  }
  TOCSIN_ASSIGN_OR_RETURN(const auto stage,
                          StageRequest<v1::RecordAcknowledgementRequest>(session, flags));
  request.MergeFrom(stage);
  return Write(session, &ObligationService::Stub::RecordAcknowledgement, request);
}

absl::StatusOr<ExitCode> Request(Session& session, const NotifyFlags& flags) {
  v1::RequestIntermediateRequest request;
  if (!flags.at.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const client::When when, ReadIncidentWhen(session, "--at", flags.at));
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

void AddReceiptFlag(const NewVerb& verb) {
  verb.verb->add_option("--receipt", verb.flags->receipt,
                        "FILE that proves it; its name, size and hash are recorded, it stays here");
}

}  // namespace

void AddNotificationVerbs(Program& program) {
  CLI::App* noun =
      program.AddNoun("notify", "Notifications to the authority: draft, approve, file");
  const NewVerb draft = AddStageVerb(
      program, noun, "draft", "Fills the stage's form from the record and stores the draft",
      "tocsin notify draft early_warning --language nl --set contacts='Ada, +32 2 555 0100' "
      "--out draft.md",
      Draft);
  draft.verb
      ->add_option(
          "--set", draft.flags->fields,
          "FIELD=VALUE or FIELD.PART=VALUE; unknown is a value, none takes back what was given")
      ->type_name("FIELD=VALUE...");
  draft.verb->add_option("--out", draft.flags->out, "File to write the document to");
  draft.verb->add_option("--language", draft.flags->language,
                         "One of the form's: nl, nl-BE, fr, sv, de, en; default: its first");
  draft.verb->add_option("--format", draft.flags->format,
                         "md, json, or dora: the JSON of the DORA incident report; default md");
  draft.verb->add_option("--form", draft.flags->form,
                         "Another form than that of the establishment's country: be-gba");
  const NewVerb show = AddStageVerb(program, noun, "show",
                                    "Gives back the document that was filed, else the last draft's",
                                    "tocsin notify show early_warning --out filed.md", Show);
  show.verb->add_option("--out", show.flags->out, "File to write the document to");
  const NewVerb approve = AddStageVerb(program, noun, "approve", "Approves the draft",
                                       "tocsin notify approve early_warning --draft 12", Approve);
  approve.verb->add_option("--draft", approve.flags->draft,
                           "Entry of the draft that you read; refused when there is a later one");
  const NewVerb submitted = AddStageVerb(
      program, noun, "submitted", "Records that it was filed; starts the next clock",
      "tocsin notify submitted early_warning --channel portal --reference NL-2026-118 --receipt "
      "receipt.pdf",
      Submitted);
  submitted.verb->add_option("--channel", submitted.flags->channel, "portal, mail, phone …")
      ->required();
  submitted.verb->add_option("--reference", submitted.flags->reference,
                             "The authority's reference");
  submitted.verb->add_option("--at", submitted.flags->at, "WHEN it was filed, if not now");
  AddReceiptFlag(submitted);
  submitted.verb->add_option("--draft", submitted.flags->draft,
                             "Entry of the draft that was filed, if not the last one");
  AddWordsFlag(submitted.verb, "--late-reason", submitted.flags->words, "Required when it is late");
  const NewVerb acknowledged = AddStageVerb(
      program, noun, "acknowledged", "Records the authority's acknowledgement",
      "tocsin notify acknowledged early_warning --reference NL-2026-118", Acknowledged);
  acknowledged.verb->add_option("--reference", acknowledged.flags->reference,
                                "The authority's reference");
  acknowledged.verb->add_option("--at", acknowledged.flags->at, "WHEN, if not now");
  AddReceiptFlag(acknowledged);
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
