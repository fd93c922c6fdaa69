// The reports' words for inert Markdown. One implementation serves the reports and the server's own
// documents: server/base/markdown_text.h.
#pragma once

#include "server/base/markdown_text.h"

namespace tocsin::report {

using markdown::CodeSpan;
using markdown::Inert;
using markdown::SourceLink;

}  // namespace tocsin::report
