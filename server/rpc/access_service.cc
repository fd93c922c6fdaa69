// People, their rights and their tokens.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/app/secrets.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/rpc/call.h"
#include "server/rpc/convert.h"
#include "server/rpc/rate_limit.h"
#include "server/rpc/services.h"
#include "tocsin/v1/access.grpc.pb.h"

namespace tocsin::rpc {
namespace {

using app::Act;
using Rpc = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

absl::Status TooManyTries() {
  return Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_TRIES",
               "too many enrolments from this address", "Wait a few seconds, then try again.");
}

absl::Status CodeRefused() {
  return Error(absl::StatusCode::kPermissionDenied, "CODE_REFUSED",
               "the enrolment code is wrong, used or expired",
               "Ask an admin for a new one: tocsin principal code HANDLE.");
}

absl::Status CodeShownOnce(const std::string& handle) {
  return Error(absl::StatusCode::kAlreadyExists, "CODE_SHOWN_ONCE",
               "this was already done; its enrolment code was shown then and is kept nowhere",
               absl::StrCat("Issue another one: tocsin principal code ", handle, "."));
}

absl::Status NotFromChat() {
  return Error(absl::StatusCode::kPermissionDenied, "NOT_IN_CHAT",
               "a chat account has no say over other tokens", "Use the command line: tocsin.");
}

std::string Bare(const std::string& handle) {
  return handle.starts_with('@') ? handle.substr(1) : handle;
}

absl::StatusOr<domain::Principal> FindPrincipal(const Backend& backend, OrgNumber org,
                                                const PrincipalId& id) {
  const domain::Directory directory = backend.catalog.DirectoryOf(org);
  const domain::Principal* principal = directory.Find(id);
  if (principal == nullptr) return absl::InternalError("a token belongs to nobody");
  return *principal;
}

class AccessService final : public v1::AccessService::CallbackService {
 public:
  explicit AccessService(Backend& backend) : backend_(backend), tries_({}) {}

  Reactor* Enrol(Rpc* rpc, const v1::EnrolRequest* request, v1::EnrolResponse* response) override {
    const auto call = UnaryCall::Begin(backend_, rpc, "Enrol");
    Reactor* const reactor = call->reactor();
    const absl::Time now = backend_.clock.Now();
    if (!tries_.Allow(HostOfPeer(rpc->peer()), now)) {
      call->Refuse(TooManyTries());
      return reactor;
    }
    const Digest code_hash = app::HashCode(request->code());
    const std::optional<OrgNumber> org = backend_.catalog.OrgOfCode(code_hash);
    if (!org) {
      call->Refuse(CodeRefused());
      return reactor;
    }
    const app::NewToken token = app::MakeToken();
    const absl::Time expire_time = now + backend_.token_lifetime;
    app::Request redeem;
    redeem.org = *org;
    redeem.request = *ReadRequestId("");
    redeem.auth_context = "enrolment code";
    redeem.command = domain::DirectoryCommand(domain::RedeemCode{
        code_hash, token.id, token.secret_hash, expire_time, request->device(),
        request->chat() ? domain::TokenScope::kChat : domain::TokenScope::kFull});
    backend_.processor.Submit(
        std::move(redeem), [this, call, org = *org, token, response](const auto& outcome) {
          if (!call->Claim()) return;
          call->Finish(outcome.ok() ? FillEnrolment(org, token, *response) : outcome.status());
        });
    return reactor;
  }

  Reactor* WhoAmI(Rpc* rpc, const v1::WhoAmIRequest*, v1::WhoAmIResponse* response) override {
    return Read(
        backend_, rpc, "WhoAmI", Act::kSelf, nullptr,
        [this, response](const ReadCall& call) { return Describe(call.caller, *response); });
  }

  Reactor* CreatePrincipal(Rpc* rpc, const v1::CreatePrincipalRequest* request,
                           v1::CreatePrincipalResponse* response) override {
    const std::string code = app::MakeEnrolmentCode();
    const absl::Time expire_time = backend_.clock.Now() + app::kCodeLifetime;
    return Run(
        backend_, rpc,
        {.method = "CreatePrincipal",
         .act = Act::kAdminister,
         .request = request,
         .request_id = &request->request_id(),
         .result = response->mutable_result(),
         .convert = [request, code, expire_time](
                        const app::Caller&) { return Create(*request, code, expire_time); },
         .after = [this, request, response, code, expire_time](
                      const app::Caller& caller, const app::Outcome& outcome) -> absl::Status {
           if (outcome.repeated) return CodeShownOnce(Bare(request->handle()));
           const domain::Directory directory = backend_.catalog.DirectoryOf(caller.org);
           if (const auto* principal = directory.FindHandle(request->handle())) {
             *response->mutable_principal() = ToProto(*principal);
           }
           response->set_code(code);
           *response->mutable_code_expire_time() = ToProto(expire_time);
           return absl::OkStatus();
         }});
  }

  Reactor* ListPrincipals(Rpc* rpc, const v1::ListPrincipalsRequest*,
                          v1::ListPrincipalsResponse* response) override {
    return Read(backend_, rpc, "ListPrincipals", Act::kSelf, nullptr,
                [this, response](const ReadCall& call) {
                  const domain::Directory directory = backend_.catalog.DirectoryOf(call.caller.org);
                  for (const auto& [handle, id] : directory.handles) {
                    *response->add_principals() = ToProto(directory.principals.at(id));
                  }
                  return absl::OkStatus();
                });
  }

  Reactor* CreateEnrolmentCode(Rpc* rpc, const v1::CreateEnrolmentCodeRequest* request,
                               v1::CreateEnrolmentCodeResponse* response) override {
    const std::string code = app::MakeEnrolmentCode();
    const absl::Time expire_time = backend_.clock.Now() + app::kCodeLifetime;
    return Run(
        backend_, rpc,
        {.method = "CreateEnrolmentCode",
         .act = Act::kAdminister,
         .request = request,
         .request_id = &request->request_id(),
         .result = response->mutable_result(),
         .convert = [request, code, expire_time](const app::Caller&) -> absl::StatusOr<AnyCommand> {
           return domain::DirectoryCommand(
               domain::IssueCode{Bare(request->handle()), app::HashCode(code), expire_time});
         },
         .after = [request, response, code, expire_time](
                      const app::Caller&, const app::Outcome& outcome) -> absl::Status {
           if (outcome.repeated) return CodeShownOnce(Bare(request->handle()));
           response->set_code(code);
           *response->mutable_expire_time() = ToProto(expire_time);
           return absl::OkStatus();
         }});
  }

  Reactor* CreateChatCode(Rpc* rpc, const v1::CreateChatCodeRequest* request,
                          v1::CreateChatCodeResponse* response) override {
    const std::string code = app::MakeEnrolmentCode();
    const absl::Time expire_time = backend_.clock.Now() + app::kChatCodeLifetime;
    return Run(
        backend_, rpc,
        {.method = "CreateChatCode",
         .act = Act::kSelf,
         .request = request,
         .request_id = &request->request_id(),
         .result = response->mutable_result(),
         .convert = [this, code,
                     expire_time](const app::Caller& caller) -> absl::StatusOr<AnyCommand> {
           if (caller.chat) return NotFromChat();
           const std::string handle = Bare(backend_.catalog.HandleOf(caller.org, caller.principal));
           return domain::DirectoryCommand(domain::IssueCode{
               handle, app::HashCode(code), expire_time, domain::TokenScope::kChat});
         },
         .after = [response, code, expire_time](const app::Caller&,
                                                const app::Outcome& outcome) -> absl::Status {
           if (outcome.repeated) {
             return Error(absl::StatusCode::kAlreadyExists, "CODE_SHOWN_ONCE",
                          "this was already done; its code was shown then and is kept nowhere",
                          "Make another one: tocsin chat link.");
           }
           response->set_code(code);
           *response->mutable_expire_time() = ToProto(expire_time);
           return absl::OkStatus();
         }});
  }

  Reactor* RevokeToken(Rpc* rpc, const v1::RevokeTokenRequest* request,
                       v1::WriteResult* response) override {
    return Run(backend_, rpc,
               {.method = "RevokeToken",
                .act = Act::kSelf,
                .request = request,
                .request_id = &request->request_id(),
                .result = response,
                .convert = [this, request](const app::Caller& caller) {
                  return Revoke(caller, request->token_id());
                }});
  }

 private:
  static absl::StatusOr<AnyCommand> Create(const v1::CreatePrincipalRequest& request,
                                           const std::string& code, absl::Time expire_time) {
    domain::CreatePrincipal command;
    command.id = app::NewId<PrincipalId>();
    command.handle = Bare(request.handle());
    command.display_name = request.display_name();
    for (int i = 0; i < request.roles_size(); ++i) {
      TOCSIN_ASSIGN_OR_RETURN(const OrgRole role, ToDomain(request.roles(i)));
      command.roles.push_back(role);
    }
    command.code_hash = app::HashCode(code);
    command.code_expire_time = expire_time;
    return domain::DirectoryCommand(std::move(command));
  }

  // One's own tokens are everybody's to end; others' are an admin's.
  absl::StatusOr<AnyCommand> Revoke(const app::Caller& caller, const std::string& token_id) const {
    TokenId token = caller.token;
    if (!token_id.empty()) {
      const std::optional<TokenId> parsed = TokenId::Parse(token_id);
      if (!parsed) {
        return InvalidArgument("BAD_TOKEN_ID", "the token id is not a UUID",
                               "See tocsin whoami for your own.");
      }
      token = *parsed;
    }
    if (caller.chat && token != caller.token) return NotFromChat();
    const domain::Directory directory = backend_.catalog.DirectoryOf(caller.org);
    const auto known = directory.tokens.find(token);
    const bool own = known != directory.tokens.end() && known->second.principal == caller.principal;
    if (!own) TOCSIN_RETURN_IF_ERROR(app::Authorise(caller, Act::kAdminister, nullptr));
    return domain::DirectoryCommand(domain::RevokeToken{token});
  }

  absl::Status FillEnrolment(OrgNumber org, const app::NewToken& token,
                             v1::EnrolResponse& response) const {
    const domain::Directory directory = backend_.catalog.DirectoryOf(org);
    const auto issued = directory.tokens.find(token.id);
    if (issued == directory.tokens.end()) return absl::InternalError("a new token is missing");
    TOCSIN_ASSIGN_OR_RETURN(const domain::Principal principal,
                            FindPrincipal(backend_, org, issued->second.principal));
    response.set_token(token.text);
    *response.mutable_expire_time() = ToProto(issued->second.expire_time);
    *response.mutable_principal() = ToProto(principal);
    response.set_organisation(backend_.profiles.at(org).name);
    response.set_verifier_key(backend_.database.VerifierKey(org));
    return absl::OkStatus();
  }

  absl::Status Describe(const app::Caller& caller, v1::WhoAmIResponse& response) const {
    const domain::Directory directory = backend_.catalog.DirectoryOf(caller.org);
    TOCSIN_ASSIGN_OR_RETURN(const domain::Principal principal,
                            FindPrincipal(backend_, caller.org, caller.principal));
    *response.mutable_principal() = ToProto(principal);
    response.set_organisation(backend_.profiles.at(caller.org).name);
    response.set_token_id(caller.token.ToString());
    const auto token = directory.tokens.find(caller.token);
    if (token != directory.tokens.end()) {
      *response.mutable_expire_time() = ToProto(token->second.expire_time);
    }
    response.set_verifier_key(backend_.database.VerifierKey(caller.org));
    const std::string cause = backend_.database.read_only_reason();
    response.set_server_state(cause.empty() ? "normal" : absl::StrCat("read-only: ", cause));
    response.set_server_version(backend_.version);
    return absl::OkStatus();
  }

  Backend& backend_;
  RateLimit tries_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAccessService(Backend& backend) {
  return std::make_unique<AccessService>(backend);
}

}  // namespace tocsin::rpc
