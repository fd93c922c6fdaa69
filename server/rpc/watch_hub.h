// The fan-out to watchers. Each watcher first reads the past from the store, page by page, then
// gets every commit as it comes, in order, without gap or repeat. An entry is made into bytes once,
// for all its watchers. A watcher that is too slow loses its queue, not entries: it goes back to
// reading the store from where it was.
//
// The one idea: commits are in the store before they come here. A watcher whose read found nothing
// more, and of which the fan-out has seen nothing beyond, is live; everything later comes through
// the fan-out.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/app/catalog.h"
#include "server/app/commit_feed.h"
#include "server/rpc/watcher.h"
#include "server/runtime/clock.h"
#include "server/runtime/mutex.h"
#include "server/runtime/thread.h"

namespace tocsin::rpc {

/// Thread-safe. Two threads: the fan-out, and one that reads the past.
class WatchHub : public app::CommitObserver {
 public:
  struct Limits {
    size_t queue_length_max = 256;
    size_t page_length = 256;
    size_t watchers_max = 20'000;
    /// Entries of commits that wait for the fan-out; above it all watchers go back to the store.
    size_t backlog_max = 65'536;
  };

  /// All references must outlive this object.
  WatchHub(const store::Database& database, const app::Catalog& catalog, runtime::Clock& clock,
           Limits limits);
  ~WatchHub() override;

  void Start();
  /// Ends all streams with kUnavailable SHUTTING_DOWN, refuses new ones, joins both threads.
  /// Idempotent.
  void Stop();

  void OnCommit(std::shared_ptr<const app::Commit> commit) override;

  /// Begins a watch; rights to the incident have been checked. `sink` must live until Remove.
  /// Streams end with: kOutOfRange WATCH_AHEAD when `after` lies ahead of the record;
  /// kUnauthenticated TOKEN_REFUSED when the token is revoked or expires; those of the store.
  /// Errors: kResourceExhausted TOO_MANY_WATCHERS; kUnavailable SHUTTING_DOWN.
  absl::StatusOr<std::shared_ptr<Watcher>> Add(WatchRequest request, WatchSink* sink);
  /// The message under way has left; `ok` is false when the stream is broken.
  void OnSent(const std::shared_ptr<Watcher>& watcher, bool ok);
  /// Ends the watcher's stream, if it has not ended.
  void End(const std::shared_ptr<Watcher>& watcher, const absl::Status& status);
  /// Forgets the watcher; its sink is not called any more after the return.
  void Remove(const std::shared_ptr<Watcher>& watcher);

  size_t watchers() const { return watcher_count_; }

 private:
  using Audience = std::vector<std::shared_ptr<Watcher>>;

  void FanOutLoop();
  void ReadLoop();
  void FanOut(const app::Commit& commit);
  void FanOutEntry(const app::CommittedEntry& entry);
  WatchMessage MakeMessage(const app::CommittedEntry& entry);
  void BackToReading(const std::shared_ptr<Watcher>& watcher) TOCSIN_REQUIRES(watcher->mutex);
  void Resync();
  /// Ends the streams whose token is over.
  void SweepTokens(std::optional<OrgNumber> only);
  /// Tells idle watchers how far the log has come, so that they need not read it again on resuming.
  void SendProgress();

  void ReadNext(const std::shared_ptr<Watcher>& watcher);
  absl::Status Locate(Watcher& watcher);
  absl::StatusOr<WatchPage> ReadIncident(const Watcher& watcher, uint64_t next);
  absl::StatusOr<WatchPage> ReadAll(const Watcher& watcher, uint64_t next);
  absl::Status AppendEntries(OrgNumber org, const IncidentId& incident, uint64_t after,
                             size_t count, bool wide, WatchPage& page);
  void Accept(const std::shared_ptr<Watcher>& watcher, absl::StatusOr<WatchPage> page);
  void Pump(const std::shared_ptr<Watcher>& watcher) TOCSIN_REQUIRES(watcher->mutex);
  absl::Status CheckToken(const Watcher& watcher) const;
  void Ask(const std::shared_ptr<Watcher>& watcher) TOCSIN_REQUIRES(watcher->mutex);
  absl::Time Now() const { return absl::FromUnixNanos(now_nanos_); }

  // What every entry of an incident is told with.
  struct Named {
    std::string number;
    bool drill = false;
  };
  std::optional<Named> NameOf(const app::CommittedEntry& entry);
  Audience All(std::optional<OrgNumber> only);

  const store::Database& database_;
  const app::Catalog& catalog_;
  runtime::Clock& clock_;
  const Limits limits_;

  runtime::Mutex audience_mutex_;
  std::map<std::pair<OrgNumber, IncidentId>, Audience> by_incident_
      TOCSIN_GUARDED_BY(audience_mutex_);
  std::map<OrgNumber, Audience> wide_ TOCSIN_GUARDED_BY(audience_mutex_);
  bool stopped_ TOCSIN_GUARDED_BY(audience_mutex_) = false;
  std::atomic<size_t> watcher_count_{0};

  runtime::Mutex commits_mutex_;
  runtime::Condition commits_changed_;
  std::deque<std::shared_ptr<const app::Commit>> commits_ TOCSIN_GUARDED_BY(commits_mutex_);
  size_t backlog_ TOCSIN_GUARDED_BY(commits_mutex_) = 0;
  bool lost_ TOCSIN_GUARDED_BY(commits_mutex_) = false;
  bool stopping_ TOCSIN_GUARDED_BY(commits_mutex_) = false;

  runtime::Mutex readers_mutex_;
  runtime::Condition readers_changed_;
  std::deque<std::shared_ptr<Watcher>> readers_ TOCSIN_GUARDED_BY(readers_mutex_);
  bool readers_stopping_ TOCSIN_GUARDED_BY(readers_mutex_) = false;

  // Of at most a second ago: reading the machine's clock for each of a thousand deliveries would
  // cost more than they do.
  std::atomic<int64_t> now_nanos_{0};

  // The fan-out thread's own.
  absl::flat_hash_map<IncidentId, Named> names_;
  std::map<OrgNumber, uint64_t> log_sizes_;

  std::unique_ptr<runtime::Thread> fan_out_;
  std::unique_ptr<runtime::Thread> reader_;
};

}  // namespace tocsin::rpc
