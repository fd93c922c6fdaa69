// Bodies of reviews, of what they promise, and of drills.
#include "server/store/event_codec.h"
#include "server/store/event_numbers.h"
#include "server/store/event_put.h"
#include "tocsin/storage/v1/body.pb.h"

namespace tocsin::store {

void Put(const domain::ReviewOpened& event, pb::Body& body) {
  pb::ReviewOpened& message = *body.mutable_review_opened();
  if (event.guide.id.empty()) return;
  message.set_guide(event.guide.id);
  message.set_guide_title(event.guide.title);
  message.set_guide_version(event.guide.version);
  message.set_guide_digest(Bytes(event.guide.digest));
  for (const domain::GuideQuestion& question : event.guide.questions) {
    pb::GuideQuestion& entry = *message.add_questions();
    entry.set_id(question.id);
    entry.set_part(Number(question.part));
    entry.set_ask(question.ask);
    entry.set_kind(Number(question.kind));
  }
}

void Put(const domain::FindingAdded& event, pb::Body& body) {
  pb::FindingAdded& message = *body.mutable_finding_added();
  message.set_kind(Number(event.kind));
  message.set_text(event.text);
  PutMap(event.attributes, *message.mutable_attributes());
  for (const uint64_t sequence : event.entries) message.add_entries(sequence);
  message.set_question(event.question);
}

void Put(const domain::ActionItemAdded& event, pb::Body& body) {
  pb::ActionItemAdded& message = *body.mutable_action_item_added();
  message.set_action_item(event.action_item);
  message.set_text(event.text);
  message.set_owner(Bytes(event.owner));
  message.set_due_ns(Nanos(event.due));
  if (event.type) message.set_type(Number(*event.type));
  for (const uint64_t sequence : event.links.findings) message.add_findings(sequence);
  for (const std::string& number : event.links.incidents) message.add_incidents(number);
}

void Put(const domain::ActionItemCompleted& event, pb::Body& body) {
  pb::ActionItemCompleted& message = *body.mutable_action_item_completed();
  message.set_action_item(event.action_item);
  message.set_evidence(event.evidence);
}

void Put(const domain::ReviewPublished& event, pb::Body& body) {
  pb::ReviewPublished& message = *body.mutable_review_published();
  message.set_summary(event.summary);
  message.set_read_sequence(event.read_sequence);
  message.set_without_reader(event.without_reader);
  for (const std::string& number : event.same_cause) message.add_same_cause(number);
}

void Put(const domain::ReviewInvited& event, pb::Body& body) {
  pb::ReviewInvited& message = *body.mutable_review_invited();
  for (const PrincipalId& person : event.people) message.add_people(Bytes(person));
  if (!event.meet_time) return;
  message.set_has_meet_time(true);
  message.set_meet_time_ns(Nanos(*event.meet_time));
}

void Put(const domain::ReviewSubmitted& event, pb::Body& body) {
  body.mutable_review_submitted()->set_summary(event.summary);
}

void Put(const domain::ReviewRead& event, pb::Body& body) {
  pb::ReviewRead& message = *body.mutable_review_read();
  message.set_approved(event.approved);
  message.set_note(event.note);
}

void Put(const domain::ReviewWaived& event, pb::Body& body) {
  body.mutable_review_waived()->set_because(event.because);
}

void Put(const domain::ActionItemChanged& event, pb::Body& body) {
  pb::ActionItemChanged& message = *body.mutable_action_item_changed();
  message.set_action_item(event.action_item);
  if (!event.owner.empty()) message.set_owner(Bytes(event.owner));
  message.set_has_due(event.due.has_value());
  if (event.due) message.set_due_ns(Nanos(*event.due));
  message.set_because(event.because);
}

void Put(const domain::ActionItemDropped& event, pb::Body& body) {
  pb::ActionItemDropped& message = *body.mutable_action_item_dropped();
  message.set_action_item(event.action_item);
  message.set_because(event.because);
}

void Put(const domain::ActionItemAlerted& event, pb::Body& body) {
  pb::ActionItemAlerted& message = *body.mutable_action_item_alerted();
  message.set_action_item(event.action_item);
  message.set_alert(NumberIn(kActionAlertNumbers, event.alert));
  message.set_due_ns(Nanos(event.due));
  message.set_fire_time_ns(Nanos(event.fire_time));
  message.set_owner(Bytes(event.owner));
}

void Put(const domain::ActionItemEvaluated& event, pb::Body& body) {
  pb::ActionItemEvaluated& message = *body.mutable_action_item_evaluated();
  message.set_action_item(event.action_item);
  message.set_helped(Number(event.helped));
  message.set_because(event.because);
}

void Put(const domain::DrillStarted& event, pb::Body& body) {
  pb::DrillStarted& message = *body.mutable_drill_started();
  message.set_begin_time_ns(Nanos(event.begin_time));
  message.set_speed(static_cast<uint32_t>(event.speed));
  message.set_paused(event.paused);
  if (event.scenario == nullptr) return;
  message.set_scenario(event.scenario->scenario.id);
  message.set_digest(event.scenario->scenario.digest.Hex());
  message.set_scenario_file(event.scenario->file);
}

void Put(const domain::DrillClockSet& event, pb::Body& body) {
  pb::DrillClockSet& message = *body.mutable_drill_clock_set();
  message.set_change(NumberIn(kClockChangeNumbers, event.change));
  message.set_time_ns(Nanos(event.time));
  message.set_speed(static_cast<uint32_t>(event.speed));
  message.set_paused(event.paused);
  message.set_inject(event.inject);
}

void Put(const domain::InjectDelivered& event, pb::Body& body) {
  pb::InjectDelivered& message = *body.mutable_inject_delivered();
  message.set_inject(event.inject);
  for (IncidentRole role : event.to) message.add_to(Number(role));
  message.set_from(event.from);
  message.set_via(event.via);
  message.set_text(event.text);
}

void Put(const domain::DrillDeclared& event, pb::Body& body) {
  body.mutable_drill_declared()->set_title(event.title);
  body.mutable_drill_declared()->set_severity(Number(event.severity));
}

void Put(const domain::DrillStopped& event, pb::Body& body) {
  body.mutable_drill_stopped()->set_because(event.because);
}

void Put(const domain::DrillJudged& event, pb::Body& body) {
  pb::DrillJudged& message = *body.mutable_drill_judged();
  message.set_expectation(event.expectation);
  message.set_met(event.met);
  message.set_because(event.because);
}

}  // namespace tocsin::store
