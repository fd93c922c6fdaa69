#include "server/runtime/random.h"

#include <bitset>
#include <memory>
#include <set>
#include <vector>

#include "server/runtime/mutex.h"
#include "server/runtime/thread.h"
#include "tests/support/catch.h"

namespace tocsin::runtime {

TEST_CASE("RandomBytes: fills all of any length, nothing twice", "[runtime]") {
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) seen.insert(RandomString(16));
  CHECK(seen.size() == 10'000);
  CHECK(RandomString(0).empty());
  // Longer than the buffer it is served from: the pieces differ.
  const std::string large = RandomString(3 * 4096 + 1);
  CHECK(large.size() == 3 * 4096 + 1);
  CHECK(large.substr(0, 4096) != large.substr(4096, 4096));
}

TEST_CASE("RandomBytes: about half of the bits are set", "[runtime]") {
  size_t ones = 0;
  for (char c : RandomString(100'000)) ones += std::bitset<8>(static_cast<uint8_t>(c)).count();
  // 800,000 fair bits: 8,000 from the middle are 18 standard deviations.
  CHECK(ones > 392'000);
  CHECK(ones < 408'000);
}

TEST_CASE("RandomBytes: threads get bytes of their own", "[runtime]") {
  Mutex mutex;
  std::set<std::string> seen;
  {
    std::vector<std::unique_ptr<Thread>> threads;
    for (int i = 0; i < 4; ++i) {
      threads.push_back(std::make_unique<Thread>("random", [&] {
        for (int j = 0; j < 500; ++j) {
          const std::string bytes = RandomString(16);
          MutexLock lock(mutex);
          seen.insert(bytes);
        }
      }));
    }
  }
  CHECK(seen.size() == 2'000);
}

}  // namespace tocsin::runtime
