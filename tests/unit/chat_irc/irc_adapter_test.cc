#include "clients/chat/irc/irc_adapter.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"
#include "tests/support/chat_fixture.h"
#include "tests/support/fake_clock.h"
#include "tests/support/irc_mock.h"

namespace tocsin::chat {
namespace {

using Mock = IrcMock;
using Strings = std::vector<std::string>;

const absl::Time kNow = absl::FromUnixMillis(1'790'000'000'000);

// One run of the bot; what it remembers is the test's, as the disk is.
class Bench {
 public:
  Bench(const Mock& mock, RecordedEvents& events, const IrcConfig& changes = {}) : events_(events) {
    IrcConfig config = changes;
    config.host = "127.0.0.1";
    config.port = mock.port();
    config.ca_file = mock.ca_file();
    config.nick = "tocsin";
    config.rooms = {RoomConfig{.room = Mock::kRoom, .title = "War room"}};
    adapter_ = std::make_unique<IrcAdapter>(
        config, AdapterContext{"irc", events, memory_}, clock_,
        ReconnectPauses{absl::Milliseconds(5), absl::Milliseconds(20)}, irc::Pace{.burst = 10'000});
  }

  IrcAdapter& adapter() { return *adapter_; }
  void Start() { StartReady(*adapter_, events_); }
  PostResult Post(const std::string& text, bool again = false,
                  const std::string& room = Mock::kRoom) {
    return PostAndWait(*adapter_, events_,
                       {.key = absl::StrCat("key-", ++keys_),
                        .room = room,
                        .blocks = {Text(text)},
                        .again = again,
                        .created_time = kNow});
  }
  void Advance(absl::Duration span) { clock_.Advance(span); }

 private:
  RecordedEvents& events_;
  FakeMemory memory_;
  runtime::FakeClock clock_{kNow};
  std::unique_ptr<IrcAdapter> adapter_;
  int keys_ = 0;
};

}  // namespace

TEST_CASE("IrcAdapter: what is posted stands there, and who has an account is heard",
          "[chat][irc]") {
  Mock mock;
  RecordedEvents events;
  Bench bench(mock, events);
  bench.Start();
  const PostResult result = bench.Post("hello\nworld");
  CHECK(result.state == PostState::kPosted);
  CHECK_FALSE(result.native_id.empty());
  CHECK(mock.Said() == Strings{"hello | world"});

  mock.Say("al", "Ada", "#war", "!inc status");
  mock.Say("al", "Ada", "#WAR", "tocsin: log \x02x\x02");
  mock.Say("al", "Ada", "#other", "!inc log not here");
  mock.Say("ada", "", "#war", "!inc log without an account");
  mock.Say("al", "Ada", "tocsin", "link ABC");
  REQUIRE(Heard(events, 4));
  const std::vector<Inbound> heard = events.inbound();
  CHECK(Texts(events) ==
        Strings{"!inc status", "log x", "!inc log without an account", "link ABC"});
  CHECK(heard[0].account == "ada");
  CHECK(heard[0].room == "#war");
  CHECK(heard[0].display_name == "al");
  CHECK(heard[0].key.starts_with("msgid "));
  CHECK_FALSE(heard[0].addressed);
  CHECK(heard[1].addressed);
  CHECK(heard[1].room == "#war");
  CHECK(heard[2].account.empty());
  CHECK(heard[3].direct);
}

TEST_CASE("IrcAdapter: a server without accounts is only told", "[chat][irc]") {
  Mock mock({.capabilities = ""});
  RecordedEvents events;
  Bench bench(mock, events);
  bench.Start();
  CHECK(bench.Post("hello").state == PostState::kPosted);
  mock.Say("ada", "", "#war", "!inc log x");
  mock.Say("ada", "", "#war", "!inc log y");
  mock.Say("ada", "", "#war", "we talk");
  mock.Say("ada", "", "tocsin", "link ABC");
  REQUIRE(Eventually([&] { return mock.Said("NOTICE", "ada").size() == 1; }));
  CHECK(mock.Said("NOTICE") ==
        Strings{"this server does not say who writes; the bot only notifies here"});
  CHECK(events.inbound().empty());
}

TEST_CASE("IrcAdapter: a message that comes again is the same one", "[chat][irc]") {
  Mock mock;
  RecordedEvents events;
  Bench bench(mock, events);
  bench.Start();
  events.Refuse(2);  // the disk is full for a moment
  mock.FixMessageId("abc");
  mock.Say("al", "ada", "#war", "!inc log once");
  REQUIRE(Heard(events, 1));
  mock.DropAll();
  REQUIRE(Eventually([&] { return mock.connection_count() == 2 && events.ready(); }));
  mock.Say("al", "ada", "#war", "!inc log once");
  mock.FixMessageId("def");
  mock.Say("al", "ada", "#war", "!inc log next");
  REQUIRE(Heard(events, 2));
  CHECK(Texts(events) == Strings{"!inc log once", "!inc log next"});
}

TEST_CASE("IrcAdapter: what broke off between is of unknown fate, and later marked",
          "[chat][irc]") {
  Mock mock;
  RecordedEvents events;
  Bench bench(mock, events);
  bench.Start();
  mock.HoldPongs(true);
  bench.adapter().Post({.key = "k", .room = Mock::kRoom, .blocks = {Text("hello")}});
  REQUIRE(Eventually([&] { return mock.Said().size() == 1; }));
  mock.HoldPongs(false);
  mock.DropAll();
  REQUIRE(Eventually([&] { return !events.posted().empty(); }));
  CHECK(events.posted()[0].second.state == PostState::kUnknown);
  REQUIRE(Eventually([&] { return mock.connection_count() == 2 && events.ready(); }));
  CHECK(bench.Post("hello", /*again=*/true).state == PostState::kPosted);
  CHECK(mock.Said() == Strings{"hello", "(perhaps said before) hello"});
}

TEST_CASE("IrcAdapter: what the channel does not take is said to have failed", "[chat][irc]") {
  Mock mock;
  RecordedEvents events;
  Bench bench(mock, events);
  bench.Start();
  mock.RefuseMessages(true);
  const PostResult refused = bench.Post("hello");
  CHECK(refused.state == PostState::kFailed);
  CHECK_THAT(refused.problem, ContainsSubstring("Cannot send to channel"));
  mock.RefuseMessages(false);
  mock.SwallowMessages(true);
  CHECK_THAT(bench.Post("hello").problem, ContainsSubstring("did not pass on"));
  mock.SwallowMessages(false);
  CHECK(bench.Post("hello").state == PostState::kPosted);
  CHECK_THAT(bench.Post("x", false, "#unknown").problem, ContainsSubstring("no such room"));
}

TEST_CASE("IrcAdapter: thrown out, it says by whom, and comes back when it may", "[chat][irc]") {
  Mock mock;
  RecordedEvents events;
  Bench bench(mock, events);
  bench.Start();
  mock.RefuseJoin("474");
  mock.Kick("eve");
  REQUIRE(Eventually([&] { return !events.room_states().empty(); }));
  CHECK(events.room_states()[0] == "#war: the bot was removed by eve");
  CHECK_THAT(bench.Post("x").problem, ContainsSubstring("removed by eve"));
  bench.Advance(absl::Seconds(61));
  REQUIRE(Eventually([&] { return events.room_states().size() == 2; }));
  CHECK(events.room_states()[1] == "#war: the bot is banned from the channel");
  mock.RefuseJoin("");
  bench.Advance(absl::Seconds(61));
  REQUIRE(Eventually([&] { return events.room_states().size() == 3; }));
  CHECK(events.room_states()[2] == "#war: ");
  CHECK(bench.Post("hello").state == PostState::kPosted);
}

TEST_CASE("IrcAdapter: a channel that cannot be entered is a problem of that room", "[chat][irc]") {
  const std::map<std::string, std::string> reasons = {
      {"403", "no such channel"}, {"471", "is full"}, {"473", "invited people"},
      {"475", "key is wrong"},    {"477", "account"}, {"489", "refuses the bot"}};
  for (const auto& [number, reason] : reasons) {
    INFO(number);
    Mock mock;
    mock.RefuseJoin(number);
    RecordedEvents events;
    Bench bench(mock, events);
    bench.Start();
    REQUIRE(events.room_states().size() == 1);
    CHECK_THAT(events.room_states()[0], ContainsSubstring(reason));
    CHECK(bench.Post("x").state == PostState::kFailed);
  }
}

TEST_CASE("IrcAdapter: it shows who it is before it enters, or does not enter", "[chat][irc]") {
  IrcConfig config;
  config.account = Mock::kAccount;
  config.password = "bot-secret";
  config.keys[Mock::kRoom] = "sesame";
  SECTION("SASL, the server's password, the channel's key") {
    Mock mock({.password = "door"});
    config.server_password = "door";
    RecordedEvents events;
    Bench bench(mock, events, config);
    bench.Start();
    const Strings lines = mock.lines();
    const auto at = [&](const std::string& line) {
      return std::find(lines.begin(), lines.end(), line) - lines.begin();
    };
    CHECK(at("AUTHENTICATE PLAIN") < at("CAP END"));
    CHECK(at("CAP END") < at("JOIN #war sesame"));
    CHECK(at("JOIN #war sesame") < static_cast<std::ptrdiff_t>(lines.size()));
    CHECK(bench.Post("hello").state == PostState::kPosted);
  }
  SECTION("a wrong password") {
    config.password = "wrong";
    Mock mock;
    RecordedEvents events;
    Bench bench(mock, events, config);
    REQUIRE(bench.adapter().Start().ok());
    REQUIRE(Eventually([&] { return !events.states().empty(); }));
    CHECK_THAT(events.states()[0], ContainsSubstring("refuses the bot's account"));
    const Strings lines = mock.lines();
    CHECK(std::count(lines.begin(), lines.end(), "CAP END") == 0);
  }
  SECTION("a server without SASL") {
    Mock mock({.capabilities = "account-tag server-time message-tags"});
    RecordedEvents events;
    Bench bench(mock, events, config);
    REQUIRE(bench.adapter().Start().ok());
    REQUIRE(Eventually([&] { return !events.states().empty(); }));
    CHECK_THAT(events.states()[0], ContainsSubstring("no SASL PLAIN"));
  }
  SECTION("a server without capabilities") {
    Mock mock({.capabilities = ""});
    RecordedEvents events;
    Bench bench(mock, events, config);
    REQUIRE(bench.adapter().Start().ok());
    REQUIRE(Eventually([&] { return !events.states().empty(); }));
    CHECK_THAT(events.states()[0], ContainsSubstring("no SASL PLAIN"));
    const Strings lines = mock.lines();
    CHECK(std::none_of(lines.begin(), lines.end(),
                       [](const std::string& line) { return line.starts_with("JOIN"); }));
  }
  SECTION("the wrong password of the server") {
    Mock mock({.password = "door"});
    config = {};
    RecordedEvents events;
    Bench bench(mock, events, config);
    REQUIRE(bench.adapter().Start().ok());
    REQUIRE(Eventually([&] { return !events.states().empty(); }));
    CHECK_THAT(events.states()[0], ContainsSubstring("password"));
  }
}

TEST_CASE("IrcAdapter: a certificate of somebody else is refused", "[chat][irc]") {
  Mock mock;
  Mock other;
  RecordedEvents events;
  FakeMemory memory;
  runtime::FakeClock clock(kNow);
  IrcConfig config;
  config.host = "127.0.0.1";
  config.port = mock.port();
  config.ca_file = other.ca_file();
  config.nick = "tocsin";
  config.server_password = "door";
  IrcAdapter adapter(config, {"irc", events, memory}, clock,
                     {absl::Milliseconds(5), absl::Milliseconds(20)});
  REQUIRE(adapter.Start().ok());
  REQUIRE(Eventually([&] { return !events.states().empty(); }));
  CHECK_THAT(events.states()[0], ContainsSubstring("certificate"));
  CHECK(mock.lines().empty());
}

TEST_CASE("IrcAdapter: its nick is taken, so it comes under another", "[chat][irc]") {
  Mock mock;
  mock.TakeNick("tocsin", true);
  RecordedEvents events;
  Bench bench(mock, events);
  bench.Start();
  CHECK(mock.nick() == "tocsin_");
  mock.Say("al", "ada", "tocsin_", "status");
  REQUIRE(Heard(events, 1));
  mock.TakeNick("tocsin", false);
  bench.Advance(absl::Seconds(61));
  REQUIRE(Eventually([&] { return mock.nick() == "tocsin"; }));
}

TEST_CASE("IrcAdapter: hostile bytes end the connection at worst, and it comes back",
          "[chat][irc]") {
  Mock mock;
  RecordedEvents events;
  Bench bench(mock, events);
  bench.Start();
  mock.SendRaw(std::string("\0\r\n\xFF\xFE\r\n@;=;;\r\n:\r\n\n\n", 18));
  mock.SendRaw("PING :" + std::string(3000, 'p') + "\r\n");
  mock.SendLine(
      ":x!y@z PRIVMSG #war :!inc log \x03"
      "4caf\xE9");
  mock.Say("al", "ada", "#war", "!inc log caf\xE9");
  REQUIRE(Heard(events, 1));
  CHECK(Texts(events).back() == "!inc log caf\uFFFD");
  CHECK(mock.connection_count() == 1);
  mock.SendRaw(std::string(64 * 1024, 'x'));
  REQUIRE(Eventually([&] { return mock.connection_count() == 2 && events.ready(); }));
  mock.SendLine("ERROR :Closing link");
  REQUIRE(Eventually([&] { return mock.connection_count() == 3 && events.ready(); }));
  CHECK(bench.Post("hello").state == PostState::kPosted);
}

TEST_CASE("IrcAdapter: posts from two threads, and a stop in the middle", "[chat][irc]") {
  Mock mock;
  RecordedEvents events;
  Bench bench(mock, events);
  bench.Start();
  constexpr int kEach = 50;
  const auto post = [&](const std::string& who) {
    for (int i = 0; i < kEach; ++i) {
      bench.adapter().Post({.key = absl::StrCat(who, i),
                            .room = Mock::kRoom,
                            .blocks = {Text(absl::StrCat(who, i))}});
    }
  };
  {
    runtime::Thread one("one", [&] { post("a"); });
    runtime::Thread two("two", [&] { post("b"); });
  }
  REQUIRE(Eventually([&] { return events.posted().size() == 2 * kEach; }));
  CHECK(mock.Said().size() == 2 * kEach);
  mock.HoldPongs(true);
  bench.adapter().Post({.key = "last", .room = Mock::kRoom, .blocks = {Text("last")}});
  bench.adapter().Stop();
  CHECK(events.posted().size() <= 2 * kEach + 1);
}

}  // namespace tocsin::chat
