#include "server/rpc/read_pool.h"

#include <atomic>

#include "server/runtime/mutex.h"
#include "tests/support/catch.h"

namespace tocsin::rpc {
namespace {

// Holds a thread until it is opened.
class Gate {
 public:
  void Wait() {
    runtime::MutexLock lock(mutex_);
    ++waiting_;
    changed_.NotifyAll();
    while (!open_) changed_.Wait(mutex_);
  }
  void AwaitVisitor() {
    runtime::MutexLock lock(mutex_);
    while (waiting_ == 0) changed_.Wait(mutex_);
  }
  void Open() {
    runtime::MutexLock lock(mutex_);
    open_ = true;
    changed_.NotifyAll();
  }

 private:
  runtime::Mutex mutex_;
  runtime::Condition changed_;
  int waiting_ = 0;
  bool open_ = false;
};

}  // namespace

TEST_CASE("ReadPool: everything that was taken runs, also when the pool stops") {
  std::atomic<int> ran{0};
  {
    ReadPool pool(2, 1000);
    for (int i = 0; i < 500; ++i) REQUIRE(pool.Submit([&] { ++ran; }));
  }
  CHECK(ran == 500);
}

TEST_CASE("ReadPool: a full queue refuses at once, except what is under way") {
  Gate gate;
  std::atomic<int> ran{0};
  ReadPool pool(1, 2);
  REQUIRE(pool.Submit([&] { gate.Wait(); }));
  gate.AwaitVisitor();
  REQUIRE(pool.Submit([&] { ++ran; }));
  REQUIRE(pool.Submit([&] { ++ran; }));
  CHECK_FALSE(pool.Submit([&] { ++ran; }));
  CHECK(pool.SubmitNext([&] { ++ran; }));
  gate.Open();
  pool.Stop();
  CHECK(ran == 3);
  CHECK_FALSE(pool.Submit([&] { ++ran; }));
  CHECK_FALSE(pool.SubmitNext([&] { ++ran; }));
  CHECK(ran == 3);
}

}  // namespace tocsin::rpc
