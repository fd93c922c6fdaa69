// A report as GitHub-flavoured Markdown, for the wiki and for review in git.
#pragma once

#include <string>

#include "clients/report/document.h"

namespace tocsin::report {

/// The whole document. The same document gives the same bytes. Everything in it is inert
/// (markdown_text.h). Figures are left out: the timeline says the same in words.
std::string RenderMarkdown(const Document& document);

}  // namespace tocsin::report
