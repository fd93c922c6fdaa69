#include "server/playbook/run.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/base/view.h"

namespace tocsin::playbook {
namespace {

constexpr std::string_view kRunPrefix = "run-";

size_t IndexOf(const Run& run, std::string_view step_id) {
  const std::optional<size_t> index = run.graph->Find(step_id);
  TOCSIN_CHECK(index.has_value());
  return *index;
}

bool IsTaken(const Run& run, size_t step) {
  return !run.definition->steps[step].when || run.steps[step].branch == Branch::kTaken;
}

// Where a step stands, from what was recorded of it and where the steps it needs stand.
StepState StateOf(const Run& run, size_t step) {
  const StepProgress& progress = run.steps[step];
  if (IsSettled(progress.state)) return progress.state;
  const std::vector<size_t>& needs = run.graph->needs(step);
  const auto open = [&](size_t need) { return IsOpen(run.steps[need].state); };
  const auto dropped = [&](size_t need) { return run.steps[need].state == StepState::kNotTaken; };
  if (std::any_of(needs.begin(), needs.end(), open)) return StepState::kBlocked;
  if (!needs.empty() && std::all_of(needs.begin(), needs.end(), dropped)) {
    return StepState::kNotTaken;
  }
  if (!IsTaken(run, step)) {
    return progress.branch == Branch::kNotTaken ? StepState::kNotTaken : StepState::kWaiting;
  }
  return progress.completed_by ? StepState::kConfirming : StepState::kReady;
}

// A step falls away when its own branch does, or those of all it needs.
bool IsCertain(const Run& run, size_t step) {
  if (IsSettled(run.steps[step].state)) return true;
  if (!IsTaken(run, step)) return false;
  const std::vector<size_t>& needs = run.graph->needs(step);
  return needs.empty() || std::any_of(needs.begin(), needs.end(),
                                      [&](size_t need) { return run.steps[need].certain; });
}

// Brings one step in line; false when it already was.
bool Refresh(Run& run, size_t step, absl::Time time) {
  StepProgress& progress = run.steps[step];
  const StepState state = StateOf(run, step);
  const bool certain = IsCertain(run, step);
  if (state == progress.state && certain == progress.certain) return false;
  if (IsActive(state) && !IsActive(progress.state)) progress.ready_time = time;
  if (certain && !progress.certain) progress.certain_time = time;
  progress.state = state;
  progress.certain = certain;
  return true;
}

// After a change of `step`: that step and all behind it that it moves. Each is looked at once,
// after those it needs.
void Spread(Run& run, size_t step, absl::Time time) {
  const auto add = [&](std::set<size_t>& positions, size_t from) {
    for (const size_t dependent : run.graph->dependents(from)) {
      positions.insert(run.graph->position(dependent));
    }
  };
  Refresh(run, step, time);
  std::set<size_t> positions;
  add(positions, step);
  while (!positions.empty()) {
    const size_t next = run.graph->order()[*positions.begin()];
    positions.erase(positions.begin());
    if (Refresh(run, next, time)) add(positions, next);
  }
}

void Settle(Run& run, size_t step, StepState state, Settlement settlement) {
  StepProgress& progress = run.steps[step];
  progress.state = state;
  progress.certain = true;
  progress.settled_by = settlement.by;
  progress.settled_time = settlement.time;
  Spread(run, step, settlement.time);
}

// What a person has handed in, all of it.
void AddEvidence(StepProgress& progress, std::string evidence) {
  if (progress.evidence.empty()) {
    progress.evidence = std::move(evidence);
  } else if (!evidence.empty()) {
    absl::StrAppend(&progress.evidence, "\n", evidence);
  }
}

}  // namespace

std::string RunId::ToString() const {
  return absl::StrCat(ToAbsl(kRunPrefix), number);
}

std::optional<RunId> RunId::Parse(std::string_view text) {
  if (text.substr(0, kRunPrefix.size()) != kRunPrefix) return std::nullopt;
  RunId id;
  if (!absl::SimpleAtoi(ToAbsl(text.substr(kRunPrefix.size())), &id.number)) return std::nullopt;
  // One text form per run: no zero, sign, space or leading zero.
  if (id.number == 0 || id.ToString() != text) return std::nullopt;
  return id;
}

std::string_view ToText(StepState state) {
  switch (state) {
    case StepState::kBlocked:
      return "blocked";
    case StepState::kReady:
      return "ready";
    case StepState::kDone:
      return "done";
    case StepState::kSkipped:
      return "skipped";
    case StepState::kWaiting:
      return "waiting";
    case StepState::kNotTaken:
      return "not-taken";
    case StepState::kConfirming:
      return "confirming";
  }
  TOCSIN_CHECK(false);
  return {};
}

Run StartRun(RunId id, std::shared_ptr<const Definition> definition, absl::Time start_time) {
  TOCSIN_CHECK(definition != nullptr);
  Run run{.id = id,
          .definition = definition,
          .graph = std::make_shared<const Graph>(*definition),
          .start_time = start_time,
          .steps = std::vector<StepProgress>(definition->steps.size())};
  for (const size_t step : run.graph->order()) Refresh(run, step, start_time);
  return run;
}

absl::StatusOr<size_t> FindStep(const Run& run, std::string_view step_id) {
  if (const std::optional<size_t> index = run.graph->Find(step_id)) return *index;
  std::string nearest;
  if (IsIdForm(step_id)) {
    std::vector<std::string> ids;
    ids.reserve(run.definition->steps.size());
    for (const Step& step : run.definition->steps) ids.push_back(step.id);
    nearest = NearestWord(step_id, ids);
  }
  return NotFound(
      "UNKNOWN_STEP",
      absl::StrCat("The playbook '", run.definition->id, "' has no step ", QuotedId(step_id)),
      nearest.empty() ? "Look up the step's id in the playbook."
                      : absl::StrCat("Did you mean '", nearest, "'?"));
}

std::optional<std::string> AnswerTo(const Run& run, const Question& question, const Facts& facts) {
  // What the incident knows by now counts: others may have corrected it since.
  if (!question.fact.empty()) {
    const auto fact = facts.impact.find(question.fact);
    if (fact != facts.impact.end()) return fact->second;
  }
  if (!question.anchor.empty()) {
    const auto anchor = facts.anchors.find(question.anchor);
    if (anchor != facts.anchors.end()) return FormatInstant(anchor->second.time);
  }
  const auto answer = run.answers.find(question.id);
  if (answer == run.answers.end()) return std::nullopt;
  return answer->second;
}

void ApplyDone(Run& run, std::string_view step_id, Settlement settlement, std::string evidence) {
  const size_t step = IndexOf(run, step_id);
  StepProgress& progress = run.steps[step];
  const Step& definition = run.definition->steps[step];
  const bool again = progress.state == StepState::kSkipped;
  if (again) progress.evidence.clear();
  // A second person confirms what is still open; what was skipped is done by one word.
  if (AsksFor(definition, EvidenceKind::kSecondPerson) && !progress.completed_by && !again) {
    AddEvidence(progress, std::move(evidence));
    progress.completed_by = settlement.by;
    Spread(run, step, settlement.time);
    return;
  }
  if (definition.repeat && !again) {
    progress.evidence = std::move(evidence);
    progress.round_completed = true;
    return;
  }
  AddEvidence(progress, std::move(evidence));
  Settle(run, step, StepState::kDone, settlement);
}

void ApplyConfirmed(Run& run, std::string_view step_id, Settlement settlement,
                    std::string evidence) {
  const size_t step = IndexOf(run, step_id);
  StepProgress& progress = run.steps[step];
  AddEvidence(progress, std::move(evidence));
  if (run.definition->steps[step].repeat) {
    progress.round_completed = true;
    return;
  }
  Settle(run, step, StepState::kDone, settlement);
}

void ApplySkipped(Run& run, std::string_view step_id, Settlement settlement, std::string reason) {
  const size_t step = IndexOf(run, step_id);
  run.steps[step].skip_reason = std::move(reason);
  Settle(run, step, StepState::kSkipped, settlement);
}

void ApplyBranch(Run& run, std::string_view step_id, bool taken, std::string reason,
                 absl::Time time) {
  const size_t step = IndexOf(run, step_id);
  run.steps[step].branch = taken ? Branch::kTaken : Branch::kNotTaken;
  run.steps[step].branch_reason = std::move(reason);
  Spread(run, step, time);
}

void ApplyRepeated(Run& run, std::string_view step_id, std::optional<absl::Time> due,
                   Settlement settlement) {
  const size_t step = IndexOf(run, step_id);
  StepProgress& progress = run.steps[step];
  progress.round_completed = false;
  if (!due) {
    Settle(run, step, StepState::kDone, settlement);
    return;
  }
  ++progress.round;
  progress.round_due = due;
  progress.ready_time = settlement.time;
  progress.completed_by.reset();
  Spread(run, step, settlement.time);
}

void ApplyAssigned(Run& run, std::string_view step_id, std::optional<PrincipalId> assignee) {
  run.steps[IndexOf(run, step_id)].assignee = assignee;
}

void ApplyAnswer(Run& run, std::string_view question, std::string answer) {
  run.answers[std::string(question)] = std::move(answer);
}

void ApplySubRun(Run& run, std::string_view step_id, RunId sub_run) {
  run.steps[IndexOf(run, step_id)].sub_run = sub_run;
}

void ApplyAlert(Run& run, std::string_view step_id, absl::Time due, bool late) {
  run.steps[IndexOf(run, step_id)].alerted.insert({due, late});
}

}  // namespace tocsin::playbook
