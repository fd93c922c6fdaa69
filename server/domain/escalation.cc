#include "server/domain/escalation.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/base/view.h"
#include "server/domain/run_facts.h"
#include "server/playbook/run_view.h"

namespace tocsin::domain {
namespace {

// Of the reminders only the last: with half of the time left, nobody need be woken.
constexpr int kAskedPercent = 90;
constexpr size_t kUndeliveredMax = 50;

bool IsStepSettled(const Incident& incident, const Alert& alert) {
  const auto run =
      std::find_if(incident.runs.begin(), incident.runs.end(),
                   [&](const playbook::Run& each) { return each.id.ToString() == alert.run; });
  if (run == incident.runs.end()) return true;
  const absl::StatusOr<size_t> step = playbook::FindStep(*run, alert.subject);
  if (!step.ok() || !playbook::IsOpen(run->steps[*step].state)) return true;
  // The next round of a repeated step, and a date that moved, speak for themselves.
  return playbook::DueTime(*run, *step, AnchorsOf(incident)) != alert.due;
}

bool IsSettled(const Incident& incident, const Alert& alert) {
  switch (alert.matter) {
    case AlertMatter::kDeadlineNear:
    case AlertMatter::kDeadlineMissed: {
      const Obligation* obligation = FindObligation(incident, alert.subject);
      return obligation == nullptr || obligation->state == ObligationState::kMet ||
             obligation->state == ObligationState::kWaived || obligation->duty.due != alert.due;
    }
    case AlertMatter::kAwareness:
      return FindAnchor(incident, "aware") != nullptr;
    case AlertMatter::kStepLate:
      return IsStepSettled(incident, alert);
  }
  return true;
}

// An alert of the event; nullopt when it asks nobody.
std::optional<Alert> AlertOf(const Event& event) {
  if (const auto* e = std::get_if<ObligationReminded>(&event)) {
    if (e->percent < kAskedPercent) return std::nullopt;
    return Alert{.matter = AlertMatter::kDeadlineNear, .subject = e->obligation, .due = e->due};
  }
  if (const auto* e = std::get_if<ObligationMissed>(&event)) {
    return Alert{.matter = AlertMatter::kDeadlineMissed, .subject = e->obligation, .due = e->due};
  }
  if (const auto* e = std::get_if<AwarenessGapWarned>(&event)) {
    if (e->aware_time) return std::nullopt;
    return Alert{.matter = AlertMatter::kAwareness, .due = e->fire_time};
  }
  if (const auto* e = std::get_if<StepOverdue>(&event)) {
    return Alert{
        .matter = AlertMatter::kStepLate, .subject = e->step, .run = e->run, .due = e->due};
  }
  return std::nullopt;
}

// Deadlines that are near, and the same when they are missed, are one matter.
bool SameMatter(const Alert& a, const Alert& b) {
  const auto kind = [](AlertMatter matter) {
    return matter == AlertMatter::kDeadlineNear ? AlertMatter::kDeadlineMissed : matter;
  };
  return kind(a.matter) == kind(b.matter) && a.subject == b.subject && a.run == b.run;
}

bool IsOpen(const Incident& incident, const Alert& alert) {
  return !alert.acknowledged && !alert.ended && !IsSettled(incident, alert);
}

std::vector<PrincipalId> PeopleOf(const Incident& incident, const EscalationLevel& level) {
  std::vector<PrincipalId> people;
  if (level.role) {
    const auto holders = incident.role_holders.find(*level.role);
    if (holders == incident.role_holders.end()) return people;
    for (const PrincipalId& holder : holders->second) {
      if (people.size() < kAskedMax) people.push_back(holder);
    }
  } else if (!level.person.empty() && (!incident.restricted || IsMember(incident, level.person))) {
    // Of a restricted incident nobody learns by being asked.
    people.push_back(level.person);
  }
  return people;
}

std::string WordOf(const EscalationLevel& level) {
  return level.role ? std::string(ToText(*level.role)) : level.handle;
}

// Whom `alert` asks next.
PendingEntry Next(const Incident& incident, const std::vector<EscalationLevel>& chain,
                  const Alert& alert, absl::Time fire_time, absl::Time now) {
  AlertEscalated e{.alert = alert.sequence,
                   .level = alert.level,
                   .attempt = alert.attempt,
                   .waited = fire_time - alert.time,
                   .fire_time = fire_time};
  const auto ask = [&](size_t index, int attempt) {
    e.asked = PeopleOf(incident, chain[index]);
    if (e.asked.empty()) return false;
    e.level = static_cast<int>(index) + 1;
    e.attempt = attempt;
    e.role = chain[index].role;
    e.next_time = now + chain[index].wait;
    return true;
  };
  bool asked = false;
  const auto passed = static_cast<size_t>(alert.level);
  for (size_t i = passed; i < chain.size() && !asked; ++i) {
    asked = ask(i, 1);
    if (!asked) e.skipped.push_back(WordOf(chain[i]));
  }
  if (!asked && passed > 0 && passed <= chain.size() && alert.attempt < kLastLevelAttempts) {
    ask(passed - 1, alert.attempt + 1);
  }
  return {.event = std::move(e), .occur_time = fire_time, .by_server = true};
}

}  // namespace

bool AsksForAck(const Event& event) {
  return AlertOf(event).has_value();
}

std::string AlertText(const Alert& alert) {
  switch (alert.matter) {
    case AlertMatter::kDeadlineNear:
      return absl::StrCat("deadline near: ", alert.subject);
    case AlertMatter::kDeadlineMissed:
      return absl::StrCat("deadline missed: ", alert.subject);
    case AlertMatter::kAwareness:
      return "nobody has stated awareness";
    case AlertMatter::kStepLate:
      return absl::StrCat("step overdue: ", alert.run, " ", alert.subject);
  }
  return "";
}

std::vector<const Alert*> OpenAlerts(const Incident& incident) {
  std::vector<const Alert*> open;
  if (incident.historical || IsOver(incident)) return open;
  for (const auto& [sequence, alert] : incident.alerts) {
    if (IsOpen(incident, alert)) open.push_back(&alert);
  }
  return open;
}

const Alert* FindAlert(const Incident& incident, uint64_t sequence) {
  if (const auto by = incident.escalations.find(sequence); by != incident.escalations.end()) {
    sequence = by->second;
  }
  const auto found = incident.alerts.find(sequence);
  return found == incident.alerts.end() ? nullptr : &found->second;
}

std::vector<UndeliveredAlert> UndeliveredAlerts(const Incident& incident) {
  if (incident.closed() || IsOver(incident)) return {};
  return incident.undelivered;
}

std::vector<Timer> EscalationTimers(const Incident& incident) {
  std::vector<Timer> timers;
  for (const Alert* alert : OpenAlerts(incident)) {
    if (!alert->next_time) continue;
    timers.push_back({*alert->next_time, std::string(kAlertEscalation),
                      static_cast<int>(alert->sequence), *alert->next_time});
  }
  std::stable_sort(timers.begin(), timers.end(),
                   [](const Timer& a, const Timer& b) { return a.fire_time < b.fire_time; });
  return timers;
}

PendingEntry FirstEscalation(const Incident& incident, const std::vector<EscalationLevel>& chain,
                             absl::Time now) {
  const auto alert = incident.alerts.find(incident.last_sequence);
  TOCSIN_CHECK(alert != incident.alerts.end());
  PendingEntry first = Next(incident, chain, alert->second, alert->second.time, now);
  first.occur_time = now;
  return first;
}

std::vector<PendingEntry> DueEscalations(const Incident& incident,
                                         const std::vector<EscalationLevel>& chain,
                                         absl::Time now) {
  std::vector<PendingEntry> entries;
  for (const Timer& timer : EscalationTimers(incident)) {
    if (timer.fire_time > now) break;
    const Alert* alert = FindAlert(incident, static_cast<uint64_t>(timer.percent));
    entries.push_back(Next(incident, chain, *alert, timer.fire_time, now));
  }
  return entries;
}

void NoteAlert(Incident& incident, const EntryMeta& meta, const Event& event) {
  std::optional<Alert> alert = AlertOf(event);
  if (!alert || incident.historical) return;
  alert->sequence = meta.sequence;
  alert->time = meta.record_time;
  // What is newer says more, and asks from the beginning.
  for (auto& [sequence, earlier] : incident.alerts) {
    if (SameMatter(earlier, *alert)) earlier.ended = true;
  }
  incident.alerts.emplace(meta.sequence, *std::move(alert));
}

void NoteEscalation(Incident& incident, const EntryMeta& meta, const AlertEscalated& e) {
  const auto alert = incident.alerts.find(e.alert);
  if (alert == incident.alerts.end()) return;
  incident.escalations[meta.sequence] = e.alert;
  alert->second.level = e.level;
  alert->second.attempt = e.attempt;
  alert->second.asked = e.asked;
  alert->second.next_time = e.next_time;
}

void NoteAcknowledgement(Incident& incident, const EntryMeta& meta, const AlertAcknowledged& e) {
  std::erase_if(incident.undelivered,
                [&](const UndeliveredAlert& each) { return each.alert == e.alert; });
  const auto alert = incident.alerts.find(e.alert);
  if (alert == incident.alerts.end()) return;
  alert->second.acknowledged = meta;
  alert->second.next_time.reset();
}

void NoteDelivery(Incident& incident, const EntryMeta& meta, const EntryRecorded& e) {
  const auto value = [&](const char* key) {
    const auto found = e.attributes.find(key);
    return found == e.attributes.end() ? std::string() : found->second;
  };
  const std::string outcome = value("outcome");
  uint64_t alert = 0;
  if ((outcome != "delivered" && outcome != "failed") || value("channel").empty() ||
      !absl::SimpleAtoi(value("alert"), &alert) || alert == 0 || alert >= meta.sequence) {
    return;
  }
  const std::string channel = value("channel");
  const std::string room = value("room");
  const auto known = std::find_if(
      incident.undelivered.begin(), incident.undelivered.end(), [&](const UndeliveredAlert& each) {
        return each.alert == alert && each.channel == channel && each.room == room;
      });
  if (outcome == "delivered") {
    if (known != incident.undelivered.end()) incident.undelivered.erase(known);
    return;
  }
  const Alert* asks = FindAlert(incident, alert);
  if (known != incident.undelivered.end() || (asks != nullptr && asks->acknowledged)) return;
  // A channel that fails for long must not fill the screen: the newest are kept.
  if (incident.undelivered.size() == kUndeliveredMax) {
    incident.undelivered.erase(incident.undelivered.begin());
  }
  incident.undelivered.push_back({alert, channel, room, meta.sequence, meta.record_time});
}

void EndAlerts(Incident& incident) {
  for (auto& [sequence, alert] : incident.alerts) {
    if (!alert.acknowledged) alert.ended = true;
  }
}

}  // namespace tocsin::domain
