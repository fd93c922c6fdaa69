#include "clients/chat/mattermost/mattermost_config.h"

#include "tests/support/config_files.h"

namespace tocsin::chat {
namespace {

constexpr char kGood[] = R"(url: https://chat.example
token_file: SECRET
rooms:
  - room: 4xp9fdt77pncbef59f4k1qe83o
    title: War room
)";

std::string With(const std::string& from, const std::string& to) {
  return absl::StrReplaceAll(kGood, {{from, to}});
}

}  // namespace

TEST_CASE("Mattermost configuration: what it says is what is used", "[chat][mattermost]") {
  const ConfigFiles files("token");
  const auto config = files.Read(ReadMattermostConfig, kGood);
  REQUIRE(config.ok());
  CHECK(config->name == "mattermost");
  CHECK(config->url.host == "chat.example");
  CHECK(config->token == "token");
  CHECK(config->button_port == 0);

  const auto buttons = files.Read(
      ReadMattermostConfig,
      With("rooms:", "button_url: https://bot.example/press\nbutton_port: 8065\nrooms:"));
  REQUIRE(buttons.ok());
  CHECK(buttons->button_port == 8065);
}

TEST_CASE("Mattermost configuration: what is wrong is named", "[chat][mattermost]") {
  const ConfigFiles files;
  files.Refused(ReadMattermostConfig, With("https:", "http:"), "https://");
  files.Refused(ReadMattermostConfig, With("chat.example", "chat.example/team"), "no path");
  files.Refused(ReadMattermostConfig, With("SECRET", "OPEN"), "open");
  files.Refused(ReadMattermostConfig, With("4xp9fdt77pncbef59f4k1qe83o", "war-room"),
                "26 letters and digits");
  files.Refused(ReadMattermostConfig, With("rooms:", "button_port: 1\nrooms:"), "go together");
  files.Refused(ReadMattermostConfig, With("url:", "urll: x\nurl:"), "urll");
}

}  // namespace tocsin::chat
