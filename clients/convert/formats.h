// One function for each format. Each fills the incidents of `conversion`; the rest of it is the
// caller's. Errors: BadFile.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "clients/convert/conversion.h"

namespace tocsin::convert {

absl::Status ConvertThehive(std::string_view content, const Options& options, Conversion& out);
absl::Status ConvertIris(std::string_view content, const Options& options, Conversion& out);
absl::Status ConvertVeris(std::string_view content, const Options& options, Conversion& out);
/// Timesketch's CSV, and any other by a mapping.
absl::Status ConvertTable(std::string_view content, const Options& options, Conversion& out);

}  // namespace tocsin::convert
