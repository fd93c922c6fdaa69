// Handing a role over, and telling others how things stand.
#include "server/domain/briefing.h"

#include "server/base/status_macros.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/services.h"
#include "tocsin/v1/briefing.grpc.pb.h"

namespace tocsin::rpc {
namespace {

using app::Act;
using Rpc = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

constexpr size_t kReadPage = 1000;

// To lead the response somebody needs the right to, however they came by the role.
absl::Status MayHold(const app::Caller& caller, IncidentRole role) {
  const bool leads = role == IncidentRole::kCommander || role == IncidentRole::kDeputy;
  return leads ? app::Authorise(caller, Act::kDirect, nullptr) : absl::OkStatus();
}

class BriefingService final : public v1::BriefingService::CallbackService {
 public:
  explicit BriefingService(Backend& backend) : backend_(backend) {}

  Reactor* DraftHandover(Rpc* rpc, const v1::DraftHandoverRequest* request,
                         v1::DraftHandoverResponse* response) override {
    return Read(backend_, rpc, "DraftHandover", Act::kRead, &request->incident(),
                [this, response](const ReadCall& call) {
                  const OrgNumber org = call.caller.org;
                  TOCSIN_ASSIGN_OR_RETURN(const domain::Incident incident,
                                          backend_.catalog.Get(org, call.incident));
                  TOCSIN_ASSIGN_OR_RETURN(const domain::Notes notes, NotesOf(org, incident));
                  response->set_brief(domain::HandoverBrief(
                      incident, notes, domain::TimeIn(incident, backend_.clock.Now()),
                      backend_.HandlesOf(org)));
                  return absl::OkStatus();
                });
  }

  Reactor* OfferHandover(Rpc* rpc, const v1::OfferHandoverRequest* request,
                         v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "OfferHandover", Act::kRecord, request, response,
                  [this, request](const app::Caller& caller) -> absl::StatusOr<AnyCommand> {
                    TOCSIN_ASSIGN_OR_RETURN(const IncidentRole role, ToDomain(request->role()));
                    TOCSIN_ASSIGN_OR_RETURN(
                        const PrincipalId to,
                        backend_.catalog.RequireHandle(caller.org, request->handle()));
                    return domain::OfferHandover{role, to, request->brief()};
                  });
  }

  Reactor* AnswerHandover(Rpc* rpc, const v1::AnswerHandoverRequest* request,
                          v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "AnswerHandover", Act::kRecord, request, response,
                  [request](const app::Caller& caller) -> absl::StatusOr<AnyCommand> {
                    TOCSIN_ASSIGN_OR_RETURN(const IncidentRole role, ToDomain(request->role()));
                    if (request->accept()) TOCSIN_RETURN_IF_ERROR(MayHold(caller, role));
                    return domain::AnswerHandover{role, request->accept(), request->because()};
                  });
  }

  Reactor* DraftSituationReport(Rpc* rpc, const v1::DraftSituationReportRequest* request,
                                v1::DraftSituationReportResponse* response) override {
    return Read(backend_, rpc, "DraftSituationReport", Act::kRead, &request->incident(),
                [this, request, response](const ReadCall& call) {
                  TOCSIN_ASSIGN_OR_RETURN(const Audience audience, ToDomain(request->audience()));
                  return Draft(call, audience, *response);
                });
  }

  Reactor* SendSituationReport(Rpc* rpc, const v1::SendSituationReportRequest* request,
                               v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "SendSituationReport", Act::kRecord, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    TOCSIN_ASSIGN_OR_RETURN(const Audience audience, ToDomain(request->audience()));
                    return domain::SendSituationReport{audience, request->conditions(),
                                                       request->actions(), request->needs()};
                  });
  }

 private:
  // All notes up to what the incident's state knows.
  absl::StatusOr<domain::Notes> NotesOf(OrgNumber org, const domain::Incident& incident) const {
    domain::Notes notes;
    for (uint64_t after = 0; after < incident.last_sequence;) {
      TOCSIN_ASSIGN_OR_RETURN(const std::vector<store::StoredEntry> page,
                              backend_.database.ReadEntries(org, incident.id, after, kReadPage));
      if (page.empty()) break;
      for (const store::StoredEntry& entry : page) {
        const ledger::EntryRecord& record = entry.record;
        notes.Add({record.incident_sequence, record.actor, record.record_time}, entry.pending,
                  record.tlp);
      }
      after = page.back().record.incident_sequence;
    }
    return notes;
  }

  absl::Status Draft(const ReadCall& call, Audience audience,
                     v1::DraftSituationReportResponse& response) const {
    TOCSIN_ASSIGN_OR_RETURN(const domain::Incident incident,
                            backend_.catalog.Get(call.caller.org, call.incident));
    TOCSIN_ASSIGN_OR_RETURN(const domain::Notes notes, NotesOf(call.caller.org, incident));
    const domain::SituationDraft draft = domain::DraftSituation(
        incident, audience, notes, domain::TimeIn(incident, backend_.clock.Now()));
    response.set_conditions(draft.conditions);
    response.set_actions(draft.actions);
    response.set_needs(draft.needs);
    response.set_since_sequence(draft.since_sequence);
    response.set_withheld_count(draft.withheld);
    response.set_left_out_count(draft.left_out);
    response.set_tlp(ToProto(domain::CeilingOf(incident, audience)));
    return absl::OkStatus();
  }

  Backend& backend_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeBriefingService(Backend& backend) {
  return std::make_unique<BriefingService>(backend);
}

}  // namespace tocsin::rpc
