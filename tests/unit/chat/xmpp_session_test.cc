// What the XMPP protocol means, without a connection: elements in, elements and events out.
#include "clients/chat/xmpp/session.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/text.h"
#include "tests/support/catch.h"

namespace tocsin::chat {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'781'085'600);
constexpr char kRoom[] = "war@rooms.example";

struct Events : AdapterEvents {
  absl::Status OnInbound(std::string_view, const Inbound& message) override {
    inbound.push_back(message);
    return inbound_status;
  }
  void OnPosted(std::string_view, std::string_view key, const PostResult& result) override {
    posted.emplace_back(key, result.state);
  }
  void OnState(std::string_view, bool is_ready, std::string_view) override { ready = is_ready; }
  void OnRoomState(std::string_view, std::string_view, std::string_view problem) override {
    room_problem = std::string(problem);
  }

  std::vector<Inbound> inbound;
  absl::Status inbound_status;
  std::vector<std::pair<std::string, PostState>> posted;
  bool ready = false;
  std::string room_problem = "none yet";
};

struct Notes : AdapterMemory {
  std::string Get(std::string_view key) const override {
    const auto found = values.find(std::string(key));
    return found == values.end() ? "" : found->second;
  }
  absl::Status Put(std::string_view key, std::string_view value) override {
    values[std::string(key)] = std::string(value);
    return absl::OkStatus();
  }
  std::map<std::string, std::string> values;
};

Element Presence(const std::string& nick, const std::string& jid,
                 const std::vector<std::string>& codes, const std::string& type = "") {
  Element item{.name = "item"};
  if (!jid.empty()) item.attributes["jid"] = jid;
  Element user{.name = "x", .xmlns = xmlns::kMucUser};
  user.Add(item);
  for (const std::string& code : codes) {
    user.Add({.name = "status", .attributes = {{"code", code}}});
  }
  Element presence{.name = "presence", .attributes = {{"from", absl::StrCat(kRoom, "/", nick)}}};
  if (!type.empty()) presence.attributes["type"] = type;
  return presence.Add(user);
}

Element GroupMessage(const std::string& nick, const std::string& text, const std::string& stanza_id,
                     const std::string& by = kRoom) {
  Element message{.name = "message",
                  .attributes = {{"from", absl::StrCat(kRoom, "/", nick)},
                                 {"type", "groupchat"},
                                 {"id", "client-" + stanza_id}}};
  message.Add({.name = "body", .text = text});
  if (!stanza_id.empty()) {
    message.Add({.name = "stanza-id",
                 .xmlns = xmlns::kStanzaId,
                 .attributes = {{"id", stanza_id}, {"by", by}}});
  }
  return message;
}

struct Fixture {
  Fixture() {
    config.name = "xmpp";
    config.jid = "tocsin@chat.example";
    RoomConfig room;
    room.room = kRoom;
    config.rooms = {room};
  }
  Session& session() {
    if (!made) {
      made = std::make_unique<Session>(config, context,
                                       [this](const Element& element) { sent.push_back(element); });
    }
    return *made;
  }
  void Enter(const std::vector<std::string>& codes = {"100", "110"}) {
    session().OnConnected(kNow);
    session().OnStanza(Presence("ada", "ada@chat.example/phone", {}), kNow);
    session().OnStanza(Presence("tocsin", "tocsin@chat.example/1", codes), kNow);
  }
  // The last element of that name that was sent.
  const Element& Sent(const std::string& name) const {
    for (auto element = sent.rbegin(); element != sent.rend(); ++element) {
      if (element->name == name) return *element;
    }
    FAIL("no " << name << " was sent");
    return sent[0];
  }
  size_t SentCount(const std::string& name) const {
    size_t count = 0;
    for (const Element& element : sent) count += element.name == name ? 1U : 0U;
    return count;
  }
  Outbound APost(const std::string& key) const {
    Outbound post;
    post.key = key;
    post.room = kRoom;
    post.blocks = {Text("hello " + key)};
    post.created_time = kNow;
    return post;
  }
  // The server's answer to the last question.
  Element AnswerTo(const Element& question, const std::string& type = "result") const {
    Element answer{.name = "iq", .attributes = {{"type", type}, {"id", question.Attribute("id")}}};
    if (!question.Attribute("to").empty()) answer.attributes["from"] = question.Attribute("to");
    return answer;
  }
  Element Archived(const Element& query, const std::string& id, Element message,
                   const std::string& jid) const {
    Element user{.name = "x", .xmlns = xmlns::kMucUser};
    message.Add(user.Add({.name = "item", .attributes = {{"jid", jid}}}));
    Element forwarded{.name = "forwarded", .xmlns = xmlns::kForward};
    forwarded.Add({.name = "delay",
                   .xmlns = xmlns::kDelay,
                   .attributes = {{"stamp", "2026-06-10T09:59:00Z"}}});
    forwarded.Add(std::move(message));
    Element result{
        .name = "result",
        .xmlns = xmlns::kArchive,
        .attributes = {{"id", id}, {"queryid", query.Child("query")->Attribute("queryid")}}};
    Element out{.name = "message", .attributes = {{"from", kRoom}}};
    return out.Add(result.Add(std::move(forwarded)));
  }
  Element Fin(const Element& query) const {
    Element answer = AnswerTo(query);
    return answer.Add(
        {.name = "fin", .xmlns = xmlns::kArchive, .attributes = {{"complete", "true"}}});
  }

  XmppConfig config;
  Events events;
  Notes notes;
  AdapterContext context{"xmpp", events, notes};
  std::vector<Element> sent;
  std::unique_ptr<Session> made;
};

}  // namespace

TEST_CASE("XMPP: a message is of the account that the room names, whatever the nickname") {
  Fixture f;
  f.Enter();
  CHECK(f.events.ready);
  f.session().OnStanza(GroupMessage("ada", "!inc log x", "s1"), kNow);
  REQUIRE(f.events.inbound.size() == 1);
  CHECK(f.events.inbound[0].account == "ada@chat.example");
  CHECK(f.events.inbound[0].key == "s1");
  CHECK(f.events.inbound[0].room == kRoom);
  CHECK_FALSE(f.events.inbound[0].direct);
  // Somebody takes her name after she has left.
  f.session().OnStanza(Presence("ada", "", {}, "unavailable"), kNow);
  f.session().OnStanza(Presence("ada", "eve@chat.example/x", {}), kNow);
  f.session().OnStanza(GroupMessage("ada", "!inc log y", "s2"), kNow);
  CHECK(f.events.inbound[1].account == "eve@chat.example");
  // One whose account was never shown is nobody.
  f.session().OnStanza(GroupMessage("ghost", "!inc log z", "s3"), kNow);
  CHECK(f.events.inbound[2].account.empty());
}

TEST_CASE("XMPP: what is its own, delayed, edited or without the room's id is not handed up") {
  Fixture f;
  f.Enter();
  f.session().OnStanza(GroupMessage("tocsin", "!inc log x", "s1"), kNow);
  Element delayed = GroupMessage("ada", "!inc log x", "s2");
  delayed.Add({.name = "delay", .xmlns = xmlns::kDelay});
  f.session().OnStanza(delayed, kNow);
  Element edited = GroupMessage("ada", "!inc log x", "s3");
  edited.Add({.name = "replace", .xmlns = xmlns::kCorrect});
  f.session().OnStanza(edited, kNow);
  f.session().OnStanza(GroupMessage("ada", "!inc log x", ""), kNow);
  f.session().OnStanza(GroupMessage("ada", "!inc log x", "s4", "eve@chat.example"), kNow);
  Element subject = GroupMessage("ada", "", "s5");
  f.session().OnStanza(subject, kNow);
  CHECK(f.events.inbound.empty());
}

TEST_CASE("XMPP: a room that hides accounts is left, loudly, also when it begins to") {
  Fixture f;
  f.Enter({"110"});
  CHECK_THAT(f.events.room_problem, ContainsSubstring("accounts are hidden"));
  CHECK(f.Sent("presence").Attribute("type") == "unavailable");
  f.session().OnStanza(GroupMessage("ada", "!inc log x", "s1"), kNow);
  CHECK(f.events.inbound.empty());
  f.session().Post(f.APost("p"), kNow);
  CHECK(f.events.posted.back() == std::pair(std::string("p"), PostState::kRetry));

  Fixture later;
  later.Enter();
  Element notice{.name = "message", .attributes = {{"from", kRoom}, {"type", "groupchat"}}};
  Element user{.name = "x", .xmlns = xmlns::kMucUser};
  notice.Add(user.Add({.name = "status", .attributes = {{"code", "173"}}}));
  Element forged = notice;
  forged.attributes["from"] = absl::StrCat(kRoom, "/eve");
  later.session().OnStanza(forged, kNow);
  CHECK(later.events.room_problem.empty());
  later.session().OnStanza(notice, kNow);
  CHECK_THAT(later.events.room_problem, ContainsSubstring("accounts are hidden"));
}

TEST_CASE("XMPP: a mention is a command without a prefix") {
  Fixture f;
  f.Enter();
  for (const char* text : {"tocsin: status", "Tocsin, status", "@tocsin status"}) {
    f.session().OnStanza(GroupMessage("ada", text, absl::StrCat("s", text)), kNow);
    CHECK(f.events.inbound.back().addressed);
    CHECK(f.events.inbound.back().text == "status");
  }
  f.session().OnStanza(GroupMessage("ada", "tocsinate this", "s9"), kNow);
  CHECK_FALSE(f.events.inbound.back().addressed);
}

TEST_CASE("XMPP: a post counts when the room echoes it, and not before") {
  Fixture f;
  f.Enter();
  f.session().Post(f.APost("p1"), kNow);
  CHECK(f.Sent("message").Attribute("id") == "p1");
  CHECK(f.Sent("message").ChildText("body") == "hello p1");
  CHECK(f.events.posted.empty());
  // Somebody else repeats its id.
  Element forged = GroupMessage("eve", "hello p1", "s1");
  forged.attributes["id"] = "p1";
  f.session().OnStanza(forged, kNow);
  CHECK(f.events.posted.empty());
  Element echo = GroupMessage("tocsin", "hello p1", "s2");
  echo.attributes["id"] = "p1";
  f.session().OnStanza(echo, kNow);
  CHECK(f.events.posted == std::vector{std::pair(std::string("p1"), PostState::kPosted)});
}

TEST_CASE("XMPP: a post without an echo means a dead connection, and is of unknown fate") {
  Fixture f;
  f.Enter();
  f.session().Post(f.APost("p1"), kNow);
  CHECK(f.session().OnTick(kNow + absl::Seconds(5)));
  CHECK_FALSE(f.session().OnTick(kNow + absl::Seconds(30)));
  f.session().OnDisconnected("gone");
  CHECK(f.events.posted == std::vector{std::pair(std::string("p1"), PostState::kUnknown)});
  CHECK_FALSE(f.events.ready);
}

TEST_CASE("XMPP: a post of unknown fate is looked for in the archive before it is sent again") {
  Fixture f;
  f.Enter();
  Outbound post = f.APost("p1");
  post.again = true;
  for (const bool there : {true, false}) {
    f.events.posted.clear();
    const size_t messages = f.SentCount("message");
    f.session().Post(post, kNow);
    const Element query = f.Sent("iq");
    CHECK(query.Attribute("to") == kRoom);
    Element found = GroupMessage("tocsin", "hello", "");
    found.attributes["id"] = "p1";
    // One of somebody else with the same id does not count.
    const std::string author = there ? "tocsin@chat.example/1" : "eve@chat.example/1";
    f.session().OnStanza(f.Archived(query, "a1", found, author), kNow);
    f.session().OnStanza(f.Fin(query), kNow);
    CHECK(f.events.posted.size() == (there ? 1 : 0));
    CHECK(f.SentCount("message") == messages + (there ? 0 : 1));
  }
}

TEST_CASE("XMPP: an archived message that brings an item of its own is nobody's") {
  for (const bool forged : {false, true}) {
    Fixture f;
    f.notes.values[absl::StrCat("heard/", kRoom)] =
        absl::StrCat(absl::ToUnixMicros(kNow) - 60'000'000);
    f.Enter();
    const Element query = f.Sent("iq");
    Element message = GroupMessage("eve", "!inc significant no because FORGED", "");
    if (forged) {
      Element user{.name = "x", .xmlns = xmlns::kMucUser};
      message.Add(user.Add({.name = "item", .attributes = {{"jid", "ada@chat.example"}}}));
    }
    f.session().OnStanza(f.Archived(query, "s5", message, "eve@chat.example/1"), kNow);
    f.session().OnStanza(f.Fin(query), kNow);
    REQUIRE(f.events.inbound.size() == 1);
    CHECK(f.events.inbound[0].account == (forged ? "" : "eve@chat.example"));
  }
}

TEST_CASE(
    "XMPP: what was said while it was away is read from the archive, before what is said now") {
  Fixture f;
  f.notes.values[absl::StrCat("heard/", kRoom)] =
      absl::StrCat(absl::ToUnixMicros(kNow) - 60'000'000);
  f.Enter();
  const Element query = f.Sent("iq");
  REQUIRE(query.Child("query", xmlns::kArchive) != nullptr);
  f.session().OnStanza(GroupMessage("ada", "!inc log now", "s9"), kNow);
  CHECK(f.events.inbound.empty());
  f.session().OnStanza(
      f.Archived(query, "s5", GroupMessage("bob", "!inc log before", ""), "bob@chat.example/1"),
      kNow);
  // Its own, and one that pretends to be from the archive.
  f.session().OnStanza(
      f.Archived(query, "s6", GroupMessage("tocsin", "x", ""), "tocsin@chat.example/1"), kNow);
  Element forged =
      f.Archived(query, "s7", GroupMessage("bob", "!inc log forged", ""), "bob@chat.example");
  forged.attributes["from"] = absl::StrCat(kRoom, "/eve");
  f.session().OnStanza(forged, kNow);
  f.session().OnStanza(f.Fin(query), kNow);
  REQUIRE(f.events.inbound.size() == 2);
  CHECK(f.events.inbound[0].text == "!inc log before");
  CHECK(f.events.inbound[0].account == "bob@chat.example");
  CHECK(f.events.inbound[0].key == "s5");
  CHECK(f.events.inbound[0].sent_time == kNow - absl::Minutes(1));
  CHECK(f.events.inbound[1].text == "!inc log now");
}

TEST_CASE("XMPP: a room without an archive is used, and says so") {
  Fixture f;
  f.notes.values[absl::StrCat("heard/", kRoom)] = "1";
  f.Enter();
  f.session().OnStanza(f.AnswerTo(f.Sent("iq"), "error"), kNow);
  CHECK_THAT(f.events.room_problem, ContainsSubstring("no archive"));
  f.session().OnStanza(GroupMessage("ada", "!inc log x", "s1"), kNow);
  CHECK(f.events.inbound.size() == 1);
}

TEST_CASE("XMPP: nobody but the one who was asked can answer") {
  Fixture f;
  f.notes.values[absl::StrCat("heard/", kRoom)] = "1";
  f.Enter();
  Element forged = f.Fin(f.Sent("iq"));
  forged.attributes["from"] = "eve@chat.example";
  f.session().OnStanza(forged, kNow);
  f.session().OnStanza(GroupMessage("ada", "!inc log x", "s1"), kNow);
  CHECK(f.events.inbound.empty());  // it still waits for the archive
}

TEST_CASE("XMPP: the bot's removal is told, and it comes back when it may") {
  Fixture f;
  f.Enter();
  f.session().OnStanza(Presence("tocsin", "tocsin@chat.example/1", {"110", "307"}, "unavailable"),
                       kNow);
  CHECK(f.events.room_problem == "the bot was removed from the room");
  f.session().Post(f.APost("p"), kNow);
  CHECK(f.events.posted.back().second == PostState::kRetry);
  const size_t tries = f.SentCount("presence");
  CHECK(f.session().OnTick(kNow + absl::Seconds(30)));
  CHECK(f.SentCount("presence") == tries);
  CHECK(f.session().OnTick(kNow + absl::Seconds(61)));
  CHECK(f.SentCount("presence") == tries + 1);
  f.session().OnStanza(Presence("tocsin", "tocsin@chat.example/1", {"100", "110"}), kNow);
  f.session().OnStanza(f.Fin(f.Sent("iq")), kNow);
  CHECK(f.events.room_problem.empty());
}

TEST_CASE("XMPP: a room that is not there is made only when its members are known") {
  Fixture f;
  f.Enter({"110", "201"});
  CHECK_THAT(f.events.room_problem, ContainsSubstring("there is no such room"));
  CHECK(f.Sent("iq").Child("query")->Child("destroy") != nullptr);

  Fixture made;
  made.config.members = {"ada@chat.example"};
  made.Enter({"110", "201"});
  const Element ask = made.Sent("iq");
  Element form{.name = "x", .xmlns = xmlns::kData};
  form.Add({.name = "field", .attributes = {{"var", "muc#roomconfig_whois"}}});
  form.Add({.name = "field", .attributes = {{"var", "muc#roomconfig_roomname"}}});
  Element query{.name = "query", .xmlns = xmlns::kMucOwner};
  Element answer = made.AnswerTo(ask);
  made.session().OnStanza(answer.Add(query.Add(form)), kNow);
  const Element submit = made.Sent("iq");
  const Element* set = submit.Child("query")->Child("x");
  REQUIRE(set != nullptr);
  REQUIRE(set->children.size() == 2);
  CHECK(set->children[1].Attribute("var") == "muc#roomconfig_whois");
  CHECK(set->children[1].ChildText("value") == "anyone");
  made.session().OnStanza(made.AnswerTo(submit), kNow);
  CHECK(made.Sent("iq").Child("query")->Child("item")->Attribute("jid") == "ada@chat.example");
}

TEST_CASE(
    "XMPP: a direct message is of its account, and a post there counts when the server is past "
    "it") {
  Fixture f;
  f.Enter();
  Element direct{
      .name = "message",
      .attributes = {{"from", "ada@chat.example/phone"}, {"type", "chat"}, {"id", "d1"}}};
  direct.Add({.name = "body", .text = "link K7QF"});
  f.session().OnStanza(direct, kNow);
  REQUIRE(f.events.inbound.size() == 1);
  CHECK(f.events.inbound[0].direct);
  CHECK(f.events.inbound[0].account == "ada@chat.example");
  CHECK(f.events.inbound[0].key == "dm/ada@chat.example/d1");
  Outbound post = f.APost("p1");
  post.room = "ada@chat.example";
  post.direct = true;
  f.session().Post(post, kNow);
  CHECK(f.Sent("message").Attribute("type") == "chat");
  CHECK(f.events.posted.empty());
  f.session().OnStanza(f.AnswerTo(f.Sent("iq")), kNow);
  CHECK(f.events.posted.back() == std::pair(std::string("p1"), PostState::kPosted));
  // A private message within the room is not one: its account may be hidden.
  direct.attributes["from"] = absl::StrCat(kRoom, "/ada");
  f.session().OnStanza(direct, kNow);
  CHECK(f.events.inbound.size() == 1);
}

TEST_CASE("XMPP: errors of the server end a post as they say") {
  Fixture f;
  f.Enter();
  const auto refuse = [&](const std::string& key, const std::string& type,
                          const std::string& condition) {
    f.session().Post(f.APost(key), kNow);
    Element error{.name = "error", .attributes = {{"type", type}}};
    Element message{.name = "message",
                    .attributes = {{"from", kRoom}, {"type", "error"}, {"id", key}}};
    f.session().OnStanza(message.Add(error.Add({.name = condition})), kNow);
    return f.events.posted.back().second;
  };
  CHECK(refuse("p1", "wait", "resource-constraint") == PostState::kRetry);
  CHECK(refuse("p2", "auth", "forbidden") == PostState::kFailed);
  CHECK(refuse("p3", "modify", "not-acceptable") == PostState::kRetry);
}

TEST_CASE("XMPP: a pin reaction names the message with its own time, once") {
  Fixture f;
  f.Enter();
  f.session().OnStanza(Presence("bob", "bob@chat.example/1", {}), kNow);
  f.session().OnStanza(GroupMessage("bob", "the VPN is down", "s1"), kNow - absl::Minutes(5));
  Element pin = GroupMessage("ada", "", "s2");
  Element reactions{.name = "reactions", .xmlns = xmlns::kReactions, .attributes = {{"id", "s1"}}};
  pin.Add(reactions.Add({.name = "reaction", .text = "📌"}));
  f.session().OnStanza(pin, kNow);
  REQUIRE(f.events.inbound.size() == 2);
  const Inbound& pinned = f.events.inbound[1];
  CHECK(pinned.kind == InboundKind::kPin);
  CHECK(pinned.key == "pin/s1");
  CHECK(pinned.text == "the VPN is down");
  CHECK(pinned.author == "bob@chat.example");
  CHECK(pinned.account == "ada@chat.example");
  CHECK(pinned.sent_time == kNow - absl::Minutes(5));
  Element other = GroupMessage("ada", "", "s3");
  Element thumb{.name = "reactions", .xmlns = xmlns::kReactions, .attributes = {{"id", "s1"}}};
  other.Add(thumb.Add({.name = "reaction", .text = "👍"}));
  f.session().OnStanza(other, kNow);
  CHECK(f.events.inbound.size() == 2);
}

TEST_CASE("XMPP: a message of megabytes is cut, and said to be") {
  Fixture f;
  f.Enter();
  f.session().OnStanza(GroupMessage("ada", "!inc log " + std::string(1 << 20, 'x'), "s1"), kNow);
  CHECK(f.events.inbound[0].cut);
  CHECK(f.events.inbound[0].text.size() == kInboundBytesMax);
}

TEST_CASE("XMPP: text that no XML may hold never reaches the stream") {
  CHECK(XmlText("a\uFFFEb\uFFFFc\x01"
                "d\ne") == "a\uFFFDb\uFFFDcd\ne");
  CHECK(IsValidUtf8(XmlText("a\xFF")));
}

TEST_CASE("XMPP: a message that could not be kept is read again from the archive") {
  Fixture f;
  f.Enter();
  f.events.inbound_status = absl::InternalError("disk full");
  f.session().OnStanza(GroupMessage("ada", "!inc log x", "s1"), kNow);
  f.events.inbound_status = absl::OkStatus();
  CHECK(f.session().OnTick(kNow + absl::Seconds(61)));
  f.session().OnStanza(Presence("tocsin", "tocsin@chat.example/1", {"100", "110"}), kNow);
  CHECK(f.Sent("iq").Child("query", xmlns::kArchive) != nullptr);
}

}  // namespace tocsin::chat
