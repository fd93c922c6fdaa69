// The mail server that the bot hands its posts to, and whom they are for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/chat/config/room_config.h"
#include "server/library/yaml.h"

namespace tocsin::chat {

struct MailConfig {
  std::string name;
  std::string host;
  uint16_t port = 0;
  /// TLS from the first byte; otherwise STARTTLS, without which nothing is sent.
  bool implicit_tls = false;
  std::string ca_file;
  /// Empty: no login.
  std::string user;
  std::string password;
  /// The sender's address.
  std::string from;
  /// A room is a mail address.
  std::vector<RoomConfig> rooms;
};

/// Whether `text` is a plain address, NAME@DOMAIN of letters, digits and a few marks: nothing that
/// could begin a header, a second recipient or an SMTP command.
bool IsMailAddress(std::string_view text);

/// Reads one item of the list `mail`. Errors: as ReadXmppConfig.
absl::StatusOr<MailConfig> ReadMailConfig(std::string_view file, const library::YamlNode& node);

}  // namespace tocsin::chat
