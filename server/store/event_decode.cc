#include "absl/strings/str_cat.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/base/vocabulary.h"
#include "server/store/event_codec.h"
#include "server/store/event_fields.h"
#include "server/store/event_get.h"
#include "server/store/event_numbers.h"
#include "tocsin/storage/v1/body.pb.h"

namespace tocsin::store {
namespace {

domain::Establishment GetEstablishment(const pb::Establishment& message, Fields& fields) {
  domain::Establishment establishment;
  establishment.country = message.country();
  establishment.zone = fields.LoadZone(message.time_zone());
  if (!message.calendar_digest().empty()) {
    const Digest digest = fields.HexDigest(message.calendar_digest());
    establishment.calendar = fields.Pinned(fields.pinned.Calendar(digest, message.calendar_file()));
  }
  return establishment;
}

domain::IncidentDeclared Get(const pb::IncidentDeclared& message, Fields& fields) {
  domain::IncidentDeclared event;
  event.number = message.number();
  event.title = message.title();
  event.severity = fields.Word<Severity>(message.severity());
  event.tlp = fields.Word<Tlp>(message.tlp());
  event.restricted = message.restricted();
  event.drill = message.drill();
  event.historical = message.historical();
  event.entity_kind = message.entity_kind();
  event.zone = fields.LoadZone(message.time_zone());
  event.attributes = GetMap(message.attributes());
  if (!message.regime_pack_digest().empty()) {
    const Digest digest = fields.HexDigest(message.regime_pack_digest());
    event.pack = fields.Pinned(
        fields.pinned.Pack(message.regime_pack(), digest, message.regime_pack_file()));
  }
  if (message.has_establishment()) {
    event.establishment = GetEstablishment(message.establishment(), fields);
  }
  return event;
}

domain::RegimeAdopted Get(const pb::RegimeAdopted& message, Fields& fields) {
  const Digest digest = fields.HexDigest(message.regime_pack_digest());
  domain::RegimeAdopted event;
  event.pack =
      fields.Pinned(fields.pinned.Pack(message.regime_pack(), digest, message.regime_pack_file()));
  event.entity_kind = message.entity_kind();
  event.because = message.because();
  event.ruling = message.ruling();
  if (event.ruling.empty() && event.pack != nullptr) event.ruling = event.pack->pack.id;
  if (message.has_establishment()) {
    event.establishment = GetEstablishment(message.establishment(), fields);
  }
  return event;
}

domain::HandoverOffered Get(const pb::HandoverOffered& message, Fields& fields) {
  return {fields.Word<IncidentRole>(message.role()), fields.Bytes<PrincipalId>(message.to()),
          message.brief()};
}

domain::HandoverAnswered Get(const pb::HandoverAnswered& message, Fields& fields) {
  return {message.offer(), fields.Word<IncidentRole>(message.role()), message.accepted(),
          message.because()};
}

domain::SituationReported Get(const pb::SituationReported& message, Fields& fields) {
  return {fields.Word<Audience>(message.audience()), message.conditions(), message.actions(),
          message.needs()};
}

domain::EntryRecorded Get(const pb::EntryRecorded& message, Fields& fields) {
  return {fields.Word<EntryKind>(message.kind()), message.text(), GetMap(message.attributes())};
}

domain::EntryCorrected Get(const pb::EntryCorrected& message, Fields&) {
  return {message.sequence(), message.text()};
}

domain::EntryRetracted Get(const pb::EntryRetracted& message, Fields&) {
  return {message.sequence(), message.because()};
}

domain::PhaseChanged Get(const pb::PhaseChanged& message, Fields& fields) {
  return {fields.Word<Phase>(message.from()), fields.Word<Phase>(message.to()), message.because()};
}

domain::SeverityChanged Get(const pb::SeverityChanged& message, Fields& fields) {
  return {fields.Word<Severity>(message.from()), fields.Word<Severity>(message.to()),
          message.because()};
}

domain::RoleAssigned Get(const pb::RoleAssigned& message, Fields& fields) {
  return {fields.Word<IncidentRole>(message.role()),
          fields.Bytes<PrincipalId>(message.principal())};
}

domain::MemberAdded Get(const pb::MemberAdded& message, Fields& fields) {
  return {fields.Bytes<PrincipalId>(message.principal())};
}

domain::IncidentClosed Get(const pb::IncidentClosed& message, Fields&) {
  return {message.because()};
}

domain::IncidentReopened Get(const pb::IncidentReopened& message, Fields&) {
  return {message.because()};
}

domain::AnchorRecorded Get(const pb::AnchorRecorded& message, Fields&) {
  return {message.anchor(), FromNanos(message.time_ns()), message.because(),
          message.awaits_approval()};
}

domain::AwarenessDecided Get(const pb::AwarenessDecided& message, Fields&) {
  return {message.sequence(), message.approved(), message.because()};
}

domain::AwarenessGapWarned Get(const pb::AwarenessGapWarned& message, Fields& fields) {
  domain::AwarenessGapWarned event;
  event.level = fields.WordIn<domain::GapLevel>(kGapLevelNumbers, message.level());
  event.detect_time = FromNanos(message.detect_time_ns());
  if (message.has_aware_time()) event.aware_time = FromNanos(message.aware_time_ns());
  event.fire_time = FromNanos(message.fire_time_ns());
  return event;
}

domain::AlertAcknowledged Get(const pb::AlertAcknowledged& message, Fields&) {
  return {message.alert()};
}

domain::AlertEscalated Get(const pb::AlertEscalated& message, Fields& fields) {
  domain::AlertEscalated event;
  event.alert = message.alert();
  event.level = static_cast<int>(message.level());
  event.attempt = static_cast<int>(message.attempt());
  if (message.role() != 0) event.role = fields.Word<IncidentRole>(message.role());
  for (const std::string& person : message.asked()) {
    event.asked.push_back(fields.Bytes<PrincipalId>(person));
  }
  event.skipped = {message.skipped().begin(), message.skipped().end()};
  event.waited = absl::Nanoseconds(message.waited_ns());
  if (message.next_time_ns() != 0) event.next_time = FromNanos(message.next_time_ns());
  event.fire_time = FromNanos(message.fire_time_ns());
  return event;
}

domain::ImpactAssessed Get(const pb::ImpactAssessed& message, Fields&) {
  return {GetMap(message.facts()), message.note()};
}

domain::SignificanceDecided Get(const pb::SignificanceDecided& message, Fields&) {
  domain::SignificanceDecided event{message.regime(), message.significant(), message.because(), {}};
  for (const pb::CriteriaBasis& from : message.basis()) {
    event.basis.push_back(
        {from.set(), from.version(), from.digest(), {from.met().begin(), from.met().end()}});
  }
  return event;
}

regulation::CriterionResult Get(const pb::CriteriaAssessed::Criterion& message, Fields& fields) {
  return {.id = message.id(),
          .article = message.article(),
          .text = message.text(),
          .outcome = fields.WordIn<regulation::Outcome>(kOutcomeNumbers, message.outcome()),
          .decides = message.decides(),
          .words = message.words()};
}

domain::CriteriaAssessed Get(const pb::CriteriaAssessed& message, Fields& fields) {
  domain::CriteriaAssessed event;
  event.regime = message.regime();
  for (const pb::CriteriaAssessed::Set& from : message.sets()) {
    regulation::SetResult& set = event.assessment.sets.emplace_back();
    set.set = from.set();
    set.title = from.title();
    set.version = from.version();
    set.digest = from.digest();
    set.confidence = from.confidence();
    set.verified_on = from.verified_on();
    for (const auto& criterion : from.criteria()) set.criteria.push_back(Get(criterion, fields));
  }
  for (const pb::CriteriaAssessed::NotAsked& from : message.not_asked()) {
    event.assessment.not_asked.emplace_back(from.set(), from.because());
  }
  return event;
}

domain::ObligationUpdated Get(const pb::ObligationUpdated& message, Fields& fields) {
  domain::ObligationUpdated event;
  event.obligation = message.obligation();
  event.zone_name = message.time_zone();
  regulation::Duty& duty = event.duty;
  duty.stage = message.stage();
  duty.label = message.label();
  duty.state = fields.WordIn<regulation::DutyState>(kDutyStateNumbers, message.duty_state());
  duty.own_duty = message.own_duty();
  duty.provisional = message.provisional();
  duty.anchor = message.anchor();
  duty.rule_id = message.rule_id();
  duty.article = message.article();
  duty.arithmetic = message.arithmetic();
  duty.latest_arithmetic = message.latest_arithmetic();
  duty.primary_norm = message.primary_norm();
  duty.latest_article = message.latest_article();
  event.zone_data = message.time_zone_data();
  event.former_zone_data = message.former_time_zone_data();
  if (message.has_due()) duty.due = FromNanos(message.due_ns());
  if (message.has_legal_latest()) duty.legal_latest = FromNanos(message.legal_latest_ns());
  if (message.has_anchor_time()) duty.anchor_time = FromNanos(message.anchor_time_ns());
  return event;
}

domain::ObligationReminded Get(const pb::ObligationReminded& message, Fields&) {
  return {message.obligation(), static_cast<int>(message.percent()), FromNanos(message.due_ns()),
          FromNanos(message.fire_time_ns())};
}

domain::ObligationMissed Get(const pb::ObligationMissed& message, Fields&) {
  return {message.obligation(), FromNanos(message.due_ns())};
}

domain::IntermediateRequested Get(const pb::IntermediateRequested& message, Fields&) {
  return {message.because(), FromNanos(message.request_time_ns())};
}

domain::ReceiptFile GetReceipt(const pb::ReceiptFile& message, Fields& fields) {
  return {message.name(), message.size(), fields.Bytes<Digest>(message.digest())};
}

domain::NotificationDrafted Get(const pb::NotificationDrafted& message, Fields& fields) {
  domain::NotificationDrafted event;
  event.obligation = message.obligation();
  for (const pb::DraftField& from : message.fields()) {
    domain::DraftField& field = event.fields.emplace_back();
    field.field = from.field();
    field.label = from.label();
    field.value = from.value();
    field.state = fields.WordIn<domain::FieldState>(kFieldStateNumbers, from.state());
    field.source_sequence = from.source_sequence();
    field.required = from.required();
    field.by_hand = from.by_hand();
    for (const pb::DraftPart& part : from.parts()) {
      field.parts.push_back(
          {part.part(), part.label(), part.value(), part.source_sequence(), part.by_hand()});
    }
    field.number = from.number();
    field.change = fields.WordIn<domain::FieldChange>(kFieldChangeNumbers, from.change());
  }
  event.form = {message.form(), message.form_version(), Digest{}, message.language(),
                message.stage_name()};
  event.previous_draft = message.previous_draft();
  event.document = message.document();
  if (event.document.empty()) return event;
  event.form.digest = fields.Bytes<Digest>(message.form_digest());
  event.format = fields.WordIn<domain::DocumentFormat>(kDocumentFormatNumbers, message.format());
  return event;
}

domain::NotificationApproved Get(const pb::NotificationApproved& message, Fields& fields) {
  domain::NotificationApproved event{message.obligation(), message.draft_sequence(), Digest{}};
  if (!message.document_digest().empty()) {
    event.document = fields.Bytes<Digest>(message.document_digest());
  }
  return event;
}

domain::NotificationSubmitted Get(const pb::NotificationSubmitted& message, Fields& fields) {
  domain::NotificationSubmitted event;
  event.obligation = message.obligation();
  event.submit_time = FromNanos(message.submit_time_ns());
  event.channel = message.channel();
  event.reference = message.reference();
  event.late_reason = message.late_reason();
  event.draft_sequence = message.draft_sequence();
  if (message.has_document()) {
    const pb::FiledDocument& document = message.document();
    event.document = domain::FiledDocument{
        fields.WordIn<domain::DocumentFormat>(kDocumentFormatNumbers, document.format()),
        document.size(), fields.Bytes<Digest>(document.digest()), document.approved()};
  }
  if (message.has_receipt()) event.receipt = GetReceipt(message.receipt(), fields);
  return event;
}

domain::NotificationAcknowledged Get(const pb::NotificationAcknowledged& message, Fields& fields) {
  domain::NotificationAcknowledged event{
      message.obligation(), FromNanos(message.acknowledge_time_ns()), message.reference(), {}};
  if (message.has_receipt()) event.receipt = GetReceipt(message.receipt(), fields);
  return event;
}

domain::ObligationWaived Get(const pb::ObligationWaived& message, Fields&) {
  return {message.obligation(), message.because()};
}

domain::RunStarted Get(const pb::RunStarted& message, Fields& fields) {
  domain::RunStarted event;
  event.run = message.run();
  if (!message.digest().empty()) {
    const Digest digest = fields.HexDigest(message.digest());
    event.playbook = fields.Pinned(
        fields.pinned.Playbook(message.playbook(), digest, message.definition_file()));
  }
  std::vector<std::shared_ptr<const domain::PinnedDefinition>> all;
  for (const pb::PinnedPlaybook& below : message.below()) {
    all.push_back(fields.Pinned(
        fields.pinned.Playbook(below.playbook(), fields.HexDigest(below.digest()), below.file())));
  }
  if (!all.empty() && fields.status.ok() && event.playbook != nullptr) {
    event.playbook = fields.Pinned(PinnedFiles::WithBelow(event.playbook, all));
  }
  event.parent_run = message.parent_run();
  event.parent_step = message.parent_step();
  return event;
}

domain::StepCompleted Get(const pb::StepCompleted& message, Fields&) {
  return {message.run(), message.step(), message.evidence()};
}

domain::StepSkipped Get(const pb::StepSkipped& message, Fields&) {
  return {message.run(), message.step(), message.because()};
}

domain::StepAssigned Get(const pb::StepAssigned& message, Fields& fields) {
  return {message.run(), message.step(), fields.Bytes<PrincipalId>(message.principal())};
}

domain::BranchDecided Get(const pb::BranchDecided& message, Fields&) {
  return {message.run(), message.step(), message.taken(), message.because()};
}

domain::StepAnswered Get(const pb::StepAnswered& message, Fields&) {
  return {message.run(), message.step(), message.question(), message.answer()};
}

domain::StepReminded Get(const pb::StepReminded& message, Fields&) {
  return {message.run(), message.step(), FromNanos(message.due_ns()),
          FromNanos(message.fire_time_ns())};
}

domain::StepOverdue Get(const pb::StepOverdue& message, Fields&) {
  return {message.run(), message.step(), FromNanos(message.due_ns())};
}

domain::StepRepeated Get(const pb::StepRepeated& message, Fields&) {
  domain::StepRepeated event{message.run(), message.step(), std::nullopt, message.because()};
  if (message.has_due()) event.due = FromNanos(message.due_ns());
  return event;
}

domain::RunJoined Get(const pb::RunJoined& message, Fields&) {
  return {message.run(), message.step(), message.joined()};
}

domain::StepConfirmed Get(const pb::StepConfirmed& message, Fields&) {
  return {message.run(), message.step(), message.evidence()};
}

domain::IncidentExported Get(const pb::IncidentExported& message, Fields& fields) {
  return {message.profile(), message.last_sequence(), fields.Bytes<Digest>(message.last_leaf())};
}

domain::PrincipalCreated Get(const pb::PrincipalCreated& message, Fields& fields) {
  domain::PrincipalCreated event;
  event.principal = fields.Bytes<PrincipalId>(message.principal());
  event.handle = message.handle();
  event.display_name = message.display_name();
  for (uint32_t role : message.roles()) event.roles.push_back(fields.Word<OrgRole>(role));
  return event;
}

domain::CodeIssued Get(const pb::CodeIssued& message, Fields& fields) {
  return {fields.Bytes<PrincipalId>(message.principal()), fields.Bytes<Digest>(message.code_hash()),
          FromNanos(message.expire_time_ns()),
          fields.WordIn<domain::TokenScope>(kTokenScopeNumbers, message.scope())};
}

domain::TokenIssued Get(const pb::TokenIssued& message, Fields& fields) {
  domain::TokenIssued event;
  event.token = fields.Bytes<TokenId>(message.token_id());
  event.principal = fields.Bytes<PrincipalId>(message.principal());
  event.secret_hash = fields.Bytes<Digest>(message.secret_hash());
  event.expire_time = FromNanos(message.expire_time_ns());
  event.device = message.device();
  event.code_hash = fields.Bytes<Digest>(message.code_hash());
  event.scope = fields.WordIn<domain::TokenScope>(kTokenScopeNumbers, message.scope());
  return event;
}

domain::TokenRevoked Get(const pb::TokenRevoked& message, Fields& fields) {
  return {fields.Bytes<TokenId>(message.token_id())};
}

// One line for each event: its number in the body, and its message.
#define TOCSIN_EVENTS(X)                                 \
  X(IncidentDeclared, incident_declared)                 \
  X(EntryRecorded, entry_recorded)                       \
  X(EntryCorrected, entry_corrected)                     \
  X(EntryRetracted, entry_retracted)                     \
  X(PhaseChanged, phase_changed)                         \
  X(SeverityChanged, severity_changed)                   \
  X(RoleAssigned, role_assigned)                         \
  X(MemberAdded, member_added)                           \
  X(IncidentClosed, incident_closed)                     \
  X(IncidentReopened, incident_reopened)                 \
  X(AnchorRecorded, anchor_recorded)                     \
  X(AwarenessDecided, awareness_decided)                 \
  X(AwarenessGapWarned, awareness_gap_warned)            \
  X(AlertAcknowledged, alert_acknowledged)               \
  X(AlertEscalated, alert_escalated)                     \
  X(ImpactAssessed, impact_assessed)                     \
  X(SignificanceDecided, significance_decided)           \
  X(ObligationUpdated, obligation_updated)               \
  X(ObligationReminded, obligation_reminded)             \
  X(ObligationMissed, obligation_missed)                 \
  X(IntermediateRequested, intermediate_requested)       \
  X(NotificationDrafted, notification_drafted)           \
  X(NotificationApproved, notification_approved)         \
  X(NotificationSubmitted, notification_submitted)       \
  X(NotificationAcknowledged, notification_acknowledged) \
  X(ObligationWaived, obligation_waived)                 \
  X(RunStarted, run_started)                             \
  X(StepCompleted, step_completed)                       \
  X(StepSkipped, step_skipped)                           \
  X(StepAssigned, step_assigned)                         \
  X(ReviewOpened, review_opened)                         \
  X(FindingAdded, finding_added)                         \
  X(ActionItemAdded, action_item_added)                  \
  X(ActionItemCompleted, action_item_completed)          \
  X(ReviewPublished, review_published)                   \
  X(IncidentExported, incident_exported)                 \
  X(RegimeAdopted, regime_adopted)                       \
  X(CriteriaAssessed, criteria_assessed)                 \
  X(BranchDecided, branch_decided)                       \
  X(StepAnswered, step_answered)                         \
  X(StepReminded, step_reminded)                         \
  X(StepOverdue, step_overdue)                           \
  X(StepRepeated, step_repeated)                         \
  X(RunJoined, run_joined)                               \
  X(StepConfirmed, step_confirmed)                       \
  X(HandoverOffered, handover_offered)                   \
  X(HandoverAnswered, handover_answered)                 \
  X(SituationReported, situation_reported)               \
  X(ReviewInvited, review_invited)                       \
  X(ReviewSubmitted, review_submitted)                   \
  X(ReviewRead, review_read)                             \
  X(ReviewWaived, review_waived)                         \
  X(ActionItemChanged, action_item_changed)              \
  X(ActionItemDropped, action_item_dropped)              \
  X(ActionItemAlerted, action_item_alerted)              \
  X(ActionItemEvaluated, action_item_evaluated)          \
  X(DrillStarted, drill_started)                         \
  X(DrillClockSet, drill_clock_set)                      \
  X(InjectDelivered, inject_delivered)                   \
  X(DrillDeclared, drill_declared)                       \
  X(DrillStopped, drill_stopped)                         \
  X(DrillJudged, drill_judged)                           \
  X(PrincipalCreated, principal_created)                 \
  X(CodeIssued, code_issued)                             \
  X(TokenIssued, token_issued)                           \
  X(TokenRevoked, token_revoked)                         \
  X(EvidenceAdded, evidence_added)                       \
  X(EvidenceMoved, evidence_moved)                       \
  X(EvidenceStored, evidence_stored)                     \
  X(EvidenceRetrieved, evidence_retrieved)

std::optional<domain::Event> GetEvent(const pb::Body& body, Fields& fields) {
  switch (body.event_case()) {
#define TOCSIN_CASE(Name, field) \
  case pb::Body::k##Name:        \
    return Get(body.field(), fields);
    TOCSIN_EVENTS(TOCSIN_CASE)
#undef TOCSIN_CASE
    case pb::Body::EVENT_NOT_SET:
      break;
  }
  return std::nullopt;
}
#undef TOCSIN_EVENTS

}  // namespace

bool IsReadableBody(std::string_view bytes) {
  pb::Body body;
  return body.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

absl::StatusOr<domain::PendingEntry> DecodeBody(std::string_view bytes, PinnedFiles& pinned) {
  pb::Body body;
  if (!body.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Malformed("it is not a message of this format");
  }
  Fields fields{pinned};
  domain::PendingEntry pending;
  std::optional<domain::Event> event = GetEvent(body, fields);
  if (!event) return OfLaterRelease("it holds no event that this release knows");
  pending.event = *std::move(event);
  if (body.occur_time_ns() != 0) pending.occur_time = FromNanos(body.occur_time_ns());
  pending.precision = fields.Word<Precision>(body.precision());
  TOCSIN_RETURN_IF_ERROR(fields.status);
  return pending;
}

}  // namespace tocsin::store
