#include "clients/chat/irc/irc_session.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/chat/conversation/grammar.h"
#include "clients/chat/conversation/render.h"
#include "server/base/digest.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"

namespace tocsin::chat::irc {
namespace {

constexpr absl::Duration kLetInWithin = absl::Minutes(1);
constexpr absl::Duration kAnswerWithin = absl::Seconds(30);
constexpr absl::Duration kJoinWithin = absl::Seconds(20);
constexpr absl::Duration kJoinAgain = absl::Minutes(1);
constexpr absl::Duration kPingAfter = absl::Minutes(1);
constexpr absl::Duration kDeadAfter = absl::Minutes(2);
constexpr absl::Duration kNickAgain = absl::Minutes(1);
constexpr absl::Duration kNotifyOnlyAgain = absl::Hours(1);
constexpr size_t kRememberedMax = 1000;
// More would keep the room, and those behind, waiting for minutes.
constexpr size_t kPostLinesMax = 15;
// With names and keys as long as they may be, they fit into one line.
constexpr size_t kJoinChannelsMax = 3;
constexpr size_t kSaidBytesMax = 200;
// What servers put before a line that they pass on: user and host as long as they may be.
constexpr size_t kUserHostBytes = 11 + 64;
constexpr size_t kNativeKeyBytesMax = 200;
constexpr std::string_view kNickRoom = "nick ";
constexpr char kNotifyOnly[] = "this server does not say who writes; the bot only notifies here";
constexpr char kAgain[] = "(perhaps said before) ";

absl::Status Ended(std::string_view why) {
  return Error(absl::StatusCode::kUnavailable, "CONNECTION_ENDED", why, "");
}

// Words of somebody else, for a message to people.
std::string Said(const std::string& text) {
  return CutTo(RenderPlain({Heading(text)}), kSaidBytesMax);
}

// Why a channel cannot be entered, by the number of the refusal.
std::string WhyRefused(const Message& message) {
  static const std::map<std::string, std::string> known = {
      {"403", "there is no such channel"},
      {"405", "the bot is in too many channels"},
      {"471", "the channel is full"},
      {"473", "the channel is for invited people only"},
      {"474", "the bot is banned from the channel"},
      {"475", "the channel's key is wrong"},
      {"477", "the channel is for people with an account only"},
  };
  const auto found = known.find(message.command);
  return found == known.end() ? "the channel refuses the bot (" + Said(message.Last()) + ")"
                              : found->second;
}

bool IsChannelRefusal(const std::string& command) {
  static const std::set<std::string> numbers = {"403", "404", "405", "407", "437", "471", "473",
                                                "474", "475", "476", "477", "479", "489", "520"};
  return numbers.contains(command);
}

// "tocsin: status" and "@tocsin status" as "status".
bool TakeMention(std::string_view nick, std::string& text) {
  std::string_view rest = text;
  if (rest.starts_with('@')) rest.remove_prefix(1);
  if (!absl::StartsWithIgnoreCase(ToAbsl(rest), ToAbsl(nick))) return false;
  rest.remove_prefix(nick.size());
  if (rest.empty() || (rest[0] != ':' && rest[0] != ',' && rest[0] != ' ')) return false;
  rest.remove_prefix(1);
  text = std::string(absl::StripLeadingAsciiWhitespace(ToAbsl(rest)));
  return true;
}

}  // namespace

Session::Session(const IrcConfig& config, const AdapterContext& context, StateTeller& state,
                 Hooks hooks, Pace pace)
    : config_(config),
      context_(context),
      state_(state),
      hooks_(std::move(hooks)),
      pace_(pace),
      login_(config, [this](std::string_view command, const std::vector<std::string>& params) {
        Send(command, params);
      }) {
  for (const RoomConfig& room : config.rooms) rooms_[FoldCase(room.room)].name = room.room;
}

void Session::Send(std::string_view command, const std::vector<std::string>& params,
                   std::string_view tags) {
  if (const auto line = WriteLine(command, params, tags)) hooks_.send(*line);
}

Session::Room* Session::FindRoom(const std::string& channel) {
  const auto found = rooms_.find(FoldCase(channel));
  return found == rooms_.end() ? nullptr : &found->second;
}

bool Session::IsOwn(const Message& message) const {
  return FoldCase(message.Nick()) == FoldCase(login_.nick());
}

bool Session::TellsWhoWrites() const {
  return login_.Has("account-tag") && login_.Has("server-time");
}

void Session::OnConnected(absl::Time now) {
  connected_ = heard_ = turns_since_ = now;
  turns_ = pace_.burst;
  pinged_ = false;
  login_.Begin();
}

void Session::OnDisconnected() {
  for (const Speech& speech : std::exchange(speeches_, {})) {
    const PostState state = speech.said == 0 ? PostState::kRetry : PostState::kUnknown;
    context_.events.OnPosted(context_.name, speech.key,
                             {state, {}, "", "the connection ended before the server had it"});
  }
  for (auto& [folded, room] : rooms_) {
    room.joined = room.answered = false;
    room.next_try = absl::InfinitePast();
  }
  nicks_.clear();
  welcomed_ = ready_ = false;
}

absl::Status Session::OnLine(std::string_view line, absl::Time now) {
  const std::optional<Message> message = ReadLine(line);
  if (!message) return absl::OkStatus();
  heard_ = now;
  pinged_ = false;
  if (message->command == "PING") {
    Send("PONG", {message->Last()});
    return absl::OkStatus();
  }
  if (message->command == "ERROR") {
    return Ended(absl::StrCat("the server ended the connection (", Said(message->Last()), ")"));
  }
  TOCSIN_RETURN_IF_ERROR(login_.OnMessage(*message));
  OnMessage(*message, now);
  return absl::OkStatus();
}

void Session::OnMessage(const Message& message, absl::Time now) {
  const std::string& what = message.command;
  if (what == "PRIVMSG") {
    OnSpoken(message, now);
  } else if (what == "PONG") {
    OnPong(message);
  } else if (what == "JOIN") {
    if (Room* room = FindRoom(message.Param(0)); room != nullptr && IsOwn(message)) {
      room->joined = room->answered = true;
      state_.Room(room->name, "");
    }
  } else if (what == "PART" || what == "KICK") {
    OnLeft(message, now);
  } else if (what == "NICK" || what == "QUIT") {
    OnNick(message);
  } else if (what == "330" || what == "318" || what == "401") {
    OnWhois(message);
  } else if (IsChannelRefusal(what)) {
    OnRefused(message, now);
  } else if ((what == "376" || what == "422") && login_.done()) {
    welcomed_ = true;
    next_nick_try_ = now + kNickAgain;
  }
}

// A nick is nobody's any more, or the bot's own has changed.
void Session::OnNick(const Message& message) {
  if (IsOwn(message) && message.command == "NICK") login_.Renamed(message.Param(0));
  const std::string nick = FoldCase(message.Nick());
  std::erase_if(nicks_, [&](const auto& entry) { return FoldCase(entry.second) == nick; });
}

void Session::OnLeft(const Message& message, absl::Time now) {
  Room* room = FindRoom(message.Param(0));
  if (room == nullptr) return;
  if (message.command == "PART" && IsOwn(message)) {
    Leave(*room, "the bot was made to leave the channel", now);
  } else if (message.command == "KICK" && FoldCase(message.Param(1)) == FoldCase(login_.nick())) {
    Leave(*room, absl::StrCat("the bot was removed by ", Said(message.Nick())), now);
  }
}

void Session::OnRefused(const Message& message, absl::Time now) {
  Room* room = FindRoom(message.Param(1));
  if (room == nullptr) return;
  if (room->joined) {
    FailTo(room->name, Said(message.Last()));
  } else if (message.command != "404") {
    room->answered = true;
    Leave(*room, WhyRefused(message), now);
  }
}

void Session::Leave(Room& room, const std::string& why, absl::Time now) {
  room.joined = false;
  room.next_try = now + kJoinAgain;
  state_.Room(room.name, why);
  FailTo(room.name, why);
}

// Enters some of the channels in which the bot is not: those with keys first, as the command wants
// it.
void Session::Join(absl::Time now) {
  std::vector<std::string> channels;
  std::vector<std::string> keys;
  for (const bool with_key : {true, false}) {
    for (auto& [folded, room] : rooms_) {
      const auto key = config_.keys.find(room.name);
      if (room.joined || now < room.next_try || (key != config_.keys.end()) != with_key) continue;
      if (channels.size() == kJoinChannelsMax) continue;  // at the next tick
      room.answered = false;
      room.next_try = now + kJoinAgain;
      channels.push_back(room.name);
      if (with_key) keys.push_back(key->second);
    }
  }
  if (channels.empty()) return;
  std::vector<std::string> params = {absl::StrJoin(channels, ",")};
  if (!keys.empty()) params.push_back(absl::StrJoin(keys, ","));
  Send("JOIN", params);
}

void Session::OnSpoken(const Message& message, absl::Time now) {
  if (message.params.size() < 2 || !absl::StrContains(message.source, "!")) return;
  if (IsOwn(message)) return OnEcho(message);
  // Questions and answers between programs, and "/me".
  if (message.Param(1).starts_with('\x01')) return;
  const Room* room = FindRoom(message.Param(0));
  const bool direct = FoldCase(message.Param(0)) == FoldCase(login_.nick());
  if (room == nullptr && !direct) return;
  const std::optional<Inbound> inbound = ReadInbound(message, room, WrittenText(message.Param(1)));
  if (inbound && TellsWhoWrites() && !inbound->key.empty()) {
    if (direct && !inbound->account.empty()) {
      if (nicks_.size() > kRememberedMax) nicks_.clear();
      nicks_[inbound->account] = message.Nick();
    }
    hooks_.hand_up(*inbound);
  } else if (inbound && Addressed(inbound->text, direct || inbound->addressed)) {
    SayNotifyOnly(direct ? message.Nick() : room->name, now);
  }
}

// The key is empty when the server does not say when it was written.
std::optional<Inbound> Session::ReadInbound(const Message& message, const Room* room,
                                            std::string written) const {
  Inbound inbound;
  inbound.direct = room == nullptr;
  // Only the server's own tag tells: the bot asks for it, so nobody else can write it.
  if (login_.Has("account-tag")) inbound.account = FoldCase(message.Tag("account"));
  inbound.display_name = message.Nick();
  if (room != nullptr) {
    inbound.room = room->name;
  } else {
    inbound.room =
        inbound.account.empty() ? absl::StrCat(ToAbsl(kNickRoom), message.Nick()) : inbound.account;
  }
  inbound.addressed = TakeMention(login_.nick(), written);
  inbound.text = std::move(written);
  const std::string time = message.Tag("time");
  std::string ignored;
  if (!absl::ParseTime(absl::RFC3339_full, time, &inbound.sent_time, &ignored)) return inbound;
  const std::string id = message.Tag("msgid");
  inbound.key = !id.empty() && id.size() <= kNativeKeyBytesMax
                    ? absl::StrCat("msgid ", id)
                    : Sha256({"tocsin irc message\n", inbound.account, "\n", inbound.room, "\n",
                              time, "\n", id, "\n", message.Param(1)})
                          .Hex();
  return inbound;
}

void Session::SayNotifyOnly(const std::string& target, absl::Time now) {
  const std::string where = FoldCase(target);
  const auto told = told_notify_only_.find(where);
  if (told != told_notify_only_.end() && now - told->second < kNotifyOnlyAgain) return;
  if (!TakeTurn(now)) return;
  if (told_notify_only_.size() > kRememberedMax) told_notify_only_.clear();
  told_notify_only_[where] = now;
  // Nothing ever answers a NOTICE, so two bots cannot talk to each other for ever.
  Send("NOTICE", {target, kNotifyOnly});
}

std::vector<std::string> Session::LinesOf(const Outbound& post, const std::string& target) const {
  std::string text = RenderPlain(post.blocks);
  if (text.empty()) return {};
  if (post.again) text.insert(0, kAgain);
  const size_t around = std::string_view(":!@ PRIVMSG  :\r\n").size() + login_.nick().size() +
                        kUserHostBytes + target.size();
  const size_t bytes_max = kLineBytesMax - around;
  std::vector<std::string> lines = Pack(Wrap(text, bytes_max), bytes_max);
  if (lines.size() > kPostLinesMax) {
    const size_t left_out = lines.size() - (kPostLinesMax - 1);
    lines.resize(kPostLinesMax - 1);
    lines.push_back(absl::StrCat("… and ", left_out, " more lines; the command line shows all"));
  }
  return lines;
}

void Session::Post(const Outbound& post) {
  Speech speech;
  speech.key = post.key;
  const auto fail = [&](const std::string& problem) {
    context_.events.OnPosted(context_.name, post.key, {PostState::kFailed, {}, "", problem});
  };
  if (!welcomed_) {
    return context_.events.OnPosted(context_.name, post.key,
                                    {PostState::kRetry, {}, "", "not connected yet"});
  }
  if (post.direct && post.room.starts_with(kNickRoom)) {
    speech.target = post.room.substr(kNickRoom.size());
  } else if (post.direct) {
    const auto nick = nicks_.find(post.room);
    if (nick == nicks_.end()) return fail("the account is not here");
    speech.target = nick->second;
    speech.account = post.room;
    speech.stage = Stage::kToAsk;
  } else {
    const Room* room = FindRoom(post.room);
    if (room == nullptr) return fail("there is no such room");
    if (!room->joined) {
      const std::string problem = state_.RoomProblem(room->name);
      return fail(problem.empty() ? "the bot is not in the channel" : problem);
    }
    speech.target = room->name;
  }
  if (!WriteLine("PRIVMSG", {speech.target, "x"})) return fail("nobody can be called that");
  speech.lines = LinesOf(post, speech.target);
  if (speech.lines.empty()) return fail("there is nothing to say");
  speech.token = absl::StrCat("t", ++tokens_);
  speeches_.push_back(std::move(speech));
}

bool Session::TakeTurn(absl::Time now) {
  turns_ =
      std::min<double>(pace_.burst, turns_ + absl::FDivDuration(now - turns_since_, pace_.every));
  turns_since_ = now;
  if (turns_ < 1) return false;
  turns_ -= 1;
  return true;
}

// False when what is behind must wait.
bool Session::SayNext(Speech& speech, absl::Time now) {
  if (speech.stage == Stage::kToAsk) {
    if (!TakeTurn(now)) return false;
    speech.stage = Stage::kAsking;
    speech.since = now;
    Send("WHOIS", {speech.target});
  }
  if (speech.stage == Stage::kAsking) return false;
  const bool labels = login_.Has("labeled-response") && login_.Has("message-tags");
  for (; speech.said < speech.lines.size(); ++speech.said) {
    if (!TakeTurn(now)) return false;
    const std::string label = absl::StrCat("label=", speech.token, "-", speech.said);
    Send("PRIVMSG", {speech.target, speech.lines[speech.said]}, labels ? label : "");
  }
  if (speech.stage == Stage::kSpeaking) {
    speech.stage = Stage::kSettling;
    speech.since = now;
    Send("PING", {speech.token});
  }
  return true;
}

absl::Status Session::Speak(absl::Time now) {
  for (Speech& speech : speeches_) {
    if (now - speech.since > kAnswerWithin) return Ended("the server has stopped answering");
    if (!SayNext(speech, now)) break;
  }
  return absl::OkStatus();
}

Session::Speech* Session::FindSpeech(const Message& message, const std::string& target) {
  const std::string label = message.Tag("label");
  const std::string token = label.substr(0, label.find('-'));
  const std::string folded = FoldCase(target);
  for (Speech& speech : speeches_) {
    if (label.empty() ? FoldCase(speech.target) == folded : speech.token == token) return &speech;
  }
  return nullptr;
}

void Session::OnEcho(const Message& message) {
  Speech* speech = FindSpeech(message, message.Param(0));
  if (speech == nullptr) return;
  ++speech->echoed;
  if (speech->native_id.empty()) speech->native_id = message.Tag("msgid");
}

// A direct message goes to a nick, and nicks change hands: whoever has it now must be who wrote.
void Session::OnWhois(const Message& message) {
  const std::string& nick = message.Param(1);
  Speech* speech = FindSpeech(Message{}, nick);
  if (speech == nullptr) return;
  if (message.command == "330" && speech->stage == Stage::kAsking) {
    if (FoldCase(message.Param(2)) != speech->account) return;
    speech->stage = Stage::kSpeaking;
    speech->since = absl::InfiniteFuture();
  } else if (message.command == "401" || speech->stage == Stage::kAsking) {
    FailTo(nick, "the account is not here");
  }
}

void Session::OnPong(const Message& message) {
  for (const Speech& speech : speeches_) {
    if (speech.token != message.Last()) continue;
    const bool swallowed = login_.Has("echo-message") && speech.echoed < speech.lines.size();
    return Finish(
        speech.key,
        swallowed
            ? PostResult{PostState::kFailed, {}, "", "the server did not pass on what the bot said"}
            : PostResult{PostState::kPosted, {}, speech.native_id, ""});
  }
}

void Session::Finish(const std::string& key, PostResult result) {
  const std::string ended = key;  // it goes with the speech
  std::erase_if(speeches_, [&](const Speech& speech) { return speech.key == ended; });
  context_.events.OnPosted(context_.name, ended, result);
}

void Session::FailTo(const std::string& target, const std::string& problem) {
  while (const Speech* speech = FindSpeech(Message{}, target)) {
    Finish(speech->key, {PostState::kFailed, {}, "", problem});
  }
}

absl::Status Session::CheckAlive(absl::Time now) {
  if (!welcomed_) {
    if (now - connected_ > kLetInWithin) return Ended("the server does not let the bot in");
    return absl::OkStatus();
  }
  if (now - heard_ > kDeadAfter) return Ended("the server has stopped answering");
  if (now - heard_ > kPingAfter && !pinged_) {
    pinged_ = true;
    Send("PING", {"alive"});
  }
  return absl::OkStatus();
}

absl::Status Session::OnTick(absl::Time now) {
  TOCSIN_RETURN_IF_ERROR(CheckAlive(now));
  if (!welcomed_) return absl::OkStatus();
  Join(now);
  const bool answered = std::all_of(rooms_.begin(), rooms_.end(),
                                    [](const auto& entry) { return entry.second.answered; });
  if (!ready_ && (answered || now - connected_ > kJoinWithin)) {
    ready_ = true;
    state_.Ready();
  }
  if (login_.second_choice() && now >= next_nick_try_) {
    next_nick_try_ = now + kNickAgain;
    Send("NICK", {config_.nick});
  }
  return Speak(now);
}

}  // namespace tocsin::chat::irc
