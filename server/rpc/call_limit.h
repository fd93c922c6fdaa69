// The longest a unary call may take, whatever its client asked for. All calls have the same limit,
// so they run out in the order they came: a queue is enough, and one look at it each second.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>

#include "server/runtime/mutex.h"

namespace tocsin::rpc {

/// Thread-safe.
class CallLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Something that can be told that its time is over.
  class Call {
   public:
    virtual ~Call() = default;
    /// Called at most once, from the thread of RunOut. Ends the call unless it has its answer.
    virtual void OnTimeOver() = 0;
    virtual bool done() const = 0;
  };

  explicit CallLimit(std::chrono::seconds limit) : limit_(limit) {}

  /// Keeps a weak reference until `call` ends or runs out.
  void Add(std::weak_ptr<Call> call, Time start);
  /// Ends every call that began `limit` or more before `now`; returns how many it told.
  size_t RunOut(Time now);

 private:
  struct Entry {
    Time start;
    std::weak_ptr<Call> call;
  };

  const std::chrono::seconds limit_;
  runtime::Mutex mutex_;
  std::deque<Entry> calls_ TOCSIN_GUARDED_BY(mutex_);
};

}  // namespace tocsin::rpc
