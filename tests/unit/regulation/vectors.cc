#include "tests/unit/regulation/vectors.h"

#include <filesystem>
#include <fstream>
#include <map>
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

const RulePack& PackForTest(const std::string& id) {
  static std::map<std::string, RulePack> packs;
  const auto known = packs.find(id);
  if (known != packs.end()) return known->second;
  const absl::StatusOr<RulePack> pack = library::ReadRulePackFile(
      absl::StrCat(TOCSIN_SOURCE_DIR, "/playbooks/regimes/", id, ".yaml"));
  INFO(id << ": " << pack.status().message());
  REQUIRE(pack.ok());
  REQUIRE(pack->id == id);
  return packs.emplace(id, *pack).first->second;
}

const RulePack& Nis2() {
  return PackForTest("nis2");
}

const RulePack* PackOfRegime(std::string_view regime) {
  const std::filesystem::path folder = std::string(TOCSIN_SOURCE_DIR) + "/playbooks/regimes";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".yaml") continue;
    const RulePack& pack = PackForTest(file.path().stem().string());
    if (pack.regime == regime) return &pack;
  }
  return nullptr;
}

std::string TermLine(const RulePack& pack, std::string_view stage, std::string_view entity_kind) {
  const StageRule* rule = FindRule(pack, stage, entity_kind);
  if (rule == nullptr) return "no rule";
  std::string line = "none";
  if (rule->due) {
    line = absl::StrCat(rule->due->amount, " ", ToAbsl(ToText(rule->due->computation)), ":",
                        rule->anchor);
    if (rule->cap) absl::StrAppend(&line, " cap ", rule->cap->hours, ":", rule->cap->anchor);
    const LegalReading& latest = *rule->legal_latest;
    absl::StrAppend(&line, " | ", latest.national ? "national " : "latest ",
                    ToAbsl(ToText(latest.term.computation)), ":", latest.term.amount);
    if (!latest.anchor.empty()) absl::StrAppend(&line, ":", latest.anchor);
  }
  return absl::StrCat(line, " | ", rule->article);
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
