#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/playbook/run_view.h"
#include "server/rpc/convert.h"

namespace tocsin::rpc {
namespace {

v1::Question ToProto(const playbook::Question& question) {
  v1::Question out;
  out.set_id(question.id);
  out.set_ask(question.ask);
  out.set_type(std::string(playbook::ToText(question.type)));
  out.set_allowed(playbook::AllowedAnswers(question));
  out.set_fact(question.fact);
  out.set_anchor(question.anchor);
  out.set_optional(question.optional);
  return out;
}

std::string DueFromText(const playbook::Due& due) {
  switch (due.from) {
    case playbook::Due::From::kRun:
      return "run";
    case playbook::Due::From::kStep:
      return "step";
    case playbook::Due::From::kAnchor:
      break;
  }
  return due.anchor;
}

v1::PlaybookStep ToProto(const playbook::Step& step) {
  v1::PlaybookStep out;
  out.set_id(step.id);
  out.set_title(step.title);
  out.set_instructions(step.instructions);
  out.set_phase(rpc::ToProto(step.phase));
  out.set_role(rpc::ToProto(step.role));
  for (const std::string& need : step.needs) out.add_needs(need);
  if (step.due) {
    out.set_due_within_seconds(absl::ToInt64Seconds(step.due->within));
    out.set_due_from(DueFromText(*step.due));
    if (step.due->remind) {
      out.set_remind_before_seconds(absl::ToInt64Seconds(*step.due->remind));
    }
  }
  out.set_evidence(playbook::EvidenceText(step));
  out.set_mandatory(step.mandatory);
  if (step.when) out.set_when(playbook::ToText(*step.when));
  for (const playbook::Question& question : step.questions) {
    *out.add_questions() = ToProto(question);
  }
  if (step.repeat) {
    out.set_repeat_every_seconds(absl::ToInt64Seconds(step.repeat->every));
    out.set_repeat_until(playbook::ToText(step.repeat->until));
  }
  out.set_playbook(step.playbook);
  for (const std::string& reference : step.references) out.add_references(reference);
  return out;
}

void FillProgress(const playbook::StepProgress& progress, const domain::HandleOf& handle_of,
                  v1::StepRun& out) {
  out.set_state(std::string(playbook::ToText(progress.state)));
  if (progress.assignee) out.set_assignee(handle_of(*progress.assignee));
  out.set_branch_reason(progress.branch_reason);
  if (progress.sub_run) out.set_sub_run(progress.sub_run->ToString());
  if (progress.state == playbook::StepState::kConfirming) {
    out.set_completed_by(handle_of(*progress.completed_by));
  }
  if (!playbook::IsSettled(progress.state)) return;
  *out.mutable_finish_time() = rpc::ToProto(progress.settled_time);
  out.set_finished_by(handle_of(progress.settled_by));
  out.set_note(progress.state == playbook::StepState::kDone ? progress.evidence
                                                            : progress.skip_reason);
}

// Who is to do the step now. A role belongs to whoever holds it, so a handover moves its steps.
void FillHolders(const domain::Incident& incident, const playbook::Run& run, size_t step,
                 const RunReader& reader, v1::StepRun& out) {
  const auto role = incident.role_holders.find(run.definition->steps[step].role);
  std::set<PrincipalId> holders;
  if (role != incident.role_holders.end()) holders = role->second;
  if (const std::optional<PrincipalId>& assignee = run.steps[step].assignee) {
    out.set_assignee_lacks_role(!holders.contains(*assignee));
    holders = {*assignee};
  }
  for (const PrincipalId& holder : holders) out.add_holders(reader.handle_of(holder));
  out.set_mine(holders.contains(reader.caller));
}

void FillStep(const domain::Incident& incident, const playbook::Run& run, size_t step,
              const playbook::Facts& facts, const RunReader& reader, v1::StepRun& out) {
  const playbook::Step& definition = run.definition->steps[step];
  *out.mutable_step() = ToProto(definition);
  for (int i = 0; i < out.step().questions_size(); ++i) {
    const auto answer =
        playbook::AnswerTo(run, definition.questions[static_cast<size_t>(i)], facts);
    if (answer) out.mutable_step()->mutable_questions(i)->set_answer(*answer);
  }
  FillProgress(run.steps[step], reader.handle_of, out);
  FillHolders(incident, run, step, reader, out);
  if (const auto due = playbook::DueTime(run, step, facts.anchors)) {
    *out.mutable_due_time() = rpc::ToProto(*due);
  }
  out.set_overdue(playbook::IsOverdue(run, step, facts.anchors, reader.now));
  for (const std::string& need : playbook::WaitsFor(run, step)) out.add_waits_for(need);
  for (const std::string& fact : playbook::WaitsForFacts(run, step, facts)) {
    out.add_waits_for_facts(fact);
  }
  if (definition.repeat) out.set_round(run.steps[step].round);
}

}  // namespace

v1::Playbook ToProto(const playbook::Definition& definition) {
  v1::Playbook out;
  out.set_name("playbooks/" + definition.id);
  out.set_title(definition.title);
  out.set_version(definition.version);
  out.set_digest(definition.digest.Hex());
  out.set_summary(definition.summary);
  for (const playbook::Step& step : definition.steps) *out.add_steps() = ToProto(step);
  return out;
}

v1::Run ToProto(const domain::Incident& incident, const playbook::Run& run,
                const playbook::Facts& facts, const RunReader& reader) {
  v1::Run out;
  out.set_name(absl::StrCat(IncidentName(incident.number), "/runs/", run.id.ToString()));
  out.set_playbook("playbooks/" + run.definition->id);
  out.set_title(run.definition->title);
  out.set_version(run.definition->version);
  out.set_digest(run.definition->digest.Hex());
  *out.mutable_start_time() = rpc::ToProto(run.start_time);
  for (size_t i = 0; i < run.steps.size(); ++i) {
    FillStep(incident, run, i, facts, reader, *out.add_steps());
  }
  out.set_finished(playbook::IsFinished(run));
  if (run.parent) {
    out.set_parent_run(run.parent->first.ToString());
    out.set_parent_step(run.parent->second);
  }
  return out;
}

}  // namespace tocsin::rpc
