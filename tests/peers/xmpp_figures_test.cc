// The bot's figures on a real prosody: how long from a command to its answer in the room, and how
// much memory 50 rooms take. The limits are those of docs/performance.md.
#include <algorithm>
#include <cstdio>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tests/e2e/harness.h"
#include "tests/peers/xmpp_peers.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

int64_t ResidentKib(pid_t pid) {
  for (absl::string_view line :
       absl::StrSplit(ReadFile(absl::StrCat("/proc/", pid, "/status")), '\n')) {
    const std::vector<absl::string_view> words =
        absl::StrSplit(line, absl::ByAnyChar("\t "), absl::SkipEmpty());
    int64_t kib = 0;
    if (words.size() == 3 && words[0] == "VmRSS:" && absl::SimpleAtoi(words[1], &kib)) return kib;
  }
  return 0;
}

}  // namespace

// Prints the figures; fails where a promise is broken, whatever else the machine does.
TEST_CASE("XMPP: answers come within a second, and 50 rooms take less than 40 MB") {
  if (!HaveXmppPeers()) return;
  Server server;
  server.Start();
  const Person admin = Admin(server);
  const Person ada = NewPerson(admin, server, "ada", {"commander"});
  XmppServer xmpp;
  xmpp.Start();
  std::string rooms = absl::StrCat("      - room: ", kRoom, "\n");
  for (int i = 1; i < 50; ++i) {
    absl::StrAppend(&rooms, "      - room: room", i, "@rooms.chat.test\n");
  }
  ChatBot bot(server, admin, xmpp.Section(rooms));
  bot.Start();
  for (int i = 1; i < 50; ++i) bot.WaitForLog(absl::StrCat("room=room", i, "@"));
  XmppPerson person(xmpp, "ada", kRoom, "ada");
  LinkAccount(ada, person, kBotJid);
  person.Ask("!inc declare x sev3");

  std::vector<absl::Duration> times;
  for (int i = 0; i < 200; ++i) {
    const absl::Time asked = absl::Now();
    person.Ask(absl::StrCat("!inc log message ", i));
    times.push_back(absl::Now() - asked);
  }
  std::sort(times.begin(), times.end());
  const absl::Duration p50 = times[times.size() / 2];
  const int64_t kib = ResidentKib(bot.pid());
  std::printf("chat: command to answer p50 %.0f ms, p95 %.0f ms; 50 rooms %.1f MB\n",
              absl::ToDoubleMilliseconds(p50),
              absl::ToDoubleMilliseconds(times[times.size() * 95 / 100]),
              static_cast<double>(kib) / 1024);
  CHECK(p50 < absl::Seconds(1));
  CHECK(kib < 40 * 1024);
}

}  // namespace tocsin::e2e
