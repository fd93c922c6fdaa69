#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/streams.h"
#include "server/runtime/log.h"
#include "server/runtime/mutex.h"

namespace tocsin::rpc {
namespace {

// What one stream may have waiting for the disk. Reading stops there and goes on at half of it.
constexpr size_t kInFlightMax = 256;

class RecordStream final : public grpc::ServerReadReactor<v1::RecordEntryRequest> {
 public:
  RecordStream(Backend& backend, grpc::CallbackServerContext* rpc,
               v1::RecordEntriesResponse* response)
      : backend_(backend), response_(response) {
    absl::StatusOr<app::Caller> caller = AuthenticateCall(backend_, *rpc);
    if (!caller.ok()) {
      ended_ = true;
      End(Verdict(caller.status()));
      return;
    }
    caller_ = *std::move(caller);
    StartRead(&message_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      End(Note([&]() TOCSIN_REQUIRES(mutex_) { read_all_ = true; }));
      return;
    }
    absl::StatusOr<app::Request> request = Convert();
    if (!request.ok()) {
      End(Note([&]() TOCSIN_REQUIRES(mutex_) {
        if (!error_) error_ = request.status();
      }));
      return;
    }
    last_incident_ = message_.incident();
    {
      runtime::MutexLock lock(mutex_);
      ++in_flight_;
    }
    backend_.processor.Submit(*std::move(request), [this](absl::StatusOr<app::Outcome> outcome) {
      OnOutcome(std::move(outcome));
    });
    {
      runtime::MutexLock lock(mutex_);
      if (error_) return;  // Whoever brings the last outcome ends the stream.
      paused_ = in_flight_ >= kInFlightMax;
      if (paused_) return;
    }
    StartRead(&message_);
  }

  void OnDone() override { delete this; }

 private:
  // Reads message_, which is free for the next one afterwards.
  absl::StatusOr<app::Request> Convert() {
    app::Request request;
    if (!backend_.catalog.IsLive(caller_.token, backend_.clock.Now())) {
      return Error(absl::StatusCode::kUnauthenticated, "TOKEN_REFUSED",
                   "the token is revoked or has expired", "Enrol again: tocsin enrol.");
    }
    TOCSIN_RETURN_IF_ERROR(Admit());
    if (message_.request_id().empty()) {
      return InvalidArgument("BAD_REQUEST_ID", "an entry of the stream has no request id",
                             "Give each entry a UUID of its own, so that a repeated stream writes "
                             "nothing twice.");
    }
    TOCSIN_ASSIGN_OR_RETURN(request.request, ReadRequestId(message_.request_id()));
    TOCSIN_ASSIGN_OR_RETURN(request.command, ToDomain(message_));
    // The same fingerprint as RecordEntry's: an entry that was sent alone may be repeated in a
    // stream.
    request.fingerprint = Fingerprint("RecordEntry", caller_.principal, message_);
    request.org = caller_.org;
    request.incident = incident_;
    request.author = caller_.principal;
    request.auth_context = caller_.auth_context;
    // Only the last one's is sent, and which that is nobody knows yet.
    request.with_receipt = false;
    return request;
  }

  // A stream mostly speaks of one incident: its rights are looked up when the name changes.
  absl::Status Admit() {
    if (!incident_.empty() && message_.incident() == admitted_) return absl::OkStatus();
    TOCSIN_ASSIGN_OR_RETURN(
        incident_, AuthoriseIncident(backend_, caller_, app::Act::kRecord, message_.incident()));
    admitted_ = message_.incident();
    return absl::OkStatus();
  }

  // On the completion thread, in the order of submission.
  void OnOutcome(absl::StatusOr<app::Outcome> outcome) {
    bool resume = false;
    const Ending ending = Note([&]() TOCSIN_REQUIRES(mutex_) {
      --in_flight_;
      if (!outcome.ok()) {
        if (!error_) error_ = outcome.status();
        return;
      }
      ++entries_;
      if (outcome->repeated) ++repeated_;
      last_ = *std::move(outcome);
      resume = paused_ && !error_ && in_flight_ <= kInFlightMax / 2;
      if (resume) paused_ = false;
    });
    // While a read is to come or the stream goes on, nobody ends it: `this` is there as long as it
    // is used.
    if (resume) return StartRead(&message_);
    End(ending);
  }

  // How the stream ends, if it does now.
  using Ending = std::optional<grpc::Status>;

  // Makes a change and sees whether the stream is over: nothing is in flight, and all was read or
  // something was refused.
  template <typename Change>
  Ending Note(Change change) {
    runtime::MutexLock lock(mutex_);
    change();
    if (ended_ || in_flight_ > 0 || (!read_all_ && !error_)) return std::nullopt;
    ended_ = true;
    if (error_) return Verdict(*error_);
    response_->set_entry_count(entries_);
    response_->set_repeated_count(repeated_);
    return Verdict(absl::OkStatus());
  }

  Ending Verdict(const absl::Status& status) const {
    const grpc::Status answer = ToGrpc(status);
    LogAccess("RecordEntries", answer, start_, caller_.principal.empty() ? nullptr : &caller_);
    return answer;
  }

  // Without the lock and as the last thing: `this` may be gone on return.
  void End(const Ending& ending) {
    if (!ending) return;
    if (!ending->ok() || !last_) return Finish(*ending);
    // The receipt is read from the store, which is not for the completion thread.
    auto finish = [this] {
      FillLast(*last_);
      Finish(grpc::Status::OK);
    };
    if (!backend_.read_pool.SubmitNext(finish)) finish();
  }

  void FillLast(app::Outcome& last) {
    absl::StatusOr<ledger::Receipt> receipt =
        backend_.database.MakeReceipt(caller_.org, last.last_log_index);
    if (receipt.ok()) {
      last.receipt = *std::move(receipt);
    } else {
      // The entries are durable; only the proof cannot be made now.
      runtime::Log(runtime::LogLevel::kError, "receipt.failed",
                   {{"reason", ReasonOf(receipt.status())}});
    }
    FillResult(last, IncidentNumber(last_incident_), *response_->mutable_last());
  }

  Backend& backend_;
  v1::RecordEntriesResponse* const response_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  app::Caller caller_;

  // Of the reading side, one callback at a time.
  v1::RecordEntryRequest message_;
  std::string admitted_;
  IncidentId incident_;

  runtime::Mutex mutex_;
  size_t in_flight_ TOCSIN_GUARDED_BY(mutex_) = 0;
  bool read_all_ TOCSIN_GUARDED_BY(mutex_) = false;
  bool paused_ TOCSIN_GUARDED_BY(mutex_) = false;
  bool ended_ TOCSIN_GUARDED_BY(mutex_) = false;
  uint64_t entries_ TOCSIN_GUARDED_BY(mutex_) = 0;
  uint64_t repeated_ TOCSIN_GUARDED_BY(mutex_) = 0;
  std::optional<absl::Status> error_ TOCSIN_GUARDED_BY(mutex_);
  // Written by outcomes, which come one at a time, and read when nothing is in flight.
  std::optional<app::Outcome> last_;
  // Written before the submission, read when nothing is in flight.
  std::string last_incident_;
};

}  // namespace

grpc::ServerReadReactor<v1::RecordEntryRequest>* StartRecordStream(
    Backend& backend, grpc::CallbackServerContext* rpc, v1::RecordEntriesResponse* response) {
  return new RecordStream(backend, rpc, response);
}

}  // namespace tocsin::rpc
