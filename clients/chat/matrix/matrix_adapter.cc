#include "clients/chat/matrix/matrix_adapter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/chat/net/json.h"
#include "server/base/digest.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/runtime/log.h"

namespace tocsin::chat {
namespace {

using matrix::Event;
using nlohmann::json;

constexpr absl::Duration kSyncWait = absl::Seconds(30);
constexpr absl::Duration kSyncTimeout = absl::Seconds(60);
constexpr absl::Duration kTokenPause = absl::Minutes(1);
constexpr absl::Duration kSearchMargin = absl::Minutes(5);
constexpr int kPagesMax = 100;
constexpr char kSince[] = "since";
constexpr char kEncrypted[] = "the room is encrypted: the bot cannot read it";
constexpr char kFilter[] =
    R"({"presence":{"types":[]},"account_data":{"types":[]},"room":{"account_data":{"types":[]},)"
    R"("ephemeral":{"types":[]},"state":{"types":["m.room.encryption"]},"timeline":{"limit":50}}})";

absl::Status TokenRefused() {
  return Error(absl::StatusCode::kUnauthenticated, "TOKEN_REFUSED",
               "the homeserver refuses the bot's token",
               "Make a new one and put it into its file.");
}

absl::Status Unusable(int status) {
  return Error(absl::StatusCode::kUnknown, "ANSWER_UNUSABLE",
               absl::StrCat("the homeserver answers ", status), "");
}

std::string ShortHash(const std::string& text) {
  constexpr size_t kDigits = 16;
  return Sha256(text).Hex().substr(0, kDigits);
}

}  // namespace

MatrixAdapter::MatrixAdapter(MatrixConfig config, AdapterContext context, runtime::Clock& clock,
                             ReconnectPauses pauses)
    : config_(std::move(config)),
      context_(std::move(context)),
      clock_(clock),
      state_(context_),
      backoff_(pauses.first, pauses.longest),
      worker_(context_, [this](const Outbound& post) { return MakePost(post); }) {}

MatrixAdapter::~MatrixAdapter() {
  Stop();
}

absl::Status MatrixAdapter::Start() {
  HttpsClient::Options options;
  options.url = config_.url;
  options.ca_file = config_.ca_file;
  options.body_max = 32 * 1024 * 1024;
  TOCSIN_ASSIGN_OR_RETURN(reading_, HttpsClient::Make(options));
  TOCSIN_ASSIGN_OR_RETURN(posting_, HttpsClient::Make(options));
  worker_.Start("chat-mx-post");
  thread_ = std::make_unique<runtime::Thread>("chat-mx-read", [this] { Run(); });
  return absl::OkStatus();
}

void MatrixAdapter::Post(const Outbound& post) {
  worker_.Post(post);
}

void MatrixAdapter::Stop() {
  stop_.Stop();
  if (reading_ != nullptr) reading_->Cancel();
  if (posting_ != nullptr) posting_->Cancel();
  worker_.Stop();
  thread_.reset();
}

std::string MatrixAdapter::self() const {
  runtime::MutexLock lock(mutex_);
  return self_;
}

bool MatrixAdapter::IsRoom(const std::string& room) const {
  return std::any_of(config_.rooms.begin(), config_.rooms.end(),
                     [&](const RoomConfig& each) { return each.room == room; });
}

absl::StatusOr<HttpResponse> MatrixAdapter::Call(HttpsClient& client, const std::string& method,
                                                 const std::string& path, const json* body,
                                                 absl::Duration timeout) const {
  HttpRequest request;
  request.method = method;
  request.target = absl::StrCat("/_matrix/client/v3", path);
  request.headers = {{"Authorization", absl::StrCat("Bearer ", config_.token)}};
  if (body != nullptr) {
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = WriteJson(*body);
  }
  return client.Send(request, timeout);
}

void MatrixAdapter::Run() {
  since_ = context_.memory.Get(kSince);
  while (!stop_.stopped()) {
    const absl::Status ended = Converse();
    if (stop_.stopped()) return;
    runtime::Log(runtime::LogLevel::kInfo, "chat.disconnected",
                 {{"adapter", context_.name}, {"cause", std::string(ended.message())}});
    state_.NotReady(std::string(ended.message()));
    absl::Duration pause = backoff_.Next();
    if (absl::IsUnauthenticated(ended)) {
      pause = std::max(pause, std::min(kTokenPause, backoff_.longest()));
    }
    if (!stop_.Pause(pause)) return;
  }
}

absl::Status MatrixAdapter::Converse() {
  TOCSIN_RETURN_IF_ERROR(Introduce());
  TOCSIN_RETURN_IF_ERROR(CheckRooms());
  bool wait = false;
  while (true) {
    TOCSIN_ASSIGN_OR_RETURN(matrix::Sync sync, AskSync(wait));
    // What was said before the bot came was not said to it.
    if (since_.empty()) {
      sync.gaps.clear();
      std::erase_if(sync.events,
                    [](const Event& event) { return event.kind != Event::Kind::kEncrypted; });
    }
    TOCSIN_RETURN_IF_ERROR(TakeSync(sync));
    if (sync.next != since_) TOCSIN_RETURN_IF_ERROR(context_.memory.Put(kSince, sync.next));
    since_ = sync.next;
    backoff_.Reset();
    state_.Ready();
    wait = true;
  }
}

absl::Status MatrixAdapter::Introduce() {
  TOCSIN_ASSIGN_OR_RETURN(const HttpResponse response, Call(*reading_, "GET", "/account/whoami"));
  if (response.status == kHttpUnauthorised) return TokenRefused();
  const std::optional<json> body = ReadJson(response.body);
  const std::string account = body ? TextAt(*body, "user_id") : "";
  if (response.status != kHttpOk || !IsMatrixId(account, '@')) return Unusable(response.status);
  runtime::MutexLock lock(mutex_);
  self_ = account;
  return absl::OkStatus();
}

absl::Status MatrixAdapter::CheckRooms() {
  for (const RoomConfig& room : config_.rooms) {
    const absl::StatusOr<bool> encrypted = IsEncrypted(room.room);
    if (absl::IsPermissionDenied(encrypted.status())) {
      state_.Room(room.room, "the bot is not in the room; invite it");
    } else if (!encrypted.ok()) {
      return encrypted.status();
    } else if (*encrypted) {
      TOCSIN_RETURN_IF_ERROR(TellEncrypted(room.room));
    } else {
      state_.Room(room.room, "");
    }
  }
  return absl::OkStatus();
}

// Errors: kPermissionDenied when the bot is not in it.
absl::StatusOr<bool> MatrixAdapter::IsEncrypted(const std::string& room) {
  TOCSIN_ASSIGN_OR_RETURN(
      const HttpResponse response,
      Call(*reading_, "GET",
           absl::StrCat("/rooms/", PercentEncode(room), "/state/m.room.encryption")));
  if (response.status == kHttpOk) return true;
  if (response.status == kHttpNotFound) return false;
  if (response.status == kHttpUnauthorised) return TokenRefused();
  if (response.status == kHttpForbidden) {
    return Error(absl::StatusCode::kPermissionDenied, "NOT_IN_ROOM", "the bot is not in the room",
                 "Invite it.");
  }
  return Unusable(response.status);
}

absl::StatusOr<matrix::Sync> MatrixAdapter::AskSync(bool wait) {
  std::string path =
      absl::StrCat("/sync?filter=", PercentEncode(kFilter),
                   "&timeout=", wait ? absl::ToInt64Milliseconds(kSyncWait) : int64_t{0});
  if (!since_.empty()) absl::StrAppend(&path, "&since=", PercentEncode(since_));
  TOCSIN_ASSIGN_OR_RETURN(const HttpResponse response,
                          Call(*reading_, "GET", path, nullptr, kSyncTimeout));
  if (response.status == kHttpUnauthorised) return TokenRefused();
  std::optional<matrix::Sync> sync;
  if (response.status == kHttpOk) sync = matrix::ReadSync(response.body, self());
  if (!sync) return Unusable(response.status);
  return *std::move(sync);
}

absl::Status MatrixAdapter::TakeSync(const matrix::Sync& sync) {
  for (const auto& invitation : sync.invitations) {
    TOCSIN_RETURN_IF_ERROR(TakeInvitation(invitation));
  }
  for (const auto& gap : sync.gaps) TOCSIN_RETURN_IF_ERROR(ReadGap(gap));
  for (const Event& event : sync.events) TOCSIN_RETURN_IF_ERROR(Take(event));
  return absl::OkStatus();
}

absl::Status MatrixAdapter::TakeInvitation(const matrix::Sync::Invitation& invitation) {
  const bool known = std::find(config_.inviters.begin(), config_.inviters.end(),
                               invitation.inviter) != config_.inviters.end();
  if (!known) return absl::OkStatus();
  if (invitation.encrypted) {
    state_.Room(invitation.room, kEncrypted);
    return absl::OkStatus();
  }
  const json nothing = json::object();
  TOCSIN_ASSIGN_OR_RETURN(
      const HttpResponse response,
      Call(*reading_, "POST", absl::StrCat("/join/", PercentEncode(invitation.room)), &nothing));
  if (response.status == kHttpOk) state_.Room(invitation.room, "");
  if (response.status >= kHttpServerError || response.status == kHttpTooManyRequests) {
    return Unusable(response.status);
  }
  return absl::OkStatus();
}

// What the server has left out of an answer, oldest first.
absl::Status MatrixAdapter::ReadGap(const matrix::Sync::Gap& gap) {
  if (gap.before.empty()) return absl::OkStatus();
  std::vector<Event> missed;
  TOCSIN_RETURN_IF_ERROR(WalkBack(*reading_, gap.room, gap.before, since_, [&](const json& event) {
    missed.push_back(matrix::ReadEvent(event, gap.room, self()));
    return true;
  }));
  for (auto event = missed.rbegin(); event != missed.rend(); ++event) {
    // A change of membership that lies back is not how things stand.
    if (event->kind != Event::Kind::kLeft) TOCSIN_RETURN_IF_ERROR(Take(std::move(*event)));
  }
  return absl::OkStatus();
}

absl::Status MatrixAdapter::WalkBack(HttpsClient& client, const std::string& room,
                                     const std::string& from, const std::string& to,
                                     const Visit& visit) const {
  std::string position = from;
  for (int page = 0; page < kPagesMax; ++page) {
    std::string path = absl::StrCat("/rooms/", PercentEncode(room), "/messages?dir=b&limit=100");
    if (!position.empty()) absl::StrAppend(&path, "&from=", PercentEncode(position));
    if (!to.empty()) absl::StrAppend(&path, "&to=", PercentEncode(to));
    TOCSIN_ASSIGN_OR_RETURN(const HttpResponse response, Call(client, "GET", path));
    if (response.status == kHttpUnauthorised) return TokenRefused();
    // Not in it any more: there is nothing to read.
    if (response.status == kHttpForbidden) return absl::OkStatus();
    const std::optional<json> body = ReadJson(response.body);
    if (response.status != kHttpOk || !body) return Unusable(response.status);
    const json& chunk = PartAt(*body, "chunk");
    for (const json& event : chunk) {
      if (!visit(event)) return absl::OkStatus();
    }
    position = TextAt(*body, "end");
    if (position.empty() || position == to || chunk.empty()) return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status MatrixAdapter::Take(Event event) {
  switch (event.kind) {
    case Event::Kind::kNothing:
      return absl::OkStatus();
    case Event::Kind::kEncrypted:
      return TellEncrypted(event.room);
    case Event::Kind::kLeft:
      if (IsRoom(event.room)) {
        state_.Room(event.room, event.subject.empty()
                                    ? "the bot is no longer in the room; invite it"
                                    : absl::StrCat("the bot was removed by ", event.subject));
      }
      return absl::OkStatus();
    case Event::Kind::kPinned:
      return IsRoom(event.room) ? TakePin(event) : absl::OkStatus();
    case Event::Kind::kMessage:
      break;
  }
  if (!IsRoom(event.room)) {
    TOCSIN_ASSIGN_OR_RETURN(const bool direct, IsDirect(event.room, event.sender));
    if (!direct) return absl::OkStatus();
    event.inbound.direct = true;
    TOCSIN_RETURN_IF_ERROR(context_.memory.Put(absl::StrCat("direct:", event.sender), event.room));
  }
  if (HandUp(event.inbound)) return absl::OkStatus();
  return Unusable(0);
}

absl::Status MatrixAdapter::TakePin(const Event& event) {
  TOCSIN_ASSIGN_OR_RETURN(const HttpResponse response,
                          Call(*reading_, "GET",
                               absl::StrCat("/rooms/", PercentEncode(event.room), "/event/",
                                            PercentEncode(event.subject))));
  if (response.status >= kHttpServerError || response.status == kHttpTooManyRequests) {
    return Unusable(response.status);
  }
  const std::optional<json> body = ReadJson(response.body);
  if (response.status != kHttpOk || !body || TextAt(*body, "type") != "m.room.message" ||
      TextAt(*body, "sender") == self()) {
    return absl::OkStatus();
  }
  return HandUp(matrix::ReadPin(*body, event)) ? absl::OkStatus() : Unusable(0);
}

// Once in each room, in the clear, so that nobody believes to be heard.
absl::Status MatrixAdapter::TellEncrypted(const std::string& room) {
  state_.Room(room, kEncrypted);
  const std::string mark = absl::StrCat("told:", ShortHash(room));
  if (!context_.memory.Get(mark).empty()) return absl::OkStatus();
  const json notice = matrix::EncryptedNotice();
  TOCSIN_ASSIGN_OR_RETURN(
      const HttpResponse response,
      Call(*reading_, "PUT",
           absl::StrCat("/rooms/", PercentEncode(room), "/send/m.room.message/tocsin-encrypted-",
                        ShortHash(room)),
           &notice));
  if (response.status >= kHttpServerError || response.status == kHttpTooManyRequests) {
    return Unusable(response.status);
  }
  return context_.memory.Put(mark, "yes");
}

// Whether nobody but the account and the bot can read the room.
absl::StatusOr<bool> MatrixAdapter::IsDirect(const std::string& room, const std::string& account) {
  const absl::StatusOr<bool> encrypted = IsEncrypted(room);
  if (absl::IsPermissionDenied(encrypted.status())) return false;
  TOCSIN_RETURN_IF_ERROR(encrypted.status());
  const std::string base = absl::StrCat("/rooms/", PercentEncode(room));
  TOCSIN_ASSIGN_OR_RETURN(const HttpResponse members,
                          Call(*reading_, "GET", base + "/joined_members"));
  TOCSIN_ASSIGN_OR_RETURN(const HttpResponse rules,
                          Call(*reading_, "GET", base + "/state/m.room.join_rules"));
  if (std::max(members.status, rules.status) >= kHttpTooManyRequests) {
    return Unusable(std::max(members.status, rules.status));
  }
  const std::optional<json> joined = ReadJson(members.body);
  const std::optional<json> rule = ReadJson(rules.body);
  if (*encrypted || members.status != kHttpOk || rules.status != kHttpOk || !joined || !rule) {
    return false;
  }
  const json& people = PartAt(*joined, "joined");
  return people.is_object() && people.size() == 2 && people.contains(self()) &&
         people.contains(account) && TextAt(*rule, "join_rule") == "invite";
}

// Until the bot has it on disk: what comes after waits. False when the adapter is to stop.
bool MatrixAdapter::HandUp(const Inbound& inbound) {
  Backoff pauses(absl::Milliseconds(100), absl::Seconds(10));
  while (!context_.events.OnInbound(context_.name, inbound).ok()) {
    if (!stop_.Pause(pauses.Next())) return false;
  }
  return true;
}

PostResult MatrixAdapter::MakePost(const Outbound& post) {
  // Its own posts can be told only by who it is.
  if (self().empty()) return {PostState::kRetry, {}, "", "not connected yet"};
  std::string room = post.room;
  if (post.direct && IsMatrixId(room, '@')) {
    room = context_.memory.Get(absl::StrCat("direct:", post.room));
    if (room.empty()) {
      return {PostState::kFailed, {}, "", "this account has not written to the bot directly yet"};
    }
  }
  if (!IsMatrixId(room, '!') || (!post.direct && !IsRoom(room))) {
    return {PostState::kFailed, {}, "", "there is no such room"};
  }
  if (std::string problem = state_.RoomProblem(room); !problem.empty()) {
    return {PostState::kFailed, {}, "", std::move(problem)};
  }
  const absl::Time now = clock_.Now();
  if (post.again) {
    std::string found;
    const int64_t oldest = absl::ToUnixMillis(post.created_time - kSearchMargin);
    const absl::Status searched = WalkBack(*posting_, room, "", "", [&](const json& event) {
      if (matrix::IsPost(event, post.key, self())) found = TextAt(event, "event_id");
      return found.empty() && NumberAt(event, "origin_server_ts") >= oldest;
    });
    if (!searched.ok()) return {PostState::kRetry, {}, "", std::string(searched.message())};
    if (!found.empty()) return {PostState::kPosted, {}, found, ""};
  }
  const json content = matrix::WritePost(post);
  const auto response = Call(*posting_, "PUT",
                             absl::StrCat("/rooms/", PercentEncode(room), "/send/m.room.message/",
                                          PercentEncode(post.key)),
                             &content);
  if (!response.ok()) {
    const bool nothing_sent = absl::IsUnavailable(response.status());
    return {nothing_sent ? PostState::kRetry : PostState::kUnknown,
            {},
            "",
            std::string(response.status().message())};
  }
  if (response->status == kHttpForbidden && !post.direct) {
    state_.Room(room, "the bot may not post in the room");
  }
  return matrix::ReadAnswer(*response, now);
}

}  // namespace tocsin::chat
