#include "clients/report/plain_text.h"

#include <algorithm>
#include <cstdint>

#include "server/base/code_points.h"

namespace tocsin::report {
namespace {

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
    const CodePoint point = FirstCodePoint(line.substr(at));
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
    const CodePoint point = FirstCodePoint(text);
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
    const CodePoint point = FirstCodePoint(line);
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
