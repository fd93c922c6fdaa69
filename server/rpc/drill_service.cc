// Drills: starting one, running its clock, judging and scoring it.
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/domain/drill.h"
#include "server/domain/drill_score.h"
#include "server/rpc/call.h"
#include "server/rpc/convert_drill.h"
#include "server/rpc/drill_calls.h"
#include "server/rpc/regime_calls.h"
#include "server/rpc/services.h"
#include "server/runtime/zones.h"
#include "tocsin/v1/drill.grpc.pb.h"

namespace tocsin::rpc {
namespace {

using app::Act;
using Rpc = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

absl::StatusOr<domain::ClockChange> ToDomain(v1::DrillClockChange change) {
  switch (change) {
    case v1::DRILL_CLOCK_CHANGE_PAUSE:
      return domain::ClockChange::kPause;
    case v1::DRILL_CLOCK_CHANGE_RESUME:
      return domain::ClockChange::kResume;
    case v1::DRILL_CLOCK_CHANGE_SPEED:
      return domain::ClockChange::kSpeed;
    case v1::DRILL_CLOCK_CHANGE_NEXT:
      return domain::ClockChange::kNext;
    default:
      return InvalidArgument("UNKNOWN_VALUE", "the change of the clock is not one of this server's",
                             "Use pause, resume, speed or next.");
  }
}

class DrillService final : public v1::DrillService::CallbackService {
 public:
  explicit DrillService(Backend& backend) : backend_(backend) {}

  Reactor* ListScenarios(Rpc* rpc, const v1::ListScenariosRequest*,
                         v1::ListScenariosResponse* response) override {
    return Read(backend_, rpc, "ListScenarios", Act::kRead, nullptr,
                [this, response](const ReadCall&) {
                  for (const auto& pinned : backend_.library.Scenarios()) {
                    *response->add_scenarios() = ToProto(pinned->scenario);
                  }
                  return absl::OkStatus();
                });
  }

  Reactor* ValidateScenario(Rpc* rpc, const v1::ValidateScenarioRequest* request,
                            v1::ValidateScenarioResponse* response) override {
    return Read(backend_, rpc, "ValidateScenario", Act::kRead, nullptr,
                [this, request, response](const ReadCall&) {
                  const auto linted = backend_.library.LintScenario(
                      {request->file_name().empty() ? "scenario" : request->file_name(),
                       request->content()});
                  if (linted.scenario) *response->mutable_scenario() = ToProto(*linted.scenario);
                  for (const absl::Status& status : linted.problems) {
                    v1::ScenarioProblem& problem = *response->add_problems();
                    problem.set_message(std::string(status.message()));
                    problem.set_next_step(NextStepOf(status));
                    problem.set_reason(ReasonOf(status));
                  }
                  return absl::OkStatus();
                });
  }

  Reactor* StartDrill(Rpc* rpc, const v1::StartDrillRequest* request,
                      v1::StartDrillResponse* response) override {
    return Run(
        backend_, rpc,
        {.method = "StartDrill",
         .act = Act::kDirect,
         .request = request,
         .request_id = &request->request_id(),
         .result = response->mutable_result(),
         .convert = [this, request](const app::Caller& caller) { return Start(caller, *request); },
         .after =
             [this, response](const app::Caller& caller, const app::Outcome& outcome) {
               TOCSIN_ASSIGN_OR_RETURN(const domain::Incident incident,
                                       backend_.catalog.Get(caller.org, outcome.incident));
               *response->mutable_drill() =
                   DrillViewOf(incident, backend_.clock.Now(), caller.principal);
               response->mutable_result()->set_incident(response->drill().incident());
               return absl::OkStatus();
             }});
  }

  Reactor* GetDrill(Rpc* rpc, const v1::GetDrillRequest* request,
                    v1::DrillView* response) override {
    return Read(backend_, rpc, "GetDrill", Act::kRead, &request->incident(),
                [this, response](const ReadCall& call) {
                  TOCSIN_ASSIGN_OR_RETURN(const domain::Incident incident, DrillOf(call));
                  *response = DrillViewOf(incident, backend_.clock.Now(), call.caller.principal);
                  return absl::OkStatus();
                });
  }

  Reactor* SetDrillClock(Rpc* rpc, const v1::SetDrillClockRequest* request,
                         v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "SetDrillClock", Act::kDirect, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    TOCSIN_ASSIGN_OR_RETURN(const domain::ClockChange change,
                                            ToDomain(request->change()));
                    return domain::SetDrillClock{change, request->speed(), request->inject()};
                  });
  }

  Reactor* DeclareInDrill(Rpc* rpc, const v1::DeclareInDrillRequest* request,
                          v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "DeclareInDrill", Act::kDeclare, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    TOCSIN_ASSIGN_OR_RETURN(const Severity severity,
                                            rpc::ToDomain(request->severity()));
                    return domain::DeclareInDrill{request->title(), severity};
                  });
  }

  Reactor* StopDrill(Rpc* rpc, const v1::StopDrillRequest* request,
                     v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "StopDrill", Act::kDirect, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    return domain::StopDrill{request->because()};
                  });
  }

  Reactor* JudgeExpectation(Rpc* rpc, const v1::JudgeExpectationRequest* request,
                            v1::WriteResult* response) override {
    return Mutate(backend_, rpc, "JudgeExpectation", Act::kDirect, request, response,
                  [request](const app::Caller&) -> absl::StatusOr<AnyCommand> {
                    return domain::JudgeExpectation{request->expectation(), request->met(),
                                                    request->because()};
                  });
  }

  Reactor* GetDrillScore(Rpc* rpc, const v1::GetDrillScoreRequest* request,
                         v1::DrillScore* response) override {
    return Read(backend_, rpc, "GetDrillScore", Act::kRead, &request->incident(),
                [this, response](const ReadCall& call) { return Score(call, *response); });
  }

 private:
  absl::StatusOr<AnyCommand> Start(const app::Caller& caller,
                                   const v1::StartDrillRequest& request) const {
    const app::OrgProfile& profile = backend_.profiles.at(caller.org);
    domain::DeclareIncident command;
    TOCSIN_ASSIGN_OR_RETURN(command.scenario,
                            backend_.library.Scenario(LastPart(request.scenario())));
    const domain::Scenario& scenario = command.scenario->scenario;
    command.title = scenario.title;
    // Nobody has declared yet; what the team finds is theirs to say.
    command.severity = Severity::kSev4;
    command.tlp = scenario.tlp;
    command.drill = true;
    command.restricted = request.restricted();
    command.zone = profile.zone;
    if (!scenario.zone.empty()) {
      TOCSIN_ASSIGN_OR_RETURN(command.zone.rules, runtime::LoadZone(scenario.zone));
      command.zone.name = scenario.zone;
    }
    if (request.speed() != 0) command.drill_speed = request.speed();
    if (request.paused()) command.drill_paused = true;
    if (!profile.entity.empty()) command.attributes.try_emplace("entity", profile.entity);
    if (!profile.contacts.empty()) command.attributes.try_emplace("contacts", profile.contacts);
    TOCSIN_RETURN_IF_ERROR(PutUnder(backend_, profile, /*entity_kind=*/"", command));
    return command;
  }

  absl::StatusOr<domain::Incident> DrillOf(const ReadCall& call) const {
    TOCSIN_ASSIGN_OR_RETURN(domain::Incident incident,
                            backend_.catalog.Get(call.caller.org, call.incident));
    if (incident.exercise) return incident;
    return FailedPrecondition(
        "NO_DRILL", absl::StrCat(incident.number, " plays no scenario"),
        "Start one: tocsin drill start SCENARIO; tocsin drill list has them.");
  }

  absl::Status Score(const ReadCall& call, v1::DrillScore& response) const {
    const OrgNumber org = call.caller.org;
    TOCSIN_ASSIGN_OR_RETURN(const domain::Incident incident, DrillOf(call));
    TOCSIN_ASSIGN_OR_RETURN(const domain::DrillScore score, ScoreOf(backend_, org, incident));
    const absl::Time now = backend_.clock.Now();
    response = ToProto(score, incident, now, backend_.HandlesOf(org));
    return absl::OkStatus();
  }

  Backend& backend_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeDrillService(Backend& backend) {
  return std::make_unique<DrillService>(backend);
}

}  // namespace tocsin::rpc
