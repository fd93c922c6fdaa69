// `status`: where an incident stands, on one screen.
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/alert.h"
#include "clients/cli/app.h"
#include "clients/cli/awareness.h"
#include "clients/cli/drill_time.h"
#include "clients/cli/playbook.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/incident.grpc.pb.h"
#include "tocsin/v1/obligation.grpc.pb.h"
#include "tocsin/v1/playbook.grpc.pb.h"
#include "tocsin/v1/timeline.grpc.pb.h"

namespace tocsin::cli {
namespace {

constexpr uint64_t kLastEntries = 5;
constexpr int kNextSteps = 5;

std::string RoleLine(const v1::Incident& incident) {
  std::map<int, std::vector<std::string>> holders;
  for (const v1::RoleHolder& holder : incident.role_holders()) {
    holders[holder.role()].push_back(holder.handle());
  }
  if (holders.empty()) return "nobody has a role yet: tocsin role assign commander @WHO";
  return absl::StrJoin(holders, "  ", [](std::string* out, const auto& entry) {
    absl::StrAppend(out, WordOf<IncidentRole>(entry.first), " ", absl::StrJoin(entry.second, " "));
  });
}

void PrintHead(Session& session, const v1::Incident& incident) {
  const client::OutputStyle style = session.style();
  const absl::Time now = session.now();
  const absl::Time time = TimeIn(incident, now);
  std::string head =
      absl::StrCat(IncidentLabel(incident), "  ", client::EscapeText(incident.title()));
  session.out() << client::Paint(style, client::Colour::kBold, head) << "\n";
  session.out() << client::Paint(style, SeverityColour(incident.severity()),
                                 WordOf<Severity>(incident.severity()))
                << "  phase " << WordOf<Phase>(incident.phase()) << "  TLP "
                << WordOf<Tlp>(incident.tlp()) << (incident.restricted() ? "  restricted" : "")
                << "  declared "
                << client::FormatRelative(client::FromProto(incident.declare_time()), now) << " by "
                << client::EscapeText(incident.declared_by()) << "\n";
  if (incident.has_close_time()) {
    session.out() << "closed "
                  << client::FormatRelative(client::FromProto(incident.close_time()), now) << "\n";
  }
  session.out() << "significant: "
                << (incident.significant().empty() ? "undecided"
                                                   : client::EscapeText(incident.significant()));
  for (const v1::Anchor& anchor : incident.anchors()) {
    session.out() << "  " << client::EscapeText(anchor.anchor()) << " "
                  << client::FormatClock(client::FromProto(anchor.time()), time);
  }
  session.out() << "\n" << client::EscapeText(RoleLine(incident)) << "\n";
  for (const v1::HandoverOffer& offer : incident.offers()) {
    session.out() << client::EscapeText(offer.from()) << " offers "
                  << client::EscapeText(offer.to()) << " to be "
                  << WordOf<IncidentRole>(offer.role()) << " (#" << offer.sequence()
                  << "): tocsin handover accept\n";
  }
}

void PrintDeadlines(Session& session, const v1::ListObligationsResponse& obligations) {
  session.out() << "\nDeadlines\n";
  const absl::Time now = client::FromProto(obligations.server_time());
  client::Table table({"", "", "", ""});
  for (const v1::Obligation& obligation : obligations.obligations()) {
    table.Add({absl::StrCat("  ", client::ShortName(obligation.name())),
               StateWord(obligation.state()), DueCell(obligation, now), obligation.label()});
  }
  session.out() << (table.empty() ? "  none\n" : table.RenderBody(session.style()));
}

void PrintSteps(Session& session, const v1::ListRunsResponse& runs) {
  for (const v1::Run& run : runs.runs()) {
    int finished = 0;
    client::Table table({"", "", "", ""});
    int shown = 0;
    for (const v1::StepRun& step : run.steps()) {
      if (IsSettled(step)) ++finished;
      if (!IsActive(step)) continue;
      if (shown >= kNextSteps) continue;
      ++shown;
      const std::string due = step.has_due_time()
                                  ? client::FormatRelative(client::FromProto(step.due_time()),
                                                           client::FromProto(runs.server_time()))
                                  : "";
      table.Add(
          {absl::StrCat("  ", step.step().id()),
           step.assignee().empty() ? WordOf<IncidentRole>(step.step().role()) : step.assignee(),
           due, step.step().title()});
    }
    session.out() << "\nNext steps of " << client::EscapeText(run.title()) << " (" << finished
                  << " of " << run.steps_size() << " finished)\n"
                  << (table.empty() ? "  none\n" : table.RenderBody(session.style()));
  }
}

void PrintEntries(Session& session, const v1::ListEntriesResponse& entries) {
  session.out() << "\nLast entries\n";
  client::Table table({"", "", "", "", ""});
  for (const v1::Entry& entry : entries.entries()) {
    table.Add({absl::StrCat("  #", entry.sequence()),
               client::FormatClock(client::FromProto(entry.record_time()), session.now()),
               EntryKindWord(entry), entry.author(), EntryText(entry)});
  }
  session.out() << table.RenderBody(session.style());
}

absl::StatusOr<ExitCode> Status(Session& session, const std::string& given) {
  v1::GetIncidentRequest get;
  TOCSIN_ASSIGN_OR_RETURN(*get.mutable_name(), session.IncidentName(given));
  TOCSIN_ASSIGN_OR_RETURN(const v1::Incident incident,
                          Call(session, &v1::IncidentService::Stub::GetIncident, get));
  if (session.wants_json()) return session.PrintJson(incident);
  if (session.wants_id()) {
    session.out() << client::ShortName(incident.name()) << "\n";
    return ExitCode::kOk;
  }
  v1::ListObligationsRequest list;
  list.set_incident(incident.name());
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListObligationsResponse obligations,
                          Call(session, &v1::ObligationService::Stub::ListObligations, list));
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListAwarenessResponse awareness,
                          FetchAwareness(session, incident.name()));
  v1::ListRunsRequest list_runs;
  list_runs.set_incident(incident.name());
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListRunsResponse runs,
                          Call(session, &v1::PlaybookService::Stub::ListRuns, list_runs));
  v1::ListEntriesRequest last;
  last.set_incident(incident.name());
  last.set_page_size(static_cast<int>(kLastEntries));
  last.set_after_sequence(incident.last_sequence() -
                          std::min(incident.last_sequence(), kLastEntries));
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListEntriesResponse entries,
                          Call(session, &v1::TimelineService::Stub::ListEntries, last));
  PrintHead(session, incident);
  PrintAlerts(session, incident);
  PrintAwareness(session, awareness);
  PrintDeadlines(session, obligations);
  PrintSteps(session, runs);
  PrintEntries(session, entries);
  return ExitCode::kOk;
}

}  // namespace

void AddStatusVerb(Program& program) {
  CLI::App* verb = program.AddVerb("status", "Shows where an incident stands, on one screen",
                                   "tocsin status\ntocsin status INC-2026-0042");
  auto incident = std::make_shared<std::string>();
  verb->add_option("INCIDENT", *incident, "Default: the one in use");
  program.OnRun(verb, [incident](Session& session) { return Status(session, *incident); });
}

}  // namespace tocsin::cli
