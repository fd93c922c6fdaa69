// Files beside this one as text, put into the program by the build: profiles, the words of each
// language, the style of HTML reports.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::report {

/// Name without ending, and content.
using EmbeddedFile = std::pair<std::string_view, std::string_view>;

const std::vector<EmbeddedFile>& ProfileFiles();
const std::vector<EmbeddedFile>& LabelFiles();
/// The style of HTML reports, clients/report/report.css.
std::string_view ReportStyle();

}  // namespace tocsin::report
