// What the bot must know to sit in channels of a Mattermost server.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/chat/config/room_config.h"
#include "clients/chat/net/http.h"
#include "server/library/yaml.h"

namespace tocsin::chat {

struct MattermostConfig {
  std::string name;
  Url url;
  /// Of a bot account.
  std::string token;
  /// Authorities to trust; empty for the machine's.
  std::string ca_file;
  /// Where the server reaches the bot for button presses; empty: posts have no buttons.
  std::string button_url;
  /// Where the bot listens for them: a port of the loopback, behind a proxy.
  uint16_t button_port = 0;
  /// A room is a channel's id.
  std::vector<RoomConfig> rooms;
};

/// Whether `text` has the form of an id: 26 letters and digits.
bool IsMattermostId(std::string_view text);

/// Reads one item of the list `mattermost`. Errors: as ReadXmppConfig.
absl::StatusOr<MattermostConfig> ReadMattermostConfig(std::string_view file,
                                                      const library::YamlNode& node);

}  // namespace tocsin::chat
