#include "clients/chat/webhook/webhook_config.h"

#include "absl/strings/str_cat.h"
#include "server/base/view.h"

namespace tocsin::chat {
namespace {

constexpr size_t kSecretBytesMin = 16;

}  // namespace

absl::StatusOr<WebhookConfig> ReadWebhookConfig(std::string_view file,
                                                const library::YamlNode& node) {
  library::YamlMapReader reader(file, node, "a webhook");
  WebhookConfig config;
  config.name = ReadName(reader, "webhook");
  if (const std::string text = reader.Text("url"); !text.empty()) {
    absl::StatusOr<Url> url = ParseUrl(text);
    if (url.ok()) {
      config.url = *std::move(url);
    } else {
      reader.Refuse("url", ToStd(url.status().message()));
    }
  }
  config.secret = ReadSecret(reader, "secret_file");
  if (!config.secret.empty() && config.secret.size() < kSecretBytesMin) {
    reader.Refuse("secret_file",
                  absl::StrCat("a secret has at least ", kSecretBytesMin, " characters").c_str());
  }
  config.ca_file = reader.OptionalText("ca_file").value_or("");
  config.rooms = ReadRooms(file, reader);
  if (const absl::Status status = reader.Finish(); !status.ok()) return status;
  return config;
}

}  // namespace tocsin::chat
