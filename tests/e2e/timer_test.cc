// What the clock does by itself, with the real clock: reminders within 2 s, missed deadlines
// recorded at once, also those that ran out while the server was down.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/core/proto_time.h"
#include "clients/core/request_id.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/watcher.h"
#include "tests/support/catch.h"
#include "tocsin/v1/obligation.grpc.pb.h"

namespace tocsin::e2e {
namespace {

constexpr absl::Duration kEarlyWarning = absl::Hours(24);

struct Site {
  Site() {
    server.Start();
    ada = std::make_unique<Person>(
        NewPerson(Admin(server), server, "ada", {"commander", "ciso", "legal"}));
    ada->Follow(server);
  }

  Server server;
  std::unique_ptr<Person> ada;
};

void StateAwareness(client::Connection& connection, const std::string& incident, absl::Time aware) {
  v1::RecordAnchorRequest request;
  request.set_request_id(client::NewRequestId());
  request.set_incident(incident);
  request.set_anchor("aware");
  *request.mutable_time() = client::ToProto(aware);
  request.set_because("the SOC confirmed it");
  MustCall(connection, &v1::ObligationService::Stub::RecordAnchor, request);
}

std::unique_ptr<Watcher> Watch(const Person& person, const std::string& incident) {
  v1::WatchEntriesRequest request;
  request.set_incident(incident);
  return std::make_unique<Watcher>(person.Connect(), request);
}

bool IsMissedEarlyWarning(const v1::Entry& entry) {
  return entry.type() == "obligation-missed" &&
         absl::StrContains(entry.text(), "nis2.early_warning");
}

v1::Obligation EarlyWarning(client::Connection& connection, const std::string& incident) {
  v1::ListObligationsRequest request;
  request.set_incident(incident);
  request.set_all(true);
  const auto response =
      MustCall(connection, &v1::ObligationService::Stub::ListObligations, request);
  for (const v1::Obligation& obligation : response.obligations()) {
    if (obligation.stage() == "early_warning") return obligation;
  }
  FAIL("no early warning");
  return {};
}

}  // namespace

TEST_CASE("Timers: a reminder comes within 2 s of its time", "[e2e][timers]") {
  Site site;
  client::Connection connection = site.ada->Connect();
  const std::string incident = Declare(connection, "Nearly due");
  const auto watcher = Watch(*site.ada, incident);
  REQUIRE(watcher->WaitUntilLive(absl::Seconds(20)));
  const absl::Time reminder = absl::Now() + absl::Milliseconds(1500);
  StateAwareness(connection, incident, reminder - kEarlyWarning * 0.9);

  const std::optional<v1::Entry> entry = watcher->WaitFor(
      [](const v1::Entry& candidate) { return candidate.type() == "obligation-reminded"; },
      absl::Seconds(20));

  const absl::Duration late = absl::Now() - reminder;
  REQUIRE(entry.has_value());
  CHECK_THAT(entry->text(), ContainsSubstring("nis2.early_warning: 90 %"));
  CHECK(entry->author() == "@server");
  CHECK(late >= absl::ZeroDuration());
  CHECK(late <= absl::Seconds(2));
  CHECK(client::FromProto(entry->record_time()) >= reminder);
}

TEST_CASE("Timers: awareness 25 h ago is a missed early warning at once", "[e2e][timers]") {
  Site site;
  client::Connection connection = site.ada->Connect();
  const std::string incident = Declare(connection, "Told too late");
  const auto watcher = Watch(*site.ada, incident);
  const absl::Time aware = absl::Now() - absl::Hours(25);
  const absl::Time stated = absl::Now();
  StateAwareness(connection, incident, aware);

  const std::optional<v1::Entry> missed = watcher->WaitFor(IsMissedEarlyWarning, absl::Seconds(20));

  REQUIRE(missed.has_value());
  CHECK(absl::Now() - stated <= absl::Seconds(3));
  CHECK(client::FromProto(missed->occur_time()) == aware + kEarlyWarning);
  const v1::Obligation early = EarlyWarning(connection, incident);
  CHECK(early.state() == v1::OBLIGATION_STATE_MISSED);
  CHECK(client::FromProto(early.due_time()) == aware + kEarlyWarning);
  site.ada->Do({"use", incident.substr(incident.find('/') + 1)});
  const Exit overdue = site.ada->Run({"deadlines", "--fail-overdue"});
  CHECK(overdue.code == 8);
  CHECK_THAT(overdue.out, ContainsSubstring("MISSED"));
}

TEST_CASE("Timers: what fell due while the server was down is recorded at once, once",
          "[e2e][timers]") {
  Site site;
  client::Connection connection = site.ada->Connect();
  const std::string incident = Declare(connection, "Due in the dark");
  const absl::Time due = absl::Now() + absl::Seconds(3);
  StateAwareness(connection, incident, due - kEarlyWarning);
  REQUIRE(EarlyWarning(connection, incident).state() == v1::OBLIGATION_STATE_OPEN);
  site.server.Kill();
  WaitUntil(due + absl::Milliseconds(200));

  site.server.Start();
  const absl::Time started = absl::Now();
  site.ada->Follow(site.server);
  const auto watcher = Watch(*site.ada, incident);
  const std::optional<v1::Entry> missed = watcher->WaitFor(IsMissedEarlyWarning, absl::Seconds(20));

  REQUIRE(missed.has_value());
  CHECK(client::FromProto(missed->record_time()) <= started + absl::Seconds(2));
  CHECK(client::FromProto(missed->occur_time()) == due);
  site.server.Stop();
  site.server.Start();
  site.ada->Follow(site.server);
  client::Connection again = site.ada->Connect();
  const std::vector<v1::Entry> entries = Timeline(again, incident);
  CHECK(std::count_if(entries.begin(), entries.end(), IsMissedEarlyWarning) == 1);
  CHECK(EarlyWarning(again, incident).state() == v1::OBLIGATION_STATE_MISSED);
}

}  // namespace tocsin::e2e
