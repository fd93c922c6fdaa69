// What every adapter over HTTP needs besides its protocol: a thread that posts one thing after
// another, pauses that can be cut short, and telling each change of state once.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "clients/chat/adapter/adapter.h"
#include "server/runtime/mutex.h"
#include "server/runtime/thread.h"

namespace tocsin::chat {

/// "Stop", for all threads of an adapter. Thread-safe.
class StopFlag {
 public:
  void Stop();
  bool stopped() const;
  /// False when it was or is stopped within that time.
  bool Pause(absl::Duration span);

 private:
  mutable runtime::Mutex mutex_;
  runtime::Condition changed_;
  bool stopped_ TOCSIN_GUARDED_BY(mutex_) = false;
};

/// How long an adapter waits before it connects again.
struct ReconnectPauses {
  absl::Duration first = absl::Seconds(1);
  absl::Duration longest = absl::Minutes(1);
};

/// Growing pauses between attempts.
class Backoff {
 public:
  Backoff(absl::Duration first, absl::Duration longest)
      : first_(first), longest_(longest), next_(first) {}
  absl::Duration Next();
  void Reset() { next_ = first_; }
  absl::Duration longest() const { return longest_; }

 private:
  absl::Duration first_;
  absl::Duration longest_;
  absl::Duration next_;
};

/// Hands state to the bot, each change once. Thread-safe. `context` outlives it.
class StateTeller {
 public:
  explicit StateTeller(const AdapterContext& context) : context_(context) {}
  void Ready() { Tell(true, ""); }
  void NotReady(const std::string& problem) { Tell(false, problem); }
  /// Posts may be tried, but the last one met this problem: for an adapter that has no connection
  /// of its own to tell by.
  void Trouble(const std::string& problem) { Tell(true, problem); }
  /// An empty problem takes an earlier one back; without one nothing is told.
  void Room(const std::string& room, const std::string& problem);
  std::string RoomProblem(const std::string& room) const;

 private:
  void Tell(bool ready, const std::string& problem);

  const AdapterContext& context_;
  mutable runtime::Mutex mutex_;
  bool told_ TOCSIN_GUARDED_BY(mutex_) = false;
  bool ready_ TOCSIN_GUARDED_BY(mutex_) = false;
  std::string problem_ TOCSIN_GUARDED_BY(mutex_);
  std::map<std::string, std::string> rooms_ TOCSIN_GUARDED_BY(mutex_);
};

/// Posts in a thread of its own, one after another in the order given.
class PostWorker {
 public:
  /// `post` does one and says what became of it. `context` outlives this object.
  PostWorker(const AdapterContext& context, std::function<PostResult(const Outbound&)> post)
      : context_(context), post_(std::move(post)) {}
  ~PostWorker() { Stop(); }

  void Start(const std::string& thread_name);
  void Post(const Outbound& post);
  /// Joins; what is left gets no outcome. `post` must return soon, by its owner's means.
  void Stop();

 private:
  void Run();

  const AdapterContext& context_;
  const std::function<PostResult(const Outbound&)> post_;
  runtime::Mutex mutex_;
  runtime::Condition changed_;
  std::deque<Outbound> posts_ TOCSIN_GUARDED_BY(mutex_);
  bool stopping_ TOCSIN_GUARDED_BY(mutex_) = false;
  std::unique_ptr<runtime::Thread> thread_;
};

}  // namespace tocsin::chat
