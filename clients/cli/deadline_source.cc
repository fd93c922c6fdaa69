#include "clients/cli/deadline_source.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "clients/core/bootstrap.h"
#include "clients/core/names.h"
#include "clients/core/private_file.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "clients/report/deadline_ics.h"
#include "clients/report/deadline_sheet.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/incident.grpc.pb.h"
#include "tocsin/v1/obligation.grpc.pb.h"
#include "tocsin/v1/timeline.grpc.pb.h"

namespace tocsin::cli {
namespace {

// Entries after which the open deadlines or their dates are others.
constexpr std::array<std::string_view, 7> kDateChanging = {
    "incident-declared", "obligation-updated",     "obligation-missed",   "notification-submitted",
    "obligation-waived", "intermediate-requested", "significance-decided"};

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
  deadline.addressee = obligation.addressee();
  for (const v1::Authority& authority : obligation.authorities()) {
    deadline.authorities.push_back(
        {.name = authority.name(),
         .channel = authority.channel(),
         .phone = authority.phone(),
         .fallback = authority.fallback(),
         .languages = {authority.languages().begin(), authority.languages().end()},
         .verified_on = authority.verified_on()});
  }
  return deadline;
}

// What tells this organisation's incidents from those of others: the name of its log, which every
// enrolled device knows.
std::string OriginOf(const client::Context& context) {
  if (context.verifier_key.empty()) return context.server;
  return context.verifier_key.substr(0, context.verifier_key.find('+'));
}

// Whether an entry of `result` changed a date.
absl::StatusOr<bool> ChangesDates(Session& session, const v1::WriteResult& result) {
  v1::ListEntriesRequest request;
  request.set_incident(result.incident());
  request.set_after_sequence(result.first_sequence() - 1);
  request.set_page_size(static_cast<int>(
      std::clamp<uint64_t>(result.last_sequence() - result.first_sequence() + 1, 1, 1000)));
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListEntriesResponse response,
                          Call(session, &v1::TimelineService::Stub::ListEntries, request));
  return std::any_of(response.entries().begin(), response.entries().end(), [](const auto& entry) {
    return std::find(kDateChanging.begin(), kDateChanging.end(), entry.type()) !=
           kDateChanging.end();
  });
}

absl::Status Refresh(Session& session, const v1::WriteResult& result) {
  TOCSIN_ASSIGN_OR_RETURN(const client::Context context, session.Context());
  if (context.deadline_files.empty()) return absl::OkStatus();
  // The name becomes a part of a path.
  TOCSIN_ASSIGN_OR_RETURN(const std::string incident, client::IncidentResource(result.incident()));
  TOCSIN_ASSIGN_OR_RETURN(const bool changes, ChangesDates(session, result));
  if (!changes) return absl::OkStatus();
  return WriteDeadlineFiles(session, incident, context.deadline_files);
}

}  // namespace

absl::StatusOr<report::DeadlineList> FetchDeadlines(Session& session, const std::string& name) {
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
  list.fingerprint = client::FingerprintOf(context.ca_pem).value_or("");
  list.drill = incident.drill();
  list.historical = incident.historical();
  list.last_sequence = incident.last_sequence();
  list.written = client::FromProto(response.server_time());
  if (!absl::LoadTimeZone(incident.time_zone(), &list.zone)) list.zone = session.zone();
  for (const v1::Obligation& obligation : response.obligations()) {
    list.deadlines.push_back(DeadlineOf(obligation));
    if (obligation.pending_sequence() == 0) continue;
    list.waiting = absl::StrCat(
        "#", obligation.pending_sequence(), " says aware ",
        report::LocalAndUtc(client::FromProto(obligation.pending_anchor_time()), list.zone),
        " and awaits a second person; until then the dates below hold");
  }
  return list;
}

absl::Status WriteDeadlineFiles(Session& session, const std::string& incident,
                                const std::string& directory) {
  if (!std::filesystem::path(directory).is_absolute()) {
    return InvalidArgument(
        "NOT_ABSOLUTE",
        absl::StrCat("deadline_files is '", directory, "', which begins at no fixed place"),
        "tocsin deadlines keep DIR sets it again.");
  }
  TOCSIN_ASSIGN_OR_RETURN(const report::DeadlineList list, FetchDeadlines(session, incident));
  const std::string folder = absl::StrCat(directory, "/", client::ShortName(incident));
  const std::string calendar_path = absl::StrCat(folder, "/deadlines.ics");
  TOCSIN_RETURN_IF_ERROR(client::WritePrivateFile(absl::StrCat(folder, "/deadlines.txt"),
                                                  report::DeadlineSheet(list)));
  const absl::StatusOr<std::string> calendar = report::DeadlineCalendar(list);
  if (ReasonOf(calendar.status()) == "NO_DATES") {
    std::error_code error;
    std::filesystem::remove(calendar_path, error);
    if (error) {
      return Error(absl::StatusCode::kInternal, "FILE_NOT_REMOVED",
                   absl::StrCat("cannot remove ", calendar_path, ": ", error.message()),
                   "Remove it by hand: its dates no longer hold.");
    }
  } else {
    TOCSIN_RETURN_IF_ERROR(calendar.status());
    TOCSIN_RETURN_IF_ERROR(client::WritePrivateFile(calendar_path, *calendar));
  }
  session.err() << "deadlines of " << client::EscapeText(list.incident) << " written to "
                << client::EscapeText(folder) << ": deadlines.txt"
                << (calendar.ok() ? ", deadlines.ics" : "; nothing with a date is open") << "\n";
  return absl::OkStatus();
}

void RefreshDeadlineFiles(Session& session, const v1::WriteResult& result) {
  if (result.incident().empty() || result.first_sequence() == 0) return;
  const absl::Status status = Refresh(session, result);
  if (status.ok()) return;
  session.err() << "warning: the files of deadlines are not up to date: "
                << client::EscapeText(std::string(status.message())) << "\n";
}

}  // namespace tocsin::cli
