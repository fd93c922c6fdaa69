// Text forms of bytes, and big-endian integers as the storage and log formats use them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

/// Lower-case hexadecimal.
std::string HexEncode(std::string_view bytes);
/// nullopt when `hex` has an odd length or another character than 0-9, a-f, A-F.
std::optional<std::string> HexDecode(std::string_view hex);

/// Standard base64 with padding (RFC 4648 section 4).
std::string Base64Encode(std::string_view bytes);
/// Accepts exactly the one canonical spelling; nullopt for anything else.
std::optional<std::string> Base64Decode(std::string_view text);

void AppendU16(std::string& out, uint16_t value);
void AppendU32(std::string& out, uint32_t value);
void AppendU64(std::string& out, uint64_t value);
/// Read big-endian integers from the first bytes of `bytes`, which must be long enough (checked).
uint16_t ReadU16(std::string_view bytes);
uint32_t ReadU32(std::string_view bytes);
uint64_t ReadU64(std::string_view bytes);

}  // namespace tocsin
