#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/chat/matrix/matrix_adapter.h"
#include "clients/chat/mattermost/mattermost_adapter.h"
#include "clients/chat/slack/slack_adapter.h"
#include "tests/peers/chat/node_script.h"
#include "tests/support/catch.h"
#include "tests/support/chat_fixture.h"
#include "tests/support/fake_clock.h"
#include "tests/support/matrix_mock.h"
#include "tests/support/mattermost_mock.h"
#include "tests/support/slack_mock.h"

namespace tocsin::chat {
namespace {

using Strings = std::vector<std::string>;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);
constexpr char kUuid[] = "7d1f2f0e-6f3c-5b0a-9d5e-2f1d0c9b8a77";

// The script says other things before; its verdict comes last.
void MustAccept(NodeScript& script) {
  while (script.ReadLine() != "accepted") continue;
  CHECK(script.Wait() == 0);
}

// Hears what `say` makes somebody say, and posts.
void Converse(Adapter& adapter, const RecordedEvents& events, const std::string& room,
              const std::function<void()>& say) {
  REQUIRE(adapter.Start().ok());
  REQUIRE(Eventually([&] { return events.ready(); }));
  say();
  REQUIRE(Eventually([&] { return !events.inbound().empty(); }));
  CHECK(events.inbound()[0].text == "!tocsin status");
  adapter.Post({.key = kUuid, .room = room, .blocks = {Text("ours")}, .created_time = kNow});
  REQUIRE(Eventually([&] { return !events.posted().empty(); }));
  CHECK(events.posted()[0].second.state == PostState::kPosted);
}

}  // namespace

TEST_CASE("Mattermost: the vendor's client accepts the server, and the adapter talks to it",
          "[peers][mattermost]") {
  if (!HaveVendorPackages()) return;
  MattermostMock mock;
  NodeScript vendor(
      "mattermost_accepts.mjs",
      {mock.server().url(), MattermostMock::token(), MattermostMock::kRoom, MattermostMock::kAda},
      mock.server().ca_file());
  MustAccept(vendor);

  FakeMemory memory;
  RecordedEvents events;
  runtime::FakeClock clock(kNow);
  MattermostConfig config;
  config.url = ParseUrl(mock.server().url()).value();
  config.ca_file = mock.server().ca_file();
  config.token = MattermostMock::token();
  config.rooms = {RoomConfig{.room = MattermostMock::kRoom, .title = "War room"}};
  MattermostAdapter adapter(config, {"mattermost", events, memory}, clock);
  Converse(adapter, events, MattermostMock::kRoom,
           [&] { mock.Say(MattermostMock::kAda, MattermostMock::kRoom, "!tocsin status"); });
  CHECK(mock.BotTexts() == Strings{"from the vendor", "ours"});
}

TEST_CASE("Matrix: the vendor's client accepts the server, and the adapter talks to it",
          "[peers][matrix]") {
  if (!HaveVendorPackages()) return;
  MatrixMock mock;
  mock.Say(MatrixMock::kAda, MatrixMock::kRoom, "before");
  {
    NodeScript vendor(
        "matrix_accepts.mjs",
        {mock.server().url(), MatrixMock::token(), MatrixMock::kBot, MatrixMock::kRoom},
        mock.server().ca_file());
    while (vendor.ReadLine() != "ready") continue;
    mock.Say(MatrixMock::kAda, MatrixMock::kRoom, "to the vendor");
    MustAccept(vendor);
  }

  FakeMemory memory;
  RecordedEvents events;
  runtime::FakeClock clock(kNow);
  MatrixConfig config;
  config.url = ParseUrl(mock.server().url()).value();
  config.ca_file = mock.server().ca_file();
  config.token = MatrixMock::token();
  config.rooms = {RoomConfig{.room = MatrixMock::kRoom, .title = "War room"}};
  MatrixAdapter adapter(config, {"matrix", events, memory}, clock);
  Converse(adapter, events, MatrixMock::kRoom,
           [&] { mock.Say(MatrixMock::kAda, MatrixMock::kRoom, "!tocsin status"); });
  CHECK(mock.BotPosts().size() == 2);
}

TEST_CASE("Slack: the vendor's clients accept the server, and the adapter talks to it",
          "[peers][slack]") {
  if (!HaveVendorPackages()) return;
  SlackMock mock;
  {
    NodeScript vendor("slack_accepts.mjs",
                      {mock.api(), SlackMock::bot_token(), SlackMock::app_token(), SlackMock::kRoom,
                       SlackMock::kAda},
                      mock.server().ca_file());
    while (vendor.ReadLine() != "ready") continue;
    mock.Say(SlackMock::kAda, "to the vendor");
    MustAccept(vendor);
  }
  CHECK(mock.acknowledged() == 1);

  FakeMemory memory;
  RecordedEvents events;
  runtime::FakeClock clock(kNow);
  SlackConfig config;
  config.api = ParseUrl(mock.api()).value();
  config.ca_file = mock.server().ca_file();
  config.bot_token = SlackMock::bot_token();
  config.app_token = SlackMock::app_token();
  config.rooms = {RoomConfig{.room = SlackMock::kRoom, .title = "War room"}};
  SlackAdapter adapter(config, {"slack", events, memory}, clock);
  Converse(adapter, events, SlackMock::kRoom, [&] { mock.Say(SlackMock::kAda, "!tocsin status"); });
  CHECK(mock.BotPosts().size() == 2);
}

TEST_CASE(
    "Slack: signatures are judged as the vendor judges them, and more strictly where it is lax",
    "[peers][slack]") {
  if (!HaveVendorPackages()) return;
  const std::string secret = "8f742231b10e8888abcd99yyyzzz85a5";
  struct Case {
    std::string what;
    std::string body;
    std::string timestamp;
    std::string signature;  // empty: the right one
    bool ours;
    bool theirs;
  };
  const std::string now = absl::StrCat(absl::ToUnixSeconds(kNow));
  const auto ago = [](int seconds) { return absl::StrCat(absl::ToUnixSeconds(kNow) - seconds); };
  const std::vector<Case> cases = {
      {"good", "a=1", now, "", true, true},
      {"empty body", "", now, "", true, true},
      {"bytes beyond ASCII", "text=gr\u00FC\u00DFe", now, "", true, true},
      {"64 KiB", std::string(64 * 1024, 'x'), now, "", true, true},
      {"five minutes old", "a=1", ago(300), "", true, true},
      {"older", "a=1", ago(301), "", false, false},
      {"an hour old", "a=1", ago(3600), "", false, false},
      {"wrong signature", "a=1", now, "v0=" + std::string(64, '0'), false, false},
      {"no signature", "a=1", now, "v0=", false, false},
      {"other version", "a=1", now, "v1=" + std::string(64, '0'), false, false},
      {"cut signature", "a=1", now, SlackSignature(secret, now, "a=1").substr(0, 60), false, false},
      {"no number", "a=1", "abc", "", false, false},
      // Where the vendor's own verifier is lax.
      {"an hour in the future", "a=1", ago(-3600), "", false, true},
      {"a year in the future", "a=1", ago(-31'536'000), "", false, true},
      {"the time spelt otherwise", "a=1", "1.79e9", SlackSignature(secret, now, "a=1"), false,
       true},
  };
  const SlackVerifier verifier(secret);
  NodeScript vendor("slack_verifies.mjs", {secret}, "");
  for (const Case& each : cases) {
    INFO(each.what);
    const std::string signature =
        each.signature.empty() ? SlackSignature(secret, each.timestamp, each.body) : each.signature;
    nlohmann::json question;
    question["body"] = each.body;
    question["timestamp"] = each.timestamp;
    question["signature"] = signature;
    question["now"] = absl::ToUnixSeconds(kNow);
    vendor.WriteLine(question.dump());
    const HttpRequest request = {
        "POST",
        "/",
        {{"X-Slack-Request-Timestamp", each.timestamp}, {"X-Slack-Signature", signature}},
        each.body};
    CHECK((verifier.Check(request, kNow) == SlackVerdict::kGood) == each.ours);
    CHECK((vendor.ReadLine() == "yes") == each.theirs);
  }
}

TEST_CASE("Slack: what the bot posts is what the vendor's types allow", "[peers][slack]") {
  if (!HaveVendorPackages()) return;
  NodeScript vendor("slack_types.mjs", {}, "");
  const Outbound post = {.key = kUuid,
                         .room = "C0ROOM",
                         .direct = false,
                         .answers = "C0ROOM:1790000000.000100:1789999999.000001",
                         .blocks = {Heading("<h>"), Text("two\nlines"), Fields({{"a", "b"}}),
                                    List({"one", "two"}), Code("tocsin status"),
                                    Buttons({{"Acknowledge", "ack 14"}, {"Status", "status"}})}};
  nlohmann::json body = slack::WritePost(post, "C0ROOM", "key", kNow);
  // Known to the server, which names it in its errors, and not to the types.
  body.erase("client_msg_id");
  vendor.WriteLine(body.dump());
  CHECK(vendor.ReadLine() == "ok");
  body["blocks"][1]["elements"][0]["text"]["type"] = "plain_txt";
  vendor.WriteLine(body.dump());
  CHECK_THAT(vendor.ReadLine(), ContainsSubstring("plain_txt"));
}

}  // namespace tocsin::chat
