#include "clients/chat/slack/slack_adapter.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"
#include "tests/support/chat_fixture.h"
#include "tests/support/fake_clock.h"
#include "tests/support/slack_mock.h"

namespace tocsin::chat {
namespace {

using Mock = SlackMock;
using Strings = std::vector<std::string>;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);
constexpr char kSecret[] = "8f742231b10e8888abcd99yyyzzz85a5";
constexpr char kUuid[] = "7d1f2f0e-6f3c-5b0a-9d5e-2f1d0c9b8a77";

enum class Hears { kSockets, kRequests };

class Bench {
 public:
  Bench(const Mock& mock, FakeMemory& memory, RecordedEvents& events, Hears hears = Hears::kSockets)
      : events_(events) {
    SlackConfig config;
    config.api = ParseUrl(mock.api()).value();
    config.ca_file = mock.server().ca_file();
    config.bot_token = Mock::bot_token();
    if (hears == Hears::kSockets) config.app_token = Mock::app_token();
    if (hears == Hears::kRequests) config.signing_secret = kSecret;
    config.rooms = {RoomConfig{.room = Mock::kRoom, .title = "War room"}};
    adapter_ = std::make_unique<SlackAdapter>(
        config, AdapterContext{"slack", events, memory}, clock_,
        ReconnectPauses{absl::Milliseconds(5), absl::Milliseconds(20)});
    StartReady(*adapter_, events_);
  }

  PostResult Post(const std::string& key, bool again = false, const std::string& room = Mock::kRoom,
                  bool direct = false) {
    return PostAndWait(*adapter_, events_,
                       {.key = key,
                        .room = room,
                        .direct = direct,
                        .answers = "",
                        .blocks = {Text("hello")},
                        .again = again,
                        .created_time = kNow});
  }

  // A request as Slack would sign it, over a connection of its own. Returns the status.
  int Send(const std::string& body, const std::string& type, const std::string& timestamp) {
    return SendRaw(absl::StrCat(
        "POST /slack HTTP/1.0\r\nContent-Type: ", type, "\r\nContent-Length: ", body.size(),
        "\r\nX-Slack-Request-Timestamp: ", timestamp,
        "\r\nX-Slack-Signature: ", SlackSignature(kSecret, timestamp, body), "\r\n\r\n", body));
  }
  int SendRaw(const std::string& request) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(adapter_->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    REQUIRE(::send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(request.size()));
    answer_.clear();
    char buffer[4096];
    while (true) {
      const ssize_t count = ::recv(fd, buffer, sizeof(buffer), 0);
      if (count <= 0) break;
      answer_.append(buffer, static_cast<size_t>(count));
    }
    ::close(fd);
    int status = 0;
    constexpr size_t kStatusAt = 9;  // after "HTTP/1.0 "
    return answer_.size() > kStatusAt + 3 && absl::SimpleAtoi(answer_.substr(kStatusAt, 3), &status)
               ? status
               : 0;
  }
  const std::string& answer() const { return answer_; }
  SlackAdapter& adapter() { return *adapter_; }

 private:
  RecordedEvents& events_;
  runtime::FakeClock clock_{kNow};
  std::string answer_;
  std::unique_ptr<SlackAdapter> adapter_;
};

std::string AnEvent(const std::string& text, const std::string& ts) {
  nlohmann::json payload;
  payload["type"] = "event_callback";
  payload["team_id"] = Mock::kTeam;
  payload["event_id"] = "Ev" + ts;
  payload["event"]["type"] = "message";
  payload["event"]["channel"] = Mock::kRoom;
  payload["event"]["user"] = Mock::kAda;
  payload["event"]["text"] = text;
  payload["event"]["ts"] = ts;
  return payload.dump();
}

}  // namespace

TEST_CASE("SlackAdapter: two sockets are open, what is said is heard, each is acknowledged",
          "[chat][slack]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  REQUIRE(Eventually([&] { return mock.opened() == 2; }));

  constexpr int kCount = 10;
  for (int i = 0; i < kCount; ++i) mock.Say(Mock::kAda, absl::StrCat("m", i));
  REQUIRE(Heard(events, kCount));
  REQUIRE(Eventually([&] { return mock.acknowledged() == kCount; }));
  CHECK(events.inbound()[0].room == Mock::kRoom);

  CHECK(bench.Post(kUuid).state == PostState::kPosted);
  REQUIRE(mock.BotPosts().size() == 1);
  CHECK(mock.BotPosts()[0]["metadata"]["event_payload"]["key"] == kUuid);
}

TEST_CASE("SlackAdapter: a message told by two events, and told again, is one", "[chat][slack]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  nlohmann::json extra;
  extra["ts"] = "1790000000.000100";
  for (const char* type : {"message", "app_mention", "message"}) {
    extra["type"] = type;
    mock.Say(Mock::kAda, "<@U0BOT> status", extra);
  }
  REQUIRE(Eventually([&] { return mock.acknowledged() == 3; }));
  CHECK(Texts(events) == Strings{"status"});
  CHECK(events.delivered() == 3);
}

TEST_CASE("SlackAdapter: while Slack renews one socket the other hears", "[chat][slack]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  REQUIRE(Eventually([&] { return mock.opened() == 2; }));
  constexpr int kRefreshes = 6;
  for (int i = 0; i < kRefreshes; ++i) {
    mock.Refresh();
    mock.Say(Mock::kAda, absl::StrCat("m", i));
    REQUIRE(Eventually([&] { return mock.opened() >= 3 + i; }));
  }
  REQUIRE(Heard(events, kRefreshes));
  Strings sorted = Texts(events);
  std::sort(sorted.begin(), sorted.end());
  CHECK(sorted == Strings{"m0", "m1", "m2", "m3", "m4", "m5"});
}

TEST_CASE("SlackAdapter: what is not on disk is not acknowledged, and comes again",
          "[chat][slack]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  events.Refuse(2);
  mock.Say(Mock::kAda, "one");
  REQUIRE(Heard(events, 1));
  REQUIRE(Eventually([&] { return mock.acknowledged() == 1; }));
  CHECK(Texts(events) == Strings{"one"});
}

TEST_CASE("SlackAdapter: what was said while no socket was open is read, once, in order",
          "[chat][slack]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  mock.SayUnheard(Mock::kAda, "before it came");
  {
    Bench bench(mock, memory, events);
    mock.Say(Mock::kAda, "first");
    REQUIRE(Heard(events, 1));
    bench.adapter().Stop();
  }
  Strings expected = {"first"};
  constexpr int kCount = 250;
  for (int i = 0; i < kCount; ++i) {
    mock.SayUnheard(Mock::kAda, absl::StrCat("m", i));
    expected.push_back(absl::StrCat("m", i));
  }
  Bench bench(mock, memory, events);
  REQUIRE(Heard(events, expected.size()));
  CHECK(Texts(events) == expected);
}

TEST_CASE("SlackAdapter: a post whose answer is lost stands there once", "[chat][slack]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  {
    Bench bench(mock, memory, events);
    mock.AnswerPosts(0, "", 1);
    CHECK(bench.Post(kUuid).state == PostState::kUnknown);
  }
  for (int i = 0; i < 150; ++i) mock.SayUnheard(Mock::kAda, "talk");
  Bench bench(mock, memory, events);
  const PostResult result = bench.Post(kUuid, /*again=*/true);
  CHECK(result.state == PostState::kPosted);
  CHECK(result.native_id == mock.BotPosts()[0]["ts"].get<std::string>());
  CHECK(mock.BotPosts().size() == 1);
}

TEST_CASE("SlackAdapter: 429 waits as long as it is told; an unclear error is looked into",
          "[chat][slack]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  mock.AnswerPosts(429, "", 1);
  const PostResult limited = bench.Post(kUuid);
  CHECK(limited.state == PostState::kRetry);
  CHECK(limited.retry_after == absl::Seconds(11));
  mock.AnswerPosts(200, "internal_error", 1);
  CHECK(bench.Post(kUuid).state == PostState::kUnknown);
  CHECK(bench.Post(kUuid, /*again=*/true).state == PostState::kPosted);
  CHECK(mock.BotPosts().size() == 1);
}

TEST_CASE("SlackAdapter: a token that is revoked is said so, and mended without a restart",
          "[chat][slack]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  mock.RevokeToken(true);
  REQUIRE(
      Eventually([&] { return events.states().back() == "no: Slack refuses the bot's token"; }));
  mock.RevokeToken(false);
  REQUIRE(Eventually([&] { return events.ready(); }));
  mock.Say(Mock::kAda, "after");
  REQUIRE(Heard(events, 1));
}

TEST_CASE("SlackAdapter: removed from its room it says so and posts nothing there",
          "[chat][slack]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  mock.RemoveBot(true);
  REQUIRE(Eventually([&] { return events.room_states().size() == 1; }));
  CHECK(events.room_states()[0] == "C0ROOM: the bot was removed by U0ADA");
  CHECK(bench.Post(kUuid).state == PostState::kFailed);
  mock.RemoveBot(false);
  REQUIRE(Eventually([&] { return events.room_states().size() == 2; }));
  CHECK(bench.Post(kUuid).state == PostState::kPosted);
}

TEST_CASE("SlackAdapter: direct posts go to the account; unknown rooms and accounts are refused",
          "[chat][slack]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  CHECK(bench.Post(kUuid, false, Mock::kAda, /*direct=*/true).state == PostState::kPosted);
  CHECK(mock.BotPosts()[0]["channel"] == Mock::kDirect);
  CHECK(bench.Post("k2", false, "U0NOBODY", /*direct=*/true).state == PostState::kFailed);
  CHECK(bench.Post("k3", false, "C0OTHER").state == PostState::kFailed);
  CHECK(bench.Post("k4", false, "war room").state == PostState::kFailed);
}

TEST_CASE("SlackAdapter: a slash command in a strange channel is told so at once",
          "[chat][slack]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  nlohmann::json payload;
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"command", "/tocsin"},
                                                        {"text", "status"},
                                                        {"user_id", Mock::kAda},
                                                        {"channel_id", "C0OTHER"},
                                                        {"team_id", Mock::kTeam},
                                                        {"trigger_id", "1.2.a"}}) {
    payload[name] = value;
  }
  mock.Deliver("slash_commands", payload);
  REQUIRE(Eventually([&] { return mock.ack_payloads().size() == 1; }));
  CHECK_THAT(mock.ack_payloads()[0].dump(), ContainsSubstring("not set up"));
  payload["channel_id"] = Mock::kRoom;
  payload["trigger_id"] = "1.2.b";
  mock.Deliver("slash_commands", payload);
  mock.Deliver("slash_commands", payload);
  REQUIRE(Eventually([&] { return mock.acknowledged() == 3; }));
  CHECK(Texts(events) == Strings{"status"});
}

TEST_CASE("SlackAdapter: a pin hands up the marked message", "[chat][slack]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  const std::string ts = mock.SayUnheard(Mock::kAda, "found &lt;it&gt;");
  nlohmann::json payload;
  payload["type"] = "event_callback";
  payload["team_id"] = Mock::kTeam;
  payload["event"]["type"] = "reaction_added";
  payload["event"]["user"] = "U0EVE";
  payload["event"]["reaction"] = "pushpin";
  payload["event"]["item"]["type"] = "message";
  payload["event"]["item"]["channel"] = Mock::kRoom;
  payload["event"]["item"]["ts"] = ts;
  mock.Deliver("events_api", payload);
  REQUIRE(Heard(events, 1));
  CHECK(events.inbound()[0].kind == InboundKind::kPin);
  CHECK(events.inbound()[0].text == "found <it>");
  CHECK(events.inbound()[0].author == Mock::kAda);
  CHECK_THAT(events.inbound()[0].permalink, ContainsSubstring("archives"));
}

TEST_CASE("SlackAdapter: what is no message ends the socket, and nothing is lost",
          "[chat][slack]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  mock.SendRaw("\xFF{{{");
  mock.Say(Mock::kAda, "after");
  REQUIRE(Heard(events, 1));
  CHECK(Texts(events) == Strings{"after"});
}

TEST_CASE("SlackAdapter: signed requests are heard once; replayed, old and forged ones refused",
          "[chat][slack]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events, Hears::kRequests);
  const std::string type = "application/json";
  const std::string body = AnEvent("!tocsin status", "1790000000.000100");

  CHECK(bench.Send(body, type, "1790000000") == 200);
  CHECK(bench.Send(body, type, "1790000000") == 401);  // the same request again
  CHECK(bench.Send(body, type, "1790000001") == 200);  // Slack's own redelivery, signed anew
  CHECK(bench.Send(body, type, "1789999699") == 401);
  CHECK(bench.Send(body, type, "1790000301") == 401);
  CHECK(bench.Send(body, type, "abc") == 401);
  CHECK(bench.SendRaw(absl::StrCat("POST / HTTP/1.0\r\nContent-Type: application/json\r\n",
                                   "Content-Length: ", body.size(), "\r\n\r\n", body)) == 401);
  CHECK(Texts(events) == Strings{"!tocsin status"});
}

TEST_CASE("SlackAdapter: a request that cannot be kept is asked for again, and then taken",
          "[chat][slack]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events, Hears::kRequests);
  events.Refuse(1);
  const std::string body = AnEvent("one", "1790000000.000100");
  CHECK(bench.Send(body, "application/json", "1790000000") == 503);
  CHECK(bench.Send(body, "application/json", "1790000000") == 200);
  CHECK(Texts(events) == Strings{"one"});
}

TEST_CASE("SlackAdapter: Slack's own checks are answered; a slash command by request is heard",
          "[chat][slack]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events, Hears::kRequests);
  CHECK(bench.Send(R"({"type":"url_verification","challenge":"c4"})", "application/json",
                   "1790000000") == 200);
  CHECK_THAT(bench.answer(), ContainsSubstring("c4"));
  CHECK(bench.SendRaw("POST / HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                      "Content-Length: 11\r\n\r\nssl_check=1") == 200);
  const std::string form =
      absl::StrCat("command=%2Ftocsin&text=log+a%26b&user_id=", Mock::kAda,
                   "&user_name=ada&channel_id=", Mock::kRoom,
                   "&channel_name=war&team_id=", Mock::kTeam, "&trigger_id=1.2.c");
  CHECK(bench.Send(form, "application/x-www-form-urlencoded", "1790000000") == 200);
  CHECK(Texts(events) == Strings{"log a&b"});
  CHECK(bench.Send("%zz", "application/x-www-form-urlencoded", "1790000000") == 400);
}

}  // namespace tocsin::chat
