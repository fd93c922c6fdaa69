// The deadline vectors of tests/data as rows, the rule packs as the server reads them, and zones by
// name, for the tests of this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/regulation/rule_pack.h"

namespace tocsin::regulation {

struct VectorRow {
  std::string id, regime, stage, entity_kind, event_times, time_zone, holidays, expected, rule;
};

/// The bytes of a file; ends the test when there is none.
std::string ReadFileForTest(const std::string& path);
/// All rows of tests/data/deadline-vectors.csv. A malformed line ends the test.
std::vector<VectorRow> ReadVectors();
/// playbooks/regimes/ID.yaml, which must be a valid pack.
const RulePack& PackForTest(const std::string& id);
/// playbooks/regimes/nis2.yaml.
const RulePack& Nis2();
/// The pack whose regime is "NIS2-NL", of all files in playbooks/regimes; nullptr without one.
const RulePack* PackOfRegime(std::string_view regime);
/// The term of a stage in one line, "24 hours:aware | latest hours:24 | NIS2 23(4)(a)", for tests
/// that name the articles: what `due` counts and from where ("none" without a number), the legal
/// latest, the article. "no rule" when this kind has no such duty.
std::string TermLine(const RulePack& pack, std::string_view stage, std::string_view entity_kind);
absl::StatusOr<absl::TimeZone> LoadZone(std::string_view name);
/// A zone that must exist, and an instant that must parse.
absl::TimeZone ZoneForTest(std::string_view name);
absl::Time InstantForTest(std::string_view text);

}  // namespace tocsin::regulation
