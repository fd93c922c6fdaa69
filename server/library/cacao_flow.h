// From the ways of a CACAO workflow to the order of our steps. CACAO says what comes after a step;
// our format says what must come before one (`needs`) and when it is done at all (`when`). The one
// idea: every way that arrives at a step carries what it needs and what had to be answered to get
// here, so that a step's place follows from the ways that arrive at it. Start, end and parallel are
// no work and become nothing but that order. Only the cacao_*.cc files include this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/library/cacao_model.h"
#include "server/playbook/condition.h"

namespace tocsin::library::cacao {

/// A step of ours.
struct Task {
  enum class Kind : uint8_t {
    kAction,
    kPlaybook,
    /// Somebody says which way of an if or switch is taken.
    kDecision,
    /// Somebody says, again and again, whether a while goes on.
    kLoop,
    /// Somebody says whether a step that is no action succeeded.
    kOutcome,
  };
  Kind kind = Kind::kAction;
  /// In Workflow::steps.
  size_t step = 0;
  std::string id;
  /// Ids of tasks.
  std::vector<std::string> needs;
  std::optional<playbook::Condition> when;
  /// The question that decides about ways on; empty: none.
  std::string question;
  /// What it can be answered.
  std::vector<std::string> answers;
};

/// The tasks, each behind those it needs; worth something only when nothing was found. The workflow
/// must have passed CheckReach. Refused with CACAO_NOT_SUPPORTED: a step that belongs to two
/// branches (it would be done twice), more ways into one step than a condition can tell apart, more
/// than kNeedsMax steps before one.
std::vector<Task> PlanTasks(const Workflow& workflow, Findings& findings);

/// Lower-case letters, digits and dashes, at most 40: "isolate-the-hosts"; empty when nothing of
/// `text` is left.
std::string Slug(std::string_view text);

}  // namespace tocsin::library::cacao
