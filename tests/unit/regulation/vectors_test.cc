// Every row of the deadline vectors through its pack and the engine, by row id; none is skipped.
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <map>
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
  const RulePack* pack = PackOfRegime(row.regime);
  if (pack == nullptr) return absl::NotFoundError("no pack of this regime");
  auto events = ParseEvents(row.event_times);
  if (!events.ok()) return events.status();
  return ComputeStage(*pack,
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

TEST_CASE("Vectors: every row of every regime holds", "[regulation]") {
  std::map<std::string, std::pair<int, int>> by_regime;
  for (const VectorRow& row : ReadVectors()) {
    const std::string mismatch = Mismatch(row);
    INFO(row.id << " " << row.regime << " " << row.rule << " expected " << row.expected << ": "
                << mismatch);
    CHECK(mismatch.empty());
    auto& [passed, failed] = by_regime[row.regime];
    ++(mismatch.empty() ? passed : failed);
  }
  int all = 0;
  for (const auto& [regime, counts] : by_regime) {
    std::printf("deadline vectors of %s: %d passed, %d failed\n", regime.c_str(), counts.first,
                counts.second);
    all += counts.first;
  }
  CHECK(by_regime["NIS2"].first == 60);
  CHECK(all == 130);
}

TEST_CASE("Vectors: the copy in tests/data is the shared file", "[regulation]") {
  const std::string root = TOCSIN_SOURCE_DIR;
  const std::string shared = root + "/../shared/data/deadline-vectors.csv";
  const std::string copy = ReadFileForTest(root + "/tests/data/deadline-vectors.csv");
  CHECK(copy.size() > 10'000);
  // The shared file lies beside the checkout only where the product is developed.
  if (std::filesystem::exists(shared)) CHECK(copy == ReadFileForTest(shared));
}

}  // namespace
}  // namespace tocsin::regulation
