// One playbook at work in one incident: which steps are done, skipped, ready or blocked, by whom
// and when. A run is part of the fold of the incident's entries. The one idea: checking and
// applying are apart. Check… functions (run_check.cc) refuse what a person may not do and change
// nothing; Apply… functions follow an event that was decided before. Where a step stands is a
// function of what was recorded of it and of the steps it needs, so the order in which independent
// branches are worked on makes no difference. Nothing here knows a clock: every time comes in as an
// argument.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/ids.h"
#include "server/playbook/condition.h"
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
  /// What it needs is settled, but whether it is to be done at all is not known yet.
  kWaiting = 5,
  /// Its condition does not hold, or none of the steps it needs was taken. May be taken later.
  kNotTaken = 6,
  /// One person has completed it; a second one is to confirm.
  kConfirming = 7,
};

/// "blocked", "ready", "done", "skipped", "waiting", "not-taken", "confirming".
std::string_view ToText(StepState state);
/// Done or skipped: a person, or a rule in their place, has dealt with it.
inline bool IsSettled(StepState state) {
  return state == StepState::kDone || state == StepState::kSkipped;
}
/// Something is still to be done: what depends on the step waits.
inline bool IsOpen(StepState state) {
  return !IsSettled(state) && state != StepState::kNotTaken;
}
/// Somebody can work on it now.
inline bool IsActive(StepState state) {
  return state == StepState::kReady || state == StepState::kConfirming;
}

/// What was decided about a step's condition.
enum class Branch : uint8_t { kUndecided, kTaken, kNotTaken };

/// Where one step stands.
struct StepProgress {
  StepState state = StepState::kBlocked;
  /// No branch that is still undecided can make the step fall away.
  bool certain = false;
  /// When it became so, and when it became ready; InfinitePast before.
  absl::Time certain_time = absl::InfinitePast();
  absl::Time ready_time = absl::InfinitePast();
  Branch branch = Branch::kUndecided;
  std::string branch_reason;
  /// The person who takes the step on, if one does; otherwise it belongs to the step's role.
  std::optional<PrincipalId> assignee;
  /// Who has completed a step that a second person is to confirm.
  std::optional<PrincipalId> completed_by;
  /// Who did or skipped the step; the zero id while it is open, and for what the rules settled.
  PrincipalId settled_by;
  /// When it was recorded as done or skipped; InfinitePast while it is open.
  absl::Time settled_time = absl::InfinitePast();
  /// What was handed in with completion; may be empty where the step asks for none.
  std::string evidence;
  /// Why it was skipped. Kept when a skipped step is done after all.
  std::string skip_reason;
  /// Of a repeated step: which round is open, from 1; when it is due, if not by the step's own due
  /// time; and whether it was completed and the next is not decided yet.
  uint32_t round = 1;
  std::optional<absl::Time> round_due;
  bool round_completed = false;
  /// The run that is this step.
  std::optional<RunId> sub_run;
  /// Due times whose reminder (false) or lateness (true) has been recorded.
  std::set<std::pair<absl::Time, bool>> alerted;
};

/// A copy is cheap but for its progress: definition and graph are shared and never change.
struct Run {
  RunId id;
  std::shared_ptr<const Definition> definition;
  std::shared_ptr<const Graph> graph;
  absl::Time start_time;
  /// Parallel to definition->steps.
  std::vector<StepProgress> steps;
  /// By question, the last one.
  std::map<std::string, std::string, std::less<>> answers;
  /// The step that this run is, in another run.
  std::optional<std::pair<RunId, std::string>> parent;
};

/// Starts a run at its first steps. `definition` must have passed FindProblems (a precondition that
/// is not repeated here).
Run StartRun(RunId id, std::shared_ptr<const Definition> definition, absl::Time start_time);

/// The position of a step in Run::steps and Definition::steps.
/// Errors: kNotFound, reason UNKNOWN_STEP, naming the nearest id when one is near.
absl::StatusOr<size_t> FindStep(const Run& run, std::string_view step_id);

/// The answer to a question as things stand: given in the run, or known to the incident as the
/// question's fact or anchor. nullopt when there is neither.
std::optional<std::string> AnswerTo(const Run& run, const Question& question, const Facts& facts);

/// Whether `step_id` can be completed now by `by` with `evidence`. A skipped step can still be
/// done. Of a step that asks for a second person, the first completion hands in the evidence and
/// the second one may add to it. Errors: kNotFound UNKNOWN_STEP; kFailedPrecondition
/// STEP_ALREADY_DONE, STEP_BLOCKED (naming what it waits for), STEP_WAITING (naming what must
/// become known), STEP_NOT_TAKEN (with the reason), STEP_IS_RUN (it is another playbook's run),
/// QUESTIONS_OPEN (naming them), SECOND_PERSON_REQUIRED (the same person twice); kInvalidArgument
/// EVIDENCE_REQUIRED (missing, or not of the kind the step asks for), or a TEXT_ reason.
absl::Status CheckComplete(const Run& run, std::string_view step_id, const PrincipalId& by,
                           std::string_view evidence, const Facts& facts);

/// Whether `step_id` can be skipped with `reason`. A blocked or waiting step can be skipped, and so
/// can a mandatory one: the reason then stands in the record. Errors: kNotFound UNKNOWN_STEP;
/// kFailedPrecondition STEP_ALREADY_DONE, STEP_ALREADY_SKIPPED, STEP_NOT_TAKEN; kInvalidArgument
/// SKIP_REASON_REQUIRED, or a TEXT_ reason.
absl::Status CheckSkip(const Run& run, std::string_view step_id, std::string_view reason);

/// Whether `step_id` can be given to someone, or taken from them. Errors: kNotFound UNKNOWN_STEP;
/// kFailedPrecondition STEP_ALREADY_DONE, STEP_ALREADY_SKIPPED, STEP_NOT_TAKEN.
absl::Status CheckAssign(const Run& run, std::string_view step_id);

/// `answer` to a question of `step_id` in the form that is recorded. A question can be answered
/// before its step is ready and anew at any time. Errors: kNotFound UNKNOWN_STEP, UNKNOWN_QUESTION
/// (naming the questions of the step); those of playbook::CheckAnswer.
absl::StatusOr<std::string> CheckAnswerTo(const Run& run, std::string_view step_id,
                                          std::string_view question, std::string_view answer);

/// Who acted, and the time the record gives it.
struct Settlement {
  PrincipalId by;
  absl::Time time;
};

/// Each applies an event whose check passed when it was decided; the step must exist (checked).
/// They move the dependents: made ready, blocked again when a branch is taken late, or not taken.
///
/// A completion that a second person is to confirm, and that of a repeated step, do not settle the
/// step yet.
void ApplyDone(Run& run, std::string_view step_id, Settlement settlement, std::string evidence);
void ApplyConfirmed(Run& run, std::string_view step_id, Settlement settlement,
                    std::string evidence);
void ApplySkipped(Run& run, std::string_view step_id, Settlement settlement, std::string reason);
void ApplyBranch(Run& run, std::string_view step_id, bool taken, std::string reason,
                 absl::Time time);
/// Of a repeated step: the next round is due at `due`, or there is none and the step is done.
void ApplyRepeated(Run& run, std::string_view step_id, std::optional<absl::Time> due,
                   Settlement settlement);
/// nullopt gives the step back to its role.
void ApplyAssigned(Run& run, std::string_view step_id, std::optional<PrincipalId> assignee);
void ApplyAnswer(Run& run, std::string_view question, std::string answer);
void ApplySubRun(Run& run, std::string_view step_id, RunId sub_run);
void ApplyAlert(Run& run, std::string_view step_id, absl::Time due, bool late);

}  // namespace tocsin::playbook
