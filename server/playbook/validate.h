// Whether a definition can be run at all. Everything a team would otherwise find out at night is
// refused when the playbook is read: a step that nothing can reach, a name that is misspelt, an
// answer that nobody can give, instructions that are missing. All problems are named, not only the
// first, so that an author corrects a file once.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "server/playbook/definition.h"
#include "server/playbook/graph.h"

namespace tocsin::playbook {

/// Names of the world outside the playbook. They grow with the product, so they are asked for when
/// a playbook is written and offered, and not when an old record is read.
struct Words {
  enum class FactForm { kYesNo, kNumber, kText };
  struct Fact {
    std::string key;
    FactForm form = FactForm::kText;
  };
  std::vector<Fact> facts;
  /// The anchors that a person can state.
  std::vector<std::string> anchors;
  /// Of the library; an empty list is not checked.
  std::vector<std::string> regimes;
  std::vector<std::string> obligations;
  std::vector<std::string> entity_kinds;
  std::vector<std::string> playbooks;
};

/// Keys and positions from the root of the file: {"steps", 3, "when", "any_of", 0, "fact"}.
using Path = std::vector<std::variant<std::string, size_t>>;

/// One thing that is wrong and where it stands, so that a reader of files can add line and column.
struct Problem {
  Path path;
  absl::Status status;
};

/// A hundred problems are enough for one sitting; what is beyond them is not looked for.
inline constexpr size_t kProblemsMax = 100;

/// What is wrong with `definition`, in the order of the file, circles and unreachable steps last;
/// empty when it can be run. Without `words`, names outside the playbook are not checked. Linear in
/// the size of the definition. Every status is kInvalidArgument, with one of these reasons:
/// INVALID_ID, INVALID_VERSION, the TEXT_ reasons of server/base/text.h, NO_STEPS, TOO_MANY_STEPS,
/// TOO_MANY_ITEMS, DUPLICATE_STEP, DUPLICATE_QUESTION, DUPLICATE_NEED, DUPLICATE_WORD,
/// UNKNOWN_STEP, UNKNOWN_QUESTION, UNKNOWN_FACT, UNKNOWN_ANCHOR, UNKNOWN_REGIME,
/// UNKNOWN_OBLIGATION, UNKNOWN_ENTITY_KIND, UNKNOWN_PLAYBOOK, INVALID_DUE, INVALID_REPEAT,
/// INVALID_QUESTION, INVALID_CONDITION, STEP_CYCLE, UNREACHABLE_STEP, MANDATORY_AFTER_CLOSING,
/// RUN_WITH_WORK.
std::vector<Problem> FindProblems(const Definition& definition, const Words* words = nullptr);

/// For each step all that it waits for: the steps it needs, and those that its conditions cannot do
/// without. `graph` must be that of `definition`. Without circles when FindProblems found none.
Waits WaitsOf(const Definition& definition, const Graph& graph);

/// The status of the first of FindProblems, or OK.
absl::Status Validate(const Definition& definition);

}  // namespace tocsin::playbook
