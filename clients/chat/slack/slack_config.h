// What the bot must know to sit in channels of a Slack workspace.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/chat/config/room_config.h"
#include "clients/chat/net/http.h"
#include "server/library/yaml.h"

namespace tocsin::chat {

struct SlackConfig {
  std::string name;
  /// Of the Web API; another one than Slack's for a proxy.
  Url api;
  std::string ca_file;
  /// "xoxb-…": what the bot may do.
  std::string bot_token;
  /// "xapp-…": opens sockets (Socket Mode). Empty: the bot takes signed requests instead.
  std::string app_token;
  /// Of the app; with `port`, where the bot listens on the loopback for signed requests.
  std::string signing_secret;
  uint16_t port = 0;
  /// A room is a channel's id, "C0123ABCD".
  std::vector<RoomConfig> rooms;
};

/// Whether `text` has the form of an id of a channel, user or team: capitals and digits.
bool IsSlackId(std::string_view text);

/// Reads one item of the list `slack`. Errors: as ReadXmppConfig.
absl::StatusOr<SlackConfig> ReadSlackConfig(std::string_view file, const library::YamlNode& node);

}  // namespace tocsin::chat
