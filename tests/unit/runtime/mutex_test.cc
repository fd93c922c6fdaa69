#include "server/runtime/mutex.h"

#include <memory>
#include <vector>

#include "server/runtime/thread.h"
#include "tests/support/catch.h"

namespace tocsin::runtime {

TEST_CASE("Mutex: guards a counter of several threads", "[runtime]") {
  Mutex mutex;
  int counter = 0;
  {
    std::vector<std::unique_ptr<Thread>> threads;
    for (int i = 0; i < 4; ++i) {
      threads.push_back(std::make_unique<Thread>("counter", [&] {
        for (int j = 0; j < 10'000; ++j) {
          MutexLock lock(mutex);
          ++counter;
        }
      }));
    }
  }
  CHECK(counter == 40'000);
}

TEST_CASE("Condition: wakes who waits for a change", "[runtime]") {
  Mutex mutex;
  Condition changed;
  bool ready = false;
  int seen = 0;
  {
    Thread first("waiter", [&] {
      MutexLock lock(mutex);
      while (!ready) changed.Wait(mutex);
      ++seen;
    });
    Thread second("waiter", [&] {
      MutexLock lock(mutex);
      while (!ready) changed.WaitFor(mutex, absl::Seconds(30));
      ++seen;
    });
    MutexLock lock(mutex);
    ready = true;
    changed.NotifyAll();
  }
  CHECK(seen == 2);
}

TEST_CASE("Condition: a time-out says so and leaves the mutex held", "[runtime]") {
  Mutex mutex;
  Condition changed;
  MutexLock lock(mutex);
  CHECK_FALSE(changed.WaitFor(mutex, absl::Microseconds(1)));
  CHECK_FALSE(changed.WaitFor(mutex, -absl::Seconds(1)));
}

}  // namespace tocsin::runtime
