#include "clients/chat/mattermost/mattermost_adapter.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "clients/chat/net/json.h"
#include "tests/support/catch.h"
#include "tests/support/chat_fixture.h"
#include "tests/support/fake_clock.h"
#include "tests/support/mattermost_mock.h"

namespace tocsin::chat {
namespace {

using Mock = MattermostMock;

// The mock's clock begins here.
const absl::Time kNow = absl::FromUnixMillis(1'790'000'000'000);

// One run of the bot; what it remembers is the test's, as the disk is.
class Bench {
 public:
  Bench(const Mock& mock, FakeMemory& memory, RecordedEvents& events) : events_(events) {
    MattermostConfig config;
    config.url = ParseUrl(mock.server().url()).value();
    config.ca_file = mock.server().ca_file();
    config.token = Mock::token();
    config.rooms = {RoomConfig{.room = Mock::kRoom, .title = "War room"}};
    adapter_ = std::make_unique<MattermostAdapter>(
        config, AdapterContext{"mattermost", events, memory}, clock_,
        ReconnectPauses{absl::Milliseconds(5), absl::Milliseconds(20)});
    StartReady(*adapter_, events_);
  }

  PostResult Post(const std::string& key, bool again = false, const std::string& text = "hello") {
    return PostAndWait(*adapter_, events_,
                       {.key = key,
                        .room = Mock::kRoom,
                        .direct = false,
                        .answers = "",
                        .blocks = {Text(text)},
                        .again = again,
                        .created_time = kNow});
  }
  MattermostAdapter& adapter() { return *adapter_; }

 private:
  RecordedEvents& events_;
  runtime::FakeClock clock_{kNow};
  std::unique_ptr<MattermostAdapter> adapter_;
};

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("MattermostAdapter: what is said is heard, and what is posted stands there",
          "[chat][mattermost]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);

  mock.Say(Mock::kAda, Mock::kRoom, "!tocsin status");
  mock.Say(Mock::kAda, Mock::kOtherRoom, "!tocsin in a room that is not ours");
  mock.Say(Mock::kAda, Mock::kDirect, "link ABC");
  REQUIRE(Heard(events, 2));
  CHECK(Texts(events) == Strings{"!tocsin status", "link ABC"});
  CHECK(events.inbound()[1].direct);

  const PostResult result = bench.Post("key-1");
  CHECK(result.state == PostState::kPosted);
  CHECK(mock.BotTexts() == Strings{"hello"});
  // Its own post comes back to it and is not heard.
  mock.Say(Mock::kAda, Mock::kRoom, "next");
  REQUIRE(Heard(events, 3));
  CHECK(Texts(events).back() == "next");
}

TEST_CASE("MattermostAdapter: what was said before it came first is not read",
          "[chat][mattermost]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  mock.Say(Mock::kAda, Mock::kRoom, "old");
  { Bench bench(mock, memory, events); }
  mock.Say(Mock::kAda, Mock::kRoom, "new");
  Bench bench(mock, memory, events);
  REQUIRE(Heard(events, 1));
  CHECK(Texts(events) == Strings{"new"});
}

TEST_CASE("MattermostAdapter: a broken connection loses nothing and repeats nothing",
          "[chat][mattermost]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  mock.Say(Mock::kAda, Mock::kRoom, "one");
  REQUIRE(Heard(events, 1));

  constexpr int kBreaks = 5;
  for (int i = 0; i < kBreaks; ++i) {
    const int before = mock.socket_count();
    mock.DropAll();
    mock.Say(Mock::kAda, Mock::kRoom, absl::StrCat("during ", i));
    REQUIRE(Eventually([&] { return mock.socket_count() > before && events.ready(); }));
    mock.Say(Mock::kAda, Mock::kRoom, absl::StrCat("after ", i));
    REQUIRE(Heard(events, static_cast<size_t>(3 + 2 * i)));
  }

  Strings expected = {"one"};
  for (int i = 0; i < kBreaks; ++i) {
    expected.push_back(absl::StrCat("during ", i));
    expected.push_back(absl::StrCat("after ", i));
  }
  CHECK(Texts(events) == expected);
}

TEST_CASE("MattermostAdapter: what is said while it is down is read after the restart, in order",
          "[chat][mattermost]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  {
    Bench bench(mock, memory, events);
    mock.Say(Mock::kAda, Mock::kRoom, "before");
    REQUIRE(Heard(events, 1));
  }
  Strings expected = {"before"};
  constexpr int kCount = 250;  // more than two pages
  for (int i = 0; i < kCount; ++i) {
    mock.Say(Mock::kAda, Mock::kRoom, absl::StrCat("m", i));
    expected.push_back(absl::StrCat("m", i));
  }
  mock.Say(Mock::kAda, Mock::kDirect, "direct");
  expected.push_back("direct");
  Bench bench(mock, memory, events);
  REQUIRE(Heard(events, expected.size()));
  CHECK(Texts(events) == expected);
}

TEST_CASE("MattermostAdapter: an event lost on the way is noticed and read", "[chat][mattermost]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  mock.LoseEvent();
  mock.Say(Mock::kAda, Mock::kRoom, "lost");
  mock.Say(Mock::kAda, Mock::kRoom, "arrived");
  REQUIRE(Heard(events, 2));
  CHECK(Texts(events) == Strings{"lost", "arrived"});
}

TEST_CASE("MattermostAdapter: a message that cannot be kept comes again until it is",
          "[chat][mattermost]") {
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

TEST_CASE("MattermostAdapter: a post whose answer is lost stands there once",
          "[chat][mattermost]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  mock.AnswerPosts(0, 1);
  CHECK(bench.Post("key-1").state == PostState::kUnknown);
  // After the server has forgotten, only the look into the channel keeps it from standing twice.
  mock.ForgetPending();

  const PostResult result = bench.Post("key-1", /*again=*/true);

  CHECK(result.state == PostState::kPosted);
  CHECK(result.native_id == mock.BotPosts()[0]["id"].get<std::string>());
  CHECK(mock.BotTexts().size() == 1);
}

TEST_CASE("MattermostAdapter: after a restart a post that stands there is not made again",
          "[chat][mattermost]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  {
    Bench bench(mock, memory, events);
    CHECK(bench.Post("key-1").state == PostState::kPosted);
  }
  mock.ForgetPending();
  for (int i = 0; i < 150; ++i) mock.Say(Mock::kAda, Mock::kRoom, "talk");
  Bench bench(mock, memory, events);
  CHECK(bench.Post("key-1", /*again=*/true).state == PostState::kPosted);
  CHECK(mock.BotTexts().size() == 1);
  CHECK(bench.Post("key-2", /*again=*/true).state == PostState::kPosted);
  CHECK(mock.BotTexts().size() == 2);
}

TEST_CASE("MattermostAdapter: a key in somebody else's post is not the bot's",
          "[chat][mattermost]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  mock.Say(Mock::kEve, Mock::kRoom, "x", {{"props", {{"tocsin_key", "key-1"}}}});
  CHECK(bench.Post("key-1", /*again=*/true).state == PostState::kPosted);
  CHECK(mock.BotTexts().size() == 1);
}

TEST_CASE("MattermostAdapter: 429 waits as long as it is told", "[chat][mattermost]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  mock.AnswerPosts(429, 1);
  const PostResult limited = bench.Post("key-1");
  CHECK(limited.state == PostState::kRetry);
  CHECK(limited.retry_after == absl::Seconds(3));
  CHECK(bench.Post("key-1").state == PostState::kPosted);
  CHECK(mock.BotTexts().size() == 1);
}

TEST_CASE("MattermostAdapter: a token that is revoked is said so, and mended without a restart",
          "[chat][mattermost]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  mock.RevokeToken(true);
  REQUIRE(Eventually([&] {
    const Strings states = events.states();
    return states.back() == "no: Mattermost refuses the bot's token";
  }));
  mock.Say(Mock::kAda, Mock::kRoom, "meanwhile");
  mock.RevokeToken(false);
  REQUIRE(Heard(events, 1));
  REQUIRE(Eventually([&] { return events.ready(); }));
}

TEST_CASE("MattermostAdapter: removed from its room it says so and posts nothing there",
          "[chat][mattermost]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  mock.RemoveBot(true);
  REQUIRE(Eventually([&] { return events.room_states().size() == 1; }));
  CHECK(events.room_states()[0] ==
        absl::StrCat(Mock::kRoom, ": the bot was removed by ", Mock::kAda));
  const PostResult refused = bench.Post("key-1");
  CHECK(refused.state == PostState::kFailed);
  CHECK_THAT(refused.problem, ContainsSubstring("removed"));

  mock.RemoveBot(false);
  REQUIRE(Eventually([&] { return events.room_states().size() == 2; }));
  CHECK(bench.Post("key-2").state == PostState::kPosted);
}

TEST_CASE("MattermostAdapter: a room that it is not in is named when it connects",
          "[chat][mattermost]") {
  Mock mock;
  mock.RemoveBot(true);
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  CHECK(events.room_states() ==
        Strings{absl::StrCat(Mock::kRoom, ": the bot is not in the channel")});
}

TEST_CASE("MattermostAdapter: an unknown room or account is refused, not tried",
          "[chat][mattermost]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  for (const char* room : {"", "room", "../users/me"}) {
    const size_t before = events.posted().size();
    bench.adapter().Post({.key = "k", .room = room, .blocks = {Text("x")}});
    REQUIRE(Eventually([&] { return events.posted().size() > before; }));
    CHECK(events.posted()[before].second.state == PostState::kFailed);
  }
  CHECK(mock.post_requests() == 0);
}

TEST_CASE("MattermostAdapter: a direct post goes to the account's own channel",
          "[chat][mattermost]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  bench.adapter().Post({.key = "k1", .room = Mock::kAda, .direct = true, .blocks = {Text("psst")}});
  bench.adapter().Post({.key = "k2", .room = Mock::kEve, .direct = true, .blocks = {Text("psst")}});
  REQUIRE(Eventually([&] { return events.posted().size() == 2; }));
  CHECK(events.posted()[0].second.state == PostState::kPosted);
  CHECK(events.posted()[1].second.state == PostState::kFailed);
  CHECK(mock.BotTexts(Mock::kDirect) == Strings{"psst"});
}

TEST_CASE("MattermostAdapter: a pin hands up the marked message, with its author and time",
          "[chat][mattermost]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  const std::string post = mock.Say(Mock::kAda, Mock::kRoom, "found the dropper");
  mock.React(Mock::kEve, post, "thumbsup");
  mock.React(Mock::kEve, post, "pushpin");
  mock.React(Mock::kEve, post, "pushpin");
  REQUIRE(Heard(events, 2));
  const Inbound pin = events.inbound()[1];
  CHECK(pin.kind == InboundKind::kPin);
  CHECK(pin.text == "found the dropper");
  CHECK(pin.account == Mock::kEve);
  CHECK(pin.author == "ada");
  mock.Say(Mock::kAda, Mock::kRoom, "end");
  REQUIRE(Heard(events, 3));
  CHECK(events.inbound()[2].text == "end");
}

TEST_CASE("MattermostAdapter: what is no event ends the connection, and nothing is lost",
          "[chat][mattermost]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  mock.TellRaw("\xFF{{{{");
  mock.Say(Mock::kAda, Mock::kRoom, "after");
  REQUIRE(Heard(events, 1));
  CHECK(Texts(events) == Strings{"after"});
}

TEST_CASE("MattermostAdapter: many messages at once are heard once, in order",
          "[chat][mattermost]") {
  Mock mock;
  FakeMemory memory;
  RecordedEvents events;
  Bench bench(mock, memory, events);
  constexpr size_t kCount = 2000;
  for (size_t i = 0; i < kCount; ++i) mock.Say(Mock::kAda, Mock::kRoom, absl::StrCat(i));
  REQUIRE(Heard(events, kCount));
  const Strings texts = Texts(events);
  for (size_t i = 0; i < kCount; ++i) REQUIRE(texts[i] == absl::StrCat(i));
}

}  // namespace tocsin::chat
