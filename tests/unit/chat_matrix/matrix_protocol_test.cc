#include "clients/chat/matrix/matrix_protocol.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/text.h"
#include "tests/support/catch.h"

namespace tocsin::chat::matrix {
namespace {

using nlohmann::json;

const std::string kSelf = "@tocsin:chat.test";
const std::string kRoom = "!room:chat.test";
const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

json AMessage(const std::string& text) {
  json event;
  event["type"] = "m.room.message";
  event["event_id"] = "$e1";
  event["sender"] = "@ada:chat.test";
  event["origin_server_ts"] = 1'790'000'000'123;
  event["content"]["msgtype"] = "m.text";
  event["content"]["body"] = text;
  return event;
}

Event Read(const json& event) {
  return ReadEvent(event, kRoom, kSelf);
}

Outbound APost(Blocks blocks, const std::string& answers = "") {
  return {.key = "7d1f2f0e-6f3c-5b0a-9d5e-2f1d0c9b8a77",
          .room = kRoom,
          .direct = false,
          .answers = answers,
          .blocks = std::move(blocks),
          .again = false,
          .created_time = kNow};
}

}  // namespace

TEST_CASE("Matrix: a message is known by its event id", "[chat][matrix]") {
  const Event event = Read(AMessage("!tocsin status"));
  REQUIRE(event.kind == Event::Kind::kMessage);
  CHECK(event.inbound.key == "$e1");
  CHECK(event.inbound.room == kRoom);
  CHECK(event.inbound.account == "@ada:chat.test");
  CHECK(event.inbound.text == "!tocsin status");
  CHECK_FALSE(event.inbound.addressed);
  CHECK(event.inbound.sent_time == absl::FromUnixMillis(1'790'000'000'123));
  CHECK(event.inbound.permalink == "https://matrix.to/#/%21room%3Achat.test/%24e1");
}

TEST_CASE("Matrix: a mention addresses the bot; another account does not", "[chat][matrix]") {
  for (const char* text :
       {"@tocsin:chat.test: status", "@tocsin:chat.test status", "@tocsin status", "tocsin: status",
        "Tocsin, status", "  tocsin: status"}) {
    INFO(text);
    CHECK(Read(AMessage(text)).inbound.addressed);
    CHECK(Read(AMessage(text)).inbound.text == "status");
  }
  for (const char* text : {"@tocsin:other.test status", "@tocsin2 status", "tocsin status",
                           "tocsin:x", "hello tocsin: status"}) {
    INFO(text);
    CHECK_FALSE(Read(AMessage(text)).inbound.addressed);
    CHECK(Read(AMessage(text)).inbound.text == text);
  }
}

TEST_CASE("Matrix: the bot's own events, notices, edits and pictures are not read",
          "[chat][matrix]") {
  json own = AMessage("x");
  own["sender"] = kSelf;
  json notice = AMessage("x");
  notice["content"]["msgtype"] = "m.notice";
  json edit = AMessage("* x");
  edit["content"]["m.relates_to"]["rel_type"] = "m.replace";
  json nobody = AMessage("x");
  nobody["sender"] = "ada";
  json nameless = AMessage("x");
  nameless["event_id"] = "";
  for (const json& event : {own, notice, edit, nobody, nameless, json::array(), json(5)}) {
    CHECK(Read(event).kind == Event::Kind::kNothing);
  }
}

TEST_CASE("Matrix: a thread is in the key, so that the answer finds it", "[chat][matrix]") {
  json event = AMessage("x");
  event["content"]["m.relates_to"]["rel_type"] = "m.thread";
  event["content"]["m.relates_to"]["event_id"] = "$root";
  const std::string key = Read(event).inbound.key;
  CHECK(key == "$e1|$root");
  const json content = WritePost(APost({Text("x")}, key));
  CHECK(content["m.relates_to"]["rel_type"] == "m.thread");
  CHECK(content["m.relates_to"]["event_id"] == "$root");
  CHECK(content["m.relates_to"]["m.in_reply_to"]["event_id"] == "$e1");
  CHECK_FALSE(WritePost(APost({Text("x")}, "$e1")).contains("m.relates_to"));
  CHECK(ThreadOf("$e1|../x").empty());
}

TEST_CASE("Matrix: an encrypted room is noticed by its state and by its messages",
          "[chat][matrix]") {
  for (const char* type : {"m.room.encryption", "m.room.encrypted"}) {
    json event = AMessage("x");
    event["type"] = type;
    CHECK(Read(event).kind == Event::Kind::kEncrypted);
    event["sender"] = kSelf;
    CHECK(Read(event).kind == Event::Kind::kEncrypted);
  }
  CHECK_THAT(EncryptedNotice()["body"].get<std::string>(), ContainsSubstring("NOTHING"));
}

TEST_CASE("Matrix: the pin, with and without its colour, and no other reaction", "[chat][matrix]") {
  json event = AMessage("");
  event["type"] = "m.reaction";
  event["content"] = json::object();
  json& relation = event["content"]["m.relates_to"];
  relation["rel_type"] = "m.annotation";
  relation["event_id"] = "$e0";
  for (const char* key : {"\U0001F4CC", "\U0001F4CC\uFE0F"}) {
    relation["key"] = key;
    REQUIRE(Read(event).kind == Event::Kind::kPinned);
    CHECK(Read(event).subject == "$e0");
  }
  const Event pin = Read(event);
  const Inbound inbound = ReadPin(AMessage("found it"), pin);
  CHECK(inbound.kind == InboundKind::kPin);
  CHECK(inbound.text == "found it");
  CHECK(inbound.author == "@ada:chat.test");
  CHECK(inbound.key.size() <= 256);
  // Taken off and set again: still one.
  json again = event;
  again["event_id"] = "$e9";
  CHECK(ReadPin(AMessage("found it"), Read(again)).key == inbound.key);
  relation["key"] = "\U0001F44D";
  CHECK(Read(event).kind == Event::Kind::kNothing);
}

TEST_CASE("Matrix: nothing that a person wrote is more than text in a post", "[chat][matrix]") {
  const json content =
      WritePost(APost({Text("@room @ada:chat.test <b>x</b> <img src=x onerror=y> &amp;")}));
  CHECK(content["msgtype"] == "m.notice");
  CHECK(content["m.mentions"].empty());
  const std::string html = content["formatted_body"];
  CHECK_FALSE(absl::StrContains(html, "<b>"));
  CHECK_FALSE(absl::StrContains(html, "<img"));
  CHECK_FALSE(absl::StrContains(html, "@room"));
}

TEST_CASE("Matrix: a long post stays within an event", "[chat][matrix]") {
  for (const std::string& text : {std::string(64 * 1024, 'x'), std::string(64 * 1024, '<'),
                                  std::string(64 * 1024, '\x01'), std::string("\xFF")}) {
    const std::string written =
        WritePost(APost({Text(text)})).dump(-1, ' ', false, json::error_handler_t::strict);
    CHECK(written.size() < 60'000);
    CHECK(IsValidUtf8(written));
  }
}

TEST_CASE("Matrix: an answer of sync is read whole, and a broken one not at all",
          "[chat][matrix]") {
  json body;
  body["next_batch"] = "s2";
  json& room = body["rooms"]["join"][kRoom];
  room["timeline"]["limited"] = true;
  room["timeline"]["prev_batch"] = "s1";
  room["timeline"]["events"] = json::array({AMessage("one"), AMessage("two")});
  json& member = body["rooms"]["invite"]["!in:chat.test"]["invite_state"]["events"][0];
  member["type"] = "m.room.member";
  member["state_key"] = kSelf;
  member["sender"] = "@ada:chat.test";
  body["rooms"]["leave"]["!out:chat.test"]["timeline"]["events"] = json::array();
  const auto sync = ReadSync(body.dump(), kSelf);
  REQUIRE(sync.has_value());
  CHECK(sync->next == "s2");
  REQUIRE(sync->gaps.size() == 1);
  CHECK(sync->gaps[0].before == "s1");
  REQUIRE(sync->events.size() == 3);
  CHECK(sync->events[1].inbound.text == "two");
  CHECK(sync->events[2].kind == Event::Kind::kLeft);
  REQUIRE(sync->invitations.size() == 1);
  CHECK(sync->invitations[0].inviter == "@ada:chat.test");

  for (const char* bad : {"", "[]", "{}", R"({"next_batch":5})", "\xFF"}) {
    CHECK_FALSE(ReadSync(bad, kSelf).has_value());
  }
  for (const char* odd :
       {R"({"next_batch":"s","rooms":[]})", R"({"next_batch":"s","rooms":{"join":[1]}})",
        R"({"next_batch":"s","rooms":{"join":{"x":{"timeline":5}}}})",
        R"({"next_batch":"s","rooms":{"join":{"!a:b":{"timeline":{"events":{"a":1}}}}}})"}) {
    const auto read = ReadSync(odd, kSelf);
    REQUIRE(read.has_value());
    CHECK(read->events.empty());
  }
}

TEST_CASE("Matrix: what the answer to a post means", "[chat][matrix]") {
  CHECK(ReadAnswer({200, {}, R"({"event_id":"$x"})"}, kNow).state == PostState::kPosted);
  CHECK(ReadAnswer({200, {}, "<html>"}, kNow).state == PostState::kUnknown);
  CHECK(ReadAnswer({502, {}, ""}, kNow).state == PostState::kUnknown);
  const PostResult limited =
      ReadAnswer({429, {}, R"({"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":2500})"}, kNow);
  CHECK(limited.state == PostState::kRetry);
  CHECK(limited.retry_after == absl::Milliseconds(2500));
  CHECK(ReadAnswer({429, {{"Retry-After", "9"}}, ""}, kNow).retry_after == absl::Seconds(9));
  CHECK(ReadAnswer({401, {}, ""}, kNow).state == PostState::kRetry);
  CHECK(ReadAnswer({403, {}, R"({"errcode":"M_FORBIDDEN"})"}, kNow).state == PostState::kFailed);
}

}  // namespace tocsin::chat::matrix
