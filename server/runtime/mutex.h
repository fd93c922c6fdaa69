// std::mutex with Clang's capability annotations, so that `-Wthread-safety` proves which lock
// guards what. abseil's own mutex is not used: Debian's build of it gives false ThreadSanitizer
// reports.
#pragma once

#include <condition_variable>
#include <mutex>

#include "absl/time/time.h"

#if defined(__clang__)
#define TOCSIN_ANNOTATE(x) __attribute__((x))
#else
#define TOCSIN_ANNOTATE(x)
#endif
#define TOCSIN_GUARDED_BY(mutex) TOCSIN_ANNOTATE(guarded_by(mutex))
#define TOCSIN_REQUIRES(mutex) TOCSIN_ANNOTATE(requires_capability(mutex))
#define TOCSIN_EXCLUDES(mutex) TOCSIN_ANNOTATE(locks_excluded(mutex))

namespace tocsin::runtime {

class TOCSIN_ANNOTATE(capability("mutex")) Mutex {
 public:
  void Lock() TOCSIN_ANNOTATE(acquire_capability()) { mutex_.lock(); }
  void Unlock() TOCSIN_ANNOTATE(release_capability()) { mutex_.unlock(); }

 private:
  friend class Condition;
  std::mutex mutex_;
};

/// Holds a mutex for a scope.
class TOCSIN_ANNOTATE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) TOCSIN_ANNOTATE(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.Lock();
  }
  ~MutexLock() TOCSIN_ANNOTATE(release_capability()) { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

/// Waits for a change made under a Mutex. The caller holds the mutex and checks its own predicate
/// in a loop.
class Condition {
 public:
  void Wait(Mutex& mutex) TOCSIN_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  /// False on time-out.
  bool WaitFor(Mutex& mutex, absl::Duration timeout) TOCSIN_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    const bool woken =
        condition_.wait_for(lock, absl::ToChronoNanoseconds(timeout)) == std::cv_status::no_timeout;
    lock.release();
    return woken;
  }
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace tocsin::runtime
