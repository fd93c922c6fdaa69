#include "server/runtime/clock.h"

#include <memory>
#include <vector>

#include "server/runtime/thread.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"

namespace tocsin::runtime {

TEST_CASE("SystemClock: never goes back", "[runtime]") {
  SystemClock clock;
  ClockReading last = clock.Read();
  size_t backwards = 0;
  for (int i = 0; i < 20'000; ++i) {
    const ClockReading next = clock.Read();
    if (next.now < last.now - absl::Milliseconds(1) || next.boottime_ns < last.boottime_ns) {
      ++backwards;
    }
    last = next;
  }
  CHECK(backwards == 0);
}

TEST_CASE("SystemClock: never goes back, not by a nanosecond, for one caller", "[runtime]") {
  SystemClock clock;
  absl::Time last = clock.Now();
  size_t backwards = 0;
  for (int i = 0; i < 20'000; ++i) {
    const absl::Time next = clock.Now();
    if (next < last) ++backwards;
    last = next;
  }
  CHECK(backwards == 0);
}

TEST_CASE("SystemClock: one boot, and a wall clock of this century", "[runtime]") {
  SystemClock clock;
  SystemClock other;
  const ClockReading reading = clock.Read();
  CHECK(reading.boot_id == other.Read().boot_id);
  CHECK(reading.now > absl::FromUnixSeconds(1'700'000'000));
  CHECK(reading.boottime_ns > 0);
  CHECK(reading.clock_error_ms <= 16'000);
}

TEST_CASE("FakeClock: stands still until it is moved", "[runtime]") {
  const absl::Time start = absl::FromUnixSeconds(1781078400);
  FakeClock clock(start);
  const ClockReading first = clock.Read();
  CHECK(first.now == start);
  CHECK(clock.Now() == start);

  clock.Advance(absl::Hours(12));
  CHECK(clock.Now() == start + absl::Hours(12));
  CHECK(clock.Read().boottime_ns - first.boottime_ns == 12ULL * 3600 * 1'000'000'000);

  clock.Set(start - absl::Hours(1));
  CHECK(clock.Now() == start - absl::Hours(1));
  CHECK(clock.Read().boottime_ns - first.boottime_ns == 12ULL * 3600 * 1'000'000'000);
  CHECK(clock.Read().boot_id == first.boot_id);
}

TEST_CASE("FakeClock: moved and read from several threads", "[runtime]") {
  const absl::Time start = absl::FromUnixSeconds(1781078400);
  FakeClock clock(start);
  {
    std::vector<std::unique_ptr<Thread>> threads;
    for (int i = 0; i < 4; ++i) {
      threads.push_back(std::make_unique<Thread>("mover", [&clock] {
        for (int j = 0; j < 1'000; ++j) {
          clock.Advance(absl::Milliseconds(1));
          clock.Now();
        }
      }));
    }
  }
  CHECK(clock.Now() == start + absl::Seconds(4));
}

}  // namespace tocsin::runtime
