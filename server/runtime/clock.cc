#include "server/runtime/clock.h"

#include <sys/timex.h>
#include <time.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "absl/time/clock.h"
#include "server/base/ids.h"

namespace tocsin::runtime {
namespace {

// Asking the kernel is slow, and a time is read for every call.
constexpr uint64_t kErrorAgeMaxNs = 1'000'000'000;

uint64_t BoottimeNs() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<uint64_t>(now.tv_nsec);
}

uint32_t ClockErrorMs() {
  timex request{};
  const int state = adjtimex(&request);
  // Not synchronised, or not told: the kernel's own bound of 16 s.
  if (state < 0 || state == TIME_ERROR) return 16'000;
  return static_cast<uint32_t>(std::clamp<int64_t>(request.maxerror / 1000, 0, 16'000));
}

}  // namespace

SystemClock::SystemClock() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string text;
  if (std::getline(file, text)) {
    if (const auto id = RequestId::Parse(text)) boot_id_ = id->bytes;
  }
  anchor_wall_ = absl::Now();
  anchor_boottime_ns_ = BoottimeNs();
  clock_error_ms_ = ClockErrorMs();
  clock_error_read_ns_ = anchor_boottime_ns_;
}

ClockReading SystemClock::Read() {
  // Slewing and rounding make the wall clock lag the other one by a little without having been set.
  constexpr absl::Duration kSlack = absl::Milliseconds(100);
  ClockReading reading;
  reading.boot_id = boot_id_;
  MutexLock lock(mutex_);
  reading.boottime_ns = BoottimeNs();
  if (reading.boottime_ns - clock_error_read_ns_ >= kErrorAgeMaxNs) {
    clock_error_ms_ = ClockErrorMs();
    clock_error_read_ns_ = reading.boottime_ns;
  }
  reading.clock_error_ms = clock_error_ms_;
  const absl::Time floor =
      anchor_wall_ + absl::Nanoseconds(reading.boottime_ns - anchor_boottime_ns_);
  const absl::Time wall = absl::Now();
  if (wall >= floor - kSlack) {
    anchor_wall_ = wall;
    anchor_boottime_ns_ = reading.boottime_ns;
    reading.now = std::max(wall, last_);
  } else {
    // The wall clock was set back: go on from where it was. The anchor stays, so that the lag does
    // not add up.
    reading.now = std::max(floor, last_);
  }
  last_ = reading.now;
  return reading;
}

}  // namespace tocsin::runtime
