#include "server/domain/timers.h"

#include <algorithm>
#include <array>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/digest.h"
#include "server/domain/awareness.h"
#include "server/domain/incident.h"

namespace tocsin::domain {
namespace {

constexpr std::array<int, 3> kReminderPercents = {50, 75, 90};

bool EarlierFirst(const Timer& a, const Timer& b) {
  return a.fire_time < b.fire_time;
}

}  // namespace

std::string Timer::Name() const {
  return absl::StrCat(obligation, "/", percent, "/", absl::ToUnixNanos(due));
}

absl::StatusOr<Timer> Timer::FromName(absl::Time fire_time, const std::string& name) {
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  int percent = 0;
  int64_t due_ns = 0;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[1], &percent) ||
      !absl::SimpleAtoi(parts[2], &due_ns)) {
    return absl::DataLossError(absl::StrCat("not a timer's name: ", name));
  }
  Timer timer{fire_time, parts[0], percent, absl::FromUnixNanos(due_ns)};
  // Numbers have several spellings; a name has one.
  if (timer.Name() != name) return absl::DataLossError(absl::StrCat("not a timer's name: ", name));
  return timer;
}

std::vector<Timer> TimersFor(const Incident& incident) {
  std::vector<Timer> timers = ObligationTimers(incident);
  for (Timer& timer : GapTimers(incident)) timers.push_back(std::move(timer));
  std::stable_sort(timers.begin(), timers.end(), EarlierFirst);
  return timers;
}

std::vector<Timer> ObligationTimers(const Incident& incident) {
  std::vector<Timer> timers;
  if (incident.historical) return timers;
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
