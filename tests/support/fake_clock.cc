#include "tests/support/fake_clock.h"

#include "server/base/check.h"

namespace tocsin::runtime {

ClockReading FakeClock::Read() {
  MutexLock lock(mutex_);
  ClockReading reading;
  reading.now = now_;
  reading.boottime_ns = static_cast<uint64_t>(absl::ToInt64Nanoseconds(since_boot_));
  reading.boot_id[0] = 1;
  return reading;
}

void FakeClock::Set(absl::Time now) {
  MutexLock lock(mutex_);
  now_ = now;
}

void FakeClock::Advance(absl::Duration span) {
  TOCSIN_CHECK(span >= absl::ZeroDuration());
  MutexLock lock(mutex_);
  now_ += span;
  since_boot_ += span;
}

}  // namespace tocsin::runtime
