// What a person in a chat asks for, as plain values. No rule of the domain is here: whether it may
// be done, and what follows from it, is the server's to say.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "absl/time/time.h"
#include "server/base/vocabulary.h"

namespace tocsin::chat {

/// A moment somebody named. `told_back` when it followed from the clock or a zone.
struct Moment {
  absl::Time time;
  Precision precision = Precision::kSecond;
  bool told_back = false;
  /// As it was written, when it followed from the clock: a drill has one of its own.
  std::string written = {};
};

/// The names of verbs, and of one verb when `topic` is set.
struct AskHelp {
  std::string topic;
};
/// Links the account to the person who made the code.
struct LinkAccount {
  std::string code;
};
struct UnlinkAccount {};
struct DeclareIncident {
  std::string title;
  Severity severity = Severity::kSev3;
  std::optional<Tlp> tlp;
  std::string playbook;
  bool restricted = false;
  bool drill = false;
};
/// Ties the room to the incident that the message names.
struct BindRoom {};
struct UnbindRoom {};
/// log, decide, finding, evidence, and a pinned message.
struct RecordNote {
  EntryKind kind = EntryKind::kObservation;
  std::string text;
  std::optional<Moment> at;
  std::optional<Tlp> tlp;
  std::map<std::string, std::string> attributes;
};
struct CorrectNote {
  uint64_t sequence = 0;
  std::string text;
};
struct RetractNote {
  uint64_t sequence = 0;
  std::string because;
};
struct AssessImpact {
  std::map<std::string, std::string> facts;
  std::string note;
};
struct StateAware {
  std::optional<Moment> at;
  std::string because;
};
struct DecideSignificant {
  bool significant = false;
  std::string regime;
  std::string because;
};
struct AskDeadlines {};
struct AskWho {};
struct AskStatus {};
/// Steps that are open; only the person's own when `mine`.
struct AskSteps {
  bool mine = false;
};
struct AssignRole {
  IncidentRole role = IncidentRole::kResponder;
  std::string handle;
};
struct CompleteStep {
  std::string step;
  std::string evidence;
};
struct SkipStep {
  std::string step;
  std::string because;
};
struct SituationReport {
  Audience audience = Audience::kTeam;
  /// Record it as given; otherwise only show the draft.
  bool send = false;
};
struct ChangeSeverity {
  Severity severity = Severity::kSev3;
  std::string because;
};
struct ChangePhase {
  Phase phase = Phase::kTriage;
  std::string because;
};
struct DraftNotification {
  std::string stage;
};
/// `brief` empty: the server's draft.
struct OfferHandover {
  IncidentRole role = IncidentRole::kCommander;
  std::string handle;
  std::string brief;
};
struct AnswerHandover {
  IncidentRole role = IncidentRole::kCommander;
  bool accept = true;
  std::string because;
};
struct OpenReview {};
struct AddFinding {
  FindingKind kind = FindingKind::kWell;
  std::string text;
};
struct AddActionItem {
  ActionType type = ActionType::kPrevent;
  std::string text;
  std::string owner;
  Moment due;
};
struct SearchNotes {
  std::string text;
};
/// Somebody has seen an alert; 0: the last one that waits.
struct AcknowledgeAlert {
  uint64_t alert = 0;
};
/// What a chat must not do; `line` is the command to run instead, with INC for the incident.
struct NotInChat {
  std::string what;
  std::string line;
};

using Command =
    std::variant<AskHelp, LinkAccount, UnlinkAccount, DeclareIncident, BindRoom, UnbindRoom,
                 RecordNote, CorrectNote, RetractNote, AssessImpact, StateAware, DecideSignificant,
                 AskDeadlines, AskWho, AskStatus, AskSteps, AssignRole, CompleteStep, SkipStep,
                 SituationReport, ChangeSeverity, ChangePhase, DraftNotification, OfferHandover,
                 AnswerHandover, OpenReview, AddFinding, AddActionItem, SearchNotes,
                 AcknowledgeAlert, NotInChat>;

/// A command, and the incident it names, "INC-2026-0042"; empty for the one the room is bound to.
struct Request {
  std::string incident;
  Command command;
};

}  // namespace tocsin::chat
