// Whether a definition can be run at all. Everything a team would otherwise find out at night is
// refused when the playbook is read: a step that nothing can reach, a name that is misspelt,
// instructions that are missing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "server/playbook/definition.h"

namespace tocsin::playbook {

/// The first thing wrong with a definition and where it stands, so that a reader of files can add
/// line and column.
struct Problem {
  /// The key in the file, such as "needs" or "steps".
  std::string key;
  /// Position in Definition::steps; nullopt when it is about the playbook itself.
  std::optional<size_t> step;
  /// Position in the list under `key`, where that is a list.
  std::optional<size_t> item;
  absl::Status status;
};

/// Looks for the first problem; nullopt when the definition can be run. Linear in the size of the
/// definition. Every status is kInvalidArgument, with one of these reasons: INVALID_ID,
/// INVALID_VERSION, the TEXT_ reasons of server/base/text.h, NO_STEPS, TOO_MANY_STEPS,
/// TOO_MANY_ITEMS, DUPLICATE_STEP, UNKNOWN_STEP, DUPLICATE_NEED, STEP_CYCLE, INVALID_DUE,
/// MANDATORY_AFTER_CLOSING.
std::optional<Problem> FindProblem(const Definition& definition);

/// FindProblem's status, or OK.
absl::Status Validate(const Definition& definition);

}  // namespace tocsin::playbook
