#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/convert_evidence.h"
#include "server/rpc/streams.h"

namespace tocsin::rpc {
namespace {

// For so long the entry of a retrieval stands for its going on; what is later is another one.
constexpr absl::Duration kGoesOnFor = absl::Hours(24);

absl::Status TooOld() {
  return FailedPrecondition("REQUEST_TOO_OLD", "this retrieval was recorded more than a day ago",
                            "Begin a new one, with a request id of its own.");
}

// One thing happens at a time, as in UploadStream: the commit, a piece being read, or a message
// being written; each starts the next.
class RetrieveStream final : public grpc::ServerWriteReactor<v1::RetrieveEvidenceResponse> {
 public:
  RetrieveStream(Backend& backend, grpc::CallbackServerContext* rpc,
                 const v1::RetrieveEvidenceRequest* request)
      : backend_(backend), rpc_(rpc), request_(*request) {
    absl::StatusOr<app::Caller> caller = AuthenticateCall(backend_, *rpc_);
    if (!caller.ok()) {
      End(caller.status());
      return;
    }
    caller_ = *std::move(caller);
    known_ = true;
    Queue([this] { return Begin(); });
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return End(absl::CancelledError("the client has gone"));
    if (next_ == reader_->chunks()) return End(absl::OkStatus());
    Queue([this] { return SendNext(); });
  }
  void OnDone() override { delete this; }

 private:
  template <typename Step>
  void Queue(Step step) {
    const bool queued = backend_.file_pool.SubmitNext([this, step] {
      if (rpc_->IsCancelled()) return End(absl::CancelledError("the client has gone"));
      if (const absl::Status status = step(); !status.ok()) End(status);
    });
    if (!queued) {
      End(Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the server is stopping",
                "Get the file again when it is back."));
    }
  }

  // Nothing is recorded of a file that cannot be had.
  absl::Status Begin() {
    TOCSIN_ASSIGN_OR_RETURN(
        const IncidentId incident,
        AuthoriseIncident(backend_, caller_, app::Act::kTakeFile, request_.incident()));
    name_ = {caller_.org, incident, LastPart(request_.item())};
    app::Request command;
    TOCSIN_ASSIGN_OR_RETURN(command.request, ReadRequestId(request_.request_id()));
    TOCSIN_ASSIGN_OR_RETURN(reader_, backend_.evidence.Open(name_));
    next_ = request_.offset() / ledger::kFileChunkBytes;
    if (request_.offset() % ledger::kFileChunkBytes != 0 || next_ > reader_->chunks()) {
      return InvalidArgument("BAD_OFFSET",
                             absl::StrCat("no piece of the file begins at ", request_.offset()),
                             "Give a multiple of 65536 within the file, or none.");
    }
    // Going on is the same request.
    request_.clear_offset();
    command.fingerprint = Fingerprint("RetrieveEvidence", caller_.principal, request_);
    command.org = caller_.org;
    command.incident = incident;
    command.author = caller_.principal;
    command.auth_context = caller_.auth_context;
    command.command = domain::RetrieveEvidence{name_.item};
    backend_.processor.Submit(std::move(command), [this](absl::StatusOr<app::Outcome> outcome) {
      if (!outcome.ok()) return End(outcome.status());
      outcome_ = *std::move(outcome);
      if (outcome_.repeated && backend_.clock.Now() - outcome_.record_time > kGoesOnFor) {
        return End(TooOld());
      }
      Queue([this] { return SendStart(); });
    });
    return absl::OkStatus();
  }

  absl::Status SendStart() {
    TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Incident> incident,
                            backend_.catalog.Snapshot(caller_.org, outcome_.incident));
    v1::RetrieveEvidenceResponse::Start& start = *message_.mutable_start();
    FillResult(outcome_, incident->number, *start.mutable_result());
    if (const domain::EvidenceItem* item = domain::FindEvidence(*incident, name_.item)) {
      *start.mutable_item() =
          ToProto(*incident, *item, CustodySteps::kAll, backend_.HandlesOf(caller_.org));
    }
    StartWrite(&message_);
    return absl::OkStatus();
  }

  absl::Status SendNext() {
    if (!backend_.catalog.IsLive(caller_.token, backend_.clock.Now())) {
      return Error(absl::StatusCode::kUnauthenticated, "TOKEN_REFUSED",
                   "the token is revoked or has expired", "Enrol again: tocsin enrol.");
    }
    TOCSIN_ASSIGN_OR_RETURN(*message_.mutable_data(), reader_->Read(next_));
    ++next_;
    StartWrite(&message_);
    return absl::OkStatus();
  }

  // The last thing: `this` may be gone on return.
  void End(const absl::Status& status) {
    const grpc::Status answer = ToGrpc(status);
    LogAccess("RetrieveEvidence", answer, start_, known_ ? &caller_ : nullptr);
    Finish(answer);
  }

  Backend& backend_;
  grpc::CallbackServerContext* const rpc_;
  v1::RetrieveEvidenceRequest request_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  app::Caller caller_;
  bool known_ = false;
  app::EvidenceName name_;
  app::Outcome outcome_;
  std::unique_ptr<store::EvidenceReader> reader_;
  uint64_t next_ = 0;
  v1::RetrieveEvidenceResponse message_;
};

}  // namespace

grpc::ServerWriteReactor<v1::RetrieveEvidenceResponse>* StartRetrieveStream(
    Backend& backend, grpc::CallbackServerContext* rpc,
    const v1::RetrieveEvidenceRequest* request) {
  return new RetrieveStream(backend, rpc, request);
}

}  // namespace tocsin::rpc
