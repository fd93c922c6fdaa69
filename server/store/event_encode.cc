#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "server/store/event_codec.h"
#include "server/store/event_numbers.h"
#include "server/store/event_put.h"
#include "tocsin/storage/v1/body.pb.h"

namespace tocsin::store {
namespace {

void Put(const domain::Establishment& establishment, pb::Establishment& message) {
  message.set_country(establishment.country);
  message.set_time_zone(establishment.zone.name);
  if (establishment.calendar == nullptr) return;
  message.set_calendar_digest(establishment.calendar->digest.Hex());
  message.set_calendar_file(establishment.calendar->file);
}

void Put(const domain::IncidentDeclared& event, pb::Body& body) {
  pb::IncidentDeclared& message = *body.mutable_incident_declared();
  message.set_number(event.number);
  message.set_title(event.title);
  message.set_severity(Number(event.severity));
  message.set_tlp(Number(event.tlp));
  message.set_restricted(event.restricted);
  message.set_drill(event.drill);
  message.set_historical(event.historical);
  message.set_entity_kind(event.entity_kind);
  message.set_time_zone(event.zone.name);
  PutMap(event.attributes, *message.mutable_attributes());
  if (event.establishment) Put(*event.establishment, *message.mutable_establishment());
  if (event.pack == nullptr) return;
  message.set_regime_pack(event.pack->pack.id);
  message.set_regime_pack_digest(event.pack->pack.digest.Hex());
  message.set_regime_pack_file(event.pack->file);
}

void Put(const domain::RegimeAdopted& event, pb::Body& body) {
  pb::RegimeAdopted& message = *body.mutable_regime_adopted();
  message.set_entity_kind(event.entity_kind);
  message.set_because(event.because);
  message.set_regime_pack(event.pack->pack.id);
  message.set_regime_pack_digest(event.pack->pack.digest.Hex());
  message.set_regime_pack_file(event.pack->file);
  if (event.ruling != event.pack->pack.id) message.set_ruling(event.ruling);
  if (event.establishment) Put(*event.establishment, *message.mutable_establishment());
}

void Put(const domain::HandoverOffered& event, pb::Body& body) {
  pb::HandoverOffered& message = *body.mutable_handover_offered();
  message.set_role(Number(event.role));
  message.set_to(Bytes(event.to));
  message.set_brief(event.brief);
}

void Put(const domain::HandoverAnswered& event, pb::Body& body) {
  pb::HandoverAnswered& message = *body.mutable_handover_answered();
  message.set_offer(event.offer);
  message.set_role(Number(event.role));
  message.set_accepted(event.accepted);
  message.set_because(event.because);
}

void Put(const domain::SituationReported& event, pb::Body& body) {
  pb::SituationReported& message = *body.mutable_situation_reported();
  message.set_audience(Number(event.audience));
  message.set_conditions(event.conditions);
  message.set_actions(event.actions);
  message.set_needs(event.needs);
}

void Put(const domain::EntryRecorded& event, pb::Body& body) {
  pb::EntryRecorded& message = *body.mutable_entry_recorded();
  message.set_kind(Number(event.kind));
  message.set_text(event.text);
  PutMap(event.attributes, *message.mutable_attributes());
}

void Put(const domain::EntryCorrected& event, pb::Body& body) {
  pb::EntryCorrected& message = *body.mutable_entry_corrected();
  message.set_sequence(event.sequence);
  message.set_text(event.text);
}

void Put(const domain::EntryRetracted& event, pb::Body& body) {
  pb::EntryRetracted& message = *body.mutable_entry_retracted();
  message.set_sequence(event.sequence);
  message.set_because(event.because);
}

void Put(const domain::PhaseChanged& event, pb::Body& body) {
  pb::PhaseChanged& message = *body.mutable_phase_changed();
  message.set_from(Number(event.from));
  message.set_to(Number(event.to));
  message.set_because(event.because);
}

void Put(const domain::SeverityChanged& event, pb::Body& body) {
  pb::SeverityChanged& message = *body.mutable_severity_changed();
  message.set_from(Number(event.from));
  message.set_to(Number(event.to));
  message.set_because(event.because);
}

void Put(const domain::RoleAssigned& event, pb::Body& body) {
  pb::RoleAssigned& message = *body.mutable_role_assigned();
  message.set_role(Number(event.role));
  message.set_principal(Bytes(event.principal));
}

void Put(const domain::MemberAdded& event, pb::Body& body) {
  body.mutable_member_added()->set_principal(Bytes(event.principal));
}

void Put(const domain::IncidentClosed& event, pb::Body& body) {
  body.mutable_incident_closed()->set_because(event.because);
}

void Put(const domain::IncidentReopened& event, pb::Body& body) {
  body.mutable_incident_reopened()->set_because(event.because);
}

void Put(const domain::AnchorRecorded& event, pb::Body& body) {
  pb::AnchorRecorded& message = *body.mutable_anchor_recorded();
  message.set_anchor(event.anchor);
  message.set_time_ns(Nanos(event.time));
  message.set_because(event.because);
  message.set_awaits_approval(event.awaits_approval);
}

void Put(const domain::AwarenessDecided& event, pb::Body& body) {
  pb::AwarenessDecided& message = *body.mutable_awareness_decided();
  message.set_sequence(event.sequence);
  message.set_approved(event.approved);
  message.set_because(event.because);
}

void Put(const domain::AwarenessGapWarned& event, pb::Body& body) {
  pb::AwarenessGapWarned& message = *body.mutable_awareness_gap_warned();
  message.set_level(NumberIn(kGapLevelNumbers, event.level));
  message.set_detect_time_ns(Nanos(event.detect_time));
  message.set_has_aware_time(event.aware_time.has_value());
  if (event.aware_time) message.set_aware_time_ns(Nanos(*event.aware_time));
  message.set_fire_time_ns(Nanos(event.fire_time));
}

void Put(const domain::AlertAcknowledged& event, pb::Body& body) {
  body.mutable_alert_acknowledged()->set_alert(event.alert);
}

void Put(const domain::AlertEscalated& event, pb::Body& body) {
  pb::AlertEscalated& message = *body.mutable_alert_escalated();
  message.set_alert(event.alert);
  message.set_level(static_cast<uint32_t>(event.level));
  message.set_attempt(static_cast<uint32_t>(event.attempt));
  if (event.role) message.set_role(Number(*event.role));
  for (const PrincipalId& person : event.asked) message.add_asked(Bytes(person));
  for (const std::string& skipped : event.skipped) message.add_skipped(skipped);
  message.set_waited_ns(absl::ToInt64Nanoseconds(event.waited));
  if (event.next_time) message.set_next_time_ns(Nanos(*event.next_time));
  message.set_fire_time_ns(Nanos(event.fire_time));
}

void Put(const domain::ImpactAssessed& event, pb::Body& body) {
  pb::ImpactAssessed& message = *body.mutable_impact_assessed();
  PutMap(event.facts, *message.mutable_facts());
  message.set_note(event.note);
}

void Put(const domain::SignificanceDecided& event, pb::Body& body) {
  pb::SignificanceDecided& message = *body.mutable_significance_decided();
  message.set_regime(event.regime);
  message.set_significant(event.significant);
  message.set_because(event.because);
  for (const domain::CriteriaBasis& basis : event.basis) {
    pb::CriteriaBasis& to = *message.add_basis();
    to.set_set(basis.set);
    to.set_version(basis.version);
    to.set_digest(basis.digest);
    for (const std::string& met : basis.met) to.add_met(met);
  }
}

void PutCriterion(const regulation::CriterionResult& criterion,
                  pb::CriteriaAssessed::Criterion& to) {
  to.set_id(criterion.id);
  to.set_article(criterion.article);
  to.set_text(criterion.text);
  to.set_outcome(NumberIn(kOutcomeNumbers, criterion.outcome));
  to.set_decides(criterion.decides);
  to.set_words(criterion.words);
}

void Put(const domain::CriteriaAssessed& event, pb::Body& body) {
  pb::CriteriaAssessed& message = *body.mutable_criteria_assessed();
  message.set_regime(event.regime);
  for (const regulation::SetResult& set : event.assessment.sets) {
    pb::CriteriaAssessed::Set& to = *message.add_sets();
    to.set_set(set.set);
    to.set_title(set.title);
    to.set_version(set.version);
    to.set_digest(set.digest);
    to.set_confidence(set.confidence);
    to.set_verified_on(set.verified_on);
    for (const regulation::CriterionResult& criterion : set.criteria) {
      PutCriterion(criterion, *to.add_criteria());
    }
  }
  for (const auto& [set, because] : event.assessment.not_asked) {
    pb::CriteriaAssessed::NotAsked& to = *message.add_not_asked();
    to.set_set(set);
    to.set_because(because);
  }
}

void Put(const domain::ObligationUpdated& event, pb::Body& body) {
  pb::ObligationUpdated& message = *body.mutable_obligation_updated();
  const regulation::Duty& duty = event.duty;
  message.set_obligation(event.obligation);
  message.set_time_zone(event.zone_name);
  message.set_stage(duty.stage);
  message.set_label(duty.label);
  message.set_duty_state(NumberIn(kDutyStateNumbers, duty.state));
  message.set_own_duty(duty.own_duty);
  message.set_provisional(duty.provisional);
  message.set_anchor(duty.anchor);
  message.set_rule_id(duty.rule_id);
  message.set_article(duty.article);
  message.set_arithmetic(duty.arithmetic);
  message.set_latest_arithmetic(duty.latest_arithmetic);
  message.set_primary_norm(duty.primary_norm);
  message.set_latest_article(duty.latest_article);
  message.set_time_zone_data(event.zone_data);
  message.set_former_time_zone_data(event.former_zone_data);
  message.set_has_due(duty.due.has_value());
  message.set_has_legal_latest(duty.legal_latest.has_value());
  message.set_has_anchor_time(duty.anchor_time.has_value());
  if (duty.due) message.set_due_ns(Nanos(*duty.due));
  if (duty.legal_latest) message.set_legal_latest_ns(Nanos(*duty.legal_latest));
  if (duty.anchor_time) message.set_anchor_time_ns(Nanos(*duty.anchor_time));
}

void Put(const domain::ObligationReminded& event, pb::Body& body) {
  pb::ObligationReminded& message = *body.mutable_obligation_reminded();
  message.set_obligation(event.obligation);
  message.set_percent(static_cast<uint32_t>(event.percent));
  message.set_due_ns(Nanos(event.due));
  message.set_fire_time_ns(Nanos(event.fire_time));
}

void Put(const domain::ObligationMissed& event, pb::Body& body) {
  pb::ObligationMissed& message = *body.mutable_obligation_missed();
  message.set_obligation(event.obligation);
  message.set_due_ns(Nanos(event.due));
}

void Put(const domain::IntermediateRequested& event, pb::Body& body) {
  pb::IntermediateRequested& message = *body.mutable_intermediate_requested();
  message.set_because(event.because);
  message.set_request_time_ns(Nanos(event.request_time));
}

void PutReceipt(const domain::ReceiptFile& receipt, pb::ReceiptFile& to) {
  to.set_name(receipt.name);
  to.set_size(receipt.size);
  to.set_digest(Bytes(receipt.digest));
}

void Put(const domain::NotificationDrafted& event, pb::Body& body) {
  pb::NotificationDrafted& message = *body.mutable_notification_drafted();
  message.set_obligation(event.obligation);
  for (const domain::DraftField& field : event.fields) {
    pb::DraftField& to = *message.add_fields();
    to.set_field(field.field);
    to.set_label(field.label);
    to.set_value(field.value);
    to.set_state(NumberIn(kFieldStateNumbers, field.state));
    to.set_source_sequence(field.source_sequence);
    to.set_required(field.required);
    to.set_by_hand(field.by_hand);
    for (const domain::DraftPart& part : field.parts) {
      pb::DraftPart& part_to = *to.add_parts();
      part_to.set_part(part.part);
      part_to.set_label(part.label);
      part_to.set_value(part.value);
      part_to.set_source_sequence(part.source_sequence);
      part_to.set_by_hand(part.by_hand);
    }
    to.set_number(field.number);
    to.set_change(NumberIn(kFieldChangeNumbers, field.change));
  }
  message.set_form(event.form.id);
  message.set_form_version(event.form.version);
  message.set_language(event.form.language);
  message.set_stage_name(event.form.stage_name);
  message.set_previous_draft(event.previous_draft);
  if (event.document.empty()) return;
  message.set_form_digest(Bytes(event.form.digest));
  message.set_format(NumberIn(kDocumentFormatNumbers, event.format));
  message.set_document(event.document);
}

void Put(const domain::NotificationApproved& event, pb::Body& body) {
  pb::NotificationApproved& message = *body.mutable_notification_approved();
  message.set_obligation(event.obligation);
  message.set_draft_sequence(event.draft_sequence);
  if (event.document != Digest{}) message.set_document_digest(Bytes(event.document));
}

void Put(const domain::NotificationSubmitted& event, pb::Body& body) {
  pb::NotificationSubmitted& message = *body.mutable_notification_submitted();
  message.set_obligation(event.obligation);
  message.set_submit_time_ns(Nanos(event.submit_time));
  message.set_channel(event.channel);
  message.set_reference(event.reference);
  message.set_late_reason(event.late_reason);
  message.set_draft_sequence(event.draft_sequence);
  if (event.document) {
    pb::FiledDocument& document = *message.mutable_document();
    document.set_format(NumberIn(kDocumentFormatNumbers, event.document->format));
    document.set_size(event.document->size);
    document.set_digest(Bytes(event.document->digest));
    document.set_approved(event.document->approved);
  }
  if (event.receipt) PutReceipt(*event.receipt, *message.mutable_receipt());
}

void Put(const domain::NotificationAcknowledged& event, pb::Body& body) {
  pb::NotificationAcknowledged& message = *body.mutable_notification_acknowledged();
  message.set_obligation(event.obligation);
  message.set_acknowledge_time_ns(Nanos(event.acknowledge_time));
  message.set_reference(event.reference);
  if (event.receipt) PutReceipt(*event.receipt, *message.mutable_receipt());
}

void Put(const domain::ObligationWaived& event, pb::Body& body) {
  pb::ObligationWaived& message = *body.mutable_obligation_waived();
  message.set_obligation(event.obligation);
  message.set_because(event.because);
}

void Put(const domain::RunStarted& event, pb::Body& body) {
  pb::RunStarted& message = *body.mutable_run_started();
  message.set_run(event.run);
  message.set_parent_run(event.parent_run);
  message.set_parent_step(event.parent_step);
  if (event.playbook == nullptr) return;
  message.set_playbook(event.playbook->definition.id);
  message.set_digest(event.playbook->definition.digest.Hex());
  message.set_definition_file(event.playbook->file);
  for (const auto& below : event.playbook->below) {
    pb::PinnedPlaybook& to = *message.add_below();
    to.set_playbook(below->definition.id);
    to.set_digest(below->definition.digest.Hex());
    to.set_file(below->file);
  }
}

void Put(const domain::StepCompleted& event, pb::Body& body) {
  pb::StepCompleted& message = *body.mutable_step_completed();
  message.set_run(event.run);
  message.set_step(event.step);
  message.set_evidence(event.evidence);
}

void Put(const domain::StepSkipped& event, pb::Body& body) {
  pb::StepSkipped& message = *body.mutable_step_skipped();
  message.set_run(event.run);
  message.set_step(event.step);
  message.set_because(event.because);
}

void Put(const domain::StepAssigned& event, pb::Body& body) {
  pb::StepAssigned& message = *body.mutable_step_assigned();
  message.set_run(event.run);
  message.set_step(event.step);
  message.set_principal(Bytes(event.principal));
}

void Put(const domain::BranchDecided& event, pb::Body& body) {
  pb::BranchDecided& message = *body.mutable_branch_decided();
  message.set_run(event.run);
  message.set_step(event.step);
  message.set_taken(event.taken);
  message.set_because(event.because);
}

void Put(const domain::StepAnswered& event, pb::Body& body) {
  pb::StepAnswered& message = *body.mutable_step_answered();
  message.set_run(event.run);
  message.set_step(event.step);
  message.set_question(event.question);
  message.set_answer(event.answer);
}

void Put(const domain::StepReminded& event, pb::Body& body) {
  pb::StepReminded& message = *body.mutable_step_reminded();
  message.set_run(event.run);
  message.set_step(event.step);
  message.set_due_ns(Nanos(event.due));
  message.set_fire_time_ns(Nanos(event.fire_time));
}

void Put(const domain::StepOverdue& event, pb::Body& body) {
  pb::StepOverdue& message = *body.mutable_step_overdue();
  message.set_run(event.run);
  message.set_step(event.step);
  message.set_due_ns(Nanos(event.due));
}

void Put(const domain::StepRepeated& event, pb::Body& body) {
  pb::StepRepeated& message = *body.mutable_step_repeated();
  message.set_run(event.run);
  message.set_step(event.step);
  message.set_has_due(event.due.has_value());
  if (event.due) message.set_due_ns(Nanos(*event.due));
  message.set_because(event.because);
}

void Put(const domain::RunJoined& event, pb::Body& body) {
  pb::RunJoined& message = *body.mutable_run_joined();
  message.set_run(event.run);
  message.set_step(event.step);
  message.set_joined(event.joined);
}

void Put(const domain::StepConfirmed& event, pb::Body& body) {
  pb::StepConfirmed& message = *body.mutable_step_confirmed();
  message.set_run(event.run);
  message.set_step(event.step);
  message.set_evidence(event.evidence);
}

void Put(const domain::IncidentExported& event, pb::Body& body) {
  pb::IncidentExported& message = *body.mutable_incident_exported();
  message.set_profile(event.profile);
  message.set_last_sequence(event.last_sequence);
  message.set_last_leaf(Bytes(event.last_leaf));
}

void Put(const domain::PrincipalCreated& event, pb::Body& body) {
  pb::PrincipalCreated& message = *body.mutable_principal_created();
  message.set_principal(Bytes(event.principal));
  message.set_handle(event.handle);
  message.set_display_name(event.display_name);
  for (OrgRole role : event.roles) message.add_roles(Number(role));
}

void Put(const domain::CodeIssued& event, pb::Body& body) {
  pb::CodeIssued& message = *body.mutable_code_issued();
  message.set_principal(Bytes(event.principal));
  message.set_code_hash(Bytes(event.code_hash));
  message.set_expire_time_ns(Nanos(event.expire_time));
  message.set_scope(NumberIn(kTokenScopeNumbers, event.scope));
}

void Put(const domain::TokenIssued& event, pb::Body& body) {
  pb::TokenIssued& message = *body.mutable_token_issued();
  message.set_token_id(Bytes(event.token));
  message.set_principal(Bytes(event.principal));
  message.set_secret_hash(Bytes(event.secret_hash));
  message.set_expire_time_ns(Nanos(event.expire_time));
  message.set_device(event.device);
  message.set_code_hash(Bytes(event.code_hash));
  message.set_scope(NumberIn(kTokenScopeNumbers, event.scope));
}

void Put(const domain::TokenRevoked& event, pb::Body& body) {
  body.mutable_token_revoked()->set_token_id(Bytes(event.token));
}

}  // namespace

std::string EncodeBody(const domain::PendingEntry& pending) {
  pb::Body body;
  if (pending.occur_time) body.set_occur_time_ns(Nanos(*pending.occur_time));
  body.set_precision(Number(pending.precision));
  std::visit([&body](const auto& event) { Put(event, body); }, pending.event);

  std::string bytes;
  bytes.reserve(body.ByteSizeLong());
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    // Maps in the order of their keys: the same entry always gives the same bytes.
    coded.SetSerializationDeterministic(true);
    body.SerializeToCodedStream(&coded);
  }
  return bytes;
}

}  // namespace tocsin::store
