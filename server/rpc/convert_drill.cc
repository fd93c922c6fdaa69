#include "server/rpc/convert_drill.h"

#include "server/domain/drill.h"

namespace tocsin::rpc {
namespace {

bool IsHeld(const domain::Incident& incident, IncidentRole role) {
  const auto holders = incident.role_holders.find(role);
  return holders != incident.role_holders.end() && !holders->second.empty();
}

v1::Inject InjectOf(const domain::Incident& incident, const domain::Inject& inject,
                    bool with_text) {
  v1::Inject out;
  out.set_id(inject.id);
  *out.mutable_time() = ToProto(incident.exercise->begin_time + inject.at);
  for (IncidentRole role : inject.to) {
    out.add_to(ToProto(role));
    if (!IsHeld(incident, role)) out.add_unheld(ToProto(role));
  }
  out.set_from(inject.from);
  out.set_via(inject.via);
  if (with_text) out.set_text(inject.text);
  return out;
}

v1::ExpectationScore ScoreOf(const domain::ExpectationScore& score,
                             const domain::HandleOf& handle_of) {
  v1::ExpectationScore out;
  out.set_id(score.expectation.id);
  out.set_title(score.expectation.title);
  out.set_kind(std::string(domain::ToText(score.expectation.kind)));
  out.set_outcome(std::string(domain::ToText(score.outcome)));
  if (score.limit) *out.mutable_limit_time() = ToProto(*score.limit);
  if (score.done_time) *out.mutable_done_time() = ToProto(*score.done_time);
  if (score.took) *out.mutable_took() = ToProto(*score.took);
  out.set_sequence(score.sequence);
  out.set_note(score.note);
  if (score.judgement) {
    out.set_judged_by(handle_of(score.judgement->author));
    out.set_judged_because(score.judgement->because);
  }
  return out;
}

v1::NotificationScore ScoreOf(const domain::NotificationScore& score) {
  v1::NotificationScore out;
  out.set_obligation(score.obligation);
  out.set_label(score.label);
  if (score.due) *out.mutable_due_time() = ToProto(*score.due);
  if (score.submit_time) *out.mutable_submit_time() = ToProto(*score.submit_time);
  out.set_outcome(std::string(domain::ToText(score.outcome)));
  out.set_note(score.note);
  return out;
}

}  // namespace

v1::DrillScenario ToProto(const domain::Scenario& scenario) {
  v1::DrillScenario out;
  out.set_name("scenarios/" + scenario.id);
  out.set_title(scenario.title);
  out.set_version(scenario.version);
  out.set_digest(scenario.digest.Hex());
  out.set_summary(scenario.summary);
  for (const std::string& objective : scenario.objectives) out.add_objectives(objective);
  for (const std::string& reference : scenario.references) out.add_references(reference);
  out.set_replay(scenario.replay);
  if (scenario.begins) *out.mutable_begin_time() = ToProto(*scenario.begins);
  out.set_speed(scenario.speed);
  out.set_paused(scenario.paused);
  *out.mutable_lasts() = ToProto(scenario.lasts);
  for (IncidentRole role : scenario.roles) out.add_roles(ToProto(role));
  out.set_inject_count(static_cast<int>(scenario.injects.size()));
  out.set_expectation_count(static_cast<int>(scenario.expectations.size()));
  return out;
}

v1::DrillView DrillViewOf(const domain::Incident& incident, absl::Time now,
                          const PrincipalId& caller) {
  const domain::Drill& drill = *incident.exercise;
  const domain::Scenario& scenario = drill.scenario();
  v1::DrillView out;
  out.set_incident(IncidentName(incident.number));
  *out.mutable_scenario() = ToProto(scenario);
  *out.mutable_time() = ToProto(drill.stop_time.value_or(drill.clock.At(now)));
  out.set_speed(drill.clock.speed);
  out.set_paused(drill.clock.paused);
  if (drill.stop_time) *out.mutable_stop_time() = ToProto(*drill.stop_time);
  *out.mutable_end_time() = ToProto(drill.clock.end_time);
  *out.mutable_begin_time() = ToProto(drill.begin_time);
  out.set_injects_delivered(static_cast<int>(drill.delivered));
  if (drill.delivered > 0) {
    *out.mutable_last() = InjectOf(incident, scenario.injects[drill.delivered - 1], true);
  }
  if (const domain::Inject* next = drill.Next(); next != nullptr && drill.running()) {
    const bool watches = domain::HoldsRole(incident, IncidentRole::kObserver, caller);
    *out.mutable_next() = InjectOf(incident, *next, watches);
  }
  if (drill.declare_time) *out.mutable_declare_time() = ToProto(*drill.declare_time);
  for (IncidentRole role : scenario.roles) {
    if (!IsHeld(incident, role)) out.add_unheld(ToProto(role));
  }
  return out;
}

v1::DrillScore ToProto(const domain::DrillScore& score, const domain::Incident& incident,
                       absl::Time now, const domain::HandleOf& handle_of) {
  v1::DrillScore out;
  out.set_incident(IncidentName(incident.number));
  out.set_title(incident.title);
  *out.mutable_scenario() = ToProto(incident.exercise->scenario());
  *out.mutable_begin_time() = ToProto(score.begin_time);
  *out.mutable_end_time() = ToProto(score.end_time);
  out.set_stopped(score.stopped);
  out.set_injects_delivered(static_cast<int>(score.injects_delivered));
  *out.mutable_world_time() = ToProto(score.world_time);
  if (score.declared_in) *out.mutable_declared_in() = ToProto(*score.declared_in);
  if (score.aware_decided_in) *out.mutable_aware_decided_in() = ToProto(*score.aware_decided_in);
  if (score.aware_time) *out.mutable_aware_time() = ToProto(*score.aware_time);
  for (const auto& one : score.expectations) *out.add_expectations() = ScoreOf(one, handle_of);
  for (const auto& one : score.notifications) *out.add_notifications() = ScoreOf(one);
  for (const domain::StepScore& step : score.steps) {
    v1::StepScore& to = *out.add_steps();
    to.set_run(step.run);
    to.set_step(step.step);
    to.set_title(step.title);
    to.set_skipped(step.skipped);
    to.set_note(step.note);
  }
  out.set_steps_open(static_cast<int>(score.steps_open));
  for (const domain::DecisionScore& decision : score.decisions) {
    v1::DecisionScore& to = *out.add_decisions();
    to.set_sequence(decision.sequence);
    *to.mutable_time() = ToProto(decision.time);
    to.set_author(handle_of(decision.author));
    to.set_text(decision.text);
    to.set_because(decision.because);
  }
  for (IncidentRole role : score.roles_unheld) out.add_roles_unheld(ToProto(role));
  for (const std::string& lesson : score.lessons) out.add_lessons(lesson);
  *out.mutable_review() = ToProto(incident.review, now, handle_of);
  out.set_met(static_cast<int>(score.Count(domain::Outcome::kMet)));
  out.set_late(static_cast<int>(score.Count(domain::Outcome::kLate)));
  out.set_missed(static_cast<int>(score.Count(domain::Outcome::kMissed)));
  return out;
}

}  // namespace tocsin::rpc
