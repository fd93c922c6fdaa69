#include "clients/chat/mattermost/mattermost_protocol.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/chat/net/button_seal.h"
#include "clients/chat/net/json.h"
#include "server/base/text.h"
#include "tests/support/catch.h"

namespace tocsin::chat::mattermost {
namespace {

using nlohmann::json;

const Self kSelf = {"bot00000000000000000000000", "tocsin"};
const std::string kAda = "ada00000000000000000000000";
const std::string kRoom = "room0000000000000000000000";
const std::string kPostId = "post0000000000000000000001";
const std::string kRootId = "post0000000000000000000000";
constexpr char kServer[] = "https://chat.example";
const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

json APost(const std::string& text) {
  return {{"id", kPostId},
          {"channel_id", kRoom},
          {"user_id", kAda},
          {"message", text},
          {"create_at", 1'790'000'000'123}};
}

std::string Posted(const json& post, const std::string& type = "P") {
  return json{{"event", "posted"},
              {"data", {{"channel_type", type}, {"sender_name", "@ada"}, {"post", post.dump()}}},
              {"broadcast", {{"channel_id", kRoom}}},
              {"seq", 7}}
      .dump();
}

std::optional<Inbound> Read(const json& post, bool direct = false) {
  const std::optional<Post> read = ReadPost(post);
  return read ? ReadMessage(*read, kSelf, direct, "ada", kServer) : std::nullopt;
}

}  // namespace

TEST_CASE("Mattermost: a posted event becomes a message with the server's ids",
          "[chat][mattermost]") {
  const Event event = ReadEvent(Posted(APost("!tocsin status")), kSelf);
  REQUIRE(event.kind == Event::Kind::kPosted);
  CHECK(event.sequence == 7);
  const auto inbound = ReadMessage(event.post, kSelf, event.direct, event.sender, kServer);
  REQUIRE(inbound.has_value());
  CHECK(inbound->key == kPostId);
  CHECK(inbound->room == kRoom);
  CHECK_FALSE(inbound->direct);
  CHECK(inbound->account == kAda);
  CHECK(inbound->display_name == "ada");
  CHECK(inbound->text == "!tocsin status");
  CHECK_FALSE(inbound->addressed);
  CHECK(inbound->permalink == "https://chat.example/_redirect/pl/" + kPostId);
  CHECK(inbound->sent_time == absl::FromUnixMillis(1'790'000'000'123));
}

TEST_CASE("Mattermost: a mention addresses the bot; a longer name does not", "[chat][mattermost]") {
  CHECK(Read(APost("@tocsin status"))->text == "status");
  CHECK(Read(APost("@tocsin status"))->addressed);
  CHECK(Read(APost("  @Tocsin: log x"))->text == "log x");
  CHECK(Read(APost("@tocsin"))->addressed);
  for (const char* text :
       {"@tocsin-backup status", "@tocsin2 x", "hello @tocsin", "tocsin status"}) {
    CHECK_FALSE(Read(APost(text))->addressed);
    CHECK(Read(APost(text))->text == text);
  }
}

TEST_CASE("Mattermost: a direct message is the account's own place", "[chat][mattermost]") {
  const Event event = ReadEvent(Posted(APost("link ABC"), "D"), kSelf);
  CHECK(event.direct);
  const auto inbound = Read(APost("link ABC"), /*direct=*/true);
  CHECK(inbound->direct);
  CHECK(inbound->room == kAda);
  // A group of several is no private place.
  CHECK_FALSE(ReadEvent(Posted(APost("link ABC"), "G"), kSelf).direct);
}

TEST_CASE("Mattermost: what no person wrote under their own name is not read",
          "[chat][mattermost]") {
  json own = APost("x");
  own["user_id"] = kSelf.id;
  json system = APost("ada joined");
  system["type"] = "system_join_channel";
  json hook = APost("!tocsin log forged");
  hook["props"] = {{"from_webhook", "true"}, {"override_username", "ada"}};
  json deleted = APost("x");
  deleted["delete_at"] = 5;
  json nobody = APost("x");
  nobody["user_id"] = "";
  for (const json& post : {own, system, hook, deleted, nobody}) {
    CHECK_FALSE(Read(post).has_value());
  }
}

TEST_CASE("Mattermost: a thread is in the key, so that the answer finds it", "[chat][mattermost]") {
  json post = APost("x");
  post["root_id"] = kRootId;
  const auto inbound = Read(post);
  CHECK(inbound->key == kPostId + "/" + kRootId);
  CHECK(ThreadOf(inbound->key) == kRootId);
  CHECK(ThreadOf(kPostId).empty());
  CHECK(ThreadOf("x/../../users").empty());
}

TEST_CASE("Mattermost: 64 KiB and more, RTL and zero-width characters are read as they are",
          "[chat][mattermost]") {
  CHECK(Read(APost(std::string(64 * 1024, 'x')))->text.size() == 64 * 1024);
  CHECK_FALSE(Read(APost(std::string(64 * 1024, 'x')))->cut);
  const auto huge = Read(APost(std::string(kInboundBytesMax + 1, 'x')));
  CHECK(huge->cut);
  CHECK(huge->text.size() == kInboundBytesMax);
  CHECK(Read(APost("a\u202Eb\u200B"))->text == "a\u202Eb\u200B");
}

TEST_CASE("Mattermost: events that are broken or of another shape do no harm",
          "[chat][mattermost]") {
  CHECK(ReadEvent("", kSelf).kind == Event::Kind::kBroken);
  CHECK(ReadEvent("[]", kSelf).kind == Event::Kind::kBroken);
  CHECK(ReadEvent(std::string(200'000, '{'), kSelf).kind == Event::Kind::kBroken);
  for (const char* text :
       {"{}", R"({"status":"OK","seq_reply":1})", R"({"event":5})", R"({"event":"posted"})",
        R"({"event":"posted","data":{"post":"no json"}})",
        R"({"event":"posted","data":{"post":"{\"id\":5}"}})",
        R"({"event":"reaction_added","data":{"reaction":"{}"}})",
        R"({"event":"reaction_added","data":[]})", R"({"event":"user_removed"})"}) {
    INFO(text);
    CHECK(ReadEvent(text, kSelf).kind == Event::Kind::kOther);
  }
}

TEST_CASE("Mattermost: the pin and no other reaction, and not the bot's own",
          "[chat][mattermost]") {
  const auto reaction = [](const std::string& user, const std::string& emoji) {
    return json{{"event", "reaction_added"},
                {"data",
                 {{"reaction",
                   json{{"user_id", user}, {"post_id", kPostId}, {"emoji_name", emoji}}.dump()}}}}
        .dump();
  };
  CHECK(ReadEvent(reaction(kAda, "pushpin"), kSelf).kind == Event::Kind::kPinned);
  CHECK(ReadEvent(reaction(kAda, "thumbsup"), kSelf).kind == Event::Kind::kOther);
  CHECK(ReadEvent(reaction(kSelf.id, "pushpin"), kSelf).kind == Event::Kind::kOther);

  const Inbound pin =
      ReadPin(*ReadPost(APost("found it")), "eve00000000000000000000000", "ada", kServer);
  CHECK(pin.kind == InboundKind::kPin);
  CHECK(pin.key == "pin:" + kPostId + ":eve00000000000000000000000");
  CHECK(pin.account == "eve00000000000000000000000");
  CHECK(pin.author == "ada");
  CHECK(pin.text == "found it");
}

TEST_CASE("Mattermost: a post of the bot pings nobody and carries its key", "[chat][mattermost]") {
  const Outbound post = {.key = "k-1",
                         .room = kRoom,
                         .direct = false,
                         .answers = kPostId + "/" + kRootId,
                         .blocks = {Text("@all @channel @here [x](https://evil) **b** <b>")},
                         .again = false,
                         .created_time = kNow};
  const json body = WritePost(post, {kRoom, kSelf, "", "key", kNow});
  CHECK(body["channel_id"] == kRoom);
  CHECK(body["root_id"] == kRootId);
  CHECK(body["pending_post_id"] == kSelf.id + ":k-1");
  CHECK(body["props"]["tocsin_key"] == "k-1");
  CHECK_FALSE(body["props"].contains("attachments"));
  const std::string text = body["message"];
  for (const char* bad : {"@all", "@channel", "@here", "[x](", "**b**", "<b>"}) {
    CHECK_FALSE(absl::StrContains(text, bad));
  }
}

TEST_CASE("Mattermost: a long post is cut to what the server takes", "[chat][mattermost]") {
  const Outbound post = {.key = "k", .room = kRoom, .blocks = {Text(std::string(64 * 1024, 'x'))}};
  const std::string text = WritePost(post, {kRoom, kSelf, "", "key", kNow})["message"];
  CHECK(text.size() <= 16'000);
  CHECK(IsValidUtf8(text));
}

TEST_CASE("Mattermost: a button comes back as its command, bound to channel and time",
          "[chat][mattermost]") {
  const Outbound post = {
      .key = "k", .room = kRoom, .blocks = {Buttons({{"Acknowledge", "ack 14"}})}};
  const json body = WritePost(post, {kRoom, kSelf, "https://bot.example/press", "key", kNow});
  const json action = body["props"]["attachments"][0]["actions"][0];
  CHECK(action["name"] == "Acknowledge");
  CHECK(action["integration"]["url"] == "https://bot.example/press");
  json press = {{"user_id", kAda},
                {"user_name", "ada"},
                {"channel_id", kRoom},
                {"post_id", kPostId},
                {"trigger_id", "t"},
                {"type", "button"},
                {"context", action["integration"]["context"]}};

  const auto read = ReadPress(press.dump(), "key", kNow);
  REQUIRE(read.has_value());
  CHECK(read->inbound.kind == InboundKind::kButton);
  CHECK(read->inbound.text == "ack 14");
  CHECK(read->inbound.account == kAda);
  CHECK(read->inbound.room == kRoom);
  // Pressed twice, or sent twice: once.
  press["trigger_id"] = "t2";
  CHECK(ReadPress(press.dump(), "key", kNow)->inbound.key == read->inbound.key);

  CHECK_FALSE(ReadPress(press.dump(), "key", kNow + kButtonLife).has_value());
  CHECK_FALSE(ReadPress(press.dump(), "other", kNow).has_value());
  json elsewhere = press;
  elsewhere["channel_id"] = "other000000000000000000000";
  CHECK_FALSE(ReadPress(elsewhere.dump(), "key", kNow).has_value());
  json nobody = press;
  nobody["user_id"] = "";
  CHECK_FALSE(ReadPress(nobody.dump(), "key", kNow).has_value());
  json forged = press;
  forged["context"] = {{"seal", ""}};
  CHECK_FALSE(ReadPress(forged.dump(), "key", kNow).has_value());
  CHECK_FALSE(ReadPress("", "key", kNow).has_value());
}

TEST_CASE("Mattermost: what the answer to a post means", "[chat][mattermost]") {
  CHECK(ReadAnswer({201, {}, json{{"id", kPostId}}.dump()}, kNow).state == PostState::kPosted);
  CHECK(ReadAnswer({201, {}, "<html>proxy</html>"}, kNow).state == PostState::kUnknown);
  CHECK(ReadAnswer({500, {}, ""}, kNow).state == PostState::kUnknown);
  CHECK(ReadAnswer({503, {}, ""}, kNow).state == PostState::kUnknown);
  const PostResult limited = ReadAnswer({429, {{"X-Ratelimit-Reset", "12"}}, ""}, kNow);
  CHECK(limited.state == PostState::kRetry);
  CHECK(limited.retry_after == absl::Seconds(12));
  CHECK(ReadAnswer({401, {}, ""}, kNow).state == PostState::kRetry);
  const PostResult refused = ReadAnswer({403, {}, R"({"id":"api.permissions"})"}, kNow);
  CHECK(refused.state == PostState::kFailed);
  CHECK_THAT(refused.problem, ContainsSubstring("api.permissions"));
}

}  // namespace tocsin::chat::mattermost
