// `ack`, and the block of alerts in other verbs.
#include "clients/cli/alert.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "clients/cli/app.h"
#include "clients/core/alert_lines.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "clients/core/time_input.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/incident.grpc.pb.h"

namespace tocsin::cli {
namespace {

absl::StatusOr<ExitCode> Acknowledge(Session& session, uint64_t sequence) {
  v1::AcknowledgeAlertRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_sequence(sequence);
  request.set_request_id(session.NextRequestId());
  TOCSIN_ASSIGN_OR_RETURN(const v1::AcknowledgeAlertResponse response,
                          Call(session, &v1::IncidentService::Stub::AcknowledgeAlert, request));
  if (!response.already()) {
    TOCSIN_RETURN_IF_ERROR(session.Remember(response.written().receipt()));
  }
  if (session.wants_json()) return session.PrintJson(response);
  if (session.wants_id()) {
    session.out() << response.sequence() << "\n";
    return ExitCode::kOk;
  }
  if (response.already()) {
    session.out() << "alert of #" << response.sequence() << " was acknowledged by "
                  << client::EscapeText(response.acknowledged_by()) << " at "
                  << client::FormatClock(client::FromProto(response.acknowledge_time()),
                                         session.now())
                  << " already\n";
    return ExitCode::kOk;
  }
  session.out() << "alert of #" << response.sequence() << " acknowledged: ";
  return session.PrintWrite(response.written());
}

}  // namespace

void PrintAlerts(Session& session, const v1::Incident& incident) {
  const std::vector<std::string> lines = client::AlertLines(incident, session.now());
  if (lines.empty()) return;
  session.out() << "\nAlerts that nobody has acknowledged (tocsin ack NUMBER)\n";
  for (const std::string& line : lines) {
    session.out() << client::Paint(session.style(), client::Colour::kRed,
                                   "  " + client::EscapeText(line))
                  << "\n";
  }
}

void PrintMyAlerts(Session& session, const v1::Incident& incident) {
  for (const v1::OpenAlert& alert : incident.alerts()) {
    if (!alert.mine()) continue;
    session.out() << client::Paint(
                         session.style(), client::Colour::kRed,
                         client::EscapeText(absl::StrCat(
                             "you are asked: ", client::AlertLine(incident, alert, session.now()),
                             ": tocsin ack ", alert.sequence())))
                  << "\n";
  }
}

void AddAlertVerb(Program& program) {
  CLI::App* verb = program.AddVerb(
      "ack", "Says that you have seen an alert and take care: nobody further is asked",
      "tocsin ack        the last alert that waits\ntocsin ack 14     the alert of entry 14");
  auto sequence = std::make_shared<uint64_t>(0);
  verb->add_option("NUMBER", *sequence,
                   "Entry of the alert, or of its escalation. Default: the last one that waits")
      ->check(CLI::PositiveNumber);
  program.OnRun(verb, [sequence](Session& session) { return Acknowledge(session, *sequence); });
}

}  // namespace tocsin::cli
