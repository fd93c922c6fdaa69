#include "clients/core/terminal_text.h"

#include <locale.h>
#include <wchar.h>

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "server/base/view.h"

namespace tocsin::client {
namespace {

// wcwidth follows the thread's locale; this holds a UTF-8 one while it is asked.
class Utf8Locale {
 public:
  Utf8Locale() : former_(uselocale(Shared())) {}
  ~Utf8Locale() { uselocale(former_); }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  static locale_t Shared() {
    static const locale_t shared = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return shared;
  }
  locale_t former_;
};

struct CodePoint {
  int32_t value;  // -1: the byte at this place is not UTF-8
  size_t bytes;
};

CodePoint Decode(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {-1, 1};
  int32_t value = lead & (0xFF >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {-1, 1};
    value = (value << 6) | (byte(i) & 0x3F);
  }
  constexpr int32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
    return {-1, 1};
  }
  return {value, length};
}

// Marks, overrides and isolates that change the order of text, invisible separators, tags.
bool IsTricky(int32_t c) {
  return (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0x061C || c == 0x00AD || c == 0xFEFF ||
         (c >= 0xE0000 && c <= 0xE007F);
}

std::string Visible(int32_t c) {
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  if (c == '\r') return "\\r";
  const auto number = static_cast<uint32_t>(c);
  if (c < 0x20 || c == 0x7F) return absl::StrCat("\\x", absl::Hex(number, absl::kZeroPad2));
  return absl::StrCat("\\u", absl::Hex(number, absl::kZeroPad4));
}

size_t WidthOf(int32_t c) {
  const int width = ::wcwidth(static_cast<wchar_t>(c));
  return width > 0 ? static_cast<size_t>(width) : 0;
}

}  // namespace

std::string EscapeText(std::string_view text, Lines lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = Decode(text);
    const bool line = point.value == '\n' || point.value == '\t';
    if (point.value < 0) {
      const auto byte = static_cast<uint8_t>(text[0]);
      absl::StrAppend(&out, "\\x", absl::Hex(byte, absl::kZeroPad2));
    } else if (line && lines == Lines::kKeep) {
      out += text[0];
    } else if (point.value < 0x20 || (point.value >= 0x7F && point.value <= 0x9F) ||
               IsTricky(point.value)) {
      out += Visible(point.value);
    } else {
      out.append(text.substr(0, point.bytes));
    }
    text.remove_prefix(point.bytes);
  }
  return out;
}

size_t DisplayWidth(std::string_view text) {
  const Utf8Locale locale;
  size_t width = 0;
  while (!text.empty()) {
    const CodePoint point = Decode(text);
    width += point.value < 0 ? 1 : WidthOf(point.value);
    text.remove_prefix(point.bytes);
  }
  return width;
}

std::string Truncate(std::string_view text, size_t columns) {
  if (DisplayWidth(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  const Utf8Locale locale;
  std::string out;
  size_t used = 0;
  while (!text.empty()) {
    const CodePoint point = Decode(text);
    const size_t width = point.value < 0 ? 1 : WidthOf(point.value);
    if (used + width > columns - 1) break;
    used += width;
    out.append(text.substr(0, point.bytes));
    text.remove_prefix(point.bytes);
  }
  return out + "…";
}

}  // namespace tocsin::client
