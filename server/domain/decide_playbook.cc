// Runs of playbooks. The rules of a run itself are in server/playbook/run.h.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/domain/decide_parts.h"
#include "server/domain/impact.h"
#include "server/playbook/run_view.h"

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

// Refuses an answer that would say something about the incident.
absl::Status CheckStatesNothing(const playbook::Question& question) {
  if (question.fact.empty() && question.anchor.empty()) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "NOT_ALLOWED",
               absl::StrCat("the answer to '", question.id, "' becomes the ",
                            question.fact.empty() ? "anchor " : "fact ",
                            question.fact.empty() ? question.anchor : question.fact,
                            "; your role does not allow you to state that"),
               "Ask someone who may: commander, ciso, dpo, legal.");
}

// The statement of an anchor that an answer makes; nothing when it is already stated so.
Entries AnchorOf(const Incident& incident, const playbook::Run& run,
                 const playbook::Question& question, const std::string& answer,
                 const CommandContext& context) {
  if (question.anchor.empty()) return std::vector<PendingEntry>{};
  TOCSIN_ASSIGN_OR_RETURN(const absl::Time time, ParseInstant(answer));
  Entries stated =
      Decide(incident,
             RecordAnchor{question.anchor, time,
                          absl::StrCat("answer to '", question.ask, "' in ", run.id.ToString())},
             context);
  if (ReasonOf(stated.status()) == "ANCHOR_UNCHANGED") return std::vector<PendingEntry>{};
  return stated;
}

}  // namespace

Entries Decide(const Incident& incident, const StartRun& command, const CommandContext&) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  const std::string& id = command.playbook->definition.id;
  for (auto run = incident.runs.rbegin(); run != incident.runs.rend() && !command.again; ++run) {
    if (run->definition->id != id) continue;
    const bool finished = playbook::IsFinished(*run);
    return Error(
        absl::StatusCode::kAlreadyExists, "RUN_ALREADY_STARTED",
        absl::StrCat(id, finished ? " is finished as " : " already runs as ", run->id.ToString()),
        absl::StrCat(finished ? "" : "Go on with it: tocsin playbook status. ",
                     "To run it once more: tocsin playbook start ", id, " --again."));
  }
  return One(RunStarted{absl::StrCat("run-", incident.runs.size() + 1), command.playbook});
}

Entries Decide(const Incident& incident, const CompleteStep& command,
               const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  TOCSIN_ASSIGN_OR_RETURN(const playbook::Run* run, FindRun(incident, command.run));
  TOCSIN_RETURN_IF_ERROR(playbook::CheckComplete(*run, command.step, context.author,
                                                 command.evidence, FactsOf(incident)));
  const size_t step = *run->graph->Find(command.step);
  if (run->steps[step].state == playbook::StepState::kConfirming) {
    return One(StepConfirmed{run->id.ToString(), command.step, command.evidence});
  }
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

// An answer is recorded with what it means for the incident: people read a fact or an instant where
// they always do, whoever asked for it.
Entries Decide(const Incident& incident, const AnswerStep& command, const CommandContext& context) {
  TOCSIN_RETURN_IF_ERROR(CheckOpen(incident));
  TOCSIN_ASSIGN_OR_RETURN(const playbook::Run* run, FindRun(incident, command.run));
  if (command.answers.empty()) {
    return InvalidArgument("NO_ANSWER", "no answer is given",
                           "Give at least one: tocsin playbook answer STEP QUESTION=VALUE.");
  }
  std::vector<PendingEntry> entries;
  ImpactAssessed impact{{}, absl::StrCat("answered in ", run->id.ToString(), " ", command.step)};
  std::vector<PendingEntry> anchors;
  for (const auto& [id, value] : command.answers) {
    TOCSIN_ASSIGN_OR_RETURN(std::string answer,
                            playbook::CheckAnswerTo(*run, command.step, id, value));
    const playbook::Question& question = *run->graph->FindQuestion(id)->question;
    const std::string& fact = question.fact;
    if (!command.may_state) TOCSIN_RETURN_IF_ERROR(CheckStatesNothing(question));
    const auto known = incident.impact.find(fact);
    const bool is_news = known == incident.impact.end() || known->second.value != answer;
    if (!fact.empty() && is_news) {
      TOCSIN_RETURN_IF_ERROR(CheckImpactFact(fact, answer));
      impact.facts[fact] = answer;
    }
    TOCSIN_ASSIGN_OR_RETURN(auto anchor, AnchorOf(incident, *run, question, answer, context));
    anchors.insert(anchors.end(), anchor.begin(), anchor.end());
    const auto before = run->answers.find(id);
    const bool repeats = before != run->answers.end() && before->second == answer;
    if (repeats && (fact.empty() || !is_news) && anchor.empty()) continue;
    entries.push_back(
        {.event = StepAnswered{run->id.ToString(), command.step, id, std::move(answer)}});
  }
  if (entries.empty()) {
    return Error(absl::StatusCode::kAlreadyExists, "ANSWER_UNCHANGED", "it is already answered so",
                 "Nothing to do.");
  }
  if (!impact.facts.empty()) entries.push_back({.event = std::move(impact)});
  entries.insert(entries.end(), anchors.begin(), anchors.end());
  return entries;
}

}  // namespace tocsin::domain::decide
