// Alerts that ask to be acknowledged, and whom they ask. The one idea: an alert without an answer
// must reach somebody else. Each organisation names levels, an incident role or a person each, with
// how long that level may take; the record says who was asked, when and why the next one was.
//
// The chain comes in with the command, so that the one of the moment counts; what is recorded says
// all that the state needs, so that it can be replayed without it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/incident.h"
#include "server/domain/timers.h"

namespace tocsin::domain {

/// How often the last level that has somebody is asked.
inline constexpr int kLastLevelAttempts = 3;
/// The most people that one level asks: a role may be held by many.
inline constexpr size_t kAskedMax = 20;

/// One level of an organisation's chain.
struct EscalationLevel {
  /// Absent: the level is a person.
  std::optional<IncidentRole> role;
  /// Of a person. The zero id when nobody has that handle (yet).
  PrincipalId person;
  /// As configured, "@bob".
  std::string handle;
  /// How long it may take to acknowledge before the next one is asked.
  absl::Duration wait;
};

/// Whether an entry with this event asks to be acknowledged: a deadline of which 90 % of the time
/// is gone, a missed one, a gap in which nobody states awareness, a step that is overdue.
bool AsksForAck(const Event& event);

/// "deadline missed: nis2.early_warning".
std::string AlertText(const Alert& alert);

/// The alerts that wait to be acknowledged, oldest first: not those whose matter is settled (filed,
/// waived, moved, done, stated), that were open when the incident was closed, or whose drill is
/// over.
std::vector<const Alert*> OpenAlerts(const Incident& incident);
/// The alert of entry `sequence`, also when that entry escalated it; nullptr when it is none.
const Alert* FindAlert(const Incident& incident, uint64_t sequence);
/// What channels reported as not delivered, without what was acknowledged. Of open incidents.
std::vector<UndeliveredAlert> UndeliveredAlerts(const Incident& incident);

/// When the next level of each open alert is asked. Their `obligation` is kAlertEscalation, their
/// `percent` the alert's sequence.
std::vector<Timer> EscalationTimers(const Incident& incident);

/// Who is asked first, for the alert that `incident` recorded last. Only with a chain.
PendingEntry FirstEscalation(const Incident& incident, const std::vector<EscalationLevel>& chain,
                             absl::Time now);
/// An AlertEscalated for each timer of EscalationTimers that is due by `now`, with its true time.
/// Whoever is asked gets their full time from `now` on. Levels that have nobody are passed over at
/// once, and named.
std::vector<PendingEntry> DueEscalations(const Incident& incident,
                                         const std::vector<EscalationLevel>& chain, absl::Time now);

// The fold's part.
void NoteAlert(Incident& incident, const EntryMeta& meta, const Event& event);
void NoteEscalation(Incident& incident, const EntryMeta& meta, const AlertEscalated& e);
void NoteAcknowledgement(Incident& incident, const EntryMeta& meta, const AlertAcknowledged& e);
/// An entry of a chat bot or another channel that says what became of an alert: its attributes
/// `alert`, `channel`, `room` and `outcome` (delivered, failed).
void NoteDelivery(Incident& incident, const EntryMeta& meta, const EntryRecorded& e);
/// Nobody is asked any more for what is open now.
void EndAlerts(Incident& incident);

}  // namespace tocsin::domain
