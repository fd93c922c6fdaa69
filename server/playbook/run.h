// One playbook at work in one incident: which steps are done, skipped, ready or blocked, by whom
// and when. A run is part of the fold of the incident's entries. The one idea: checking and
// applying are apart. Check… functions refuse what a person may not do and change nothing; Apply…
// functions follow an event that was checked when it was decided. Nothing here knows a clock: every
// time comes in as an argument.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/ids.h"
#include "server/playbook/definition.h"
#include "server/playbook/graph.h"

namespace tocsin::playbook {

/// The number of a run in its incident, from 1. Text form "run-1".
struct RunId {
  uint32_t number = 0;

  friend bool operator==(const RunId&, const RunId&) = default;
  friend auto operator<=>(const RunId&, const RunId&) = default;

  std::string ToString() const;
  /// Accepts "run-1" to "run-4294967295", without leading zeros; nullopt otherwise.
  static std::optional<RunId> Parse(std::string_view text);
};

enum class StepState : uint8_t {
  /// Waits for at least one step it needs.
  kBlocked = 1,
  kReady = 2,
  kDone = 3,
  kSkipped = 4,
};

/// "blocked", "ready", "done", "skipped".
std::string_view ToText(StepState state);
/// Done or skipped: what depends on the step may go on.
inline bool IsSettled(StepState state) {
  return state == StepState::kDone || state == StepState::kSkipped;
}

/// Where one step stands.
struct StepProgress {
  StepState state = StepState::kReady;
  /// The person who takes the step on, if one does; otherwise it belongs to the step's role.
  std::optional<PrincipalId> assignee;
  /// Who did or skipped the step; the zero id while it is open.
  PrincipalId settled_by;
  /// When it was recorded as done or skipped; InfinitePast while it is open.
  absl::Time settled_time = absl::InfinitePast();
  /// What was handed in with completion; may be empty where the step asks for none.
  std::string evidence;
  /// Why it was skipped. Kept when a skipped step is done after all.
  std::string skip_reason;
};

/// A copy is cheap but for its progress: definition and graph are shared and never change.
struct Run {
  RunId id;
  std::shared_ptr<const Definition> definition;
  std::shared_ptr<const Graph> graph;
  absl::Time start_time;
  /// Parallel to definition->steps.
  std::vector<StepProgress> steps;
};

/// Starts a run at its first steps. `definition` must have passed Validate (a precondition that is
/// not repeated here).
Run StartRun(RunId id, std::shared_ptr<const Definition> definition, absl::Time start_time);

/// The position of a step in Run::steps and Definition::steps.
/// Errors: kNotFound, reason UNKNOWN_STEP, naming the nearest id when one is near.
absl::StatusOr<size_t> FindStep(const Run& run, std::string_view step_id);

/// Whether `step_id` can be completed now with `evidence`. A skipped step can still be done.
/// Errors: kNotFound UNKNOWN_STEP; kFailedPrecondition STEP_ALREADY_DONE, STEP_BLOCKED (naming what
/// it waits for); kInvalidArgument EVIDENCE_REQUIRED (missing, or not of the kind the step asks
/// for), or a TEXT_ reason.
absl::Status CheckComplete(const Run& run, std::string_view step_id, std::string_view evidence);

/// Whether `step_id` can be skipped with `reason`. A blocked step can be skipped, and so can a
/// mandatory one: the reason then stands in the record. Errors: kNotFound UNKNOWN_STEP;
/// kFailedPrecondition STEP_ALREADY_DONE, STEP_ALREADY_SKIPPED; kInvalidArgument
/// SKIP_REASON_REQUIRED, or a TEXT_ reason.
absl::Status CheckSkip(const Run& run, std::string_view step_id, std::string_view reason);

/// Whether `step_id` can be given to someone, or taken from them.
/// Errors: kNotFound UNKNOWN_STEP; kFailedPrecondition STEP_ALREADY_DONE, STEP_ALREADY_SKIPPED.
absl::Status CheckAssign(const Run& run, std::string_view step_id);

/// Who acted, and the time the record gives it.
struct Settlement {
  PrincipalId by;
  absl::Time time;
};

/// Each applies an event whose check passed when it was decided; the step must exist (checked).
/// ApplyDone and ApplySkipped make ready the dependents that now wait for nothing.
void ApplyDone(Run& run, std::string_view step_id, Settlement settlement, std::string evidence);
void ApplySkipped(Run& run, std::string_view step_id, Settlement settlement, std::string reason);
/// nullopt gives the step back to its role.
void ApplyAssigned(Run& run, std::string_view step_id, std::optional<PrincipalId> assignee);

/// The steps that can be worked on now: earliest due time first, those without one last, else in
/// the file's order.
std::vector<size_t> NextSteps(const Run& run);
/// Ids of the steps that `step` waits for, in the order of its needs.
std::vector<std::string> WaitsFor(const Run& run, size_t step);
/// Mandatory steps neither done nor skipped, in the file's order: what stands between the run and
/// closing.
std::vector<size_t> OpenMandatorySteps(const Run& run);
/// When `step` is due; nullopt when it has no due time.
std::optional<absl::Time> DueTime(const Run& run, size_t step);
/// Open (blocked or ready) and due at or before `now`.
bool IsOverdue(const Run& run, size_t step, absl::Time now);

struct Counts {
  size_t blocked = 0;
  size_t ready = 0;
  size_t done = 0;
  size_t skipped = 0;
  /// Of the blocked and ready ones.
  size_t overdue = 0;

  friend bool operator==(const Counts&, const Counts&) = default;
};
Counts CountSteps(const Run& run, absl::Time now);
/// No step is blocked or ready any more.
bool IsFinished(const Run& run);

}  // namespace tocsin::playbook
