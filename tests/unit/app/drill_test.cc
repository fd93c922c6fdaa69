// Drills on the real store and timers: a clock that survives a restart, whatever it did before.
#include "server/domain/drill.h"

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/unit/app/app_fixture.h"

namespace tocsin::app {
namespace {

using domain::ClockChange;
using domain::SetDrillClock;

constexpr char kScenario[] = R"(format: tocsin-drill-v1
id: small
title: A small drill
version: "1.0"
summary: For tests.
begins: 2026-12-24T16:00:00+01:00
speed: 60
lasts: 30d
injects:
  - {id: first, at: 0m, from: The night shift, via: phone, text: Nothing works.}
  - {id: second, at: 1h, from: The press, via: news, text: Is it true?}
  - {id: third, at: 5h, from: A guard, via: visit, text: The door is open.}
expect:
  - {id: declared, title: It is declared, declared: sev2, within: 30m}
)";

IncidentId Start(TestServer& server) {
  domain::DeclareIncident command = domain::ADeclaration();
  command.drill = true;
  command.scenario = domain::AScenario(kScenario);
  return server.Declare(command);
}

std::vector<std::string> Delivered(const TestServer& server, const IncidentId& drill) {
  std::vector<std::string> ids;
  for (const store::StoredEntry& entry : server.Entries(drill)) {
    const auto* inject = std::get_if<domain::InjectDelivered>(&entry.pending.event);
    if (inject != nullptr) ids.push_back(inject->inject);
  }
  return ids;
}

domain::Drill Of(const TestServer& server, const IncidentId& drill) {
  return *server.catalog->Get(server.acme, drill)->exercise;
}

SetDrillClock Next(const std::string& seen) {
  return SetDrillClock{ClockChange::kNext, 1, seen};
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("Drill: it goes on after a restart, and what came due meanwhile comes once") {
  TestServer server;
  const IncidentId drill = Start(server);
  CHECK(Delivered(server, drill) == Ids{"first"});
  server.clock.Set(server.clock.Now() + absl::Seconds(59));
  CHECK(server.RunTimers() == 0);
  server.Restart();
  CHECK(server.RunTimers() == 0);
  server.clock.Set(server.clock.Now() + absl::Seconds(1));
  CHECK(server.RunTimers() == 1);
  CHECK(Delivered(server, drill) == Ids{"first", "second"});

  server.Close();
  server.clock.Set(server.clock.Now() + absl::Hours(2));
  server.Open();
  server.RunTimers();
  CHECK(Delivered(server, drill) == Ids{"first", "second", "third"});
  // With the time that it was due, on the drill's clock.
  CHECK(server.Entries(drill).back().pending.occur_time == domain::At("2026-12-24T20:00:00Z"));
  CHECK(server.Inconsistency() == "");
  server.Restart();
  CHECK(server.RunTimers() == 0);
  CHECK(server.Inconsistency() == "");
}

TEST_CASE("Drill: a pause lasts over a restart, however long the server was away") {
  TestServer server;
  const IncidentId drill = Start(server);
  server.clock.Set(server.clock.Now() + absl::Seconds(30));
  server.MustDo(server.Make(drill, SetDrillClock{ClockChange::kPause}));
  CHECK(server.StoredTimers().empty());
  server.Close();
  server.clock.Set(server.clock.Now() + absl::Hours(24 * 7));
  server.Open();
  CHECK(server.RunTimers() == 0);
  CHECK(Of(server, drill).clock.At(server.clock.Now()) == domain::At("2026-12-24T15:30:00Z"));
  server.MustDo(server.Make(drill, SetDrillClock{ClockChange::kResume}));
  server.clock.Set(server.clock.Now() + absl::Seconds(30));
  CHECK(server.RunTimers() == 1);
  CHECK(Delivered(server, drill) == Ids{"first", "second"});
  CHECK(server.Inconsistency() == "");
}

TEST_CASE("Drill: another speed moves the timers that are armed, also in the store") {
  TestServer server;
  const IncidentId drill = Start(server);
  server.MustDo(server.Make(drill, SetDrillClock{ClockChange::kSpeed, 3600}));
  CHECK(server.Inconsistency() == "");
  server.Restart();
  server.clock.Set(server.clock.Now() + absl::Seconds(1));
  CHECK(server.RunTimers() == 1);
  server.MustDo(server.Make(drill, SetDrillClock{ClockChange::kSpeed, 1}));
  server.clock.Set(server.clock.Now() + absl::Hours(3));
  CHECK(server.RunTimers() == 0);
  server.clock.Set(server.clock.Now() + absl::Hours(1));
  CHECK(server.RunTimers() == 1);
  CHECK(Delivered(server, drill) == Ids{"first", "second", "third"});
  CHECK(server.Inconsistency() == "");
}

TEST_CASE("Drill: two who press next in one commit move it once") {
  TestServer server;
  const IncidentId drill = Start(server);
  const auto one = server.Submit(server.Make(drill, Next("second")));
  const auto other = server.Submit(server.Make(drill, Next("second")));
  server.Run();
  CHECK(one->outcome.ok());
  CHECK(ReasonOf(other->outcome.status()) == "INJECT_MOVED_ON");
  CHECK(Delivered(server, drill) == Ids{"first", "second"});
  CHECK(server.Inconsistency() == "");
}

TEST_CASE("Drill: next while the timer of the same inject fires delivers it once") {
  TestServer server;
  const IncidentId drill = Start(server);
  server.clock.Set(server.clock.Now() + absl::Minutes(1));
  const auto next = server.Submit(server.Make(drill, Next("second")));
  server.timers->RunDue(server.clock.Now(), *server.processor);
  server.Run();
  CHECK(next->calls == 1);
  server.RunTimers();
  CHECK(Delivered(server, drill) == Ids{"first", "second"});
  CHECK(server.Inconsistency() == "");
}

TEST_CASE("Drill: stopped, it has no timers left, and a real incident beside it keeps its own") {
  TestServer server;
  server.DeclareSignificant();
  const std::vector<std::string> before = server.StoredTimers();
  const IncidentId drill = Start(server);
  CHECK(server.StoredTimers().size() == before.size() + 1);
  server.MustDo(server.Make(drill, domain::StopDrill{"time is up"}));
  CHECK(server.StoredTimers() == before);
  server.Restart();
  CHECK(server.StoredTimers() == before);
  CHECK(server.Inconsistency() == "");
  server.clock.Set(server.clock.Now() + absl::Hours(24 * 60));
  server.RunTimers();
  CHECK(Delivered(server, drill) == Ids{"first"});
}

}  // namespace tocsin::app
