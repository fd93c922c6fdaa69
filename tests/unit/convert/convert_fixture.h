// What tests of the conversions share: options with a fixed clock, the invented files of
// tests/data/import, and short ways to ask for an entry or to expect a refusal.
#pragma once

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "clients/convert/conversion.h"
#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin::convert {

/// In UTC, in 2026.
inline Options OptionsForTest() {
  Options options;
  options.file = "case";
  options.zone = absl::UTCTimeZone();
  options.now = absl::FromUnixSeconds(1'780'000'000);
  return options;
}

inline std::string FileForTest(const std::string& path) {
  std::ifstream stream(absl::StrCat(TOCSIN_SOURCE_DIR, "/", path), std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

inline std::string SampleForTest(const std::string& name) {
  const std::string text = FileForTest(absl::StrCat("tests/data/import/", name));
  REQUIRE(text.size() > 100);
  return text;
}

inline Conversion MustConvert(SourceFormat format, const std::string& content,
                              const Options& options = OptionsForTest()) {
  auto conversion = Convert(format, content, options);
  INFO(conversion.status());
  REQUIRE(conversion.ok());
  return *std::move(conversion);
}

/// The message of the refusal that must come.
inline std::string Refusal(SourceFormat format, const std::string& content,
                           const Options& options = OptionsForTest()) {
  const auto conversion = Convert(format, content, options);
  REQUIRE_FALSE(conversion.ok());
  CHECK(ReasonOf(conversion.status()) == "BAD_IMPORT_FILE");
  CHECK_FALSE(NextStepOf(conversion.status()).empty());
  return std::string(conversion.status().message());
}

/// The one entry whose text begins with `start`.
inline const PlannedEntry& EntryOf(const ImportedIncident& incident, const std::string& start) {
  const PlannedEntry* found = nullptr;
  for (const PlannedEntry& entry : incident.entries) {
    if (entry.text.rfind(start, 0) != 0) continue;
    INFO("twice: " << start);
    REQUIRE(found == nullptr);
    found = &entry;
  }
  INFO("no entry begins with: " << start);
  REQUIRE(found != nullptr);
  return *found;
}

inline absl::Time At(const std::string& text) {
  absl::Time time;
  std::string error;
  REQUIRE(absl::ParseTime(absl::RFC3339_full, text, &time, &error));
  return time;
}

}  // namespace tocsin::convert
