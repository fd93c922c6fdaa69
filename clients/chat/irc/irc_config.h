// What the bot must know to sit in channels of an IRC network.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/chat/config/room_config.h"
#include "server/library/yaml.h"

namespace tocsin::chat {

struct IrcConfig {
  std::string name;
  std::string host;
  /// Of TLS from the first byte on; there is no other way in.
  uint16_t port = 6697;
  /// Authorities to trust; empty for the machine's.
  std::string ca_file;
  /// When it is taken: with underscores behind it.
  std::string nick;
  /// For SASL PLAIN; both empty for none.
  std::string account;
  std::string password;
  /// Of the server itself; empty for none.
  std::string server_password;
  /// By channel.
  std::map<std::string, std::string> keys;
  /// A room is a channel's name with its "#".
  std::vector<RoomConfig> rooms;
};

/// Whether `text` can be a channel's name.
bool IsIrcChannel(std::string_view text);

/// Reads one item of the list `irc`. Errors: as ReadXmppConfig.
absl::StatusOr<IrcConfig> ReadIrcConfig(std::string_view file, const library::YamlNode& node);

}  // namespace tocsin::chat
