// What must happen by itself, and when. Timers are a projection: a pure function of the incident's
// state, rebuilt from it at any time. Firing one is an ordinary command whose id is made from the
// timer, so it lands once.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/ids.h"

namespace tocsin::domain {

struct Incident;

/// The percent of the due time itself.
inline constexpr int kDuePercent = 100;
/// Stands for an obligation in the timers that warn of a gap between detection and awareness, whose
/// percent is the limit in hours (awareness.h). No obligation's id is without a dot.
inline constexpr std::string_view kAwarenessGap = "awareness_gap";

/// Stands for an obligation in the timers that ask the next one about an alert, whose percent is
/// the alert's sequence (escalation.h).
inline constexpr std::string_view kAlertEscalation = "alert_escalation";

/// The percent of a step's reminder, which comes a span of its own before the due time.
inline constexpr int kStepReminderPercent = 0;

/// Of an action item, whose id stands for the obligation: an alert, whose percent is its
/// ActionAlert (review.h). Of an obligation: a reminder (percent 50, 75, 90 of the time between
/// anchor and due) or the due time itself (percent 100). Of a step of a run: its reminder or its
/// due time.
struct Timer {
  absl::Time fire_time;
  /// Empty for a step.
  std::string obligation;
  int percent = 0;
  absl::Time due;
  /// Empty for an obligation: "run-1", "first-look".
  std::string run = {};
  std::string step = {};

  friend bool operator==(const Timer&, const Timer&) = default;

  /// "nis2.early_warning/75/1781165700000000000": obligation, percent, due in nanoseconds; for a
  /// step "run-1/first-look/100/1781165700000000000". Stands in storage keys.
  std::string Name() const;
  /// Errors: kDataLoss when `name` was not made by Name().
  static absl::StatusOr<Timer> FromName(absl::Time fire_time, const std::string& name);
};

/// All timers of the incident as it stands, earliest first: ObligationTimers, GapTimers,
/// StepTimers, EscalationTimers, ActionTimers and, in a drill, the next inject. Of a drill they
/// fire when its clock gets there, so none does while it is paused. None for historical incidents
/// and drills that are over.
std::vector<Timer> TimersFor(const Incident& incident);
/// Those of steps, which have timers while they are open, certain to be done, and the incident is
/// not closed. Here and in ObligationTimers the times of a drill are those of its own clock.
std::vector<Timer> StepTimers(const Incident& incident);
/// Those of obligations. Reminders whose moment had passed when the due time became known are left
/// out; a due time that has passed is not: its miss is to be recorded. A duty that is owed only if
/// the incident is still ongoing then has no reminders, but its due time is a timer: it is when the
/// rules must be asked again.
std::vector<Timer> ObligationTimers(const Incident& incident);

/// The request id under which firing `timer` is recorded: always the same for the same timer.
RequestId FireRequestId(const IncidentId& incident, const Timer& timer);

}  // namespace tocsin::domain
