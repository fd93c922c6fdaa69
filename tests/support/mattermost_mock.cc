#include "tests/support/mattermost_mock.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace tocsin {

using chat::HttpRequest;
using chat::HttpResponse;
using nlohmann::json;
using runtime::MutexLock;

namespace {

HttpResponse Json(int status, const json& body) {
  return {status, {{"Content-Type", "application/json"}}, body.dump()};
}

HttpResponse Problem(int status, const std::string& id) {
  return Json(status, {{"id", id}, {"message", id}, {"status_code", status}});
}

json User(const std::string& id) {
  const std::string name = id == MattermostMock::kBot ? "tocsin" : id.substr(0, 3);
  return {{"id", id},
          {"username", name},
          {"email", name + "@chat.test"},
          {"roles", "system_user"},
          {"create_at", 1},
          {"update_at", 1},
          {"delete_at", 0},
          {"is_bot", id == MattermostMock::kBot}};
}

int QueryNumber(const std::string& query, const std::string& name, int otherwise) {
  for (const absl::string_view part : absl::StrSplit(query, '&')) {
    const std::pair<std::string, std::string> field = absl::StrSplit(part, absl::MaxSplits('=', 1));
    int number = 0;
    if (field.first == name && absl::SimpleAtoi(field.second, &number)) return number;
  }
  return otherwise;
}

}  // namespace

MattermostMock::MattermostMock()
    : mock_(std::make_unique<TlsMock>(TlsMock::Hooks{
          [this](const HttpRequest& request) { return Answer(request); },
          [this](const std::shared_ptr<MockSocket>& socket, const HttpRequest& request) {
            MutexLock lock(mutex_);
            ++opened_;
            sockets_.push_back({socket, 0});
            if (!chat::FindHeader(request.headers, "Authorization")) return;  // asks by message
            socket->Send(json{{"event", "hello"},
                              {"data", {{"server_version", "9.11.0"}}},
                              {"broadcast", {{"user_id", kBot}}},
                              {"seq", sockets_.back().sequence++}}
                             .dump());
          },
          [this](const std::shared_ptr<MockSocket>& socket, const std::string& text) {
            // The vendor's client proves who it is by a first message.
            const json asked = json::parse(text, nullptr, false);
            if (asked.is_discarded() || asked.value("action", "") != "authentication_challenge") {
              return;
            }
            MutexLock lock(mutex_);
            socket->Send(json{{"status", "OK"}, {"seq_reply", asked["seq"]}}.dump());
            for (Listener& listener : sockets_) {
              if (listener.socket == socket) {
                socket->Send(json{{"event", "hello"},
                                  {"data", {{"server_version", "9.11.0"}}},
                                  {"broadcast", {{"user_id", kBot}}},
                                  {"seq", listener.sequence++}}
                                 .dump());
              }
            }
          }})) {}

void MattermostMock::SetTime(absl::Time now) {
  MutexLock lock(mutex_);
  now_ms_ = absl::ToUnixMillis(now);
}

std::string MattermostMock::NewId() {
  std::string number = absl::StrCat(++ids_);
  return "post" + std::string(22 - number.size(), '0') + number;
}

void MattermostMock::TellLocked(const std::string& event, const json& data, const json& broadcast) {
  const bool lost = lose_ > 0;
  if (lost) --lose_;
  for (Listener& listener : sockets_) {
    const int sequence = listener.sequence++;
    if (lost) continue;
    listener.socket->Send(
        json{{"event", event}, {"data", data}, {"broadcast", broadcast}, {"seq", sequence}}.dump());
  }
}

json MattermostMock::AddPost(json post, const std::string& sender) {
  const std::string channel = post["channel_id"];
  post["id"] = NewId();
  post["create_at"] = post["update_at"] = ++now_ms_;
  for (const char* number : {"edit_at", "delete_at"}) {
    if (!post.contains(number)) post[number] = 0;
  }
  for (const char* text : {"root_id", "type", "pending_post_id"}) {
    if (!post.contains(text)) post[text] = "";
  }
  if (!post.contains("props")) post["props"] = json::object();
  const std::string id = post["id"];
  posts_[id] = post;
  order_.push_back(id);
  TellLocked("posted",
             {{"channel_type", channel == kDirect ? "D" : "P"},
              {"sender_name", "@" + sender},
              {"post", post.dump()}},
             {{"channel_id", channel}});
  return post;
}

std::string MattermostMock::Say(const std::string& user, const std::string& channel,
                                const std::string& text, const json& extra) {
  MutexLock lock(mutex_);
  json post = {{"user_id", user}, {"channel_id", channel}, {"message", text}};
  post.update(extra);
  return AddPost(std::move(post), user.substr(0, 3))["id"];
}

void MattermostMock::React(const std::string& user, const std::string& post,
                           const std::string& emoji) {
  MutexLock lock(mutex_);
  TellLocked(
      "reaction_added",
      {{"reaction", json{{"user_id", user}, {"post_id", post}, {"emoji_name", emoji}}.dump()}},
      {{"channel_id", posts_[post]["channel_id"]}});
}

void MattermostMock::Tell(const std::string& event, const json& data, const json& broadcast) {
  MutexLock lock(mutex_);
  TellLocked(event, data, broadcast);
}

void MattermostMock::TellRaw(const std::string& text) {
  MutexLock lock(mutex_);
  for (Listener& listener : sockets_) listener.socket->Send(text);
}

void MattermostMock::LoseEvent() {
  MutexLock lock(mutex_);
  ++lose_;
}

void MattermostMock::RevokeToken(bool revoked) {
  {
    MutexLock lock(mutex_);
    revoked_ = revoked;
  }
  if (revoked) mock_->DropAll();
}

void MattermostMock::RemoveBot(bool removed) {
  MutexLock lock(mutex_);
  removed_ = removed;
  if (removed) {
    TellLocked("user_removed", {{"channel_id", kRoom}, {"remover_id", kAda}}, {{"user_id", kBot}});
  } else {
    TellLocked("user_added", {{"user_id", kBot}, {"team_id", ""}}, {{"channel_id", kRoom}});
  }
}

void MattermostMock::AnswerPosts(int status, int count) {
  MutexLock lock(mutex_);
  post_status_ = status;
  post_status_count_ = count;
}

void MattermostMock::ForgetPending() {
  MutexLock lock(mutex_);
  pending_.clear();
}

std::vector<json> MattermostMock::BotPosts(const std::string& channel) const {
  MutexLock lock(mutex_);
  std::vector<json> found;
  for (const std::string& id : order_) {
    const json& post = posts_.at(id);
    if (post["user_id"] == kBot && post["channel_id"] == channel) found.push_back(post);
  }
  return found;
}

std::vector<std::string> MattermostMock::BotTexts(const std::string& channel) const {
  std::vector<std::string> texts;
  for (const json& post : BotPosts(channel)) texts.push_back(post["message"].get<std::string>());
  return texts;
}

int MattermostMock::socket_count() const {
  MutexLock lock(mutex_);
  return opened_;
}

int MattermostMock::post_requests() const {
  MutexLock lock(mutex_);
  return post_requests_;
}

HttpResponse MattermostMock::ListPosts(const std::string& channel, const std::string& query) const {
  const int page = QueryNumber(query, "page", 0);
  const int size = QueryNumber(query, "per_page", 60);
  json order = json::array();
  json posts = json::object();
  int index = 0;
  for (auto id = order_.rbegin(); id != order_.rend(); ++id) {
    if (posts_.at(*id)["channel_id"] != channel) continue;
    if (index >= page * size && index < (page + 1) * size) {
      order.push_back(*id);
      posts[*id] = posts_.at(*id);
    }
    ++index;
  }
  return Json(200,
              {{"order", order}, {"posts", posts}, {"next_post_id", ""}, {"prev_post_id", ""}});
}

HttpResponse MattermostMock::MakePost(const HttpRequest& request) {
  const json asked = json::parse(request.body, nullptr, false);
  MutexLock lock(mutex_);
  ++post_requests_;
  const bool lost = post_status_count_ > 0 && post_status_ == 0;
  if (post_status_count_ > 0) {
    --post_status_count_;
    if (post_status_ != 0) {
      HttpResponse response = Problem(post_status_, "api.context.rate_limit");
      response.headers.push_back({"X-Ratelimit-Reset", "3"});
      return response;
    }
  }
  if (asked.is_discarded()) return Problem(400, "api.context.invalid_body_param.app_error");
  const std::string channel = asked.value("channel_id", "");
  if (removed_ || (channel != kRoom && channel != kDirect)) {
    return Problem(403, "api.context.permissions.app_error");
  }
  const std::string pending = asked.value("pending_post_id", "");
  json post;
  if (const auto made = pending_.find(pending); !pending.empty() && made != pending_.end()) {
    post = posts_[made->second];
  } else {
    post = asked;
    post["user_id"] = kBot;
    post = AddPost(std::move(post), "tocsin");
    if (!pending.empty()) pending_[pending] = post["id"].get<std::string>();
  }
  if (lost) return {};
  return Json(201, post);
}

HttpResponse MattermostMock::Answer(const HttpRequest& request) {
  const std::pair<std::string, std::string> target =
      absl::StrSplit(request.target, absl::MaxSplits('?', 1));
  const std::string& path = target.first;
  const std::string authorisation = chat::FindHeader(request.headers, "Authorization").value_or("");
  if (path == "/api/v4/websocket") {
    MutexLock lock(mutex_);
    const bool refused =
        revoked_ || (!authorisation.empty() && authorisation != absl::StrCat("Bearer ", token()));
    return refused ? Problem(401, "api.context.session_expired.app_error")
                   : HttpResponse{101, {}, ""};
  }
  {
    MutexLock lock(mutex_);
    // The vendor's client writes the scheme in capitals.
    if (revoked_ || !absl::EqualsIgnoreCase(authorisation, absl::StrCat("Bearer ", token()))) {
      return Problem(401, "api.context.session_expired.app_error");
    }
  }
  if (request.method == "POST" && path == "/api/v4/posts") return MakePost(request);
  MutexLock lock(mutex_);
  if (path == "/api/v4/users/me") return Json(200, User(kBot));
  if (path == "/api/v4/channels/direct") {
    const json asked = json::parse(request.body, nullptr, false);
    const bool known = asked.is_array() && asked.size() == 2 && asked[1] == kAda;
    return known ? Json(201, {{"id", kDirect}, {"type", "D"}}) : Problem(404, "store.not_found");
  }
  const std::vector<std::string> parts = absl::StrSplit(path, '/');
  constexpr size_t kIdPart = 4;
  if (parts.size() > kIdPart + 1 && parts[3] == "channels" && parts[5] == "posts") {
    const bool known = parts[4] == kDirect || (parts[4] == kRoom && !removed_);
    return known ? ListPosts(parts[4], target.second)
                 : Problem(403, "api.context.permissions.app_error");
  }
  if (parts.size() > kIdPart + 1 && parts[3] == "users" && parts[5] == "channels") {
    return Json(200, json::array({{{"id", kDirect}, {"type", "D"}, {"last_post_at", now_ms_}},
                                  {{"id", kRoom}, {"type", "P"}, {"last_post_at", now_ms_}}}));
  }
  if (parts.size() > kIdPart && parts[3] == "posts" && posts_.contains(parts[4])) {
    return Json(200, posts_[parts[4]]);
  }
  if (parts.size() > kIdPart && parts[3] == "users") return Json(200, User(parts[4]));
  return Problem(404, "api.context.404.app_error");
}

}  // namespace tocsin
