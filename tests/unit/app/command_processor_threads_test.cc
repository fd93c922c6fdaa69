// Many callers, one writer, readers beside them: what ThreadSanitizer is to look at.
#include <atomic>
#include <set>

#include "server/app/command_processor.h"
#include "server/base/error.h"
#include "server/runtime/thread.h"
#include "tests/support/catch.h"
#include "tests/unit/app/app_fixture.h"

namespace tocsin::app {
namespace {

class Countdown {
 public:
  explicit Countdown(int count) : count_(count) {}
  void Down() {
    runtime::MutexLock lock(mutex_);
    if (--count_ == 0) zero_.NotifyAll();
  }
  void Wait() {
    runtime::MutexLock lock(mutex_);
    while (count_ > 0) zero_.Wait(mutex_);
  }

 private:
  runtime::Mutex mutex_;
  runtime::Condition zero_;
  int count_;
};

// What each caller sends: mostly entries, now and then a role, spread over two incidents.
std::vector<std::vector<Request>> Mixed(TestServer& server,
                                        const std::vector<IncidentId>& incidents, int callers,
                                        int each) {
  std::vector<std::vector<Request>> requests(static_cast<size_t>(callers));
  for (int i = 0; i < callers * each; ++i) {
    auto& mine = requests[static_cast<size_t>(i % callers)];
    const IncidentId& incident = incidents[static_cast<size_t>(i % 3 == 0)];
    if (i % 11 == 0) {
      mine.push_back(
          server.Make(incident, domain::AssignRole{IncidentRole::kResponder, domain::Person(2)}));
    } else {
      mine.push_back(server.Log(incident, "entry " + std::to_string(i)));
    }
  }
  return requests;
}

// Reads all the time and aborts when it sees an incident that is not whole.
void ReadUntil(const std::atomic<bool>& over, TestServer& server, const std::string& token,
               const std::vector<IncidentId>& incidents) {
  uint64_t last = 0;
  while (!over) {
    const auto incident = server.catalog->Snapshot(server.acme, incidents[0]);
    if (!incident.ok() || (*incident)->last_sequence < last) std::abort();
    last = (*incident)->last_sequence;
    if (!(*incident)->written.empty() && (*incident)->written.back() > last) std::abort();
    const auto caller = server.catalog->Authenticate(token, server.clock.Now());
    if (!caller.ok() || server.catalog->List(*caller).size() != 2) std::abort();
    if (!server.catalog->Access(*caller, incidents[1]).exists) std::abort();
    server.catalog->HandleOf(server.acme, caller->principal);
  }
}

}  // namespace

TEST_CASE(
    "CommandProcessor: many callers and readers at once lose nothing and see whole incidents") {
  constexpr int kCallers = 4;
  constexpr int kEach = 150;
  TestServer server;
  std::vector<IncidentId> incidents = {server.Declare(), server.Declare()};
  const std::string token = server.Enrol("ada", {OrgRole::kCiso});
  const std::vector<std::vector<Request>> requests = Mixed(server, incidents, kCallers, kEach);
  std::atomic<int> answered{0};
  std::atomic<int> accepted{0};
  std::atomic<bool> over{false};
  Countdown all(kCallers * kEach);
  server.processor->Start();
  {
    std::vector<std::unique_ptr<runtime::Thread>> threads;
    for (int reader = 0; reader < 2; ++reader) {
      threads.push_back(std::make_unique<runtime::Thread>(
          "reader", [&] { ReadUntil(over, server, token, incidents); }));
    }
    {
      std::vector<std::unique_ptr<runtime::Thread>> callers;
      for (const auto& mine : requests) {
        callers.push_back(std::make_unique<runtime::Thread>("caller", [&] {
          for (const Request& request : mine) {
            server.processor->Submit(request, [&](const absl::StatusOr<Outcome>& outcome) {
              ++answered;
              // Whoever has an answer reads at least that much.
              if (outcome.ok()) {
                ++accepted;
                const auto now = server.catalog->Snapshot(server.acme, outcome->incident);
                if (!now.ok() || (*now)->last_sequence < outcome->last_sequence) std::abort();
              } else if (ReasonOf(outcome.status()) != "ROLE_ALREADY_HELD") {
                std::abort();
              }
              all.Down();
            });
          }
        }));
      }
    }
    all.Wait();
    over = true;
  }
  server.processor->Stop();
  CHECK(answered == kCallers * kEach);
  size_t written = 0;
  for (const IncidentId& incident : incidents) written += TextsOf(server.Entries(incident)).size();
  CHECK(written + 2 == static_cast<size_t>(accepted.load()));
  uint64_t next = 0;
  for (const auto& commit : server.keeper.commits) {
    for (const CommittedEntry& entry : commit->entries) CHECK(entry.log_index == next++);
  }
  CHECK(next == server.database->log_size(server.acme));
  CHECK(server.Inconsistency() == "");
}

TEST_CASE("CommandProcessor: stopping while callers go on answers each of them once") {
  for (int round = 0; round < 10; ++round) {
    TestServer server;
    const IncidentId incident = server.Declare();
    std::vector<Request> requests;
    for (int i = 0; i < 200; ++i) requests.push_back(server.Log(incident, "entry"));
    std::vector<std::atomic<int>> calls(requests.size());
    std::atomic<size_t> recorded{0};
    server.processor->Start();
    {
      runtime::Thread caller("caller", [&] {
        for (size_t i = 0; i < requests.size(); ++i) {
          server.processor->Submit(requests[i], [&, i](const absl::StatusOr<Outcome>& outcome) {
            ++calls[i];
            if (outcome.ok()) ++recorded;
          });
        }
      });
      server.processor->Stop();
    }
    for (const auto& count : calls) CHECK(count == 1);
    CHECK(TextsOf(server.Entries(incident)).size() == recorded);
  }
}

TEST_CASE(
    "CommandProcessor: a slow receiver of replies holds the writer up instead of filling memory") {
  TestServer server(nullptr, {.queue_length_max = 4, .batch_length_max = 1});
  const IncidentId incident = server.Declare();
  Countdown release(1);
  Countdown first_taken(1);
  server.processor->Start();
  server.processor->Submit(server.Log(incident, "slow"), [&](const absl::StatusOr<Outcome>&) {
    first_taken.Down();
    release.Wait();
  });
  first_taken.Wait();
  // Every commit carries one command, so the writer must come to a stand and the queue must fill.
  std::atomic<int> refused{0};
  std::atomic<int> answered{0};
  int sent = 0;
  while (refused == 0) {
    ++sent;
    server.processor->Submit(server.Log(incident, "more"),
                             [&](const absl::StatusOr<Outcome>& outcome) {
                               ++answered;
                               if (ReasonOf(outcome.status()) == "QUEUE_FULL") ++refused;
                             });
    // The writer is given its time, so that the queue is full for no other reason.
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    REQUIRE(sent < 10'000);
  }
  release.Down();
  server.processor->Stop();
  CHECK(answered == sent);
}

}  // namespace tocsin::app
