// The organisation's Merkle log, for witnesses and auditors.
#include <vector>

#include "server/base/status_macros.h"
#include "server/rpc/call.h"
#include "server/rpc/services.h"
#include "tocsin/v1/log.grpc.pb.h"

namespace tocsin::rpc {
namespace {

using app::Act;
using Rpc = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class LogService final : public v1::LogService::CallbackService {
 public:
  explicit LogService(Backend& backend) : backend_(backend) {}

  Reactor* GetCheckpoint(Rpc* rpc, const v1::GetCheckpointRequest*,
                         v1::GetCheckpointResponse* response) override {
    return Read(backend_, rpc, "GetCheckpoint", Act::kReadLog, nullptr,
                [this, response](const ReadCall& call) {
                  TOCSIN_ASSIGN_OR_RETURN(*response->mutable_checkpoint(),
                                          backend_.database.Checkpoint(call.caller.org));
                  response->set_verifier_key(backend_.database.VerifierKey(call.caller.org));
                  return absl::OkStatus();
                });
  }

  Reactor* GetInclusionProof(Rpc* rpc, const v1::GetInclusionProofRequest* request,
                             v1::GetInclusionProofResponse* response) override {
    return Read(backend_, rpc, "GetInclusionProof", Act::kReadLog, nullptr,
                [this, request, response](const ReadCall& call) {
                  return Inclusion(call.caller.org, *request, *response);
                });
  }

  Reactor* GetConsistencyProof(Rpc* rpc, const v1::GetConsistencyProofRequest* request,
                               v1::GetConsistencyProofResponse* response) override {
    return Read(backend_, rpc, "GetConsistencyProof", Act::kReadLog, nullptr,
                [this, request, response](const ReadCall& call) {
                  const uint64_t size = SizeOr(request->new_size(), call.caller.org);
                  TOCSIN_ASSIGN_OR_RETURN(const std::vector<Digest> proof,
                                          backend_.database.ConsistencyProof(
                                              call.caller.org, request->old_size(), size));
                  response->set_new_size(size);
                  for (const Digest& hash : proof) response->add_proof(std::string(hash.view()));
                  return absl::OkStatus();
                });
  }

 private:
  uint64_t SizeOr(uint64_t given, OrgNumber org) const {
    return given != 0 ? given : backend_.database.log_size(org);
  }

  absl::Status Inclusion(OrgNumber org, const v1::GetInclusionProofRequest& request,
                         v1::GetInclusionProofResponse& response) const {
    const uint64_t size = SizeOr(request.tree_size(), org);
    TOCSIN_ASSIGN_OR_RETURN(const std::vector<Digest> proof,
                            backend_.database.InclusionProof(org, request.log_index(), size));
    TOCSIN_ASSIGN_OR_RETURN(const std::vector<store::LogLine> lines,
                            backend_.database.ReadLog(org, request.log_index(), 1));
    if (lines.empty()) return absl::InternalError("a proved leaf has no line in the log");
    response.set_leaf_hash(std::string(lines.front().leaf.view()));
    response.set_tree_size(size);
    for (const Digest& hash : proof) response.add_proof(std::string(hash.view()));
    return absl::OkStatus();
  }

  Backend& backend_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeLogService(Backend& backend) {
  return std::make_unique<LogService>(backend);
}

}  // namespace tocsin::rpc
