// The post-mortem as GitHub-flavoured Markdown, for the wiki and for review in git. Times,
// intervals and kinds are computed from the record; people write only the summary, the findings and
// the lessons.
#pragma once

#include <string>

#include "clients/report/bundle.h"

namespace tocsin::report {

/// The whole document. The same bundle and zone give the same bytes. Everything that people wrote
/// is inert (markdown_text.h). Instants are shown in UTC; what is only known to the day or month is
/// shown as the date in `zone`, which should be the incident's.
std::string RenderPostMortem(const Bundle& bundle,
                             const absl::TimeZone& zone = absl::UTCTimeZone());

}  // namespace tocsin::report
