#include "clients/chat/webhook/webhook_adapter.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/chat/conversation/render.h"
#include "clients/chat/net/hmac.h"
#include "clients/chat/net/json.h"
#include "server/base/encoding.h"
#include "server/base/status_macros.h"

namespace tocsin::chat {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(20);
constexpr size_t kTextBytesMaxOut = 128 * 1024;
constexpr int kRequestTimeout = 408;

}  // namespace

HttpRequest WebhookRequest(const WebhookConfig& config, const Outbound& post, absl::Time now) {
  const nlohmann::json message = {
      {"version", 1},
      {"id", post.key},
      {"room", post.room},
      {"created_time",
       absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", post.created_time, absl::UTCTimeZone())},
      {"text", CutTo(RenderPlain(post.blocks), kTextBytesMaxOut)}};
  HttpRequest request;
  request.method = "POST";
  request.target = config.url.target;
  request.body = WriteJson(message);
  const std::string timestamp = absl::StrCat(absl::ToUnixSeconds(now));
  const std::string signature = HexEncode(
      HmacSha256(config.secret, absl::StrCat("v1:", timestamp, ":", post.key, ":", request.body)));
  request.headers = {{"Content-Type", "application/json"},
                     {"Idempotency-Key", post.key},
                     {"X-Tocsin-Timestamp", timestamp},
                     {"X-Tocsin-Signature", absl::StrCat("v1=", signature)}};
  return request;
}

PostResult ReadWebhookAnswer(const HttpResponse& response, absl::Time now) {
  PostResult result;
  if (IsSuccess(response.status)) {
    result.state = PostState::kPosted;
    return result;
  }
  result.problem = absl::StrCat("the receiver answers ", response.status);
  const bool later = response.status == kHttpTooManyRequests ||
                     response.status == kRequestTimeout || response.status >= kHttpServerError;
  if (later) {
    result.state = PostState::kRetry;
    result.retry_after = RetryAfter(response, now, absl::ZeroDuration());
  } else {
    result.state = PostState::kFailed;
  }
  return result;
}

WebhookAdapter::WebhookAdapter(WebhookConfig config, AdapterContext context, runtime::Clock& clock)
    : config_(std::move(config)),
      context_(std::move(context)),
      clock_(clock),
      state_(context_),
      worker_(context_, [this](const Outbound& post) { return Send(post); }) {}

WebhookAdapter::~WebhookAdapter() {
  Stop();
}

absl::Status WebhookAdapter::Start() {
  HttpsClient::Options options;
  options.url = config_.url;
  options.ca_file = config_.ca_file;
  TOCSIN_ASSIGN_OR_RETURN(client_, HttpsClient::Make(std::move(options)));
  worker_.Start("chat-webhook");
  state_.Ready();
  return absl::OkStatus();
}

void WebhookAdapter::Post(const Outbound& post) {
  worker_.Post(post);
}

void WebhookAdapter::Stop() {
  if (client_ != nullptr) client_->Cancel();
  worker_.Stop();
}

PostResult WebhookAdapter::Send(const Outbound& post) {
  if (post.direct) return {PostState::kFailed, {}, "", "a webhook reaches no single person"};
  const absl::Time now = clock_.Now();
  const auto response = client_->Send(WebhookRequest(config_, post, now), kTimeout);
  if (!response.ok()) {
    const std::string problem(response.status().message());
    state_.Trouble(problem);
    const bool nothing_sent = absl::IsUnavailable(response.status());
    return {nothing_sent ? PostState::kRetry : PostState::kUnknown, {}, "", problem};
  }
  PostResult result = ReadWebhookAnswer(*response, now);
  if (result.state == PostState::kPosted) {
    state_.Ready();
  } else {
    state_.Trouble(result.problem);
  }
  return result;
}

}  // namespace tocsin::chat
