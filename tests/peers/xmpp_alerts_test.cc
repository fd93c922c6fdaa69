// The bot tells the room what the log tells it, on a real prosody: once, also over its own death,
// and what became of it stands in the record.
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/e2e/harness.h"
#include "tests/peers/xmpp_peers.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
TEST_CASE("XMPP: assignments and missed deadlines reach the room once, and the record says so") {
  if (!HaveXmppPeers()) return;
  Server server;
  server.Start();
  const Person admin = Admin(server);
  const Person ada = NewPerson(admin, server, "ada", {"commander"});
  const Person bob = NewPerson(admin, server, "bob", {"responder"});
  XmppServer xmpp;
  xmpp.Start();
  ChatBot bot(server, admin, xmpp.Section(absl::StrCat("      - room: ", kRoom, "\n")));
  bot.Start();
  bot.WaitForLog("chat.room");
  XmppPerson room(xmpp, "ada", kRoom, "ada");
  LinkAccount(ada, room, kBotJid);
  const std::string declared = room.Ask("!inc declare Secret plans were read sev2");
  const std::string incident = declared.substr(declared.find("INC-"), 13);
  ada.Do({"use", incident});

  // From the terminal; the room hears of it, in no words of a person.
  size_t before = room.seen_count();
  ada.Do({"role", "assign", "scribe", "@bob"});
  const std::string assigned = room.WaitFor("tocsin", "A role was assigned.", before);
  CHECK_THAT(assigned, ContainsSubstring(incident + " sev2"));
  CHECK_FALSE(absl::StrContains(assigned, "Secret"));
  // A deadline that runs out in three seconds.
  before = room.seen_count();
  ada.Do({"aware", "--at", Utc(absl::Now() - absl::Hours(24) + absl::Seconds(3)), "--because",
          "the SOC called"});
  const std::string missed = room.WaitFor("tocsin", "A DEADLINE WAS MISSED.", before);
  CHECK_THAT(room.Ask("!inc status"), ContainsSubstring("deadline missed: nis2.early_warning"));
  CHECK_THAT(room.Ask("!inc ack"), ContainsSubstring("is acknowledged"));
  CHECK_THAT(room.Ask("!inc ack"), ContainsSubstring("no alert of " + incident + " waits"));
  CHECK_FALSE(absl::StrContains(room.Ask("!inc status"), "deadline missed"));

  // Killed; what happens meanwhile is told when it is back, and nothing again.
  bot.Kill();
  before = room.seen_count();
  ada.Do({"role", "assign", "legal", "@ada"});
  bot.Start();
  room.WaitFor("tocsin", "A role was assigned.", before);
  room.Ask("!inc log after");
  room.Drain(absl::Seconds(1));
  // By their number in the record: each once, and as often as the record says.
  INFO(bot.Log());
  const std::vector<nlohmann::json> deliveries = Deliveries(ada, incident);
  REQUIRE(deliveries.size() >= 3);
  std::set<std::string> alerts;
  for (const nlohmann::json& delivery : deliveries) {
    CHECK(alerts.insert(delivery["attributes"]["alert"]).second);
  }
  size_t heard = 0;
  for (const nlohmann::json& seen : room.seen()) {
    const std::string text = seen.value("text", "");
    const bool alert = absl::StrContains(text, "A role was assigned.") ||
                       absl::StrContains(text, "A DEADLINE WAS MISSED.");
    if (alert) ++heard;
  }
  CHECK(heard == deliveries.size());
  for (const nlohmann::json& delivery : deliveries) {
    CHECK(delivery["author"] == "@chat");
    CHECK(delivery["attributes"]["outcome"] == "delivered");
    CHECK(delivery["attributes"]["room"] == kRoom);
  }
}

TEST_CASE("XMPP: who is asked next hears of it in the room and directly, until somebody answers") {
  if (!HaveXmppPeers()) return;
  const TempDir dir;
  WriteFile(dir.File("server.yaml"),
            "organisations:\n  - name: default\n    escalation:\n"
            "      - {role: commander, wait: 3s}\n"
            "      - {principal: \"@bob\", wait: 1h}\n");
  Server server({.config = dir.File("server.yaml")});
  server.Start();
  const Person admin = Admin(server);
  const Person ada = NewPerson(admin, server, "ada", {"commander"});
  const Person bob = NewPerson(admin, server, "bob", {"responder"});
  XmppServer xmpp;
  xmpp.Start();
  ChatBot bot(server, admin, xmpp.Section(absl::StrCat("      - room: ", kRoom, "\n")));
  bot.Start();
  bot.WaitForLog("chat.room");
  XmppPerson room(xmpp, "ada", kRoom, "ada");
  LinkAccount(ada, room, kBotJid);
  // Only at home: no room shows him.
  XmppPerson away(xmpp, "bob", "", "bob");
  LinkAccount(bob, away, kBotJid);
  const std::string declared = room.Ask("!inc declare Secret plans were read sev2");
  const std::string incident = declared.substr(declared.find("INC-"), 13);
  for (const Person* person : {&ada, &bob}) person->Do({"use", incident});

  const size_t in_room = room.seen_count();
  const size_t directly = away.seen_count();
  ada.Do({"aware", "--at", Utc(absl::Now() - absl::Hours(25)), "--because", "the SOC called"});
  room.WaitFor("tocsin", "A DEADLINE WAS MISSED.", in_room);
  // The first is asked directly; the room has the alert itself.
  room.WaitFor(kBotJid, "Asked: @ada", in_room);
  const std::string said = room.WaitFor("tocsin", "NOT ACKNOWLEDGED: asked now: @bob", in_room);
  CHECK_THAT(said, ContainsSubstring("@bob (bob@chat.test)"));
  CHECK_FALSE(absl::StrContains(said, "Secret"));
  const std::string told = away.WaitFor(kBotJid, "NOT ACKNOWLEDGED: asked now: @bob", directly);

  // As it is told to write it.
  const std::string ack = told.substr(told.find("then: ") + 6);
  CHECK(ack.substr(0, incident.size() + 5) == incident + " ack ");
  const size_t before = away.seen_count();
  away.Tell(kBotJid, ack);
  away.WaitFor(kBotJid, "is acknowledged", before);
  CHECK_THAT(ada.Do({"timeline", incident}), ContainsSubstring("acknowledged"));
  CHECK_THAT(room.Ask("!inc " + ack), ContainsSubstring("was acknowledged by @bob at"));
}

TEST_CASE("XMPP: in a drill, moments count from its clock") {
  if (!HaveXmppPeers()) return;
  Server server;
  server.Start();
  const Person admin = Admin(server);
  const Person ada = NewPerson(admin, server, "ada", {"commander", "ciso"});
  XmppServer xmpp;
  xmpp.Start();
  ChatBot bot(server, admin, xmpp.Section(absl::StrCat("      - room: ", kRoom, "\n")));
  bot.Start();
  bot.WaitForLog("chat.room");
  XmppPerson room(xmpp, "ada", kRoom, "ada");
  LinkAccount(ada, room, kBotJid);
  // It begins 2026-11-17T08:00:00Z, and stands.
  ada.Do({"drill", "start", "board-tabletop"});
  const std::string incident = ada.Json({"list"})["incidents"][0]["name"];
  const std::string number = incident.substr(incident.find('/') + 1);
  CHECK_THAT(room.Ask("!inc bind " + number), ContainsSubstring("bound to it"));
  CHECK_THAT(room.Ask("!inc aware at -20m because the SOC called"), ContainsSubstring("recorded"));
  CHECK_THAT(room.Ask("!inc log pulled the plug"), ContainsSubstring("recorded"));
  std::string aware;
  const nlohmann::json status = ada.Json({"status", number});
  for (const nlohmann::json& anchor : status["anchors"]) {
    if (anchor["anchor"] == "aware") aware = anchor["time"];
  }
  CHECK(aware == "2026-11-17T07:40:00Z");
  std::string logged;
  const nlohmann::json timeline = ada.Json({"timeline", number});
  for (const nlohmann::json& entry : timeline["entries"]) {
    if (entry["text"] == "pulled the plug") logged = entry["occur_time"];
  }
  CHECK(logged == "2026-11-17T08:00:00Z");
}

}  // namespace tocsin::e2e
