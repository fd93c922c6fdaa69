// What people (and the clock) ask for. A command is the intent with everything it needs already
// looked up: texts are checked by Decide, names are resolved to ids and definitions before, by the
// caller.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "server/base/ids.h"
#include "server/base/vocabulary.h"
#include "server/domain/escalation.h"
#include "server/domain/event.h"
#include "server/domain/timers.h"

namespace tocsin::domain {

struct DeclareIncident {
  std::string title;
  Severity severity = Severity::kSev3;
  Tlp tlp = Tlp::kAmber;
  bool restricted = false;
  bool drill = false;
  bool historical = false;
  std::string entity_kind;
  Zone zone;
  Attributes attributes;
  std::optional<absl::Time> detect_time;
  std::shared_ptr<const PinnedPack> pack;
  /// Under which `pack` is answered. Decide finds the calendar; without a zone `zone` counts.
  Establishment establishment;
  /// Further regimes that the organisation is under.
  struct Further {
    std::shared_ptr<const PinnedPack> pack;
    std::string entity_kind;
    Establishment establishment;
  };
  std::vector<Further> further;
  /// A playbook to start at once, if any.
  std::shared_ptr<const PinnedDefinition> playbook;
  /// Of a drill: what it plays. Its clock starts with the declaration.
  std::shared_ptr<const PinnedScenario> scenario;
  /// Instead of the scenario's.
  std::optional<int> drill_speed;
  std::optional<bool> drill_paused;
  /// Given by the command processor, unique in the organisation.
  std::string number;
};
struct RecordEntry {
  EntryKind kind = EntryKind::kObservation;
  std::string text;
  std::optional<absl::Time> occur_time;
  Precision precision = Precision::kSecond;
  std::optional<Tlp> tlp;
  Attributes attributes;
};
struct CorrectEntry {
  uint64_t sequence = 0;
  std::string text;
};
struct RetractEntry {
  uint64_t sequence = 0;
  std::string because;
};
struct ChangePhase {
  Phase phase = Phase::kTriage;
  std::string because;
};
struct ChangeSeverity {
  Severity severity = Severity::kSev3;
  std::string because;
};
struct AssignRole {
  IncidentRole role = IncidentRole::kResponder;
  PrincipalId principal;
};
struct AddMember {
  PrincipalId principal;
};
struct CloseIncident {
  std::string because;
  /// Why no review is published; empty: one is, or none is needed.
  std::string review_waiver;
  /// The organisation's rule: what never was worse than sev4 needs none.
  bool sev4_needs_no_review = false;
};
struct ReopenIncident {
  std::string because;
};
struct RecordAnchor {
  std::string anchor;
  absl::Time time;
  std::string because;
};
/// Answers the later statement of `aware` in entry `sequence`, which awaits approval.
struct DecideAwareness {
  uint64_t sequence = 0;
  bool approved = false;
  std::string because;
};
struct AssessImpact {
  Attributes facts;
  std::string note;
};
struct AdoptRegime {
  std::shared_ptr<const PinnedPack> pack;
  /// Empty: as before.
  std::string entity_kind;
  std::string because;
  /// Where the regime is answered when the incident is not under it yet. Decide finds the calendar.
  Establishment establishment;
  /// True when somebody named it: then a regime that is answered elsewhere stays, and this one
  /// joins it.
  bool establishment_stated = false;
};
struct DecideSignificance {
  std::string regime;
  bool significant = false;
  std::string because;
};
struct RequestIntermediate {
  std::string because;
  std::optional<absl::Time> request_time;
};
struct DraftNotification {
  std::string stage;
  /// By "field" or "field.part"; an empty value takes back what was typed before.
  Attributes fields;
  /// Empty: the form's own.
  std::string language;
  DocumentFormat format = DocumentFormat::kMarkdown;
  /// Id of a form; empty: that of the country from which the law is answered, else the general one.
  std::string form;
};
struct ApproveNotification {
  std::string stage;
  /// The draft that was read; 0: the last one, whichever that is.
  uint64_t draft_sequence = 0;
};
struct RecordSubmission {
  std::string stage;
  std::optional<absl::Time> submit_time;
  std::string channel;
  std::string reference;
  std::string late_reason;
  std::optional<ReceiptFile> receipt = std::nullopt;
  /// The draft that was filed; 0: the last one.
  uint64_t draft_sequence = 0;
};
/// Of a filing: the authority's receipt. Of an expected answer (stage "csirt_response"): the answer
/// itself.
struct RecordAcknowledgement {
  std::string stage;
  std::optional<absl::Time> acknowledge_time;
  std::string reference;
  std::optional<ReceiptFile> receipt = std::nullopt;
};
struct WaiveObligation {
  std::string stage;
  std::string because;
};
struct StartRun {
  std::shared_ptr<const PinnedDefinition> playbook;
  /// Although the incident has a run of it already.
  bool again = false;
};
/// `run` may be empty where the incident has one run.
struct CompleteStep {
  std::string run;
  std::string step;
  std::string evidence;
};
struct SkipStep {
  std::string run;
  std::string step;
  std::string because;
};
/// The zero id gives the step back to its role.
struct AssignStep {
  std::string run;
  std::string step;
  PrincipalId principal;
};
/// By question. What an answer means for the incident, a fact or an anchor, is recorded with it.
struct AnswerStep {
  std::string run;
  std::string step;
  Attributes answers;
  /// The person may state impact facts and anchors; without that only what becomes neither.
  bool may_state = false;
};
struct OpenReview {
  ReviewGuide guide;
};
struct AddFinding {
  FindingKind kind = FindingKind::kLesson;
  std::string text;
  Attributes attributes;
  std::vector<uint64_t> entries;
  std::string question;
};
struct AddActionItem {
  std::string text;
  PrincipalId owner;
  absl::Time due;
  std::optional<ActionType> type;
  /// The incidents are known to the caller, who looked them up.
  ActionLinks links;
};
struct CompleteActionItem {
  std::string action_item;
  std::string evidence;
};
struct ChangeActionItem {
  std::string action_item;
  /// The zero id and absence: as before.
  PrincipalId owner;
  std::optional<absl::Time> due;
  std::string because;
};
struct DropActionItem {
  std::string action_item;
  std::string because;
};
struct EvaluateActionItem {
  std::string action_item;
  Helped helped = Helped::kYes;
  std::string because;
};
struct InviteToReview {
  std::vector<PrincipalId> people;
  std::optional<absl::Time> meet_time;
};
struct SubmitReview {
  std::string summary;
};
struct ReadReview {
  bool approved = false;
  /// Required when it is given back.
  std::string note;
  /// The last entry of the incident that the reader had seen; 0: not stated.
  uint64_t seen_sequence = 0;
};
struct PublishReview {
  /// Empty: the one that was submitted.
  std::string summary;
  /// Why nobody else has read it.
  std::string without_reader;
  /// How many others could have, and the incidents with the same root cause.
  size_t other_readers = 0;
  std::vector<std::string> same_cause;
};
/// The leaf of the last entry is filled in by the command processor, which alone knows it.
struct ExportIncident {
  std::string profile;
  Digest last_leaf;
};
/// Offers a role that the author holds.
struct OfferHandover {
  IncidentRole role = IncidentRole::kCommander;
  PrincipalId to;
  std::string brief;
};
/// Of the offer that stands for the author.
struct AnswerHandover {
  IncidentRole role = IncidentRole::kCommander;
  bool accepted = false;
  /// Required when it is declined.
  std::string because;
};
struct SendSituationReport {
  Audience audience = Audience::kTeam;
  std::string conditions;
  std::string actions;
  std::string needs;
};
/// Pauses or resumes a drill's clock, changes its speed, or moves it forward to the next inject.
struct SetDrillClock {
  ClockChange change = ClockChange::kNone;
  /// Of kSpeed.
  int speed = 1;
  /// Of kNext: the inject that is to come, as the author saw it.
  std::string inject;
};
/// The team declares, in a drill.
struct DeclareInDrill {
  std::string title;
  Severity severity = Severity::kSev3;
};
struct StopDrill {
  std::string because;
};
struct JudgeExpectation {
  std::string expectation;
  bool met = false;
  std::string because;
};
/// Of an alert, or of the entry that escalated it; 0: the last alert that waits.
struct AcknowledgeAlert {
  uint64_t alert = 0;
};
struct AddEvidence {
  std::string name;
  uint64_t size = 0;
  /// SHA-256 of the bytes.
  Digest digest;
  std::string note;
  /// The system or person that it was taken from.
  std::string from;
  std::optional<absl::Time> collect_time;
};
/// The author says that the item is in other hands now.
struct MoveEvidence {
  std::string item;
  Custody custody = Custody::kTransferred;
  /// One of the two: words, or a person of this organisation.
  std::string to;
  PrincipalId principal;
  /// Required unless it is returned.
  std::string because;
  std::optional<absl::Time> move_time;
};
/// The item's file has arrived, with this size and hash.
struct StoreEvidence {
  std::string item;
  uint64_t size = 0;
  Digest digest;
};
/// The author is about to get the item's file.
struct RetrieveEvidence {
  std::string item;
};
/// A timer came due. Decide looks again at what is due by now, and records all of it.
struct FireTimer {
  Timer timer;
};

using Command = std::variant<
    DeclareIncident, RecordEntry, CorrectEntry, RetractEntry, ChangePhase, ChangeSeverity,
    AssignRole, AddMember, CloseIncident, ReopenIncident, RecordAnchor, AssessImpact,
    DecideSignificance, RequestIntermediate, DraftNotification, ApproveNotification,
    RecordSubmission, RecordAcknowledgement, WaiveObligation, StartRun, CompleteStep, SkipStep,
    AssignStep, OpenReview, AddFinding, AddActionItem, CompleteActionItem, PublishReview,
    ExportIncident, FireTimer, AdoptRegime, OfferHandover, AnswerHandover, SendSituationReport,
    DecideAwareness, AnswerStep, ChangeActionItem, DropActionItem, EvaluateActionItem,
    InviteToReview, SubmitReview, ReadReview, SetDrillClock, DeclareInDrill, StopDrill,
    JudgeExpectation, AcknowledgeAlert, AddEvidence, MoveEvidence, StoreEvidence, RetrieveEvidence>;

struct SignificanceContext;

/// What Decide may know besides the incident and the command.
struct CommandContext {
  /// The world's time; Decide hands the areas that of the incident (domain/drill.h).
  absl::Time now;
  /// The zero id is the server.
  PrincipalId author;
  /// Of the organisation's country, for regimes whose record states no establishment; nullptr:
  /// weekends only.
  const regulation::Calendar* calendar = nullptr;
  /// What the library offers; nullptr: no country's.
  const Calendars* calendars = nullptr;
  /// Version of this machine's time zone data.
  std::string zone_data;
  /// The criteria, and what they ask of the organisation; nullptr: nothing is proposed.
  const SignificanceContext* significance = nullptr;
  /// What notifications are drafted with; nullptr: none are.
  const filing::FormLibrary* forms = nullptr;
  /// The organisation wants a draft approved by another person than its author.
  bool four_eyes = false;
  /// Who is asked about alerts, in turn; empty: nobody.
  std::vector<EscalationLevel> escalation;
};

}  // namespace tocsin::domain
