// Every NIS2 row of the deadline vectors through the pack and the engine, by row id; none is
// skipped.
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/time_text.h"
#include "server/regulation/compute.h"
#include "tests/support/catch.h"
#include "tests/unit/regulation/vectors.h"

namespace tocsin::regulation {
namespace {

constexpr std::string_view kErrorPrefix = "error:";

absl::StatusOr<std::vector<Reading>> Compute(const VectorRow& row) {
  auto events = ParseEvents(row.event_times);
  if (!events.ok()) return events.status();
  return ComputeStage(Nis2(),
                      {row.stage, row.entity_kind, *std::move(events), row.time_zone, row.holidays},
                      LoadZone);
}

// Empty when the row holds, else what is wrong.
std::string Mismatch(const VectorRow& row) {
  const absl::StatusOr<std::vector<Reading>> readings = Compute(row);
  if (row.expected == "error") {
    if (readings.ok()) return "accepted, but must be refused";
    std::string reason = row.rule.substr(kErrorPrefix.size());
    std::transform(reason.begin(), reason.end(), reason.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return ReasonOf(readings.status()) == reason
               ? ""
               : absl::StrCat("refused as '", ReasonOf(readings.status()), "'");
  }
  if (!readings.ok()) return absl::StrCat("refused: ", readings.status().ToString());
  std::vector<std::string> rules;
  for (const Reading& reading : *readings) {
    rules.push_back(reading.rule);
    if (reading.rule != row.rule) continue;
    const std::string got = reading.value ? FormatInstant(*reading.value) : "none";
    return got == row.expected ? "" : absl::StrCat("got ", got, ": ", reading.arithmetic);
  }
  return absl::StrCat("no reading of that rule, only ", absl::StrJoin(rules, ", "));
}

TEST_CASE("NIS2 vectors: every row of the file holds", "[regulation][nis2]") {
  size_t passed = 0;
  size_t failed = 0;
  for (const VectorRow& row : ReadVectors()) {
    if (row.regime != "NIS2") continue;
    const std::string mismatch = Mismatch(row);
    INFO(row.id << " " << row.rule << " expected " << row.expected << ": " << mismatch);
    CHECK(mismatch.empty());
    ++(mismatch.empty() ? passed : failed);
  }
  std::printf("NIS2 deadline vectors: %zu passed, %zu failed\n", passed, failed);

  const std::string file =
      ReadFileForTest(std::string(TOCSIN_SOURCE_DIR) + "/tests/data/deadline-vectors.csv");
  size_t in_file = 0;
  for (size_t at = file.find(",NIS2,"); at != std::string::npos; at = file.find(",NIS2,", at + 1)) {
    ++in_file;
  }
  CHECK(in_file == 60);
  CHECK(passed == in_file);
}

TEST_CASE("NIS2 vectors: the copy in tests/data is the shared file", "[regulation][nis2]") {
  const std::string root = TOCSIN_SOURCE_DIR;
  const std::string shared = root + "/../shared/data/deadline-vectors.csv";
  const std::string copy = ReadFileForTest(root + "/tests/data/deadline-vectors.csv");
  CHECK(copy.size() > 10'000);
  // The shared file lies beside the checkout only where the product is developed.
  if (std::filesystem::exists(shared)) CHECK(copy == ReadFileForTest(shared));
}

}  // namespace
}  // namespace tocsin::regulation
