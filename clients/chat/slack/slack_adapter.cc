#include "clients/chat/slack/slack_adapter.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "clients/chat/net/hmac.h"
#include "clients/chat/net/json.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/runtime/log.h"

namespace tocsin::chat {
namespace {

using nlohmann::json;
using runtime::MutexLock;
using slack::Event;

constexpr absl::Duration kHelloTimeout = absl::Seconds(10);
constexpr absl::Duration kTick = absl::Seconds(1);
constexpr absl::Duration kTokenPause = absl::Minutes(1);
constexpr absl::Duration kWatchPause = absl::Minutes(1);
constexpr absl::Duration kOverlap = absl::Seconds(10);
constexpr absl::Duration kSearchMargin = absl::Minutes(5);
constexpr absl::Duration kGapPause = absl::Milliseconds(20);
constexpr char kPosition[] = "heard_to_us";

absl::Status Ended(const std::string& why) {
  return Error(absl::StatusCode::kUnknown, "ENDED", why, "");
}

}  // namespace

SlackAdapter::SlackAdapter(SlackConfig config, AdapterContext context, runtime::Clock& clock,
                           ReconnectPauses pauses)
    : config_(std::move(config)),
      context_(std::move(context)),
      button_key_(HmacSha256(config_.bot_token, "tocsin slack buttons")),
      clock_(clock),
      pauses_(pauses),
      state_(context_),
      verifier_(config_.signing_secret),
      worker_(context_, [this](const Outbound& post) { return MakePost(post); }) {}

SlackAdapter::~SlackAdapter() {
  Stop();
}

absl::Status SlackAdapter::Start() {
  {
    MutexLock lock(mutex_);
    if (!absl::SimpleAtoi(context_.memory.Get(kPosition), &heard_to_us_)) heard_to_us_ = 0;
    remembered_to_us_ = heard_to_us_;
  }
  TOCSIN_ASSIGN_OR_RETURN(posting_, slack::Web::Make(config_));
  TOCSIN_ASSIGN_OR_RETURN(listening_, slack::Web::Make(config_));
  for (Line& line : lines_) {
    TOCSIN_ASSIGN_OR_RETURN(line.web, slack::Web::Make(config_));
  }
  if (!config_.signing_secret.empty()) {
    HttpServer::Options options;
    options.port = config_.port;
    TOCSIN_ASSIGN_OR_RETURN(
        listener_, HttpServer::Start(
                       options, [this](const HttpRequest& request) { return OnRequest(request); }));
  }
  worker_.Start("chat-slack-post");
  if (config_.app_token.empty()) {
    lines_[0].thread =
        std::make_unique<runtime::Thread>("chat-slack", [this] { RunWatch(lines_[0]); });
    return absl::OkStatus();
  }
  for (Line& line : lines_) {
    line.thread =
        std::make_unique<runtime::Thread>("chat-slack", [this, &line] { RunSocket(line); });
  }
  return absl::OkStatus();
}

void SlackAdapter::Post(const Outbound& post) {
  worker_.Post(post);
}

void SlackAdapter::Stop() {
  stop_.Stop();
  if (posting_ != nullptr) posting_->Cancel();
  if (listening_ != nullptr) listening_->Cancel();
  for (Line& line : lines_) {
    if (line.web != nullptr) line.web->Cancel();
    MutexLock lock(mutex_);
    if (line.socket != nullptr) line.socket->Cancel();
  }
  listener_.reset();
  worker_.Stop();
  for (Line& line : lines_) line.thread.reset();
}

slack::Self SlackAdapter::self() const {
  MutexLock lock(mutex_);
  return self_;
}

bool SlackAdapter::IsRoom(const std::string& channel) const {
  return std::any_of(config_.rooms.begin(), config_.rooms.end(),
                     [&](const RoomConfig& room) { return room.room == channel; });
}

void SlackAdapter::RunSocket(Line& line) {
  Backoff pauses(pauses_.first, pauses_.longest);
  while (!stop_.stopped()) {
    bool opened = false;
    const absl::Status ended = Converse(line, opened);
    RememberPosition();
    if (stop_.stopped()) return;
    SocketClosed(std::string(ended.message()));
    // Slack has asked for a new socket: the other one hears meanwhile.
    if (absl::IsAborted(ended)) {
      pauses.Reset();
      continue;
    }
    if (opened) pauses.Reset();
    absl::Duration pause = pauses.Next();
    if (absl::IsUnauthenticated(ended)) {
      pause = std::max(pause, std::min(kTokenPause, pauses_.longest));
    }
    if (!stop_.Pause(pause)) return;
  }
}

// Until the socket ends, and why it did: kAborted when Slack asked for a new one.
absl::Status SlackAdapter::Converse(Line& line, bool& opened) {
  TOCSIN_RETURN_IF_ERROR(Introduce(line));
  TOCSIN_ASSIGN_OR_RETURN(Url url, line.web->OpenSocket());
  WebSocketClient::Options options;
  options.url = std::move(url);
  options.ca_file = config_.ca_file;
  TOCSIN_ASSIGN_OR_RETURN(const std::unique_ptr<WebSocketClient> socket,
                          WebSocketClient::Make(std::move(options)));
  {
    MutexLock lock(mutex_);
    line.socket = socket.get();
  }
  if (stop_.stopped()) socket->Cancel();
  const auto converse = [&]() -> absl::Status {
    TOCSIN_RETURN_IF_ERROR(socket->Open());
    TOCSIN_ASSIGN_OR_RETURN(const std::optional<std::string> hello, socket->Read(kHelloTimeout));
    const std::optional<json> message = hello ? ReadJson(*hello) : std::nullopt;
    if (!message || TextAt(*message, "type") != "hello") return Ended("Slack does not say hello");
    TOCSIN_RETURN_IF_ERROR(CatchUp(line));
    SocketOpened();
    opened = true;
    const absl::Status ended = Follow(line, *socket);
    {
      MutexLock lock(mutex_);
      --open_sockets_;
    }
    return ended;
  };
  const absl::Status ended = converse();
  {
    // Nobody may reach for it any more.
    MutexLock lock(mutex_);
    line.socket = nullptr;
  }
  socket->Close();
  return ended;
}

absl::Status SlackAdapter::Follow(Line& line, WebSocketClient& socket) {
  while (true) {
    TOCSIN_ASSIGN_OR_RETURN(const std::optional<std::string> text, socket.Read(kTick));
    if (!text) {
      RememberPosition();
      continue;
    }
    const std::optional<json> message = ReadJson(*text);
    if (!message) return Ended("Slack says what is no message");
    if (TextAt(*message, "type") == "disconnect") {
      const std::string reason = TextAt(*message, "reason");
      if (reason == "warning") continue;  // the end will come
      if (reason == "too_many_websockets") return Ended("Slack has too many sockets of the app");
      if (reason == "link_disabled") return Ended("Socket Mode is switched off");
      return Error(absl::StatusCode::kAborted, "REFRESH", "Slack wants a new socket", "");
    }
    const std::string envelope = TextAt(*message, "envelope_id");
    if (envelope.empty()) continue;
    const Event event =
        slack::ReadEvent(PartAt(*message, "payload"), self(), button_key_, clock_.Now());
    const Taken taken = Take(*line.web, event, /*patient=*/true);
    if (taken == Taken::kNo) return Ended("the bot stops");
    json answer = {{"envelope_id", envelope}};
    if (taken == Taken::kNotOurs && TrueAt(*message, "accepts_response_payload") &&
        TextAt(*message, "type") == "slash_commands") {
      answer["payload"] = {{"text", "This channel is not set up for the bot."}};
    }
    TOCSIN_RETURN_IF_ERROR(socket.Write(WriteJson(answer)));
  }
}

// Without sockets: finds out whether the bot can post, and keeps an eye on it.
void SlackAdapter::RunWatch(Line& line) {
  Backoff pauses(pauses_.first, pauses_.longest);
  while (!stop_.stopped()) {
    absl::StatusOr<slack::Self> known = line.web->Introduce();
    if (stop_.stopped()) return;
    if (known.ok()) {
      {
        MutexLock lock(mutex_);
        self_ = *std::move(known);
      }
      state_.Ready();
      pauses.Reset();
    } else {
      state_.NotReady(std::string(known.status().message()));
    }
    if (!stop_.Pause(known.ok() ? kWatchPause : pauses.Next())) return;
  }
}

absl::Status SlackAdapter::Introduce(Line& line) {
  if (!self().user.empty()) return absl::OkStatus();
  TOCSIN_ASSIGN_OR_RETURN(slack::Self known, line.web->Introduce());
  MutexLock lock(mutex_);
  self_ = std::move(known);
  return absl::OkStatus();
}

// What was said while no socket was open, oldest first; at the very first time nothing.
absl::Status SlackAdapter::CatchUp(Line& line) {
  int64_t since_us = 0;
  while (true) {
    {
      MutexLock lock(mutex_);
      if (!gap_) return absl::OkStatus();
      if (!reading_gap_) {
        reading_gap_ = true;
        since_us = remembered_to_us_;
        break;
      }
    }
    // The other line reads it; what comes now comes after it.
    if (!stop_.Pause(kGapPause)) return Ended("the bot stops");
  }
  const absl::Status read = ReadGap(line, since_us);
  MutexLock lock(mutex_);
  reading_gap_ = false;
  if (read.ok()) gap_ = false;
  return read;
}

absl::Status SlackAdapter::ReadGap(Line& line, int64_t since_us) {
  const bool first = since_us == 0;
  const absl::Time since = first ? absl::UnixEpoch() : absl::FromUnixMicros(since_us) - kOverlap;
  // By Slack's own clock.
  absl::Time newest = absl::UnixEpoch();
  for (const RoomConfig& room : config_.rooms) {
    std::vector<json> missed;
    const absl::Status read = line.web->Walk(room.room, "", since, [&](const json& message) {
      newest = std::max(newest, slack::TimeOf(TextAt(message, "ts")));
      if (!first) missed.push_back(message);
      return !first;
    });
    if (absl::IsPermissionDenied(read)) {
      state_.Room(room.room,
                  absl::StrCat("the bot cannot read the channel: ", std::string(read.message())));
      continue;
    }
    TOCSIN_RETURN_IF_ERROR(read);
    state_.Room(room.room, "");
    std::reverse(missed.begin(), missed.end());
    for (json& message : missed) {
      message["type"] = "message";
      message["channel"] = room.room;
      const Event event = slack::ReadEvent(
          {{"type", "event_callback"}, {"team_id", self().team}, {"event", message}}, self(),
          button_key_, clock_.Now());
      if (Take(*line.web, event, /*patient=*/true) == Taken::kNo) return Ended("the bot stops");
    }
  }
  MutexLock lock(mutex_);
  // So that what was there before the bot came is not read later either.
  if (first) heard_to_us_ = std::max(heard_to_us_, absl::ToUnixMicros(newest + kOverlap));
  return absl::OkStatus();
}

void SlackAdapter::SocketOpened() {
  {
    MutexLock lock(mutex_);
    ++open_sockets_;
  }
  RememberPosition();
  state_.Ready();
}

void SlackAdapter::SocketClosed(const std::string& problem) {
  {
    MutexLock lock(mutex_);
    if (open_sockets_ > 0) return;
    gap_ = true;
    self_ = {};  // the token may be another one's by now
  }
  runtime::Log(runtime::LogLevel::kInfo, "chat.disconnected",
               {{"adapter", context_.name}, {"cause", problem}});
  state_.NotReady(problem);
}

SlackAdapter::Taken SlackAdapter::Take(slack::Web& web, const Event& event, bool patient) {
  switch (event.kind) {
    case Event::Kind::kNothing:
      return Taken::kYes;
    case Event::Kind::kInbound:
      if (!event.inbound.direct && !IsRoom(event.inbound.room)) return Taken::kNotOurs;
      return HandUp(event.inbound, patient);
    case Event::Kind::kPinned: {
      if (!IsRoom(event.channel)) return Taken::kNotOurs;
      Backoff pauses(absl::Milliseconds(500), absl::Seconds(20));
      absl::StatusOr<json> message = web.Fetch(event.channel, event.ts);
      while (!message.ok()) {
        if (!patient || !stop_.Pause(pauses.Next())) return Taken::kNo;
        message = web.Fetch(event.channel, event.ts);
      }
      if (!IsSlackId(TextAt(*message, "user")) || message->contains("bot_id")) return Taken::kYes;
      return HandUp(slack::ReadPin(*message, event, web.Permalink(event.channel, event.ts)),
                    patient);
    }
    case Event::Kind::kRemoved:
      if (IsRoom(event.channel)) {
        state_.Room(event.channel, event.actor.empty()
                                       ? "the bot was removed from the channel"
                                       : absl::StrCat("the bot was removed by ", event.actor));
      }
      return Taken::kYes;
    case Event::Kind::kAdded:
      if (IsRoom(event.channel)) state_.Room(event.channel, "");
      return Taken::kYes;
    case Event::Kind::kTokenRevoked:
      state_.NotReady("Slack has revoked the bot's token");
      return Taken::kYes;
  }
  return Taken::kYes;
}

// A patient caller waits until the bot has it on disk, which holds the acknowledgement back; the
// other one asks Slack to send it again.
SlackAdapter::Taken SlackAdapter::HandUp(const Inbound& inbound, bool patient) {
  Backoff pauses(absl::Milliseconds(100), absl::Seconds(10));
  while (!context_.events.OnInbound(context_.name, inbound).ok()) {
    if (!patient || !stop_.Pause(pauses.Next())) return Taken::kNo;
  }
  Heard(inbound);
  return Taken::kYes;
}

void SlackAdapter::Heard(const Inbound& inbound) {
  if (inbound.kind != InboundKind::kMessage || inbound.direct ||
      absl::StartsWith(inbound.key, "slash:")) {
    return;
  }
  MutexLock lock(mutex_);
  heard_to_us_ = std::max(heard_to_us_, absl::ToUnixMicros(inbound.sent_time));
}

void SlackAdapter::RememberPosition() {
  int64_t heard = 0;
  {
    MutexLock lock(mutex_);
    // While a gap is being read, what came after it does not count.
    if (gap_ || heard_to_us_ == remembered_to_us_) return;
    heard = heard_to_us_;
  }
  if (!context_.memory.Put(kPosition, absl::StrCat(heard)).ok()) return;
  MutexLock lock(mutex_);
  remembered_to_us_ = std::max(remembered_to_us_, heard);
}

absl::StatusOr<std::string> SlackAdapter::ChannelOf(const Outbound& post) {
  if (!IsSlackId(post.room)) {
    return Error(absl::StatusCode::kPermissionDenied, "NO_SUCH_ROOM", "there is no such room", "");
  }
  if (!post.direct) {
    const std::string problem = state_.RoomProblem(post.room);
    if (problem.empty()) return post.room;
    return Error(absl::StatusCode::kPermissionDenied, "NOT_IN_CHANNEL", problem, "");
  }
  if (const auto known = direct_channels_.find(post.room); known != direct_channels_.end()) {
    return known->second;
  }
  TOCSIN_ASSIGN_OR_RETURN(const std::string channel, posting_->OpenDirect(post.room));
  return direct_channels_[post.room] = channel;
}

PostResult SlackAdapter::MakePost(const Outbound& post) {
  // Its own posts can be told only by who it is.
  if (self().user.empty()) return {PostState::kRetry, {}, "", "not connected"};
  const auto failed = [](const absl::Status& status, PostState state) {
    return PostResult{absl::IsPermissionDenied(status) ? PostState::kFailed : state,
                      {},
                      "",
                      std::string(status.message())};
  };
  const absl::StatusOr<std::string> channel = ChannelOf(post);
  if (!channel.ok()) return failed(channel.status(), PostState::kRetry);
  if (post.again) {
    std::string found;
    const absl::Status searched =
        posting_->Walk(*channel, slack::ThreadOf(post.answers), post.created_time - kSearchMargin,
                       [&](const json& message) {
                         if (slack::IsPost(message, post.key, self()))
                           found = TextAt(message, "ts");
                         return found.empty();
                       });
    if (!searched.ok()) return failed(searched, PostState::kRetry);
    if (!found.empty()) return {PostState::kPosted, {}, found, ""};
  }
  const auto response = posting_->Post("chat.postMessage",
                                       slack::WritePost(post, *channel, button_key_, clock_.Now()));
  if (!response.ok()) {
    const bool nothing_sent = absl::IsUnavailable(response.status());
    return failed(response.status(), nothing_sent ? PostState::kRetry : PostState::kUnknown);
  }
  PostResult result = slack::ReadAnswer(*response, clock_.Now());
  if (result.state == PostState::kFailed && !post.direct &&
      (absl::StrContains(result.problem, "not_in_channel") ||
       absl::StrContains(result.problem, "channel_not_found") ||
       absl::StrContains(result.problem, "is_archived"))) {
    state_.Room(post.room, absl::StrCat("the bot cannot post in the channel: ", result.problem));
  }
  if (slack::TokenRefused(*response)) state_.NotReady("Slack refuses the bot's token");
  return result;
}

HttpResponse SlackAdapter::OnRequest(const HttpRequest& request) {
  if (request.method != "POST") return {kHttpNotFound, {}, ""};
  const bool is_json = absl::StartsWith(FindHeader(request.headers, "Content-Type").value_or(""),
                                        "application/json");
  const auto form = is_json ? std::nullopt : ParseForm(request.body);
  // Slack's check of the certificate carries no signature and wants nothing.
  if (form && FormField(*form, "ssl_check") == "1") return {kHttpOk, {}, ""};
  if (verifier_.Check(request, clock_.Now()) != SlackVerdict::kGood) {
    return {kHttpUnauthorised, {}, ""};
  }
  std::optional<json> payload;
  if (is_json) {
    payload = ReadJson(request.body);
  } else if (form && !FormField(*form, "payload").empty()) {
    payload = ReadJson(FormField(*form, "payload"));
  } else if (form) {
    payload = json::object();
    for (const auto& [name, value] : *form) (*payload)[name] = value;
  }
  if (!payload) return {kHttpBadRequest, {}, ""};
  return OnPayload(request, *payload);
}

HttpResponse SlackAdapter::OnPayload(const HttpRequest& request, const json& payload) {
  if (TextAt(payload, "type") == "url_verification") {
    return {kHttpOk, {{"Content-Type", "text/plain"}}, TextAt(payload, "challenge")};
  }
  const slack::Self known = self();
  // Who the bot is must be known, so that it does not hear itself.
  if (known.user.empty()) return {kHttpUnavailable, {}, ""};
  const absl::Time now = clock_.Now();
  const Event event = slack::ReadEvent(payload, known, button_key_, now);
  const Taken taken = Take(*listening_, event, /*patient=*/false);
  if (taken == Taken::kNo) return {kHttpUnavailable, {}, ""};
  verifier_.Remember(request, now);
  if (taken == Taken::kNotOurs && !TextAt(payload, "command").empty()) {
    return {kHttpOk,
            {{"Content-Type", "application/json"}},
            WriteJson({{"text", "This channel is not set up for the bot."}})};
  }
  return {kHttpOk, {}, ""};
}

}  // namespace tocsin::chat
