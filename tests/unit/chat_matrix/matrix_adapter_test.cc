#include "clients/chat/matrix/matrix_adapter.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"
#include "tests/support/chat_fixture.h"
#include "tests/support/fake_clock.h"
#include "tests/support/matrix_mock.h"

namespace tocsin::chat {
namespace {

using Mock = MatrixMock;
using Strings = std::vector<std::string>;

const absl::Time kNow = absl::FromUnixMillis(1'790'000'000'000);
constexpr char kUuid[] = "7d1f2f0e-6f3c-5b0a-9d5e-2f1d0c9b8a77";

class Bench {
 public:
  Bench(const Mock& mock, FakeMemory& memory, RecordedEvents& events) : events_(events) {
    MatrixConfig config;
    config.url = ParseUrl(mock.server().url()).value();
    config.ca_file = mock.server().ca_file();
    config.token = Mock::token();
    config.inviters = {Mock::kAda};
    config.rooms = {RoomConfig{.room = Mock::kRoom, .title = "War room"}};
    adapter_ = std::make_unique<MatrixAdapter>(
        config, AdapterContext{"matrix", events, memory}, clock_,
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

 private:
  RecordedEvents& events_;
  runtime::FakeClock clock_{kNow};
  std::unique_ptr<MatrixAdapter> adapter_;
};

}  // namespace

TEST_CASE("MatrixAdapter: what is said is heard, what was said before it came is not",
          "[chat][matrix]") {
  Mock mock;
  mock.Say(Mock::kAda, Mock::kRoom, "old");
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  mock.Say(Mock::kAda, Mock::kRoom, "new");
  mock.Say(Mock::kAda, Mock::kOther, "in a room that is not ours");
  mock.Say(Mock::kAda, Mock::kRoom, "newer");
  REQUIRE(Heard(events, 2));
  CHECK(Texts(events) == Strings{"new", "newer"});

  CHECK(bench.Post(kUuid).state == PostState::kPosted);
  REQUIRE(mock.BotPosts().size() == 1);
  CHECK(mock.BotPosts()[0]["content"]["body"] == "hello");
}

TEST_CASE("MatrixAdapter: broken connections and restarts lose nothing and repeat nothing",
          "[chat][matrix]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Strings expected;
  for (int run = 0; run < 3; ++run) {
    Bench bench(mock, memory, events);
    for (int i = 0; i < 3; ++i) {
      mock.DropAll();
      expected.push_back(absl::StrCat("run ", run, " ", i));
      mock.Say(Mock::kAda, Mock::kRoom, expected.back());
      REQUIRE(Heard(events, expected.size()));
    }
    REQUIRE(Eventually([&] { return events.ready(); }));
  }
  CHECK(Texts(events) == expected);
}

TEST_CASE("MatrixAdapter: what the server leaves out of an answer is read, in order",
          "[chat][matrix]") {
  Mock mock;
  mock.LimitTimeline(5);
  FakeMemory memory;
  RecordedEvents events;
  { Bench bench(mock, memory, events); }
  Strings expected;
  constexpr int kCount = 120;  // several pages
  for (int i = 0; i < kCount; ++i) {
    expected.push_back(absl::StrCat("m", i));
    mock.Say(Mock::kAda, Mock::kRoom, expected.back());
  }
  Bench bench(mock, memory, events);
  REQUIRE(Heard(events, kCount));
  CHECK(Texts(events) == expected);
}

TEST_CASE("MatrixAdapter: a message that cannot be kept comes again until it is",
          "[chat][matrix]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  events.Refuse(3);
  mock.Say(Mock::kAda, Mock::kRoom, "one");
  mock.Say(Mock::kAda, Mock::kRoom, "two");
  REQUIRE(Heard(events, 2));
  CHECK(Texts(events) == Strings{"one", "two"});
}

TEST_CASE("MatrixAdapter: a post whose answer is lost stands there once, also a day later",
          "[chat][matrix]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  {
    Bench bench(mock, memory, events);
    mock.AnswerPosts(0, 1);
    CHECK(bench.Post(kUuid).state == PostState::kUnknown);
    CHECK(bench.Post(kUuid, /*again=*/true).state == PostState::kPosted);
  }
  mock.ForgetTransactions();
  for (int i = 0; i < 60; ++i) mock.Say(Mock::kAda, Mock::kRoom, "talk");
  Bench bench(mock, memory, events);
  const PostResult result = bench.Post(kUuid, /*again=*/true);
  CHECK(result.state == PostState::kPosted);
  CHECK(result.native_id == mock.BotPosts()[0]["event_id"].get<std::string>());
  CHECK(mock.BotPosts().size() == 1);
}

TEST_CASE("MatrixAdapter: an encrypted room is refused loudly, once", "[chat][matrix]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  {
    Bench bench(mock, memory, events);
    mock.Encrypt(Mock::kRoom);
    REQUIRE(Eventually([&] { return mock.BotPosts().size() == 1; }));
    CHECK_THAT(mock.BotPosts()[0]["content"]["body"].get<std::string>(),
               ContainsSubstring("I cannot read this room"));
    CHECK(events.room_states() ==
          Strings{"!room:chat.test: the room is encrypted: the bot cannot read it"});
    const PostResult refused = bench.Post(kUuid);
    CHECK(refused.state == PostState::kFailed);
    CHECK_THAT(refused.problem, ContainsSubstring("encrypted"));
  }
  nlohmann::json secret;
  secret["algorithm"] = "m.megolm.v1.aes-sha2";
  mock.Add(Mock::kAda, Mock::kRoom, "m.room.encrypted", secret);
  RecordedEvents later;
  Bench bench(mock, memory, later);
  CHECK(later.room_states().size() == 1);
  CHECK(bench.Post(kUuid).state == PostState::kFailed);
  CHECK(mock.BotPosts().size() == 1);
}

TEST_CASE("MatrixAdapter: removed from its room it says so and posts nothing there",
          "[chat][matrix]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  mock.RemoveBot(true);
  REQUIRE(Eventually([&] { return events.room_states().size() == 1; }));
  CHECK(events.room_states()[0] == "!room:chat.test: the bot was removed by @ada:chat.test");
  CHECK(bench.Post(kUuid).state == PostState::kFailed);
  CHECK(mock.BotPosts().empty());
}

TEST_CASE("MatrixAdapter: an invitation counts from whom the configuration names",
          "[chat][matrix]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  mock.Invite(Mock::kEve, /*encrypted=*/false);
  mock.Say(Mock::kAda, Mock::kRoom, "one");
  REQUIRE(Heard(events, 1));
  CHECK_FALSE(mock.joined_direct());
  mock.Invite(Mock::kAda, /*encrypted=*/true);
  mock.Say(Mock::kAda, Mock::kRoom, "two");
  REQUIRE(Heard(events, 2));
  CHECK_FALSE(mock.joined_direct());

  mock.Invite(Mock::kAda, /*encrypted=*/false);
  REQUIRE(Eventually([&] { return mock.joined_direct(); }));
  mock.Say(Mock::kAda, Mock::kDirect, "link ABC");
  REQUIRE(Heard(events, 3));
  CHECK(events.inbound()[2].direct);
  CHECK(events.inbound()[2].account == Mock::kAda);
  CHECK(bench.Post("k1", false, Mock::kDirect, /*direct=*/true).state == PostState::kPosted);
}

TEST_CASE("MatrixAdapter: a room of three is no direct one", "[chat][matrix]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  mock.Invite(Mock::kAda, /*encrypted=*/false);
  REQUIRE(Eventually([&] { return mock.joined_direct(); }));
  mock.AddDirectMember(Mock::kEve);
  mock.Say(Mock::kAda, Mock::kDirect, "link ABC");
  mock.Say(Mock::kAda, Mock::kRoom, "after");
  REQUIRE(Heard(events, 1));
  CHECK(Texts(events) == Strings{"after"});
}

TEST_CASE("MatrixAdapter: a token that is revoked is said so, and mended without a restart",
          "[chat][matrix]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  mock.RevokeToken(true);
  REQUIRE(Eventually(
      [&] { return events.states().back() == "no: the homeserver refuses the bot's token"; }));
  mock.Say(Mock::kAda, Mock::kRoom, "meanwhile");
  mock.RevokeToken(false);
  REQUIRE(Heard(events, 1));
  REQUIRE(Eventually([&] { return events.ready(); }));
}

TEST_CASE("MatrixAdapter: 429 waits as long as it is told; unknown rooms are refused",
          "[chat][matrix]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  mock.AnswerPosts(429, 1);
  const PostResult limited = bench.Post(kUuid);
  CHECK(limited.state == PostState::kRetry);
  CHECK(limited.retry_after == absl::Seconds(7));
  CHECK(bench.Post(kUuid).state == PostState::kPosted);
  CHECK(mock.BotPosts().size() == 1);
  for (const char* room : {"", "!elsewhere:chat.test", "../account/whoami", "@ada:chat.test"}) {
    CHECK(bench.Post("k2", false, room).state == PostState::kFailed);
  }
  CHECK(bench.Post("k3", false, "@eve:chat.test", /*direct=*/true).state == PostState::kFailed);
}

TEST_CASE("MatrixAdapter: a pin hands up the marked message", "[chat][matrix]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  const std::string id = mock.Say(Mock::kAda, Mock::kRoom, "found the dropper");
  nlohmann::json content;
  content["m.relates_to"]["rel_type"] = "m.annotation";
  content["m.relates_to"]["event_id"] = id;
  content["m.relates_to"]["key"] = "\U0001F4CC";
  mock.Add(Mock::kEve, Mock::kRoom, "m.reaction", content);
  mock.Add(Mock::kEve, Mock::kRoom, "m.reaction", content);
  REQUIRE(Heard(events, 2));
  CHECK(events.inbound()[1].kind == InboundKind::kPin);
  CHECK(events.inbound()[1].text == "found the dropper");
  CHECK(events.inbound()[1].author == Mock::kAda);
  mock.Say(Mock::kAda, Mock::kRoom, "end");
  REQUIRE(Heard(events, 3));
  CHECK(Texts(events).back() == "end");
}

TEST_CASE("MatrixAdapter: direct posts go to the room in which the account has written",
          "[chat][matrix]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  {
    Bench bench(mock, memory, events);
    mock.Invite(Mock::kAda, /*encrypted=*/false);
    REQUIRE(Eventually([&] { return mock.joined_direct(); }));
    mock.Say(Mock::kAda, Mock::kDirect, "hello");
    REQUIRE(Heard(events, 1));
  }
  Bench bench(mock, memory, events);
  CHECK(bench.Post(kUuid, false, Mock::kAda, /*direct=*/true).state == PostState::kPosted);
  CHECK(mock.BotPosts(Mock::kDirect).size() == 1);
}

}  // namespace tocsin::chat
