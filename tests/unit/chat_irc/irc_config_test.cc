#include "clients/chat/irc/irc_config.h"

#include "tests/support/config_files.h"

namespace tocsin::chat {
namespace {

constexpr char kGood[] = R"(host: irc.example
rooms:
  - room: "#war"
    title: War room
)";

std::string With(const std::string& from, const std::string& to) {
  return absl::StrReplaceAll(kGood, {{from, to}});
}

}  // namespace

TEST_CASE("IRC configuration: what it says is what is used", "[chat][irc]") {
  const ConfigFiles files("open sesame");
  const auto config = files.Read(ReadIrcConfig, kGood);
  REQUIRE(config.ok());
  CHECK(config->name == "irc");
  CHECK(config->port == 6697);
  CHECK(config->nick == "tocsin");
  CHECK(config->account.empty());
  CHECK(config->rooms[0].room == "#war");

  const auto sasl = files.Read(
      ReadIrcConfig, With("rooms:", "port: 7000\naccount: bot\npassword_file: SECRET\nrooms:"));
  REQUIRE(sasl.ok());
  CHECK(sasl->port == 7000);
  CHECK(sasl->account == "bot");
  CHECK(sasl->password == "open sesame");

  const ConfigFiles words("sesame");
  const auto keys =
      words.Read(ReadIrcConfig, With("rooms:",
                                     "server_password_file: SECRET\nkeys:\n  - room: \"#war\"\n"
                                     "    key_file: SECRET\nrooms:"));
  REQUIRE(keys.ok());
  CHECK(keys->server_password == "sesame");
  CHECK(keys->keys.at("#war") == "sesame");
}

TEST_CASE("IRC configuration: what is wrong is named", "[chat][irc]") {
  const ConfigFiles files;
  files.Refused(ReadIrcConfig, With("host: irc.example", "host: a b"), "a name or an address");
  files.Refused(ReadIrcConfig, With("\"#war\"", "war"), "#war");
  files.Refused(ReadIrcConfig, With("\"#war\"", "\"#war,0\""), "#war");
  files.Refused(ReadIrcConfig, With("\"#war\"", "\"#war\\nQUIT\""), "#war");
  files.Refused(ReadIrcConfig, kGood + std::string("  - room: \"#WAR\"\n"), "listed twice");
  files.Refused(ReadIrcConfig, With("rooms:", "nick: 1st\nrooms:"), "a nick is");
  files.Refused(ReadIrcConfig, With("rooms:", "nick: a b\nrooms:"), "a nick is");
  files.Refused(ReadIrcConfig, With("rooms:", "account: bot\nrooms:"), "go together");
  files.Refused(ReadIrcConfig, With("rooms:", "password_file: SECRET\nrooms:"), "go together");
  files.Refused(ReadIrcConfig, With("rooms:", "account: b\npassword_file: OPEN\nrooms:"), "open");
  files.Refused(ReadIrcConfig, With("rooms:", "tls: none\nrooms:"), "tls");
  files.Refused(ReadIrcConfig,
                With("rooms:", "keys:\n  - room: \"#else\"\n    key_file: SECRET\nrooms:"),
                "none of the rooms");
  files.Refused(ReadIrcConfig, With("rooms:", "keys:\n  - room: \"#war\"\nrooms:"),
                "key is missing");
  const ConfigFiles injecting("a b");
  injecting.Refused(ReadIrcConfig, With("rooms:", "server_password_file: SECRET\nrooms:"),
                    "spaces");
}

}  // namespace tocsin::chat
