// Alerts that nobody acknowledges, with the real clock and waits of seconds: the next one is asked,
// once, also over the server's death; an acknowledgement by anybody ends it.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/core/proto_time.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/watcher.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

// The commander for two seconds, @bob for two, the deputy (nobody).
constexpr char kChain[] = R"(organisations:
  - name: default
    escalation:
      - {role: commander, wait: 2s}
      - {principal: "@bob", wait: 2s}
      - {role: deputy, wait: 1s}
)";

struct Site {
  explicit Site(const std::string& config = kChain) {
    WriteFile(dir.File("server.yaml"), config);
    server = std::make_unique<Server>(Server::Options{.config = dir.File("server.yaml")});
    server->Start();
    const Person admin = Admin(*server);
    ada = std::make_unique<Person>(NewPerson(admin, *server, "ada", {"commander", "legal"}));
    bob = std::make_unique<Person>(NewPerson(admin, *server, "bob", {"responder"}));
    // Who declares it commands it.
    client::Connection connection = ada->Connect();
    incident = Declare(connection, "Files are encrypted");
    number = incident.substr(incident.find('/') + 1);
    for (const Person* person : {ada.get(), bob.get()}) person->Do({"use", number});
  }
  std::unique_ptr<Watcher> Watch() const {
    v1::WatchEntriesRequest request;
    request.set_incident(incident);
    auto watcher = std::make_unique<Watcher>(ada->Connect(), request);
    REQUIRE(watcher->WaitUntilLive(absl::Seconds(20)));
    return watcher;
  }
  // A deadline that was missed an hour ago: an alert at once.
  void MissADeadline() const {
    ada->Do({"aware", "--at", Utc(absl::Now() - absl::Hours(25)), "--because", "the SOC called"});
  }

  TempDir dir;
  std::unique_ptr<Server> server;
  std::unique_ptr<Person> ada;
  std::unique_ptr<Person> bob;
  std::string incident;
  std::string number;
};

std::function<bool(const v1::Entry&)> Says(const std::string& text) {
  return [text](const v1::Entry& entry) {
    return entry.type() == "alert-escalated" && absl::StrContains(entry.text(), text);
  };
}

size_t Count(const Site& site, const std::string& text) {
  client::Connection connection = site.ada->Connect();
  const std::vector<v1::Entry> entries = Timeline(connection, site.incident);
  return static_cast<size_t>(std::count_if(entries.begin(), entries.end(), Says(text)));
}

std::string Open(nlohmann::json status) {
  REQUIRE_FALSE(status["alerts"].empty());
  return status["alerts"].at(0).value("sequence", "");
}

}  // namespace

TEST_CASE("Escalation: the next one is asked, and an acknowledgement by anybody ends it",
          "[e2e][escalation]") {
  Site site;
  const auto watcher = site.Watch();
  CHECK_FALSE(absl::StrContains(site.ada->Do({"status"}), "Alerts"));
  site.MissADeadline();
  const auto first = watcher->WaitFor(Says("asks @ada to acknowledge"), absl::Seconds(20));
  REQUIRE(first.has_value());
  CHECK_THAT(site.ada->Do({"status"}), ContainsSubstring("deadline missed: nis2.early_warning") &&
                                           ContainsSubstring("asked: @ada (level 1)"));

  const auto second = watcher->WaitFor(Says("escalated to @bob (level 2)"), absl::Seconds(20));
  REQUIRE(second.has_value());
  CHECK(second->author() == "@server");
  CHECK(client::FromProto(second->record_time()) - client::FromProto(second->occur_time()) <=
        absl::Seconds(2));
  CHECK_THAT(site.bob->Do({"mine"}), ContainsSubstring("you are asked: #"));
  CHECK_FALSE(absl::StrContains(site.ada->Do({"mine"}), "you are asked"));
  const std::string alert = Open(site.bob->Json({"status"}));
  CHECK(site.bob->Json({"status"})["alerts"][0]["mine"] == true);

  // By the number of the escalation, as the room shows it.
  CHECK_THAT(site.bob->Do({"ack", absl::StrCat(second->sequence())}),
             ContainsSubstring("alert of #" + alert + " acknowledged"));
  const Exit again = site.ada->Run({"ack", alert});
  CHECK(again.code == 0);
  CHECK_THAT(again.out, ContainsSubstring("was acknowledged by @bob at"));
  CHECK(site.ada->Json({"status"})["alerts"].empty());
  CHECK_FALSE(absl::StrContains(site.ada->Do({"status"}), "Alerts"));
  // Past the time of the next level.
  WaitUntil(client::FromProto(second->record_time()) + absl::Seconds(3));
  site.ada->Do({"log", "still here"});
  CHECK(Count(site, "Alert of #" + alert) == 2);
}

TEST_CASE("Escalation: over the server's death it fires once, with its true time",
          "[e2e][escalation]") {
  Site site;
  site.MissADeadline();
  REQUIRE(Count(site, "asks @ada") == 1);
  const auto due = TimeOf(site.ada->Json({"status"})["alerts"][0]["next_time"]);
  site.server->Kill();
  WaitUntil(due + absl::Milliseconds(300));
  site.server->StartAgain();
  const auto watcher = site.Watch();
  const auto late = watcher->WaitFor(Says("escalated to @bob"), absl::Seconds(20));
  REQUIRE(late.has_value());
  CHECK(client::FromProto(late->occur_time()) == due);
  CHECK(client::FromProto(late->record_time()) > due);
  site.server->Kill();
  site.server->StartAgain();
  CHECK(Count(site, "escalated to @bob") == 1);
}

TEST_CASE("Escalation: the last one is asked three times, then it is said that nobody did",
          "[e2e][escalation]") {
  Site site;
  const auto watcher = site.Watch();
  site.MissADeadline();
  const auto end = watcher->WaitFor(Says("nobody further is asked"), absl::Seconds(40));
  REQUIRE(end.has_value());
  CHECK_THAT(end->text(), ContainsSubstring("nobody there for deputy"));
  CHECK(Count(site, "@bob asked again") == 2);
  CHECK_THAT(site.ada->Do({"status"}), ContainsSubstring("nobody further is asked"));
  CHECK_THAT(site.ada->Do({"ack"}), ContainsSubstring("acknowledged"));
}

TEST_CASE("Acknowledge: what is no alert is refused by name", "[e2e][escalation]") {
  Site site("organisations:\n  - name: default\n");
  site.ada->Refused(3, "has no entry #999", {"ack", "999"});
  site.ada->Refused(5, "#1 is no alert", {"ack", "1"});
  site.ada->Refused(5, "no alert of", {"ack"});
  site.ada->Refused(2, "NUMBER", {"ack", "0"});
  site.MissADeadline();
  // Without a chain it waits, and asks nobody.
  CHECK(Count(site, "") == 0);
  CHECK_THAT(site.ada->Do({"status"}), ContainsSubstring("nobody is asked"));
}

TEST_CASE("Status: an alert that a channel did not deliver is shown until it was",
          "[e2e][escalation]") {
  Site site("organisations:\n  - name: default\n");
  site.MissADeadline();
  const std::string alert = Open(site.ada->Json({"status"}));
  client::Connection connection = site.bob->Connect();
  const auto report = [&](const std::string& outcome) {
    v1::RecordEntryRequest request = Observation(site.incident, "of an alert");
    auto& attributes = *request.mutable_attributes();
    attributes["alert"] = alert;
    attributes["channel"] = "xmpp";
    attributes["room"] = "war@rooms.chat.test";
    attributes["outcome"] = outcome;
    MustCall(connection, &v1::TimelineService::Stub::RecordEntry, request);
  };
  report("failed");
  CHECK_THAT(site.ada->Do({"status"}),
             ContainsSubstring("#" + alert + " NOT DELIVERED to xmpp war@rooms.chat.test"));
  CHECK(site.ada->Json({"status"})["undelivered_alerts"][0]["channel"] == "xmpp");
  report("delivered");
  CHECK_FALSE(absl::StrContains(site.ada->Do({"status"}), "NOT DELIVERED"));
  CHECK(site.ada->Json({"status"})["undelivered_alerts"].empty());
}

}  // namespace tocsin::e2e
