// The part of completion that asks: the server, for ids, and this account's own files.
#include "absl/strings/str_cat.h"
#include "clients/cli/complete.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "tocsin/v1/incident.grpc.pb.h"
#include "tocsin/v1/playbook.grpc.pb.h"

namespace tocsin::cli {
namespace {

// Together with the start of the program this stays under 300 ms: longer, and it is in the way.
constexpr absl::Duration kConnectTimeout = absl::Milliseconds(130);
constexpr absl::Duration kCallTimeout = absl::Milliseconds(120);
constexpr int kCandidatesMax = 50;

absl::StatusOr<client::Connection> QuickConnection(Session& session,
                                                   const Surroundings& surroundings) {
  const absl::StatusOr<client::Settings> settings = session.Store().Resolve(
      {.context = session.options().context, .server = session.options().server});
  if (!settings.ok()) return settings.status();
  return client::Connection(
      {.server = settings->context.server,
       .ca_pem = settings->context.ca_pem,
       .token = settings->token,
       .call_timeout = kCallTimeout,
       .connect_timeout = std::min(kConnectTimeout, surroundings.connect_timeout),
       .diagnose = false});
}

std::vector<Candidate> Incidents(client::Connection& connection) {
  v1::ListIncidentsRequest request;
  request.set_open_only(true);
  request.set_page_size(kCandidatesMax);
  const auto response = connection.CallOnce(&v1::IncidentService::Stub::ListIncidents, request);
  std::vector<Candidate> found;
  if (!response.ok()) return found;
  for (const v1::Incident& incident : response->incidents()) {
    found.push_back({client::ShortName(incident.name()),
                     absl::StrCat(WordOf<Severity>(incident.severity()), " ", incident.title())});
  }
  return found;
}

std::vector<Candidate> Steps(Session& session, client::Connection& connection) {
  std::vector<Candidate> found;
  const absl::StatusOr<std::string> incident = session.IncidentName();
  if (!incident.ok()) return found;
  v1::ListRunsRequest request;
  request.set_incident(*incident);
  const auto response = connection.CallOnce(&v1::PlaybookService::Stub::ListRuns, request);
  if (!response.ok()) return found;
  for (const v1::Run& run : response->runs()) {
    for (const v1::StepRun& step : run.steps()) {
      const bool open = step.state() != "done" && step.state() != "skipped";
      if (open && found.size() < kCandidatesMax) {
        found.push_back({step.step().id(), step.step().title()});
      }
    }
  }
  return found;
}

std::vector<Candidate> Contexts(Session& session) {
  std::vector<Candidate> found;
  const auto contexts = session.Store().Contexts();
  if (!contexts.ok()) return found;
  for (const auto& [name, context] : *contexts) {
    found.push_back({name, absl::StrCat(context.handle, " at ", context.server)});
  }
  return found;
}

std::vector<Candidate> Queued(Session& session) {
  std::vector<Candidate> found;
  const absl::StatusOr<client::WriteQueue> queue = session.Queue();
  if (!queue.ok()) return found;
  const absl::StatusOr<client::QueueContent> content = queue->Read();
  if (!content.ok()) return found;
  for (const client::QueuedWrite& write : content->writes) {
    found.push_back({client::QueueName(write.number), client::Describe(write)});
  }
  return found;
}

}  // namespace

std::vector<Candidate> LiveCandidates(const Surroundings& surroundings,
                                      const GlobalOptions& options, std::string_view name) {
  Session session(surroundings, options);
  if (name == "CONTEXT") return Contexts(session);
  if (name == "QUEUED") return Queued(session);
  if (name != "INCIDENT" && name != "STEP") return {};
  absl::StatusOr<client::Connection> connection = QuickConnection(session, surroundings);
  if (!connection.ok()) return {};
  return name == "INCIDENT" ? Incidents(*connection) : Steps(session, *connection);
}

}  // namespace tocsin::cli
