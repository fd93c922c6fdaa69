// Whether an incident is reportable: the proposal and the decision.
#include "server/domain/significance.h"

#include "server/base/status_macros.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/services.h"
#include "tocsin/v1/significance.grpc.pb.h"

namespace tocsin::rpc {
namespace {

using Rpc = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class SignificanceService final : public v1::SignificanceService::CallbackService {
 public:
  explicit SignificanceService(Backend& backend) : backend_(backend) {}

  Reactor* GetSignificance(Rpc* rpc, const v1::GetSignificanceRequest* request,
                           v1::GetSignificanceResponse* response) override {
    return Read(backend_, rpc, "GetSignificance", app::Act::kRead, &request->incident(),
                [this, request, response](const ReadCall& call) {
                  return Fill(call, request->regime(), *response);
                });
  }

 private:
  absl::Status Fill(const ReadCall& call, const std::string& regime,
                    v1::GetSignificanceResponse& response) const {
    const OrgNumber org = call.caller.org;
    TOCSIN_ASSIGN_OR_RETURN(const domain::Incident incident,
                            backend_.catalog.Get(org, call.incident));
    TOCSIN_ASSIGN_OR_RETURN(
        const auto standings,
        domain::StandingsOf(incident, regime, backend_.processor.SignificanceOf(org)));
    for (const domain::Standing& standing : standings) {
      *response.add_regimes() = ToProto(standing, backend_.HandlesOf(org));
    }
    response.set_drill(incident.drill);
    return absl::OkStatus();
  }

  Backend& backend_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeSignificanceService(Backend& backend) {
  return std::make_unique<SignificanceService>(backend);
}

}  // namespace tocsin::rpc
