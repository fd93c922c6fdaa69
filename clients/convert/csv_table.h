// Comma-separated files as other programs write them: RFC 4180, and with semicolons or tabs as
// spreadsheets of some countries do. Every refusal names line and field.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tocsin::convert {

struct CsvTable {
  struct Row {
    /// On which it begins, from 1.
    size_t line = 0;
    std::vector<std::string> cells;
  };
  /// Each name once; a column without one is called "column_4".
  std::vector<std::string> header;
  /// All with as many cells as the header; empty lines are left out.
  std::vector<Row> rows;
};

/// Reads the whole text. The separator is the one of , ; and tab that the header has most of.
/// Errors: kInvalidArgument, the message begins with the line.
absl::StatusOr<CsvTable> ReadCsvTable(std::string_view text);

}  // namespace tocsin::convert
