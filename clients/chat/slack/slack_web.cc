#include "clients/chat/slack/slack_web.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/chat/conversation/render.h"
#include "clients/chat/net/json.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace tocsin::chat::slack {
namespace {

using nlohmann::json;

constexpr absl::Duration kTimeout = absl::Seconds(20);
constexpr int kPagesMax = 50;

// The body of an answer that says ok.
absl::StatusOr<json> Good(const HttpResponse& response) {
  std::optional<json> body = ReadJson(response.body);
  if (response.status == kHttpOk && body && TrueAt(*body, "ok")) return *std::move(body);
  if (TokenRefused(response)) {
    return Error(absl::StatusCode::kUnauthenticated, "TOKEN_REFUSED",
                 "Slack refuses the bot's token", "Install the app again and use its new token.");
  }
  const std::string error = body ? CutTo(TextAt(*body, "error"), 60) : "";
  const std::string message =
      absl::StrCat("Slack answers ", error.empty() ? absl::StrCat(response.status) : error);
  const bool later = error.empty() || response.status != kHttpOk || error == "ratelimited" ||
                     error == "internal_error" || error == "service_unavailable";
  return Error(later ? absl::StatusCode::kUnavailable : absl::StatusCode::kPermissionDenied,
               later ? "NOT_NOW" : "NOT_ALLOWED", message, "");
}

std::string TsOf(absl::Time time) {
  const int64_t micros = absl::ToUnixMicros(time);
  constexpr int64_t kMillion = 1'000'000;
  return absl::StrFormat("%d.%06d", micros / kMillion, micros % kMillion);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Web>> Web::Make(const SlackConfig& config) {
  HttpsClient::Options options;
  options.url = config.api;
  options.ca_file = config.ca_file;
  TOCSIN_ASSIGN_OR_RETURN(std::unique_ptr<HttpsClient> client,
                          HttpsClient::Make(std::move(options)));
  return std::unique_ptr<Web>(new Web(config, std::move(client)));
}

absl::StatusOr<HttpResponse> Web::Get(const std::string& method, const Fields& fields) {
  HttpRequest request;
  request.target = absl::StrCat(config_.api.target, method);
  char mark = '?';
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&request.target, std::string(1, mark), name, "=", PercentEncode(value));
    mark = '&';
  }
  request.headers = {{"Authorization", absl::StrCat("Bearer ", config_.bot_token)}};
  return client_->Send(request, kTimeout);
}

absl::StatusOr<HttpResponse> Web::Post(const std::string& method, const json& body) {
  HttpRequest request;
  request.method = "POST";
  request.target = absl::StrCat(config_.api.target, method);
  request.headers = {{"Authorization", absl::StrCat("Bearer ", config_.bot_token)},
                     {"Content-Type", "application/json; charset=utf-8"}};
  request.body = WriteJson(body);
  return client_->Send(request, kTimeout);
}

absl::StatusOr<Self> Web::Introduce() {
  TOCSIN_ASSIGN_OR_RETURN(const HttpResponse response, Post("auth.test", json::object()));
  TOCSIN_ASSIGN_OR_RETURN(const json body, Good(response));
  Self self = {TextAt(body, "user_id"), TextAt(body, "team_id"), TextAt(body, "bot_id")};
  if (!IsSlackId(self.user) || !IsSlackId(self.team)) {
    return Error(absl::StatusCode::kUnavailable, "ANSWER_UNUSABLE",
                 "Slack does not say who the bot is", "");
  }
  return self;
}

absl::StatusOr<Url> Web::OpenSocket() {
  HttpRequest request;
  request.method = "POST";
  request.target = absl::StrCat(config_.api.target, "apps.connections.open");
  request.headers = {{"Authorization", absl::StrCat("Bearer ", config_.app_token)},
                     {"Content-Type", "application/x-www-form-urlencoded"}};
  TOCSIN_ASSIGN_OR_RETURN(const HttpResponse response, client_->Send(request, kTimeout));
  TOCSIN_ASSIGN_OR_RETURN(const json body, Good(response));
  return ParseUrl(TextAt(body, "url"));
}

absl::StatusOr<std::string> Web::OpenDirect(const std::string& account) {
  TOCSIN_ASSIGN_OR_RETURN(const HttpResponse response,
                          Post("conversations.open", {{"users", account}}));
  TOCSIN_ASSIGN_OR_RETURN(const json body, Good(response));
  std::string channel = TextAt(PartAt(body, "channel"), "id");
  if (IsSlackId(channel)) return channel;
  return Error(absl::StatusCode::kUnavailable, "ANSWER_UNUSABLE", "Slack names no channel", "");
}

absl::Status Web::Walk(const std::string& channel, const std::string& thread, absl::Time oldest,
                       const std::function<bool(const json& message)>& visit) {
  std::string cursor;
  for (int page = 0; page < kPagesMax; ++page) {
    Fields fields = {{"channel", channel},
                     {"oldest", TsOf(oldest)},
                     {"limit", "200"},
                     {"include_all_metadata", "true"}};
    if (!thread.empty()) fields.emplace_back("ts", thread);
    if (!cursor.empty()) fields.emplace_back("cursor", cursor);
    TOCSIN_ASSIGN_OR_RETURN(
        const HttpResponse response,
        Get(thread.empty() ? "conversations.history" : "conversations.replies", fields));
    TOCSIN_ASSIGN_OR_RETURN(const json body, Good(response));
    for (const json& message : PartAt(body, "messages")) {
      if (!visit(message)) return absl::OkStatus();
    }
    cursor = TextAt(PartAt(body, "response_metadata"), "next_cursor");
    if (cursor.empty()) return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::StatusOr<json> Web::Fetch(const std::string& channel, const std::string& ts) {
  // A message in a thread is not in the channel's history.
  for (const char* method : {"conversations.history", "conversations.replies"}) {
    TOCSIN_ASSIGN_OR_RETURN(const HttpResponse response, Get(method, {{"channel", channel},
                                                                      {"ts", ts},
                                                                      {"oldest", ts},
                                                                      {"latest", ts},
                                                                      {"inclusive", "true"},
                                                                      {"limit", "1"}}));
    const absl::StatusOr<json> body = Good(response);
    if (absl::IsPermissionDenied(body.status())) continue;
    if (!body.ok()) return body.status();
    for (const json& message : PartAt(*body, "messages")) {
      if (TextAt(message, "ts") == ts) return message;
    }
  }
  return json::object();
}

std::string Web::Permalink(const std::string& channel, const std::string& ts) {
  const auto response = Get("chat.getPermalink", {{"channel", channel}, {"message_ts", ts}});
  if (!response.ok()) return "";
  const absl::StatusOr<json> body = Good(*response);
  return body.ok() ? TextAt(*body, "permalink") : "";
}

}  // namespace tocsin::chat::slack
