#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "clients/chat/main/arguments.h"
#include "clients/chat/main/config.h"
#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/support/scratch_directory.h"

namespace tocsin::chat {
namespace {

// Reads a configuration in which PASSWORD stands for a private file.
struct Files {
  Files() {
    std::ofstream(dir.Path("password")) << "secret\n";
    REQUIRE(::chmod(dir.Path("password").c_str(), 0600) == 0);
  }
  absl::StatusOr<Config> Read(const std::string& text) const {
    return ReadConfig("chat.yaml", absl::StrReplaceAll(text, {{"PASSWORD", dir.Path("password")}}));
  }
  void Refused(const std::string& text, const std::string& message) const {
    const absl::StatusOr<Config> config = Read(text);
    INFO(text);
    REQUIRE_FALSE(config.ok());
    CHECK_THAT(std::string(config.status().message()), ContainsSubstring(message));
  }

  ScratchDirectory dir;
};

constexpr char kGood[] = R"(server: tocsin.example:7443
state: /var/lib/tocsin-chat
zone: Europe/Brussels
xmpp:
  - jid: tocsin@chat.example
    password_file: PASSWORD
    rooms:
      - room: War@muc.chat.example
        title: War room
        tlp: green
        detail: full
        alerts: true
      - room: quiet@muc.chat.example
)";

std::string With(const std::string& from, const std::string& to) {
  return absl::StrReplaceAll(kGood, {{from, to}});
}

}  // namespace

TEST_CASE("Chat configuration: the one that the documentation shows is read as it stands") {
  std::ifstream file(TOCSIN_SOURCE_DIR "/docs/chat.md");
  std::string text;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "   ```yaml" || (inside && line == "   ```")) {
      inside = !inside;
    } else if (inside) {
      text += line.substr(std::min<size_t>(line.size(), 3)) + "\n";
    }
  }
  REQUIRE_FALSE(text.empty());
  const Files files;
  const absl::StatusOr<Config> config =
      files.Read(absl::StrReplaceAll(text, {{"/etc/tocsin-chat.password", "PASSWORD"}}));
  INFO(config.status().ToString());
  REQUIRE(config.ok());
  REQUIRE(config->xmpp.size() == 1);
  REQUIRE(config->xmpp[0].rooms.size() == 1);
  CHECK(config->xmpp[0].rooms[0].alerts);
  CHECK(config->xmpp[0].rooms[0].title == "War room");
}

TEST_CASE("Chat configuration: what it says is what is used, and the rest is careful") {
  const Files files;
  const absl::StatusOr<Config> config = files.Read(kGood);
  INFO(config.status().ToString());
  REQUIRE(config.ok());
  REQUIRE(config->xmpp.size() == 1);
  const XmppConfig& xmpp = config->xmpp[0];
  CHECK(xmpp.name == "xmpp");
  CHECK(xmpp.password == "secret");
  REQUIRE(xmpp.rooms.size() == 2);
  CHECK(xmpp.rooms[0].room == "war@muc.chat.example");
  CHECK(xmpp.rooms[0].tlp == Tlp::kGreen);
  CHECK(xmpp.rooms[0].detail == Detail::kFull);
  CHECK(xmpp.rooms[0].alerts);
  CHECK(xmpp.rooms[1].tlp == Tlp::kAmber);
  CHECK(xmpp.rooms[1].detail == Detail::kMinimal);
  CHECK_FALSE(xmpp.rooms[1].alerts);
  CHECK_THAT(Describe(*config),
             ContainsSubstring("quiet@muc.chat.example: TLP:amber at most, no texts"));
}

TEST_CASE("Chat configuration: several platforms, each with a name of its own") {
  const Files files;
  const std::string irc = "irc:\n  - host: irc.example\n    rooms:\n      - room: \"#war\"\n";
  const absl::StatusOr<Config> config = files.Read(kGood + irc);
  INFO(config.status().ToString());
  REQUIRE(config.ok());
  REQUIRE(config->irc.size() == 1);
  CHECK_THAT(Describe(*config),
             ContainsSubstring("irc irc: irc.example:6697 as tocsin, or tocsin_ while that is "
                               "taken\n  #war: TLP:amber at most"));
  files.Refused(kGood + irc + "    name: xmpp\n", "comes twice");
}

TEST_CASE("Chat configuration: what is wrong is named with its place") {
  const Files files;
  files.Refused(With("jid:", "jidd:"), "chat.yaml:5:5");
  files.Refused(With("zone:", "zonne:"), "chat.yaml:3:1");
}

TEST_CASE("Chat configuration: each value is checked") {
  const Files files;
  files.Refused(With("tocsin@chat.example", "tocsin"), "NAME@DOMAIN");
  files.Refused(With("War@muc.chat.example", "war"), "a room is NAME@SERVICE");
  files.Refused(With("tlp: green", "tlp: purple"), "purple");
  files.Refused(With("detail: full", "detail: all"), "all");
  files.Refused(With("quiet@", "War@"), "listed twice");
  files.Refused(With("Europe/Brussels", "Mars/Base"), "no time zone");
  files.Refused(With("/var/lib/tocsin-chat", "state"), "absolute path");
  files.Refused(With("tocsin.example:7443", "a:b:c:d"), "server");
  files.Refused(With("PASSWORD", "/nonexistent"), "does not exist");
  files.Refused("server: x:1\nstate: /x\n", "no connection to any chat");
  files.Refused(With("    rooms:", "    fingerprint: abc\n    rooms:"), "64 digits");
  files.Refused(absl::StrCat(kGood,
                             "  - jid: b@chat.example\n    password_file: PASSWORD\n"
                             "    rooms:\n      - room: a@b\n"),
                "'xmpp' comes twice");
}

TEST_CASE("Chat configuration: a password that others can read is refused") {
  const Files files;
  REQUIRE(::chmod(files.dir.Path("password").c_str(), 0644) == 0);
  files.Refused(kGood, "password");
}

TEST_CASE("Chat arguments: verbs, their options, and what to do when they are wrong") {
  CHECK(ParseArguments({})->verb == Verb::kHelp);
  CHECK(ParseArguments({"--version"})->verb == Verb::kVersion);
  CHECK(ParseArguments({"check-config", "f"})->config_file == "f");
  CHECK(ParseArguments({"run", "--config", "f"})->verb == Verb::kRun);
  const auto enrol = ParseArguments({"enrol", "--config", "f", "--fingerprint", "SHA256:x"});
  REQUIRE(enrol.ok());
  CHECK(enrol->code == "-");
  for (const std::vector<std::string>& bad : std::vector<std::vector<std::string>>{
           {"run"}, {"run", "--config"}, {"run", "--code", "x"}, {"enrol", "f"}, {"fly"}}) {
    const auto refused = ParseArguments(bad);
    REQUIRE_FALSE(refused.ok());
    CHECK(ReasonOf(refused.status()) == "USAGE");
    CHECK_FALSE(NextStepOf(refused.status()).empty());
  }
  CHECK_THAT(NextStepOf(ParseArguments({"rum"}).status()), ContainsSubstring("'run'"));
}

}  // namespace tocsin::chat
