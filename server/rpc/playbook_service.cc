// Playbooks and their runs.
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/domain/run_facts.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/services.h"
#include "tocsin/v1/playbook.grpc.pb.h"

namespace tocsin::rpc {
namespace {

using app::Act;
using Rpc = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

app::Library::File FileOf(const v1::ValidatePlaybookRequest& request) {
  return {request.file_name().empty() ? "playbook" : request.file_name(), request.content()};
}

std::optional<app::Library::File> TestsOf(const v1::ValidatePlaybookRequest& request) {
  if (request.test_content().empty()) return std::nullopt;
  return app::Library::File{request.test_file_name().empty() ? "tests" : request.test_file_name(),
                            request.test_content()};
}

// Of a response that has problems; the playbook is there when there are none.
template <typename Response>
void FillProblems(const std::vector<absl::Status>& problems, Response& response) {
  for (const absl::Status& status : problems) {
    v1::PlaybookProblem& problem = *response.add_problems();
    problem.set_message(std::string(status.message()));
    problem.set_next_step(NextStepOf(status));
    problem.set_reason(ReasonOf(status));
  }
}

void FillLinted(const app::Library::Linted& linted, v1::ValidatePlaybookResponse& response) {
  if (linted.definition) *response.mutable_playbook() = ToProto(*linted.definition);
  response.set_tests(static_cast<uint32_t>(linted.tests));
  FillProblems(linted.problems, response);
}

void FillImported(const app::Library::Imported& imported, v1::ImportPlaybookResponse& response) {
  if (imported.definition) *response.mutable_playbook() = ToProto(*imported.definition);
  response.set_content(imported.yaml);
  FillProblems(imported.problems, response);
}

absl::Status CheckFormat(const std::string& format) {
  if (format == "cacao") return absl::OkStatus();
  return InvalidArgument("UNKNOWN_FORMAT", "There is no such format of playbooks",
                         "Ask for cacao.");
}

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
                            v1::ValidatePlaybookResponse* response) override {
    return Read(backend_, rpc, "ValidatePlaybook", Act::kRead, nullptr,
                [this, request, response](const ReadCall&) {
                  FillLinted(backend_.library.Lint(FileOf(*request), TestsOf(*request)), *response);
                  return absl::OkStatus();
                });
  }

  Reactor* ImportPlaybook(Rpc* rpc, const v1::ImportPlaybookRequest* request,
                          v1::ImportPlaybookResponse* response) override {
    return Read(backend_, rpc, "ImportPlaybook", Act::kRead, nullptr,
                [this, request, response](const ReadCall&) {
                  const app::Library::File file{
                      request->file_name().empty() ? "playbook" : request->file_name(),
                      request->content()};
                  FillImported(backend_.library.ImportCacao(file, request->id()), *response);
                  return absl::OkStatus();
                });
  }

  Reactor* ExportPlaybook(Rpc* rpc, const v1::ExportPlaybookRequest* request,
                          v1::ExportPlaybookResponse* response) override {
    return Read(backend_, rpc, "ExportPlaybook", Act::kRead, nullptr,
                [this, request, response](const ReadCall&) {
                  TOCSIN_RETURN_IF_ERROR(CheckFormat(request->format()));
                  TOCSIN_ASSIGN_OR_RETURN(*response->mutable_content(),
                                          backend_.library.ExportCacao(LastPart(request->name()),
                                                                       backend_.clock.Now()));
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
                    return domain::StartRun{playbook, request->again()};
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
                    PrincipalId person;
                    if (!request->handle().empty()) {
                      TOCSIN_ASSIGN_OR_RETURN(
                          person, backend_.catalog.RequireHandle(caller.org, request->handle()));
                    }
                    return domain::AssignStep{LastPart(request->run()), request->step(), person};
                  });
  }

  Reactor* AnswerStep(Rpc* rpc, const v1::AnswerStepRequest* request,
                      v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "AnswerStep", Act::kRecord, request, response,
                  [request](const app::Caller& caller) -> absl::StatusOr<AnyCommand> {
                    // The right to state facts and anchors is that of AssessImpact, RecordAnchor.
                    return domain::AnswerStep{LastPart(request->run()), request->step(),
                                              ToAttributes(request->answers()),
                                              app::Authorise(caller, Act::kNotify, nullptr).ok()};
                  });
  }

  Reactor* ListRuns(Rpc* rpc, const v1::ListRunsRequest* request,
                    v1::ListRunsResponse* response) override {
    return Read(backend_, rpc, "ListRuns", Act::kRead, &request->incident(),
                [this, response](const ReadCall& call) {
                  TOCSIN_ASSIGN_OR_RETURN(const domain::Incident incident,
                                          backend_.catalog.Get(call.caller.org, call.incident));
                  const playbook::Facts facts = domain::FactsOf(incident);
                  const RunReader reader{call.caller.principal,
                                         domain::TimeIn(incident, backend_.clock.Now()),
                                         backend_.HandlesOf(call.caller.org)};
                  for (const playbook::Run& run : incident.runs) {
                    *response->add_runs() = ToProto(incident, run, facts, reader);
                  }
                  *response->mutable_server_time() = ToProto(reader.now);
                  response->set_drill(incident.drill);
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
