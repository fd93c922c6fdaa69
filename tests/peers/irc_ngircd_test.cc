// The bot in a channel of a real ngircd, which does not say who writes: it tells there what there
// is to tell, once, over its own death and the server's, and answers no command.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/e2e/harness.h"
#include "tests/peers/irc_peers.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

constexpr char kRooms[] = "      - room: \"#war\"\n        alerts: true\n";

struct Channel {
  Channel() {
    server.Start();
    admin = std::make_unique<Person>(Admin(server));
    ada = std::make_unique<Person>(NewPerson(*admin, server, "ada", {"commander"}));
    NewPerson(*admin, server, "bob", {"responder"});
    irc.Start();
    bot = std::make_unique<ChatBot>(server, *admin, irc.Section(kRooms));
  }
  // Declared at a terminal: nobody can from here.
  void Declare() {
    incident = IncidentIn(ada->Do({"declare", "Secret plans were read", "--severity", "sev2"}));
    ada->Do({"use", incident});
  }
  // How many alerts were heard.
  static size_t Alerts(const IrcPerson& person) {
    size_t heard = 0;
    for (const nlohmann::json& seen : person.seen()) {
      const std::string text = seen.value("text", "");
      if (!absl::StrContains(text, "A role was assigned.")) continue;
      INFO(text);
      CHECK_FALSE(absl::StrContains(text, "perhaps said before"));
      ++heard;
    }
    return heard;
  }

  Server server;
  IrcServer irc{IrcKind::kNgircd};
  std::unique_ptr<Person> admin;
  std::unique_ptr<Person> ada;
  std::unique_ptr<ChatBot> bot;
  std::string incident;
};

}  // namespace

TEST_CASE("ngircd: alerts reach the channel once, over the death of the bot and of the server") {
  if (!HaveIrcPeers(IrcKind::kNgircd)) return;
  Channel channel;
  IrcPerson person(channel.irc, "ada", "");
  channel.bot->Start();
  channel.Declare();
  size_t before = person.seen_count();
  channel.ada->Do({"role", "assign", "scribe", "@bob"});
  const std::string assigned = person.WaitFor(kBotNick, "A role was assigned.", before);
  CHECK_THAT(assigned, ContainsSubstring(channel.incident));
  for (const nlohmann::json& seen : person.seen()) {
    CHECK_FALSE(absl::StrContains(seen.value("text", ""), "Secret"));
  }

  // What happens while the bot is away is told when it is back, and nothing again.
  channel.bot->Kill();
  before = person.seen_count();
  channel.ada->Do({"role", "assign", "legal", "@ada"});
  channel.bot->Start();
  person.WaitFor(kBotNick, "A role was assigned.", before);
  const size_t heard = Channel::Alerts(person);
  CHECK(heard >= 2);
  const auto recorded = [&] { return Deliveries(*channel.ada, channel.incident).size(); };
  WaitUntilTrue([&] { return recorded() >= heard; }, "a delivery each",
                [&] { return channel.bot->Log(); });
  CHECK(recorded() == heard);

  // The same while the chat server is away.
  channel.irc.Kill();
  channel.bot->WaitForLog("ready=no");
  channel.ada->Do({"role", "assign", "communications", "@ada"});
  const size_t from = channel.bot->Log().size();
  channel.irc.Start();
  channel.bot->WaitForLog("ready=yes", from);
  channel.ada->Do({"role", "assign", "dpo", "@bob"});
  WaitUntilTrue([&] { return Deliveries(*channel.ada, channel.incident).size() >= 4; },
                "four deliveries", [&] { return channel.bot->Log(); });
  for (const nlohmann::json& delivery : Deliveries(*channel.ada, channel.incident)) {
    INFO(delivery.dump());
    CHECK(delivery["author"] == "@chat");
    CHECK(delivery["attributes"]["outcome"] == "delivered");
    CHECK(delivery["attributes"]["room"] == kChannel);
  }
}

TEST_CASE("ngircd: a command is answered once with why it is not heard, and does nothing") {
  if (!HaveIrcPeers(IrcKind::kNgircd)) return;
  Channel channel;
  channel.bot->Start();
  IrcPerson person(channel.irc, "ada", "");
  person.Say("we talk");
  person.Say("!inc declare x sev1");
  person.WaitFor(kBotNick, "this server does not say who writes; the bot only notifies here");
  person.Say("!inc status");
  person.Say("tocsin: log y");
  person.Tell(kBotNick, "help");
  person.WaitFor(kBotNick, "the bot only notifies here", person.seen_count());
  // The server handles lines in their order: what was said before has been handled.
  channel.Declare();
  channel.ada->Do({"role", "assign", "scribe", "@bob"});
  person.WaitFor(kBotNick, "A role was assigned.");
  CHECK(person.Count(kBotNick, "the bot only notifies here") == 1);
  CHECK(channel.ada->Json({"timeline", channel.incident})["entries"].size() > 0);
  const std::string all = channel.ada->Do({"list"});
  CHECK(absl::StrContains(all, channel.incident));
  CHECK_FALSE(absl::StrContains(all, "0002"));
}

TEST_CASE("ngircd: its nick is taken, its channel is locked, and it is thrown out") {
  if (!HaveIrcPeers(IrcKind::kNgircd)) return;
  Channel channel;
  IrcPerson person(channel.irc, "tocsin", "");  // also the channel's operator
  channel.bot->Start();
  person.Raw("NAMES #war");
  channel.Declare();
  channel.ada->Do({"role", "assign", "scribe", "@bob"});
  person.WaitFor("tocsin_", "A role was assigned.");

  person.Raw("MODE #war +b tocsin_!*@*");
  person.Raw("KICK #war tocsin_ :out");
  channel.bot->WaitForLog("the bot was removed by tocsin");
  channel.ada->Do({"role", "assign", "legal", "@ada"});
  WaitUntilTrue(
      [&] {
        const auto all = Deliveries(*channel.ada, channel.incident);
        return std::any_of(all.begin(), all.end(), [](const nlohmann::json& delivery) {
          return delivery["attributes"]["outcome"] != "delivered";
        });
      },
      "the failure in the record", [&] { return channel.bot->Log(); });
}

TEST_CASE("ngircd: a key that is wrong, and a certificate of somebody else, are said") {
  if (!HaveIrcPeers(IrcKind::kNgircd)) return;
  Channel channel;
  IrcPerson person(channel.irc, "ada", "");
  person.Raw("MODE #war +k sesame");
  channel.bot->Start();
  channel.bot->WaitForLog("key is wrong");
  channel.bot->Kill();

  IrcServer other(IrcKind::kNgircd);
  const std::string file = channel.bot->File("chat.yaml");
  std::string text = ReadFile(file);
  text.replace(text.find(channel.irc.certificate()), channel.irc.certificate().size(),
               other.certificate());
  WriteFile(file, text);
  const size_t from = channel.bot->Log().size();
  CHECK(channel.bot->Run({"check-config", file}).code == 0);
  Process run(Command{.arguments = {TOCSIN_BINARY_DIR "/bin/tocsin-chat", "run", "--config", file},
                      .environment = PlainEnvironment("/tmp")},
              channel.bot->File("log"), channel.bot->File("out"));
  channel.bot->WaitForLog("certificate", from);
}

}  // namespace tocsin::e2e
