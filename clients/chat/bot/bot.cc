#include "clients/chat/bot/bot.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/chat/conversation/alerts.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/runtime/log.h"

namespace tocsin::chat {
namespace {

using runtime::LogLevel;
using runtime::MutexLock;

// People wait this long for an answer before they are told that it takes longer.
constexpr absl::Duration kFirstPatience = absl::Milliseconds(900);
constexpr absl::Duration kPatience = absl::Seconds(10);
constexpr absl::Duration kPauseMin = absl::Milliseconds(500);
constexpr absl::Duration kPauseMax = absl::Seconds(15);
// A message that was under way for longer is not acted on: what it says may no longer hold.
constexpr absl::Duration kAgeMax = absl::Minutes(10);
constexpr absl::Duration kFutureMax = absl::Minutes(5);
// An alert that has not left by then is said elsewhere.
constexpr absl::Duration kAlertLate = absl::Minutes(2);
// So often a message on which the server itself fails is tried before those behind it go on.
constexpr int kFailuresMax = 5;
// Messages at once, and a second.
constexpr double kBurstLinked = 100;
constexpr double kRateLinked = 10;
constexpr double kBurstUnlinked = 20;
constexpr double kRateUnlinked = 0.5;
constexpr size_t kAllowancesMax = 10'000;
constexpr absl::Duration kIdle = absl::Seconds(30);

// Text of a pinned message as a note.
Request PinRequest(const Inbound& inbound) {
  RecordNote note;
  note.text = inbound.text;
  note.at = Moment{inbound.sent_time, Precision::kSecond, /*told_back=*/false};
  if (!inbound.author.empty()) note.attributes["written_by"] = inbound.author;
  return Request{"", std::move(note)};
}

std::string SourceOf(const Taken& taken) {
  if (!taken.inbound.permalink.empty()) return taken.inbound.permalink;
  return absl::StrCat(taken.adapter, " ", taken.inbound.room, " ", taken.inbound.key);
}

}  // namespace

Bot::Bot(ChatState& state, CommandRunner& runner, runtime::Clock& clock, absl::TimeZone zone)
    : state_(state), runner_(runner), clock_(clock), zone_(zone) {}

void Bot::Add(const std::string& name, Channel channel) {
  channels_[name] = std::move(channel);
}

absl::Status Bot::OnInbound(std::string_view adapter, const Inbound& inbound) {
  const bool addressed =
      inbound.direct || inbound.addressed || inbound.kind != InboundKind::kMessage;
  if (!Addressed(inbound.text, addressed)) return absl::OkStatus();
  const std::string name(adapter);
  const bool linked = state_.LinkOf(name, inbound.account).has_value();
  if (!WithinRate(name, inbound, linked)) {
    // Whoever may not write loses nothing; whoever may is told when the server is asked less.
    if (!linked) return absl::OkStatus();
    return RefuseFlood(name, inbound);
  }
  const absl::StatusOr<bool> taken = state_.Take(name, inbound, clock_.Now());
  if (!taken.ok()) {
    runtime::Log(LogLevel::kError, "chat.message_refused",
                 {{"adapter", adapter}, {"reason", ReasonOf(taken.status())}});
    return taken.status();
  }
  if (*taken) Wake();
  return absl::OkStatus();
}

// One message of an account a moment, after a burst. Accounts that nobody is linked to share their
// room's allowance, which is small: they only ask for help, or for a link.
bool Bot::WithinRate(const std::string& adapter, const Inbound& inbound, bool linked) {
  const double burst = linked ? kBurstLinked : kBurstUnlinked;
  const double rate = linked ? kRateLinked : kRateUnlinked;
  const absl::Time now = clock_.Now();
  MutexLock lock(mutex_);
  if (allowances_.size() > kAllowancesMax) allowances_.clear();
  const std::string who = linked ? "account " + inbound.account : "room " + inbound.room;
  const auto [entry, fresh] = allowances_.try_emplace({adapter, who}, Allowance{burst, now});
  Allowance& allowance = entry->second;
  allowance.messages =
      std::min(burst, allowance.messages + rate * absl::ToDoubleSeconds(now - allowance.since));
  allowance.since = now;
  if (allowance.messages < 1) return false;
  allowance.messages -= 1;
  return true;
}

// Answered without being kept: the answer is the same whenever it comes again.
absl::Status Bot::RefuseFlood(const std::string& adapter, const Inbound& inbound) {
  const Taken taken{adapter, inbound, clock_.Now(), /*told_queued=*/false};
  // One answer a minute: the flood must not be answered with another.
  const std::string minute = absl::StrCat(absl::ToUnixSeconds(clock_.Now()) / 60);
  Pending pending = Post(taken, "flood", Refusal(TooMany()));
  pending.post.key = state_.PostKey({"flood", adapter, inbound.account, minute});
  return AddPosts({std::move(pending)}, std::nullopt);
}

void Bot::OnPosted(std::string_view adapter, std::string_view key, const PostResult& result) {
  const std::string name(adapter);
  const auto ended = state_.End(name, std::string(key), result, clock_.Now());
  if (!ended.ok()) {
    runtime::Log(LogLevel::kError, "chat.outbox_not_written", {{"adapter", adapter}});
  } else if (*ended && result.state == PostState::kFailed) {
    runtime::Log(LogLevel::kWarn, "chat.post_failed",
                 {{"adapter", adapter}, {"room", (*ended)->post.room}, {"cause", result.problem}});
  }
  Wake();
}

void Bot::OnState(std::string_view adapter, bool ready, std::string_view problem) {
  const std::string name(adapter);
  if (!ready) state_.Interrupted(name);
  const bool told = SetProblem({name, ""}, problem);
  {
    MutexLock lock(mutex_);
    ready_[name] = ready;
  }
  Wake();
  if (!told && !ready) return;
  runtime::Log(ready ? LogLevel::kInfo : LogLevel::kWarn, "chat.state",
               {{"adapter", adapter}, {"ready", ready ? "yes" : "no"}, {"problem", problem}});
}

// True when this is news.
bool Bot::SetProblem(const Place& place, std::string_view problem) {
  MutexLock lock(mutex_);
  const auto known = problems_.find(place);
  const std::string before = known == problems_.end() ? "" : known->second;
  if (problem.empty()) {
    problems_.erase(place);
  } else {
    problems_[place] = std::string(problem);
  }
  return before != problem;
}

void Bot::OnRoomState(std::string_view adapter, std::string_view room, std::string_view problem) {
  SetProblem({std::string(adapter), std::string(room)}, problem);
  runtime::Log(problem.empty() ? LogLevel::kInfo : LogLevel::kWarn, "chat.room",
               {{"adapter", adapter}, {"room", room}, {"problem", problem}});
  Wake();
}

void Bot::Wake() {
  MutexLock lock(mutex_);
  work_ = true;
  changed_.NotifyAll();
}

void Bot::WaitForWork(absl::Time until) {
  MutexLock lock(mutex_);
  while (!work_) {
    const absl::Duration left = until - clock_.Now();
    if (left <= absl::ZeroDuration()) return;
    changed_.WaitFor(mutex_, left);
  }
}

std::vector<std::string> Bot::Problems() const {
  std::vector<std::string> lines;
  for (const Pending& late : state_.LateAlerts(clock_.Now() - kAlertLate)) {
    lines.push_back(absl::StrCat("alert ", late.alert, " of ", late.incident,
                                 " is not delivered to ", late.adapter, " ",
                                 TitleOf({late.adapter, late.post.room})));
  }
  MutexLock lock(mutex_);
  for (const auto& [place, problem] : problems_) {
    lines.push_back(place.room.empty()
                        ? absl::StrCat(place.adapter, ": ", problem)
                        : absl::StrCat(place.adapter, " ", TitleOf(place), ": ", problem));
  }
  return lines;
}

std::vector<Place> Bot::AlertRooms() const {
  std::vector<Place> places;
  for (const auto& [name, channel] : channels_) {
    for (const RoomConfig& room : channel.rooms) {
      if (room.alerts) places.push_back({name, room.room});
    }
  }
  return places;
}

// An account's name is shown only where it is one that people know and not an opaque key.
std::string Bot::NameIn(const std::string& adapter, const std::string& handle) const {
  const std::string& platform = channels_.at(adapter).platform;
  if (platform != "xmpp" && platform != "matrix") return handle;
  std::string name = handle;
  for (const Place& account : state_.AccountsOf(handle)) {
    if (account.adapter == adapter) absl::StrAppend(&name, " (", account.room, ")");
  }
  return name;
}

std::vector<Pending> Bot::AlertPosts(const std::string& incident, const AlertEntry& entry,
                                     const Standing& standing) const {
  std::vector<Place> places = state_.PlacesOf(incident);
  std::erase_if(places, [&](const Place& place) {
    return FindRoom(place.adapter, place.room) == nullptr;  // a direct message, or a room of before
  });
  if (places.empty()) places = AlertRooms();
  // The alert itself, one entry before, was said there.
  if (entry.first && !entry.asked.empty()) places.clear();
  const size_t rooms = places.size();
  for (const std::string& handle : entry.asked) {
    for (const Place& account : state_.AccountsOf(handle)) {
      if (channels_.contains(account.adapter)) places.push_back(account);
    }
  }
  std::vector<Pending> posts;
  for (size_t i = 0; i < places.size(); ++i) {
    const Place& place = places[i];
    AlertEntry said = entry;
    said.direct = i >= rooms;
    for (std::string& asked : said.asked) asked = NameIn(place.adapter, asked);
    std::optional<Blocks> blocks = AlertOf(said, standing, clock_.Now());
    if (!blocks) return {};
    Pending pending;
    pending.adapter = place.adapter;
    pending.post.key = state_.PostKey(
        {"alert", incident, absl::StrCat(entry.sequence), place.adapter, place.room});
    pending.post.room = place.room;
    pending.post.direct = said.direct;
    pending.post.blocks = *std::move(blocks);
    pending.post.created_time = clock_.Now();
    pending.alert = entry.sequence;
    pending.incident = incident;
    posts.push_back(std::move(pending));
  }
  return posts;
}

// Where an alert that did not arrive is said: on the other platforms, in the rooms that get all
// alerts or, without any, in every room; where there is no other platform, in another room that
// gets all alerts.
std::vector<Place> Bot::PlacesForLate(const Pending& late) const {
  const auto on_others = [&](std::vector<Place> places) {
    std::erase_if(places, [&](const Place& place) { return place.adapter == late.adapter; });
    return places;
  };
  if (std::vector<Place> places = on_others(AlertRooms()); !places.empty()) return places;
  std::vector<Place> all;
  for (const auto& [name, channel] : channels_) {
    for (const RoomConfig& room : channel.rooms) all.push_back({name, room.room});
  }
  if (std::vector<Place> places = on_others(std::move(all)); !places.empty()) return places;
  std::vector<Place> rest = AlertRooms();
  std::erase_if(rest, [&](const Place& place) { return place.room == late.post.room; });
  return rest;
}

void Bot::TellLateAlerts(absl::Time now) {
  for (const Pending& late : state_.LateAlerts(now - kAlertLate)) {
    const std::string where =
        absl::StrCat(late.adapter, " ", TitleOf({late.adapter, late.post.room}));
    std::vector<Pending> posts;
    for (const Place& place : PlacesForLate(late)) {
      Pending pending = late;
      pending.late = true;
      pending.adapter = place.adapter;
      pending.post.key = state_.PostKey({"late", late.post.key, place.adapter, place.room});
      pending.post.room = place.room;
      pending.post.direct = false;
      pending.post.again = false;
      pending.post.blocks = LateAlert(late.post.blocks, where);
      pending.post.created_time = now;
      posts.push_back(std::move(pending));
    }
    // The record says so as well, for whoever looks there; that it arrived later follows it.
    const Delivery undelivered{state_.PostKey({"undelivered", late.post.key}),
                               late.adapter,
                               late.post.room,
                               late.incident,
                               late.alert,
                               /*delivered=*/false,
                               "not within 2 min",
                               now};
    if (!state_.AddPosts(std::move(posts), std::nullopt, now).ok() ||
        !state_.AddDelivery(undelivered).ok()) {
      runtime::Log(LogLevel::kError, "chat.state_not_written");
    }
  }
}

// False when there is none, or the server is away.
bool Bot::ReportOldestDelivery() {
  const std::optional<Delivery> delivery = state_.OldestDelivery();
  if (!delivery || clock_.Now() < next_attempt_) return false;
  const absl::Status reported = runner_.Report(*delivery);
  if (NoAnswer(reported)) return false;
  if (!reported.ok()) {
    runtime::Log(LogLevel::kWarn, "chat.delivery_not_recorded", {{"reason", ReasonOf(reported)}});
  }
  return state_.ForgetDelivery(delivery->key).ok();
}

absl::Status Bot::AddPosts(std::vector<Pending> posts, std::optional<uint64_t> log_size) {
  TOCSIN_RETURN_IF_ERROR(state_.AddPosts(std::move(posts), log_size, clock_.Now()));
  Wake();
  return absl::OkStatus();
}

absl::Time Bot::Step() {
  {
    MutexLock lock(mutex_);
    work_ = false;
  }
  while (CarryOutOldest(clock_.Now())) PostDue(clock_.Now());
  const absl::Time now = clock_.Now();
  if (pause_ > absl::ZeroDuration()) AnswerWaiting(now);
  TellLateAlerts(now);
  while (ReportOldestDelivery()) PostDue(clock_.Now());
  PostDue(now);
  if (const absl::Status tidied = state_.Tidy(now); !tidied.ok()) {
    runtime::Log(LogLevel::kError, "chat.state_not_written", {{"reason", ReasonOf(tidied)}});
  }
  absl::Time again = std::min(now + kIdle, std::max(state_.NextRetry(), now + kPauseMin));
  if (state_.OldestDelivery()) again = std::min(again, now + kAlertLate / 8);
  if (state_.taken_count() > 0) again = std::min(again, std::max(next_attempt_, now));
  return again;
}

// False when nothing can be carried out now.
bool Bot::CarryOutOldest(absl::Time now) {
  if (now < next_attempt_) return false;
  const std::optional<Taken> taken = state_.Oldest();
  if (!taken) return false;
  std::optional<Reply> reply = Answer(*taken);
  if (!reply) {
    // Whoever comes later waits behind this one.
    pause_ = std::clamp(pause_ * 2, kPauseMin, kPauseMax);
    next_attempt_ = clock_.Now() + pause_;
    return false;
  }
  pause_ = absl::ZeroDuration();
  return End(*taken, *std::move(reply));
}

// The server is away: who wants something recorded is told that it waits; everybody else gets an
// answer at once.
void Bot::AnswerWaiting(absl::Time now) {
  for (const Taken& taken : state_.Untold()) {
    const absl::StatusOr<Request> request = ReadMessage(taken);
    if (!request.ok()) {
      End(taken, {Refusal(request.status()), {}});
    } else if (!Writes(request->command)) {
      End(taken, {Refusal(absl::UnavailableError("the server cannot be reached")), {}});
    } else if (!state_.TellQueued(taken, Post(taken, "queued", Queued()), now).ok()) {
      runtime::Log(LogLevel::kError, "chat.state_not_written");
      return;
    }
  }
}

// False when it could not be kept.
bool Bot::End(const Taken& taken, Reply reply) {
  std::vector<Pending> answers;
  answers.push_back(Post(taken, "answer", std::move(reply.blocks)));
  const absl::Status finished =
      state_.Finish(taken, std::move(answers), reply.change, clock_.Now());
  if (finished.ok()) return true;
  // It is carried out again after the next start, and its effect is the same.
  runtime::Log(LogLevel::kError, "chat.state_not_written", {{"reason", ReasonOf(finished)}});
  next_attempt_ = clock_.Now() + kPauseMax;
  return false;
}

void Bot::PostDue(absl::Time now) {
  for (const auto& [name, channel] : channels_) {
    {
      MutexLock lock(mutex_);
      const auto ready = ready_.find(name);
      if (ready == ready_.end() || !ready->second) continue;
    }
    for (const Pending& pending : state_.Start(name, now)) channel.adapter->Post(pending.post);
  }
}

const RoomConfig* Bot::FindRoom(const std::string& adapter, const std::string& room) const {
  const auto channel = channels_.find(adapter);
  if (channel == channels_.end()) return nullptr;
  for (const RoomConfig& each : channel->second.rooms) {
    if (each.room == room) return &each;
  }
  return nullptr;
}

std::string Bot::TitleOf(const Place& place) const {
  const RoomConfig* room = FindRoom(place.adapter, place.room);
  return room == nullptr ? place.room : room->title;
}

// A direct message goes to one person, who sees what the command line would show: up to amber. What
// is above is not for a chat server at all.
Manner Bot::MannerOf(const Taken& taken) const {
  Manner manner;
  manner.now = clock_.Now();
  if (taken.inbound.direct) {
    manner.detail = Detail::kFull;
    return manner;
  }
  if (const RoomConfig* room = FindRoom(taken.adapter, taken.inbound.room); room != nullptr) {
    manner.detail = room->detail;
    manner.ceiling = room->tlp;
  }
  return manner;
}

Pending Bot::Post(const Taken& taken, std::string_view which, Blocks blocks) const {
  Pending pending;
  pending.adapter = taken.adapter;
  pending.post.key = state_.PostKey({taken.adapter, taken.inbound.key, which});
  pending.post.room = taken.inbound.room;
  pending.post.direct = taken.inbound.direct;
  pending.post.answers = taken.inbound.key;
  pending.post.blocks = std::move(blocks);
  pending.post.created_time = clock_.Now();
  return pending;
}

absl::StatusOr<Request> Bot::ReadMessage(const Taken& taken) const {
  const Inbound& inbound = taken.inbound;
  if (inbound.cut || inbound.text.size() > kTextBytesMax + 1024) return TooLong();
  if (inbound.sent_time > taken.taken_time + kFutureMax) return FromTheFuture();
  // A pin may be of an older message: it is the pin that is new.
  if (inbound.kind == InboundKind::kPin) return PinRequest(inbound);
  if (inbound.sent_time < taken.taken_time - kAgeMax) return Stale();
  const bool addressed =
      inbound.direct || inbound.addressed || inbound.kind == InboundKind::kButton;
  const std::string_view text = Addressed(inbound.text, addressed).value_or("");
  return ParseCommand(text, {.now = inbound.sent_time, .zone = zone_, .addressed = addressed});
}

absl::StatusOr<std::string> Bot::ResolveIncident(const Taken& taken, const Request& request) const {
  const Place place{taken.adapter, taken.inbound.room};
  const std::string bound = state_.IncidentOf(place);
  if (std::holds_alternative<BindRoom>(request.command)) return request.incident;
  if (std::holds_alternative<DeclareIncident>(request.command)) return std::string();
  if (taken.inbound.direct) {
    if (!request.incident.empty()) return request.incident;
    if (!bound.empty() || std::holds_alternative<SearchNotes>(request.command)) return bound;
    return NotBound();
  }
  if (bound.empty()) return NotBound();
  if (request.incident.empty() || request.incident == bound) return bound;
  std::string right_room;
  for (const Place& other : state_.PlacesOf(request.incident)) {
    if (FindRoom(other.adapter, other.room) == nullptr) continue;
    right_room = TitleOf(other);
    if (other.adapter == taken.adapter) break;
  }
  return WrongRoom(request.incident, bound, right_room);
}

absl::StatusOr<Order> Bot::MakeOrder(const Taken& taken, const Request& request) {
  const Inbound& inbound = taken.inbound;
  const std::optional<Link> link =
      inbound.account.empty() ? std::nullopt : state_.LinkOf(taken.adapter, inbound.account);
  if (!link) return NotLinked();
  Order order;
  order.adapter = taken.adapter;
  order.message = inbound.key;
  order.source = SourceOf(taken);
  order.token = link->token;
  TOCSIN_ASSIGN_OR_RETURN(order.incident, ResolveIncident(taken, request));
  order.command = request.command;
  order.sent_time = inbound.sent_time;
  order.zone = zone_;
  order.manner = MannerOf(taken);
  order.binds = std::holds_alternative<DeclareIncident>(request.command) &&
                state_.IncidentOf({taken.adapter, inbound.room}).empty();
  order.problems = Problems();
  order.patience = taken.told_queued ? kPatience : kFirstPatience;
  const Tlp ceiling = order.manner.ceiling;
  if (const auto* note = std::get_if<RecordNote>(&order.command);
      note != nullptr && note->tlp && *note->tlp > ceiling) {
    return AboveCeiling(*note->tlp, ceiling);
  }
  if (const auto* declare = std::get_if<DeclareIncident>(&order.command);
      declare != nullptr && declare->tlp && *declare->tlp > ceiling) {
    return AboveCeiling(*declare->tlp, ceiling);
  }
  return order;
}

// nullopt when the server is away and it is to be tried again.
std::optional<Bot::Reply> Bot::Answer(const Taken& taken) {
  const absl::StatusOr<Request> request = ReadMessage(taken);
  if (!request.ok()) return Reply{Refusal(request.status()), {}};
  const Command& command = request->command;
  if (const auto* help = std::get_if<AskHelp>(&command)) return Reply{Help(help->topic), {}};
  const Place place{taken.adapter, taken.inbound.room};
  if (const auto* refused = std::get_if<NotInChat>(&command)) {
    return Reply{NotHere(*refused, state_.IncidentOf(place)), {}};
  }
  if (std::holds_alternative<LinkAccount>(command) ||
      std::holds_alternative<UnlinkAccount>(command)) {
    return LinkOrUnlink(taken, command);
  }
  absl::StatusOr<Order> order = MakeOrder(taken, *request);
  if (!order.ok()) return Reply{Refusal(order.status()), {}};
  if (std::holds_alternative<UnbindRoom>(command)) {
    Reply reply{Unbound(order->incident), {}};
    reply.change.bind = "";
    return reply;
  }
  return RunOrder(taken, *order);
}

std::optional<Bot::Reply> Bot::RunOrder(const Taken& taken, const Order& order) {
  absl::StatusOr<Ran> ran = runner_.Run(order);
  if (!ServerFailed(ran.status())) failures_ = 0;
  if (ran.ok()) {
    Reply reply{std::move(ran->blocks), {}};
    if (!ran->bind.empty()) reply.change.bind = ran->bind;
    return reply;
  }
  if (TokenRefused(ran.status())) {
    Reply reply{Refusal(NotLinked()), {}};
    reply.change.link = Link{};
    runtime::Log(LogLevel::kWarn, "chat.token_ended", {{"adapter", taken.adapter}});
    return reply;
  }
  if (ServerFailed(ran.status()) && ++failures_ >= kFailuresMax) {
    failures_ = 0;
    return Reply{Refusal(OutcomeUnknown()), {}};
  }
  if (NoAnswer(ran.status())) {
    if (Writes(order.command)) return std::nullopt;
    return Reply{Refusal(absl::UnavailableError("the server cannot be reached")), {}};
  }
  return Reply{Refusal(ran.status()), {}};
}

Bot::Reply Bot::LinkOrUnlink(const Taken& taken, const Command& command) {
  const Inbound& inbound = taken.inbound;
  const auto* link = std::get_if<LinkAccount>(&command);
  if (link == nullptr) {
    const std::optional<Link> known = state_.LinkOf(taken.adapter, inbound.account);
    if (!known) return Reply{Refusal(NotLinked()), {}};
    const absl::Status ended = runner_.Unlink(known->token);
    if (!ended.ok() && !TokenRefused(ended)) return Reply{Refusal(ended), {}};
    Reply reply{{Text(absl::StrCat("This account is no longer linked to ", known->handle, "."))},
                {}};
    reply.change.link = Link{};
    return reply;
  }
  if (!inbound.direct) return Reply{Refusal(LinkInRoom()), {}};
  if (inbound.account.empty()) return Reply{Refusal(NotLinked()), {}};
  const std::string platform = channels_.at(taken.adapter).platform;
  const absl::StatusOr<Linked> linked =
      runner_.Link(link->code, absl::StrCat(platform, ":", inbound.account));
  if (!linked.ok()) {
    if (NoAnswer(linked.status())) {
      return Reply{Refusal(Error(absl::StatusCode::kUnavailable, "SERVER_UNREACHABLE",
                                 "the server cannot be reached",
                                 "Make a new code in a moment: tocsin chat link.")),
                   {}};
    }
    return Reply{Refusal(Error(absl::StatusCode::kPermissionDenied, "CODE_REFUSED",
                               "the code is wrong, used, expired or none for a chat",
                               "Make a new one: tocsin chat link.")),
                 {}};
  }
  Reply reply{{Text(absl::StrCat("This account is linked to ", linked->handle,
                                 ". What you write in my rooms is recorded as yours. End it with: "
                                 "unlink"))},
              {}};
  reply.change.link = Link{linked->handle, linked->token};
  return reply;
}

}  // namespace tocsin::chat
