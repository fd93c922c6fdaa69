// What every platform's section of the configuration has: its name, and its rooms with what may be
// said in them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/chat/conversation/replies.h"
#include "server/base/vocabulary.h"
#include "server/library/yaml.h"

namespace tocsin::chat {

struct RoomConfig {
  /// As the platform calls it, and never changes it.
  std::string room;
  /// What people call it; for messages. The room itself when it is not given.
  std::string title;
  /// The highest label that may be said there.
  Tlp tlp = Tlp::kAmber;
  Detail detail = Detail::kMinimal;
  /// It gets the alerts of incidents that have no room, and those that did not arrive elsewhere.
  bool alerts = false;
};

/// The list `rooms` of a section; at least one, none twice. Errors are added to `reader`.
std::vector<RoomConfig> ReadRooms(std::string_view file, library::YamlMapReader& reader);

/// The name of a section's connection: 1 to 32 of a-z, 0-9, dash; `when_absent` without one.
std::string ReadName(library::YamlMapReader& reader, std::string_view when_absent);

/// The first line of the file named under `key`, which only its owner may read. Errors are added to
/// `reader`.
std::string ReadSecret(library::YamlMapReader& reader, std::string_view key);

}  // namespace tocsin::chat
