#include "server/app/timer_service.h"

#include <algorithm>
#include <vector>

#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/domain/command.h"
#include "server/runtime/log.h"

namespace tocsin::app {
namespace {

// The wall clock can be set forward while the thread sleeps, so it never sleeps longer than this.
constexpr absl::Duration kSleepMax = absl::Seconds(1);
// Between one failed firing and the next: doubled each time, from the first to the second.
constexpr absl::Duration kRetryFirst = absl::Seconds(1);
constexpr absl::Duration kRetryMax = absl::Minutes(1);

absl::Duration RetryAfter(int failures) {
  constexpr int kDoublingsMax = 6;
  return std::min(kRetryFirst * (1 << std::min(failures - 1, kDoublingsMax)), kRetryMax);
}

// 1, 2, 4, 8 …: a disk that is gone for a night must not fill the log.
bool IsWorthALine(int failures) {
  return (failures & (failures - 1)) == 0;
}

}  // namespace

TimerService::~TimerService() {
  Stop();
}

absl::Status TimerService::Load(const store::Database& database) {
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<store::StoredTimer> stored, database.ReadTimers());
  runtime::MutexLock lock(mutex_);
  for (const store::StoredTimer& timer : stored) {
    const Key key{timer.timer.fire_time, timer.org, timer.incident, timer.timer.Name()};
    armed_.emplace(key, timer.timer);
    by_incident_[timer.incident].push_back(key);
  }
  return absl::OkStatus();
}

absl::Status TimerService::Start(const store::Database& database, CommandProcessor& processor) {
  TOCSIN_RETURN_IF_ERROR(Load(database));
  thread_ = std::make_unique<runtime::Thread>("timer", [this, &processor] { Loop(processor); });
  return absl::OkStatus();
}

void TimerService::Stop() {
  {
    runtime::MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  if (thread_ != nullptr) thread_->Join();
}

void TimerService::OnCommit(std::shared_ptr<const Commit> commit) {
  if (commit->timers.empty()) return;
  {
    runtime::MutexLock lock(mutex_);
    for (const CommittedTimers& timers : commit->timers) Replace(timers);
  }
  changed_.NotifyAll();
}

void TimerService::Replace(const CommittedTimers& timers) {
  std::vector<Key> former;
  former.swap(by_incident_[timers.incident]);
  for (const Key& key : former) armed_.erase(key);
  std::vector<Key>& keys = by_incident_[timers.incident];
  for (const domain::Timer& timer : timers.timers) {
    keys.emplace_back(timer.fire_time, timers.org, timers.incident, timer.Name());
    armed_.emplace(keys.back(), timer);
  }
  if (keys.empty()) by_incident_.erase(timers.incident);
  for (const Key& key : former) {
    const auto firing = firing_.find(key);
    if (firing == firing_.end() || firing->second.in_flight || armed_.contains(key)) continue;
    firing_.erase(firing);
  }
}

void TimerService::Disarm(const Key& key) {
  armed_.erase(key);
  const auto known = by_incident_.find(std::get<IncidentId>(key));
  if (known == by_incident_.end()) return;
  std::erase(known->second, key);
  if (known->second.empty()) by_incident_.erase(known);
}

size_t TimerService::RunDue(absl::Time now, CommandProcessor& processor) {
  std::vector<std::pair<Key, domain::Timer>> due;
  {
    runtime::MutexLock lock(mutex_);
    for (const auto& [key, timer] : armed_) {
      if (timer.fire_time > now || in_flight_ >= kInFlightMax) break;
      Firing& firing = firing_[key];
      if (firing.in_flight) continue;
      // A wait longer than any that is given means that the clock was set back.
      const absl::Duration wait = firing.not_before - now;
      if (firing.failures > 0 && wait > absl::ZeroDuration() && wait <= kRetryMax) continue;
      firing.in_flight = true;
      ++in_flight_;
      due.emplace_back(key, timer);
    }
  }
  for (const auto& [key, timer] : due) {
    Request request;
    request.org = std::get<OrgNumber>(key);
    request.incident = std::get<IncidentId>(key);
    request.request = domain::FireRequestId(request.incident, timer);
    request.with_receipt = false;
    request.command = domain::Command(domain::FireTimer{timer});
    processor.Submit(std::move(request),
                     [this, key = key, now](const absl::StatusOr<Outcome>& outcome) {
                       OnAnswer(key, now, outcome);
                     });
  }
  return due.size();
}

void TimerService::OnAnswer(const Key& key, absl::Time now,
                            const absl::StatusOr<Outcome>& outcome) {
  int failures = 0;
  {
    runtime::MutexLock lock(mutex_);
    --in_flight_;
    const auto firing = firing_.find(key);
    if (outcome.ok()) {
      firing_.erase(firing);
      // Nothing to do at or after its time: the timer no longer holds. Before its time, by a clock
      // that was set back, it stays. One that was recorded goes with its commit, which comes next.
      const bool was_due = outcome->record_time >= std::get<absl::Time>(key);
      if (outcome->last_sequence == 0 && was_due) Disarm(key);
      return;
    }
    failures = ++firing->second.failures;
    firing->second.in_flight = false;
    firing->second.not_before = now + RetryAfter(failures);
    if (!armed_.contains(key)) firing_.erase(firing);
  }
  if (!IsWorthALine(failures)) return;
  runtime::Log(runtime::LogLevel::kWarn, "timer.not_recorded",
               {{"name", std::get<std::string>(key)},
                {"reason", ReasonOf(outcome.status())},
                {"failures", failures}});
}

std::optional<absl::Time> TimerService::NextDue() const {
  runtime::MutexLock lock(mutex_);
  if (armed_.empty()) return std::nullopt;
  return armed_.begin()->second.fire_time;
}

size_t TimerService::armed() const {
  runtime::MutexLock lock(mutex_);
  return armed_.size();
}

void TimerService::Loop(CommandProcessor& processor) {
  for (;;) {
    const absl::Time now = clock_.Now();
    RunDue(now, processor);
    runtime::MutexLock lock(mutex_);
    if (stopping_) return;
    absl::Duration sleep = kSleepMax;
    // A timer that is being fired stays armed until its commit; it must not keep the thread
    // spinning.
    const auto next = std::find_if(armed_.begin(), armed_.end(), [&](const auto& timer) {
      return !firing_.contains(timer.first);
    });
    if (next != armed_.end()) {
      sleep = std::clamp(next->second.fire_time - now, absl::Milliseconds(10), kSleepMax);
    }
    changed_.WaitFor(mutex_, sleep);
    if (stopping_) return;
  }
}

}  // namespace tocsin::app
