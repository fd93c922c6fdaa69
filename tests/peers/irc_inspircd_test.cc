// The bot in a channel of a real InspIRCd that says who writes (account-tag): there an incident can
// be run.
#include <algorithm>
#include <csignal>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "tests/e2e/harness.h"
#include "tests/peers/irc_peers.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

constexpr char kRooms[] = "      - room: \"#war\"\n        alerts: true\n";
using Strings = std::vector<std::string>;

struct Channel {
  // Who enters first is the channel's operator.
  explicit Channel(bool person_first = false) {
    server.Start();
    admin = std::make_unique<Person>(Admin(server));
    ada = std::make_unique<Person>(NewPerson(*admin, server, "ada", {"commander"}));
    irc.Start();
    bot = std::make_unique<ChatBot>(server, *admin, irc.Section(kRooms));
    if (person_first) person = std::make_unique<IrcPerson>(irc, "al", "ada");
    bot->Start();
    if (!person_first) person = std::make_unique<IrcPerson>(irc, "al", "ada");
    LinkAccount(*ada, *person, kBotNick);
    incident = IncidentIn(person->Ask("!inc declare Secret plans sev3"));
  }

  Server server;
  IrcServer irc{IrcKind::kInspircd};
  std::unique_ptr<Person> admin;
  std::unique_ptr<Person> ada;
  std::unique_ptr<ChatBot> bot;
  std::unique_ptr<IrcPerson> person;
  std::string incident;
};

}  // namespace

TEST_CASE("InspIRCd: an incident is run by who has an account, whatever the nick") {
  if (!HaveIrcPeers(IrcKind::kInspircd)) return;
  Channel channel;
  IrcPerson& ada = *channel.person;
  CHECK_THAT(ada.Ask("!inc log \x02pulled\x02 the \x03"
                     "4uplink"),
             ContainsSubstring("recorded"));
  CHECK_THAT(ada.Ask("tocsin: decide we do not pay because the law forbids it"),
             ContainsSubstring("recorded"));
  CHECK_THAT(ada.Ask("!inc status"), ContainsSubstring(channel.incident + " sev3"));
  // Her nick, without her account: nobody.
  IrcPerson eve(channel.irc, "ada", "");
  CHECK_THAT(eve.Ask("!inc log forged"), ContainsSubstring("linked to nobody"));
  // With an account of her own: nobody either.
  IrcPerson mallory(channel.irc, "mallory", "mallory");
  CHECK_THAT(mallory.Ask("!inc log forged too"), ContainsSubstring("linked to nobody"));

  CHECK(Logged(*channel.ada, channel.incident) == Strings{"pulled the uplink"});
  const nlohmann::json timeline = channel.ada->Json({"timeline", channel.incident});
  const auto entry = std::find_if(
      timeline["entries"].begin(), timeline["entries"].end(),
      [](const nlohmann::json& each) { return each.value("text", "") == "pulled the uplink"; });
  REQUIRE(entry != timeline["entries"].end());
  CHECK((*entry)["author"] == "@ada");
  const std::string source = (*entry)["attributes"]["source"];
  CHECK_THAT(source, ContainsSubstring("irc #war msgid "));

  channel.ada->Do({"use", channel.incident});
  const size_t before = ada.seen_count();
  channel.ada->Do(
      {"aware", "--at", Utc(absl::Now() - absl::Hours(25)), "--because", "it was said"});
  ada.WaitFor(kBotNick, "; then: ack ", before);
  CHECK_THAT(ada.Ask("!inc ack"), ContainsSubstring("is acknowledged"));
}

namespace {

// The entries whose answer was heard, "#10"; none twice but as perhaps said before.
std::set<std::string> Answers(const IrcPerson& person) {
  std::set<std::string> heard;
  std::set<std::string> once;
  for (const nlohmann::json& seen : person.seen()) {
    const std::string text = seen.value("text", "");
    const size_t end = text.find(" recorded.");
    if (seen.value("nick", "") != kBotNick || end == std::string::npos) continue;
    const size_t start = text.rfind('#', end);
    const std::string number = text.substr(start, end - start);
    heard.insert(number);
    if (!absl::StrContains(text, "perhaps said before")) CHECK(once.insert(number).second);
  }
  return heard;
}

}  // namespace

TEST_CASE("InspIRCd: killed in the middle, the bot records and answers each message once") {
  if (!HaveIrcPeers(IrcKind::kInspircd)) return;
  Channel channel;
  Strings expected;
  const auto wait_until_recorded = [&] {
    WaitUntilTrue([&] { return Logged(*channel.ada, channel.incident) == expected; },
                  "all to be recorded", [&] { return channel.bot->Log(); });
  };
  for (int round = 0; round < 3; ++round) {
    expected.push_back(absl::StrCat("message ", round));
    // Taken by the bot before it dies: what is said to nobody is lost on IRC.
    channel.person->Say("!inc log " + expected.back());
    wait_until_recorded();
    channel.bot->Kill();
    channel.bot->Start();
  }
  // While tocsind is away; the bot dies with the queue on its disk.
  channel.server.Kill();
  CHECK_THAT(channel.person->Ask("!inc log queued"), ContainsSubstring("NOT YET RECORDED"));
  channel.bot->Kill();
  channel.server.StartAgain();
  channel.bot->Start();
  expected.push_back("queued");
  wait_until_recorded();
  // Each is answered, and once; what was said in the very moment of its death is perhaps said
  // again, and then marked as such.
  std::set<std::string> answered;
  WaitUntilTrue(
      [&] {
        channel.person->Drain(absl::Milliseconds(50));
        answered = Answers(*channel.person);
        return answered.size() >= expected.size();
      },
      "an answer each", [&] { return channel.bot->Log(); });
  CHECK(answered.size() == expected.size());
}

TEST_CASE("InspIRCd: the chat server is killed; after it is back the room goes on") {
  if (!HaveIrcPeers(IrcKind::kInspircd)) return;
  Channel channel;
  CHECK_THAT(channel.person->Ask("!inc log before"), ContainsSubstring("recorded"));
  channel.irc.Kill();
  channel.bot->WaitForLog("ready=no");
  const size_t from = channel.bot->Log().size();
  channel.irc.Start();
  channel.bot->WaitForLog("ready=yes", from);
  IrcPerson again(channel.irc, "al", "ada");
  CHECK_THAT(again.Ask("!inc log after"), ContainsSubstring("recorded"));
  CHECK(Logged(*channel.ada, channel.incident) == Strings{"before", "after"});
}

TEST_CASE("InspIRCd: long answers arrive whole, in lines that the server does not cut") {
  if (!HaveIrcPeers(IrcKind::kInspircd)) return;
  Channel channel;
  std::string text;
  for (int i = 0; i < 110; ++i) text += "\u20AC";
  channel.person->Ask("!inc log " + text);
  CHECK(Logged(*channel.ada, channel.incident) == Strings{text});
  const size_t before = channel.person->seen_count();
  channel.person->Tell(kBotNick, "help");
  // The pace of the bot is a line in two seconds after the first ones.
  channel.person->WaitFor(kBotNick, "unlink", before);
  std::string all;
  for (size_t i = before; i < channel.person->seen_count(); ++i) {
    all += channel.person->seen()[i].value("text", "");
  }
  for (const std::string verb : {"declare", "deadlines", "handover", "review", "sitrep"}) {
    CHECK_THAT(all, ContainsSubstring(verb));
  }
}

TEST_CASE("InspIRCd: a channel that was made quiet, and a bot that was banned, are in the record") {
  if (!HaveIrcPeers(IrcKind::kInspircd)) return;
  Channel channel(/*person_first=*/true);
  channel.ada->Do({"use", channel.incident});
  const auto failed = [&] {
    const auto all = Deliveries(*channel.ada, channel.incident);
    return std::count_if(all.begin(), all.end(), [](const nlohmann::json& delivery) {
      return delivery["attributes"]["outcome"] != "delivered";
    });
  };
  const size_t from = channel.bot->Log().size();
  channel.person->Raw("MODE #war +m");
  channel.person->WaitFor("al", "+m");
  channel.ada->Do({"role", "assign", "scribe", "@ada"});
  WaitUntilTrue([&] { return failed() >= 1; }, "the failure in the record",
                [&] { return channel.bot->Log(); });
  channel.person->Raw("KICK #war tocsin :out");
  channel.bot->WaitForLog("the bot was removed by al", from);
}

}  // namespace tocsin::e2e
