// Text that people, and attackers, wrote, as it may stand on paper and in files for other programs:
// it shows as it is, stays on its line and does not reorder what stands around it. Widths are upper
// bounds, so that a line never runs over the edge of the page.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::report {

/// `text` as one line of UTF-8. Line breaks and tabs become blanks; other control characters, those
/// that reorder or hide text, and what is not UTF-8 become "?".
std::string OneLine(std::string_view text);

/// Columns that a line from OneLine takes at most: one for the scripts of Europe, two for the rest.
size_t ColumnsOf(std::string_view line);

/// A line from OneLine as at least one and at most `lines_max` lines of at most `columns` columns
/// each (both at least 2), broken at blanks where there are some. What does not fit ends in "…".
std::vector<std::string> Wrap(std::string_view line, size_t columns, size_t lines_max);

}  // namespace tocsin::report
