// From a bundle's text to a document in one of the formats: what `export` does with the server's
// answer and `render` with a saved file. Everything pure stands in clients/report and
// clients/print; here the profile, language and time zone that were asked for are found.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace CLI {
class App;
}

namespace tocsin::cli {

struct RenderOptions {
  std::string format = "json";
  /// Empty: technical, and for json the bundle as it is.
  std::string profile;
  std::string language = "en";
};

/// Adds --format, --profile and --language, checked before anything runs. `options` must live as
/// long as the verb.
void AddRenderFlags(CLI::App* verb, RenderOptions& options);

/// Errors: those of report::CutToProfile, report::ReadBundle, the calendar and the PDF.
absl::StatusOr<std::string> Render(const std::string& bundle, const RenderOptions& options);

enum class Shown : uint8_t {
  /// The file is no report.
  kNone,
  kSame,
  /// It was changed, or another version of this program made it.
  kOther,
  /// The same, or its fonts are not those of this machine.
  kOtherOrFonts,
};
/// Whether the report in `file` (HTML, PDF) shows what this version makes of `bundle`, the one
/// inside it: its words are proven by nothing else.
Shown CompareReport(const std::string& file, const std::string& bundle);

/// The largest bundle that is read, and the largest file around it.
inline constexpr size_t kBundleBytesMax = size_t{1} << 30;

/// The bundle that `file` is (JSON) or carries inside (HTML, PDF).
/// Errors: kInvalidArgument NO_BUNDLE_INSIDE.
absl::StatusOr<std::string> BundleInside(std::string file);

}  // namespace tocsin::cli
