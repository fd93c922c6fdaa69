#include "clients/chat/xmpp/session.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "clients/chat/conversation/render.h"

namespace tocsin::chat {
namespace {

constexpr absl::Duration kAnswerWithin = absl::Seconds(20);
constexpr absl::Duration kPingEvery = absl::Seconds(30);
constexpr absl::Duration kRoomPingEvery = absl::Minutes(1);
constexpr absl::Duration kEnterAgain = absl::Minutes(1);
// Servers take more; people read less.
constexpr size_t kBodyBytesMax = 32 * 1024;

Element Iq(const std::string& type, const std::string& to, Element child) {
  Element iq{.name = "iq", .attributes = {{"type", type}}};
  if (!to.empty()) iq.attributes["to"] = to;
  return iq.Add(std::move(child));
}

Element Ping(const std::string& to) {
  return Iq("get", to, Element{.name = "ping", .xmlns = xmlns::kPing});
}

std::string Condition(const Element& stanza) {
  const Element* error = stanza.Child("error");
  if (error == nullptr || error->children.empty()) return "error";
  return error->children[0].name;
}

std::string HeardKey(const std::string& room) {
  return "heard/" + room;
}

}  // namespace

Session::Session(const XmppConfig& config, const AdapterContext& context,
                 std::function<void(const Element&)> send)
    : config_(config), context_(context), send_(std::move(send)) {
  for (const RoomConfig& room : config.rooms) {
    rooms_.emplace(room.room, RoomState(Room(room.room, config.nick)));
  }
}

std::string Session::NewId() {
  return absl::StrCat("t", ++next_id_);
}

Session::RoomState* Session::FindRoom(const std::string& jid) {
  const auto room = rooms_.find(jid);
  return room == rooms_.end() ? nullptr : &room->second;
}

void Session::Ask(Element question, bool vital, absl::Time now,
                  std::function<void(const Element& answer, absl::Time now)> on_answer) {
  const std::string id = NewId();
  question.attributes["id"] = id;
  const std::string to = question.Attribute("to");
  // Only who was asked can answer.
  questions_[id] = {
      [to, on_answer = std::move(on_answer), this](const Element& answer, absl::Time at) {
        const std::string from = answer.Attribute("from");
        const bool own = to.empty() && (from.empty() || BareJid(from) == config_.jid);
        if (own || from == to) on_answer(answer, at);
      },
      now, vital};
  send_(question);
}

void Session::OnConnected(absl::Time now) {
  last_ping_ = now;
  send_(Element{.name = "presence"});
  context_.events.OnState(context_.name, /*ready=*/true, "");
  for (auto& [jid, state] : rooms_) Enter(state, now);
}

void Session::OnDisconnected(const std::string& problem) {
  questions_.clear();
  walks_.clear();
  for (auto& [jid, state] : rooms_) {
    state.room.Reset();
    state.stage = Stage::kOut;
    state.next_try = absl::InfinitePast();
    state.backlog.clear();
    for (const Outbound& post : state.waiting) {
      context_.events.OnPosted(context_.name, post.key, {.state = PostState::kUnknown});
    }
    state.waiting.clear();
  }
  auto lost = std::exchange(under_way_, {});
  for (const auto& [key, post] : lost) {
    context_.events.OnPosted(context_.name, key, {.state = PostState::kUnknown});
  }
  context_.events.OnState(context_.name, /*ready=*/false, problem);
}

void Session::Enter(RoomState& state, absl::Time now) {
  state.stage = Stage::kEntering;
  state.next_try = now + kAnswerWithin;
  Element join{.name = "x", .xmlns = xmlns::kMuc};
  join.Add({.name = "history", .attributes = {{"maxstanzas", "0"}}});
  Element presence{.name = "presence",
                   .attributes = {{"to", absl::StrCat(state.room.jid(), "/", config_.nick)}}};
  send_(presence.Add(std::move(join)));
}

// A room that the bot's entering has made is locked until it is set up. Only what the room offers
// is set: some servers refuse a form with other fields.
void Session::SetUp(RoomState& state, absl::Time now) {
  const std::string jid = state.room.jid();
  if (config_.members.empty()) {
    Element destroy{.name = "query", .xmlns = xmlns::kMucOwner};
    Ask(Iq("set", jid, destroy.Add({.name = "destroy"})), /*vital=*/false, now,
        [](const Element&, absl::Time) {});
    return Shut(state, Stage::kShut,
                "there is no such room; make it, for members only and with accounts shown to "
                "anyone, and make the bot a member",
                now);
  }
  state.stage = Stage::kSettingUp;
  const Element query{.name = "query", .xmlns = xmlns::kMucOwner};
  Ask(Iq("get", jid, query), /*vital=*/false, now,
      [this, jid](const Element& answer, absl::Time at) {
        RoomState& room = *FindRoom(jid);
        const Element* offered = answer.Child("query");
        const Element* form = offered == nullptr ? nullptr : offered->Child("x", xmlns::kData);
        if (form == nullptr) {
          return Shut(room, Stage::kShut,
                      "the new room cannot be set up (" + Condition(answer) + ")", at);
        }
        const std::map<std::string, std::string> wanted = {
            {"muc#roomconfig_whois", "anyone"},      {"muc#roomconfig_membersonly", "1"},
            {"muc#roomconfig_persistentroom", "1"},  {"muc#roomconfig_publicroom", "0"},
            {"muc#roomconfig_enablearchiving", "1"}, {"mam", "1"}};
        Element submit{.name = "x", .xmlns = xmlns::kData, .attributes = {{"type", "submit"}}};
        const auto set = [&](const std::string& name, const std::string& value) {
          Element field{.name = "field", .attributes = {{"var", name}}};
          submit.Add(field.Add({.name = "value", .text = value}));
        };
        set("FORM_TYPE", "http://jabber.org/protocol/muc#roomconfig");
        for (const Element& field : form->children) {
          const auto value = wanted.find(field.Attribute("var"));
          if (value != wanted.end()) set(value->first, value->second);
        }
        Element owner{.name = "query", .xmlns = xmlns::kMucOwner};
        Ask(Iq("set", jid, owner.Add(std::move(submit))), /*vital=*/false, at,
            [this, jid](const Element& done, absl::Time when) {
              RoomState& made = *FindRoom(jid);
              if (done.Attribute("type") == "result") {
                LetMembersIn(jid, when);
                return CatchUp(made, when);
              }
              Shut(made, Stage::kShut, "the new room cannot be set up (" + Condition(done) + ")",
                   when);
            });
      });
}

void Session::LetMembersIn(const std::string& jid, absl::Time now) {
  // One a question: prosody looks at the first item only.
  for (const std::string& member : config_.members) {
    Element query{.name = "query", .xmlns = xmlns::kMucAdmin};
    query.Add({.name = "item", .attributes = {{"affiliation", "member"}, {"jid", member}}});
    Ask(Iq("set", jid, std::move(query)), /*vital=*/false, now,
        [this, jid, member](const Element& answer, absl::Time) {
          if (answer.Attribute("type") == "result") return;
          context_.events.OnRoomState(context_.name, jid,
                                      member + " could not be let in (" + Condition(answer) + ")");
        });
  }
}

void Session::CatchUp(RoomState& state, absl::Time now) {
  state.stage = Stage::kCatchingUp;
  state.last_ping = now;
  const std::string& jid = state.room.jid();
  int64_t micros = 0;
  if (!absl::SimpleAtoi(context_.memory.Get(HeardKey(jid)), &micros)) {
    // The first time here: what was said before was not said to the bot.
    Remember(state, now);
    return Settle(state, now);
  }
  // Both clocks may be off, and what was read is known by its key.
  constexpr absl::Duration kOverlap = absl::Minutes(2);
  StartWalk({.archive = jid, .start = absl::FromUnixMicros(micros) - kOverlap}, now);
}

void Session::Settle(RoomState& state, absl::Time now) {
  state.stage = Stage::kIn;
  state.problem.clear();
  context_.events.OnRoomState(context_.name, state.room.jid(), "");
  for (const Inbound& inbound : std::exchange(state.backlog, {})) HandUp(state, inbound);
  for (const Outbound& post : std::exchange(state.waiting, {})) Post(post, now);
}

void Session::Shut(RoomState& state, Stage stage, const std::string& problem, absl::Time now) {
  state.stage = stage;
  state.next_try = now + kEnterAgain;
  state.room.Reset();
  if (state.problem != problem) {
    state.problem = problem;
    context_.events.OnRoomState(context_.name, state.room.jid(), problem);
  }
  state.backlog.clear();
  for (const Outbound& post : std::exchange(state.waiting, {})) {
    context_.events.OnPosted(
        context_.name, post.key,
        {.state = PostState::kRetry, .retry_after = kEnterAgain, .problem = problem});
  }
}

void Session::OnStanza(const Element& stanza, absl::Time now) {
  if (stanza.name == "presence") return OnPresence(stanza, now);
  if (stanza.name == "message") return OnMessage(stanza, now);
  if (stanza.name == "iq") return OnIq(stanza, now);
}

void Session::OnPresence(const Element& presence, absl::Time now) {
  RoomState* state = FindRoom(BareJid(presence.Attribute("from")));
  if (state == nullptr) return;
  std::string problem;
  switch (state->room.OnPresence(presence, problem)) {
    case RoomNews::kNothing:
      return;
    case RoomNews::kEntered:
      if (state->stage == Stage::kEntering) CatchUp(*state, now);
      return;
    case RoomNews::kCreated:
      if (state->stage == Stage::kEntering) SetUp(*state, now);
      return;
    case RoomNews::kAnonymous:
      send_({.name = "presence",
             .attributes = {{"to", absl::StrCat(state->room.jid(), "/", state->room.nick())},
                            {"type", "unavailable"}}});
      return Shut(*state, Stage::kShut, problem, now);
    case RoomNews::kLeft:
      // Its own leaving of a room that it shut is no news.
      if (state->stage != Stage::kShut) Shut(*state, Stage::kShut, problem, now);
      return;
  }
}

void Session::OnMessage(const Element& message, absl::Time now) {
  if (const Element* result = message.Child("result", xmlns::kArchive); result != nullptr) {
    const auto walk = walks_.find(result->Attribute("queryid"));
    if (walk == walks_.end()) return;
    // From the archive itself: whoever is in the room writes as "room/nick".
    const std::string from = message.Attribute("from");
    const std::string& archive = walk->second.archive;
    const bool own = archive.empty() && (from.empty() || BareJid(from) == config_.jid);
    if (own || from == archive) OnArchiveResult(*result);
    return;
  }
  const std::string type = message.Attribute("type");
  if (type == "error") return OnErrorMessage(message);
  RoomState* state = FindRoom(BareJid(message.Attribute("from")));
  if (state == nullptr) {
    if (type.empty() || type == "chat" || type == "normal") OnDirectMessage(message, now);
    return;
  }
  if (type == "groupchat") OnGroupMessage(*state, message, now);
}

void Session::OnGroupMessage(RoomState& state, const Element& message, absl::Time now) {
  std::string problem;
  if (state.room.OnNotice(message, problem) == RoomNews::kAnonymous) {
    send_({.name = "presence",
           .attributes = {{"to", absl::StrCat(state.room.jid(), "/", state.room.nick())},
                          {"type", "unavailable"}}});
    return Shut(state, Stage::kShut, problem, now);
  }
  if (ResourceOfJid(message.Attribute("from")) == state.room.nick()) {
    const auto sent = under_way_.find(message.Attribute("id"));
    if (sent != under_way_.end() && sent->second.post.room == state.room.jid()) {
      Confirm(sent->first, PostState::kPosted);
    }
    return;
  }
  if (state.stage != Stage::kIn && state.stage != Stage::kCatchingUp) return;
  const std::optional<Inbound> inbound = state.room.OnMessage(message, now);
  if (!inbound) return;
  state.heard = true;
  if (state.stage == Stage::kCatchingUp) {
    state.backlog.push_back(*inbound);
  } else {
    HandUp(state, *inbound);
  }
}

void Session::HandUp(RoomState& state, const Inbound& inbound) {
  if (context_.events.OnInbound(context_.name, inbound).ok()) return;
  // It is still in the archive: read it again from there.
  state.stage = Stage::kOut;
  state.next_try = inbound.sent_time + kEnterAgain;
}

void Session::OnDirectMessage(const Element& message, absl::Time now) {
  const std::string account = BareJid(message.Attribute("from"));
  const std::string body = message.ChildText("body");
  if (body.empty() || account.empty() || account == config_.jid ||
      account.find('@') == std::string::npos ||
      message.Child("replace", xmlns::kCorrect) != nullptr) {
    return;
  }
  Inbound inbound;
  for (const Element& child : message.children) {
    if (child.name == "stanza-id" && child.xmlns == xmlns::kStanzaId &&
        BareJid(child.Attribute("by")) == config_.jid) {
      inbound.key = child.Attribute("id");
    }
  }
  constexpr size_t kKeyBytesMax = 100;
  const std::string id = message.Attribute("id");
  if (inbound.key.empty() && !id.empty()) {
    inbound.key = absl::StrCat("dm/", account, "/", id.substr(0, kKeyBytesMax));
  }
  if (inbound.key.empty()) return;
  inbound.room = account;
  inbound.direct = true;
  inbound.account = account;
  inbound.display_name = account;
  inbound.text = body.substr(0, kInboundBytesMax);
  inbound.cut = body.size() > kInboundBytesMax;
  inbound.sent_time = now;
  if (const Element* delay = message.Child("delay", xmlns::kDelay); delay != nullptr) {
    std::string unread;
    if (!absl::ParseTime(absl::RFC3339_full, delay->Attribute("stamp"), &inbound.sent_time,
                         &unread)) {
      return;
    }
  }
  // What is not safe is not repeated by this platform: the person gets no answer, and writes again.
  if (!context_.events.OnInbound(context_.name, inbound).ok()) return;
}

void Session::OnErrorMessage(const Element& message) {
  const auto sent = under_way_.find(message.Attribute("id"));
  if (sent == under_way_.end()) return;
  const std::string room = sent->second.post.room;
  if (message.Attribute("from") != room) return;
  const std::string condition = Condition(message);
  const Element* error = message.Child("error");
  if (condition == "not-acceptable") {
    // The room does not know the bot any more.
    if (RoomState* state = FindRoom(room); state != nullptr) {
      state->stage = Stage::kOut;
      state->next_try = absl::InfinitePast();
    }
    return Confirm(sent->first, PostState::kRetry, "the bot was not in the room");
  }
  const bool wait = error != nullptr && error->Attribute("type") == "wait";
  Confirm(sent->first, wait ? PostState::kRetry : PostState::kFailed,
          absl::StrCat("the server refused the post (", condition, ")"));
}

void Session::OnIq(const Element& iq, absl::Time now) {
  const std::string type = iq.Attribute("type");
  if (type == "get" && iq.Child("ping", xmlns::kPing) != nullptr) {
    send_({.name = "iq",
           .attributes = {
               {"type", "result"}, {"to", iq.Attribute("from")}, {"id", iq.Attribute("id")}}});
    return;
  }
  if (type == "get" || type == "set") {
    Element error{.name = "error", .attributes = {{"type", "cancel"}}};
    error.Add({.name = "service-unavailable", .xmlns = "urn:ietf:params:xml:ns:xmpp-stanzas"});
    Element answer{
        .name = "iq",
        .attributes = {
            {"type", "error"}, {"to", iq.Attribute("from")}, {"id", iq.Attribute("id")}}};
    send_(answer.Add(std::move(error)));
    return;
  }
  const auto question = questions_.find(iq.Attribute("id"));
  if (question == questions_.end()) return;
  const auto on_answer = std::move(question->second.on_answer);
  questions_.erase(question);
  on_answer(iq, now);
}

void Session::Post(const Outbound& post, absl::Time now) {
  if (post.direct) {
    if (post.again)
      return StartWalk({.archive = "", .start = post.created_time, .wanted = post}, now);
    return Send(post, now);
  }
  RoomState* state = FindRoom(post.room);
  if (state == nullptr) {
    context_.events.OnPosted(
        context_.name, post.key,
        {.state = PostState::kFailed, .problem = "the configuration does not name this room"});
    return;
  }
  switch (state->stage) {
    case Stage::kIn:
      if (post.again) {
        return StartWalk({.archive = post.room, .start = post.created_time, .wanted = post}, now);
      }
      return Send(post, now);
    case Stage::kShut:
      context_.events.OnPosted(
          context_.name, post.key,
          {.state = PostState::kRetry, .retry_after = kEnterAgain, .problem = state->problem});
      return;
    case Stage::kOut:
    case Stage::kEntering:
    case Stage::kSettingUp:
    case Stage::kCatchingUp:
      state->waiting.push_back(post);
      return;
  }
}

void Session::Send(const Outbound& post, absl::Time now) {
  under_way_[post.key] = {post, now};
  Element message{
      .name = "message",
      .attributes = {
          {"to", post.room}, {"type", post.direct ? "chat" : "groupchat"}, {"id", post.key}}};
  message.Add({.name = "body", .text = XmlText(CutTo(RenderPlain(post.blocks), kBodyBytesMax))});
  send_(message);
  if (!post.direct) return;  // the room echoes it
  // A server handles what it gets in order: once it answers this, it has the message.
  Ask(Ping(""), /*vital=*/true, now,
      [this, key = post.key](const Element&, absl::Time) { Confirm(key, PostState::kPosted); });
}

// The key by value: what it names is erased.
void Session::Confirm(std::string key, PostState state, const std::string& problem) {
  if (under_way_.erase(key) == 0) return;
  context_.events.OnPosted(context_.name, key, {.state = state, .problem = problem});
}

bool Session::OnTick(absl::Time now) {
  for (const auto& [key, post] : under_way_) {
    if (now - post.sent > kAnswerWithin) return false;
  }
  std::vector<Question> unanswered;
  for (auto question = questions_.begin(); question != questions_.end();) {
    if (now - question->second.asked <= kAnswerWithin) {
      ++question;
      continue;
    }
    if (question->second.vital) return false;
    unanswered.push_back(std::move(question->second));
    question = questions_.erase(question);
  }
  if (now - last_ping_ > kPingEvery) {
    last_ping_ = now;
    Ask(Ping(""), /*vital=*/true, now, [](const Element&, absl::Time) {});
  }
  for (auto& [jid, state] : rooms_) {
    if (state.stage != Stage::kIn) {
      const bool stuck = state.stage == Stage::kSettingUp || state.stage == Stage::kCatchingUp;
      if (!stuck && state.next_try <= now) Enter(state, now);
      continue;
    }
    if (now - state.last_ping < kRoomPingEvery) continue;
    state.last_ping = now;
    // XEP-0410: the room passes a ping to oneself only to who is in it.
    Ask(Ping(absl::StrCat(jid, "/", state.room.nick())), /*vital=*/false, now,
        [this, room = jid](const Element& answer, absl::Time at) {
          if (answer.Attribute("type") != "error" || Condition(answer) != "not-acceptable") return;
          RoomState& lost = *FindRoom(room);
          if (lost.stage == Stage::kIn) Enter(lost, at);
        });
    if (state.heard) Remember(state, now);
  }
  return true;
}

// Up to here all was read. When it cannot be kept, more than needed is read again.
void Session::Remember(RoomState& state, absl::Time now) {
  const std::string micros = absl::StrCat(absl::ToUnixMicros(now));
  if (context_.memory.Put(HeardKey(state.room.jid()), micros).ok()) state.heard = false;
}

}  // namespace tocsin::chat
