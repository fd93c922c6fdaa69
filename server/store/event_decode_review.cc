// Bodies of reviews, of what they promise, and of drills.
#include "server/store/event_codec.h"
#include "server/store/event_get.h"
#include "server/store/event_numbers.h"
#include "tocsin/storage/v1/body.pb.h"

namespace tocsin::store {

domain::ReviewOpened Get(const pb::ReviewOpened& message, Fields& fields) {
  domain::ReviewGuide guide{message.guide(), message.guide_title(), message.guide_version()};
  if (guide.id.empty()) return {};
  guide.digest = fields.Bytes<Digest>(message.guide_digest());
  for (const pb::GuideQuestion& question : message.questions()) {
    guide.questions.push_back({question.id(), fields.Word<ReviewPart>(question.part()),
                               question.ask(), fields.Word<FindingKind>(question.kind())});
  }
  return {std::move(guide)};
}

domain::FindingAdded Get(const pb::FindingAdded& message, Fields& fields) {
  return {fields.Word<FindingKind>(message.kind()),
          message.text(),
          GetMap(message.attributes()),
          {message.entries().begin(), message.entries().end()},
          message.question()};
}

domain::ActionItemAdded Get(const pb::ActionItemAdded& message, Fields& fields) {
  domain::ActionItemAdded event{message.action_item(), message.text(),
                                fields.Bytes<PrincipalId>(message.owner()),
                                FromNanos(message.due_ns())};
  if (message.type() != 0) event.type = fields.Word<ActionType>(message.type());
  event.links = {{message.findings().begin(), message.findings().end()},
                 {message.incidents().begin(), message.incidents().end()}};
  return event;
}

domain::ActionItemCompleted Get(const pb::ActionItemCompleted& message, Fields&) {
  return {message.action_item(), message.evidence()};
}

domain::ReviewPublished Get(const pb::ReviewPublished& message, Fields&) {
  return {message.summary(),
          message.read_sequence(),
          message.without_reader(),
          {message.same_cause().begin(), message.same_cause().end()}};
}

domain::ReviewInvited Get(const pb::ReviewInvited& message, Fields& fields) {
  domain::ReviewInvited event;
  for (const std::string& id : message.people()) {
    event.people.push_back(fields.Bytes<PrincipalId>(id));
  }
  if (message.has_meet_time()) event.meet_time = FromNanos(message.meet_time_ns());
  return event;
}

domain::ReviewSubmitted Get(const pb::ReviewSubmitted& message, Fields&) {
  return {message.summary()};
}

domain::ReviewRead Get(const pb::ReviewRead& message, Fields&) {
  return {message.approved(), message.note()};
}

domain::ReviewWaived Get(const pb::ReviewWaived& message, Fields&) {
  return {message.because()};
}

domain::ActionItemChanged Get(const pb::ActionItemChanged& message, Fields& fields) {
  domain::ActionItemChanged event{message.action_item(), {}, std::nullopt, message.because()};
  if (!message.owner().empty()) event.owner = fields.Bytes<PrincipalId>(message.owner());
  if (message.has_due()) event.due = FromNanos(message.due_ns());
  return event;
}

domain::ActionItemDropped Get(const pb::ActionItemDropped& message, Fields&) {
  return {message.action_item(), message.because()};
}

domain::ActionItemAlerted Get(const pb::ActionItemAlerted& message, Fields& fields) {
  return {message.action_item(),
          fields.WordIn<domain::ActionAlert>(kActionAlertNumbers, message.alert()),
          FromNanos(message.due_ns()), FromNanos(message.fire_time_ns()),
          fields.Bytes<PrincipalId>(message.owner())};
}

domain::ActionItemEvaluated Get(const pb::ActionItemEvaluated& message, Fields& fields) {
  return {message.action_item(), fields.Word<Helped>(message.helped()), message.because()};
}

domain::DrillStarted Get(const pb::DrillStarted& message, Fields& fields) {
  domain::DrillStarted event;
  const Digest digest = fields.HexDigest(message.digest());
  event.scenario =
      fields.Pinned(fields.pinned.Scenario(message.scenario(), digest, message.scenario_file()));
  event.begin_time = FromNanos(message.begin_time_ns());
  event.speed = static_cast<int>(message.speed());
  event.paused = message.paused();
  return event;
}

domain::DrillClockSet Get(const pb::DrillClockSet& message, Fields& fields) {
  domain::DrillClockSet event;
  event.change = fields.WordIn<domain::ClockChange>(kClockChangeNumbers, message.change());
  event.time = FromNanos(message.time_ns());
  event.speed = static_cast<int>(message.speed());
  event.paused = message.paused();
  event.inject = message.inject();
  return event;
}

domain::InjectDelivered Get(const pb::InjectDelivered& message, Fields& fields) {
  domain::InjectDelivered event;
  event.inject = message.inject();
  for (uint32_t role : message.to()) event.to.push_back(fields.Word<IncidentRole>(role));
  event.from = message.from();
  event.via = message.via();
  event.text = message.text();
  return event;
}

domain::DrillDeclared Get(const pb::DrillDeclared& message, Fields& fields) {
  return {message.title(), fields.Word<Severity>(message.severity())};
}

domain::DrillStopped Get(const pb::DrillStopped& message, Fields&) {
  return {message.because()};
}

domain::DrillJudged Get(const pb::DrillJudged& message, Fields&) {
  return {message.expectation(), message.met(), message.because()};
}

}  // namespace tocsin::store
