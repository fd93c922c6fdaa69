#include "clients/chat/bot/reads.h"

#include "absl/strings/str_cat.h"
#include "clients/core/alert_lines.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/incident.grpc.pb.h"
#include "tocsin/v1/obligation.grpc.pb.h"
#include "tocsin/v1/playbook.grpc.pb.h"
#include "tocsin/v1/search.grpc.pb.h"

namespace tocsin::chat {
namespace {

// The most that a room wants to read; the answer says how many more there are.
constexpr int kHitsMax = 15;

// The enum of the API as ours: the numbers are the same.
template <typename Enum, typename Proto>
Enum DomainOf(Proto value, Enum when_unknown) {
  return FromNumber<Enum>(static_cast<int>(value)).value_or(when_unknown);
}

}  // namespace

std::string ResourceOf(const std::string& incident) {
  return absl::StrCat("incidents/", incident);
}

absl::StatusOr<Standing> ReadStanding(const OrderCalls& calls, const std::string& incident) {
  v1::GetIncidentRequest request;
  request.set_name(ResourceOf(incident));
  TOCSIN_ASSIGN_OR_RETURN(const v1::Incident read,
                          calls.Call(&v1::IncidentService::Stub::GetIncident, request));
  Standing standing;
  standing.incident = client::ShortName(read.name());
  standing.title = read.title();
  standing.severity = DomainOf(read.severity(), Severity::kSev1);
  standing.phase = DomainOf(read.phase(), Phase::kTriage);
  standing.tlp = DomainOf(read.tlp(), Tlp::kRed);
  standing.drill = read.drill();
  standing.closed = read.phase() == v1::PHASE_CLOSED;
  standing.significant = read.significant();
  standing.next_due_stage = read.next_due_stage();
  if (read.has_next_due_time()) standing.next_due = client::FromProto(read.next_due_time());
  for (const v1::RoleHolder& holder : read.role_holders()) {
    standing.roles.push_back({DomainOf(holder.role(), IncidentRole::kObserver), holder.handle()});
  }
  standing.alerts = client::AlertLines(read, calls.order().manner.now);
  return standing;
}

absl::StatusOr<std::vector<Duty>> ReadDuties(const OrderCalls& calls, const std::string& incident) {
  v1::ListObligationsRequest request;
  request.set_incident(ResourceOf(incident));
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListObligationsResponse read,
                          calls.Call(&v1::ObligationService::Stub::ListObligations, request));
  std::vector<Duty> duties;
  for (const v1::Obligation& obligation : read.obligations()) {
    Duty duty;
    duty.incident = incident;
    duty.regime = obligation.regime();
    duty.stage = obligation.stage();
    duty.missed = obligation.state() == v1::OBLIGATION_STATE_MISSED;
    duty.provisional = obligation.provisional();
    if (obligation.has_due_time()) duty.due = client::FromProto(obligation.due_time());
    duties.push_back(std::move(duty));
  }
  return duties;
}

absl::StatusOr<std::vector<OpenStep>> ReadSteps(const OrderCalls& calls,
                                                const std::string& incident, bool mine) {
  v1::ListRunsRequest request;
  request.set_incident(ResourceOf(incident));
  TOCSIN_ASSIGN_OR_RETURN(const v1::ListRunsResponse read,
                          calls.Call(&v1::PlaybookService::Stub::ListRuns, request));
  std::vector<OpenStep> steps;
  for (const v1::Run& run : read.runs()) {
    for (const v1::StepRun& step : run.steps()) {
      const bool open = step.state() == "ready" || step.state() == "confirming";
      if (!open || (mine && !step.mine())) continue;
      OpenStep each;
      each.id = step.step().id();
      each.title = step.step().title();
      each.state = step.state();
      each.holders.assign(step.holders().begin(), step.holders().end());
      each.overdue = step.overdue();
      if (step.has_due_time()) each.due = client::FromProto(step.due_time());
      steps.push_back(std::move(each));
    }
  }
  return steps;
}

absl::StatusOr<Hits> ReadHits(const OrderCalls& calls, const std::string& incident,
                              const std::string& text) {
  v1::SearchEntriesRequest request;
  request.set_text(text);
  if (!incident.empty()) request.set_incident(ResourceOf(incident));
  request.set_limit(kHitsMax);
  TOCSIN_ASSIGN_OR_RETURN(const v1::SearchEntriesResponse read,
                          calls.Call(&v1::SearchService::Stub::SearchEntries, request));
  Hits hits;
  hits.more = read.more_count();
  for (const v1::Entry& entry : read.entries()) {
    Hit hit;
    hit.incident = client::ShortName(entry.incident());
    hit.sequence = entry.sequence();
    hit.tlp = DomainOf(entry.tlp(), Tlp::kRed);
    hit.author = entry.author();
    hit.text = entry.corrected_by() == 0 ? entry.text() : entry.corrected_text();
    if (entry.retracted_by() != 0) hit.text = "(retracted)";
    hit.time = client::FromProto(entry.occur_time());
    hits.hits.push_back(std::move(hit));
  }
  return hits;
}

}  // namespace tocsin::chat
