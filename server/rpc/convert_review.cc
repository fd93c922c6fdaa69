// The review and its action items on the wire.
#include "absl/strings/str_cat.h"
#include "server/domain/review.h"
#include "server/rpc/convert.h"

namespace tocsin::rpc {
namespace {

void FillFollowUp(const domain::ActionItem& item, const domain::HandleOf& handle_of,
                  v1::ActionItem& out) {
  if (item.done && item.completed) {
    *out.mutable_done_time() = ToProto(item.completed->record_time);
    out.set_done_by(handle_of(item.completed->author));
    *out.mutable_effect_time() = ToProto(item.completed->record_time + domain::kEffectAfter);
  }
  if (item.dropped) out.set_dropped_because(item.dropped->because);
  if (!item.effect) return;
  out.set_helped(ToProto(item.effect->helped));
  out.set_helped_because(item.effect->said.because);
}

void FillReading(const domain::Review& review, const domain::HandleOf& handle_of, v1::Review& out) {
  if (review.submitted) {
    out.set_submitted_by(handle_of(review.submitted->author));
    *out.mutable_submit_time() = ToProto(review.submitted->record_time);
  }
  const bool published = review.state == domain::ReviewState::kPublished;
  if (review.read) {
    out.set_read_by(handle_of(review.read->meta.author));
    *out.mutable_read_time() = ToProto(review.read->meta.record_time);
    out.set_approved(review.state == domain::ReviewState::kRead ||
                     (published && review.without_reader.empty()));
    out.set_read_note(review.read->because);
  }
  if (published) out.set_published_by(handle_of(review.published_by));
  out.set_without_reader(review.without_reader);
  if (review.waived) {
    out.set_waived_because(review.waived->because);
    out.set_waived_by(handle_of(review.waived->meta.author));
  }
}

uint32_t AddedBy(const domain::Review& review, const PrincipalId& person) {
  uint32_t added = 0;
  for (const domain::Finding& finding : review.findings)
    added += finding.author == person ? 1U : 0U;
  return added;
}

}  // namespace

v1::ReviewGuide ToProto(const domain::ReviewGuide& guide) {
  v1::ReviewGuide out;
  out.set_id(guide.id);
  out.set_title(guide.title);
  out.set_version(guide.version);
  out.set_digest(guide.digest.Hex());
  for (const domain::GuideQuestion& question : guide.questions) {
    v1::ReviewQuestion& entry = *out.add_questions();
    entry.set_id(question.id);
    entry.set_part(ToProto(question.part));
    entry.set_ask(question.ask);
    entry.set_kind(ToProto(question.kind));
  }
  return out;
}

v1::ActionItem ToProto(const domain::ActionItem& item, absl::Time now,
                       const domain::HandleOf& handle_of) {
  v1::ActionItem out;
  out.set_id(item.id);
  out.set_text(item.text);
  out.set_owner(handle_of(item.owner));
  *out.mutable_due_time() = ToProto(item.due);
  out.set_done(item.done);
  out.set_evidence(item.evidence);
  out.set_sequence(item.sequence);
  if (item.type) out.set_type(ToProto(*item.type));
  out.set_state(std::string(domain::StateWord(item, now)));
  for (const uint64_t sequence : item.links.findings) out.add_findings(sequence);
  for (const std::string& number : item.links.incidents) {
    out.add_incidents(IncidentName(number));
  }
  out.set_effect_due(domain::AwaitsEffect(item, now));
  FillFollowUp(item, handle_of, out);
  return out;
}

v1::Review ToProto(const domain::Review& review, absl::Time now,
                   const domain::HandleOf& handle_of) {
  v1::Review out;
  out.set_state(std::string(domain::StateWord(review)));
  for (const domain::Finding& finding : review.findings) {
    v1::Finding& entry = *out.add_findings();
    entry.set_kind(ToProto(finding.kind));
    entry.set_text(finding.text);
    entry.set_author(handle_of(finding.author));
    entry.set_sequence(finding.sequence);
    for (const uint64_t sequence : finding.entries) entry.add_entries(sequence);
    entry.set_question(finding.question);
  }
  for (const domain::ActionItem& item : review.action_items) {
    *out.add_action_items() = ToProto(item, now, handle_of);
  }
  if (review.publish_time) *out.mutable_publish_time() = ToProto(*review.publish_time);
  out.set_summary(review.summary);
  if (!review.guide.id.empty()) *out.mutable_guide() = ToProto(review.guide);
  for (const PrincipalId& person : review.participants) {
    v1::Participant& entry = *out.add_participants();
    entry.set_handle(handle_of(person));
    entry.set_added(AddedBy(review, person));
  }
  if (review.meet_time) *out.mutable_meet_time() = ToProto(*review.meet_time);
  FillReading(review, handle_of, out);
  out.set_changed_sequence(review.changed_sequence);
  for (const std::string& number : review.same_cause) out.add_same_cause_published(number);
  return out;
}

}  // namespace tocsin::rpc
