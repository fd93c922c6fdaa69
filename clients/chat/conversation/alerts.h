// Which entries people are told of without asking, and in which words: never those of a person,
// only what has happened, the incident's id and severity, and what to write next.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clients/chat/conversation/blocks.h"
#include "clients/chat/conversation/replies.h"

namespace tocsin::chat {

/// What an alert is told of, as the server states it.
struct AlertEntry {
  /// "obligation-missed".
  std::string type;
  uint64_t sequence = 0;
  /// It asks to be acknowledged.
  bool asks = false;
  /// Of an escalation: the entry of the alert, who is asked (their names in the room's platform
  /// included), and whether they are the first. Nobody: the chain is at its end.
  uint64_t alert = 0;
  std::vector<std::string> asked;
  bool first = false;
  /// Said in a direct message, which is bound to no incident.
  bool direct = false;
};

/// An alert for an entry; nullopt for one that nobody is told of.
std::optional<Blocks> AlertOf(const AlertEntry& entry, const Standing& standing, absl::Time now);
bool IsAlert(std::string_view type);

/// The same, said elsewhere because it did not arrive at `where`.
Blocks LateAlert(const Blocks& alert, std::string_view where);

}  // namespace tocsin::chat
