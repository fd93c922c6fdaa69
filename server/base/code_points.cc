#include "server/base/code_points.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin {

CodePoint FirstCodePoint(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  const size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (bytes == 1) return {lead, 1};
  if (bytes > text.size() || !IsValidUtf8(text.substr(0, bytes))) return {kNotUtf8, 1};
  uint32_t value = lead & (0x7Fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    value = value << 6 | (static_cast<uint8_t>(text[i]) & 0x3Fu);
  }
  return {value, bytes};
}

bool IsUnsafe(uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0xAD || point == 0x61C ||
         point == 0x200B || point == 0x200E || point == 0x200F ||
         (point >= 0x2028 && point <= 0x202E) || (point >= 0x2060 && point <= 0x206F) ||
         point == 0xFEFF || point == kNotUtf8 || (point >= 0xFFF9 && point <= 0xFFFF) ||
         (point >= 0xE0000 && point <= 0xE007F);
}

std::string Visible(std::string_view text, std::string_view before, std::string_view newline) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = FirstCodePoint(text);
    if (point.value == '\n') {
      out += newline;
    } else if (point.value == '\t') {
      out += ' ';
    } else if (point.value != '\r' && IsUnsafe(point.value)) {
      out += before;
      out += absl::StrFormat("u%04X", point.value);
    } else if (point.value != '\r') {
      out += text.substr(0, point.bytes);
    }
    text.remove_prefix(point.bytes);
  }
  return out;
}

std::string Shortened(std::string_view text, size_t characters_max) {
  size_t at = 0;
  for (size_t count = 0; at < text.size(); ++count) {
    if (count == characters_max) return std::string(text.substr(0, at)) + "…";
    at += FirstCodePoint(text.substr(at)).bytes;
  }
  return std::string(text);
}

bool IsPlainAddress(std::string_view address) {
  constexpr std::string_view kPlain = "-._~:/?#[]@!$&()*+,;=%";
  const absl::string_view text = ToAbsl(address);
  bool plain = absl::StartsWith(text, "https://") || absl::StartsWith(text, "http://");
  for (const char c : address) {
    plain = plain && (absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                      kPlain.find(c) != std::string_view::npos);
  }
  return plain;
}

}  // namespace tocsin
