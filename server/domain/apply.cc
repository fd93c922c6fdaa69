// The fold. Every event has its Apply; the compiler says when one is missing.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "server/base/check.h"
#include "server/domain/decide.h"
#include "server/domain/escalation.h"
#include "server/domain/significance.h"
#include "server/domain/timers.h"

namespace tocsin::domain {
namespace {

bool HeldByMany(IncidentRole role) {
  return role == IncidentRole::kResponder || role == IncidentRole::kObserver;
}

Obligation& Known(Incident& incident, const std::string& id) {
  Obligation* obligation = FindObligation(incident, id);
  TOCSIN_CHECK(obligation != nullptr);
  return *obligation;
}

playbook::Run& KnownRun(Incident& incident, const std::string& id) {
  const auto run = std::find_if(incident.runs.begin(), incident.runs.end(),
                                [&](const playbook::Run& r) { return r.id.ToString() == id; });
  TOCSIN_CHECK(run != incident.runs.end());
  return *run;
}

// Where a duty stands that is neither filed nor waived: a date that was missed once stays missed.
ObligationState Unsettled(const Obligation& obligation) {
  const std::optional<absl::Time>& due = obligation.duty.due;
  return due && obligation.fired.contains({*due, kDuePercent}) ? ObligationState::kMissed
                                                               : ObligationState::kOpen;
}

// A statement of `aware` takes the place of one that awaits approval; it counts unless it is later.
void StateAwareness(Incident& incident, const AnchorRecorded& e, uint64_t sequence) {
  const std::optional<absl::Time> counting = AwareTime(incident);
  incident.pending_aware_sequence = e.awaits_approval ? sequence : 0;
  if (!counting || e.time < *counting) incident.aware_sequence = sequence;
}

struct Fold {
  Incident& incident;
  /// Its time is the incident's own, in a drill that of its clock.
  const EntryMeta& meta;
  absl::Time world_time;

  void operator()(const IncidentDeclared& e) {
    incident.number = e.number;
    incident.title = e.title;
    incident.severity = e.severity;
    incident.worst_severity = e.severity;
    incident.tlp = e.tlp;
    incident.restricted = e.restricted;
    incident.drill = e.drill;
    incident.historical = e.historical;
    incident.entity_kind = e.entity_kind;
    incident.zone = e.zone;
    incident.attributes = e.attributes;
    if (e.pack != nullptr) {
      incident.rulings.push_back(
          {e.pack, e.entity_kind, std::nullopt, e.pack->pack.id, e.establishment});
    }
    incident.declare_time = meta.record_time;
    incident.declared_by = meta.author;
    incident.members.insert(meta.author);
  }
  void operator()(const EntryRecorded& e) {
    incident.written.push_back(meta.sequence);
    if (meta.tlp && *meta.tlp != incident.tlp) incident.labels[meta.sequence] = *meta.tlp;
    NoteDelivery(incident, meta, e);
    if (!meta.occur_time) return;
    incident.first_claim =
        std::min(incident.first_claim.value_or(absl::InfiniteFuture()), *meta.occur_time);
    if (e.kind == EntryKind::kDetection || e.kind == EntryKind::kAttackerActivity) {
      incident.sightings[meta.sequence] = {e.kind, *meta.occur_time};
    }
  }
  void operator()(const EntryCorrected& e) { incident.corrected_by[e.sequence] = meta.sequence; }
  void operator()(const EntryRetracted& e) { incident.retracted_by[e.sequence] = meta.sequence; }
  void operator()(const PhaseChanged& e) {
    incident.phase = e.to;
    incident.moves.push_back({e.from, e.to, meta.record_time});
  }
  void operator()(const SeverityChanged& e) {
    incident.severity = e.to;
    incident.worst_severity = std::min(incident.worst_severity, e.to);  // sev1 is 1
  }
  void operator()(const RoleAssigned& e) {
    auto& holders = incident.role_holders[e.role];
    if (!HeldByMany(e.role)) holders.clear();
    holders.insert(e.principal);
    incident.members.insert(e.principal);
    // An offer by somebody who does not hold the role any more is void.
    const auto offer = incident.offers.find(e.role);
    if (offer != incident.offers.end() && !holders.contains(offer->second.from)) {
      incident.offers.erase(offer);
    }
  }
  void operator()(const MemberAdded& e) { incident.members.insert(e.principal); }
  void operator()(const IncidentClosed&) {
    incident.phase = Phase::kClosed;
    incident.close_time = meta.record_time;
    EndAlerts(incident);
  }
  void operator()(const IncidentReopened&) {
    incident.phase = Phase::kInvestigation;
    incident.close_time.reset();
    incident.review.waived.reset();
  }
  void operator()(const AnchorRecorded& e) {
    if (e.anchor == "aware") StateAwareness(incident, e, meta.sequence);
    incident.anchors.push_back({e.anchor, e.time, e.because, meta, std::nullopt});
  }
  void operator()(const AwarenessDecided& e) {
    incident.pending_aware_sequence = 0;
    if (!e.approved) return;
    incident.aware_sequence = e.sequence;
    for (Anchor& anchor : incident.anchors) {
      if (anchor.stated.sequence == e.sequence) anchor.approved = meta;
    }
  }
  void operator()(const AwarenessGapWarned& e) {
    incident.gap_warned = std::max(incident.gap_warned, e.level);
  }
  void operator()(const ImpactAssessed& e) {
    for (const auto& [key, value] : e.facts) incident.impact[key] = {value, meta.sequence};
  }
  void operator()(const SignificanceDecided& e) {
    Ruling* const ruling = FindRuling(incident, e.regime);
    if (ruling == nullptr) return;
    ruling->significance = Significance{e.significant, e.because, meta, MetIds(e.basis)};
    if (!e.significant) return;
    // A waiver was made under the former decision: the new one must not be met by it silently.
    // What was provisional is so no more; that alone is no news worth an entry for each duty.
    for (Obligation& obligation : incident.obligations) {
      if (RulingOf(incident, obligation) != ruling) continue;
      obligation.duty.provisional = false;
      if (obligation.state == ObligationState::kWaived) obligation.state = Unsettled(obligation);
    }
  }
  void operator()(const CriteriaAssessed& e) {
    Ruling* const ruling = FindRuling(incident, e.regime);
    if (ruling == nullptr) return;
    Proposal next{e.assessment, meta.sequence, meta.sequence};
    if (ruling->proposal && SameOutcomes(ruling->proposal->assessment, e.assessment)) {
      next.changed_sequence = ruling->proposal->changed_sequence;
    }
    ruling->proposal = std::move(next);
  }
  void operator()(const RegimeAdopted& e) {
    const std::string& name = e.ruling.empty() ? e.pack->pack.id : e.ruling;
    for (Ruling& known : incident.rulings) {
      if (known.id() != name) continue;
      known.pack = e.pack;
      known.entity_kind = e.entity_kind;
      if (e.establishment) known.establishment = e.establishment;
      return;
    }
    incident.rulings.push_back({e.pack, e.entity_kind, std::nullopt, name, e.establishment});
  }
  void operator()(const ObligationUpdated& e) {
    Obligation* known = FindObligation(incident, e.obligation);
    if (known == nullptr) {
      incident.obligations.push_back({.id = e.obligation, .zone_name = e.zone_name});
      known = &incident.obligations.back();
    }
    const bool becomes_dated = e.duty.state == regulation::DutyState::kDated &&
                               known->duty.state != regulation::DutyState::kDated;
    if (known->duty.due != e.duty.due || becomes_dated) known->dated_time = meta.record_time;
    known->duty = e.duty;
    if (known->state == ObligationState::kOpen || known->state == ObligationState::kMissed) {
      known->state = Unsettled(*known);
    }
    known->zone_name = e.zone_name;
    known->zone_data = e.zone_data;
    known->former_zone_data = e.former_zone_data;
  }
  void operator()(const ObligationReminded& e) {
    Known(incident, e.obligation).fired.insert({e.due, e.percent});
  }
  void operator()(const ObligationMissed& e) {
    Obligation& obligation = Known(incident, e.obligation);
    obligation.fired.insert({e.due, kDuePercent});
    obligation.state = ObligationState::kMissed;
  }
  void operator()(const IntermediateRequested& e) {
    incident.anchors.push_back(
        {"intermediate_requested", e.request_time, e.because, meta, std::nullopt});
    Obligation* obligation = FindObligation(incident, "intermediate");
    if (obligation == nullptr) return;
    // A second request is a new duty: neither the first filing nor its draft answers it.
    if (obligation->submission) {
      obligation->draft_sequence = 0;
      obligation->draft.clear();
      obligation->draft_document.reset();
      obligation->approved_draft_sequence = 0;
      obligation->earlier_drafts.clear();
    }
    obligation->state = ObligationState::kOpen;
    obligation->submission.reset();
    obligation->acknowledge_time.reset();
  }
  void operator()(const NotificationDrafted& e) {
    Obligation& obligation = Known(incident, e.obligation);
    if (obligation.draft_sequence != 0) {
      obligation.earlier_drafts.push_back({obligation.draft_sequence, LastDocument(obligation)});
    }
    obligation.draft_sequence = meta.sequence;
    obligation.draft = e.fields;
    obligation.draft_author = meta.author;
    obligation.draft_document.reset();
    if (!e.document.empty()) {
      obligation.draft_document = FiledDocument{
          .format = e.format, .size = e.document.size(), .digest = Sha256(e.document)};
    }
  }
  void operator()(const NotificationApproved& e) {
    Known(incident, e.obligation).approved_draft_sequence = e.draft_sequence;
  }
  void operator()(const NotificationSubmitted& e) {
    Obligation& obligation = Known(incident, e.obligation);
    obligation.submission = Submission{.submit_time = e.submit_time,
                                       .channel = e.channel,
                                       .reference = e.reference,
                                       .late_reason = e.late_reason,
                                       .sequence = meta.sequence,
                                       .author = meta.author,
                                       .record_time = meta.record_time,
                                       .draft_sequence = e.draft_sequence,
                                       .document = e.document,
                                       .receipt = e.receipt};
    obligation.state = ObligationState::kMet;
  }
  void operator()(const NotificationAcknowledged& e) {
    Obligation& obligation = Known(incident, e.obligation);
    obligation.acknowledge_time = e.acknowledge_time;
    // An answer that we expect from the authority is there once it is recorded.
    if (!obligation.duty.own_duty) obligation.state = ObligationState::kMet;
  }
  void operator()(const ObligationWaived& e) {
    Known(incident, e.obligation).state = ObligationState::kWaived;
  }
  void operator()(const RunStarted& e) {
    const auto id = playbook::RunId::Parse(e.run);
    TOCSIN_CHECK(id.has_value());
    std::shared_ptr<const playbook::Definition> definition(e.playbook, &e.playbook->definition);
    playbook::Run run = playbook::StartRun(*id, std::move(definition), meta.record_time);
    if (const auto parent = playbook::RunId::Parse(e.parent_run)) {
      run.parent = {*parent, e.parent_step};
      playbook::ApplySubRun(KnownRun(incident, e.parent_run), e.parent_step, *id);
    }
    incident.runs.push_back(std::move(run));
    incident.run_definitions.push_back(e.playbook);
  }
  void operator()(const StepCompleted& e) {
    playbook::ApplyDone(KnownRun(incident, e.run), e.step, {meta.author, meta.record_time},
                        e.evidence);
  }
  void operator()(const StepSkipped& e) {
    playbook::ApplySkipped(KnownRun(incident, e.run), e.step, {meta.author, meta.record_time},
                           e.because);
  }
  void operator()(const StepAssigned& e) {
    playbook::ApplyAssigned(
        KnownRun(incident, e.run), e.step,
        e.principal.empty() ? std::nullopt : std::optional<PrincipalId>(e.principal));
  }
  void operator()(const BranchDecided& e) {
    playbook::ApplyBranch(KnownRun(incident, e.run), e.step, e.taken, e.because, meta.record_time);
  }
  void operator()(const StepAnswered& e) {
    playbook::ApplyAnswer(KnownRun(incident, e.run), e.question, e.answer);
  }
  void operator()(const StepReminded& e) {
    playbook::ApplyAlert(KnownRun(incident, e.run), e.step, e.due, /*late=*/false);
  }
  void operator()(const StepOverdue& e) {
    playbook::ApplyAlert(KnownRun(incident, e.run), e.step, e.due, /*late=*/true);
  }
  void operator()(const StepRepeated& e) {
    playbook::ApplyRepeated(KnownRun(incident, e.run), e.step, e.due,
                            {meta.author, meta.record_time});
  }
  void operator()(const RunJoined& e) {
    const auto joined = playbook::RunId::Parse(e.joined);
    TOCSIN_CHECK(joined.has_value());
    playbook::ApplySubRun(KnownRun(incident, e.run), e.step, *joined);
  }
  void operator()(const StepConfirmed& e) {
    playbook::ApplyConfirmed(KnownRun(incident, e.run), e.step, {meta.author, meta.record_time},
                             e.evidence);
  }
  void operator()(const ReviewOpened& e) {
    incident.review.state = ReviewState::kOpen;
    incident.review.guide = e.guide;
    incident.review.opened = meta;
    incident.review.changed_sequence = meta.sequence;
  }
  void operator()(const ReviewInvited& e) {
    incident.review.participants.insert(e.people.begin(), e.people.end());
    if (e.meet_time) incident.review.meet_time = e.meet_time;
  }
  void operator()(const FindingAdded& e) {
    ChangeReview();
    incident.review.findings.push_back(
        {e.kind, e.text, meta.author, meta.sequence, e.entries, e.question});
  }
  void operator()(const ReviewSubmitted& e) {
    ChangeReview();
    incident.review.summary = e.summary;
    incident.review.submitted = meta;
    incident.review.added_since.clear();
  }
  void operator()(const ReviewRead& e) {
    Review& review = incident.review;
    review.state = e.approved ? ReviewState::kRead : ReviewState::kOpen;
    review.read = Remark{e.note, meta};
    if (!e.approved) review.submitted.reset();
  }
  void operator()(const ReviewPublished& e) {
    incident.review.state = ReviewState::kPublished;
    incident.review.publish_time = meta.record_time;
    incident.review.published_by = meta.author;
    incident.review.summary = e.summary;
    incident.review.without_reader = e.without_reader;
    incident.review.same_cause = e.same_cause;
  }
  void operator()(const ReviewWaived& e) { incident.review.waived = Remark{e.because, meta}; }
  void operator()(const ActionItemAdded& e) {
    ChangeReview();
    incident.review.action_items.push_back({.id = e.action_item,
                                            .text = e.text,
                                            .owner = e.owner,
                                            .due = e.due,
                                            .sequence = meta.sequence,
                                            .type = e.type,
                                            .links = e.links,
                                            .dated_time = meta.record_time});
  }
  void operator()(const ActionItemCompleted& e) {
    ActionItem* const item = KnownItem(e.action_item);
    if (item == nullptr) return;
    item->done = true;
    item->evidence = e.evidence;
    item->completed = meta;
    item->alerted.reset();
  }
  void operator()(const ActionItemChanged& e) {
    ActionItem* const item = KnownItem(e.action_item);
    if (item == nullptr) return;
    if (!e.owner.empty()) item->owner = e.owner;
    if (!e.due) return;
    item->due = *e.due;
    item->dated_time = meta.record_time;
    item->alerted.reset();
  }
  void operator()(const ActionItemDropped& e) {
    ActionItem* const item = KnownItem(e.action_item);
    if (item != nullptr) item->dropped = Remark{e.because, meta};
  }
  void operator()(const ActionItemAlerted& e) {
    ActionItem* const item = KnownItem(e.action_item);
    if (item != nullptr) item->alerted = static_cast<int>(e.alert);
  }
  void operator()(const ActionItemEvaluated& e) {
    ActionItem* const item = KnownItem(e.action_item);
    if (item != nullptr) item->effect = Effect{e.helped, {e.because, meta}};
  }
  void operator()(const IncidentExported&) {}
  void operator()(const HandoverOffered& e) {
    incident.offers[e.role] = {meta.author, e.to, meta.sequence};
  }
  void operator()(const HandoverAnswered& e) {
    const auto offer = incident.offers.find(e.role);
    if (offer == incident.offers.end()) return;
    if (e.accepted) {
      auto& holders = incident.role_holders[e.role];
      holders.erase(offer->second.from);
      if (!HeldByMany(e.role)) holders.clear();
      holders.insert(offer->second.to);
    }
    incident.offers.erase(offer);
  }
  void operator()(const SituationReported& e) { incident.reported[e.audience] = meta.sequence; }
  void operator()(const DrillStarted& e) {
    const absl::Duration lasts = e.scenario->scenario.lasts;
    incident.exercise =
        Drill{.pinned = e.scenario,
              .begin_time = e.begin_time,
              .clock = {world_time, e.begin_time, e.speed, e.paused, e.begin_time + lasts}};
  }
  void operator()(const DrillClockSet& e) {
    DrillClock& clock = incident.exercise->clock;
    clock.set_time = world_time;
    clock.shown_time = e.time;
    clock.speed = e.speed;
    clock.paused = e.paused;
  }
  void operator()(const InjectDelivered&) { ++incident.exercise->delivered; }
  void operator()(const DrillDeclared& e) {
    incident.exercise->declare_time = meta.record_time;
    incident.severity = e.severity;
  }
  void operator()(const DrillStopped&) { incident.exercise->stop_time = meta.record_time; }
  void operator()(const DrillJudged& e) {
    incident.exercise->judgements[e.expectation] = {e.met, e.because, meta.author, meta.sequence};
  }
  void operator()(const EvidenceAdded& e) { ApplyEvidence(incident, meta, e); }
  void operator()(const EvidenceMoved& e) { ApplyEvidence(incident, meta, e); }
  void operator()(const EvidenceStored& e) { ApplyEvidence(incident, meta, e); }
  void operator()(const EvidenceRetrieved& e) { ApplyEvidence(incident, meta, e); }

  void operator()(const AlertAcknowledged& e) { NoteAcknowledgement(incident, meta, e); }
  void operator()(const AlertEscalated& e) { NoteEscalation(incident, meta, e); }

  // The organisation's own timeline folds into a Directory, never into an incident.
  void operator()(const PrincipalCreated&) { TOCSIN_CHECK(false); }
  void operator()(const CodeIssued&) { TOCSIN_CHECK(false); }
  void operator()(const TokenIssued&) { TOCSIN_CHECK(false); }
  void operator()(const TokenRevoked&) { TOCSIN_CHECK(false); }

 private:
  // What a second person has approved is that no more; what is added to a draft that is there to be
  // read, its author cannot approve.
  void ChangeReview() {
    Review& review = incident.review;
    review.state = ReviewState::kOpen;
    review.changed_sequence = meta.sequence;
    if (review.submitted) review.added_since.insert(meta.author);
  }
  ActionItem* KnownItem(const std::string& id) {
    for (ActionItem& item : incident.review.action_items) {
      if (item.id == id) return &item;
    }
    return nullptr;
  }
};

// Of a person's entry: how long nobody had written anything before it. What comes after recovery is
// no response any more.
void NoteSilence(Incident& incident, const EntryMeta& meta) {
  constexpr size_t kKept = 3;
  if (meta.author.empty() || incident.historical) return;
  const absl::Time before = std::exchange(incident.last_words_time, meta.record_time);
  const uint64_t sequence = std::exchange(incident.last_words_sequence, meta.sequence);
  if (sequence == 0 || before >= meta.record_time || incident.phase >= Phase::kRecovery) return;
  std::vector<Silence>& silences = incident.silences;
  silences.push_back({before, meta.record_time, sequence});
  std::stable_sort(silences.begin(), silences.end(), [](const Silence& a, const Silence& b) {
    return a.to - a.from > b.to - b.from;
  });
  if (silences.size() > kKept) silences.pop_back();
}

}  // namespace

void Apply(Incident& incident, const EntryMeta& meta, const Event& event) {
  TOCSIN_CHECK(meta.sequence == incident.last_sequence + 1);
  EntryMeta own = meta;
  own.record_time = TimeIn(incident, meta.record_time);
  std::visit(Fold{incident, own, meta.record_time}, event);
  NoteAlert(incident, own, event);
  NoteSilence(incident, own);
  incident.last_sequence = meta.sequence;
  incident.last_record_time = meta.record_time;
}

}  // namespace tocsin::domain
