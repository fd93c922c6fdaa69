// The moment of awareness: what counts, what waits, and the gap to the detection.
#include <vector>

#include "server/base/status_macros.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/services.h"
#include "tocsin/v1/awareness.grpc.pb.h"

namespace tocsin::rpc {
namespace {

using app::Act;
using Rpc = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class AwarenessService final : public v1::AwarenessService::CallbackService {
 public:
  explicit AwarenessService(Backend& backend) : backend_(backend) {}

  Reactor* DecideAwareness(Rpc* rpc, const v1::DecideAwarenessRequest* request,
                           v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "DecideAwareness", Act::kFile, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    return domain::DecideAwareness{request->sequence(), request->approved(),
                                                   request->because()};
                  });
  }

  Reactor* ListAwareness(Rpc* rpc, const v1::ListAwarenessRequest* request,
                         v1::ListAwarenessResponse* response) override {
    const std::string* incident = request->incident().empty() ? nullptr : &request->incident();
    return Read(backend_, rpc, "ListAwareness", Act::kRead, incident,
                [this, response](const ReadCall& call) { return List(call, *response); });
  }

 private:
  absl::Status List(const ReadCall& call, v1::ListAwarenessResponse& response) const {
    const absl::Time now = backend_.clock.Now();
    absl::Time server_time = now;
    for (const IncidentId& id : backend_.IncidentsOf(call.caller, call.incident)) {
      TOCSIN_ASSIGN_OR_RETURN(const auto incident, backend_.catalog.Snapshot(call.caller.org, id));
      // Of one incident the clock that counts there.
      if (!call.incident.empty()) server_time = domain::TimeIn(*incident, now);
      v1::Awareness awareness = AwarenessOf(*incident, domain::TimeIn(*incident, now),
                                            backend_.HandlesOf(call.caller.org));
      const bool says_something = awareness.has_counting() || awareness.gap_seconds() > 0;
      if (says_something) *response.add_awareness() = std::move(awareness);
    }
    *response.mutable_server_time() = ToProto(server_time);
    return absl::OkStatus();
  }

  Backend& backend_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAwarenessService(Backend& backend) {
  return std::make_unique<AwarenessService>(backend);
}

}  // namespace tocsin::rpc
