#include "clients/report/plain_text.h"

#include <algorithm>
#include <cstdint>

#include "server/base/text.h"

namespace tocsin::report {
namespace {

constexpr uint32_t kNotUtf8 = 0xFFFD;

struct CodePoint {
  uint32_t value;
  size_t bytes;
};

CodePoint First(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  const size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (bytes > text.size() || !IsValidUtf8(text.substr(0, bytes))) return {kNotUtf8, 1};
  if (bytes == 1) return {lead, 1};
  uint32_t value = lead & (0x7Fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    value = value << 6 | (static_cast<uint8_t>(text[i]) & 0x3Fu);
  }
  return {value, bytes};
}

// Control characters, marks that reorder text, separators and invisible characters.
bool IsUnsafe(uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0xAD || point == 0x61C ||
         (point >= 0x200B && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF || point == kNotUtf8 ||
         (point >= 0xE0000 && point <= 0xE007F);
}

// Wide characters begin at U+1100; Latin and Greek additions, punctuation and currency signs above
// it are narrow.
size_t ColumnsOf(uint32_t point) {
  const bool narrow = point < 0x1100 || (point >= 0x1E00 && point < 0x20D0);
  return narrow ? 1 : 2;
}

// Bytes of the longest beginning of `line` that fits into `columns`.
size_t Fitting(std::string_view line, size_t columns) {
  size_t used = 0;
  size_t at = 0;
  while (at < line.size()) {
    const CodePoint point = First(line.substr(at));
    used += ColumnsOf(point.value);
    if (used > columns) break;
    at += point.bytes;
  }
  return at;
}

std::string_view WithoutBlanksBefore(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return line;
}

std::string_view WithoutBlanksBehind(std::string_view line) {
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

}  // namespace

std::string OneLine(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = First(text);
    if (point.value == '\n' || point.value == '\r' || point.value == '\t') {
      out += ' ';
    } else if (IsUnsafe(point.value)) {
      out += '?';
    } else {
      out.append(text.substr(0, point.bytes));
    }
    text.remove_prefix(point.bytes);
  }
  return out;
}

size_t ColumnsOf(std::string_view line) {
  size_t columns = 0;
  while (!line.empty()) {
    const CodePoint point = First(line);
    columns += ColumnsOf(point.value);
    line.remove_prefix(point.bytes);
  }
  return columns;
}

std::vector<std::string> Wrap(std::string_view line, size_t columns, size_t lines_max) {
  std::vector<std::string> lines;
  std::string_view rest = WithoutBlanksBehind(WithoutBlanksBefore(line));
  while (lines.size() + 1 < lines_max && ColumnsOf(rest) > columns) {
    size_t end = Fitting(rest, columns);
    // A blank right behind the last character that fits is a place to break as well.
    const size_t blank = rest.rfind(' ', end);
    if (blank != std::string_view::npos) end = blank;
    lines.emplace_back(WithoutBlanksBehind(rest.substr(0, end)));
    rest = WithoutBlanksBefore(rest.substr(end));
  }
  if (ColumnsOf(rest) <= columns) {
    lines.emplace_back(rest);
  } else {
    const std::string_view kept = rest.substr(0, Fitting(rest, columns - 1));
    lines.push_back(std::string(WithoutBlanksBehind(kept)) + "…");
  }
  return lines;
}

}  // namespace tocsin::report
