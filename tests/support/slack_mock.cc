#include "tests/support/slack_mock.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tocsin {

using chat::HttpRequest;
using chat::HttpResponse;
using nlohmann::json;
using runtime::MutexLock;

namespace {

HttpResponse Json(json body) {
  return {200, {{"Content-Type", "application/json; charset=utf-8"}}, body.dump()};
}

HttpResponse Problem(const std::string& error) {
  json body;
  body["ok"] = false;
  body["error"] = error;
  return Json(std::move(body));
}

size_t NumberOf(const std::string& text) {
  size_t number = 0;
  return absl::SimpleAtoi(text, &number) ? number : 0;
}

// The arguments of a call, in the query or a form.
std::map<std::string, std::string> FieldsOf(const HttpRequest& request) {
  std::map<std::string, std::string> fields;
  const size_t mark = request.target.find('?');
  const std::string query = mark == std::string::npos ? "" : request.target.substr(mark + 1);
  for (const std::string& part : {query, request.body}) {
    const auto form = chat::ParseForm(part);
    if (!form) continue;
    for (const auto& [name, value] : *form) fields[name] = value;
  }
  return fields;
}

}  // namespace

SlackMock::SlackMock()
    : mock_(std::make_unique<TlsMock>(
          TlsMock::Hooks{[this](const HttpRequest& request) { return Answer(request); },
                         [this](const std::shared_ptr<MockSocket>& socket, const HttpRequest&) {
                           MutexLock lock(mutex_);
                           sockets_.push_back(socket);
                           ++opened_;
                           json hello;
                           hello["type"] = "hello";
                           hello["num_connections"] = sockets_.size();
                           hello["connection_info"]["app_id"] = "A0APP";
                           hello["debug_info"]["host"] = "mock";
                           socket->Send(hello.dump());
                           for (const auto& [id, envelope] : envelopes_)
                             socket->Send(envelope.dump());
                         },
                         [this](const std::shared_ptr<MockSocket>&, const std::string& text) {
                           const json ack = json::parse(text, nullptr, false);
                           if (!ack.is_object() || !ack.contains("envelope_id")) return;
                           MutexLock lock(mutex_);
                           if (envelopes_.erase(ack["envelope_id"].get<std::string>()) == 0) return;
                           ++acknowledged_;
                           if (ack.contains("payload")) ack_payloads_.push_back(ack["payload"]);
                         },
                         // What a socket took to its grave goes to another one.
                         [this](const std::shared_ptr<MockSocket>& socket) {
                           MutexLock lock(mutex_);
                           if (std::erase(sockets_, socket) == 0 || sockets_.empty()) return;
                           for (const auto& [id, envelope] : envelopes_) {
                             sockets_.front()->Send(envelope.dump());
                           }
                         }})) {}

void SlackMock::SetTime(absl::Time now) {
  MutexLock lock(mutex_);
  now_us_ = absl::ToUnixMicros(now);
}

std::string SlackMock::NewTs() {
  now_us_ += 1000;
  constexpr int64_t kMillion = 1'000'000;
  return absl::StrFormat("%d.%06d", now_us_ / kMillion, now_us_ % kMillion);
}

void SlackMock::DeliverLocked(const std::string& type, const json& payload) {
  json envelope;
  envelope["envelope_id"] = absl::StrCat("envelope-", ++ids_);
  envelope["type"] = type;
  envelope["payload"] = payload;
  envelope["accepts_response_payload"] = type != "events_api";
  envelopes_[envelope["envelope_id"].get<std::string>()] = envelope;
  // One socket gets it; those that have died swallow it.
  if (!sockets_.empty())
    sockets_[static_cast<size_t>(ids_) % sockets_.size()]->Send(envelope.dump());
}

void SlackMock::Deliver(const std::string& type, const json& payload) {
  MutexLock lock(mutex_);
  DeliverLocked(type, payload);
}

std::string SlackMock::Say(const std::string& user, const std::string& text, const json& extra) {
  MutexLock lock(mutex_);
  json message;
  message["type"] = "message";
  message["user"] = user;
  message["text"] = text;
  message["ts"] = NewTs();
  message["channel"] = kRoom;
  message["channel_type"] = "group";
  message.update(extra);
  if (message["channel"] == kRoom) history_.push_back(message);
  json payload;
  payload["type"] = "event_callback";
  payload["team_id"] = kTeam;
  payload["event_id"] = absl::StrCat("Ev", ids_);
  payload["event"] = message;
  DeliverLocked("events_api", payload);
  return message["ts"];
}

std::string SlackMock::SayUnheard(const std::string& user, const std::string& text) {
  MutexLock lock(mutex_);
  json message;
  message["type"] = "message";
  message["user"] = user;
  message["text"] = text;
  message["ts"] = NewTs();
  history_.push_back(message);
  return message["ts"];
}

void SlackMock::SendRaw(const std::string& text) {
  MutexLock lock(mutex_);
  for (const auto& socket : sockets_) socket->Send(text);
}

void SlackMock::Refresh() {
  MutexLock lock(mutex_);
  if (sockets_.empty()) return;
  json message;
  message["type"] = "disconnect";
  message["reason"] = "refresh_requested";
  message["debug_info"]["host"] = "mock";
  sockets_.front()->Send(message.dump());
  sockets_.erase(sockets_.begin());
}

void SlackMock::AnswerPosts(int status, const std::string& error, int count) {
  MutexLock lock(mutex_);
  answer_status_ = status;
  answer_error_ = error;
  answer_count_ = count;
}

void SlackMock::RevokeToken(bool revoked) {
  {
    MutexLock lock(mutex_);
    revoked_ = revoked;
    if (revoked) sockets_.clear();
  }
  if (revoked) mock_->DropAll();
}

void SlackMock::RemoveBot(bool removed) {
  MutexLock lock(mutex_);
  removed_ = removed;
  json payload;
  payload["type"] = "event_callback";
  payload["team_id"] = kTeam;
  payload["event"]["channel"] = kRoom;
  if (removed) {
    payload["event"]["type"] = "group_left";
    payload["event"]["actor_id"] = kAda;
  } else {
    payload["event"]["type"] = "member_joined_channel";
    payload["event"]["user"] = kBot;
  }
  DeliverLocked("events_api", payload);
}

std::vector<json> SlackMock::BotPosts() const {
  MutexLock lock(mutex_);
  std::vector<json> posts;
  for (const json& message : history_) {
    if (message["user"] == kBot) posts.push_back(message);
  }
  return posts;
}

int SlackMock::acknowledged() const {
  MutexLock lock(mutex_);
  return acknowledged_;
}

std::vector<json> SlackMock::ack_payloads() const {
  MutexLock lock(mutex_);
  return ack_payloads_;
}

int SlackMock::opened() const {
  MutexLock lock(mutex_);
  return opened_;
}

HttpResponse SlackMock::MakePost(const json& body) {
  const bool counted = answer_count_ > 0;
  if (counted) --answer_count_;
  if (counted && answer_status_ == 429) {
    return {429, {{"Retry-After", "11"}}, R"({"ok":false,"error":"ratelimited"})"};
  }
  if (counted && !answer_error_.empty()) return Problem(answer_error_);
  const std::string channel = body.value("channel", "");
  if (removed_ && channel == kRoom) return Problem("not_in_channel");
  if (channel != kRoom && channel != kDirect) return Problem("channel_not_found");
  json message = body;
  message["type"] = "message";
  message["user"] = kBot;
  message["bot_id"] = "B0BOT";
  message["ts"] = NewTs();
  history_.push_back(message);
  if (counted && answer_status_ == 0) return {};
  json answer;
  answer["ok"] = true;
  answer["channel"] = channel;
  answer["ts"] = message["ts"];
  answer["message"] = message;
  return Json(std::move(answer));
}

HttpResponse SlackMock::History(const std::map<std::string, std::string>& fields) const {
  const auto field = [&](const std::string& name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  };
  if (field("channel") != kRoom && field("channel") != kDirect) return Problem("channel_not_found");
  if (removed_) return Problem("not_in_channel");
  const std::string oldest = field("oldest");
  const std::string latest = field("latest");
  json messages = json::array();
  for (auto message = history_.rbegin(); message != history_.rend(); ++message) {
    const std::string ts = (*message)["ts"];
    const bool inclusive = field("inclusive") == "true";
    if (message->contains("channel") && (*message)["channel"] != field("channel")) continue;
    if (!oldest.empty() && (inclusive ? ts < oldest : ts <= oldest)) continue;
    if (!latest.empty() && (inclusive ? ts > latest : ts >= latest)) continue;
    json seen = *message;
    if (field("include_all_metadata") != "true") seen.erase("metadata");
    messages.push_back(std::move(seen));
  }
  // In pages of 100; the cursor is the number of what was given.
  constexpr size_t kPage = 100;
  size_t begin = 0;
  if (!field("cursor").empty()) begin = NumberOf(field("cursor"));
  json page = json::array();
  for (size_t i = begin; i < std::min(messages.size(), begin + kPage); ++i) {
    page.push_back(messages[i]);
  }
  json answer;
  answer["ok"] = true;
  answer["messages"] = std::move(page);
  const bool more = begin + kPage < messages.size();
  answer["has_more"] = more;
  answer["response_metadata"]["next_cursor"] = more ? absl::StrCat(begin + kPage) : "";
  return Json(std::move(answer));
}

HttpResponse SlackMock::Answer(const HttpRequest& request) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (absl::StartsWith(path, "/link")) return {101, {}, ""};
  const std::string token = chat::FindHeader(request.headers, "Authorization").value_or("");
  MutexLock lock(mutex_);
  const bool opens = path == "/api/apps.connections.open";
  const std::string wanted = absl::StrCat("Bearer ", opens ? app_token() : bot_token());
  if (revoked_ || token != wanted) return Problem("invalid_auth");
  json answer;
  answer["ok"] = true;
  if (opens) {
    answer["url"] = absl::StrCat("wss://127.0.0.1:", mock_->port(), "/link?ticket=", ++ids_);
    return Json(std::move(answer));
  }
  if (path == "/api/auth.test") {
    answer["url"] = "https://mock.slack.test/";
    answer["user_id"] = kBot;
    answer["team_id"] = kTeam;
    answer["bot_id"] = "B0BOT";
    return Json(std::move(answer));
  }
  std::map<std::string, std::string> fields = FieldsOf(request);
  json body = json::parse(request.body, nullptr, false);
  if (!body.is_object()) {
    body = json::object();
    for (const auto& [name, value] : fields) {
      // The vendor's client sends objects as JSON in a form.
      const json inner = json::parse(value, nullptr, false);
      body[name] = inner.is_structured() ? inner : json(value);
    }
  }
  if (path == "/api/chat.postMessage") return MakePost(body);
  if (path == "/api/conversations.history" || path == "/api/conversations.replies") {
    return History(fields);
  }
  if (path == "/api/conversations.open") {
    if (body.value("users", "") != kAda) return Problem("user_not_found");
    answer["channel"]["id"] = kDirect;
    return Json(std::move(answer));
  }
  if (path == "/api/chat.getPermalink") {
    answer["permalink"] = "https://mock.slack.test/archives/" + fields["channel"];
    return Json(std::move(answer));
  }
  return Problem("unknown_method");
}

}  // namespace tocsin
