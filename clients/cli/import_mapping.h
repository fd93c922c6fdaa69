// What the columns of a table mean, as the person who imports it says: in a small YAML file, or
// column by column on the command line.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/convert/conversion.h"

namespace tocsin::cli {

/// Reads `file` (may be empty: none) and then `columns`, each "time=Date of event", which go before
/// it. Errors: kInvalidArgument YAML_INVALID with the place, or BAD_COLUMN; those of reading.
absl::StatusOr<convert::CsvMapping> ReadCsvMapping(const std::string& file,
                                                   const std::vector<std::string>& columns);

}  // namespace tocsin::cli
