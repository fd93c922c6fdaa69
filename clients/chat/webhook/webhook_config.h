// Where a webhook posts to, and the secret that proves that it was us.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/chat/config/room_config.h"
#include "clients/chat/net/http.h"
#include "server/library/yaml.h"

namespace tocsin::chat {

struct WebhookConfig {
  std::string name;
  Url url;
  std::string secret;
  /// Authorities to trust; empty for the machine's.
  std::string ca_file;
  /// Each post names its room, so that one receiver can serve several.
  std::vector<RoomConfig> rooms;
};

/// Reads one item of the list `webhook`. Errors: as ReadXmppConfig.
absl::StatusOr<WebhookConfig> ReadWebhookConfig(std::string_view file,
                                                const library::YamlNode& node);

}  // namespace tocsin::chat
