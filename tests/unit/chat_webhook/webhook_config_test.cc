#include "clients/chat/webhook/webhook_config.h"

#include "tests/support/config_files.h"

namespace tocsin::chat {
namespace {

constexpr char kGood[] = R"(url: https://hooks.example/tocsin
secret_file: SECRET
rooms:
  - room: siem
    tlp: green
)";

std::string With(const std::string& from, const std::string& to) {
  return absl::StrReplaceAll(kGood, {{from, to}});
}

}  // namespace

TEST_CASE("Webhook configuration: what it says is what is used", "[chat][webhook]") {
  const auto config = ConfigFiles().Read(ReadWebhookConfig, kGood);
  REQUIRE(config.ok());
  CHECK(config->name == "webhook");
  CHECK(config->url.host == "hooks.example");
  CHECK(config->url.target == "/tocsin");
  CHECK(config->secret == "0123456789abcdef0123456789abcdef");
  REQUIRE(config->rooms.size() == 1);
  CHECK(config->rooms[0].tlp == Tlp::kGreen);
}

TEST_CASE("Webhook configuration: what is not safe is refused", "[chat][webhook]") {
  const ConfigFiles files;
  files.Refused(ReadWebhookConfig, With("https:", "http:"), "does not begin with https://");
  files.Refused(ReadWebhookConfig, With("SECRET", "OPEN"), "open");
  files.Refused(ReadWebhookConfig, With("secret_file: SECRET\n", ""), "secret_file");
  files.Refused(ReadWebhookConfig, With("url:", "insecure: true\nurl:"), "insecure");
  ConfigFiles("short").Refused(ReadWebhookConfig, kGood, "at least 16");
}

}  // namespace tocsin::chat
