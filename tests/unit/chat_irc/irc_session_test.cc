// The protocol with a clock of the test's: flood control, silence, names that change hands.
#include "clients/chat/irc/irc_session.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"
#include "tests/support/chat_fixture.h"

namespace tocsin::chat::irc {
namespace {

using Strings = std::vector<std::string>;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

IrcConfig Config() {
  IrcConfig config;
  config.host = "irc.example";
  config.nick = "tocsin";
  config.rooms = {RoomConfig{.room = "#war", .title = "War room"}};
  return config;
}

// No two of them fit into one line.
std::string Long(int i) {
  return absl::StrCat("line ", i, " ", std::string(300, 'x'));
}

class Bench {
 public:
  explicit Bench(IrcConfig config = Config()) : config_(std::move(config)) {
    session_.OnConnected(now);
  }

  absl::Status Hear(const std::string& line) {
    const absl::Status status = session_.OnLine(line, now);
    return status.ok() ? session_.OnTick(now) : status;
  }
  // As a server without capabilities lets it in.
  void Enter(const std::string& capabilities = "") {
    if (!capabilities.empty()) {
      REQUIRE(Hear(":s CAP * LS :" + capabilities).ok());
      REQUIRE(Hear(":s CAP * ACK :" + capabilities).ok());
    }
    REQUIRE(Hear(":s 001 tocsin :Welcome").ok());
    REQUIRE(Hear(":s 376 tocsin :End").ok());
    REQUIRE(Hear(":tocsin!t@h JOIN #war").ok());
    REQUIRE(events.ready());
    sent.clear();
  }
  void Post(const std::string& text, bool again = false, const std::string& key = "k") {
    session_.Post({.key = key, .room = "#war", .blocks = {Text(text)}, .again = again});
    CHECK(session_.OnTick(now).ok());
  }
  absl::Status Wait(absl::Duration span) {
    now += span;
    return session_.OnTick(now);
  }
  Strings Said() const {
    Strings said;
    for (const std::string& line : sent) {
      const size_t at = line.find("PRIVMSG #war ");
      if (at == std::string::npos) continue;
      std::string text = line.substr(at + 13, line.size() - at - 15);
      said.push_back(text.starts_with(':') ? text.substr(1) : text);
    }
    return said;
  }
  // Answers the newest PING.
  void Pong() {
    for (auto line = sent.rbegin(); line != sent.rend(); ++line) {
      if (!line->starts_with("PING ")) continue;
      CHECK(Hear(absl::StrCat(":s PONG s :", line->substr(5, line->size() - 7))).ok());
      return;
    }
    FAIL("there is no PING");
  }
  Session& session() { return session_; }

  absl::Time now = kNow;
  Strings sent;
  std::vector<Inbound> heard;
  RecordedEvents events;

 private:
  const IrcConfig config_;
  FakeMemory memory_;
  const AdapterContext context_{"irc", events, memory_};
  StateTeller state_{context_};
  Session session_{config_,
                   context_,
                   state_,
                   {.send = [this](const std::string& line) { sent.push_back(line); },
                    .hand_up = [this](const Inbound& inbound) { heard.push_back(inbound); }}};
};

}  // namespace

TEST_CASE("IRC session: a long post goes out at the pace that servers allow", "[chat][irc]") {
  Bench bench;
  bench.Enter();
  std::string text;
  for (int i = 0; i < 12; ++i) absl::StrAppend(&text, Long(i), "\n");
  bench.Post(text);
  CHECK(bench.Said().size() == 5);
  CHECK(bench.Wait(absl::Milliseconds(1900)).ok());
  CHECK(bench.Said().size() == 5);
  CHECK(bench.Wait(absl::Milliseconds(200)).ok());
  CHECK(bench.Said().size() == 6);
  for (int i = 0; i < 6; ++i) CHECK(bench.Wait(absl::Seconds(2)).ok());
  CHECK(bench.Said().size() == 12);
  CHECK(bench.events.posted().empty());
  bench.Pong();
  REQUIRE(bench.events.posted().size() == 1);
  CHECK(bench.events.posted()[0].second.state == PostState::kPosted);
}

TEST_CASE("IRC session: a post of hundreds of lines is cut, and says so", "[chat][irc]") {
  Bench bench;
  bench.Enter();
  std::string text;
  for (int i = 0; i < 500; ++i) absl::StrAppend(&text, Long(i), "\n");
  bench.Post(text);
  for (int i = 0; i < 12; ++i) CHECK(bench.Wait(absl::Seconds(2)).ok());
  REQUIRE(bench.Said().size() == 15);
  CHECK_THAT(bench.Said().back(), ContainsSubstring("486 more lines"));
}

TEST_CASE("IRC session: with the prefix that servers put before it, no line passes 512 bytes",
          "[chat][irc]") {
  Bench bench;
  bench.Enter();
  std::string text;
  for (int i = 0; i < 700; ++i) text += "\u20AC";
  bench.Post(text);
  CHECK(bench.Wait(absl::Seconds(4)).ok());
  std::string joined;
  for (const std::string& said : bench.Said()) {
    const std::string relayed = absl::StrCat(":tocsin!", std::string(11, 'u'), "@",
                                             std::string(64, 'h'), " PRIVMSG #war :", said, "\r\n");
    CHECK(relayed.size() <= kLineBytesMax);
    joined += said;
  }
  CHECK(joined == text);
}

TEST_CASE("IRC session: control characters and line ends in a text reach nobody as such",
          "[chat][irc]") {
  Bench bench;
  bench.Enter();
  bench.Post(
      "a\r\nQUIT :b\x01"
      "ACTION\x01\x03"
      "4c\u202Ed");
  for (const std::string& line : bench.sent) {
    CHECK_FALSE(line.starts_with("QUIT"));
    for (const char c : line.substr(0, line.size() - 2)) {
      CHECK(static_cast<unsigned char>(c) >= 0x20);
    }
    CHECK(line.find("\u202E") == std::string::npos);
  }
}

TEST_CASE("IRC session: a server that falls silent is asked, then left", "[chat][irc]") {
  Bench bench;
  bench.Enter();
  CHECK(bench.Wait(absl::Seconds(61)).ok());
  CHECK(bench.sent.back() == "PING alive\r\n");
  CHECK(bench.Hear(":s PONG s :alive").ok());
  CHECK(bench.Wait(absl::Seconds(61)).ok());
  CHECK(bench.sent.back() == "PING alive\r\n");
  CHECK_FALSE(bench.Wait(absl::Seconds(61)).ok());
}

TEST_CASE("IRC session: a post without an answer ends the connection, and its fate is unknown",
          "[chat][irc]") {
  Bench bench;
  bench.Enter();
  bench.Post("hello");
  CHECK(bench.Hear(":s NOTICE tocsin :still here").ok());
  CHECK_FALSE(bench.Wait(absl::Seconds(31)).ok());
  bench.session().OnDisconnected();
  REQUIRE(bench.events.posted().size() == 1);
  CHECK(bench.events.posted()[0].second.state == PostState::kUnknown);
}

TEST_CASE("IRC session: of two posts, the one that was not begun is simply tried again",
          "[chat][irc]") {
  Bench bench;
  bench.Enter();
  bench.Post(absl::StrCat(Long(1), "\n", Long(2), "\n", Long(3), "\n", Long(4), "\n", Long(5)),
             /*again=*/false, "first");
  bench.Post("6", /*again=*/false, "second");
  bench.session().OnDisconnected();
  REQUIRE(bench.events.posted().size() == 2);
  CHECK(bench.events.posted()[0].second.state == PostState::kUnknown);
  CHECK(bench.events.posted()[1].second.state == PostState::kRetry);
}

TEST_CASE("IRC session: a post of unknown fate is said again with a mark", "[chat][irc]") {
  Bench bench;
  bench.Enter();
  bench.Post("hello", /*again=*/true);
  CHECK(bench.Said() == Strings{"(perhaps said before) hello"});
}

TEST_CASE("IRC session: the nick that is wanted is asked for again", "[chat][irc]") {
  Bench bench;
  REQUIRE(bench.Hear(":s 433 * tocsin :Nickname is already in use").ok());
  CHECK(bench.sent.back() == "NICK tocsin_\r\n");
  REQUIRE(bench.Hear(":s 001 tocsin_ :Welcome").ok());
  REQUIRE(bench.Hear(":s 422 tocsin_ :No MOTD").ok());
  bench.sent.clear();
  CHECK(bench.Wait(absl::Seconds(61)).ok());
  CHECK(std::count(bench.sent.begin(), bench.sent.end(), "NICK tocsin\r\n") == 1);
  REQUIRE(bench.Hear(":tocsin_!t@h NICK tocsin").ok());
  bench.sent.clear();
  CHECK(bench.Hear(":s PONG s :alive").ok());
  CHECK(bench.Wait(absl::Seconds(50)).ok());
  CHECK(bench.Wait(absl::Seconds(50)).ok());
  CHECK(std::count(bench.sent.begin(), bench.sent.end(), "NICK tocsin\r\n") == 0);
}

TEST_CASE("IRC session: when every nick is taken, the bot says so", "[chat][irc]") {
  Bench bench;
  absl::Status status;
  for (int i = 0; i < 10 && status.ok(); ++i) status = bench.Hear(":s 433 * x :in use");
  CHECK_THAT(std::string(status.message()), ContainsSubstring("are taken"));
}

TEST_CASE("IRC session: an answer is sent only to who has the account behind the nick",
          "[chat][irc]") {
  Bench bench;
  bench.Enter("account-tag message-tags server-time");
  const auto answer = [&] {
    bench.session().Post({.key = "k", .room = "ada", .direct = true, .blocks = {Text("a secret")}});
    CHECK(bench.session().OnTick(bench.now).ok());
  };
  answer();  // nobody of that name has written
  CHECK(bench.events.posted().back().second.state == PostState::kFailed);
  REQUIRE(bench
              .Hear("@account=Ada;time=2026-09-21T14:13:20.000Z;msgid=1 :al!u@h PRIVMSG tocsin "
                    ":status")
              .ok());
  REQUIRE(bench.heard.size() == 1);
  CHECK(bench.heard[0].account == "ada");
  CHECK(bench.heard[0].direct);
  CHECK(bench.heard[0].room == "ada");

  SECTION("still hers") {
    answer();
    CHECK(bench.sent.back() == "WHOIS al\r\n");
    CHECK(bench.Hear(":s 330 tocsin al Ada :is logged in as").ok());
    CHECK(std::count(bench.sent.begin(), bench.sent.end(), "PRIVMSG al :a secret\r\n") == 1);
    CHECK(bench.Hear(":s 318 tocsin al :End of WHOIS").ok());
    bench.Pong();
    CHECK(bench.events.posted().back().second.state == PostState::kPosted);
  }
  SECTION("another's by now") {
    answer();
    CHECK(bench.Hear(":s 330 tocsin al eve :is logged in as").ok());
    CHECK(bench.Hear(":s 318 tocsin al :End of WHOIS").ok());
    CHECK(bench.events.posted().back().second.state == PostState::kFailed);
  }
  SECTION("nobody's account") {
    answer();
    CHECK(bench.Hear(":s 318 tocsin al :End of WHOIS").ok());
    CHECK(bench.events.posted().back().second.state == PostState::kFailed);
  }
  SECTION("gone") {
    REQUIRE(bench.Hear(":al!u@h QUIT :a.net b.net").ok());
    answer();
    CHECK(bench.events.posted().back().second.state == PostState::kFailed);
  }
  for (const std::string& line : bench.sent) {
    const bool to_her = bench.events.posted().back().second.state == PostState::kPosted;
    CHECK((to_her || !absl::StrContains(line, "secret")));
  }
}

TEST_CASE("IRC session: a withdrawn capability is no longer believed", "[chat][irc]") {
  Bench bench;
  bench.Enter("account-tag message-tags server-time");
  const std::string line =
      "@account=ada;time=2026-09-21T14:13:20.000Z;msgid=1 :ada!u@h PRIVMSG #war :!inc status";
  REQUIRE(bench.Hear(line).ok());
  CHECK(bench.heard.size() == 1);
  REQUIRE(bench.Hear(":s CAP tocsin DEL :account-tag").ok());
  REQUIRE(bench.Hear(line).ok());
  CHECK(bench.heard.size() == 1);
}

TEST_CASE("IRC session: tags that were not asked for prove nothing", "[chat][irc]") {
  Bench bench;
  bench.Enter();
  REQUIRE(bench.Hear("@account=ada;time=2026-09-21T14:13:20.000Z :ada!u@h PRIVMSG #war :!inc log x")
              .ok());
  CHECK(bench.heard.empty());
  // Once, by a NOTICE, which nothing answers.
  REQUIRE(bench.Hear(":ada!u@h PRIVMSG #war :!inc log y").ok());
  REQUIRE(bench.Hear(":ada!u@h PRIVMSG #war :just talk").ok());
  CHECK(bench.sent == Strings{"NOTICE #war :this server does not say who writes; the bot only "
                              "notifies here\r\n"});
}

TEST_CASE("IRC session: a message without a name of its own has a key of what it is",
          "[chat][irc]") {
  Bench bench;
  bench.Enter("account-tag server-time");
  const auto say = [&](const std::string& account, const std::string& milliseconds,
                       const std::string& text) {
    REQUIRE(bench
                .Hear(absl::StrCat("@account=", account, ";time=2026-09-21T14:13:20.", milliseconds,
                                   "Z :n!u@h PRIVMSG #war :", text))
                .ok());
    return bench.heard.back().key;
  };
  const std::string key = say("ada", "000", "!inc log x");
  CHECK(say("ada", "000", "!inc log x") == key);
  CHECK(say("eve", "000", "!inc log x") != key);
  CHECK(say("ada", "001", "!inc log x") != key);
  CHECK(say("ada", "000", "!inc log y") != key);
  CHECK(key.size() <= 256);
}

TEST_CASE("IRC session: what cannot be addressed is not said to have been posted", "[chat][irc]") {
  Bench bench;
  bench.Enter("account-tag message-tags server-time");
  REQUIRE(bench.Hear("@time=2026-09-21T14:13:20.000Z;msgid=1 ::x!u@h PRIVMSG tocsin :help").ok());
  REQUIRE(bench.heard.size() == 1);
  bench.session().Post(
      {.key = "k", .room = bench.heard[0].room, .direct = true, .blocks = {Text("hello")}});
  REQUIRE(bench.events.posted().size() == 1);
  CHECK(bench.events.posted()[0].second.state == PostState::kFailed);
}

TEST_CASE("IRC session: hostile lines of a server do no harm", "[chat][irc]") {
  Bench bench;
  bench.Enter("account-tag message-tags server-time");
  for (const std::string line :
       {"PRIVMSG",
        ":x PRIVMSG #war",
        ":x!y PRIVMSG",
        ":s JOIN",
        ":tocsin!a@b PART",
        ":s KICK #war",
        ":s CAP",
        ":s CAP *",
        ":s CAP * LS",
        ":s CAP * ACK :",
        ":s 330",
        ":s 318",
        ":s 404 tocsin",
        ":s PONG",
        ":s 001",
        ":s 433",
        "AUTHENTICATE",
        "AUTHENTICATE +",
        ":s 903",
        ":s 376",
        "@time=x;account=ada :a!b@c PRIVMSG #war :!inc log x",
        "@time=2026-13-45T99:99:99Z;account=a :a!b@c PRIVMSG #war :!inc log x",
        ":a!b@c PRIVMSG @#war :!inc log x",
        ":a!b@c PRIVMSG #WAR,#war :!inc log x",
        ":a!b@c NOTICE #war :!inc log x",
        ":a!b@c PRIVMSG #war :\x01VERSION\x01",
        ":s TAGMSG #war",
        ":s BATCH +1 x"}) {
    INFO(line);
    CHECK(bench.Hear(line).ok());
  }
  CHECK(bench.heard.empty());
}

}  // namespace tocsin::chat::irc
