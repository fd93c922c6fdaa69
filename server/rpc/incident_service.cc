// Incidents: declaring, leading and closing them.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/domain/escalation.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/page_token.h"
#include "server/rpc/regime_calls.h"
#include "server/rpc/services.h"
#include "server/runtime/zones.h"
#include "tocsin/v1/incident.grpc.pb.h"

namespace tocsin::rpc {
namespace {

using app::Act;
using Rpc = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

constexpr size_t kPageDefault = 50;
constexpr size_t kPageMax = 500;

class IncidentService final : public v1::IncidentService::CallbackService {
 public:
  explicit IncidentService(Backend& backend) : backend_(backend) {}

  Reactor* DeclareIncident(Rpc* rpc, const v1::DeclareIncidentRequest* request,
                           v1::DeclareIncidentResponse* response) override {
    return Run(backend_, rpc,
               {.method = "DeclareIncident",
                .act = Act::kDeclare,
                .request = request,
                .request_id = &request->request_id(),
                .result = response->mutable_result(),
                .convert = [this, request](
                               const app::Caller& caller) { return Declare(caller, *request); },
                .after =
                    [this, response](const app::Caller& caller, const app::Outcome& outcome) {
                      TOCSIN_RETURN_IF_ERROR(
                          Fill(caller, outcome.incident, *response->mutable_incident()));
                      response->mutable_result()->set_incident(response->incident().name());
                      return absl::OkStatus();
                    }});
  }

  Reactor* GetIncident(Rpc* rpc, const v1::GetIncidentRequest* request,
                       v1::Incident* response) override {
    return Read(backend_, rpc, "GetIncident", Act::kRead, &request->name(),
                [this, response](const ReadCall& call) {
                  return Fill(call.caller, call.incident, *response);
                });
  }

  Reactor* ListIncidents(Rpc* rpc, const v1::ListIncidentsRequest* request,
                         v1::ListIncidentsResponse* response) override {
    return Read(backend_, rpc, "ListIncidents", Act::kRead, nullptr,
                [this, request, response](const ReadCall& call) {
                  return List(call.caller, *request, *response);
                });
  }

  Reactor* ChangePhase(Rpc* rpc, const v1::ChangePhaseRequest* request,
                       v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "ChangePhase", Act::kDirect, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    TOCSIN_ASSIGN_OR_RETURN(const Phase phase, ToDomain(request->phase()));
                    return domain::ChangePhase{phase, request->because()};
                  });
  }

  Reactor* ChangeSeverity(Rpc* rpc, const v1::ChangeSeverityRequest* request,
                          v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "ChangeSeverity", Act::kDirect, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    TOCSIN_ASSIGN_OR_RETURN(const Severity severity, ToDomain(request->severity()));
                    return domain::ChangeSeverity{severity, request->because()};
                  });
  }

  Reactor* AssignRole(Rpc* rpc, const v1::AssignRoleRequest* request,
                      v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "AssignRole", Act::kDirect, request, response,
                  [this, request](const app::Caller& caller) -> absl::StatusOr<AnyCommand> {
                    TOCSIN_ASSIGN_OR_RETURN(const IncidentRole role, ToDomain(request->role()));
                    TOCSIN_ASSIGN_OR_RETURN(
                        const PrincipalId person,
                        backend_.catalog.RequireHandle(caller.org, request->handle()));
                    return domain::AssignRole{role, person};
                  });
  }

  Reactor* AddMember(Rpc* rpc, const v1::AddMemberRequest* request,
                     v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "AddMember", Act::kDirect, request, response,
                  [this, request](const app::Caller& caller) -> absl::StatusOr<AnyCommand> {
                    TOCSIN_ASSIGN_OR_RETURN(
                        const PrincipalId person,
                        backend_.catalog.RequireHandle(caller.org, request->handle()));
                    return domain::AddMember{person};
                  });
  }

  Reactor* CloseIncident(Rpc* rpc, const v1::CloseIncidentRequest* request,
                         v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "CloseIncident", Act::kCloseOrReopen, request, response,
                  [this, request](const app::Caller& caller) -> absl::StatusOr<AnyCommand> {
                    return domain::CloseIncident{
                        request->because(), request->no_review_because(),
                        backend_.profiles.at(caller.org).sev4_needs_no_review};
                  });
  }

  Reactor* ReopenIncident(Rpc* rpc, const v1::ReopenIncidentRequest* request,
                          v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "ReopenIncident", Act::kCloseOrReopen, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    return domain::ReopenIncident{request->because()};
                  });
  }

  Reactor* AcknowledgeAlert(Rpc* rpc, const v1::AcknowledgeAlertRequest* request,
                            v1::AcknowledgeAlertResponse* response) override {
    return Run(
        backend_, rpc,
        {.method = "AcknowledgeAlert",
         .act = Act::kRecord,
         .incident = &request->incident(),
         .request = request,
         .request_id = &request->request_id(),
         .result = response->mutable_written(),
         .convert = [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
           return domain::AcknowledgeAlert{request->sequence()};
         },
         .after =
             [this, request, response](const app::Caller& caller, const app::Outcome& outcome) {
               return FillAcknowledgement(caller, outcome, request->sequence(), *response);
             }});
  }

 private:
  absl::Status FillAcknowledgement(const app::Caller& caller, const app::Outcome& outcome,
                                   uint64_t asked, v1::AcknowledgeAlertResponse& response) const {
    TOCSIN_ASSIGN_OR_RETURN(const auto incident,
                            backend_.catalog.Snapshot(caller.org, outcome.incident));
    const domain::HandleOf handle_of = backend_.HandlesOf(caller.org);
    response.set_already(outcome.last_sequence == 0);
    response.set_sequence(asked);
    if (response.already()) response.clear_written();
    // Of what only a channel reported there is no more than the entry itself.
    response.set_acknowledged_by(handle_of(caller.principal));
    *response.mutable_acknowledge_time() = ToProto(outcome.record_time);
    for (const auto& [sequence, alert] : incident->alerts) {
      if (!alert.acknowledged) continue;
      const bool this_one = response.already()
                                ? domain::FindAlert(*incident, asked) == &alert
                                : alert.acknowledged->sequence == outcome.last_sequence;
      if (!this_one) continue;
      response.set_sequence(sequence);
      response.set_acknowledged_by(handle_of(alert.acknowledged->author));
      *response.mutable_acknowledge_time() = ToProto(alert.acknowledged->record_time);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<AnyCommand> Declare(const app::Caller& caller,
                                     const v1::DeclareIncidentRequest& request) const {
    const app::OrgProfile& profile = backend_.profiles.at(caller.org);
    domain::DeclareIncident command;
    command.title = request.title();
    TOCSIN_ASSIGN_OR_RETURN(command.severity, ToDomain(request.severity()));
    if (request.tlp() != v1::TLP_UNSPECIFIED) {
      TOCSIN_ASSIGN_OR_RETURN(command.tlp, ToDomain(request.tlp()));
    }
    command.restricted = request.restricted();
    command.drill = request.drill();
    command.historical = request.historical();
    command.zone = profile.zone;
    if (!request.time_zone().empty()) {
      TOCSIN_ASSIGN_OR_RETURN(command.zone.rules, runtime::LoadZone(request.time_zone()));
      command.zone.name = request.time_zone();
    }
    command.attributes = ToAttributes(request.attributes());
    if (!profile.entity.empty()) command.attributes.try_emplace("entity", profile.entity);
    if (!profile.contacts.empty()) command.attributes.try_emplace("contacts", profile.contacts);
    TOCSIN_ASSIGN_OR_RETURN(
        command.detect_time,
        OptionalTime("time of detection", request.has_detect_time(), request.detect_time()));
    TOCSIN_RETURN_IF_ERROR(PutUnder(backend_, profile, request.entity_kind(), command));
    if (!request.playbook().empty()) {
      TOCSIN_ASSIGN_OR_RETURN(command.playbook,
                              backend_.library.Playbook(LastPart(request.playbook())));
    }
    return command;
  }

  absl::Status Fill(const app::Caller& caller, const IncidentId& id, v1::Incident& out) const {
    TOCSIN_ASSIGN_OR_RETURN(const domain::Incident incident, backend_.catalog.Get(caller.org, id));
    out = ToProto(incident, backend_.HandlesOf(caller.org));
    for (v1::OpenAlert& alert : *out.mutable_alerts()) {
      const std::vector<PrincipalId>& asked = incident.alerts.at(alert.sequence()).asked;
      alert.set_mine(std::find(asked.begin(), asked.end(), caller.principal) != asked.end());
    }
    return absl::OkStatus();
  }

  absl::Status List(const app::Caller& caller, const v1::ListIncidentsRequest& request,
                    v1::ListIncidentsResponse& response) const {
    TOCSIN_ASSIGN_OR_RETURN(const size_t size,
                            PageSize(request.page_size(), kPageDefault, kPageMax));
    const std::string arguments = absl::StrCat("incidents/", request.open_only());
    TOCSIN_ASSIGN_OR_RETURN(const std::string position,
                            ReadPageToken(arguments, request.page_token()));
    const std::vector<app::IncidentSummary> all = backend_.catalog.List(caller);
    // The position is the last incident that was shown. New ones come before it, none ever goes.
    auto next = all.begin();
    if (!position.empty()) {
      next = std::find_if(all.begin(), all.end(),
                          [&](const auto& summary) { return summary.id.ToString() == position; });
      if (next != all.end()) ++next;
    }
    const app::IncidentSummary* last = nullptr;
    for (; next != all.end(); ++next) {
      if (request.open_only() && !next->open) continue;
      if (static_cast<size_t>(response.incidents_size()) == size) {
        response.set_next_page_token(MakePageToken(arguments, last->id.ToString()));
        break;
      }
      TOCSIN_RETURN_IF_ERROR(Fill(caller, next->id, *response.add_incidents()));
      last = &*next;
    }
    return absl::OkStatus();
  }

  Backend& backend_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeIncidentService(Backend& backend) {
  return std::make_unique<IncidentService>(backend);
}

}  // namespace tocsin::rpc
