#include <grpcpp/impl/codegen/proto_utils.h>

#include <memory>
#include <string>
#include <utility>

#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/streams.h"
#include "server/rpc/watch_hub.h"

namespace tocsin::rpc {
namespace {

class WatchStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer>, public WatchSink {
 public:
  WatchStream(Backend& backend, grpc::CallbackServerContext* rpc, const grpc::ByteBuffer* request)
      : backend_(backend) {
    absl::StatusOr<WatchRequest> watch = Admit(*rpc, *request);
    if (!watch.ok()) {
      End(watch.status());
      return;
    }
    absl::StatusOr<std::shared_ptr<Watcher>> added =
        backend_.watch_hub.Add(*std::move(watch), this);
    if (!added.ok()) {
      End(added.status());
      return;
    }
    watcher_ = *std::move(added);
  }

  // The hub calls these two under the watcher's lock; Remove, before this object goes, waits for
  // it.
  void Send(const WatchMessage& message) override {
    const grpc::Slice slice(message->data(), message->size());
    buffer_ = grpc::ByteBuffer(&slice, 1);
    StartWrite(&buffer_);
  }
  void End(const absl::Status& status) override {
    const grpc::Status answer = ToGrpc(status);
    LogAccess("WatchEntries", answer, start_, caller_.principal.empty() ? nullptr : &caller_);
    Finish(answer);
  }

  void OnWriteDone(bool ok) override { backend_.watch_hub.OnSent(watcher_, ok); }
  void OnCancel() override {
    if (watcher_) backend_.watch_hub.End(watcher_, absl::CancelledError("the client has gone"));
  }
  void OnDone() override {
    if (watcher_) backend_.watch_hub.Remove(watcher_);
    delete this;
  }

 private:
  absl::StatusOr<WatchRequest> Admit(const grpc::CallbackServerContext& rpc,
                                     const grpc::ByteBuffer& bytes) {
    WatchRequest watch;
    TOCSIN_ASSIGN_OR_RETURN(caller_, AuthenticateCall(backend_, rpc));
    watch.caller = caller_;
    v1::WatchEntriesRequest request;
    grpc::ByteBuffer copy(bytes);
    if (!grpc::SerializationTraits<v1::WatchEntriesRequest>::Deserialize(&copy, &request).ok()) {
      return InvalidArgument("BAD_REQUEST", "the request cannot be read",
                             "Use a client of the same release.");
    }
    watch.only_new = request.only_new();
    if (request.incident().empty()) {
      TOCSIN_RETURN_IF_ERROR(app::Authorise(caller_, app::Act::kRead, nullptr));
      watch.after = request.after_log_size();
      return watch;
    }
    TOCSIN_ASSIGN_OR_RETURN(
        watch.incident, AuthoriseIncident(backend_, caller_, app::Act::kRead, request.incident()));
    watch.after = request.after_sequence();
    return watch;
  }

  Backend& backend_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  app::Caller caller_;
  std::shared_ptr<Watcher> watcher_;
  grpc::ByteBuffer buffer_;
};

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* StartWatchStream(Backend& backend,
                                                             grpc::CallbackServerContext* rpc,
                                                             const grpc::ByteBuffer* request) {
  return new WatchStream(backend, rpc, request);
}

}  // namespace tocsin::rpc
