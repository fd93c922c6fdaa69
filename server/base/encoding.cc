#include "server/base/encoding.h"

#include "absl/strings/escaping.h"
#include "server/base/check.h"
#include "server/base/view.h"

namespace tocsin {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

template <typename T>
void AppendBigEndian(std::string& out, T value) {
  for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((value >> shift) & 0xFF));
  }
}

template <typename T>
T ReadBigEndian(std::string_view bytes) {
  TOCSIN_CHECK(bytes.size() >= sizeof(T));
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>((value << 8) | static_cast<uint8_t>(bytes[i]));
  }
  return value;
}

}  // namespace

std::string HexEncode(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

std::optional<std::string> HexDecode(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(hex.size() / 2);
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int high = HexValue(hex[i]);
    const int low = HexValue(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return out;
}

std::string Base64Encode(std::string_view bytes) {
  return absl::Base64Escape(ToAbsl(bytes));
}

std::optional<std::string> Base64Decode(std::string_view text) {
  std::string out;
  // abseil tolerates white space and missing padding; a format with two spellings of one value is a
  // hole in a signed note, hence the comparison.
  if (!absl::Base64Unescape(ToAbsl(text), &out) || Base64Encode(out) != text) return std::nullopt;
  return out;
}

void AppendU16(std::string& out, uint16_t value) {
  AppendBigEndian(out, value);
}
void AppendU32(std::string& out, uint32_t value) {
  AppendBigEndian(out, value);
}
void AppendU64(std::string& out, uint64_t value) {
  AppendBigEndian(out, value);
}
uint16_t ReadU16(std::string_view bytes) {
  return ReadBigEndian<uint16_t>(bytes);
}
uint32_t ReadU32(std::string_view bytes) {
  return ReadBigEndian<uint32_t>(bytes);
}
uint64_t ReadU64(std::string_view bytes) {
  return ReadBigEndian<uint64_t>(bytes);
}

}  // namespace tocsin
