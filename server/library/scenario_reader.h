// Reads the scenario of a drill: one YAML file of playbooks/drills/scenarios/ into one
// domain::Scenario. The format is described in playbooks/drills/README.md.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/scenario.h"
#include "server/library/yaml.h"

namespace tocsin::library {

inline constexpr YamlLimits kScenarioLimits = {.bytes_max = size_t{1024} * 1024,
                                               .nodes_max = 60'000};

/// What the rest of the library offers: what a scenario names must be there.
struct ScenarioWords {
  /// By playbook, the ids of its steps.
  std::map<std::string, std::set<std::string>> steps;
  /// "nis2-nl", and "nis2" for its family; "nis2.early_warning".
  std::set<std::string> regimes;
  std::set<std::string> obligations;
  std::set<std::string> facts;
  /// By the name of the file in drills/replays/, its lines that tell an event.
  std::map<std::string, std::set<int>> replays;
};

/// Checks the file by itself. Errors: kInvalidArgument, the first of what LintScenario finds.
absl::StatusOr<domain::Scenario> ReadScenario(std::string_view file, std::string_view bytes);

/// Checks it against the library as well. Each problem is "file:line:column: what is wrong", in the
/// order of the file, at most 100; the scenario is there when there is none.
struct LintedScenario {
  std::optional<domain::Scenario> scenario;
  std::vector<absl::Status> problems;
};
LintedScenario LintScenario(std::string_view file, std::string_view bytes,
                            const ScenarioWords& words);

/// The lines of a replay (JSON Lines) that tell an event, counted from 1. Errors: kInvalidArgument
/// with file:line for a line that is not JSON.
absl::StatusOr<std::set<int>> ReadReplayLines(std::string_view file, std::string_view bytes);

}  // namespace tocsin::library
