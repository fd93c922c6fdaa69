// The state of one incident: the fold of its entries. It holds what decisions and views need, never
// the texts of the timeline itself (those stay in their sealed entries), so that it stays small for
// an incident of any length.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/drill.h"
#include "server/domain/event.h"
#include "server/domain/evidence.h"
#include "server/playbook/run.h"

namespace tocsin::domain {

/// One statement of a legal instant. Statements are kept; the last one of a name counts, except
/// that a later moment of `aware` counts only once a second person has approved it (awareness.h).
struct Anchor {
  std::string anchor;
  absl::Time time;
  std::string because;
  EntryMeta stated;
  /// By whom, when it is a later moment of `aware` that counted from then on.
  std::optional<EntryMeta> approved;
};

struct ImpactFact {
  std::string value;
  uint64_t sequence = 0;
};

enum class ObligationState : uint8_t { kOpen = 1, kMet = 2, kMissed = 3, kWaived = 4 };

struct Submission {
  absl::Time submit_time;
  std::string channel;
  std::string reference;
  std::string late_reason;
  uint64_t sequence = 0;
  /// Who recorded the filing, and when.
  PrincipalId author;
  absl::Time record_time;
  /// As in NotificationSubmitted.
  uint64_t draft_sequence = 0;
  std::optional<FiledDocument> document;
  std::optional<ReceiptFile> receipt;
};

/// A draft that a later one replaced.
struct EarlierDraft {
  uint64_t sequence = 0;
  /// As it would be filed, approval included; absent when it has none.
  std::optional<FiledDocument> document;
};

/// A duty with what has been done about it. `duty` is what the rules said last.
struct Obligation {
  std::string id;
  std::string zone_name;
  regulation::Duty duty;
  /// As in ObligationUpdated, of the last one.
  std::string zone_data;
  std::string former_zone_data;
  ObligationState state = ObligationState::kOpen;
  /// When the present due time became known and owed; reminders that lie before it are not given.
  absl::Time dated_time;
  uint64_t draft_sequence = 0;
  std::vector<DraftField> draft;
  PrincipalId draft_author;
  /// Of the draft's document, all but whether it is approved; absent when it has none.
  std::optional<FiledDocument> draft_document;
  uint64_t approved_draft_sequence = 0;
  /// The drafts before it, oldest first: what was filed may be one of them.
  std::vector<EarlierDraft> earlier_drafts;
  std::optional<Submission> submission;
  std::optional<absl::Time> acknowledge_time;
  /// The due times of which reminders or the miss have been recorded: (due, percent), 100 for the
  /// miss.
  std::set<std::pair<absl::Time, int>> fired;
};

struct Finding {
  FindingKind kind = FindingKind::kLesson;
  std::string text;
  PrincipalId author;
  uint64_t sequence = 0;
  std::vector<uint64_t> entries = {};
  std::string question = {};
};

/// What somebody said of an action item, or of a review, and when.
struct Remark {
  std::string because;
  EntryMeta meta;
};
struct Effect {
  Helped helped = Helped::kYes;
  Remark said;
};

struct ActionItem {
  std::string id;
  std::string text;
  PrincipalId owner;
  absl::Time due;
  bool done = false;
  std::string evidence;
  uint64_t sequence = 0;
  std::optional<ActionType> type = std::nullopt;
  ActionLinks links = {};
  /// When the present due time was given; reminders that lie before it are not given.
  absl::Time dated_time = absl::InfinitePast();
  /// The last alert for the present due time, in days from it; for an item that is done, from then.
  std::optional<int> alerted = std::nullopt;
  /// Of the present state: done (with `evidence`), or dropped.
  std::optional<EntryMeta> completed = std::nullopt;
  std::optional<Remark> dropped = std::nullopt;
  std::optional<Effect> effect = std::nullopt;

  bool open() const { return !done && !dropped; }
};

/// kOpen is a draft; kRead one that a second person approved as it stands.
enum class ReviewState : uint8_t { kNone = 0, kOpen = 1, kPublished = 2, kRead = 3 };

struct Review {
  ReviewState state = ReviewState::kNone;
  std::vector<Finding> findings;
  std::vector<ActionItem> action_items;
  std::optional<absl::Time> publish_time;
  std::string summary;
  ReviewGuide guide;
  EntryMeta opened;
  std::set<PrincipalId> participants;
  std::optional<absl::Time> meet_time;
  /// The draft that is there to be read. Gone when it was given back.
  std::optional<EntryMeta> submitted;
  /// Who has added to it since: they cannot be its second readers.
  std::set<PrincipalId> added_since;
  /// The last answer of a second person: an approval, or why it was given back.
  std::optional<Remark> read;
  /// The last entry that changed what is to be read.
  uint64_t changed_sequence = 0;
  PrincipalId published_by;
  std::string without_reader;
  std::vector<std::string> same_cause;
  /// Closed without a published review; gone when the incident is reopened.
  std::optional<Remark> waived;
};

/// A span of the response in which no person wrote anything.
struct Silence {
  absl::Time from;
  absl::Time to;
  /// The entry before it.
  uint64_t sequence = 0;
};

struct Significance {
  bool significant = false;
  std::string because;
  EntryMeta decided;
  /// What was met then, "SET:CRITERION", as regulation::MetIds.
  std::vector<std::string> met;
};

/// How the facts stand to the criteria of a regime.
struct Proposal {
  regulation::Assessment assessment;
  /// The entry that holds the assessment, and the one since which an outcome of it is as it is.
  uint64_t sequence = 0;
  uint64_t changed_sequence = 0;
};

/// A regime that decides the incident: by which version of its pack, as what kind of entity, from
/// which establishment, and whether a person has found the incident reportable under it. The same
/// law in two countries is two rulings.
struct Ruling {
  std::shared_ptr<const PinnedPack> pack;
  std::string entity_kind;
  std::optional<Significance> significance;
  /// "gdpr"; of the second establishment under the same pack "gdpr@nl". Begins its obligations'
  /// ids.
  std::string name;
  /// Absent in records of before it was kept.
  std::optional<Establishment> establishment;
  /// Absent while no criterion is settled, or there are none.
  std::optional<Proposal> proposal = std::nullopt;

  const std::string& id() const { return name; }
};

struct PhaseMove {
  Phase from = Phase::kTriage;
  Phase to = Phase::kTriage;
  absl::Time time;
};

/// A role that is offered and not answered yet.
struct HandoverOffer {
  PrincipalId from;
  PrincipalId to;
  uint64_t sequence = 0;
};

/// What an alert is about.
enum class AlertMatter : uint8_t { kDeadlineNear, kDeadlineMissed, kAwareness, kStepLate };

/// An entry that asks to be acknowledged (escalation.h).
struct Alert {
  uint64_t sequence = 0;
  AlertMatter matter = AlertMatter::kDeadlineNear;
  /// Id of the obligation, or of the step of `run`.
  std::string subject = {};
  std::string run = {};
  /// Of what it is about, as it was then.
  absl::Time due;
  absl::Time time;
  /// As in AlertEscalated, of the last one; 0 and none before.
  int level = 0;
  int attempt = 0;
  std::vector<PrincipalId> asked = {};
  std::optional<absl::Time> next_time = std::nullopt;
  std::optional<EntryMeta> acknowledged = std::nullopt;
  /// Nobody waits for it any more: a newer one took its place, or the incident was closed.
  bool ended = false;
};

/// What a channel reported as not delivered.
struct UndeliveredAlert {
  uint64_t alert = 0;
  std::string channel;
  std::string room;
  /// The report.
  uint64_t sequence = 0;
  absl::Time time;
};

/// What an entry of a person's claims to have been seen of the attacker, or to have shown it first:
/// of kinds attacker-activity and detection.
struct Sighting {
  EntryKind kind = EntryKind::kDetection;
  absl::Time time;
};

/// A value; copy it to try a command without effect.
struct Incident {
  IncidentId id;
  /// 0 before it is declared.
  uint64_t last_sequence = 0;
  absl::Time last_record_time;

  std::string number;
  std::string title;
  Severity severity = Severity::kSev3;
  /// The worst that it ever was.
  Severity worst_severity = Severity::kSev4;
  Phase phase = Phase::kTriage;
  Tlp tlp = Tlp::kAmber;
  bool restricted = false;
  bool drill = false;
  bool historical = false;
  /// Of a drill on a scenario.
  std::optional<Drill> exercise;
  absl::Time declare_time;
  PrincipalId declared_by;
  std::optional<absl::Time> close_time;
  /// Every change of phase but closing and reopening, in order.
  std::vector<PhaseMove> moves;
  std::string entity_kind;
  Zone zone;
  Attributes attributes;
  /// In the order of their adoption; empty for historical incidents.
  std::vector<Ruling> rulings;

  std::map<IncidentRole, std::set<PrincipalId>> role_holders;
  std::set<PrincipalId> members;
  /// At most one a role: a new offer takes the place of the one before.
  std::map<IncidentRole, HandoverOffer> offers;
  /// Sequence of the last situation report for each audience.
  std::map<Audience, uint64_t> reported;

  std::vector<Anchor> anchors;
  /// Entries of the statement of `aware` that counts, and of the later one that awaits approval; 0:
  /// there is none.
  uint64_t aware_sequence = 0;
  uint64_t pending_aware_sequence = 0;
  /// The highest warning about the gap between detection and awareness so far.
  GapLevel gap_warned = GapLevel::kNone;
  std::map<std::string, ImpactFact> impact;
  std::vector<Obligation> obligations;
  std::vector<playbook::Run> runs;
  /// Digest and file of each run's definition, parallel to `runs`.
  std::vector<std::shared_ptr<const PinnedDefinition>> run_definitions;
  Review review;
  /// By sequence.
  std::map<uint64_t, Alert> alerts;
  /// Entries that escalated an alert, and which.
  std::map<uint64_t, uint64_t> escalations;
  std::vector<UndeliveredAlert> undelivered;
  /// In the order of their collecting. Shared by copies of the incident; none is ever changed.
  std::vector<std::shared_ptr<const EvidenceItem>> evidence;
  /// The longest three until recovery, longest first.
  std::vector<Silence> silences;
  /// The last entry of a person: when, and which.
  absl::Time last_words_time;
  uint64_t last_words_sequence = 0;

  /// Sequence → (sequence of the last correction, its text is in that entry).
  std::map<uint64_t, uint64_t> corrected_by;
  std::map<uint64_t, uint64_t> retracted_by;
  /// Sequences of entries that people wrote: only those can be corrected or retracted.
  std::vector<uint64_t> written;
  /// Those of them that have another label than the incident.
  std::map<uint64_t, Tlp> labels;
  /// By sequence.
  std::map<uint64_t, Sighting> sightings;
  /// The earliest time that any of them claims.
  std::optional<absl::Time> first_claim;

  bool declared() const { return last_sequence > 0; }
  bool closed() const { return phase == Phase::kClosed; }
};

/// By id ("gdpr", "gdpr@nl"), else the first of that name of a regime ("GDPR"); nullptr when there
/// is none.
const Ruling* FindRuling(const Incident& incident, std::string_view regime);
Ruling* FindRuling(Incident& incident, std::string_view regime);
/// The regime of an obligation's id; nullptr when it is none of this incident's.
const Ruling* RulingOf(const Incident& incident, const Obligation& obligation);
/// True when a person has found the incident reportable under any regime; the first who did.
const Significance* SignificanceOf(const Incident& incident);

/// By id, else the first of that stage; nullptr when there is none.
const Obligation* FindObligation(const Incident& incident, std::string_view id_or_stage);
Obligation* FindObligation(Incident& incident, std::string_view id_or_stage);
/// The statement of `anchor` that counts; nullptr when there is none.
const Anchor* FindAnchor(const Incident& incident, std::string_view anchor);
/// The statement in entry `sequence`; nullptr when that entry states none.
const Anchor* AnchorStatedIn(const Incident& incident, uint64_t sequence);
/// When we became aware, as clocks count it; nullopt when nobody stated it.
std::optional<absl::Time> AwareTime(const Incident& incident);
/// True when this person holds `role` now.
bool HoldsRole(const Incident& incident, IncidentRole role, const PrincipalId& principal);
/// True when a person may see the incident at all by membership alone.
bool IsMember(const Incident& incident, const PrincipalId& principal);
/// True when the last draft is the one that was approved: a new draft takes the approval back.
inline bool IsApproved(const Obligation& obligation) {
  return obligation.draft_sequence != 0 &&
         obligation.approved_draft_sequence == obligation.draft_sequence;
}
/// The last draft's document as it would be filed now, approval included; absent when it has none.
std::optional<FiledDocument> LastDocument(const Obligation& obligation);
/// The obligation whose due time comes next among the open ones that are ours; nullptr when none
/// runs.
const Obligation* NextDue(const Incident& incident);

}  // namespace tocsin::domain
