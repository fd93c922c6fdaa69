// `watch` through the real binaries: in lines, as JSON, on a terminal, and over a server that goes
// and comes back.
#include <csignal>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/e2e/harness.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

struct Desk {
  Desk() {
    server.Start();
    admin = std::make_unique<Person>(Admin(server));
    ada = std::make_unique<Person>(NewPerson(*admin, server, "ada", {"commander", "ciso"}));
    bob = std::make_unique<Person>(NewPerson(*admin, server, "bob", {"responder"}));
    incident = std::string(absl::StripAsciiWhitespace(ada->Do(
        {"declare", "A case", "--severity", "sev3", "--playbook", "ransomware", "-o", "id"})));
    bob->Do({"use", incident});
  }

  Server server;
  std::unique_ptr<Person> admin;
  std::unique_ptr<Person> ada;
  std::unique_ptr<Person> bob;
  std::string incident;
};

bool WaitFor(Process& process, const std::string& text) {
  return process.WaitForOutput([&](const std::string& out) { return absl::StrContains(out, text); },
                               absl::Seconds(30));
}

void EndWithInterrupt(Process& process) {
  process.Signal(SIGINT);
  CHECK(process.Wait(absl::Seconds(10)) == 130);
}

TEST_CASE("Watch: entries in lines as they come, until Ctrl-C", "[e2e][watch]") {
  Desk desk;
  desk.bob->Do({"log", "before the watch"});
  Process watch(desk.ada->CommandOf({"watch"}), desk.ada->File("watch"));
  CHECK(WaitFor(watch, "before the watch"));

  desk.bob->Do({"log", "during the watch"});

  CHECK(WaitFor(watch, "during the watch\n"));
  EndWithInterrupt(watch);
}

TEST_CASE("Watch: a server that goes and comes back leaves a gap line and no gap", "[e2e][watch]") {
  Desk desk;
  Process watch(desk.ada->CommandOf({"watch", "-o", "jsonl"}), desk.ada->File("watch"));
  desk.bob->Do({"log", "one"});
  REQUIRE(WaitFor(watch, "\"one\""));
  desk.server.Kill();
  REQUIRE(desk.bob->Run({"log", "two"}).code == 7);
  desk.server.StartAgain();
  desk.bob->Do({"log", "three"});
  REQUIRE(WaitFor(watch, "\"three\""));
  EndWithInterrupt(watch);

  const std::string told = ReadFile(desk.ada->File("watch"));
  CHECK_THAT(told, ContainsSubstring("connection lost; taking it up again after #"));
  CHECK_THAT(told, ContainsSubstring("-- gap of "));
  // One object a line, each entry once, in order.
  uint64_t last = 0;
  std::vector<std::string> texts;
  for (absl::string_view line : absl::StrSplit(watch.output(), '\n', absl::SkipEmpty())) {
    const auto entry = nlohmann::json::parse(std::string(line), nullptr, false);
    REQUIRE(entry.is_object());
    uint64_t sequence = 0;
    REQUIRE(absl::SimpleAtoi(entry["sequence"].get<std::string>(), &sequence));
    CHECK((last == 0 || sequence == last + 1));
    last = sequence;
    if (entry["type"] == "entry-recorded") texts.push_back(entry["text"]);
  }
  CHECK(texts == std::vector<std::string>{"one", "two", "three"});
}

TEST_CASE("Watch: all incidents, each line with its own", "[e2e][watch]") {
  Desk desk;
  Process watch(desk.ada->CommandOf({"watch", "--all"}), desk.ada->File("watch"));
  REQUIRE(WaitFor(watch, desk.incident));

  desk.ada->Do({"declare", "Another case", "--severity", "sev2"});

  CHECK(WaitFor(watch, "Another case"));
  desk.server.Kill();
  desk.server.StartAgain();
  desk.bob->Do({"log", "after the restart"});
  CHECK(WaitFor(watch, absl::StrCat(desk.incident, " #")));
  CHECK(WaitFor(watch, "after the restart"));
  EndWithInterrupt(watch);
}

TEST_CASE("Watch: a token that is revoked ends it with the reason", "[e2e][watch]") {
  Desk desk;
  Process watch(desk.bob->CommandOf({"watch"}), desk.bob->File("watch"));
  desk.bob->Do({"log", "still here"});
  REQUIRE(WaitFor(watch, "still here"));

  desk.bob->Do({"token", "revoke"});

  CHECK(watch.Wait(absl::Seconds(30)) == 4);
  const std::string told = ReadFile(desk.bob->File("watch"));
  CHECK_THAT(told, ContainsSubstring("error: "));
  CHECK_THAT(told, ContainsSubstring("next: "));
}

// `watch` on a terminal of 80x24, or of another size, which script(1) makes.
Command OnTerminal(const Person& person, const std::string& keys, const std::string& size = "") {
  Command command = person.CommandOf({"watch"});
  const std::string resize = size.empty() ? "" : absl::StrCat("stty ", size, "; exec ");
  command.arguments = {"script", "-qec", absl::StrCat(resize, command.arguments[0], " watch"),
                       "/dev/null"};
  command.environment["TERM"] = "xterm";
  command.environment["SHELL"] = "/bin/sh";
  command.input = keys;
  return command;
}

TEST_CASE("Watch: on a terminal it draws a screen, again when something changes", "[e2e][watch]") {
  Desk desk;
  desk.bob->Do({"log", "seen on the screen"});
  Process watch(OnTerminal(*desk.ada, ""), desk.ada->File("watch"));
  CHECK(WaitFor(watch, "\x1b[?1049h"));
  CHECK(WaitFor(watch, "seen on the screen"));
  CHECK(WaitFor(watch, "Steps: 0 of "));

  desk.bob->Do({"log", "drawn later"});
  CHECK(WaitFor(watch, "drawn later"));
  desk.ada->Do({"aware", "--at", "-5m", "--because", "the SOC said so"});
  CHECK(WaitFor(watch, "in 23 h 5"));
}

TEST_CASE("Watch: text that would play with the terminal is refused, or made visible",
          "[e2e][watch]") {
  Desk desk;
  const std::string name = absl::StrCat("incidents/", desk.incident);
  client::Connection connection = desk.bob->Connect();
  // The record refuses it; what another server would let through is made visible (unit tests).
  for (const char* text : {"a\x1b[2J", "\x1b]0;title\x07", "turned \u202Etxet"}) {
    INFO(text);
    const auto refused =
        connection.Call(&v1::TimelineService::Stub::RecordEntry, Observation(name, text));
    CHECK(absl::IsInvalidArgument(refused.status()));
  }
  MustCall(connection, &v1::TimelineService::Stub::RecordEntry,
           Observation(name, "hid\u200Bden 日本語\nand more " + std::string(30'000, 'w')));

  Process watch(OnTerminal(*desk.ada, "", "rows 24 cols 40"), desk.ada->File("watch"));

  CHECK(WaitFor(watch, "live  "));
  CHECK_THAT(watch.output(), ContainsSubstring("hid\\u200bden 日本語"));
  CHECK(watch.output().find("\u200B") == std::string::npos);
  CHECK(watch.output().find(std::string(41, 'w')) == std::string::npos);
}

TEST_CASE("Watch: q gives the terminal back", "[e2e][watch]") {
  Desk desk;
  const Exit exit = Run(OnTerminal(*desk.ada, "q"));
  INFO(exit.out << exit.err);
  CHECK(exit.code == 0);
  CHECK_THAT(exit.out, ContainsSubstring("\x1b[?1049h"));
  CHECK_THAT(exit.out, ContainsSubstring("q or Ctrl-C ends"));
  CHECK(absl::EndsWith(exit.out, "\x1b[?25h\x1b[?1049l"));
}

}  // namespace
}  // namespace tocsin::e2e
