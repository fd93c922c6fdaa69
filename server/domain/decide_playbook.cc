// Runs of playbooks. The rules of a run itself are in server/playbook/run.h.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/domain/decide_parts.h"

namespace tocsin::domain::decide {
namespace {

// The run named `name`, or the only one when no name is given.
absl::StatusOr<const playbook::Run*> FindRun(const Incident& incident, const std::string& name) {
  if (incident.runs.empty()) {
    return FailedPrecondition("NO_RUN", absl::StrCat(incident.number, " runs no playbook"),
                              "Start one: tocsin playbook start ransomware.");
  }
  if (name.empty() && incident.runs.size() == 1) return &incident.runs.front();
  std::vector<std::string> names;
  for (const playbook::Run& run : incident.runs) {
    if (run.id.ToString() == name) return &run;
    names.push_back(absl::StrCat(run.id.ToString(), " (", run.definition->id, ")"));
  }
  const std::string next = absl::StrCat("Runs: ", absl::StrJoin(names, ", "), ".");
  if (name.empty()) {
    return InvalidArgument("RUN_NOT_NAMED", "the incident has several runs; say which one", next);
  }
  return NotFound("UNKNOWN_RUN", absl::StrCat("there is no run ", Quoted(name)), next);
}

}  // namespace

Entries Decide(const Incident& incident, const StartRun& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  for (const playbook::Run& run : incident.runs) {
    if (run.definition->id == command.playbook->definition.id && !playbook::IsFinished(run)) {
      return Error(absl::StatusCode::kAlreadyExists, "RUN_ALREADY_STARTED",
                   absl::StrCat(run.definition->id, " already runs as ", run.id.ToString()),
                   "Go on with it: tocsin playbook status.");
    }
  }
  return One(RunStarted{absl::StrCat("run-", incident.runs.size() + 1), command.playbook});
}

Entries Decide(const Incident& incident, const CompleteStep& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  TOCSIN_ASSIGN_OR_RETURN(const playbook::Run* run, FindRun(incident, command.run));
  TOCSIN_RETURN_IF_ERROR(playbook::CheckComplete(*run, command.step, command.evidence));
  return One(StepCompleted{run->id.ToString(), command.step, command.evidence});
}

Entries Decide(const Incident& incident, const SkipStep& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  TOCSIN_ASSIGN_OR_RETURN(const playbook::Run* run, FindRun(incident, command.run));
  TOCSIN_RETURN_IF_ERROR(playbook::CheckSkip(*run, command.step, command.because));
  return One(StepSkipped{run->id.ToString(), command.step, command.because});
}

Entries Decide(const Incident& incident, const AssignStep& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  TOCSIN_ASSIGN_OR_RETURN(const playbook::Run* run, FindRun(incident, command.run));
  TOCSIN_RETURN_IF_ERROR(playbook::CheckAssign(*run, command.step));
  return One(StepAssigned{run->id.ToString(), command.step, command.principal});
}

}  // namespace tocsin::domain::decide
