#include "server/app/timer_service.h"

#include <algorithm>
#include <vector>

#include "server/base/status_macros.h"
#include "server/domain/command.h"
#include "server/runtime/log.h"

namespace tocsin::app {
namespace {

// The wall clock can be set forward while the thread sleeps, so it never sleeps longer than this.
constexpr absl::Duration kSleepMax = absl::Seconds(1);

}  // namespace

TimerService::~TimerService() { Stop(); }

absl::Status TimerService::Start(const store::Database& database, CommandProcessor& processor) {
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<store::StoredTimer> stored, database.ReadTimers());
  {
    runtime::MutexLock lock(mutex_);
    for (const store::StoredTimer& timer : stored) {
      const Key key{timer.timer.fire_time, timer.org, timer.incident, timer.timer.Name()};
      armed_.insert(key);
      by_incident_[timer.incident].push_back(key);
    }
  }
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
  std::vector<Key>& keys = by_incident_[timers.incident];
  for (const Key& key : keys) armed_.erase(key);
  keys.clear();
  for (const domain::Timer& timer : timers.timers) {
    keys.emplace_back(timer.fire_time, timers.org, timers.incident, timer.Name());
    armed_.insert(keys.back());
  }
  if (keys.empty()) by_incident_.erase(timers.incident);
}

size_t TimerService::RunDue(absl::Time now, CommandProcessor& processor) {
  std::vector<Key> due;
  {
    runtime::MutexLock lock(mutex_);
    for (const Key& key : armed_) {
      if (std::get<absl::Time>(key) > now) break;
      if (firing_.insert(key).second) due.push_back(key);
    }
  }
  for (const Key& key : due) {
    const auto& [fire_time, org, incident, name] = key;
    absl::StatusOr<domain::Timer> timer = domain::Timer::FromName(fire_time, name);
    if (!timer.ok()) {
      runtime::Log(runtime::LogLevel::kError, "timer.unreadable", {{"name", name}});
      continue;
    }
    Request request;
    request.org = org;
    request.incident = incident;
    request.request = domain::FireRequestId(incident, *timer);
    request.with_receipt = false;
    request.command = domain::Command(domain::FireTimer{*timer});
    processor.Submit(std::move(request), [this, key](const absl::StatusOr<Outcome>& outcome) {
      if (!outcome.ok()) {
        runtime::Log(runtime::LogLevel::kWarn, "timer.not_recorded",
                     {{"name", std::get<std::string>(key)}});
      }
      runtime::MutexLock lock(mutex_);
      firing_.erase(key);
      // A firing that found nothing to do, or was done before, disarms its timer; a failed one is tried again.
      if (outcome.ok() && (outcome->last_sequence == 0 || outcome->repeated)) armed_.erase(key);
    });
  }
  return due.size();
}

std::optional<absl::Time> TimerService::NextDue() const {
  runtime::MutexLock lock(mutex_);
  if (armed_.empty()) return std::nullopt;
  return std::get<absl::Time>(*armed_.begin());
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
    // A timer that is being fired stays armed until its commit; it must not keep the thread spinning.
    const auto next = std::find_if(armed_.begin(), armed_.end(),
                                   [&](const Key& key) { return !firing_.contains(key); });
    if (next != armed_.end()) {
      sleep = std::clamp(std::get<absl::Time>(*next) - now, absl::Milliseconds(10), kSleepMax);
    }
    changed_.WaitFor(mutex_, sleep);
    if (stopping_) return;
  }
}

}  // namespace tocsin::app
