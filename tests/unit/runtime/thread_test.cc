#include "server/runtime/thread.h"

#include <pthread.h>

#include <array>
#include <string>

#include "tests/support/catch.h"

namespace tocsin::runtime {

TEST_CASE("Thread: runs its body under its name, and is joined by its owner", "[runtime]") {
  std::string name;
  {
    Thread thread("tocsin-writer-of-entries", [&name] {
      std::array<char, 32> text{};
      pthread_getname_np(pthread_self(), text.data(), text.size());
      name = text.data();
    });
  }
  CHECK(name == "tocsin-writer-o");
}

TEST_CASE("Thread: may be joined before its end of life", "[runtime]") {
  int value = 0;
  Thread thread("short", [&value] { value = 42; });
  thread.Join();
  CHECK(value == 42);
}

}  // namespace tocsin::runtime
