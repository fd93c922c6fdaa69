// Playbooks and their runs.
#include "server/base/status_macros.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/services.h"
#include "tocsin/v1/playbook.grpc.pb.h"

namespace tocsin::rpc {
namespace {

using app::Act;
using Rpc = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class PlaybookService final : public v1::PlaybookService::CallbackService {
 public:
  explicit PlaybookService(Backend& backend) : backend_(backend) {}

  Reactor* ListPlaybooks(Rpc* rpc, const v1::ListPlaybooksRequest*,
                         v1::ListPlaybooksResponse* response) override {
    return Read(backend_, rpc, "ListPlaybooks", Act::kRead, nullptr,
                [this, response](const ReadCall&) {
                  for (const auto& playbook : backend_.library.Playbooks()) {
                    v1::Playbook& entry = *response->add_playbooks();
                    entry = ToProto(playbook->definition);
                    // The list is for choosing; GetPlaybook has the words of every step.
                    for (auto& step : *entry.mutable_steps()) step.clear_instructions();
                  }
                  return absl::OkStatus();
                });
  }

  Reactor* GetPlaybook(Rpc* rpc, const v1::GetPlaybookRequest* request,
                       v1::Playbook* response) override {
    return Read(backend_, rpc, "GetPlaybook", Act::kRead, nullptr,
                [this, request, response](const ReadCall&) {
                  TOCSIN_ASSIGN_OR_RETURN(const auto playbook,
                                          backend_.library.Playbook(LastPart(request->name())));
                  *response = ToProto(playbook->definition);
                  return absl::OkStatus();
                });
  }

  Reactor* ValidatePlaybook(Rpc* rpc, const v1::ValidatePlaybookRequest* request,
                            v1::Playbook* response) override {
    return Read(backend_, rpc, "ValidatePlaybook", Act::kRead, nullptr,
                [request, response](const ReadCall&) {
                  const std::string name =
                      request->file_name().empty() ? "playbook" : request->file_name();
                  TOCSIN_ASSIGN_OR_RETURN(const domain::PinnedDefinition read,
                                          app::Library::ReadDefinition(name, request->content()));
                  *response = ToProto(read.definition);
                  return absl::OkStatus();
                });
  }

  Reactor* StartRun(Rpc* rpc, const v1::StartRunRequest* request,
                    v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "StartRun", Act::kDirect, request, response,
                  [this, request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    TOCSIN_ASSIGN_OR_RETURN(
                        const auto playbook,
                        backend_.library.Playbook(LastPart(request->playbook())));
                    return domain::StartRun{playbook};
                  });
  }

  Reactor* CompleteStep(Rpc* rpc, const v1::CompleteStepRequest* request,
                        v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "CompleteStep", Act::kRecord, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    return domain::CompleteStep{LastPart(request->run()), request->step(),
                                                request->evidence()};
                  });
  }

  Reactor* SkipStep(Rpc* rpc, const v1::SkipStepRequest* request,
                    v1::WriteResult* response) override {
    return Mutate(
        backend_, rpc, "SkipStep", Act::kRecord, request, response,
        [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
          return domain::SkipStep{LastPart(request->run()), request->step(), request->because()};
        });
  }

  Reactor* AssignStep(Rpc* rpc, const v1::AssignStepRequest* request,
                      v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "AssignStep", Act::kRecord, request, response,
                  [this, request](const app::Caller& caller) -> absl::StatusOr<AnyCommand> {
                    TOCSIN_ASSIGN_OR_RETURN(
                        const PrincipalId person,
                        backend_.catalog.RequireHandle(caller.org, request->handle()));
                    return domain::AssignStep{LastPart(request->run()), request->step(), person};
                  });
  }

  Reactor* ListRuns(Rpc* rpc, const v1::ListRunsRequest* request,
                    v1::ListRunsResponse* response) override {
    return Read(backend_, rpc, "ListRuns", Act::kRead, &request->incident(),
                [this, response](const ReadCall& call) {
                  TOCSIN_ASSIGN_OR_RETURN(const domain::Incident incident,
                                          backend_.catalog.Get(call.caller.org, call.incident));
                  for (const playbook::Run& run : incident.runs) {
                    *response->add_runs() =
                        ToProto(incident, run, backend_.HandlesOf(call.caller.org));
                  }
                  return absl::OkStatus();
                });
  }

 private:
  Backend& backend_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakePlaybookService(Backend& backend) {
  return std::make_unique<PlaybookService>(backend);
}

}  // namespace tocsin::rpc
