// What can happen to an incident, as facts in the past tense. Decide returns events, an entry of
// the timeline stores one, Apply folds them into the incident's state. Nothing else changes an
// incident.
//
// The number of an event type is its number on disk and in the leaf (EntryType); never reuse one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "server/base/digest.h"
#include "server/base/ids.h"
#include "server/base/vocabulary.h"
#include "server/domain/drill_event.h"
#include "server/domain/evidence_event.h"
#include "server/filing/document.h"
#include "server/playbook/definition.h"
#include "server/regulation/criteria.h"
#include "server/regulation/evaluate.h"
#include "server/regulation/rule_pack.h"

namespace tocsin::domain {

using Attributes = std::map<std::string, std::string>;

/// A rule pack with the bytes it was read from. An incident keeps the one it was declared under.
struct PinnedPack {
  regulation::RulePack pack;
  std::string file;
};

/// A playbook definition with the bytes it was read from, and all playbooks that its steps start,
/// at any depth, each once. A run keeps the ones it was started with.
struct PinnedDefinition {
  playbook::Definition definition;
  std::string file;
  std::vector<std::shared_ptr<const PinnedDefinition>> below;
};

/// A zone by its IANA name, with its rules already loaded (this layer reads no files).
struct Zone {
  std::string name;
  absl::TimeZone rules;
};

/// A calendar of public holidays with the bytes it was read from. A regime of an incident keeps the
/// one its dates were computed with.
struct PinnedCalendar {
  regulation::Calendar calendar;
  Digest digest;
  std::string file;
};
/// By country, "NL".
using Calendars = std::map<std::string, std::shared_ptr<const PinnedCalendar>>;

/// From where a regime is answered, and with that how its days are counted.
struct Establishment {
  /// ISO 3166; empty when it was not stated.
  std::string country;
  /// Of its civil dates: the establishment's, unless the regime's pack names a zone.
  Zone zone;
  /// nullptr: only weekends are known.
  std::shared_ptr<const PinnedCalendar> calendar;
};

struct IncidentDeclared {
  std::string number;
  std::string title;
  Severity severity = Severity::kSev3;
  Tlp tlp = Tlp::kAmber;
  bool restricted = false;
  bool drill = false;
  bool historical = false;
  std::string entity_kind;
  Zone zone;
  Attributes attributes;
  std::shared_ptr<const PinnedPack> pack;
  /// Under which `pack` is answered; absent in records of before it was kept.
  std::optional<Establishment> establishment;
};
struct EntryRecorded {
  EntryKind kind = EntryKind::kObservation;
  std::string text;
  Attributes attributes;
};
struct EntryCorrected {
  uint64_t sequence = 0;
  std::string text;
};
struct EntryRetracted {
  uint64_t sequence = 0;
  std::string because;
};
struct PhaseChanged {
  Phase from = Phase::kTriage;
  Phase to = Phase::kTriage;
  std::string because;
};
struct SeverityChanged {
  Severity from = Severity::kSev3;
  Severity to = Severity::kSev3;
  std::string because;
};
struct RoleAssigned {
  IncidentRole role = IncidentRole::kResponder;
  PrincipalId principal;
};
struct MemberAdded {
  PrincipalId principal;
};
struct IncidentClosed {
  std::string because;
};
struct IncidentReopened {
  std::string because;
};
struct AnchorRecorded {
  std::string anchor;
  absl::Time time;
  std::string because;
  /// A moment of `aware` after the one that counts: it moves no date until a second person approves
  /// it. False in records of before that was asked: those statements move nothing.
  bool awaits_approval = false;
};
struct ImpactAssessed {
  Attributes facts;
  std::string note;
};
/// What a decision on significance rested on: the criteria that were met in one set.
struct CriteriaBasis {
  std::string set;
  std::string version;
  /// Of the set's file, in hex.
  std::string digest;
  /// Ids of the criteria; empty when none was met.
  std::vector<std::string> met;

  friend bool operator==(const CriteriaBasis&, const CriteriaBasis&) = default;
};
struct SignificanceDecided {
  std::string regime;
  bool significant = false;
  std::string because;
  /// Every set that the proposal rested on; empty when there was no proposal.
  std::vector<CriteriaBasis> basis;
};
/// How the facts stand to the criteria of a regime, whenever that changes: the proposal.
struct CriteriaAssessed {
  std::string regime;
  regulation::Assessment assessment;
};
/// What the rules say of one duty, whenever that changes: with its date, article and arithmetic.
struct ObligationUpdated {
  /// "nis2.early_warning".
  std::string obligation;
  std::string zone_name;
  regulation::Duty duty;
  /// Version of the time zone data it was computed with, "2026a"; empty in older records.
  std::string zone_data;
  /// The version of before, when nothing but that moved the date; else empty.
  std::string former_zone_data;
};
struct ObligationReminded {
  std::string obligation;
  int percent = 0;
  absl::Time due;
  /// When the reminder was due to be given; after downtime earlier than its record time.
  absl::Time fire_time;
};
struct ObligationMissed {
  std::string obligation;
  absl::Time due;
};
struct IntermediateRequested {
  std::string because;
  absl::Time request_time;
};

using filing::DocumentFormat;
using filing::DraftField;
using filing::DraftPart;
using filing::FieldChange;
using filing::FieldState;

/// A draft keeps what it was made with and the very bytes it gave, so that newer forms and newer
/// programs change nothing of it.
struct NotificationDrafted {
  std::string obligation;
  std::vector<DraftField> fields;
  filing::FormUsed form;
  DocumentFormat format = DocumentFormat::kMarkdown;
  /// What is sent; empty in drafts of the first release.
  std::string document;
  /// The draft that the changes are against; 0: none.
  uint64_t previous_draft = 0;
};
struct NotificationApproved {
  std::string obligation;
  uint64_t draft_sequence = 0;
  /// Of the document that was approved; zero for drafts without one.
  Digest document;
};

/// A file that stays with whoever filed: the record keeps what proves it.
struct ReceiptFile {
  std::string name;
  uint64_t size = 0;
  Digest digest;

  friend bool operator==(const ReceiptFile&, const ReceiptFile&) = default;
};
/// The document that was filed; its bytes stand in the draft's entry.
struct FiledDocument {
  DocumentFormat format = DocumentFormat::kMarkdown;
  uint64_t size = 0;
  Digest digest;
  bool approved = false;

  friend bool operator==(const FiledDocument&, const FiledDocument&) = default;
};
struct NotificationSubmitted {
  std::string obligation;
  absl::Time submit_time;
  std::string channel;
  std::string reference;
  std::string late_reason;
  /// 0: filed without a draft in the record.
  uint64_t draft_sequence = 0;
  /// Absent without a draft, and for drafts without a document.
  std::optional<FiledDocument> document;
  std::optional<ReceiptFile> receipt;
};
struct NotificationAcknowledged {
  std::string obligation;
  absl::Time acknowledge_time;
  std::string reference;
  std::optional<ReceiptFile> receipt;
};
struct ObligationWaived {
  std::string obligation;
  std::string because;
};
struct RunStarted {
  /// "run-1".
  std::string run;
  std::shared_ptr<const PinnedDefinition> playbook;
  /// The step of another run that this run is; both empty when a person started it.
  std::string parent_run;
  std::string parent_step;
};
struct StepCompleted {
  std::string run;
  std::string step;
  std::string evidence;
};
struct StepSkipped {
  std::string run;
  std::string step;
  std::string because;
};
struct StepAssigned {
  std::string run;
  std::string step;
  PrincipalId principal;
};
/// Whether the condition of a step holds; `because` names the facts that made it so.
struct BranchDecided {
  std::string run;
  std::string step;
  bool taken = false;
  std::string because;
};
struct StepAnswered {
  std::string run;
  std::string step;
  std::string question;
  std::string answer;
};
struct StepReminded {
  std::string run;
  std::string step;
  absl::Time due;
  /// When the reminder was due to be given; after downtime earlier than its record time.
  absl::Time fire_time;
};
struct StepOverdue {
  std::string run;
  std::string step;
  absl::Time due;
};
/// After a round of a repeated step: the next one is due then, or there is none.
struct StepRepeated {
  std::string run;
  std::string step;
  std::optional<absl::Time> due;
  std::string because;
};
/// A step that is another playbook joins the run of it that is under way.
struct RunJoined {
  std::string run;
  std::string step;
  std::string joined;
};
/// By a second person.
struct StepConfirmed {
  std::string run;
  std::string step;
  std::string evidence;
};
/// A question that guides a review, and what kind of finding its answer is.
struct GuideQuestion {
  std::string id;
  ReviewPart part = ReviewPart::kLearning;
  std::string ask;
  FindingKind kind = FindingKind::kLesson;

  friend bool operator==(const GuideQuestion&, const GuideQuestion&) = default;
};
/// The questions that a review goes by, as its file stated them when it was opened.
struct ReviewGuide {
  std::string id;
  std::string title;
  std::string version;
  /// Of the file.
  Digest digest;
  std::vector<GuideQuestion> questions;

  friend bool operator==(const ReviewGuide&, const ReviewGuide&) = default;
};
struct ReviewOpened {
  /// Without an id in records of before there were guides.
  ReviewGuide guide;
};
struct FindingAdded {
  FindingKind kind = FindingKind::kLesson;
  std::string text;
  Attributes attributes;
  /// Sequences of the entries that it rests on.
  std::vector<uint64_t> entries;
  /// The guide's question that it answers; empty: none.
  std::string question;
};
/// What an action item follows from.
struct ActionLinks {
  /// Sequences of findings of the same review.
  std::vector<uint64_t> findings;
  /// Numbers of other incidents.
  std::vector<std::string> incidents;

  friend bool operator==(const ActionLinks&, const ActionLinks&) = default;
};
struct ActionItemAdded {
  /// "action-1".
  std::string action_item;
  std::string text;
  PrincipalId owner;
  absl::Time due;
  /// Absent in records of before it was asked for.
  std::optional<ActionType> type;
  ActionLinks links;
};
struct ActionItemCompleted {
  std::string action_item;
  std::string evidence;
};
struct ReviewPublished {
  std::string summary;
  /// The entry in which a second person approved it; 0: nobody read it.
  uint64_t read_sequence = 0;
  /// Why nobody read it; also empty in records of before a second reader was asked for.
  std::string without_reader;
  /// Numbers of the incidents that had the same root cause by then.
  std::vector<std::string> same_cause;
};
struct ReviewInvited {
  std::vector<PrincipalId> people;
  /// When they meet, where that is settled.
  std::optional<absl::Time> meet_time;
};
/// The draft with this summary is there to be read.
struct ReviewSubmitted {
  std::string summary;
};
/// By a second person: approved as it stands, or given back.
struct ReviewRead {
  bool approved = false;
  std::string note;
};
/// The incident is closed without a published review.
struct ReviewWaived {
  std::string because;
};
struct ActionItemChanged {
  std::string action_item;
  /// The zero id and absence: as before.
  PrincipalId owner;
  std::optional<absl::Time> due;
  std::string because;
};
struct ActionItemDropped {
  std::string action_item;
  std::string because;
};
/// Days from the due time at which the server speaks up; the last two from when the item was done.
enum class ActionAlert : int {
  kDueSoon = -7,
  kOverdue = 0,
  kStillOverdue = 7,
  kLongOverdue = 30,
  kDidItHelp = 90,
  kDidItHelpAgain = 120,
};
struct ActionItemAlerted {
  std::string action_item;
  ActionAlert alert = ActionAlert::kOverdue;
  /// Of the item; for the last two, when the question is due.
  absl::Time due;
  /// When the alert was due to be given; after downtime earlier than its record time.
  absl::Time fire_time;
  /// Of the item, then.
  PrincipalId owner;
};
struct ActionItemEvaluated {
  std::string action_item;
  Helped helped = Helped::kYes;
  std::string because;
};
struct IncidentExported {
  std::string profile;
  uint64_t last_sequence = 0;
  Digest last_leaf;
};
/// A further regime decides this incident from now on, or a regime another version of its pack.
struct RegimeAdopted {
  std::shared_ptr<const PinnedPack> pack;
  std::string entity_kind;
  std::string because;
  /// The ruling's id, "gdpr@nl"; empty in older records: the pack's id.
  std::string ruling;
  /// As in IncidentDeclared.
  std::optional<Establishment> establishment;
};

/// Somebody offers a role to somebody else; it passes when that one accepts.
struct HandoverOffered {
  IncidentRole role = IncidentRole::kCommander;
  PrincipalId to;
  /// How things stood, as handed over.
  std::string brief;
};
struct HandoverAnswered {
  /// The entry of the offer.
  uint64_t offer = 0;
  IncidentRole role = IncidentRole::kCommander;
  bool accepted = false;
  std::string because;
};
/// A situation report as it was sent. It never changes.
struct SituationReported {
  Audience audience = Audience::kTeam;
  std::string conditions;
  std::string actions;
  std::string needs;
};

/// The answer to a later statement of `aware`.
struct AwarenessDecided {
  /// Of the entry that states it.
  uint64_t sequence = 0;
  bool approved = false;
  std::string because;
};
/// How far awareness lies behind detection (awareness.h has the limits).
enum class GapLevel : uint8_t { kNone = 0, kAmber = 1, kRed = 2 };
/// The gap between detection and awareness passed a limit, or a correction made it wider.
struct AwarenessGapWarned {
  GapLevel level = GapLevel::kNone;
  absl::Time detect_time;
  /// Absent: awareness was not stated yet.
  std::optional<absl::Time> aware_time;
  /// When the warning was due to be given; after downtime earlier than its record time.
  absl::Time fire_time;
};

/// Somebody has seen an alert (escalation.h) and takes care.
struct AlertAcknowledged {
  /// Its entry.
  uint64_t alert = 0;
};
/// Who is asked to acknowledge an alert from now on; nobody any more when `asked` is empty.
struct AlertEscalated {
  uint64_t alert = 0;
  /// Of the chain, from 1; 0 when nobody could be asked at all.
  int level = 0;
  /// How often this level was asked, this time included.
  int attempt = 0;
  /// The level's; absent when it names a person.
  std::optional<IncidentRole> role;
  std::vector<PrincipalId> asked;
  /// Levels before it that had nobody, as configured: "deputy", "@bob".
  std::vector<std::string> skipped;
  /// How long the alert had waited.
  absl::Duration waited;
  /// When the next is asked; absent when nobody is any more.
  std::optional<absl::Time> next_time;
  /// When this was due; after downtime earlier than its record time.
  absl::Time fire_time;
};

// The organisation's own timeline: who may do what (domain/directory.h).
struct PrincipalCreated {
  PrincipalId principal;
  std::string handle;
  std::string display_name;
  std::vector<OrgRole> roles;
};

/// What a token may do.
enum class TokenScope : uint8_t {
  /// All that its person may.
  kFull,
  /// What may be done from a chat: nothing irreversible (app/authoriser.cc).
  kChat,
};
struct CodeIssued {
  PrincipalId principal;
  Digest code_hash;
  absl::Time expire_time;
  TokenScope scope = TokenScope::kFull;
};
struct TokenIssued {
  TokenId token;
  PrincipalId principal;
  Digest secret_hash;
  absl::Time expire_time;
  std::string device;
  Digest code_hash;
  TokenScope scope = TokenScope::kFull;
};
struct TokenRevoked {
  TokenId token;
};

using Event = std::variant<
    IncidentDeclared, EntryRecorded, EntryCorrected, EntryRetracted, PhaseChanged, SeverityChanged,
    RoleAssigned, MemberAdded, IncidentClosed, IncidentReopened, AnchorRecorded, ImpactAssessed,
    SignificanceDecided, ObligationUpdated, ObligationReminded, ObligationMissed,
    IntermediateRequested, NotificationDrafted, NotificationApproved, NotificationSubmitted,
    NotificationAcknowledged, ObligationWaived, RunStarted, StepCompleted, StepSkipped,
    StepAssigned, ReviewOpened, FindingAdded, ActionItemAdded, ActionItemCompleted, ReviewPublished,
    IncidentExported, RegimeAdopted, CriteriaAssessed, BranchDecided, StepAnswered, StepReminded,
    StepOverdue, StepRepeated, RunJoined, StepConfirmed, HandoverOffered, HandoverAnswered,
    SituationReported, AwarenessDecided, AwarenessGapWarned, ReviewInvited, ReviewSubmitted,
    ReviewRead, ReviewWaived, ActionItemChanged, ActionItemDropped, ActionItemAlerted,
    ActionItemEvaluated, DrillStarted, DrillClockSet, InjectDelivered, DrillDeclared, DrillStopped,
    DrillJudged, AlertAcknowledged, AlertEscalated, PrincipalCreated, CodeIssued, TokenIssued,
    TokenRevoked, EvidenceAdded, EvidenceMoved, EvidenceStored, EvidenceRetrieved>;

/// Number of the event's type in the leaf and, as the field number, in the sealed body. FROZEN.
uint16_t EntryType(const Event& event);

/// The type's name in kebab case, "phase-changed"; "unknown-<n>" for a number of a later release.
std::string EntryTypeName(uint16_t type);

/// An event with what else its entry says. What Decide returns.
struct PendingEntry {
  Event event;
  /// When it happened, as claimed; absent: when it was recorded.
  std::optional<absl::Time> occur_time;
  Precision precision = Precision::kSecond;
  /// Absent: the incident's label.
  std::optional<Tlp> tlp;
  /// True for what follows from rules and clocks: the author is the server, not the caller.
  bool by_server = false;
};

/// What the record adds to an event once it has its place.
struct EntryMeta {
  uint64_t sequence = 0;
  /// The zero id is the server.
  PrincipalId author;
  absl::Time record_time;
  /// Absent: the incident's label.
  std::optional<Tlp> tlp = std::nullopt;
  /// When it happened, as claimed; absent: nobody claimed a time.
  std::optional<absl::Time> occur_time = std::nullopt;
};

}  // namespace tocsin::domain
