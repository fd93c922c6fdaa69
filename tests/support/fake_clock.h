// A clock that stands still until a test moves it, so that no test waits for time to pass.
#pragma once

#include "absl/time/time.h"
#include "server/runtime/clock.h"
#include "server/runtime/mutex.h"

namespace tocsin::runtime {

/// Thread-safe.
class FakeClock : public Clock {
 public:
  /// Starts at `now`, one hour after a boot that never was.
  explicit FakeClock(absl::Time now) : now_(now) {}

  ClockReading Read() override;

  /// Sets the wall clock, forward or back; the time since boot stays, as when an operator sets the
  /// clock.
  void Set(absl::Time now);
  /// Lets time pass: both clocks go on by `span`, which must not be negative (checked).
  void Advance(absl::Duration span);

 private:
  Mutex mutex_;
  absl::Time now_ TOCSIN_GUARDED_BY(mutex_);
  absl::Duration since_boot_ TOCSIN_GUARDED_BY(mutex_) = absl::Hours(1);
};

}  // namespace tocsin::runtime
