#include "tests/unit/regulation/vectors.h"

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/library/rule_pack_reader.h"
#include "tests/support/catch.h"

namespace tocsin::regulation {
namespace {

constexpr size_t kColumns = 11;

std::vector<std::string> SplitCsvLine(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back().push_back(c);
    }
  }
  return fields;
}

}  // namespace

std::string ReadFileForTest(const std::string& path) {
  std::ifstream input(path, std::ios::binary);
  INFO(path);
  REQUIRE(input.is_open());
  std::ostringstream bytes;
  bytes << input.rdbuf();
  return bytes.str();
}

std::vector<VectorRow> ReadVectors() {
  std::istringstream lines(
      ReadFileForTest(std::string(TOCSIN_SOURCE_DIR) + "/tests/data/deadline-vectors.csv"));
  std::string line;
  std::getline(lines, line);
  REQUIRE(line ==
          "id,regime,stage,entity_kind,event_times,time_zone,holidays,expected_due_utc,rule,"
          "article,note");
  std::vector<VectorRow> rows;
  while (std::getline(lines, line)) {
    const std::vector<std::string> f = SplitCsvLine(line);
    INFO(line);
    REQUIRE(f.size() == kColumns);
    rows.push_back({f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8]});
  }
  return rows;
}

const RulePack& Nis2() {
  static const absl::StatusOr<RulePack> pack =
      library::ReadRulePackFile(std::string(TOCSIN_SOURCE_DIR) + "/playbooks/regimes/nis2.yaml");
  INFO(pack.status().message());
  REQUIRE(pack.ok());
  return *pack;
}

absl::StatusOr<absl::TimeZone> LoadZone(std::string_view name) {
  absl::TimeZone zone;
  if (absl::LoadTimeZone(ToAbsl(name), &zone)) return zone;
  return absl::InvalidArgumentError(absl::StrCat("no zone ", ToAbsl(name)));
}

absl::TimeZone ZoneForTest(std::string_view name) {
  const absl::StatusOr<absl::TimeZone> zone = LoadZone(name);
  REQUIRE(zone.ok());
  return *zone;
}

absl::Time InstantForTest(std::string_view text) {
  const absl::StatusOr<absl::Time> time = ParseInstant(text);
  INFO(ToAbsl(text));
  REQUIRE(time.ok());
  return *time;
}

}  // namespace tocsin::regulation
