#include "server/domain/timers.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/digest.h"
#include "server/domain/awareness.h"
#include "server/domain/escalation.h"
#include "server/domain/incident.h"
#include "server/domain/review.h"
#include "server/domain/run_facts.h"
#include "server/playbook/run_view.h"

namespace tocsin::domain {
namespace {

constexpr std::array<int, 3> kReminderPercents = {50, 75, 90};

bool EarlierFirst(const Timer& a, const Timer& b) {
  return a.fire_time < b.fire_time;
}

// Only the next one: each delivery arms the one after it.
std::optional<Timer> InjectTimer(const Incident& incident) {
  if (!IsRunningDrill(incident)) return std::nullopt;
  const Inject* next = incident.exercise->Next();
  if (next == nullptr) return std::nullopt;
  const absl::Time at = incident.exercise->begin_time + next->at;
  return Timer{at, std::string(kDrillInject), static_cast<int>(incident.exercise->delivered), at};
}

// Nothing falls due in it (any more).
bool StandsStill(const Incident& incident) {
  return incident.historical || IsOver(incident);
}

}  // namespace

std::vector<Timer> StepTimers(const Incident& incident) {
  std::vector<Timer> timers;
  if (StandsStill(incident) || incident.runs.empty() || incident.closed()) return timers;
  const playbook::Instants anchors = AnchorsOf(incident);
  for (const playbook::Run& run : incident.runs) {
    for (const playbook::StepAlert& alert : playbook::OpenAlerts(run, anchors)) {
      timers.push_back({.fire_time = alert.fire_time,
                        .percent = alert.late ? kDuePercent : kStepReminderPercent,
                        .due = alert.due,
                        .run = run.id.ToString(),
                        .step = run.definition->steps[alert.step].id});
    }
  }
  std::stable_sort(timers.begin(), timers.end(), EarlierFirst);
  return timers;
}

std::string Timer::Name() const {
  if (!run.empty()) {
    return absl::StrCat(run, "/", step, "/", percent, "/", absl::ToUnixNanos(due));
  }
  return absl::StrCat(obligation, "/", percent, "/", absl::ToUnixNanos(due));
}

absl::StatusOr<Timer> Timer::FromName(absl::Time fire_time, const std::string& name) {
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  const size_t count = parts.size();
  int percent = 0;
  int64_t due_ns = 0;
  if ((count != 3 && count != 4) || !absl::SimpleAtoi(parts[count - 2], &percent) ||
      !absl::SimpleAtoi(parts[count - 1], &due_ns)) {
    return absl::DataLossError(absl::StrCat("not a timer's name: ", name));
  }
  Timer timer{fire_time, "", percent, absl::FromUnixNanos(due_ns)};
  if (count == 3) {
    timer.obligation = parts[0];
  } else if (playbook::RunId::Parse(parts[0])) {
    timer.run = parts[0];
    timer.step = parts[1];
  } else {
    return absl::DataLossError(absl::StrCat("not a timer's name: ", name));
  }
  // Numbers have several spellings; a name has one.
  if (timer.Name() != name) return absl::DataLossError(absl::StrCat("not a timer's name: ", name));
  return timer;
}

std::vector<Timer> TimersFor(const Incident& incident) {
  std::vector<Timer> timers = ObligationTimers(incident);
  for (Timer& timer : GapTimers(incident)) timers.push_back(std::move(timer));
  for (Timer& timer : StepTimers(incident)) timers.push_back(std::move(timer));
  for (Timer& timer : EscalationTimers(incident)) timers.push_back(std::move(timer));
  if (IsRunningDrill(incident)) {
    if (std::optional<Timer> inject = InjectTimer(incident)) timers.push_back(*std::move(inject));
    // What is due on the drill's clock fires when the world's is there; while it stands, nothing.
    const DrillClock& clock = incident.exercise->clock;
    std::vector<Timer> on_clock;
    for (Timer& timer : timers) {
      const std::optional<absl::Time> when = clock.WhenShows(timer.fire_time);
      if (!when) continue;
      timer.fire_time = *when;
      on_clock.push_back(std::move(timer));
    }
    timers = std::move(on_clock);
  }
  // What was promised after it is due in the world.
  for (Timer& timer : ActionTimers(incident)) timers.push_back(std::move(timer));
  std::stable_sort(timers.begin(), timers.end(), EarlierFirst);
  return timers;
}

std::vector<Timer> ObligationTimers(const Incident& incident) {
  std::vector<Timer> timers;
  if (StandsStill(incident)) return timers;
  for (const Obligation& obligation : incident.obligations) {
    const regulation::Duty& duty = obligation.duty;
    const bool dated = duty.state == regulation::DutyState::kDated;
    const bool watched = dated || duty.state == regulation::DutyState::kConditional;
    if (obligation.state != ObligationState::kOpen || !duty.own_duty || !watched || !duty.due) {
      continue;
    }
    const absl::Time due = *duty.due;
    if (dated && duty.anchor_time) {
      const absl::Duration span = due - *duty.anchor_time;
      for (int percent : kReminderPercents) {
        const absl::Time at = *duty.anchor_time + span * percent / 100;
        if (at > obligation.dated_time && !obligation.fired.contains({due, percent})) {
          timers.push_back({at, obligation.id, percent, due});
        }
      }
    }
    if (!obligation.fired.contains({due, kDuePercent})) {
      timers.push_back({due, obligation.id, kDuePercent, due});
    }
  }
  std::stable_sort(timers.begin(), timers.end(), EarlierFirst);
  return timers;
}

RequestId FireRequestId(const IncidentId& incident, const Timer& timer) {
  return RequestId::FromDigest(Sha256({"tocsin/fire/v1\n", incident.view(), timer.Name()}));
}

}  // namespace tocsin::domain
