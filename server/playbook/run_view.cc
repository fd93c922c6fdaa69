#include "server/playbook/run_view.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"

namespace tocsin::playbook {
namespace {

const Step& DefinitionOf(const Run& run, size_t step) {
  return run.definition->steps[step];
}

// From when the due time of `step` counts, and since when that is known.
std::optional<Instant> DueFrom(const Run& run, size_t step, const Due& due,
                               const Instants& anchors) {
  switch (due.from) {
    case Due::From::kRun:
      return Instant{run.start_time, run.start_time};
    case Due::From::kStep: {
      const absl::Time ready = run.steps[step].ready_time;
      if (ready == absl::InfinitePast()) return std::nullopt;
      return Instant{ready, ready};
    }
    case Due::From::kAnchor: {
      const auto anchor = anchors.find(due.anchor);
      if (anchor == anchors.end()) return std::nullopt;
      return anchor->second;
    }
  }
  TOCSIN_CHECK(false);
  return std::nullopt;
}

// The due time with since when it is known.
std::optional<Instant> DueInstant(const Run& run, size_t step, const Instants& anchors) {
  const Step& definition = DefinitionOf(run, step);
  const StepProgress& progress = run.steps[step];
  if (progress.round_due) return Instant{*progress.round_due, progress.ready_time};
  if (!definition.due && !definition.repeat) return std::nullopt;
  const Due first_round{
      .within = definition.repeat ? definition.repeat->every : absl::ZeroDuration(),
      .from = Due::From::kStep};
  const Due& due = definition.due ? *definition.due : first_round;
  std::optional<Instant> from = DueFrom(run, step, due, anchors);
  if (from) from->time += due.within;
  return from;
}

// A step that may still fall away is not late, and neither is one that nobody has to do any more.
bool CanBeLate(const Run& run, size_t step) {
  return run.steps[step].certain && IsOpen(run.steps[step].state);
}

Truth DoneTruth(const Run& run, std::string_view step_id) {
  const std::optional<size_t> step = run.graph->Find(step_id);
  if (!step) return Truth::kUnknown;
  const StepState state = run.steps[*step].state;
  if (state == StepState::kDone) return Truth::kTrue;
  return IsOpen(state) ? Truth::kUnknown : Truth::kFalse;
}

std::optional<Consequence> BranchConsequence(const Run& run, size_t step, const Facts& facts) {
  const StepProgress& progress = run.steps[step];
  const bool was_dropped =
      progress.state == StepState::kNotTaken && progress.branch == Branch::kNotTaken;
  if (progress.state != StepState::kWaiting && !was_dropped) return std::nullopt;
  Verdict verdict = Evaluate(*DefinitionOf(run, step).when, facts, FactsOf(run, facts));
  if (verdict.truth == Truth::kTrue) {
    return Consequence{Consequence::Kind::kBranchTaken, step, std::move(verdict.because)};
  }
  if (verdict.truth == Truth::kUnknown || was_dropped) return std::nullopt;
  return Consequence{Consequence::Kind::kBranchNotTaken, step, std::move(verdict.because)};
}

std::optional<Consequence> RoundConsequence(const Run& run, size_t step, const Facts& facts) {
  const StepProgress& progress = run.steps[step];
  if (!IsActive(progress.state)) return std::nullopt;
  Verdict verdict = Evaluate(DefinitionOf(run, step).repeat->until, facts, FactsOf(run, facts));
  if (verdict.truth == Truth::kTrue) {
    return Consequence{Consequence::Kind::kLastRound, step, std::move(verdict.because)};
  }
  if (!progress.round_completed) return std::nullopt;
  return Consequence{Consequence::Kind::kNextRound, step, std::move(verdict.because)};
}

}  // namespace

std::vector<size_t> NextSteps(const Run& run, const Instants& anchors) {
  std::vector<std::pair<absl::Time, size_t>> next;
  for (size_t i = 0; i < run.steps.size(); ++i) {
    if (!IsActive(run.steps[i].state) || !DefinitionOf(run, i).playbook.empty()) continue;
    next.emplace_back(DueTime(run, i, anchors).value_or(absl::InfiniteFuture()), i);
  }
  std::sort(next.begin(), next.end());
  std::vector<size_t> steps;
  for (const auto& [due, step] : next) steps.push_back(step);
  return steps;
}

std::vector<std::string> WaitsFor(const Run& run, size_t step) {
  std::vector<std::string> ids;
  for (const size_t need : run.graph->needs(step)) {
    if (IsOpen(run.steps[need].state)) ids.push_back(DefinitionOf(run, need).id);
  }
  return ids;
}

std::vector<std::string> WaitsForFacts(const Run& run, size_t step, const Facts& facts) {
  if (run.steps[step].state != StepState::kWaiting) return {};
  return Evaluate(*DefinitionOf(run, step).when, facts, FactsOf(run, facts)).unknown;
}

std::vector<std::string> OpenQuestions(const Run& run, size_t step, const Facts& facts) {
  std::vector<std::string> open;
  for (const Question& question : DefinitionOf(run, step).questions) {
    if (!question.optional && !AnswerTo(run, question, facts)) open.push_back(question.id);
  }
  return open;
}

std::vector<size_t> OpenMandatorySteps(const Run& run) {
  std::vector<size_t> open;
  for (size_t i = 0; i < run.steps.size(); ++i) {
    if (DefinitionOf(run, i).mandatory && IsOpen(run.steps[i].state)) open.push_back(i);
  }
  return open;
}

std::optional<absl::Time> DueTime(const Run& run, size_t step, const Instants& anchors) {
  const std::optional<Instant> due = DueInstant(run, step, anchors);
  return due ? std::optional<absl::Time>(due->time) : std::nullopt;
}

bool IsOverdue(const Run& run, size_t step, const Instants& anchors, absl::Time now) {
  if (!CanBeLate(run, step)) return false;
  const std::optional<absl::Time> due = DueTime(run, step, anchors);
  return due && *due <= now;
}

std::vector<StepAlert> OpenAlerts(const Run& run, const Instants& anchors) {
  std::vector<StepAlert> alerts;
  for (size_t i = 0; i < run.steps.size(); ++i) {
    if (!CanBeLate(run, i)) continue;
    const std::optional<Instant> due = DueInstant(run, i, anchors);
    if (!due) continue;
    const StepProgress& progress = run.steps[i];
    const std::optional<Due>& stated = DefinitionOf(run, i).due;
    if (stated && stated->remind) {
      const absl::Time at = due->time - *stated->remind;
      const absl::Time known = std::max(due->stated_time, progress.certain_time);
      if (at > known && !progress.alerted.contains({due->time, false})) {
        alerts.push_back({at, i, due->time, /*late=*/false});
      }
    }
    if (!progress.alerted.contains({due->time, true})) {
      alerts.push_back({due->time, i, due->time, /*late=*/true});
    }
  }
  return alerts;
}

Counts CountSteps(const Run& run, const Instants& anchors, absl::Time now) {
  Counts counts;
  for (size_t i = 0; i < run.steps.size(); ++i) {
    switch (run.steps[i].state) {
      case StepState::kBlocked:
        ++counts.blocked;
        break;
      case StepState::kReady:
        ++counts.ready;
        break;
      case StepState::kDone:
        ++counts.done;
        break;
      case StepState::kSkipped:
        ++counts.skipped;
        break;
      case StepState::kWaiting:
        ++counts.waiting;
        break;
      case StepState::kNotTaken:
        ++counts.not_taken;
        break;
      case StepState::kConfirming:
        ++counts.confirming;
        break;
    }
    if (IsOverdue(run, i, anchors, now)) ++counts.overdue;
  }
  return counts;
}

bool IsFinished(const Run& run) {
  return std::none_of(run.steps.begin(), run.steps.end(),
                      [](const StepProgress& progress) { return IsOpen(progress.state); });
}

RunFacts FactsOf(const Run& run, const Facts& facts) {
  return {.answer = [&run, &facts](std::string_view id) -> std::optional<std::string> {
            const std::optional<AskedQuestion> asked = run.graph->FindQuestion(id);
            if (!asked) return std::nullopt;
            return AnswerTo(run, *asked->question, facts);
          },
          .done = [&run](std::string_view step) { return DoneTruth(run, step); }};
}

std::optional<Consequence> ConsequenceFor(const Run& run, size_t step, const Facts& facts) {
  const Step& definition = DefinitionOf(run, step);
  const StepProgress& progress = run.steps[step];
  if (definition.when) {
    if (auto branch = BranchConsequence(run, step, facts)) return branch;
  }
  if (definition.repeat) return RoundConsequence(run, step, facts);
  if (!definition.playbook.empty() && IsActive(progress.state) && !progress.sub_run) {
    return Consequence{Consequence::Kind::kSubRunDue, step, ""};
  }
  return std::nullopt;
}

}  // namespace tocsin::playbook
