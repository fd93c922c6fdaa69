#include "clients/chat/slack/slack_protocol.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/chat/net/button_seal.h"
#include "server/base/text.h"
#include "tests/support/catch.h"

namespace tocsin::chat::slack {
namespace {

using nlohmann::json;

const Self kSelf = {"U0BOT", "T0TEAM", "B0BOT"};
constexpr char kKey[] = "0123456789abcdef";
const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

json Callback(json event) {
  json payload;
  payload["type"] = "event_callback";
  payload["team_id"] = "T0TEAM";
  payload["event"] = std::move(event);
  return payload;
}

json AMessage(const std::string& text) {
  json event;
  event["type"] = "message";
  event["channel"] = "C0ROOM";
  event["channel_type"] = "group";
  event["user"] = "U0ADA";
  event["text"] = text;
  event["ts"] = "1790000000.000100";
  return event;
}

Event Read(const json& payload) {
  return ReadEvent(payload, kSelf, kKey, kNow);
}

Outbound APost(Blocks blocks, const std::string& answers = "") {
  return {.key = "7d1f2f0e-6f3c-5b0a-9d5e-2f1d0c9b8a77",
          .room = "C0ROOM",
          .direct = false,
          .answers = answers,
          .blocks = std::move(blocks),
          .again = false,
          .created_time = kNow};
}

}  // namespace

TEST_CASE("Slack: a message has one key, whichever event tells of it", "[chat][slack]") {
  const Event message = Read(Callback(AMessage("<@U0BOT> status")));
  json mention = AMessage("<@U0BOT> status");
  mention["type"] = "app_mention";
  mention.erase("channel_type");
  const Event again = Read(Callback(mention));
  REQUIRE(message.kind == Event::Kind::kInbound);
  REQUIRE(again.kind == Event::Kind::kInbound);
  CHECK(message.inbound.key == "C0ROOM:1790000000.000100");
  CHECK(again.inbound.key == message.inbound.key);
  CHECK(again.inbound.text == "status");
  CHECK(again.inbound.addressed);
  CHECK(message.inbound.account == "U0ADA");
  CHECK(message.inbound.room == "C0ROOM");
  CHECK(message.inbound.sent_time == kNow + absl::Microseconds(100));
}

TEST_CASE("Slack: a thread is in the key, so that the answer finds it", "[chat][slack]") {
  json event = AMessage("x");
  event["thread_ts"] = "1789999999.000001";
  const std::string key = Read(Callback(event)).inbound.key;
  CHECK(key == "C0ROOM:1790000000.000100:1789999999.000001");
  CHECK(ThreadOf(key) == "1789999999.000001");
  CHECK(WritePost(APost({Text("x")}, key), "C0ROOM", kKey, kNow)["thread_ts"] ==
        "1789999999.000001");
  for (const char* none : {"", "C0ROOM:1790000000.000100", "slash:1.2.3", "a:b:c",
                           "press:C0ROOM:1790000000.000100:U0ADA:00"}) {
    CHECK(ThreadOf(none).empty());
  }
}

TEST_CASE("Slack: what no person of this team wrote under their own name is not read",
          "[chat][slack]") {
  const auto with = [](const char* name, const json& value) {
    json event = AMessage("!tocsin log forged");
    event[name] = value;
    return Callback(event);
  };
  for (const json& payload :
       {with("user", "U0BOT"), with("bot_id", "B0OTHER"), with("subtype", "message_changed"),
        with("subtype", "bot_message"), with("subtype", "channel_join"), with("user", ""),
        with("user_team", "T0OTHER"), with("ts", "now"), with("channel", "../x")}) {
    CHECK(Read(payload).kind == Event::Kind::kNothing);
  }
  json other_team = Callback(AMessage("x"));
  other_team["team_id"] = "T0OTHER";
  CHECK(Read(other_team).kind == Event::Kind::kNothing);
  CHECK(Read(with("subtype", "file_share")).kind == Event::Kind::kInbound);
}

TEST_CASE("Slack: a direct message is the account's own place", "[chat][slack]") {
  json event = AMessage("link ABC");
  event["channel"] = "D0ADA";
  event["channel_type"] = "im";
  CHECK(Read(Callback(event)).inbound.direct);
  CHECK(Read(Callback(event)).inbound.room == "U0ADA");
  event["channel_type"] = "mpim";
  CHECK_FALSE(Read(Callback(event)).inbound.direct);
}

TEST_CASE("Slack: a slash command is known by its trigger", "[chat][slack]") {
  json payload;
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"command", "/tocsin"},
                                                        {"text", "log a &amp;lt; b"},
                                                        {"user_id", "U0ADA"},
                                                        {"user_name", "ada"},
                                                        {"channel_id", "C0ROOM"},
                                                        {"channel_name", "war-room"},
                                                        {"team_id", "T0TEAM"},
                                                        {"trigger_id", "13.37.abc"}}) {
    payload[name] = value;
  }
  const Event event = Read(payload);
  REQUIRE(event.kind == Event::Kind::kInbound);
  CHECK(event.inbound.key == "slash:13.37.abc");
  CHECK(event.inbound.text == "log a &lt; b");
  CHECK(event.inbound.addressed);
  CHECK(event.inbound.sent_time == kNow);
  payload["trigger_id"] = "";
  CHECK(Read(payload).kind == Event::Kind::kNothing);
}

TEST_CASE("Slack: a button comes back as its command, bound to channel and time", "[chat][slack]") {
  const json body =
      WritePost(APost({Text("x"), Buttons({{"Acknowledge", "ack 14"}})}), "C0ROOM", kKey, kNow);
  const json button = body["blocks"][1]["elements"][0];
  CHECK(button["text"]["text"] == "Acknowledge");
  json payload;
  payload["type"] = "block_actions";
  payload["team"]["id"] = "T0TEAM";
  payload["user"]["id"] = "U0ADA";
  payload["channel"]["id"] = "C0ROOM";
  payload["message"]["ts"] = "1790000000.000100";
  payload["actions"] = json::array({button});
  payload["trigger_id"] = "1";
  const Event event = Read(payload);
  REQUIRE(event.kind == Event::Kind::kInbound);
  CHECK(event.inbound.kind == InboundKind::kButton);
  CHECK(event.inbound.text == "ack 14");
  payload["trigger_id"] = "2";
  CHECK(Read(payload).inbound.key == event.inbound.key);

  CHECK(ReadEvent(payload, kSelf, kKey, kNow + kButtonLife).kind == Event::Kind::kNothing);
  CHECK(ReadEvent(payload, kSelf, "other", kNow).kind == Event::Kind::kNothing);
  payload["channel"]["id"] = "C0OTHER";
  CHECK(Read(payload).kind == Event::Kind::kNothing);
}

TEST_CASE("Slack: the pin and no other reaction", "[chat][slack]") {
  json event;
  event["type"] = "reaction_added";
  event["user"] = "U0EVE";
  event["reaction"] = "pushpin";
  event["item"]["type"] = "message";
  event["item"]["channel"] = "C0ROOM";
  event["item"]["ts"] = "1790000000.000100";
  const Event pin = Read(Callback(event));
  REQUIRE(pin.kind == Event::Kind::kPinned);
  const Inbound inbound = ReadPin(AMessage("a &lt; b"), pin, "https://x");
  CHECK(inbound.key == "pin:C0ROOM:1790000000.000100:U0EVE");
  CHECK(inbound.account == "U0EVE");
  CHECK(inbound.author == "U0ADA");
  CHECK(inbound.text == "a < b");
  event["reaction"] = "thumbsup";
  CHECK(Read(Callback(event)).kind == Event::Kind::kNothing);
}

TEST_CASE("Slack: text is decoded once, references become readable", "[chat][slack]") {
  CHECK(Decode("a &lt; b &amp;&amp; c &gt; d") == "a < b && c > d");
  CHECK(Decode("&amp;lt;") == "&lt;");
  CHECK(Decode("see <https://x.example/a?b&amp;c|here> now") == "see https://x.example/a?b&c now");
  CHECK(Decode("<@U0ADA> in <#C0ROOM|war> <!here> <!subteam^S1|@soc>") ==
        "@U0ADA in #war @here @@soc");
  CHECK(Decode("a < b") == "a < b");
  CHECK(Decode("<") == "<");
  CHECK(Decode("<>").empty());
  CHECK(Decode("").empty());
}

TEST_CASE("Slack: nothing that a person wrote is more than text in a post", "[chat][slack]") {
  const std::string evil = "<!channel> <!everyone> <@U0ADA> @here *b* <https://evil|x> &amp;";
  const json body = WritePost(
      APost({Heading(evil), Text(evil), Fields({{evil, evil}}), List({evil}), Code(evil)}),
      "C0ROOM", kKey, kNow);
  const std::string text = body["text"];
  CHECK_FALSE(absl::StrContains(text, "<"));
  CHECK_FALSE(absl::StrContains(text, ">"));
  CHECK(absl::StrContains(text, "&lt;!channel&gt;"));
  CHECK(absl::StrContains(text, "&amp;amp;"));
  CHECK(body["mrkdwn"] == false);
  CHECK(body["parse"] == "none");
  CHECK(body["link_names"] == false);
  // Every element is text: none is a link, a user or a broadcast.
  const std::string blocks = body["blocks"].dump();
  for (const char* bad : {R"("type":"mrkdwn")", R"("type":"link")", R"("type":"user")",
                          R"("type":"broadcast")", R"("type":"channel")"}) {
    CHECK_FALSE(absl::StrContains(blocks, bad));
  }
}

TEST_CASE("Slack: a long post and hostile bytes stay within what Slack takes", "[chat][slack]") {
  for (const std::string& text : {std::string(64 * 1024, 'x'), std::string(64 * 1024, '<'),
                                  std::string("\xFF\xFE"), std::string("a\u202Eb\u200B")}) {
    const json body = WritePost(APost({Text(text), List(std::vector<std::string>(500, text))}),
                                "C0ROOM", kKey, kNow);
    const std::string written = body.dump(-1, ' ', false, json::error_handler_t::strict);
    CHECK(IsValidUtf8(written));
    CHECK(body["blocks"].size() <= 50);
    CHECK(written.size() < 60'000);
    CHECK_FALSE(absl::StrContains(written, "\u202E"));
  }
}

TEST_CASE("Slack: a post carries its key where it can be found again", "[chat][slack]") {
  const Outbound post = APost({Text("x")});
  json message = WritePost(post, "C0ROOM", kKey, kNow);
  CHECK(message["client_msg_id"] == post.key);
  message["user"] = "U0BOT";
  CHECK(IsPost(message, post.key, kSelf));
  CHECK_FALSE(IsPost(message, "other", kSelf));
  message["user"] = "U0EVE";  // somebody else's app with the same metadata
  CHECK_FALSE(IsPost(message, post.key, kSelf));
  message["user"] = "U0BOT";
  message.erase("metadata");
  CHECK_FALSE(IsPost(message, post.key, kSelf));
}

TEST_CASE("Slack: what an answer means", "[chat][slack]") {
  const auto error = [](const std::string& name) {
    return HttpResponse{200, {}, absl::StrCat(R"({"ok":false,"error":")", name, "\"}")};
  };
  CHECK(ReadAnswer({200, {}, R"({"ok":true,"ts":"1.000001"})"}, kNow).state == PostState::kPosted);
  const PostResult limited = ReadAnswer({429, {{"Retry-After", "9"}}, ""}, kNow);
  CHECK(limited.state == PostState::kRetry);
  CHECK(limited.retry_after == absl::Seconds(9));
  CHECK(ReadAnswer(error("token_revoked"), kNow).state == PostState::kRetry);
  CHECK(TokenRefused(error("invalid_auth")));
  CHECK(ReadAnswer(error("internal_error"), kNow).state == PostState::kUnknown);
  CHECK(ReadAnswer({502, {}, "<html>"}, kNow).state == PostState::kUnknown);
  CHECK(ReadAnswer({200, {}, "<html>"}, kNow).state == PostState::kUnknown);
  CHECK(ReadAnswer(error("not_in_channel"), kNow).state == PostState::kFailed);
  CHECK_THAT(ReadAnswer(error("not_in_channel"), kNow).problem,
             ContainsSubstring("not_in_channel"));
}

TEST_CASE("Slack: payloads of another shape do no harm", "[chat][slack]") {
  for (const char* text :
       {"{}", R"({"type":5})", R"({"type":"event_callback"})",
        R"({"type":"event_callback","team_id":"T0TEAM","event":[]})",
        R"({"type":"block_actions","actions":{}})", R"({"type":"block_actions","actions":[5]})",
        R"({"command":"/tocsin"})", R"({"type":"view_submission"})"}) {
    INFO(text);
    CHECK(Read(json::parse(text)).kind == Event::Kind::kNothing);
  }
}

}  // namespace tocsin::chat::slack
