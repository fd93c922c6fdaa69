#include "clients/chat/net/workers.h"

#include <latch>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/chat_fixture.h"
#include "tests/support/tls_mock.h"

namespace tocsin::chat {

TEST_CASE("PostWorker: posts go out in order, each with one outcome", "[chat][net]") {
  RecordedEvents events;
  FakeMemory memory;
  const AdapterContext context{"test", events, memory};
  std::vector<std::string> posted;
  PostWorker worker(context, [&](const Outbound& post) {
    posted.push_back(post.key);
    return PostResult{PostState::kPosted, {}, "n-" + post.key, ""};
  });
  constexpr int kCount = 100;
  for (int i = 0; i < kCount / 2; ++i) worker.Post({.key = std::to_string(i)});
  worker.Start("test");
  for (int i = kCount / 2; i < kCount; ++i) worker.Post({.key = std::to_string(i)});

  REQUIRE(Eventually([&] { return events.posted().size() == kCount; }));
  worker.Stop();
  for (size_t i = 0; i < kCount; ++i) {
    CHECK(posted[i] == std::to_string(i));
    CHECK(events.posted()[i].first == std::to_string(i));
  }
}

TEST_CASE("PostWorker: after Stop no outcome is told", "[chat][net]") {
  RecordedEvents events;
  FakeMemory memory;
  const AdapterContext context{"test", events, memory};
  std::latch begun(1);
  StopFlag flag;
  PostWorker worker(context, [&](const Outbound&) {
    begun.count_down();
    flag.Pause(absl::Minutes(5));
    return PostResult{};
  });
  worker.Start("test");
  worker.Post({.key = "a"});
  worker.Post({.key = "b"});
  begun.wait();
  runtime::Thread stopper("stopper", [&] { worker.Stop(); });
  // The post returns only after Stop has begun, or just before: at most its own outcome is told.
  flag.Stop();
  stopper.Join();
  const size_t told = events.posted().size();
  CHECK(told <= 2);
  worker.Post({.key = "c"});
  CHECK(events.posted().size() == told);
}

TEST_CASE("StateTeller: each change is told once", "[chat][net]") {
  RecordedEvents events;
  FakeMemory memory;
  const AdapterContext context{"test", events, memory};
  StateTeller teller(context);
  teller.NotReady("a");
  teller.NotReady("a");
  teller.NotReady("b");
  teller.Ready();
  teller.Ready();
  teller.Room("r", "");
  teller.Room("r", "gone");
  teller.Room("r", "gone");
  teller.Room("r", "");

  CHECK(events.states() == std::vector<std::string>{"no: a", "no: b", "ready"});
  CHECK(events.room_states() == std::vector<std::string>{"r: gone", "r: "});
}

TEST_CASE("Backoff: pauses grow up to a limit and begin again", "[chat][net]") {
  Backoff backoff(absl::Seconds(1), absl::Seconds(3));
  CHECK(backoff.Next() == absl::Seconds(1));
  CHECK(backoff.Next() == absl::Seconds(2));
  CHECK(backoff.Next() == absl::Seconds(3));
  CHECK(backoff.Next() == absl::Seconds(3));
  backoff.Reset();
  CHECK(backoff.Next() == absl::Seconds(1));
}

TEST_CASE("StopFlag: a pause ends at once when it is stopped", "[chat][net]") {
  StopFlag flag;
  CHECK(flag.Pause(absl::Milliseconds(1)));
  runtime::Thread stopper("stopper", [&] { flag.Stop(); });
  CHECK_FALSE(flag.Pause(absl::Minutes(5)));
  CHECK_FALSE(flag.Pause(absl::ZeroDuration()));
}

}  // namespace tocsin::chat
