// What a run shows: what is next, what is blocked by what, what waits for which fact, what is due
// and what is late. All of it is derived from the run and the facts whenever somebody asks.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/playbook/run.h"

namespace tocsin::playbook {

/// The steps that can be worked on now: earliest due time first, those without one last, else in
/// the file's order.
std::vector<size_t> NextSteps(const Run& run, const Instants& anchors);
/// Ids of the open steps that `step` waits for, in the order of its needs.
std::vector<std::string> WaitsFor(const Run& run, size_t step);
/// What must become known before the branch of `step` is decided: facts, questions, obligations,
/// steps. Empty when it does not wait for that.
std::vector<std::string> WaitsForFacts(const Run& run, size_t step, const Facts& facts);
/// Questions of `step` without an answer that it cannot be completed without.
std::vector<std::string> OpenQuestions(const Run& run, size_t step, const Facts& facts);
/// Mandatory steps that are open, in the file's order: what stands between the run and closing.
std::vector<size_t> OpenMandatorySteps(const Run& run);

/// When `step` is due; nullopt when it has no due time, or none yet.
std::optional<absl::Time> DueTime(const Run& run, size_t step, const Instants& anchors);
/// Open, certain to be done, and due at or before `now`.
bool IsOverdue(const Run& run, size_t step, const Instants& anchors, absl::Time now);

/// A reminder or the due time of a step, as long as it has not been recorded.
struct StepAlert {
  absl::Time fire_time;
  size_t step = 0;
  absl::Time due;
  bool late = false;
};
/// All that are to come or have come, in no order. Reminders whose moment had passed when the due
/// time became known, or the step certain, are left out; a due time that has passed is not.
std::vector<StepAlert> OpenAlerts(const Run& run, const Instants& anchors);

struct Counts {
  size_t blocked = 0;
  size_t ready = 0;
  size_t done = 0;
  size_t skipped = 0;
  size_t waiting = 0;
  size_t not_taken = 0;
  size_t confirming = 0;
  size_t overdue = 0;

  friend bool operator==(const Counts&, const Counts&) = default;
};
Counts CountSteps(const Run& run, const Instants& anchors, absl::Time now);
/// Nothing is left to do: each step is done, skipped or not taken.
bool IsFinished(const Run& run);

/// How conditions see the run.
RunFacts FactsOf(const Run& run, const Facts& facts);

/// One thing that follows from the facts and is not recorded yet.
struct Consequence {
  enum class Kind : uint8_t {
    /// The branch of `step` is taken, or not; `because` says why.
    kBranchTaken,
    kBranchNotTaken,
    /// The next round of `step` starts; or it was the last, and the step is done.
    kNextRound,
    kLastRound,
    /// `step` is ready and is another playbook.
    kSubRunDue,
  };
  Kind kind = Kind::kBranchTaken;
  size_t step = 0;
  std::string because;
};
/// What follows for `step`; nullopt when nothing does. Once a branch is taken it stays taken; one
/// that was not is taken when its condition comes to hold.
std::optional<Consequence> ConsequenceFor(const Run& run, size_t step, const Facts& facts);

}  // namespace tocsin::playbook
