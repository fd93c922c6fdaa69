// The bot with a runner and an adapter that do what a test says: order, once-only, patience, and
// who may say what where.
#include "clients/chat/bot/bot.h"

#include <deque>
#include <functional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/chat/conversation/render.h"
#include "server/base/error.h"
#include "server/runtime/log.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scratch_directory.h"

namespace tocsin::chat {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'781'085'600);

// Does what it is told, and remembers what it was asked.
class ScriptedRunner : public CommandRunner {
 public:
  absl::StatusOr<Ran> Run(const Order& order) override {
    orders.push_back(order);
    if (!failure.ok()) return failure;
    return Ran{{Text("done " + order.incident)},
               std::holds_alternative<BindRoom>(order.command) ? order.incident : bind};
  }
  absl::StatusOr<Linked> Link(const std::string& code, const std::string& account) override {
    links.push_back(account);
    if (code != "GOOD") return Error(absl::StatusCode::kPermissionDenied, "CODE_REFUSED", "x", "y");
    return Linked{"@ada", "toc_ada"};
  }
  absl::Status Report(const Delivery& delivery) override {
    if (failure.ok()) reports.push_back(delivery);
    return failure;
  }
  absl::Status Unlink(const std::string&) override { return failure; }

  std::vector<Order> orders;
  std::vector<std::string> links;
  std::vector<Delivery> reports;
  absl::Status failure;
  std::string bind;
};

// A platform that posts at once, or keeps what it was given.
class KeepingAdapter : public Adapter {
 public:
  absl::Status Start() override { return absl::OkStatus(); }
  void Post(const Outbound& post) override { posts.push_back(post); }
  void Stop() override {}

  std::vector<Outbound> posts;
};

struct Fixture {
  Fixture() {
    runtime::SetLogLevel(runtime::LogLevel::kError);
    Restart();
  }

  void Restart() {
    bot.reset();
    state.reset();
    auto opened = ChatState::Open(dir.path());
    REQUIRE(opened.ok());
    state = *std::move(opened);
    state->DoNotSyncForTest();
    bot = std::make_unique<Bot>(*state, runner, clock, absl::UTCTimeZone());
    RoomConfig war;
    war.room = "war";
    war.title = "War room";
    RoomConfig other = war;
    other.room = "other";
    other.title = "Other room";
    bot->Add("xmpp", {"xmpp", {war, other}, &adapter});
    bot->OnState("xmpp", true, "");
  }

  Inbound Message(const std::string& text, const std::string& room = "war") {
    Inbound inbound;
    inbound.key = absl::StrCat("m", ++messages);
    inbound.room = room;
    inbound.account = "ada@chat.example";
    inbound.text = text;
    inbound.sent_time = clock.Now();
    return inbound;
  }
  // What the bot says to it; all posts are confirmed.
  std::string Say(const Inbound& inbound) {
    const size_t before = adapter.posts.size();
    REQUIRE(bot->OnInbound("xmpp", inbound).ok());
    bot->Step();
    ConfirmAll();
    std::string said;
    for (size_t i = before; i < adapter.posts.size(); ++i)
      said += RenderPlain(adapter.posts[i].blocks) + "\n";
    return said;
  }
  std::string Say(const std::string& text) { return Say(Message(text)); }
  void ConfirmAll() {
    for (size_t confirmed = 0; confirmed < adapter.posts.size(); ++confirmed) {
      bot->OnPosted("xmpp", adapter.posts[confirmed].key, {.state = PostState::kPosted});
      bot->Step();
    }
  }
  // Of a missed deadline in entry 14.
  std::vector<Pending> AlertPosts(AlertEntry entry = {"obligation-missed", 14, true}) const {
    Standing standing;
    standing.incident = "INC-2026-0042";
    standing.severity = Severity::kSev1;
    return bot->AlertPosts(standing.incident, entry, standing);
  }
  void LinkAda() {
    Inbound inbound = Message("link GOOD", "ada@chat.example");
    inbound.direct = true;
    CHECK_THAT(Say(inbound), ContainsSubstring("linked to @ada"));
  }
  void Bind() { CHECK_THAT(Say("!inc bind INC-2026-0042"), ContainsSubstring("done")); }

  ScratchDirectory dir;
  runtime::FakeClock clock{kNow};
  ScriptedRunner runner;
  KeepingAdapter adapter;
  std::unique_ptr<ChatState> state;
  std::unique_ptr<Bot> bot;
  int messages = 0;
};

const absl::Status kAway = absl::UnavailableError("gone");

}  // namespace

TEST_CASE("Bot: what is not for it leaves no trace") {
  Fixture f;
  CHECK(f.Say("good morning").empty());
  CHECK(f.state->taken_count() == 0);
  CHECK(f.runner.orders.empty());
}

TEST_CASE("Bot: an account that is linked to nobody gets help and nothing else") {
  Fixture f;
  CHECK_THAT(f.Say("!inc help"), ContainsSubstring("Verbs: declare"));
  CHECK_THAT(f.Say("!inc log x"), ContainsSubstring("linked to nobody"));
  CHECK_THAT(f.Say("!inc status"), ContainsSubstring("linked to nobody"));
  Inbound nameless = f.Message("!inc log x");
  nameless.account.clear();
  CHECK_THAT(f.Say(nameless), ContainsSubstring("linked to nobody"));
  CHECK(f.runner.orders.empty());
}

TEST_CASE("Bot: a code is used only from a direct message, and the account is told to the log") {
  Fixture f;
  CHECK_THAT(f.Say("!inc link GOOD"), ContainsSubstring("was not used"));
  CHECK(f.runner.links.empty());
  Inbound bad = f.Message("link BAD", "ada@chat.example");
  bad.direct = true;
  CHECK_THAT(f.Say(bad), ContainsSubstring("wrong, used, expired"));
  f.LinkAda();
  CHECK(f.runner.links.back() == "xmpp:ada@chat.example");
  // The same name on another account is somebody else.
  f.Bind();
  Inbound eve = f.Message("!inc log x");
  eve.account = "eve@chat.example";
  eve.display_name = "ada";
  CHECK_THAT(f.Say(eve), ContainsSubstring("linked to nobody"));
}

TEST_CASE("Bot: a command goes out with the person's token and the room's incident") {
  Fixture f;
  f.LinkAda();
  CHECK_THAT(f.Say("!inc log x"), ContainsSubstring("bound to no incident"));
  f.Bind();
  CHECK(f.Say("!inc log isolated fs01") == "done INC-2026-0042\n");
  const Order& order = f.runner.orders.back();
  CHECK(order.token == "toc_ada");
  CHECK(order.incident == "INC-2026-0042");
  CHECK(std::get<RecordNote>(order.command).text == "isolated fs01");
  CHECK(order.sent_time == kNow);
}

TEST_CASE("Bot: an incident of another room is refused, and that room named") {
  Fixture f;
  f.LinkAda();
  f.Bind();
  f.Say(f.Message("!inc bind INC-2026-0007", "other"));
  const size_t before = f.runner.orders.size();
  CHECK_THAT(f.Say("!inc INC-2026-0007 log x"),
             ContainsSubstring("The room of INC-2026-0007 is Other room"));
  CHECK_THAT(f.Say("!inc INC-2026-0099 status"), ContainsSubstring("has no room that I know of"));
  CHECK(f.runner.orders.size() == before);
}

TEST_CASE("Bot: a text labelled above the room is refused before it is recorded") {
  Fixture f;
  f.LinkAda();
  f.Bind();
  const size_t before = f.runner.orders.size();
  CHECK_THAT(f.Say("!inc log tlp:red the board knows"),
             ContainsSubstring("TLP:red does not belong"));
  CHECK_THAT(f.Say("!inc declare x sev1 tlp:amber+strict"), ContainsSubstring("does not belong"));
  CHECK(f.runner.orders.size() == before);
}

TEST_CASE("Bot: what cannot be taken back never goes out") {
  Fixture f;
  f.LinkAda();
  f.Bind();
  const size_t before = f.runner.orders.size();
  CHECK_THAT(f.Say("!inc close because done"), ContainsSubstring("tocsin close INC-2026-0042"));
  CHECK(f.runner.orders.size() == before);
}

TEST_CASE("Bot: a stale message and one from the future are refused") {
  Fixture f;
  f.LinkAda();
  f.Bind();
  const size_t before = f.runner.orders.size();
  Inbound old = f.Message("!inc log x");
  old.sent_time = kNow - absl::Minutes(11);
  CHECK_THAT(f.Say(old), ContainsSubstring("too old"));
  Inbound future = f.Message("!inc log x");
  future.sent_time = kNow + absl::Minutes(6);
  CHECK_THAT(f.Say(future), ContainsSubstring("from the future"));
  CHECK(f.runner.orders.size() == before);
}

TEST_CASE("Bot: a message that waited for the server is not stale") {
  Fixture f;
  f.LinkAda();
  f.Bind();
  f.runner.failure = kAway;
  CHECK_THAT(f.Say("!inc log x"), ContainsSubstring("NOT YET RECORDED"));
  f.clock.Advance(absl::Hours(3));
  f.runner.failure = absl::OkStatus();
  f.bot->Step();
  CHECK(RenderPlain(f.adapter.posts.back().blocks) == "done INC-2026-0042");
}

TEST_CASE("Bot: while the server is away writes wait in order, each said so once, reads do not") {
  Fixture f;
  f.LinkAda();
  f.Bind();
  f.runner.failure = kAway;
  CHECK_THAT(f.Say("!inc log one"), ContainsSubstring("NOT YET RECORDED"));
  f.Say("!inc log two");
  f.clock.Advance(absl::Seconds(20));
  f.bot->Step();
  f.ConfirmAll();
  f.clock.Advance(absl::Seconds(20));
  f.bot->Step();
  f.ConfirmAll();
  size_t queued = 0;
  for (const Outbound& post : f.adapter.posts) {
    if (absl::StrContains(RenderPlain(post.blocks), "NOT YET RECORDED")) ++queued;
  }
  CHECK(queued == 2);
  CHECK(f.state->taken_count() == 2);

  f.runner.failure = absl::OkStatus();
  f.runner.orders.clear();
  f.clock.Advance(absl::Seconds(20));
  f.bot->Step();
  REQUIRE(f.runner.orders.size() == 2);
  CHECK(std::get<RecordNote>(f.runner.orders[0].command).text == "one");
  CHECK(std::get<RecordNote>(f.runner.orders[1].command).text == "two");
  CHECK(f.state->taken_count() == 0);

  f.runner.failure = kAway;
  CHECK_THAT(f.Say("!inc status"), ContainsSubstring("cannot be reached"));
  CHECK(f.state->taken_count() == 0);
  f.Say("!inc log three");
  CHECK_THAT(f.Say("!inc status"), ContainsSubstring("cannot be reached"));
  CHECK_THAT(f.Say("!inc stauts"), ContainsSubstring("Did you mean"));
  CHECK(f.state->taken_count() == 1);
}

TEST_CASE("Bot: the first attempt is short, so that an answer comes within a second") {
  Fixture f;
  f.LinkAda();
  f.Bind();
  f.runner.failure = kAway;
  f.Say("!inc log x");
  CHECK(f.runner.orders.back().patience < absl::Seconds(1));
  f.clock.Advance(absl::Seconds(20));
  f.bot->Step();
  CHECK(f.runner.orders.back().patience > absl::Seconds(5));
}

TEST_CASE("Bot: redelivery, a restart and both together carry a message out once") {
  Fixture f;
  f.LinkAda();
  f.Bind();
  const Inbound message = f.Message("!inc log x");
  CHECK_FALSE(f.Say(message).empty());
  const size_t orders = f.runner.orders.size();
  const size_t posts = f.adapter.posts.size();
  CHECK(f.Say(message).empty());
  f.Restart();
  CHECK(f.Say(message).empty());
  CHECK(f.runner.orders.size() == orders);
  CHECK(f.adapter.posts.size() == posts);
}

TEST_CASE("Bot: killed between the write and its answer, it writes under the same name again") {
  Fixture f;
  f.LinkAda();
  f.Bind();
  // Taken, and not yet carried out.
  REQUIRE(f.bot->OnInbound("xmpp", f.Message("!inc log x")).ok());
  f.runner.orders.clear();
  f.Restart();
  f.bot->Step();
  REQUIRE(f.runner.orders.size() == 1);
  const std::string message = f.runner.orders[0].message;
  CHECK(message == "m3");
  CHECK(f.adapter.posts.back().answers == "m3");
}

TEST_CASE(
    "Bot: an answer that was under way at a restart has the same key and is to be looked for") {
  Fixture f;
  REQUIRE(f.bot->OnInbound("xmpp", f.Message("!inc help")).ok());
  f.bot->Step();
  REQUIRE(f.adapter.posts.size() == 1);
  f.Restart();
  f.bot->Step();
  REQUIRE(f.adapter.posts.size() == 2);
  CHECK(f.adapter.posts[1].key == f.adapter.posts[0].key);
  CHECK_FALSE(f.adapter.posts[0].again);
  CHECK(f.adapter.posts[1].again);
}

TEST_CASE("Bot: a token that has ended unlinks the account and says how to link it") {
  Fixture f;
  f.LinkAda();
  f.Bind();
  f.runner.failure = Error(absl::StatusCode::kUnauthenticated, "TOKEN_REFUSED", "x", "y");
  CHECK_THAT(f.Say("!inc log x"), ContainsSubstring("tocsin chat link"));
  CHECK_FALSE(f.state->LinkOf("xmpp", "ada@chat.example"));
}

TEST_CASE("Bot: unlink ends the token at the server, or says that it did not") {
  Fixture f;
  f.LinkAda();
  f.runner.failure = kAway;
  f.Say("!inc unlink");
  CHECK(f.state->LinkOf("xmpp", "ada@chat.example"));
  f.runner.failure = absl::OkStatus();
  CHECK_THAT(f.Say("!inc unlink"), ContainsSubstring("no longer linked to @ada"));
  CHECK_FALSE(f.state->LinkOf("xmpp", "ada@chat.example"));
}

TEST_CASE("Bot: a refusal of the server is told with what to do next") {
  Fixture f;
  f.LinkAda();
  f.Bind();
  f.runner.failure = Error(absl::StatusCode::kPermissionDenied, "NOT_IN_CHAT", "no", "Use tocsin.");
  CHECK(f.Say("!inc phase containment because x") == "Not done: no.\nUse tocsin.\n");
}

TEST_CASE("Bot: a pinned message is recorded with its own time and who wrote it") {
  Fixture f;
  f.LinkAda();
  f.Bind();
  Inbound pin = f.Message("the VPN is down again");
  pin.kind = InboundKind::kPin;
  pin.author = "bob@chat.example";
  pin.sent_time = kNow - absl::Minutes(42);
  pin.permalink = "xmpp:war?id=s9";
  f.Say(pin);
  const Order& order = f.runner.orders.back();
  const auto& note = std::get<RecordNote>(order.command);
  CHECK(note.text == "the VPN is down again");
  CHECK(note.at->time == kNow - absl::Minutes(42));
  CHECK(note.attributes.at("written_by") == "bob@chat.example");
  CHECK(order.source == "xmpp:war?id=s9");
}

TEST_CASE("Bot: an alert goes to the rooms of its incident, once, and its delivery to the record") {
  Fixture f;
  f.LinkAda();
  f.Bind();
  f.ConfirmAll();
  f.adapter.posts.clear();
  for (int i = 0; i < 2; ++i) {
    REQUIRE(f.bot->AddPosts(f.AlertPosts(), 20).ok());
    f.bot->Step();
  }
  REQUIRE(f.adapter.posts.size() == 1);
  CHECK(f.adapter.posts[0].room == "war");
  CHECK(f.state->log_size() == 20);
  CHECK(f.runner.reports.empty());
  f.ConfirmAll();
  REQUIRE(f.runner.reports.size() == 1);
  CHECK(f.runner.reports[0].alert == 14);
  CHECK(f.runner.reports[0].delivered);
  f.Restart();
  f.bot->Step();
  CHECK(f.runner.reports.size() == 1);
  // Which alert is meant without a number is the server's to say.
  f.Say("!inc ack");
  CHECK(std::get<AcknowledgeAlert>(f.runner.orders.back().command).alert == 0);
}

TEST_CASE("Bot: a delivery that the server could not be told waits for it, over a restart") {
  Fixture f;
  f.LinkAda();
  f.Bind();
  f.ConfirmAll();
  REQUIRE(f.bot->AddPosts(f.AlertPosts(), 20).ok());
  f.bot->Step();
  f.runner.failure = kAway;
  f.bot->OnPosted("xmpp", f.adapter.posts.back().key,
                  {.state = PostState::kFailed, .problem = "no such room"});
  f.bot->Step();
  f.Restart();
  f.runner.failure = absl::OkStatus();
  f.bot->Step();
  REQUIRE(f.runner.reports.size() == 1);
  CHECK_FALSE(f.runner.reports[0].delivered);
  CHECK(f.runner.reports[0].problem == "no such room");
}

TEST_CASE(
    "Bot: an alert that does not arrive for two minutes is in status and on the other platform") {
  Fixture f;
  KeepingAdapter second;
  RoomConfig backup;
  backup.room = "#war";
  backup.title = "Backup";
  f.bot->Add("irc", {"irc", {backup}, &second});
  f.bot->OnState("irc", true, "");
  f.LinkAda();
  f.Bind();
  f.ConfirmAll();
  REQUIRE(f.bot->AddPosts(f.AlertPosts(), 20).ok());
  f.bot->Step();
  f.bot->OnState("xmpp", false, "gone");
  f.clock.Advance(absl::Seconds(119));
  f.bot->Step();
  CHECK(second.posts.empty());
  f.clock.Advance(absl::Seconds(2));
  for (int i = 0; i < 3; ++i) f.bot->Step();
  REQUIRE(second.posts.size() == 1);
  CHECK_THAT(RenderPlain(second.posts[0].blocks),
             ContainsSubstring("This did not arrive in xmpp War room."));
  CHECK(f.bot->Problems()[0] == "alert 14 of INC-2026-0042 is not delivered to xmpp War room");
  // The record is told so once, also over a restart, and that it arrived after all.
  REQUIRE(f.runner.reports.size() == 1);
  CHECK_FALSE(f.runner.reports[0].delivered);
  f.Restart();
  for (int i = 0; i < 3; ++i) f.bot->Step();
  CHECK(f.runner.reports.size() == 1);
  f.ConfirmAll();
  REQUIRE(f.runner.reports.size() == 2);
  CHECK(f.runner.reports[1].delivered);
  CHECK(f.runner.reports[1].key != f.runner.reports[0].key);
}

TEST_CASE("Bot: who is asked to acknowledge is told in person, and the room who it is") {
  Fixture f;
  f.LinkAda();
  f.Bind();
  f.ConfirmAll();
  f.adapter.posts.clear();
  AlertEntry entry = {"alert-escalated", 15, false, 14, {"@ada"}, /*first=*/true};
  REQUIRE(f.bot->AddPosts(f.AlertPosts(entry), 21).ok());
  f.bot->Step();
  REQUIRE(f.adapter.posts.size() == 1);
  CHECK((f.adapter.posts[0].direct && f.adapter.posts[0].room == "ada@chat.example"));
  CHECK(RenderPlain(f.adapter.posts[0].blocks) ==
        "INC-2026-0042 sev1\nAsked: @ada (ada@chat.example). Next: status; then: INC-2026-0042 ack "
        "14");
  f.ConfirmAll();
  f.adapter.posts.clear();
  entry = {"alert-escalated", 16, false, 14, {"@bob", "@ada"}};
  REQUIRE(f.bot->AddPosts(f.AlertPosts(entry), 22).ok());
  f.bot->Step();
  REQUIRE(f.adapter.posts.size() == 2);
  CHECK(RenderPlain(f.adapter.posts[f.adapter.posts[0].direct ? 1 : 0].blocks) ==
        "INC-2026-0042 sev1\nNOT ACKNOWLEDGED: asked now: @bob, @ada (ada@chat.example). Next: "
        "status; then: ack 14");
  // Nobody is asked any more, and nobody has an account: the room hears of it.
  entry.asked.clear();
  const std::vector<Pending> posts = f.AlertPosts(entry);
  REQUIRE(posts.size() == 1);
  CHECK_THAT(RenderPlain(posts[0].post.blocks), ContainsSubstring("nobody further is asked"));
}

TEST_CASE("Bot: what does not work is told in status, until it does") {
  Fixture f;
  f.LinkAda();
  f.Bind();
  f.bot->OnRoomState("xmpp", "other", "the bot was removed");
  f.Say("!inc status");
  REQUIRE(f.runner.orders.back().problems.size() == 1);
  CHECK(f.runner.orders.back().problems[0] == "xmpp Other room: the bot was removed");
  f.bot->OnRoomState("xmpp", "other", "");
  f.Say("!inc status");
  CHECK(f.runner.orders.back().problems.empty());
}

TEST_CASE("Bot: a message on which the server fails does not hold up the others for ever") {
  Fixture f;
  f.LinkAda();
  f.Bind();
  f.runner.failure = absl::InternalError("a bug");
  f.Say("!inc log one");
  for (int i = 0; i < 10; ++i) {
    f.clock.Advance(absl::Minutes(1));
    f.bot->Step();
    f.ConfirmAll();
  }
  CHECK(f.state->taken_count() == 0);
  CHECK_THAT(RenderPlain(f.adapter.posts.back().blocks),
             ContainsSubstring("may have been recorded"));
  f.runner.failure = absl::OkStatus();
  CHECK(f.Say("!inc log two") == "done INC-2026-0042\n");
}

TEST_CASE("Bot: a flood of 10,000 messages is not answered with another, and says so once") {
  Fixture f;
  for (int i = 0; i < 10'000; ++i) REQUIRE(f.bot->OnInbound("xmpp", f.Message("!inc help")).ok());
  CHECK(f.state->taken_count() == 20);
  f.bot->Step();
  f.ConfirmAll();
  f.LinkAda();
  f.Bind();
  const size_t orders = f.runner.orders.size();
  const size_t posts = f.adapter.posts.size();
  for (int i = 0; i < 10'000; ++i) REQUIRE(f.bot->OnInbound("xmpp", f.Message("!inc log x")).ok());
  f.bot->Step();
  f.ConfirmAll();
  CHECK(f.runner.orders.size() - orders <= 100);
  CHECK(f.adapter.posts.size() - posts <= 101);
  CHECK(std::any_of(f.adapter.posts.begin(), f.adapter.posts.end(), [](const Outbound& post) {
    return absl::StrContains(RenderPlain(post.blocks), "too many messages");
  }));
  // A moment later it goes on.
  f.clock.Advance(absl::Seconds(10));
  CHECK(f.Say("!inc log y") == "done INC-2026-0042\n");
}

TEST_CASE("Bot: a message of 64 KiB is recorded, and a longer one refused whole") {
  Fixture f;
  f.LinkAda();
  f.Bind();
  const std::string largest(64 * 1024, 'x');
  f.Say("!inc log " + largest);
  CHECK(std::get<RecordNote>(f.runner.orders.back().command).text == largest);
  Inbound cut = f.Message("!inc log " + largest);
  cut.cut = true;
  CHECK_THAT(f.Say(cut), ContainsSubstring("longer than an entry"));
}

TEST_CASE("Bot: 24 hours of a flapping connection, 10,000 messages: none lost, none twice") {
  Fixture f;
  f.LinkAda();
  f.Bind();
  f.ConfirmAll();
  f.adapter.posts.clear();
  f.runner.orders.clear();
  constexpr int kMessages = 10'000;
  std::set<std::string> posted;
  size_t twice = 0;
  for (int i = 0; i < kMessages; ++i) {
    f.clock.Advance(absl::Hours(24) / kMessages);
    const Inbound message = f.Message(absl::StrCat("!inc log ", i));
    REQUIRE(f.bot->OnInbound("xmpp", message).ok());
    if (i % 3 == 0) REQUIRE(f.bot->OnInbound("xmpp", message).ok());  // delivered again
    f.bot->Step();
    if (i % 7 == 0) {
      // The connection goes with a post under way; the platform had it or not.
      f.bot->OnState("xmpp", false, "gone");
      f.bot->OnState("xmpp", true, "");
      f.bot->Step();
    }
    // The platform: posts what is new, finds what it has.
    for (const Outbound& post : std::exchange(f.adapter.posts, {})) {
      if (!posted.insert(post.key).second && !post.again) ++twice;
      f.bot->OnPosted("xmpp", post.key, {.state = PostState::kPosted});
    }
  }
  f.bot->Step();
  for (const Outbound& post : std::exchange(f.adapter.posts, {})) {
    posted.insert(post.key);
    f.bot->OnPosted("xmpp", post.key, {.state = PostState::kPosted});
  }
  CHECK(twice == 0);
  CHECK(f.runner.orders.size() == kMessages);
  CHECK(posted.size() == kMessages);
  CHECK(f.state->post_count() == 0);
}

}  // namespace tocsin::chat
