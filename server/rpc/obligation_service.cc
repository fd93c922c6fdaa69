// Legal duties and their clocks.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/app/regimes.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/domain/explain.h"
#include "server/domain/notification.h"
#include "server/domain/obligations.h"
#include "server/regulation/compute.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/convert_authority.h"
#include "server/rpc/regime_calls.h"
#include "server/rpc/services.h"
#include "server/runtime/zones.h"
#include "tocsin/v1/obligation.grpc.pb.h"

namespace tocsin::rpc {
namespace {

using app::Act;
using Rpc = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class ObligationService final : public v1::ObligationService::CallbackService {
 public:
  explicit ObligationService(Backend& backend) : backend_(backend) {}

  Reactor* RecordAnchor(Rpc* rpc, const v1::RecordAnchorRequest* request,
                        v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "RecordAnchor", Act::kNotify, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    TOCSIN_ASSIGN_OR_RETURN(
                        const absl::Time time,
                        RequiredTime("time", request->has_time(), request->time()));
                    return domain::RecordAnchor{request->anchor(), time, request->because()};
                  });
  }

  Reactor* AssessImpact(Rpc* rpc, const v1::AssessImpactRequest* request,
                        v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "AssessImpact", Act::kNotify, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    return domain::AssessImpact{ToAttributes(request->facts()), request->note()};
                  });
  }

  Reactor* DecideSignificance(Rpc* rpc, const v1::DecideSignificanceRequest* request,
                              v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "DecideSignificance", Act::kNotify, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    return domain::DecideSignificance{request->regime(), request->significant(),
                                                      request->because()};
                  });
  }

  Reactor* AdoptRegime(Rpc* rpc, const v1::AdoptRegimeRequest* request,
                       v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "AdoptRegime", Act::kNotify, request, response,
                  [this, request](const app::Caller& caller) -> absl::StatusOr<AnyCommand> {
                    TOCSIN_ASSIGN_OR_RETURN(domain::AdoptRegime command,
                                            MakeAdoption(backend_, caller, *request));
                    return command;
                  });
  }

  Reactor* CompareRegime(Rpc* rpc, const v1::CompareRegimeRequest* request,
                         v1::CompareRegimeResponse* response) override {
    return Read(backend_, rpc, "CompareRegime", Act::kRead, &request->incident(),
                [this, request, response](const ReadCall& call) {
                  return rpc::CompareRegime(backend_, call, *request, *response);
                });
  }

  Reactor* ListRegimes(Rpc* rpc, const v1::ListRegimesRequest*,
                       v1::ListRegimesResponse* response) override {
    return Read(backend_, rpc, "ListRegimes", Act::kRead, nullptr,
                [this, response](const ReadCall& call) {
                  return rpc::ListRegimes(backend_, call.caller, *response);
                });
  }

  Reactor* ListObligations(Rpc* rpc, const v1::ListObligationsRequest* request,
                           v1::ListObligationsResponse* response) override {
    const std::string* incident = request->incident().empty() ? nullptr : &request->incident();
    return Read(backend_, rpc, "ListObligations", Act::kRead, incident,
                [this, request, response](const ReadCall& call) {
                  return List(call, request->all(), *response);
                });
  }

  Reactor* ExplainObligation(Rpc* rpc, const v1::ExplainObligationRequest* request,
                             v1::ExplainObligationResponse* response) override {
    return Read(backend_, rpc, "ExplainObligation", Act::kRead, &request->incident(),
                [this, request, response](const ReadCall& call) {
                  return ExplainOne(call, LastPart(request->obligation()), *response);
                });
  }

  Reactor* ComputeDeadline(Rpc* rpc, const v1::ComputeDeadlineRequest* request,
                           v1::ComputeDeadlineResponse* response) override {
    return Read(backend_, rpc, "ComputeDeadline", Act::kRead, nullptr,
                [this, request, response](const ReadCall& call) {
                  return Compute(call.caller, *request, *response);
                });
  }

  Reactor* RequestIntermediate(Rpc* rpc, const v1::RequestIntermediateRequest* request,
                               v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "RequestIntermediate", Act::kNotify, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    TOCSIN_ASSIGN_OR_RETURN(
                        const auto time,
                        OptionalTime("time of the request", request->has_request_time(),
                                     request->request_time()));
                    return domain::RequestIntermediate{request->because(), time};
                  });
  }

  Reactor* DraftNotification(Rpc* rpc, const v1::DraftNotificationRequest* request,
                             v1::DraftNotificationResponse* response) override {
    return Run(
        backend_, rpc,
        {.method = "DraftNotification",
         .act = Act::kNotify,
         .incident = &request->incident(),
         .request = request,
         .request_id = &request->request_id(),
         .result = response->mutable_result(),
         .convert = [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
           TOCSIN_ASSIGN_OR_RETURN(const auto format, ToDomain(request->format()));
           return domain::DraftNotification{LastPart(request->stage()),
                                            ToAttributes(request->fields()), request->language(),
                                            format, request->form()};
         },
         .after =
             [this, request, response](const app::Caller& caller, const app::Outcome& outcome) {
               return FillDraft(caller, outcome, request->stage(), *response);
             }});
  }

  Reactor* ApproveNotification(Rpc* rpc, const v1::ApproveNotificationRequest* request,
                               v1::WriteResult* response) override {
    return Mutate(
        backend_, rpc, "ApproveNotification", Act::kFile, request, response,
        [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
          return domain::ApproveNotification{LastPart(request->stage()), request->draft_sequence()};
        });
  }

  Reactor* GetNotification(Rpc* rpc, const v1::GetNotificationRequest* request,
                           v1::NotificationDocument* response) override {
    return Read(backend_, rpc, "GetNotification", Act::kRead, &request->incident(),
                [this, request, response](const ReadCall& call) {
                  return GetDocument(call, request->stage(), *response);
                });
  }

  Reactor* RecordSubmission(Rpc* rpc, const v1::RecordSubmissionRequest* request,
                            v1::WriteResult* response) override {
    return Mutate(
        backend_, rpc, "RecordSubmission", Act::kFile, request, response,
        [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
          TOCSIN_ASSIGN_OR_RETURN(const auto time,
                                  OptionalTime("time of the filing", request->has_submit_time(),
                                               request->submit_time()));
          TOCSIN_ASSIGN_OR_RETURN(const auto receipt,
                                  OptionalReceipt(request->has_receipt(), request->receipt()));
          return domain::RecordSubmission{
              LastPart(request->stage()), time,    request->channel(),       request->reference(),
              request->late_reason(),     receipt, request->draft_sequence()};
        });
  }

  Reactor* RecordAcknowledgement(Rpc* rpc, const v1::RecordAcknowledgementRequest* request,
                                 v1::WriteResult* response) override {
    return Mutate(
        backend_, rpc, "RecordAcknowledgement", Act::kFile, request, response,
        [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
          TOCSIN_ASSIGN_OR_RETURN(const auto time, OptionalTime("time of the acknowledgement",
                                                                request->has_acknowledge_time(),
                                                                request->acknowledge_time()));
          TOCSIN_ASSIGN_OR_RETURN(const auto receipt,
                                  OptionalReceipt(request->has_receipt(), request->receipt()));
          return domain::RecordAcknowledgement{LastPart(request->stage()), time,
                                               request->reference(), receipt};
        });
  }

  Reactor* WaiveObligation(Rpc* rpc, const v1::WaiveObligationRequest* request,
                           v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "WaiveObligation", Act::kFile, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    return domain::WaiveObligation{LastPart(request->stage()), request->because()};
                  });
  }

 private:
  absl::Status List(const ReadCall& call, bool all, v1::ListObligationsResponse& response) const {
    const std::string country = backend_.CountryOf(call.caller.org);
    std::vector<v1::Obligation> obligations;
    const absl::Time now = backend_.clock.Now();
    absl::Time server_time = now;
    for (const IncidentId& id : backend_.IncidentsOf(call.caller, call.incident)) {
      TOCSIN_ASSIGN_OR_RETURN(const domain::Incident incident,
                              backend_.catalog.Get(call.caller.org, id));
      const absl::Time now_in = domain::TimeIn(incident, now);
      // Of one incident the clock that counts there.
      if (!call.incident.empty()) server_time = now_in;
      for (const domain::Obligation& obligation : incident.obligations) {
        v1::Obligation view = ToProto(incident, obligation);
        if (!all && !IsOpen(view)) continue;
        FillAddressees(backend_.library, country, incident, obligation, view);
        if (domain::IsRunningDrill(incident)) *view.mutable_drill_time() = ToProto(now_in);
        obligations.push_back(std::move(view));
      }
    }
    SortByUrgency(obligations);
    for (v1::Obligation& obligation : obligations) {
      *response.add_obligations() = std::move(obligation);
    }
    *response.mutable_server_time() = ToProto(server_time);
    return absl::OkStatus();
  }

  absl::Status ExplainOne(const ReadCall& call, const std::string& id_or_stage,
                          v1::ExplainObligationResponse& response) const {
    const OrgNumber org = call.caller.org;
    TOCSIN_ASSIGN_OR_RETURN(const domain::Incident incident,
                            backend_.catalog.Get(org, call.incident));
    TOCSIN_ASSIGN_OR_RETURN(const domain::Obligation* obligation,
                            domain::RequireObligation(incident, id_or_stage));
    response = Explain(incident, *obligation, backend_.HandlesOf(org));
    FillAddressees(backend_.library, backend_.CountryOf(org), incident, *obligation,
                   *response.mutable_obligation());
    // A pack that the library has no more cannot be adopted anew.
    const domain::Ruling* ruling = domain::RulingOf(incident, *obligation);
    const auto offered =
        ruling == nullptr ? absl::NotFoundError("") : backend_.library.Pack(ruling->pack->pack.id);
    const domain::CommandContext context = backend_.processor.ContextOf(
        org, domain::TimeIn(incident, backend_.clock.Now()), call.caller.principal);
    for (const std::string& sentence :
         domain::WhatWouldMove(incident, *obligation, offered.ok() ? &(*offered)->pack : nullptr,
                               context.now, context.calendar)) {
      response.add_would_move(sentence);
    }
    return absl::OkStatus();
  }

  absl::Status Compute(const app::Caller& caller, const v1::ComputeDeadlineRequest& request,
                       v1::ComputeDeadlineResponse& response) const {
    const app::OrgProfile& profile = backend_.profiles.at(caller.org);
    TOCSIN_ASSIGN_OR_RETURN(const auto regimes,
                            app::RegimesFor(backend_.library, profile, backend_.clock.Now()));
    if (regimes.empty() && (request.regime().empty() || request.entity_kind().empty())) {
      return FailedPrecondition("NO_REGIME", "the organisation is under no regime",
                                "Name the regime and the entity kind.");
    }
    TOCSIN_ASSIGN_OR_RETURN(
        const auto pack,
        backend_.library.Pack(request.regime().empty() ? regimes.front().pack->pack.id
                                                       : request.regime()));
    regulation::StageQuestion question;
    question.stage = request.stage();
    question.entity_kind =
        request.entity_kind().empty() ? regimes.front().entity_kind : request.entity_kind();
    question.events.insert(request.events().begin(), request.events().end());
    question.zone = request.time_zone().empty() ? profile.zone.name : request.time_zone();
    if (!request.holidays().empty()) question.holidays = request.holidays();
    TOCSIN_ASSIGN_OR_RETURN(const std::vector<regulation::Reading> readings,
                            regulation::ComputeStage(pack->pack, question, runtime::LoadZone));
    for (const regulation::Reading& reading : readings) {
      auto& entry = *response.add_readings();
      entry.set_rule(reading.rule);
      if (reading.value) *entry.mutable_time() = ToProto(*reading.value);
      entry.set_arithmetic(reading.arithmetic);
      entry.set_article(reading.article);
    }
    return absl::OkStatus();
  }

  // The draft that this call stored, also when the call was repeated and a later draft has replaced
  // it since.
  absl::Status FillDraft(const app::Caller& caller, const app::Outcome& outcome,
                         const std::string& stage, v1::DraftNotificationResponse& response) const {
    TOCSIN_ASSIGN_OR_RETURN(const domain::Incident incident,
                            backend_.catalog.Get(caller.org, outcome.incident));
    TOCSIN_ASSIGN_OR_RETURN(const domain::Obligation* obligation,
                            domain::RequireObligation(incident, LastPart(stage)));
    TOCSIN_ASSIGN_OR_RETURN(const domain::NotificationDrafted drafted,
                            ReadDraft(caller.org, outcome.incident, outcome.first_sequence));
    for (const domain::DraftField& field : drafted.fields) {
      *response.add_fields() = ToProto(field);
    }
    *response.mutable_document() = ToProto(incident, drafted, outcome.first_sequence);
    for (const domain::Obligation& other : incident.obligations) {
      if (drafted.previous_draft != 0 && other.draft_sequence == drafted.previous_draft) {
        response.set_previous_obligation(other.id);
      }
    }
    for (std::string& note : domain::DraftNotes(*obligation, drafted, backend_.library.Forms())) {
      response.add_notes(std::move(note));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<domain::NotificationDrafted> ReadDraft(OrgNumber org, const IncidentId& incident,
                                                        uint64_t sequence) const {
    TOCSIN_ASSIGN_OR_RETURN(const std::vector<store::StoredEntry> entries,
                            backend_.database.ReadEntries(org, incident, sequence - 1, 1));
    const auto* drafted =
        entries.empty() ? nullptr
                        : std::get_if<domain::NotificationDrafted>(&entries.front().pending.event);
    if (drafted == nullptr) return absl::DataLossError("a draft is not where the record says");
    return *drafted;
  }

  // What was filed; the last draft when nothing was.
  absl::Status GetDocument(const ReadCall& call, const std::string& stage,
                           v1::NotificationDocument& response) const {
    TOCSIN_ASSIGN_OR_RETURN(const domain::Incident incident,
                            backend_.catalog.Get(call.caller.org, call.incident));
    TOCSIN_ASSIGN_OR_RETURN(const domain::Obligation* obligation,
                            domain::RequireObligation(incident, LastPart(stage)));
    TOCSIN_ASSIGN_OR_RETURN(const domain::FiledDocument document,
                            domain::RequireDocument(*obligation));
    const uint64_t sequence = obligation->submission ? obligation->submission->draft_sequence
                                                     : obligation->draft_sequence;
    TOCSIN_ASSIGN_OR_RETURN(const domain::NotificationDrafted drafted,
                            ReadDraft(call.caller.org, call.incident, sequence));
    if (Sha256(drafted.document) != document.digest) {
      return Error(absl::StatusCode::kDataLoss, "DOCUMENT_DAMAGED",
                   absl::StrCat("the document in #", sequence, " is not the one that was filed"),
                   "Export the incident and verify it: tocsin verify.");
    }
    response = ToProto(incident, drafted, sequence);
    response.set_approved(document.approved);
    if (obligation->submission) {
      *response.mutable_submit_time() = ToProto(obligation->submission->submit_time);
    }
    return absl::OkStatus();
  }

  Backend& backend_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeObligationService(Backend& backend) {
  return std::make_unique<ObligationService>(backend);
}

}  // namespace tocsin::rpc
