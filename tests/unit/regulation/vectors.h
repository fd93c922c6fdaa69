// The deadline vectors of tests/data as rows, the NIS2 pack as the server reads it, and zones by
// name, for the tests of this folder.
#pragma once

#include <string>
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
/// playbooks/regimes/nis2.yaml.
const RulePack& Nis2();
absl::StatusOr<absl::TimeZone> LoadZone(std::string_view name);
/// A zone that must exist, and an instant that must parse.
absl::TimeZone ZoneForTest(std::string_view name);
absl::Time InstantForTest(std::string_view text);

}  // namespace tocsin::regulation
