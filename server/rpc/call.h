// The way every unary call takes: authenticate, authorise, convert, run, map the error, one line in
// the access log. Services only say what is theirs: the act, the incident, how the request becomes
// a command, how the answer is filled.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "server/app/authoriser.h"
#include "server/app/command_processor.h"
#include "server/rpc/backend.h"
#include "tocsin/v1/common.pb.h"

namespace tocsin::rpc {

grpc::Status ToGrpc(const absl::Status& status);

/// The bearer token of a call's metadata; empty when there is none.
std::string BearerToken(const grpc::CallbackServerContext& rpc);
/// Errors: kUnauthenticated, reason TOKEN_MISSING or TOKEN_REFUSED.
absl::StatusOr<app::Caller> AuthenticateCall(const Backend& backend,
                                             const grpc::CallbackServerContext& rpc);
/// May this caller do `act` to the incident of this name? Returns its id.
/// Errors: those of app::Authorise.
absl::StatusOr<IncidentId> AuthoriseIncident(const Backend& backend, const app::Caller& caller,
                                             app::Act act, std::string_view incident);
/// The id a client gave to a mutation, or a new one. Errors: kInvalidArgument BAD_REQUEST_ID.
absl::StatusOr<RequestId> ReadRequestId(std::string_view given);
/// The same for the same author, method and content, whatever the request id.
Digest Fingerprint(std::string_view method, const PrincipalId& author,
                   const google::protobuf::Message& request);
/// "INC-2026-0042" of "incidents/INC-2026-0042" or of itself.
std::string IncidentNumber(std::string_view name);

/// One line in the access log: who called what, how it ended, how long it took; never a text.
void LogAccess(std::string_view method, const grpc::Status& status,
               std::chrono::steady_clock::time_point start, const app::Caller* caller);

/// One unary call from its first byte to its last. Whoever claims the call writes the response and
/// finishes it; all others leave both alone, because the response is gone once the call is
/// finished.
class UnaryCall : public CallLimit::Call, public std::enable_shared_from_this<UnaryCall> {
 public:
  static std::shared_ptr<UnaryCall> Begin(const Backend& backend, grpc::CallbackServerContext* rpc,
                                          std::string_view method);

  /// Finds the caller and its right to `act`. `incident` is nullptr for acts that concern none.
  absl::Status Admit(app::Act act, const std::string* incident);

  /// True for the first who asks: that one must call Finish, exactly once.
  bool Claim() { return !claimed_.exchange(true); }
  void Finish(const absl::Status& status);
  /// Claim and Finish.
  void Refuse(const absl::Status& status);

  void OnTimeOver() override;
  bool done() const override { return claimed_; }

  bool cancelled() const { return rpc_->IsCancelled(); }
  const app::Caller& caller() const { return caller_; }
  const IncidentId& incident() const { return incident_; }
  grpc::ServerUnaryReactor* reactor() const { return reactor_; }

 private:
  UnaryCall(const Backend& backend, grpc::CallbackServerContext* rpc, std::string_view method)
      : backend_(backend), rpc_(rpc), reactor_(rpc->DefaultReactor()), method_(method) {}

  const Backend& backend_;
  grpc::CallbackServerContext* const rpc_;
  grpc::ServerUnaryReactor* const reactor_;
  const std::string_view method_;  // a literal
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  app::Caller caller_;
  bool known_ = false;
  IncidentId incident_;
  std::atomic<bool> claimed_{false};
};

using AnyCommand = std::variant<domain::Command, domain::DirectoryCommand>;

/// What is special about one mutation.
struct Mutation {
  /// A literal.
  std::string_view method;
  app::Act act;
  /// Name in the request; nullptr when the mutation concerns no existing incident.
  const std::string* incident = nullptr;
  const google::protobuf::Message* request = nullptr;
  const std::string* request_id = nullptr;
  /// Filled before the call is finished.
  v1::WriteResult* result = nullptr;
  /// Called once, before anything is submitted.
  std::function<absl::StatusOr<AnyCommand>(const app::Caller& caller)> convert;
  /// Optional: fills the rest of the response after the commit; may read from the disk. Its error
  /// ends the call, though the mutation stands.
  std::function<absl::Status(const app::Caller& caller, const app::Outcome& outcome)> after;
};
grpc::ServerUnaryReactor* Run(Backend& backend, grpc::CallbackServerContext* rpc,
                              Mutation mutation);

/// A mutation of one incident that answers with a WriteResult: what most of them are.
template <typename Request, typename Convert>
grpc::ServerUnaryReactor* Mutate(Backend& backend, grpc::CallbackServerContext* rpc,
                                 std::string_view method, app::Act act, const Request* request,
                                 v1::WriteResult* result, Convert convert) {
  return Run(backend, rpc,
             Mutation{method, act, &request->incident(), request, &request->request_id(), result,
                      std::move(convert), nullptr});
}

/// What a read works with.
struct ReadCall {
  const app::Caller& caller;
  /// Zero when the read named none.
  const IncidentId& incident;
};
/// Runs `work` on the read pool; it fills the response. `incident` is nullptr for reads that
/// concern none. Errors: kResourceExhausted SERVER_BUSY when the pool is full.
grpc::ServerUnaryReactor* Read(Backend& backend, grpc::CallbackServerContext* rpc,
                               std::string_view method, app::Act act, const std::string* incident,
                               std::function<absl::Status(const ReadCall& call)> work);

}  // namespace tocsin::rpc
