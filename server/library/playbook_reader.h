// Reads a playbook file (playbooks/incidents/*.yaml; the form is described in playbooks/README.md)
// into a definition, and the tests beside it. What the reader does not know it refuses, with file,
// line and column: a playbook that is half understood is worse than none.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/library/yaml.h"
#include "server/playbook/definition.h"
#include "server/playbook/example.h"
#include "server/playbook/validate.h"

namespace tocsin::library {

/// A playbook of 10,000 short steps fits.
inline constexpr YamlLimits kPlaybookLimits = {.bytes_max = size_t{1024} * 1024,
                                               .nodes_max = 200'000};

/// Parses and validates one playbook; the result's digest is SHA-256 of `bytes`. `file` is only
/// used in messages. Names outside the playbook (facts, anchors, regimes) are not checked, so that
/// what was read once can always be read. Pure and thread-safe. Errors: kInvalidArgument with
/// "file:line:column: what is wrong", reason YAML_INVALID for what is no readable playbook file, or
/// a reason of playbook::FindProblems for one that could not be run.
absl::StatusOr<playbook::Definition> ReadPlaybook(std::string_view file, std::string_view bytes);

/// All that is wrong with a playbook file, step by step; each status as ReadPlaybook's.
struct LintedPlaybook {
  /// Absent when something is wrong.
  std::optional<playbook::Definition> definition;
  std::vector<absl::Status> problems;
};
LintedPlaybook LintPlaybook(std::string_view file, std::string_view bytes,
                            const playbook::Words& words);

/// The tests of a playbook, as in ransomware.test.yaml.
struct PlaybookTests {
  std::string playbook;
  std::vector<playbook::Example> examples;
  /// Where each example stands, parallel to `examples`.
  std::vector<std::pair<int, int>> places;
};
/// All that is wrong is in `problems`; the result is worth something only when nothing is.
PlaybookTests ReadPlaybookTests(std::string_view file, std::string_view bytes,
                                std::vector<absl::Status>& problems);

/// Runs the tests in `bytes` against `definition`. Each failure is kInvalidArgument, reason
/// PLAYBOOK_TEST_FAILED, with "file:line:column: name of the test: what did not come out".
std::vector<absl::Status> RunPlaybookTests(const playbook::Definition& definition,
                                           std::string_view file, std::string_view bytes);

}  // namespace tocsin::library
