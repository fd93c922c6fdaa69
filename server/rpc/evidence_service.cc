// Evidence, its chain of custody, and its files.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/domain/evidence.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/convert_evidence.h"
#include "server/rpc/services.h"
#include "server/rpc/streams.h"
#include "tocsin/v1/evidence.grpc.pb.h"

namespace tocsin::rpc {
namespace {

using app::Act;
using Rpc = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

absl::StatusOr<domain::AddEvidence> ToDomain(const v1::AddEvidenceRequest& request) {
  if (request.sha256().size() != sizeof(Digest)) {
    return InvalidArgument("BAD_HASH",
                           absl::StrCat("a SHA-256 has 32 bytes, not ", request.sha256().size()),
                           "Hash the item with SHA-256.");
  }
  domain::AddEvidence command{.name = request.name(),
                              .size = request.size(),
                              .digest = Digest::FromBytes(request.sha256()),
                              .note = request.note(),
                              .from = request.from()};
  TOCSIN_ASSIGN_OR_RETURN(
      command.collect_time,
      OptionalTime("time of collecting", request.has_collect_time(), request.collect_time()));
  return command;
}

class EvidenceService final : public v1::EvidenceService::CallbackService {
 public:
  explicit EvidenceService(Backend& backend) : backend_(backend) {}

  Reactor* AddEvidence(Rpc* rpc, const v1::AddEvidenceRequest* request,
                       v1::AddEvidenceResponse* response) override {
    Mutation mutation{"AddEvidence", Act::kRecord,           &request->incident(),
                      request,       &request->request_id(), response->mutable_result()};
    mutation.convert = [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
      return ToDomain(*request);
    };
    mutation.after = [this, response](const app::Caller& caller, const app::Outcome& outcome) {
      return FillAdded(caller, outcome, *response->mutable_item());
    };
    return Run(backend_, rpc, std::move(mutation));
  }

  Reactor* MoveEvidence(Rpc* rpc, const v1::MoveEvidenceRequest* request,
                        v1::WriteResult* response) override {
    return Mutate(
        backend_, rpc, "MoveEvidence", Act::kRecord, request, response,
        [this, request](const app::Caller& caller) { return ReadMove(caller, *request); });
  }

  Reactor* ListEvidence(Rpc* rpc, const v1::ListEvidenceRequest* request,
                        v1::ListEvidenceResponse* response) override {
    return Read(backend_, rpc, "ListEvidence", Act::kRead, &request->incident(),
                [this, response](const ReadCall& call) { return List(call, *response); });
  }

  Reactor* GetEvidence(Rpc* rpc, const v1::GetEvidenceRequest* request,
                       v1::EvidenceItem* response) override {
    return Read(backend_, rpc, "GetEvidence", Act::kRead, &request->incident(),
                [this, request, response](const ReadCall& call) {
                  return Get(call, request->item(), *response);
                });
  }

  Reactor* GetUpload(Rpc* rpc, const v1::GetUploadRequest* request, v1::Upload* response) override {
    return Read(backend_, rpc, "GetUpload", Act::kRecord, &request->incident(),
                [this, request, response](const ReadCall& call) {
                  return GetUpload(call, request->item(), *response);
                });
  }

  grpc::ServerReadReactor<v1::UploadEvidenceRequest>* UploadEvidence(
      Rpc* rpc, v1::UploadEvidenceResponse* response) override {
    return StartUploadStream(backend_, rpc, response);
  }

  grpc::ServerWriteReactor<v1::RetrieveEvidenceResponse>* RetrieveEvidence(
      Rpc* rpc, const v1::RetrieveEvidenceRequest* request) override {
    return StartRetrieveStream(backend_, rpc, request);
  }

 private:
  absl::Status GetUpload(const ReadCall& call, const std::string& name, v1::Upload& out) const {
    TOCSIN_ASSIGN_OR_RETURN(
        const app::UploadState state,
        backend_.evidence.StateOf({call.caller.org, call.incident, LastPart(name)}));
    out.set_stored(state.stored);
    out.set_sequence(state.sequence);
    out.set_offset(state.offset);
    out.set_size(state.size);
    out.set_under_way(state.under_way);
    if (!state.stored) out.set_chunk_bytes(ledger::kFileChunkBytes);
    return absl::OkStatus();
  }

  absl::StatusOr<AnyCommand> ReadMove(const app::Caller& caller,
                                      const v1::MoveEvidenceRequest& request) const {
    domain::MoveEvidence command{.item = LastPart(request.item()), .because = request.because()};
    switch (request.custody()) {
      case v1::CUSTODY_TRANSFERRED:
        command.custody = domain::Custody::kTransferred;
        break;
      case v1::CUSTODY_RETURNED:
        command.custody = domain::Custody::kReturned;
        break;
      default:
        return InvalidArgument("UNKNOWN_VALUE", "the step of custody is none",
                               "One of: transferred, returned.");
    }
    if (absl::StartsWith(request.to(), "@")) {
      TOCSIN_ASSIGN_OR_RETURN(command.principal,
                              backend_.catalog.RequireHandle(caller.org, request.to()));
    } else {
      command.to = request.to();
    }
    TOCSIN_ASSIGN_OR_RETURN(
        command.move_time,
        OptionalTime("time of the move", request.has_move_time(), request.move_time()));
    return command;
  }

  // The item of a repeated request too: found by the entry that added it.
  absl::Status FillAdded(const app::Caller& caller, const app::Outcome& outcome,
                         v1::EvidenceItem& out) const {
    TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Incident> incident,
                            backend_.catalog.Snapshot(caller.org, outcome.incident));
    for (const auto& item : incident->evidence) {
      const uint64_t sequence = item->custody.front().meta.sequence;
      if (sequence < outcome.first_sequence || sequence > outcome.last_sequence) continue;
      out = ToProto(*incident, *item, CustodySteps::kAll, backend_.HandlesOf(caller.org));
    }
    return absl::OkStatus();
  }

  absl::Status List(const ReadCall& call, v1::ListEvidenceResponse& response) const {
    TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Incident> incident,
                            backend_.catalog.Snapshot(call.caller.org, call.incident));
    const domain::HandleOf handle_of = backend_.HandlesOf(call.caller.org);
    for (const auto& item : incident->evidence) {
      *response.add_items() = ToProto(*incident, *item, CustodySteps::kEnds, handle_of);
    }
    return absl::OkStatus();
  }

  absl::Status Get(const ReadCall& call, const std::string& name, v1::EvidenceItem& out) const {
    TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Incident> incident,
                            backend_.catalog.Snapshot(call.caller.org, call.incident));
    const domain::EvidenceItem* item = domain::FindEvidence(*incident, LastPart(name));
    if (item == nullptr) return domain::UnknownEvidence(*incident, LastPart(name));
    out = ToProto(*incident, *item, CustodySteps::kAll, backend_.HandlesOf(call.caller.org));
    return absl::OkStatus();
  }

  Backend& backend_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeEvidenceService(Backend& backend) {
  return std::make_unique<EvidenceService>(backend);
}

}  // namespace tocsin::rpc
