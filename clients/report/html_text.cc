#include "clients/report/html_text.h"

#include "server/base/code_points.h"

namespace tocsin::report {
namespace {

// What stands for a byte; empty when it stands for itself.
std::string_view EntityOf(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return "";
  }
}

}  // namespace

std::string EscapeHtml(std::string_view text, std::string_view newline) {
  std::string out;
  const std::string visible = Visible(text, "\\", "\n");
  out.reserve(visible.size() + visible.size() / 8);
  for (const char c : visible) {
    const std::string_view entity = EntityOf(c);
    if (c == '\n') {
      out += newline;
    } else if (entity.empty()) {
      out += c;
    } else {
      out += entity;
    }
  }
  return out;
}

}  // namespace tocsin::report
