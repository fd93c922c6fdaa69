// What the bot must know to sit in rooms of an XMPP server.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/chat/config/room_config.h"
#include "server/library/yaml.h"

namespace tocsin::chat {

struct XmppConfig {
  std::string name;
  /// Bare JID of the bot's account.
  std::string jid;
  std::string password;
  /// Instead of what the domain's DNS says; empty and 0 for that.
  std::string host;
  uint16_t port = 0;
  /// Authorities to trust; empty for the machine's.
  std::string ca_file;
  /// SHA-256 of the one certificate to accept although no authority vouches for it, 64 hexadecimal
  /// digits in lower case; empty for none.
  std::string fingerprint;
  std::string nick = "tocsin";
  /// Bare JIDs that are let into a room that the bot makes because it is not there; with none it
  /// makes no room.
  std::vector<std::string> members;
  std::vector<RoomConfig> rooms;
};

/// Reads one item of the list `xmpp`. `file` is for messages; the password is read from its file.
/// Errors: kInvalidArgument YAML_INVALID with the place; those of ReadPrivateFile.
absl::StatusOr<XmppConfig> ReadXmppConfig(std::string_view file, const library::YamlNode& node);

}  // namespace tocsin::chat
