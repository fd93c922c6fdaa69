#include "clients/chat/mattermost/mattermost_adapter.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "clients/chat/net/button_seal.h"
#include "clients/chat/net/hmac.h"
#include "clients/chat/net/json.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/runtime/log.h"

namespace tocsin::chat {
namespace {

using mattermost::Event;
using nlohmann::json;

constexpr absl::Duration kCallTimeout = absl::Seconds(20);
constexpr absl::Duration kHelloTimeout = absl::Seconds(10);
constexpr absl::Duration kTick = absl::Seconds(1);
constexpr absl::Duration kTokenPause = absl::Minutes(1);
// Clocks of several servers of one installation, and ours, differ.
constexpr int64_t kOverlapMs = 10'000;
constexpr absl::Duration kSearchMargin = absl::Minutes(5);
constexpr int kPageSize = 100;
constexpr int kPagesMax = 100;
constexpr char kPosition[] = "read_to_ms";

absl::Status TokenRefused() {
  return Error(absl::StatusCode::kUnauthenticated, "TOKEN_REFUSED",
               "Mattermost refuses the bot's token", "Make a new one and put it into its file.");
}

absl::Status Unusable(const std::string& what) {
  return Error(absl::StatusCode::kUnknown, "ANSWER_UNUSABLE", what, "");
}

}  // namespace

MattermostAdapter::MattermostAdapter(MattermostConfig config, AdapterContext context,
                                     runtime::Clock& clock, ReconnectPauses pauses)
    : config_(std::move(config)),
      context_(std::move(context)),
      server_(absl::StrCat("https://", config_.url.Authority())),
      button_key_(HmacSha256(config_.token, "tocsin mattermost buttons")),
      clock_(clock),
      state_(context_),
      backoff_(pauses.first, pauses.longest),
      worker_(context_, [this](const Outbound& post) { return MakePost(post); }) {}

MattermostAdapter::~MattermostAdapter() {
  Stop();
}

absl::Status MattermostAdapter::Start() {
  HttpsClient::Options options;
  options.url = config_.url;
  options.ca_file = config_.ca_file;
  TOCSIN_ASSIGN_OR_RETURN(reading_, HttpsClient::Make(options));
  TOCSIN_ASSIGN_OR_RETURN(posting_, HttpsClient::Make(options));
  if (!config_.button_url.empty()) {
    HttpServer::Options listen;
    listen.port = config_.button_port;
    TOCSIN_ASSIGN_OR_RETURN(buttons_, HttpServer::Start(listen, [this](const HttpRequest& request) {
                              return OnPress(request);
                            }));
  }
  worker_.Start("chat-mm-post");
  thread_ = std::make_unique<runtime::Thread>("chat-mm-read", [this] { Run(); });
  return absl::OkStatus();
}

void MattermostAdapter::Post(const Outbound& post) {
  worker_.Post(post);
}

void MattermostAdapter::Stop() {
  stop_.Stop();
  if (reading_ != nullptr) reading_->Cancel();
  if (posting_ != nullptr) posting_->Cancel();
  {
    runtime::MutexLock lock(mutex_);
    if (socket_ != nullptr) socket_->Cancel();
  }
  buttons_.reset();
  worker_.Stop();
  thread_.reset();
}

mattermost::Self MattermostAdapter::self() const {
  runtime::MutexLock lock(mutex_);
  return self_;
}

bool MattermostAdapter::IsRoom(const std::string& channel) const {
  return std::any_of(config_.rooms.begin(), config_.rooms.end(),
                     [&](const RoomConfig& room) { return room.room == channel; });
}

absl::StatusOr<HttpResponse> MattermostAdapter::Call(HttpsClient& client, const std::string& method,
                                                     const std::string& path,
                                                     const std::string& body) const {
  HttpRequest request;
  request.method = method;
  request.target = absl::StrCat("/api/v4", path);
  request.headers = {{"Authorization", absl::StrCat("Bearer ", config_.token)}};
  if (!body.empty()) request.headers.push_back({"Content-Type", "application/json"});
  request.body = body;
  return client.Send(request, kCallTimeout);
}

// Newest first, until `visit` says that it has seen enough.
absl::Status MattermostAdapter::Walk(HttpsClient& client, const std::string& channel,
                                     const Visit& visit) const {
  for (int page = 0; page < kPagesMax; ++page) {
    TOCSIN_ASSIGN_OR_RETURN(
        const HttpResponse response,
        Call(client, "GET",
             absl::StrCat("/channels/", channel, "/posts?page=", page, "&per_page=", kPageSize)));
    if (response.status == kHttpUnauthorised) return TokenRefused();
    if (response.status == kHttpForbidden || response.status == kHttpNotFound) {
      return Error(absl::StatusCode::kPermissionDenied, "NOT_IN_CHANNEL",
                   "the bot is not in the channel", "Add it to the channel.");
    }
    const std::optional<json> body = ReadJson(response.body);
    if (response.status != kHttpOk || !body || !PartAt(*body, "order").is_array()) {
      return Unusable(absl::StrCat("Mattermost answers ", response.status));
    }
    const json& order = PartAt(*body, "order");
    const json& posts = PartAt(*body, "posts");
    for (const json& id : order) {
      if (!id.is_string()) continue;
      const auto post = mattermost::ReadPost(PartAt(posts, id.get<std::string>().c_str()));
      if (post && post->channel == channel && !visit(*post)) return absl::OkStatus();
    }
    if (order.size() < static_cast<size_t>(kPageSize)) return absl::OkStatus();
  }
  return absl::OkStatus();
}

void MattermostAdapter::Run() {
  if (!absl::SimpleAtoi(context_.memory.Get(kPosition), &read_to_ms_)) read_to_ms_ = 0;
  remembered_to_ms_ = read_to_ms_;
  while (!stop_.stopped()) {
    const absl::Status ended = RunConnection();
    Remember();
    if (stop_.stopped()) return;
    runtime::Log(runtime::LogLevel::kInfo, "chat.disconnected",
                 {{"adapter", context_.name}, {"cause", std::string(ended.message())}});
    state_.NotReady(std::string(ended.message()));
    const bool refused = absl::IsUnauthenticated(ended);
    if (!stop_.Pause(refused ? std::max(backoff_.Next(), std::min(kTokenPause, backoff_.longest()))
                             : backoff_.Next())) {
      return;
    }
  }
}

// Until the connection ends, and why it did.
absl::Status MattermostAdapter::RunConnection() {
  TOCSIN_RETURN_IF_ERROR(Introduce());
  WebSocketClient::Options options;
  options.url = config_.url;
  options.url.target = "/api/v4/websocket";
  options.ca_file = config_.ca_file;
  options.headers = {{"Authorization", absl::StrCat("Bearer ", config_.token)}};
  TOCSIN_ASSIGN_OR_RETURN(const std::unique_ptr<WebSocketClient> socket,
                          WebSocketClient::Make(std::move(options)));
  {
    runtime::MutexLock lock(mutex_);
    socket_ = socket.get();
  }
  if (stop_.stopped()) socket->Cancel();
  absl::Status ended = socket->Open();
  if (ended.ok()) ended = WaitForHello(*socket);
  // What is said from here on comes over the socket; what was said before is read now.
  if (ended.ok()) ended = CatchUp();
  if (ended.ok()) {
    backoff_.Reset();
    state_.Ready();
    ended = Follow(*socket);
  }
  {
    runtime::MutexLock lock(mutex_);
    socket_ = nullptr;
  }
  return absl::IsUnauthenticated(ended) ? TokenRefused() : ended;
}

absl::Status MattermostAdapter::Introduce() {
  TOCSIN_ASSIGN_OR_RETURN(const HttpResponse response, Call(*reading_, "GET", "/users/me"));
  if (response.status == kHttpUnauthorised || response.status == kHttpForbidden) {
    return TokenRefused();
  }
  const std::optional<json> me = ReadJson(response.body);
  if (response.status != kHttpOk || !me || !IsMattermostId(TextAt(*me, "id")) ||
      TextAt(*me, "username").empty()) {
    return Unusable(absl::StrCat("Mattermost answers ", response.status));
  }
  runtime::MutexLock lock(mutex_);
  self_ = {TextAt(*me, "id"), TextAt(*me, "username")};
  return absl::OkStatus();
}

absl::Status MattermostAdapter::WaitForHello(WebSocketClient& socket) {
  next_sequence_ = 0;
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<std::string> text, socket.Read(kHelloTimeout));
  if (!text) return Unusable("Mattermost does not say hello");
  const Event event = mattermost::ReadEvent(*text, self());
  if (event.kind != Event::Kind::kHello) return Unusable("Mattermost does not say hello");
  next_sequence_ = event.sequence + 1;
  return absl::OkStatus();
}

absl::Status MattermostAdapter::CatchUp() {
  // The position moves when all has been read, not before.
  int64_t newest = std::max(read_to_ms_, int64_t{1});
  for (const RoomConfig& room : config_.rooms) {
    const absl::Status read = CatchUpIn(room.room, /*direct=*/false, newest);
    if (absl::IsPermissionDenied(read)) {
      state_.Room(room.room, std::string(read.message()));
    } else if (!read.ok()) {
      return read;
    } else {
      state_.Room(room.room, "");
    }
  }
  if (remembered_to_ms_ > 0) {
    TOCSIN_RETURN_IF_ERROR(CatchUpDirect(newest));
  } else {
    newest += kOverlapMs + 1;  // so that what was there before is not read later either
  }
  read_to_ms_ = newest;
  return absl::OkStatus();
}

absl::Status MattermostAdapter::CatchUpDirect(int64_t& newest) {
  TOCSIN_ASSIGN_OR_RETURN(const HttpResponse response,
                          Call(*reading_, "GET", absl::StrCat("/users/", self().id, "/channels")));
  // A list, which ReadJson does not take by itself; servers before 6.1 do not have it.
  const std::optional<json> body = ReadJson(absl::StrCat(R"({"channels":)", response.body, "}"));
  if (response.status != kHttpOk || !body) return absl::OkStatus();
  for (const json& channel : PartAt(*body, "channels")) {
    const std::string id = TextAt(channel, "id");
    if (TextAt(channel, "type") != "D" || !IsMattermostId(id) ||
        NumberAt(channel, "last_post_at") < remembered_to_ms_ - kOverlapMs) {
      continue;
    }
    const absl::Status read = CatchUpIn(id, /*direct=*/true, newest);
    if (!read.ok() && !absl::IsPermissionDenied(read)) return read;
  }
  return absl::OkStatus();
}

// What was said since the bot read last, oldest first. At the very first time nothing: what was
// said before the bot came was not said to it.
absl::Status MattermostAdapter::CatchUpIn(const std::string& channel, bool direct,
                                          int64_t& newest) {
  const int64_t remembered = remembered_to_ms_;
  std::vector<mattermost::Post> missed;
  TOCSIN_RETURN_IF_ERROR(Walk(*reading_, channel, [&](const mattermost::Post& post) {
    newest = std::max(newest, post.create_ms);
    if (remembered == 0 || post.create_ms < remembered - kOverlapMs) return false;
    missed.push_back(post);
    return true;
  }));
  for (auto post = missed.rbegin(); post != missed.rend(); ++post) {
    const auto inbound = mattermost::ReadMessage(*post, self(), direct, "", server_);
    if (inbound && !HandUp(*inbound)) return Unusable("the bot stops");
  }
  return absl::OkStatus();
}

absl::Status MattermostAdapter::Follow(WebSocketClient& socket) {
  Remember();
  while (true) {
    TOCSIN_ASSIGN_OR_RETURN(const std::optional<std::string> text, socket.Read(kTick));
    if (!text) {
      Remember();
      continue;
    }
    const Event event = mattermost::ReadEvent(*text, self());
    if (event.kind == Event::Kind::kBroken) return Unusable("Mattermost says what is no event");
    if (event.sequence >= 0 && event.sequence != next_sequence_) {
      return Unusable("Mattermost has lost events on the way");
    }
    if (event.sequence >= 0) ++next_sequence_;
    TOCSIN_RETURN_IF_ERROR(Take(event));
  }
}

absl::Status MattermostAdapter::Take(const Event& event) {
  switch (event.kind) {
    case Event::Kind::kPosted: {
      if (!event.direct && !IsRoom(event.post.channel)) return absl::OkStatus();
      const auto inbound =
          mattermost::ReadMessage(event.post, self(), event.direct, event.sender, server_);
      if (inbound && !HandUp(*inbound)) return Unusable("the bot stops");
      read_to_ms_ = std::max(read_to_ms_, event.post.create_ms);
      return absl::OkStatus();
    }
    case Event::Kind::kPinned:
      return TakePin(event);
    case Event::Kind::kRemoved:
      if (IsRoom(event.subject)) {
        state_.Room(event.subject, event.actor.empty()
                                       ? "the bot was removed from the channel"
                                       : absl::StrCat("the bot was removed by ", event.actor));
      }
      return absl::OkStatus();
    case Event::Kind::kAdded:
      if (IsRoom(event.subject)) state_.Room(event.subject, "");
      return absl::OkStatus();
    case Event::Kind::kOther:
    case Event::Kind::kHello:
    case Event::Kind::kBroken:
      break;
  }
  return absl::OkStatus();
}

absl::Status MattermostAdapter::TakePin(const Event& event) {
  TOCSIN_ASSIGN_OR_RETURN(const HttpResponse response,
                          Call(*reading_, "GET", absl::StrCat("/posts/", event.subject)));
  const std::optional<json> body = ReadJson(response.body);
  const auto post = body ? mattermost::ReadPost(*body) : std::nullopt;
  if (response.status != kHttpOk || !post || !IsRoom(post->channel) || !post->by_person) {
    return absl::OkStatus();
  }
  std::string author;
  if (IsMattermostId(post->user)) {
    TOCSIN_ASSIGN_OR_RETURN(const HttpResponse user,
                            Call(*reading_, "GET", absl::StrCat("/users/", post->user)));
    const std::optional<json> found = ReadJson(user.body);
    if (user.status == kHttpOk && found) author = TextAt(*found, "username");
  }
  if (!HandUp(mattermost::ReadPin(*post, event.actor, author, server_))) {
    return Unusable("the bot stops");
  }
  return absl::OkStatus();
}

// Until the bot has it on disk: what comes after waits. False when the adapter is to stop.
bool MattermostAdapter::HandUp(const Inbound& inbound) {
  Backoff pauses(absl::Milliseconds(100), absl::Seconds(10));
  while (!context_.events.OnInbound(context_.name, inbound).ok()) {
    if (!stop_.Pause(pauses.Next())) return false;
  }
  return !stop_.stopped();
}

void MattermostAdapter::Remember() {
  if (read_to_ms_ == remembered_to_ms_) return;
  // When it cannot be kept, more is read again after the next start, and none of it taken twice.
  const absl::Status kept = context_.memory.Put(kPosition, absl::StrCat(read_to_ms_));
  if (kept.ok()) remembered_to_ms_ = read_to_ms_;
}

absl::StatusOr<std::string> MattermostAdapter::ChannelOf(const Outbound& post) {
  if (!IsMattermostId(post.room)) {
    return Error(absl::StatusCode::kNotFound, "NO_SUCH_ROOM", "there is no such room", "");
  }
  if (!post.direct) {
    const std::string problem = state_.RoomProblem(post.room);
    if (problem.empty()) return post.room;
    return Error(absl::StatusCode::kPermissionDenied, "NOT_IN_CHANNEL", problem, "");
  }
  if (const auto known = direct_channels_.find(post.room); known != direct_channels_.end()) {
    return known->second;
  }
  TOCSIN_ASSIGN_OR_RETURN(
      const HttpResponse response,
      Call(*posting_, "POST", "/channels/direct", WriteJson(json::array({self().id, post.room}))));
  const std::optional<json> body = ReadJson(response.body);
  const std::string id = body ? TextAt(*body, "id") : "";
  if (IsSuccess(response.status) && IsMattermostId(id)) return direct_channels_[post.room] = id;
  if (response.status >= kHttpServerError || response.status == kHttpTooManyRequests ||
      response.status == kHttpUnauthorised) {
    return Error(absl::StatusCode::kUnavailable, "NOT_NOW",
                 absl::StrCat("Mattermost answers ", response.status), "");
  }
  return Error(absl::StatusCode::kNotFound, "NO_SUCH_ACCOUNT", "there is no such account", "");
}

PostResult MattermostAdapter::MakePost(const Outbound& post) {
  // Its own posts can be told only by who it is.
  if (self().id.empty()) return {PostState::kRetry, {}, "", "not connected yet"};
  const auto not_now = [](const absl::Status& status, bool may_be_there) {
    const bool nothing_sent = !may_be_there || absl::IsUnavailable(status);
    return PostResult{nothing_sent ? PostState::kRetry : PostState::kUnknown,
                      {},
                      "",
                      std::string(status.message())};
  };
  const absl::StatusOr<std::string> channel = ChannelOf(post);
  if (absl::IsNotFound(channel.status()) || absl::IsPermissionDenied(channel.status())) {
    return {PostState::kFailed, {}, "", std::string(channel.status().message())};
  }
  if (!channel.ok()) return not_now(channel.status(), /*may_be_there=*/false);
  if (post.again) {
    const int64_t oldest = absl::ToUnixMillis(post.created_time - kSearchMargin);
    std::string found;
    const absl::Status searched = Walk(*posting_, *channel, [&](const mattermost::Post& each) {
      if (each.user == self().id && each.key == post.key) found = each.id;
      return found.empty() && each.create_ms >= oldest;
    });
    if (!searched.ok()) return not_now(searched, /*may_be_there=*/false);
    if (!found.empty()) return {PostState::kPosted, {}, found, ""};
  }
  const json body = mattermost::WritePost(
      post, {*channel, self(), config_.button_url, button_key_, clock_.Now()});
  const auto response = Call(*posting_, "POST", "/posts", WriteJson(body));
  if (!response.ok()) return not_now(response.status(), /*may_be_there=*/true);
  PostResult result = mattermost::ReadAnswer(*response, clock_.Now());
  if (response->status == kHttpForbidden && !post.direct) {
    state_.Room(post.room, "the bot may not post in the channel");
  }
  if (response->status == kHttpUnauthorised) {
    // The reading thread finds out what is the matter, and says so.
    runtime::MutexLock lock(mutex_);
    if (socket_ != nullptr) socket_->Cancel();
  }
  return result;
}

// The server is told nothing but that it was taken; the answer comes as a post.
HttpResponse MattermostAdapter::OnPress(const HttpRequest& request) {
  const auto say = [](int status, const char* text) {
    return HttpResponse{
        status, {{"Content-Type", "application/json"}}, WriteJson({{"ephemeral_text", text}})};
  };
  if (request.method != "POST") return say(kHttpNotFound, "");
  const auto press = mattermost::ReadPress(request.body, button_key_, clock_.Now());
  if (!press || !IsRoom(press->inbound.room)) {
    return say(kHttpForbidden, "This button does not hold any more. Write the command.");
  }
  if (!context_.events.OnInbound(context_.name, press->inbound).ok()) {
    return say(kHttpUnavailable, "Not taken. Press again in a moment.");
  }
  return say(kHttpOk, "Taken.");
}

}  // namespace tocsin::chat
