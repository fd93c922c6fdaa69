// A CACAO playbook as the importer works on it: steps as numbers, their next steps resolved. Only
// the cacao_*.cc files include this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "server/library/json.h"

namespace tocsin::library::cacao {

inline constexpr char kInvalid[] = "CACAO_INVALID";
inline constexpr char kNotSupported[] = "CACAO_NOT_SUPPORTED";

/// What was found wrong, with its place; a hundred are enough for one sitting.
class Findings {
 public:
  explicit Findings(std::string_view file) : file_(file) {}

  void Add(std::string_view reason, std::string_view pointer, std::string_view what,
           std::string_view next_step);
  bool none() const { return problems_.empty(); }
  std::vector<absl::Status> Take() { return std::move(problems_); }

 private:
  std::string file_;
  std::vector<absl::Status> problems_;
};

enum class StepType : uint8_t {
  kStart,
  kEnd,
  kAction,
  kPlaybookAction,
  kParallel,
  kIf,
  kWhile,
  kSwitch,
};

/// One way out of a parallel, if, while or switch.
struct Branch {
  size_t to = 0;
  /// The answer that leads here: "yes", "no", or a case; empty for parallel.
  std::string answer;
  /// Below the step: "/next_steps/0".
  std::string pointer;
};

struct Step {
  StepType type = StepType::kStart;
  /// Its id is its key.
  const JsonValue* json = nullptr;
  std::optional<size_t> on_completion;
  std::optional<size_t> on_success;
  std::optional<size_t> on_failure;
  std::vector<Branch> branches;

  const std::string& id() const { return json->key; }
  std::string pointer() const { return "/workflow" + PointerPart(id()); }
  bool has_next() const { return on_completion || on_success || on_failure; }
  /// Whether it is left by two ways, of which somebody has to say the right one.
  bool asks_outcome() const { return on_success || on_failure; }
};

struct Workflow {
  std::vector<Step> steps;
  size_t start = 0;
};

/// The answer where no case of a switch holds.
inline constexpr char kNoCase[] = "none of these";

/// Checks the members and their forms, without looking where steps lead: what a JSON schema does,
/// in words and with our limits.
void CheckForm(const JsonValue& root, Findings& findings);

/// The steps with what they lead to. Worth something only when nothing was found.
Workflow ReadWorkflow(const JsonValue& root, Findings& findings);

/// Refuses circles and steps that nothing reaches.
void CheckReach(const Workflow& workflow, const JsonValue& root, Findings& findings);

/// A number of milliseconds; 0 when absent.
int64_t Milliseconds(const JsonValue& step, std::string_view member);

}  // namespace tocsin::library::cacao
