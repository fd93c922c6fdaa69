#include "server/app/timer_service.h"

#include <algorithm>

#include "server/base/error.h"
#include "server/runtime/thread.h"
#include "tests/support/catch.h"
#include "tests/support/fault_file_system.h"
#include "tests/unit/app/app_fixture.h"

namespace tocsin::app {
namespace {

using domain::At;

std::vector<std::string> Fired(const TestServer& server, const IncidentId& incident) {
  return FiredIn(server.Entries(incident));
}

const std::vector<std::string> kInTime = {
    "nis2.early_warning/50 10 20:00 recorded 10 20:00",
    "nis2.early_warning/75 11 02:00 recorded 11 02:00",
    "nis2.early_warning/90 11 05:36 recorded 11 05:36",
    "nis2.early_warning/100 11 08:00 recorded 11 08:00",
    "nis2.notification/50 11 20:00 recorded 11 20:00",
    "nis2.notification/75 12 14:00 recorded 12 14:00",
    "nis2.notification/90 13 00:48 recorded 13 00:48",
    "nis2.notification/100 13 08:00 recorded 13 08:00",
};

}  // namespace

TEST_CASE("TimerService: reminders and misses are recorded once, at their time") {
  TestServer server;
  const IncidentId incident = server.DeclareSignificant();
  CHECK(server.timers->armed() == 8);
  CHECK(server.RunTimers() == 0);
  const absl::Time end = At("2026-06-14T00:00:00Z");
  while (const auto next = server.timers->NextDue()) {
    REQUIRE(*next < end);
    server.clock.Set(*next - absl::Nanoseconds(1));
    CHECK(server.RunTimers() == 0);
    server.clock.Set(*next);
    CHECK(server.RunTimers() == 1);
    CHECK(server.TimerInconsistency() == "");
  }
  CHECK(Fired(server, incident) == kInTime);
  server.clock.Set(end);
  CHECK(server.RunTimers() == 0);
  server.Restart();
  CHECK(server.RunTimers() == 0);
  CHECK(Fired(server, incident) == kInTime);
}

TEST_CASE(
    "TimerService: what came due while the server was down is recorded at once, with its own "
    "time") {
  TestServer server;
  const IncidentId incident = server.DeclareSignificant();
  server.Close();
  server.clock.Set(At("2026-06-12T15:00:00Z"));
  server.Open();
  CHECK(server.timers->armed() == 8);
  server.RunTimers();
  CHECK(Fired(server, incident) ==
        std::vector<std::string>{"nis2.early_warning/50 10 20:00 recorded 12 15:00",
                                 "nis2.early_warning/75 11 02:00 recorded 12 15:00",
                                 "nis2.early_warning/90 11 05:36 recorded 12 15:00",
                                 "nis2.notification/50 11 20:00 recorded 12 15:00",
                                 "nis2.notification/75 12 14:00 recorded 12 15:00",
                                 "nis2.early_warning/100 11 08:00 recorded 12 15:00"});
  CHECK(server.timers->armed() == 2);
  CHECK(server.TimerInconsistency() == "");
}

TEST_CASE("TimerService: who is asked next about an alert is recorded once, also over a restart") {
  TestServer server;
  // Somebody who gets the handle only later.
  server.chains[server.acme] = {
      {.role = std::nullopt, .person = {}, .handle = "@later", .wait = absl::Minutes(10)},
      {.role = IncidentRole::kCommander, .person = {}, .handle = "", .wait = absl::Minutes(10)}};
  server.Restart();
  // Who declares it commands it.
  const IncidentId incident = server.DeclareSignificant();
  const auto escalated = [&] {
    std::vector<domain::AlertEscalated> all;
    for (const store::StoredEntry& stored : server.Entries(incident)) {
      const auto* event = std::get_if<domain::AlertEscalated>(&stored.pending.event);
      if (event != nullptr) all.push_back(*event);
    }
    return all;
  };
  const absl::Time reminder = At("2026-06-11T05:36:00Z");  // 90 %
  server.clock.Set(reminder);
  server.RunTimers();
  REQUIRE(escalated().size() == 1);
  CHECK(escalated()[0].skipped == std::vector<std::string>{"@later"});
  CHECK(escalated()[0].asked == std::vector{domain::Person(1)});
  CHECK(server.TimerInconsistency() == "");

  server.Enrol("later", {OrgRole::kResponder});
  server.Close();
  server.clock.Set(reminder + absl::Hours(1));
  server.Open();
  server.RunTimers();
  server.Restart();
  server.RunTimers();
  REQUIRE(escalated().size() == 2);
  CHECK(escalated()[1].fire_time == reminder + absl::Minutes(10));
  CHECK(escalated()[1].attempt == 2);
  // The next alert asks the one who is there by now.
  server.clock.Set(At("2026-06-11T08:00:00Z"));
  server.RunTimers();
  CHECK(escalated().back().skipped.empty());
  CHECK(escalated().back().level == 1);
  CHECK(server.TimerInconsistency() == "");
  CHECK(server.Inconsistency() == "");
}

TEST_CASE("TimerService: two wake-ups at once record once") {
  TestServer server;
  const IncidentId incident = server.DeclareSignificant();
  server.clock.Set(At("2026-06-10T20:00:00Z"));
  CHECK(server.timers->RunDue(server.clock.Now(), *server.processor) == 1);
  CHECK(server.timers->RunDue(server.clock.Now(), *server.processor) == 0);
  // Another service over the same store, as on a second server.
  TimerService other(server.clock);
  REQUIRE(other.Load(*server.database).ok());
  CHECK(other.RunDue(server.clock.Now(), *server.processor) == 1);
  server.Run();
  CHECK(Fired(server, incident).size() == 1);
  CHECK(server.RunTimers() == 0);
  // It found nothing left to do.
  CHECK(other.armed() == 7);
}

TEST_CASE("TimerService: what was filed in time is neither reminded of nor missed") {
  TestServer server;
  const IncidentId incident = server.DeclareSignificant();
  server.clock.Set(At("2026-06-10T20:00:00Z"));
  // The timer is submitted, the filing is before it in the queue.
  server.Submit(server.Make(
      incident,
      domain::RecordSubmission{.stage = "early_warning", .channel = "portal", .reference = "A-1"}));
  CHECK(server.timers->RunDue(server.clock.Now(), *server.processor) == 1);
  server.Run();
  server.clock.Set(At("2026-06-11T12:00:00Z"));
  server.RunTimers();
  // The reminder that was due at the moment of the filing was due; nothing came after.
  CHECK(Fired(server, incident) ==
        std::vector<std::string>{"nis2.early_warning/50 10 20:00 recorded 10 20:00"});
  CHECK(server.TimerInconsistency() == "");
}

TEST_CASE("TimerService: a clock that steps back between waking and recording loses no timer") {
  TestServer server;
  const IncidentId incident = server.DeclareSignificant();
  server.clock.Set(At("2026-06-10T20:00:00Z"));
  CHECK(server.timers->RunDue(server.clock.Now(), *server.processor) == 1);
  server.clock.Set(At("2026-06-10T19:59:59.999Z"));
  server.Run();
  CHECK(Fired(server, incident).empty());
  CHECK(server.timers->armed() == 8);
  CHECK(server.RunTimers() == 0);
  server.clock.Set(At("2026-06-10T20:00:00Z"));
  CHECK(server.RunTimers() == 1);
  CHECK(Fired(server, incident).size() == 1);
}

TEST_CASE(
    "TimerService: a clock set forward records no miss before it is due by the clock, and back "
    "repeats none") {
  TestServer server;
  const IncidentId incident = server.DeclareSignificant();
  server.clock.Set(At("2026-06-11T07:59:59Z"));
  server.RunTimers();
  CHECK(Fired(server, incident).size() == 3);
  server.clock.Set(At("2026-06-10T09:00:00Z"));
  CHECK(server.RunTimers() == 0);
  server.Restart();
  CHECK(server.RunTimers() == 0);
  server.clock.Set(At("2026-06-11T08:00:00Z"));
  server.RunTimers();
  CHECK(Fired(server, incident).size() == 4);
  CHECK(server.TimerInconsistency() == "");
}

TEST_CASE("TimerService: a person cannot stand in a timer's way by using its request id") {
  TestServer server;
  const IncidentId incident = server.DeclareSignificant();
  for (const domain::Timer& timer :
       domain::TimersFor(*server.catalog->Get(server.acme, incident))) {
    Request request = server.Log(incident, "first");
    request.request = domain::FireRequestId(incident, timer);
    CHECK(server.Do(request).ok());
  }
  server.clock.Set(At("2026-06-14T00:00:00Z"));
  server.RunTimers();
  CHECK(Fired(server, incident).size() == 8);
  CHECK(server.TimerInconsistency() == "");
}

TEST_CASE(
    "TimerService: 10,000 timers due at once are all recorded, once, and leave room in the queue") {
  TestServer server(nullptr, {.queue_length_max = 2000});
  std::vector<IncidentId> incidents;
  for (int i = 0; i < 1250; ++i) {
    const auto declared = server.Submit(server.Make(IncidentId{}, domain::ADeclaration()));
    if (i % 250 == 249) server.Run();
    if (i == 1249) server.Run();
  }
  for (const IncidentSummary& summary :
       server.catalog->List(CallerWith(server, domain::Person(1), {OrgRole::kCiso}))) {
    incidents.push_back(summary.id);
    server.Submit(server.Make(
        summary.id, domain::RecordAnchor{"aware", server.clock.Now(), "the call came in"}));
    server.Submit(
        server.Make(summary.id, domain::DecideSignificance{"nis2", true, "services are down"}));
    if (incidents.size() % 500 == 0) server.Run();
  }
  server.Run();
  REQUIRE(incidents.size() == 1250);
  REQUIRE(server.timers->armed() == 10'000);

  server.Restart();
  server.clock.Set(At("2026-06-14T00:00:00Z"));
  CHECK(server.timers->RunDue(server.clock.Now(), *server.processor) == TimerService::kInFlightMax);
  CHECK(server.timers->RunDue(server.clock.Now(), *server.processor) == 0);
  const auto person = server.Submit(server.Log(incidents.front(), "meanwhile"));
  server.Run();
  CHECK(person->outcome.ok());
  server.RunTimers();
  CHECK(server.timers->armed() == 0);
  CHECK(server.StoredTimers().empty());
  size_t fired = 0;
  for (const IncidentId& incident : incidents) fired += Fired(server, incident).size();
  CHECK(fired == 10'000);
}

TEST_CASE("TimerService: a failed firing is tried again, each time after a longer wait") {
  TestServer server(nullptr, {.queue_length_max = 1});
  const IncidentId incident = server.DeclareSignificant();
  server.clock.Set(At("2026-06-10T20:00:00Z"));
  // A full queue refuses the firing at once.
  std::vector<int> waits;
  server.Submit(server.Log(incident, "in the way"));
  for (int second = 0; second < 200; ++second) {
    if (server.timers->RunDue(server.clock.Now(), *server.processor) == 1) waits.push_back(second);
    server.clock.Advance(absl::Seconds(1));
  }
  CHECK(waits == std::vector<int>{0, 1, 3, 7, 15, 31, 63, 123, 183});
  server.Run();
  CHECK(Fired(server, incident).empty());
  server.clock.Advance(absl::Minutes(1));
  CHECK(server.RunTimers() == 1);
  CHECK(Fired(server, incident) ==
        std::vector<std::string>{"nis2.early_warning/50 10 20:00 recorded 10 20:04"});
  CHECK(server.RunTimers() == 0);
}

TEST_CASE("TimerService: a disk that failed under a firing is made good after the restart") {
  auto fs = std::make_shared<testing::FaultFileSystem>(3);
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(fs);
  TestServer server(env.get());
  const IncidentId incident = server.DeclareSignificant();
  server.clock.Set(At("2026-06-10T20:00:00Z"));
  fs->FailAt(1, testing::Fault::kIoError, /*for_ever=*/true);
  CHECK(server.timers->RunDue(server.clock.Now(), *server.processor) == 1);
  server.Run();
  CHECK(Fired(server, incident).empty());
  CHECK(server.timers->armed() == 8);
  fs->Heal();
  server.Restart();
  CHECK(server.RunTimers() <= 1);
  CHECK(Fired(server, incident).size() == 1);
  CHECK(server.TimerInconsistency() == "");
}

TEST_CASE("TimerService: its thread records what is due and ends when told to") {
  TestServer server;
  const IncidentId incident = server.DeclareSignificant();
  server.Restart();
  server.clock.Set(At("2026-06-14T00:00:00Z"));
  TimerService service(server.clock);
  CommandProcessor processor(*server.database, *server.catalog, server.clock, {&service}, {});
  processor.Start();
  REQUIRE(service.Start(*server.database, processor).ok());
  while (service.armed() > 0) std::this_thread::yield();
  service.Stop();
  processor.Stop();
  CHECK(Fired(server, incident).size() == 8);
}

}  // namespace tocsin::app
