// Text that people, and attackers, wrote, as it may stand in HTML and SVG: between tags and inside
// attributes in double quotes it shows as it is and does nothing.
#pragma once

#include <string>
#include <string_view>

namespace tocsin::report {

/// `text` without characters that mean something in HTML or XML; control characters and those that
/// reorder text show as "\u202E", what is not UTF-8 as "\uFFFD", line breaks as `newline`, which is
/// put in as it is.
std::string EscapeHtml(std::string_view text, std::string_view newline = " ");

}  // namespace tocsin::report
