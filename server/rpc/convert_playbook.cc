#include "absl/strings/str_cat.h"
#include "server/rpc/convert.h"

namespace tocsin::rpc {
namespace {

v1::PlaybookStep ToProto(const playbook::Step& step) {
  v1::PlaybookStep out;
  out.set_id(step.id);
  out.set_title(step.title);
  out.set_instructions(step.instructions);
  out.set_phase(rpc::ToProto(step.phase));
  out.set_role(rpc::ToProto(step.role));
  for (const std::string& need : step.needs) out.add_needs(need);
  if (step.due_within) out.set_due_within_seconds(absl::ToInt64Seconds(*step.due_within));
  out.set_evidence(std::string(playbook::ToText(step.evidence)));
  out.set_mandatory(step.mandatory);
  return out;
}

std::string ReviewStateText(domain::ReviewState state) {
  switch (state) {
    case domain::ReviewState::kNone:
      return "none";
    case domain::ReviewState::kOpen:
      return "open";
    case domain::ReviewState::kPublished:
      return "published";
  }
  return "none";
}

void FillProgress(const playbook::StepProgress& progress, const domain::HandleOf& handle_of,
                  v1::StepRun& out) {
  out.set_state(std::string(playbook::ToText(progress.state)));
  if (progress.assignee) out.set_assignee(handle_of(*progress.assignee));
  if (!playbook::IsSettled(progress.state)) return;
  *out.mutable_finish_time() = rpc::ToProto(progress.settled_time);
  out.set_finished_by(handle_of(progress.settled_by));
  out.set_note(progress.state == playbook::StepState::kDone ? progress.evidence
                                                            : progress.skip_reason);
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
                const domain::HandleOf& handle_of) {
  v1::Run out;
  out.set_name(absl::StrCat(IncidentName(incident.number), "/runs/", run.id.ToString()));
  out.set_playbook("playbooks/" + run.definition->id);
  out.set_title(run.definition->title);
  out.set_version(run.definition->version);
  out.set_digest(run.definition->digest.Hex());
  *out.mutable_start_time() = rpc::ToProto(run.start_time);
  for (size_t i = 0; i < run.steps.size(); ++i) {
    v1::StepRun& step = *out.add_steps();
    *step.mutable_step() = ToProto(run.definition->steps[i]);
    FillProgress(run.steps[i], handle_of, step);
    if (const auto due = playbook::DueTime(run, i)) *step.mutable_due_time() = rpc::ToProto(*due);
    for (const std::string& need : playbook::WaitsFor(run, i)) step.add_waits_for(need);
  }
  return out;
}

v1::Review ToProto(const domain::Review& review, const domain::HandleOf& handle_of) {
  v1::Review out;
  out.set_state(ReviewStateText(review.state));
  for (const domain::Finding& finding : review.findings) {
    v1::Finding& entry = *out.add_findings();
    entry.set_kind(rpc::ToProto(finding.kind));
    entry.set_text(finding.text);
    entry.set_author(handle_of(finding.author));
    entry.set_sequence(finding.sequence);
  }
  for (const domain::ActionItem& item : review.action_items) {
    v1::ActionItem& entry = *out.add_action_items();
    entry.set_id(item.id);
    entry.set_text(item.text);
    entry.set_owner(handle_of(item.owner));
    *entry.mutable_due_time() = rpc::ToProto(item.due);
    entry.set_done(item.done);
    entry.set_evidence(item.evidence);
    entry.set_sequence(item.sequence);
  }
  if (review.publish_time) *out.mutable_publish_time() = rpc::ToProto(*review.publish_time);
  out.set_summary(review.summary);
  return out;
}

}  // namespace tocsin::rpc
