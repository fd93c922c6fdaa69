#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/convert_evidence.h"
#include "server/rpc/streams.h"

namespace tocsin::rpc {
namespace {

// One thing happens at a time: a message being read, a step on the file pool, or the commit; each
// starts the next. So nothing here needs a lock, and whoever is at work keeps the object alive,
// because only it can end the stream.
class UploadStream final : public grpc::ServerReadReactor<v1::UploadEvidenceRequest> {
 public:
  UploadStream(Backend& backend, grpc::CallbackServerContext* rpc,
               v1::UploadEvidenceResponse* response)
      : backend_(backend), rpc_(rpc), response_(response) {
    absl::StatusOr<app::Caller> caller = AuthenticateCall(backend_, *rpc_);
    if (!caller.ok()) {
      End(caller.status());
      return;
    }
    caller_ = *std::move(caller);
    known_ = true;
    StartRead(&message_);
  }

  void OnReadDone(bool ok) override {
    if (rpc_->IsCancelled()) return End(Gone());
    if (ok && !begun_) return Queue([this] { return Begin(); });
    if (ok) return Queue([this] { return Take(); });
    if (!begun_) return End(NoStart());
    Queue([this] { return Complete(); });
  }
  void OnDone() override { delete this; }

 private:
  static absl::Status Gone() { return absl::CancelledError("the client has gone"); }
  static absl::Status NoStart() {
    return InvalidArgument("NO_START", "the first message does not say which file this is",
                           "Begin with the item; the bytes follow.");
  }

  // A step on the pool, which starts what comes after it. The last thing of its caller.
  template <typename Step>
  void Queue(Step step) {
    const bool queued = backend_.file_pool.SubmitNext([this, step] {
      if (rpc_->IsCancelled()) return End(Gone());
      if (const absl::Status status = step(); !status.ok()) End(status);
    });
    if (!queued) {
      End(Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the server is stopping",
                "Upload again when it is back; it goes on where it was."));
    }
  }

  absl::Status Begin() {
    begun_ = true;
    if (!message_.has_start()) return NoStart();
    v1::UploadEvidenceRequest::Start start = message_.start();
    TOCSIN_ASSIGN_OR_RETURN(
        name_.incident, AuthoriseIncident(backend_, caller_, app::Act::kRecord, start.incident()));
    name_.org = caller_.org;
    name_.item = LastPart(start.item());
    TOCSIN_ASSIGN_OR_RETURN(request_, ReadRequestId(start.request_id()));
    const uint64_t offset = start.offset();
    // Going on is the same request.
    start.clear_offset();
    fingerprint_ = Fingerprint("UploadEvidence", caller_.principal, start);
    absl::StatusOr<std::unique_ptr<store::EvidenceWriter>> writer =
        backend_.evidence.Begin(name_, offset, start.size());
    if (absl::IsAlreadyExists(writer.status())) {
      // By this very request, perhaps: then the record has the answer.
      Submit(domain::StoreEvidence{name_.item, start.size(), Digest{}});
      return absl::OkStatus();
    }
    if (!writer.ok()) return writer.status();
    writer_ = *std::move(writer);
    Check();
    return absl::OkStatus();
  }

  // What is there from before, a few pieces at a time.
  void Check() {
    if (writer_->ready()) return StartRead(&message_);
    Queue([this] {
      TOCSIN_RETURN_IF_ERROR(writer_->CheckNext());
      Check();
      return absl::OkStatus();
    });
  }

  absl::Status Take() {
    if (message_.part_case() != v1::UploadEvidenceRequest::kData) {
      return InvalidArgument("BAD_CHUNK", "a message of the stream has no bytes",
                             "Begin with the item; the bytes follow.");
    }
    if (!backend_.catalog.IsLive(caller_.token, backend_.clock.Now())) {
      return Error(absl::StatusCode::kUnauthenticated, "TOKEN_REFUSED",
                   "the token is revoked or has expired", "Enrol again: tocsin enrol.");
    }
    TOCSIN_RETURN_IF_ERROR(writer_->Append(message_.data()));
    StartRead(&message_);
    return absl::OkStatus();
  }

  absl::Status Complete() {
    TOCSIN_ASSIGN_OR_RETURN(domain::StoreEvidence command,
                            backend_.evidence.Complete(name_, *writer_));
    Submit(std::move(command));
    return absl::OkStatus();
  }

  void Submit(domain::StoreEvidence command) {
    app::Request request;
    request.org = caller_.org;
    request.incident = name_.incident;
    request.request = request_;
    request.fingerprint = fingerprint_;
    request.author = caller_.principal;
    request.auth_context = caller_.auth_context;
    request.command = std::move(command);
    backend_.processor.Submit(std::move(request), [this](absl::StatusOr<app::Outcome> outcome) {
      if (!outcome.ok()) return End(outcome.status());
      outcome_ = *std::move(outcome);
      Queue([this] {
        TOCSIN_RETURN_IF_ERROR(Answer());
        End(absl::OkStatus());
        return absl::OkStatus();
      });
    });
  }

  absl::Status Answer() {
    TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Incident> incident,
                            backend_.catalog.Snapshot(caller_.org, outcome_.incident));
    FillResult(outcome_, incident->number, *response_->mutable_result());
    if (const domain::EvidenceItem* item = domain::FindEvidence(*incident, name_.item)) {
      *response_->mutable_item() =
          ToProto(*incident, *item, CustodySteps::kAll, backend_.HandlesOf(caller_.org));
    }
    return absl::OkStatus();
  }

  // The last thing: `this` may be gone on return.
  void End(const absl::Status& status) {
    // Whoever hears the end may go on at once.
    writer_.reset();
    const grpc::Status answer = ToGrpc(status);
    LogAccess("UploadEvidence", answer, start_, known_ ? &caller_ : nullptr);
    Finish(answer);
  }

  Backend& backend_;
  grpc::CallbackServerContext* const rpc_;
  v1::UploadEvidenceResponse* const response_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  app::Caller caller_;
  bool known_ = false;
  bool begun_ = false;
  v1::UploadEvidenceRequest message_;
  app::EvidenceName name_;
  RequestId request_;
  Digest fingerprint_;
  std::unique_ptr<store::EvidenceWriter> writer_;
  app::Outcome outcome_;
};

}  // namespace

grpc::ServerReadReactor<v1::UploadEvidenceRequest>* StartUploadStream(
    Backend& backend, grpc::CallbackServerContext* rpc, v1::UploadEvidenceResponse* response) {
  return new UploadStream(backend, rpc, response);
}

}  // namespace tocsin::rpc
