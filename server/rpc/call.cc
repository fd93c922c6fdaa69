#include "server/rpc/call.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/rpc/convert.h"
#include "server/rpc/errors.h"
#include "server/runtime/log.h"
#include "server/runtime/random.h"
#include "server/runtime/send_batch.h"

namespace tocsin::rpc {
namespace {

constexpr std::string_view kBearer = "Bearer ";

// The serialised message without its field `number`.
std::string WithoutField(std::string_view bytes, int number) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const uint8_t*>(bytes.data()),
                                               static_cast<int>(bytes.size()));
  std::string rest;
  rest.reserve(bytes.size());
  for (size_t begin = 0; const uint32_t tag = input.ReadTag();) {
    // Cannot happen to what was serialised here; if it did, the id would count as content.
    if (!WireFormatLite::SkipField(&input, tag)) return std::string(bytes);
    const auto end = static_cast<size_t>(input.CurrentPosition());
    if (WireFormatLite::GetTagFieldNumber(tag) != number) {
      rest.append(bytes.substr(begin, end - begin));
    }
    begin = end;
  }
  return rest;
}

absl::Status Busy() {
  return Error(absl::StatusCode::kResourceExhausted, "SERVER_BUSY",
               "the server has too many reads waiting", "Try again in a moment.");
}

absl::Status Cancelled() {
  return absl::CancelledError("the client has gone");
}

// Fills the response and ends the call. On the completion thread, or on the read pool when more is
// to be read.
void Answer(const Backend& backend, const std::shared_ptr<UnaryCall>& call,
            const Mutation& mutation, const app::Outcome& outcome) {
  std::string number;
  if (mutation.incident != nullptr) number = IncidentNumber(*mutation.incident);
  FillResult(outcome, number, *mutation.result);
  if (!mutation.after) return call->Finish(absl::OkStatus());
  auto finish = [call, after = mutation.after, outcome] {
    call->Finish(after(call->caller(), outcome));
  };
  // The mutation stands, so its answer is given even when the pool is full.
  if (!backend.read_pool.SubmitNext(finish)) finish();
}

absl::StatusOr<app::Request> Prepare(const UnaryCall& call, const Mutation& mutation) {
  app::Request request;
  request.org = call.caller().org;
  request.incident = call.incident();
  request.author = call.caller().principal;
  request.auth_context = call.caller().auth_context;
  TOCSIN_ASSIGN_OR_RETURN(request.request, ReadRequestId(*mutation.request_id));
  TOCSIN_ASSIGN_OR_RETURN(request.command, mutation.convert(call.caller()));
  request.fingerprint = Fingerprint(mutation.method, call.caller().principal, *mutation.request);
  return request;
}

// The platform's own id of the message that a bot carries out, so that the copy in the chat can be
// held against the entry.
void AddChatMessage(const grpc::CallbackServerContext& rpc, app::Caller& caller) {
  constexpr size_t kBytesMax = 512;
  const auto found = rpc.client_metadata().find("tocsin-chat-message");
  if (found == rpc.client_metadata().end()) return;
  const std::string_view id(found->second.data(), std::min(found->second.size(), kBytesMax));
  absl::StrAppend(&caller.auth_context, ", message ", ToAbsl(id));
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  WireStatus wire = ToWire(status);
  return grpc::Status(static_cast<grpc::StatusCode>(wire.code), wire.message, wire.details);
}

std::string BearerToken(const grpc::CallbackServerContext& rpc) {
  const auto& metadata = rpc.client_metadata();
  const auto found = metadata.find("authorization");
  if (found == metadata.end()) return "";
  const std::string_view value(found->second.data(), found->second.size());
  return value.starts_with(kBearer) ? std::string(value.substr(kBearer.size())) : "";
}

absl::StatusOr<app::Caller> AuthenticateCall(const Backend& backend,
                                             const grpc::CallbackServerContext& rpc) {
  const std::string token = BearerToken(rpc);
  if (token.empty()) {
    return Error(absl::StatusCode::kUnauthenticated, "TOKEN_MISSING", "the call carries no token",
                 "Enrol first: tocsin enrol --server HOST:PORT --code CODE.");
  }
  TOCSIN_ASSIGN_OR_RETURN(app::Caller caller,
                          backend.catalog.Authenticate(token, backend.clock.Now()));
  if (caller.chat) AddChatMessage(rpc, caller);
  return caller;
}

absl::StatusOr<IncidentId> AuthoriseIncident(const Backend& backend, const app::Caller& caller,
                                             app::Act act, std::string_view incident) {
  const std::optional<IncidentId> id = backend.catalog.FindIncident(caller.org, incident);
  const app::AccessFacts facts = id ? backend.catalog.Access(caller, *id) : app::AccessFacts{};
  TOCSIN_RETURN_IF_ERROR(app::Authorise(caller, act, &facts));
  return *id;
}

absl::StatusOr<RequestId> ReadRequestId(std::string_view given) {
  if (given.empty()) return RequestId::FromBytes(runtime::RandomString(16));
  if (const std::optional<RequestId> id = RequestId::Parse(given); id && !id->empty()) return *id;
  return InvalidArgument("BAD_REQUEST_ID", "the request id is not a UUID",
                         "Give a random UUID, the same one when you repeat the request.");
}

Digest Fingerprint(std::string_view method, const PrincipalId& author,
                   const google::protobuf::Message& request) {
  std::string content;
  {
    google::protobuf::io::StringOutputStream stream(&content);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);  // Maps have no order of their own.
    request.SerializeToCodedStream(&coded);
  }
  if (const auto* id = request.GetDescriptor()->FindFieldByName("request_id")) {
    content = WithoutField(content, id->number());
  }
  return Sha256({"tocsin/request/v1\n", method, "\n", author.view(), content});
}

std::string IncidentNumber(std::string_view name) {
  return LastPart(name);
}

void LogAccess(std::string_view method, const grpc::Status& status,
               std::chrono::steady_clock::time_point start, const app::Caller* caller) {
  const auto elapsed = std::chrono::steady_clock::now() - start;
  runtime::Log(
      runtime::LogLevel::kInfo, "rpc",
      {{"method", method},
       {"code", static_cast<int>(status.error_code())},
       {"duration_us", std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count()},
       {"org", caller == nullptr ? 0U : static_cast<uint32_t>(caller->org)},
       {"principal", caller == nullptr ? "-" : caller->principal.ToString()}});
}

std::shared_ptr<UnaryCall> UnaryCall::Begin(const Backend& backend,
                                            grpc::CallbackServerContext* rpc,
                                            std::string_view method) {
  std::shared_ptr<UnaryCall> call(new UnaryCall(backend, rpc, method));
  backend.call_limit.Add(call, call->start_);
  return call;
}

absl::Status UnaryCall::Admit(app::Act act, const std::string* incident) {
  TOCSIN_ASSIGN_OR_RETURN(caller_, AuthenticateCall(backend_, *rpc_));
  known_ = true;
  if (incident == nullptr) return app::Authorise(caller_, act, nullptr);
  TOCSIN_ASSIGN_OR_RETURN(incident_, AuthoriseIncident(backend_, caller_, act, *incident));
  return absl::OkStatus();
}

void UnaryCall::Finish(const absl::Status& status) {
  const grpc::Status answer = ToGrpc(status);
  LogAccess(method_, answer, start_, known_ ? &caller_ : nullptr);
  if (answer.ok() && runtime::SendBatch::IsOpen()) {
    runtime::SendBatch::Add(backend_.connections.Find(rpc_->peer()),
                            [reactor = reactor_] { reactor->Finish(grpc::Status::OK); });
  } else {
    reactor_->Finish(answer);
  }
}

void UnaryCall::Refuse(const absl::Status& status) {
  if (Claim()) Finish(status);
}

void UnaryCall::OnTimeOver() {
  Refuse(Error(absl::StatusCode::kDeadlineExceeded, "OUTCOME_UNKNOWN",
               "the server did not get an answer in time; a write may still be recorded",
               "Repeat it with the same request id: it is never recorded twice."));
}

grpc::ServerUnaryReactor* Run(Backend& backend, grpc::CallbackServerContext* rpc,
                              Mutation mutation) {
  const auto call = UnaryCall::Begin(backend, rpc, mutation.method);
  grpc::ServerUnaryReactor* const reactor = call->reactor();
  if (const absl::Status status = call->Admit(mutation.act, mutation.incident); !status.ok()) {
    call->Refuse(status);
    return reactor;
  }
  absl::StatusOr<app::Request> request = Prepare(*call, mutation);
  if (!request.ok()) {
    call->Refuse(request.status());
    return reactor;
  }
  backend.processor.Submit(*std::move(request), [&backend, call, mutation = std::move(mutation)](
                                                    absl::StatusOr<app::Outcome> outcome) {
    if (!call->Claim()) return;
    if (!outcome.ok()) return call->Finish(outcome.status());
    Answer(backend, call, mutation, *outcome);
  });
  return reactor;
}

grpc::ServerUnaryReactor* Read(Backend& backend, grpc::CallbackServerContext* rpc,
                               std::string_view method, app::Act act, const std::string* incident,
                               std::function<absl::Status(const ReadCall& call)> work) {
  const auto call = UnaryCall::Begin(backend, rpc, method);
  grpc::ServerUnaryReactor* const reactor = call->reactor();
  if (const absl::Status status = call->Admit(act, incident); !status.ok()) {
    call->Refuse(status);
    return reactor;
  }
  const bool queued = backend.read_pool.Submit([call, work = std::move(work)] {
    if (!call->Claim()) return;
    call->Finish(call->cancelled() ? Cancelled() : work({call->caller(), call->incident()}));
  });
  if (!queued) call->Refuse(Busy());
  return reactor;
}

}  // namespace tocsin::rpc
