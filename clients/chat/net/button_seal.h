// Buttons that only the bot can have made. A platform hands a button's value back with the press,
// and whoever can reach the bot can pretend to be the platform; so the value carries a MAC over the
// command, its room and how long it holds.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace tocsin::chat {

/// How long a button can be pressed.
inline constexpr absl::Duration kButtonLife = absl::Hours(24);

/// The value of a button that gives `command` in `room` until `expiry`.
std::string SealButton(std::string_view key, std::string_view room, std::string_view command,
                       absl::Time expiry);
/// The command of a value that SealButton made with this key for this room; nullopt for any other,
/// and when it has expired.
std::optional<std::string> OpenButton(std::string_view key, std::string_view room,
                                      std::string_view value, absl::Time now);

}  // namespace tocsin::chat
