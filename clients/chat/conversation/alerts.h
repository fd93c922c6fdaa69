// Which entries people are told of without asking, and in which words: never those of a person,
// only what has happened, the incident's id and severity, and what to write next.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "clients/chat/conversation/blocks.h"
#include "clients/chat/conversation/replies.h"

namespace tocsin::chat {

/// An alert for an entry of this type ("obligation-missed"); nullopt for one that nobody is told
/// of.
std::optional<Blocks> AlertOf(std::string_view type, uint64_t sequence, const Standing& standing,
                              absl::Time now);
bool IsAlert(std::string_view type);

/// The same, said elsewhere because it did not arrive at `where`.
Blocks LateAlert(const Blocks& alert, std::string_view where);

}  // namespace tocsin::chat
