#include "server/base/markdown_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/code_points.h"
#include "server/base/view.h"

namespace tocsin::markdown {
namespace {

constexpr std::string_view kSpecial = "\\`*_[]<>#|~&!{}";

bool IsLetter(char c) {
  return absl::ascii_isalpha(static_cast<unsigned char>(c));
}
bool IsDigit(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c));
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
  const bool blank = absl::StripAsciiWhitespace(ToAbsl(text)).empty();
  const std::string visible = Visible(blank ? "" : text, "\\", " \u23CE ");
  std::string out;
  for (size_t at = 0; at < visible.size(); ++at) {
    if (NeedsBackslash(visible, at)) out += '\\';
    out += visible[at];
  }
  return std::string(absl::StripAsciiWhitespace(out));
}

std::string CodeSpan(std::string_view text) {
  // Backslashes mean nothing inside a code span, so what could end it or the cell is replaced.
  std::string out = "`";
  for (const char c : Visible(text, "\\", " \u23CE ")) out += c == '`' || c == '|' ? '\'' : c;
  return out == "`" ? "" : out + "`";
}

std::string SourceLink(std::string_view address) {
  if (!IsPlainAddress(address)) return Inert(address);
  return absl::StrCat("<", ToAbsl(address), ">");
}

}  // namespace tocsin::markdown
