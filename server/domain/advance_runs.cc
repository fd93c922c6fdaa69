// What follows for the runs by itself: branches, rounds, playbooks within playbooks, and what is
// late. It is recorded by the server in the same batch as what it follows from.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/domain/decide_parts.h"
#include "server/playbook/run_view.h"

namespace tocsin::domain::decide {
namespace {

using playbook::Consequence;

const std::string& StepId(const playbook::Run& run, size_t step) {
  return run.definition->steps[step].id;
}

PendingEntry ByServer(Event event) {
  return {.event = std::move(event), .by_server = true};
}

// The run of that playbook that is under way, if there is one.
const playbook::Run* OpenRun(const Incident& incident, const std::string& playbook_id) {
  for (const playbook::Run& run : incident.runs) {
    if (run.definition->id == playbook_id && !playbook::IsFinished(run)) return &run;
  }
  return nullptr;
}

// A step that is another playbook joins its run, or starts one.
std::optional<PendingEntry> StartBelow(const Incident& incident, size_t run_index, size_t step) {
  const playbook::Run& run = incident.runs[run_index];
  const std::string& wanted = run.definition->steps[step].playbook;
  const playbook::Run* open = OpenRun(incident, wanted);
  if (open != nullptr && open->id != run.id) {
    return ByServer(RunJoined{run.id.ToString(), StepId(run, step), open->id.ToString()});
  }
  for (const auto& pinned : incident.run_definitions[run_index]->below) {
    if (pinned->definition.id != wanted) continue;
    return ByServer(RunStarted{absl::StrCat("run-", incident.runs.size() + 1), pinned,
                               run.id.ToString(), StepId(run, step)});
  }
  return std::nullopt;
}

// The end of the run that a step is.
std::optional<PendingEntry> FinishBelow(const Incident& incident, const playbook::Run& run,
                                        size_t step) {
  const playbook::StepProgress& progress = run.steps[step];
  if (!progress.sub_run || !playbook::IsActive(progress.state)) return std::nullopt;
  const size_t below = progress.sub_run->number - 1;
  if (below >= incident.runs.size() || !playbook::IsFinished(incident.runs[below])) {
    return std::nullopt;
  }
  return ByServer(StepCompleted{run.id.ToString(), StepId(run, step),
                                absl::StrCat(progress.sub_run->ToString(), " is finished")});
}

std::optional<PendingEntry> EntryFor(const Incident& incident, size_t run_index, size_t step,
                                     const playbook::Facts& facts, absl::Time now) {
  const playbook::Run& run = incident.runs[run_index];
  std::optional<Consequence> next = playbook::ConsequenceFor(run, step, facts);
  if (!next) return FinishBelow(incident, run, step);
  const std::string name = run.id.ToString();
  const std::string& id = StepId(run, step);
  switch (next->kind) {
    case Consequence::Kind::kBranchTaken:
      return ByServer(BranchDecided{name, id, /*taken=*/true, std::move(next->because)});
    case Consequence::Kind::kBranchNotTaken:
      return ByServer(BranchDecided{name, id, /*taken=*/false, std::move(next->because)});
    case Consequence::Kind::kNextRound:
      return ByServer(StepRepeated{name, id, now + run.definition->steps[step].repeat->every,
                                   std::move(next->because)});
    case Consequence::Kind::kLastRound:
      return ByServer(StepRepeated{name, id, std::nullopt, std::move(next->because)});
    case Consequence::Kind::kSubRunDue:
      return StartBelow(incident, run_index, step);
  }
  return std::nullopt;
}

}  // namespace

// Steps are looked at after those they need, so that one way through a run finds almost all; what
// a later run moves in an earlier one is found on the next way.
std::optional<PendingEntry> NextRunEntry(const Incident& incident, const playbook::Facts& facts,
                                         absl::Time now, RunPlace& place) {
  if (incident.closed()) return std::nullopt;
  while (true) {
    for (; place.run < incident.runs.size(); ++place.run, place.position = 0) {
      const std::vector<size_t>& order = incident.runs[place.run].graph->order();
      for (; place.position < order.size(); ++place.position) {
        auto entry = EntryFor(incident, place.run, order[place.position], facts, now);
        if (!entry) continue;
        place.moved = true;
        return entry;
      }
    }
    if (!place.moved) return std::nullopt;
    place = RunPlace{};
  }
}

std::vector<PendingEntry> DueStepAlerts(const Incident& incident, absl::Time now) {
  std::vector<PendingEntry> entries;
  if (incident.runs.empty()) return entries;
  for (const Timer& timer : StepTimers(incident)) {
    if (timer.fire_time > now) break;
    PendingEntry entry{.occur_time = timer.fire_time, .by_server = true};
    if (timer.percent == kDuePercent) {
      entry.event = StepOverdue{timer.run, timer.step, timer.due};
    } else {
      entry.event = StepReminded{timer.run, timer.step, timer.due, timer.fire_time};
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace tocsin::domain::decide
