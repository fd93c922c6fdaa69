// deadlines ics, deadlines sheet: the deadlines of an incident as files that outlive the server.
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "clients/cli/app.h"
#include "clients/cli/output_file.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "clients/report/deadline_ics.h"
#include "clients/report/deadline_sheet.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/incident.grpc.pb.h"
#include "tocsin/v1/obligation.grpc.pb.h"

namespace tocsin::cli {
namespace {

struct FileFlags {
  std::string out;
  bool force = false;
};

report::DeadlineState StateOf(v1::ObligationState state) {
  if (state == v1::OBLIGATION_STATE_MISSED) return report::DeadlineState::kMissed;
  if (state == v1::OBLIGATION_STATE_CONDITIONAL) return report::DeadlineState::kConditional;
  if (state == v1::OBLIGATION_STATE_EXPECTED) return report::DeadlineState::kExpected;
  return report::DeadlineState::kOpen;
}

report::Deadline DeadlineOf(const v1::Obligation& obligation) {
  report::Deadline deadline;
  deadline.id = client::ShortName(obligation.name());
  deadline.label = obligation.label().empty() ? obligation.stage() : obligation.label();
  deadline.regime = obligation.regime();
  deadline.state = StateOf(obligation.state());
  deadline.provisional = obligation.provisional();
  deadline.drafted = obligation.drafted();
  deadline.approved = obligation.approved();
  if (obligation.has_due_time()) deadline.due = client::FromProto(obligation.due_time());
  if (obligation.has_legal_latest_time()) {
    deadline.legal_latest = client::FromProto(obligation.legal_latest_time());
  }
  deadline.anchor = obligation.anchor();
  if (obligation.has_anchor_time()) {
    deadline.anchor_time = client::FromProto(obligation.anchor_time());
  }
  deadline.article = obligation.article();
  deadline.primary_norm = obligation.primary_norm();
  return deadline;
}

// What tells this organisation's incidents from those of others: the name of its log, which every
// enrolled device knows.
std::string OriginOf(const client::Context& context) {
  if (context.verifier_key.empty()) return context.server;
  return context.verifier_key.substr(0, context.verifier_key.find('+'));
}

absl::StatusOr<report::DeadlineList> Fetch(Session& session, const std::string& name) {
  v1::GetIncidentRequest incident_request;
  incident_request.set_name(name);
  TOCSIN_ASSIGN_OR_RETURN(const v1::Incident incident,
                          Call(session, &v1::IncidentService::Stub::GetIncident, incident_request));
  // Asked second: what changed in between makes the list newer than its sequence, never older.
  v1::ListObligationsRequest request;
  request.set_incident(name);
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListObligationsResponse response,
                          Call(session, &v1::ObligationService::Stub::ListObligations, request));
  TOCSIN_ASSIGN_OR_RETURN(const client::Context context, session.Context());
  report::DeadlineList list;
  list.incident = client::ShortName(incident.name());
  list.title = incident.title();
  list.origin = OriginOf(context);
  list.drill = incident.drill();
  list.historical = incident.historical();
  list.last_sequence = incident.last_sequence();
  list.written = client::FromProto(response.server_time());
  if (!absl::LoadTimeZone(incident.time_zone(), &list.zone)) list.zone = session.zone();
  for (const v1::Obligation& obligation : response.obligations()) {
    list.deadlines.push_back(DeadlineOf(obligation));
  }
  return list;
}

// A file's content, and how many deadlines it holds.
struct Content {
  std::string text;
  size_t deadlines;
};
using Writer = absl::StatusOr<Content> (*)(const report::DeadlineList& list);

absl::StatusOr<Content> Calendar(const report::DeadlineList& list) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string text, report::DeadlineCalendar(list));
  return Content{text, report::CalendarEvents(list)};
}

absl::StatusOr<Content> Sheet(const report::DeadlineList& list) {
  return Content{report::DeadlineSheet(list), list.deadlines.size()};
}

absl::StatusOr<ExitCode> WriteDeadlines(Session& session, const FileFlags& flags, Writer write) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string incident, session.IncidentName());
  std::unique_ptr<OutputFile> file;
  if (flags.out != "-") {
    TOCSIN_ASSIGN_OR_RETURN(
        file, OutputFile::Create(flags.out, flags.force ? Overwrite::kYes : Overwrite::kNo));
  }
  TOCSIN_ASSIGN_OR_RETURN(const report::DeadlineList list, Fetch(session, incident));
  TOCSIN_ASSIGN_OR_RETURN(const Content content, write(list));
  if (file == nullptr) {
    session.out() << content.text;
    return ExitCode::kOk;
  }
  TOCSIN_RETURN_IF_ERROR(file->Append(content.text));
  TOCSIN_RETURN_IF_ERROR(file->Commit());
  if (session.wants_json()) {
    session.out() << nlohmann::json{{"incident", incident},
                                    {"file", flags.out},
                                    {"deadlines", content.deadlines}}
                         .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                  << "\n";
  } else if (session.wants_id()) {
    session.out() << flags.out << "\n";
  } else {
    session.out() << "wrote " << content.deadlines
                  << (content.deadlines == 1 ? " deadline of " : " deadlines of ")
                  << client::EscapeText(list.incident) << " to " << client::EscapeText(flags.out);
    const size_t left_out = list.deadlines.size() - content.deadlines;
    if (left_out > 0) {
      session.out() << "; left out, without a date or not ours to meet: " << left_out;
    }
    session.out() << "\n";
  }
  return ExitCode::kOk;
}

void AddFileVerb(Program& program, CLI::App* verb, Writer write) {
  auto flags = std::make_shared<FileFlags>();
  verb->add_option("--out", flags->out, "The file to write; - for standard output")->required();
  verb->add_flag("--force", flags->force, "Replace the file when it exists");
  program.OnRun(
      verb, [flags, write](Session& session) { return WriteDeadlines(session, *flags, write); });
}

}  // namespace

void AddDeadlineFileVerbs(Program& program, CLI::App* deadlines) {
  AddFileVerb(program,
              program.AddVerb(deadlines, "ics",
                              "Writes the open deadlines as a calendar with alarms; a newer one "
                              "replaces its events",
                              "tocsin deadlines ics --out deadlines.ics\n"
                              "tocsin deadlines ics --incident INC-2026-0042 --out deadlines.ics "
                              "--force"),
              Calendar);
  AddFileVerb(
      program,
      program.AddVerb(deadlines, "sheet", "Writes the open deadlines as a page to print and keep",
                      "tocsin deadlines sheet --out deadlines.txt\n"
                      "tocsin deadlines sheet --out - | lpr"),
      Sheet);
}

}  // namespace tocsin::cli
