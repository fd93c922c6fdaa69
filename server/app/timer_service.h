// Makes due timers happen. It holds all armed timers in memory, in time order, fires those that are
// due as ordinary commands, and learns from every commit which timers there now are. A timer stays
// armed until a commit removes it, so a failed firing is simply tried again, each time after a
// longer wait; Decide sees to it that it lands once.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

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

/// OnCommit is called on the completion thread, the rest on the timer thread; thread-safe. Must
/// outlive the Stop of the processor it fires into: answers still come until then.
class TimerService : public CommitObserver {
 public:
  explicit TimerService(runtime::Clock& clock) : clock_(clock) {}
  ~TimerService() override;

  /// Firings that are not answered yet; more wait, so that people's commands find room in the
  /// queue.
  static constexpr size_t kInFlightMax = 1000;

  /// Loads the stored timers. Before the first commit. Errors: those of the store.
  absl::Status Load(const store::Database& database);
  /// Load, then starts the thread. `processor` must outlive Stop.
  absl::Status Start(const store::Database& database, CommandProcessor& processor);
  void Stop();

  void OnCommit(std::shared_ptr<const Commit> commit) override;

  /// Submits every timer due at `now`, in time order, except those that are being fired, that wait
  /// after a failure, or that are above kInFlightMax; returns how many. The thread's step.
  size_t RunDue(absl::Time now, CommandProcessor& processor);
  /// When the next armed timer is due.
  std::optional<absl::Time> NextDue() const;
  size_t armed() const;

 private:
  using Key = std::tuple<absl::Time, OrgNumber, IncidentId, std::string>;

  /// A timer that has been submitted at least once and is still armed or under way.
  struct Firing {
    bool in_flight = false;
    int failures = 0;
    absl::Time not_before;
  };

  void Replace(const CommittedTimers& timers) TOCSIN_REQUIRES(mutex_);
  void Disarm(const Key& key) TOCSIN_REQUIRES(mutex_);
  void OnAnswer(const Key& key, absl::Time now, const absl::StatusOr<Outcome>& outcome);
  void Loop(CommandProcessor& processor);

  runtime::Clock& clock_;
  mutable runtime::Mutex mutex_;
  runtime::Condition changed_;
  std::map<Key, domain::Timer> armed_ TOCSIN_GUARDED_BY(mutex_);
  std::map<Key, Firing> firing_ TOCSIN_GUARDED_BY(mutex_);
  size_t in_flight_ TOCSIN_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<IncidentId, std::vector<Key>> by_incident_ TOCSIN_GUARDED_BY(mutex_);
  bool stopping_ TOCSIN_GUARDED_BY(mutex_) = false;
  std::unique_ptr<runtime::Thread> thread_;
};

}  // namespace tocsin::app
