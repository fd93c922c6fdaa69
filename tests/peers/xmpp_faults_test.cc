// What goes wrong in an incident, on a real prosody: the server away, the bot killed, the chat
// killed, a room that hides accounts, the bot thrown out, hostile text. Nothing is lost and nothing
// comes twice.
#include <algorithm>
#include <csignal>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "tests/e2e/harness.h"
#include "tests/peers/xmpp_peers.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

struct Room {
  Room() {
    server.Start();
    admin = std::make_unique<Person>(Admin(server));
    ada = std::make_unique<Person>(NewPerson(*admin, server, "ada", {"commander"}));
    xmpp.Start();
    bot = std::make_unique<ChatBot>(server, *admin,
                                    xmpp.Section(absl::StrCat("      - room: ", kRoom, "\n")));
    bot->Start();
    bot->WaitForLog("chat.room");
    person = std::make_unique<XmppPerson>(xmpp, "ada", kRoom, "ada");
    LinkAccount(*ada, *person, kBotJid);
    const std::string declared = person->Ask("!inc declare x sev3");
    const size_t at = declared.find("INC-");
    REQUIRE(at != std::string::npos);
    incident = declared.substr(at, declared.find(' ', at) - at);
  }
  Server server;
  XmppServer xmpp;
  std::unique_ptr<Person> admin;
  std::unique_ptr<Person> ada;
  std::unique_ptr<ChatBot> bot;
  std::unique_ptr<XmppPerson> person;
  std::string incident;
};

}  // namespace

TEST_CASE("XMPP: while the server is away writes are queued and said so within a second") {
  if (!HaveXmppPeers()) return;
  Room room;
  room.server.Kill();

  const absl::Time asked = absl::Now();
  CHECK_THAT(room.person->Ask("!inc log one"), ContainsSubstring("NOT YET RECORDED"));
  CHECK(absl::Now() - asked < absl::Seconds(3));
  CHECK_THAT(room.person->Ask("!inc log two"), ContainsSubstring("NOT YET RECORDED"));
  CHECK_THAT(room.person->Ask("!inc status"), ContainsSubstring("cannot be reached"));
  // The bot is killed too, with the queue on its disk.
  room.bot->Kill();
  room.server.Start();
  room.ada->Follow(room.server);
  room.bot->Follow(room.server);
  const size_t before = room.person->seen_count();
  room.bot->Start();
  room.person->WaitFor("tocsin", "recorded", before);
  room.person->Ask("!inc log three");

  CHECK(Logged(*room.ada, room.incident) == std::vector<std::string>{"one", "two", "three"});
  CHECK(room.person->Count("tocsin", "NOT YET RECORDED") == 2);
}

TEST_CASE("XMPP: killed again and again in the middle, the bot records each message once") {
  if (!HaveXmppPeers()) return;
  Room room;
  std::vector<std::string> expected;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 4; ++i) {
      expected.push_back(absl::StrCat("message ", round, ".", i));
      room.person->Say("!inc log " + expected.back());
    }
    // Somewhere between the first being taken and the last being answered, or while it is away.
    room.bot->Kill();
    room.bot->Start();
  }
  const size_t before = room.person->seen_count();
  room.person->Say("!inc log the last");
  expected.push_back("the last");
  room.person->WaitFor("ada", "the last", before);
  const absl::Time until = absl::Now() + absl::Seconds(20);
  while (Logged(*room.ada, room.incident).size() < expected.size() && absl::Now() < until) {
    room.person->Drain(absl::Milliseconds(200));
  }
  std::vector<std::string> logged = Logged(*room.ada, room.incident);
  // What was said while it was away is read in order, but after what it had taken before.
  std::sort(logged.begin(), logged.end());
  std::sort(expected.begin(), expected.end());
  CHECK(logged == expected);
  room.person->Drain(absl::Seconds(1));
  CHECK(room.person->Count("tocsin", "recorded.") == expected.size());
}

TEST_CASE("XMPP: the chat server is killed under posts; after it is back each stands there once") {
  if (!HaveXmppPeers()) return;
  Room room;
  for (int i = 0; i < 5; ++i) room.person->Say(absl::StrCat("!inc log message ", i));
  room.person->WaitFor("tocsin", "recorded");
  room.xmpp.Kill();
  room.bot->WaitForLog("ready=no");
  const size_t from = room.bot->Log().size();
  room.xmpp.Start();
  room.bot->WaitForLog("chat.room", from);
  XmppPerson again(room.xmpp, "ada", kRoom, "ada");
  CHECK_THAT(again.Ask("!inc log after"), ContainsSubstring("recorded"));
  const std::vector<std::string> logged = Logged(*room.ada, room.incident);
  for (const std::string& text : logged) {
    CHECK(std::count(logged.begin(), logged.end(), text) == 1);
  }
  // Whoever reads the room's archive sees no answer twice.
  std::map<std::string, int> answers;
  for (const std::string& text : again.Archive()) {
    if (absl::StrContains(text, "recorded.")) ++answers[text];
  }
  CHECK_FALSE(answers.empty());
  for (const auto& [text, count] : answers) {
    INFO(text);
    CHECK(count == 1);
  }
}

TEST_CASE("XMPP: a room that hides accounts is left, and says why in the log") {
  if (!HaveXmppPeers()) return;
  Server server;
  server.Start();
  const Person admin = Admin(server);
  XmppServer xmpp({.hide_accounts = true});
  xmpp.Start();
  // Somebody has made it before the bot comes.
  XmppPerson ada(xmpp, "ada", kRoom, "ada");
  ChatBot bot(server, admin, xmpp.Section(absl::StrCat("      - room: ", kRoom, "\n")));
  bot.Start();
  bot.WaitForLog("accounts are hidden in this room");
  ada.Say("!inc help");
  ada.Drain(absl::Seconds(1));
  for (const nlohmann::json& seen : ada.seen()) CHECK(seen.value("nick", "") != "tocsin");
  // Directly it still answers.
  ada.Tell(kBotJid, "help");
  ada.WaitFor(kBotJid, "Verbs:");
}

TEST_CASE("XMPP: hostile text in the room does nothing, and what is recorded is what was written") {
  if (!HaveXmppPeers()) return;
  Room room;
  const std::string markup = "@all <script>alert(1)</script> **b** [x](javascript:1) \u05D0\u05D1";
  CHECK_THAT(room.person->Ask("!inc log " + markup), ContainsSubstring("recorded"));
  CHECK_THAT(room.person->Ask("!inc log a\u202Eb"), ContainsSubstring("Not done"));
  CHECK_THAT(room.person->Ask("!inc " + std::string(30'000, 'x')),
             ContainsSubstring("there is no verb"));
  CHECK_THAT(room.person->Ask("!inc log toc_" + std::string(32, 'a') + "_" + std::string(64, 'b')),
             ContainsSubstring("have what was shown revoked"));
  CHECK_THAT(room.person->Ask("!inc log tlp:red x"), ContainsSubstring("does not belong"));
  const std::string large(60'000, 'y');
  CHECK_THAT(room.person->Ask("!inc log " + large), ContainsSubstring("recorded"));
  // A message that pretends to come from the archive, to be edited, to carry the room's own id.
  room.person->Raw(absl::StrCat("<message type='groupchat' to='", kRoom,
                                "' id='f1'><body>!inc log edited</body><replace id='x' "
                                "xmlns='urn:xmpp:message-correct:0'/></message>"));
  room.person->Raw(absl::StrCat("<message type='groupchat' to='", kRoom,
                                "' id='f2'><body>!inc log with another id</body><stanza-id "
                                "xmlns='urn:xmpp:sid:0' by='",
                                kRoom, "' id='forged'/></message>"));
  room.person->Ask("!inc log the end");
  CHECK(Logged(*room.ada, room.incident) ==
        std::vector<std::string>{markup, large, "with another id", "the end"});
}

TEST_CASE("XMPP: a pinned message is recorded once, with its own time and author") {
  if (!HaveXmppPeers()) return;
  Room room;
  XmppPerson bob(room.xmpp, "bob", kRoom, "bob");
  bob.Say("the VPN is down again");
  room.person->WaitFor("bob", "the VPN is down again");
  std::string id;
  for (const nlohmann::json& seen : room.person->seen()) {
    if (seen.value("text", "") == "the VPN is down again") id = seen["stanza_id"];
  }
  const size_t before = room.person->seen_count();
  room.person->React(id, "📌");
  room.person->WaitFor("tocsin", "recorded", before);
  bob.React(id, "📌");
  room.person->Ask("!inc log after");
  CHECK(Logged(*room.ada, room.incident) ==
        std::vector<std::string>{"the VPN is down again", "after"});
}

}  // namespace tocsin::e2e
