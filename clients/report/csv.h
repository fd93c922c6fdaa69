// The timeline of a bundle as a table for spreadsheets: RFC 4180, one row an entry. A cell that a
// spreadsheet would run as a formula begins with an apostrophe, so that it shows instead.
#pragma once

#include <string>
#include <string_view>

#include "clients/report/bundle.h"

namespace tocsin::report {

/// With a header line; lines end in CRLF, in UTF-8. Times are RFC 3339 in UTC.
std::string RenderCsv(const Bundle& bundle);

/// One field as it stands in the file.
std::string CsvField(std::string_view text);

}  // namespace tocsin::report
