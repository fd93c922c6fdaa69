// Text that others wrote, made safe and measurable for a terminal. Whoever can write an entry, an
// attacker included, must not be able to move the cursor, hide text or reverse its order on a
// responder's screen.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin::client {

/// What EscapeText does with newline and tab.
enum class Lines { kKeep, kEscape };

/// Control characters (C0, DEL, C1), characters that reorder or hide text, and bytes that are not
/// UTF-8 come out as visible escapes: \n, \x1B, \u202E, \xFF. Everything else stays as it is,
/// backslashes included.
std::string EscapeText(std::string_view text, Lines lines = Lines::kEscape);

/// Columns that escaped text takes on a terminal: wide characters two, combining ones none.
size_t DisplayWidth(std::string_view text);

/// The longest beginning that fits into `columns`, with "…" as its last column when something was
/// cut.
std::string Truncate(std::string_view text, size_t columns);

}  // namespace tocsin::client
