// Text that people, and attackers, wrote, as it may stand in a Markdown document: it shows as it is
// and does nothing. No heading, list, image, HTML, table border, or link that hides its target can
// come out of it.
#pragma once

#include <string>
#include <string_view>

namespace tocsin::markdown {

/// One line of inert GitHub-flavoured Markdown that is safe in a paragraph, a list item and a table
/// cell. Line breaks show as " ⏎ "; control characters and those that reorder text as \u{202E};
/// what is not UTF-8 as \u{FFFD}.
std::string Inert(std::string_view text);

/// `text` in a code span: for ids, keys, digests and handles. Same guarantees.
std::string CodeSpan(std::string_view text);

/// A source's address as a link that shows its own target, when it is plain http or https; else
/// Inert.
std::string SourceLink(std::string_view address);

}  // namespace tocsin::markdown
