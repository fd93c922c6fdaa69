// The offline queue through the real binaries: what is written while the server is away is in the
// record afterwards, in order and once.
#include <csignal>
#include <set>

#include "absl/time/clock.h"
#include "tests/e2e/offline_desk.h"

namespace tocsin::e2e {
namespace {

using Desk = OfflineDesk;

TEST_CASE("Offline: written while the server is away, recorded once and in order when it is back",
          "[e2e][offline]") {
  Desk desk;
  desk.ada->Do({"log", "before"});
  desk.server.Kill();

  const Exit first = desk.ada->Run({"log", "one", "--kind", "action"});
  CHECK(first.code == kQueued);
  CHECK_THAT(first.err,
             ContainsSubstring("recorded: not yet recorded; kept on this computer as q-1"));
  desk.Queue("two");
  CHECK(desk.ada->Run({"aware", "--at", "-5m", "--because", "SOC said so"}).code == kQueued);
  CHECK(desk.ada->Run({"close", "--because", "x"}).code == kUnreachable);
  desk.server.StartAgain();

  const Exit next = desk.ada->Run({"log", "three"});
  INFO(next.err);
  CHECK(next.code == 0);
  CHECK_THAT(next.err, ContainsSubstring("q-1 is recorded"));
  CHECK_THAT(next.err, ContainsSubstring("q-3 is recorded"));
  CHECK(desk.Texts() == std::vector<std::string>{"before", "one", "two", "three"});
  client::Connection connection = desk.ada->Connect();
  for (const v1::Entry& entry : Timeline(connection, desk.incident)) {
    if (entry.text() != "one") continue;
    CHECK(entry.kind() == v1::ENTRY_KIND_ACTION);
    CHECK(entry.attributes().at("clock") == "client");
    CHECK(entry.occur_time().seconds() < entry.record_time().seconds() + 1);
  }
  CHECK_THAT(desk.ada->Do({"status"}), ContainsSubstring("aware"));
  CHECK(desk.ada->Do({"queue", "list", "-o", "id"}).empty());
}

TEST_CASE("Offline: a server that refuses the connection is not waited for", "[e2e][offline]") {
  Desk desk;
  desk.server.Kill();
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"log", "at once"},
        std::vector<std::string>{"log", "--at", "-20m", "a relative time asks for the clock"},
        std::vector<std::string>{"aware", "--at", "-20m", "--because", "the SOC called"}}) {
    INFO(command.back());
    const absl::Time began = absl::Now();
    CHECK(desk.ada->Run(command).code == kQueued);
    CHECK(absl::Now() - began < absl::Milliseconds(1500));
  }
}

TEST_CASE("Offline: a server that hangs is waited for once a command", "[e2e][offline]") {
  Desk desk;
  ::kill(desk.server.pid(), SIGSTOP);
  const absl::Time began = absl::Now();
  CHECK(desk.ada->Run({"log", "--at", "-20m", "into the dark"}).code == kQueued);
  CHECK(absl::Now() - began < absl::Seconds(5));
  ::kill(desk.server.pid(), SIGCONT);
  CHECK(desk.ada->Run({"queue", "flush"}).code == 0);
  CHECK(desk.Texts() == std::vector<std::string>{"into the dark"});
}

TEST_CASE("Offline: what was sent and recorded already is not recorded again", "[e2e][offline]") {
  Desk desk;
  const std::string id = "11111111-1111-4111-8111-111111111111";
  desk.ada->Do({"log", "with an id", "--request-id", id});
  desk.server.Kill();
  // The same command again, as after an answer that got lost.
  CHECK(desk.ada->Run({"log", "with an id", "--request-id", id}).code == kQueued);
  desk.server.StartAgain();

  const Exit flush = desk.ada->Run({"queue", "flush"});

  INFO(flush.err);
  CHECK(desk.Texts() == std::vector<std::string>{"with an id"});
}

TEST_CASE("Offline: two terminals that send at once record each write once", "[e2e][offline]") {
  Desk desk;
  desk.server.Kill();
  std::vector<std::string> expected;
  for (int i = 0; i < 8; ++i) {
    expected.push_back(absl::StrCat("text ", i));
    desk.Queue(expected.back());
  }
  desk.server.StartAgain();

  std::vector<std::unique_ptr<Process>> terminals;
  for (int i = 0; i < 4; ++i) {
    terminals.push_back(std::make_unique<Process>(desk.ada->CommandOf({"queue", "flush"}),
                                                  desk.ada->File(absl::StrCat("err", i)),
                                                  desk.ada->File(absl::StrCat("out", i))));
  }
  size_t told = 0;
  for (size_t i = 0; i < terminals.size(); ++i) {
    CHECK(terminals[i]->Wait(absl::Seconds(60)) == 0);
    const std::string err = ReadFile(desk.ada->File(absl::StrCat("err", i)));
    for (size_t at = 0; (at = err.find(" is recorded: ", at)) != std::string::npos; ++at) ++told;
    CHECK(err.find("had been recorded before") == std::string::npos);
  }

  CHECK(told == expected.size());
  CHECK(desk.Texts() == expected);
}

TEST_CASE("Offline: two terminals that write at once lose nothing", "[e2e][offline]") {
  Desk desk;
  desk.server.Kill();
  std::vector<std::unique_ptr<Process>> terminals;
  for (int i = 0; i < 6; ++i) {
    terminals.push_back(std::make_unique<Process>(
        desk.ada->CommandOf({"log", absl::StrCat("text ", i)}),
        desk.ada->File(absl::StrCat("err", i)), desk.ada->File(absl::StrCat("out", i))));
  }
  for (const auto& terminal : terminals) CHECK(terminal->Wait(absl::Seconds(60)) == kQueued);
  desk.server.StartAgain();

  desk.ada->Do({"list"});

  const std::vector<std::string> texts = desk.Texts();
  CHECK(texts.size() == 6);
  CHECK(std::set<std::string>(texts.begin(), texts.end()).size() == 6);
}

TEST_CASE("Offline: a write that the server refuses stays, is named, and holds nothing up",
          "[e2e][offline]") {
  Desk desk;
  desk.server.Kill();
  CHECK(desk.ada->Run({"correct", "4711", "nothing there"}).code == kQueued);
  desk.Queue("after the refused one");
  desk.server.StartAgain();

  const Exit list = desk.ada->Run({"list"});
  INFO(list.err);
  CHECK(list.code == 0);
  CHECK_THAT(list.err, ContainsSubstring("q-1 refused: "));
  CHECK_THAT(list.err, ContainsSubstring("q-2 is recorded"));
  CHECK(desk.Texts() == std::vector<std::string>{"after the refused one"});
  // It is not sent again by itself, but named each time until a person decides.
  const Exit again = desk.ada->Run({"list"});
  CHECK(again.err.find("q-1 refused: ") == std::string::npos);
  CHECK_THAT(again.err, ContainsSubstring("NOT RECORDED: 1 queued write was refused"));
  CHECK_THAT(desk.ada->Do({"queue", "list"}), ContainsSubstring("4711"));
  CHECK(desk.ada->Run({"queue", "flush"}).code == kFinding);
  desk.ada->Do({"queue", "drop", "q-1"});
  CHECK(desk.ada->Run({"queue", "flush"}).code == 0);
}

TEST_CASE("Offline: a token that ended keeps what waits", "[e2e][offline]") {
  Desk desk;
  desk.server.Kill();
  desk.Queue("kept");
  desk.server.StartAgain();
  const std::string token = desk.ada->File("config/tocsin/default.token");
  const std::string good = ReadFile(token);
  WriteFile(token, "not-the-token\n");

  CHECK(desk.ada->Run({"queue", "flush"}).code == 4);
  CHECK(desk.ada->Do({"queue", "list", "-o", "id"}) == "q-1\n");

  WriteFile(token, good);
  CHECK(desk.ada->Run({"queue", "flush"}).code == 0);
  CHECK(desk.Texts() == std::vector<std::string>{"kept"});
}

TEST_CASE("Offline: a server that hangs is away", "[e2e][offline]") {
  Desk desk;
  ::kill(desk.server.pid(), SIGSTOP);
  const Exit exit = desk.ada->Run({"log", "while it hangs"});
  ::kill(desk.server.pid(), SIGCONT);
  INFO(exit.err);
  CHECK(exit.code == kQueued);

  desk.ada->Do({"list"});

  CHECK(desk.Texts() == std::vector<std::string>{"while it hangs"});
}

}  // namespace
}  // namespace tocsin::e2e
