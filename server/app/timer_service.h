// Makes due timers happen. It holds all armed timers in memory, in time order, fires those that are due as ordinary
// commands with an id made from the timer, and learns from every commit which timers there now are. A timer stays armed
// until a commit removes it, so a failed or lost firing is simply tried again, and lands once.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "server/app/command_processor.h"
#include "server/app/commit_feed.h"
#include "server/domain/timers.h"
#include "server/runtime/clock.h"
#include "server/runtime/mutex.h"
#include "server/runtime/thread.h"
#include "server/store/database.h"

namespace tocsin::app {

/// OnCommit is called on the completion thread, the rest on the timer thread; thread-safe.
class TimerService : public CommitObserver {
 public:
  explicit TimerService(runtime::Clock& clock) : clock_(clock) {}
  ~TimerService() override;

  /// Loads the stored timers and starts the thread. `processor` must outlive Stop.
  absl::Status Start(const store::Database& database, CommandProcessor& processor);
  void Stop();

  void OnCommit(std::shared_ptr<const Commit> commit) override;

  /// Submits every timer due at `now` that is not being fired already; returns how many. The thread's step.
  size_t RunDue(absl::Time now, CommandProcessor& processor);
  /// When the next armed timer is due.
  std::optional<absl::Time> NextDue() const;
  size_t armed() const;

 private:
  using Key = std::tuple<absl::Time, OrgNumber, IncidentId, std::string>;

  void Replace(const CommittedTimers& timers) TOCSIN_REQUIRES(mutex_);
  void Loop(CommandProcessor& processor);

  runtime::Clock& clock_;
  mutable runtime::Mutex mutex_;
  runtime::Condition changed_;
  std::set<Key> armed_ TOCSIN_GUARDED_BY(mutex_);
  std::set<Key> firing_ TOCSIN_GUARDED_BY(mutex_);
  absl::flat_hash_map<IncidentId, std::vector<Key>> by_incident_ TOCSIN_GUARDED_BY(mutex_);
  bool stopping_ TOCSIN_GUARDED_BY(mutex_) = false;
  std::unique_ptr<runtime::Thread> thread_;
};

}  // namespace tocsin::app
