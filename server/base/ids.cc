#include "server/base/ids.h"

#include <algorithm>
#include <cstring>

#include "server/base/check.h"
#include "server/base/encoding.h"

namespace tocsin::ids_internal {

std::string Format(const std::array<uint8_t, 16>& bytes) {
  const std::string hex = HexEncode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

std::optional<std::array<uint8_t, 16>> Parse(std::string_view text) {
  std::string hex(text);
  if (hex.size() == 36) {
    for (size_t position : {23U, 18U, 13U, 8U}) {
      if (hex[position] != '-') return std::nullopt;
      hex.erase(position, 1);
    }
  }
  if (hex.size() != 32) return std::nullopt;
  const std::optional<std::string> raw = HexDecode(hex);
  if (!raw) return std::nullopt;
  return Copy(*raw);
}

std::array<uint8_t, 16> Copy(std::string_view raw) {
  TOCSIN_CHECK(raw.size() == 16);
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), raw.data(), raw.size());
  return bytes;
}

}  // namespace tocsin::ids_internal
