// Comma-separated files (RFC 4180) with one header line.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tocsin::client {

/// One record: its fields by the header's names, and the line it starts on (from 1).
struct CsvRow {
  size_t line = 0;
  std::map<std::string, std::string> fields;
};

/// Reads the whole text. Fields in double quotes may hold commas, newlines and doubled quotes.
/// Errors: kInvalidArgument CSV_BROKEN with the line: wrong number of fields, open quote, text
/// after a closing quote, no header; CSV_COLUMN_MISSING when one of `required` is not in the
/// header.
absl::StatusOr<std::vector<CsvRow>> ParseCsv(std::string_view text,
                                             const std::vector<std::string>& required);

/// One record with its line end (CRLF). A field that a spreadsheet would run as a formula (it
/// begins with = + - @, a tab or a return, and is no number) gets an apostrophe in front.
std::string FormatCsvRow(const std::vector<std::string>& fields);

}  // namespace tocsin::client
