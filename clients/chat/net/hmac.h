// What requests are signed and buttons are sealed with.
#pragma once

#include <string>
#include <string_view>

namespace tocsin::chat {

/// HMAC-SHA256, 32 bytes.
std::string HmacSha256(std::string_view key, std::string_view text);
/// Takes the same time whatever the difference; texts of different length differ.
bool EqualInConstantTime(std::string_view a, std::string_view b);

}  // namespace tocsin::chat
