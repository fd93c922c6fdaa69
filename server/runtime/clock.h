// The only home of time. Wall time for the record, a clock that never steps for waiting and for
// seeing that the wall clock was moved. Everything that needs time is given a Clock; tests give it
// a FakeClock (tests/support).
#pragma once

#include <array>
#include <cstdint>

#include "absl/time/time.h"
#include "server/runtime/mutex.h"

namespace tocsin::runtime {

/// One look at all clocks.
struct ClockReading {
  /// Never earlier than a former reading of the same process: the wall clock, or the last wall time
  /// plus the time since then by the clock that never steps when the wall clock was set back.
  absl::Time now;
  /// Nanoseconds since boot, sleep included.
  uint64_t boottime_ns = 0;
  std::array<uint8_t, 16> boot_id{};
  /// How far the wall clock may be off, as the kernel estimated it within the last second.
  uint32_t clock_error_ms = 0;
};

/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual ClockReading Read() = 0;
  absl::Time Now() { return Read().now; }
};

/// The machine's clocks.
class SystemClock : public Clock {
 public:
  SystemClock();
  ClockReading Read() override;

 private:
  Mutex mutex_;
  std::array<uint8_t, 16> boot_id_{};
  absl::Time anchor_wall_ TOCSIN_GUARDED_BY(mutex_);
  uint64_t anchor_boottime_ns_ TOCSIN_GUARDED_BY(mutex_) = 0;
  uint32_t clock_error_ms_ TOCSIN_GUARDED_BY(mutex_) = 0;
  uint64_t clock_error_read_ns_ TOCSIN_GUARDED_BY(mutex_) = 0;
  absl::Time last_ TOCSIN_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace tocsin::runtime
