#include "clients/report/markdown_text.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::report {
namespace {

constexpr std::string_view kSpecial = "\\`*_[]<>#|~&!{}";

bool IsLetter(char c) {
  return absl::ascii_isalpha(static_cast<unsigned char>(c));
}
bool IsDigit(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c));
}

// The code point of the UTF-8 sequence at `at`, and its length. 0xFFFD and 1 when there is none.
uint32_t CodePoint(std::string_view text, size_t at, size_t& length) {
  const auto first = static_cast<uint8_t>(text[at]);
  length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (at + length > text.size() || !IsValidUtf8(text.substr(at, length))) {
    length = 1;
    return 0xFFFD;
  }
  if (length == 1) return first;
  uint32_t value = first & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    value = value << 6 | (static_cast<uint8_t>(text[at + i]) & 0x3Fu);
  }
  return value;
}

// Characters that do not show themselves, or that change how others show.
bool IsUnsafe(uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0xFFFD || point == 0xFEFF ||
         (point >= 0x200B && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2060 && point <= 0x2069);
}

// `text` without line breaks and unsafe characters; `escape` writes what stands for the latter.
std::string Visible(std::string_view text, std::string_view before) {
  std::string out;
  size_t length = 1;
  for (size_t at = 0; at < text.size(); at += length) {
    const uint32_t point = CodePoint(text, at, length);
    if (point == '\n') {
      absl::StrAppend(&out, " \u23CE ");
    } else if (point == '\t') {
      out += ' ';
    } else if (point != '\r' && IsUnsafe(point)) {
      absl::StrAppend(&out, ToAbsl(before), absl::StrFormat("u%04X", point));
    } else if (point != '\r') {
      out.append(text.substr(at, length));
    }
  }
  return out;
}

// Whether a backslash must stand before text[at] to keep it from meaning something.
bool NeedsBackslash(std::string_view text, size_t at) {
  const char c = text[at];
  const char before = at == 0 ? ' ' : text[at - 1];
  const char after = at + 1 == text.size() ? ' ' : text[at + 1];
  if (kSpecial.find(c) != kSpecial.npos) return true;
  if (at == 0 && (c == '+' || c == '-' || c == '=')) return true;
  // "http://…", "mailto:…" and "www.…" become links on their own; "1." and "1)" a list.
  if (c == ':') return IsLetter(before) && after != ' ';
  const bool leads = text.substr(0, at).find_first_not_of("0123456789") == text.npos;
  if (c == ')') return leads && IsDigit(before);
  if (c != '.') return false;
  return (leads && IsDigit(before)) || absl::AsciiStrToLower(std::string(1, before)) == "w";
}

}  // namespace

std::string Inert(std::string_view text) {
  // The marks of Visible are put in before escaping, so that they show with their backslash.
  const std::string visible =
      Visible(absl::StripAsciiWhitespace(ToAbsl(text)).empty() ? "" : text, "\\");
  std::string out;
  for (size_t at = 0; at < visible.size(); ++at) {
    if (NeedsBackslash(visible, at)) out += '\\';
    out += visible[at];
  }
  return std::string(absl::StripAsciiWhitespace(out));
}

std::string Code(std::string_view text) {
  // Backslashes mean nothing inside a code span, so what could end it or the cell is replaced.
  std::string out = "`";
  for (const char c : Visible(text, "\\")) out += c == '`' || c == '|' ? '\'' : c;
  return out == "`" ? "" : out + "`";
}

std::string SourceLink(std::string_view address) {
  constexpr std::string_view kPlain = "-._~:/?#[]@!$&'()*+,;=%";
  const absl::string_view text = ToAbsl(address);
  bool plain = absl::StartsWith(text, "https://") || absl::StartsWith(text, "http://");
  for (const char c : address) {
    plain = plain && (IsLetter(c) || IsDigit(c) || kPlain.find(c) != kPlain.npos);
  }
  return plain ? absl::StrCat("<", text, ">") : Inert(address);
}

}  // namespace tocsin::report
