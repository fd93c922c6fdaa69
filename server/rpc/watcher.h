// One watcher: what it asked for, how far it is, and what waits to be sent to it. The hub
// (watch_hub.h) moves it; a stream only gives it a sink.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "server/app/caller.h"
#include "server/runtime/mutex.h"

namespace tocsin::rpc {

/// A serialised WatchEntriesResponse, shared by all who get it.
using WatchMessage = std::shared_ptr<const std::string>;

/// Where one watcher's messages go: a stream. Called under the watcher's lock, so it must not call
/// back from inside.
class WatchSink {
 public:
  virtual ~WatchSink() = default;
  /// At most one message is under way: the next comes after WatchHub::OnSent.
  virtual void Send(const WatchMessage& message) = 0;
  /// The last call; never while a message is under way.
  virtual void End(const absl::Status& status) = 0;
};

struct WatchRequest {
  app::Caller caller;
  /// Zero: every incident of the caller's organisation that it may see.
  IncidentId incident;
  /// Of one incident: the last sequence that is known. Of all: the size of the log that is known.
  uint64_t after = 0;
  /// Start with what comes next.
  bool only_new = false;
};

/// The constants need no lock; everything else is guarded by `mutex`. No other lock of the hub is
/// taken under it, except the one of the readers' queue.
struct Watcher {
  enum class State : uint8_t {
    /// Where to begin is not known yet.
    kStarting,
    /// Reads the store.
    kReading,
    kLive,
    kEnded,
  };
  struct Item {
    uint64_t position = 0;
    IncidentId incident;
    WatchMessage message;
  };

  Watcher(WatchRequest request_in, WatchSink* sink_in)
      : request(std::move(request_in)), sink(sink_in) {}

  const WatchRequest request;
  bool wide() const { return request.incident.empty(); }

  runtime::Mutex mutex;
  /// nullptr once removed.
  WatchSink* sink TOCSIN_GUARDED_BY(mutex);
  State state TOCSIN_GUARDED_BY(mutex) = State::kStarting;
  /// The first position (sequence, or log index) that has not been queued.
  uint64_t next TOCSIN_GUARDED_BY(mutex) = 0;
  /// One above the last position that the fan-out has passed by.
  uint64_t seen TOCSIN_GUARDED_BY(mutex) = 0;
  std::deque<Item> queue TOCSIN_GUARDED_BY(mutex);
  bool sending TOCSIN_GUARDED_BY(mutex) = false;
  /// In the readers' queue, or being read for.
  bool asked TOCSIN_GUARDED_BY(mutex) = false;
  bool told_live TOCSIN_GUARDED_BY(mutex) = false;
  /// The log size of the last message.
  uint64_t reported TOCSIN_GUARDED_BY(mutex) = 0;
  /// Set when the stream is to end after the message under way.
  std::optional<absl::Status> end TOCSIN_GUARDED_BY(mutex);
};

/// Entries of the store, ready to be queued.
struct WatchPage {
  std::vector<Watcher::Item> items;
  /// The first position that was not looked at.
  uint64_t next = 0;
  /// Everything the watcher may see below this log size is in this page or before it; 0: not known.
  uint64_t log_size = 0;
  /// The store had no more.
  bool complete = false;
};

/// Ends the stream now, or once the message under way has left. The lock must be held.
void EndLocked(Watcher& watcher, absl::Status status) TOCSIN_REQUIRES(watcher.mutex);

}  // namespace tocsin::rpc
