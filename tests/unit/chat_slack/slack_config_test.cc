#include "clients/chat/slack/slack_config.h"

#include "tests/support/config_files.h"

namespace tocsin::chat {
namespace {

constexpr char kGood[] = R"(bot_token_file: SECRET
app_token_file: SECRET
rooms:
  - room: C0123ABCD
)";

std::string With(const std::string& from, const std::string& to) {
  return absl::StrReplaceAll(kGood, {{from, to}});
}

}  // namespace

TEST_CASE("Slack configuration: sockets, or signed requests", "[chat][slack]") {
  const ConfigFiles files;
  const auto sockets = files.Read(ReadSlackConfig, kGood);
  REQUIRE(sockets.ok());
  CHECK(sockets->name == "slack");
  CHECK(sockets->api.host == "slack.com");
  CHECK(sockets->api.target == "/api/");
  CHECK_FALSE(sockets->app_token.empty());
  CHECK(sockets->port == 0);

  const auto requests = files.Read(
      ReadSlackConfig, With("app_token_file: SECRET", "signing_secret_file: SECRET\nport: 3000"));
  REQUIRE(requests.ok());
  CHECK(requests->app_token.empty());
  CHECK(requests->port == 3000);
}

TEST_CASE("Slack configuration: what is wrong is named", "[chat][slack]") {
  const ConfigFiles files;
  files.Refused(ReadSlackConfig, With("app_token_file: SECRET\n", ""), "the bot hears by");
  files.Refused(ReadSlackConfig, With("rooms:", "port: 3000\nrooms:"), "go together");
  files.Refused(ReadSlackConfig, With("C0123ABCD", "war-room"), "id of a channel");
  files.Refused(ReadSlackConfig, With("bot_token_file: SECRET", "bot_token_file: OPEN"), "open");
  files.Refused(ReadSlackConfig, With("rooms:", "api: http://x\nrooms:"), "https://");
}

}  // namespace tocsin::chat
