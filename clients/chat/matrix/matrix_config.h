// What the bot must know to sit in rooms of a Matrix homeserver.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/chat/config/room_config.h"
#include "clients/chat/net/http.h"
#include "server/library/yaml.h"

namespace tocsin::chat {

struct MatrixConfig {
  std::string name;
  /// The homeserver's.
  Url url;
  std::string ca_file;
  std::string token;
  /// Whose invitations are accepted: accounts, "@ada:chat.example". Configured rooms alone are
  /// entered, and rooms of two with one of these.
  std::vector<std::string> inviters;
  /// A room is a room's id, "!abc:chat.example".
  std::vector<RoomConfig> rooms;
};

/// "!abc:chat.example", "@ada:chat.example": a sigil, a name, a server; no blanks.
bool IsMatrixId(std::string_view text, char sigil);
/// "$…": the id of an event.
bool IsMatrixEvent(std::string_view text);

/// Reads one item of the list `matrix`. Errors: as ReadXmppConfig.
absl::StatusOr<MatrixConfig> ReadMatrixConfig(std::string_view file, const library::YamlNode& node);

}  // namespace tocsin::chat
