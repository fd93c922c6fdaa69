// The threads on which reads run: folding an incident or paging a timeline may touch the disk, and
// gRPC's own threads must not wait for it. The queue is bounded; what does not fit is refused at
// once instead of waiting for ever.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/runtime/mutex.h"
#include "server/runtime/thread.h"

namespace tocsin::rpc {

/// Thread-safe.
class ReadPool {
 public:
  /// `name` is that of its threads.
  ReadPool(size_t threads, size_t queue_length_max, const std::string& name = "read");
  /// Runs what is queued, then joins.
  ~ReadPool();

  /// False, and `work` will not run, when the queue is full or the pool is stopping.
  bool Submit(std::function<void()> work);
  /// For the next page of something already under way: not refused while the pool runs. Its callers
  /// bound themselves.
  bool SubmitNext(std::function<void()> work);
  /// Runs what is queued, then joins. Idempotent.
  void Stop();

 private:
  bool Push(std::function<void()> work, bool even_when_full);
  void Loop();

  const size_t queue_length_max_;
  runtime::Mutex mutex_;
  runtime::Condition changed_;
  std::deque<std::function<void()>> queue_ TOCSIN_GUARDED_BY(mutex_);
  bool stopping_ TOCSIN_GUARDED_BY(mutex_) = false;
  std::vector<std::unique_ptr<runtime::Thread>> threads_;
};

}  // namespace tocsin::rpc
