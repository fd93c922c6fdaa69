// The part of completion that asks: the server, for ids, and this account's own files.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/complete.h"
#include "clients/cli/playbook.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "tocsin/v1/evidence.grpc.pb.h"
#include "tocsin/v1/incident.grpc.pb.h"
#include "tocsin/v1/obligation.grpc.pb.h"
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

v1::ListRunsResponse RunsOf(Session& session, client::Connection& connection) {
  const absl::StatusOr<std::string> incident = session.IncidentName();
  if (!incident.ok()) return {};
  v1::ListRunsRequest request;
  request.set_incident(*incident);
  const auto response = connection.CallOnce(&v1::PlaybookService::Stub::ListRuns, request);
  return response.ok() ? *response : v1::ListRunsResponse();
}

std::vector<Candidate> Steps(Session& session, client::Connection& connection) {
  std::vector<Candidate> found;
  const v1::ListRunsResponse runs = RunsOf(session, connection);
  for (const v1::Run& run : runs.runs()) {
    for (const v1::StepRun& step : run.steps()) {
      if (!IsSettled(step) && found.size() < kCandidatesMax) {
        found.push_back({step.step().id(), step.step().title()});
      }
    }
  }
  return found;
}

std::vector<Candidate> Runs(Session& session, client::Connection& connection) {
  std::vector<Candidate> found;
  const v1::ListRunsResponse runs = RunsOf(session, connection);
  for (const v1::Run& run : runs.runs()) {
    found.push_back({client::ShortName(run.name()), run.title()});
  }
  return found;
}

std::vector<Candidate> Playbooks(client::Connection& connection) {
  std::vector<Candidate> found;
  const auto response =
      connection.CallOnce(&v1::PlaybookService::Stub::ListPlaybooks, v1::ListPlaybooksRequest());
  if (!response.ok()) return found;
  for (const v1::Playbook& playbook : response->playbooks()) {
    found.push_back({client::ShortName(playbook.name()), playbook.title()});
  }
  return found;
}

std::vector<Candidate> Obligations(Session& session, client::Connection& connection) {
  std::vector<Candidate> found;
  const absl::StatusOr<std::string> incident = session.IncidentName();
  if (!incident.ok()) return found;
  v1::ListObligationsRequest request;
  request.set_incident(*incident);
  const auto response = connection.CallOnce(&v1::ObligationService::Stub::ListObligations, request);
  if (!response.ok()) return found;
  for (const v1::Obligation& obligation : response->obligations()) {
    found.push_back({client::ShortName(obligation.name()), obligation.label()});
  }
  return found;
}

std::vector<Candidate> Items(Session& session, client::Connection& connection) {
  std::vector<Candidate> found;
  const absl::StatusOr<std::string> incident = session.IncidentName();
  if (!incident.ok()) return found;
  v1::ListEvidenceRequest request;
  request.set_incident(*incident);
  const auto response = connection.CallOnce(&v1::EvidenceService::Stub::ListEvidence, request);
  if (!response.ok()) return found;
  for (const v1::EvidenceItem& item : response->items()) {
    if (found.size() < kCandidatesMax) found.push_back({item.id(), item.name()});
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

std::vector<Candidate> AskServer(Session& session, const Surroundings& surroundings,
                                 std::string_view name) {
  absl::StatusOr<client::Connection> connection = QuickConnection(session, surroundings);
  if (!connection.ok()) return {};
  if (name == "INCIDENT") return Incidents(*connection);
  if (name == "STEP") return Steps(session, *connection);
  if (name == "RUN") return Runs(session, *connection);
  if (name == "ITEM") return Items(session, *connection);
  return name == "PLAYBOOK" ? Playbooks(*connection) : Obligations(session, *connection);
}

// Shells put a candidate on the command line as it is: no id has a character that means something
// to them, and one that has is not an id.
bool IsPlain(const Candidate& candidate) {
  return !candidate.word.empty() && candidate.word[0] != '-' &&
         std::all_of(candidate.word.begin(), candidate.word.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.' || c == '@';
         });
}

}  // namespace

std::vector<Candidate> LiveCandidates(const Surroundings& surroundings,
                                      const GlobalOptions& options, std::string_view name) {
  Session session(surroundings, options);
  std::vector<Candidate> found;
  if (name == "CONTEXT") {
    found = Contexts(session);
  } else if (name == "QUEUED") {
    found = Queued(session);
  } else if (name == "INCIDENT" || name == "STEP" || name == "RUN" || name == "PLAYBOOK" ||
             name == "ITEM" || name == "STAGE" || name == "OBLIGATION") {
    found = AskServer(session, surroundings, name);
  }
  std::erase_if(found, [](const Candidate& candidate) { return !IsPlain(candidate); });
  return found;
}

}  // namespace tocsin::cli
