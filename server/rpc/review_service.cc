// The post-incident review.
#include "server/base/status_macros.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/services.h"
#include "tocsin/v1/review.grpc.pb.h"

namespace tocsin::rpc {
namespace {

using app::Act;
using Rpc = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class ReviewService final : public v1::ReviewService::CallbackService {
 public:
  explicit ReviewService(Backend& backend) : backend_(backend) {}

  Reactor* OpenReview(Rpc* rpc, const v1::OpenReviewRequest* request,
                      v1::WriteResult* response) override {
    return Mutate(
        backend_, rpc, "OpenReview", Act::kRecord, request, response,
        [](const app::Caller&) -> absl::StatusOr<AnyCommand> { return domain::OpenReview{}; });
  }

  Reactor* AddFinding(Rpc* rpc, const v1::AddFindingRequest* request,
                      v1::WriteResult* response) override {
    return Mutate(
        backend_, rpc, "AddFinding", Act::kRecord, request, response,
        [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
          TOCSIN_ASSIGN_OR_RETURN(const FindingKind kind, ToDomain(request->kind()));
          return domain::AddFinding{kind, request->text(), ToAttributes(request->attributes())};
        });
  }

  Reactor* AddActionItem(Rpc* rpc, const v1::AddActionItemRequest* request,
                         v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "AddActionItem", Act::kRecord, request, response,
                  [this, request](const app::Caller& caller) -> absl::StatusOr<AnyCommand> {
                    TOCSIN_ASSIGN_OR_RETURN(
                        const PrincipalId owner,
                        backend_.catalog.RequireHandle(caller.org, request->owner()));
                    TOCSIN_ASSIGN_OR_RETURN(
                        const absl::Time due,
                        RequiredTime("due time", request->has_due_time(), request->due_time()));
                    return domain::AddActionItem{request->text(), owner, due};
                  });
  }

  Reactor* CompleteActionItem(Rpc* rpc, const v1::CompleteActionItemRequest* request,
                              v1::WriteResult* response) override {
    return Mutate(
        backend_, rpc, "CompleteActionItem", Act::kRecord, request, response,
        [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
          return domain::CompleteActionItem{LastPart(request->action_item()), request->evidence()};
        });
  }

  Reactor* PublishReview(Rpc* rpc, const v1::PublishReviewRequest* request,
                         v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "PublishReview", Act::kDirect, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    return domain::PublishReview{request->summary()};
                  });
  }

  Reactor* GetReview(Rpc* rpc, const v1::GetReviewRequest* request, v1::Review* response) override {
    return Read(backend_, rpc, "GetReview", Act::kRead, &request->incident(),
                [this, response](const ReadCall& call) {
                  TOCSIN_ASSIGN_OR_RETURN(const domain::Incident incident,
                                          backend_.catalog.Get(call.caller.org, call.incident));
                  *response = ToProto(incident.review, backend_.HandlesOf(call.caller.org));
                  return absl::OkStatus();
                });
  }

 private:
  Backend& backend_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeReviewService(Backend& backend) {
  return std::make_unique<ReviewService>(backend);
}

}  // namespace tocsin::rpc
