// The moment of awareness as a signed moment: a later one needs a second person, and the gap to the
// detection is warned about, by the real clock.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/core/proto_time.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/watcher.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

using nlohmann::json;

struct Site {
  Site() {
    server.Start();
    const Person admin = Admin(server);
    ada = std::make_unique<Person>(NewPerson(admin, server, "ada", {"commander"}));
    bob = std::make_unique<Person>(NewPerson(admin, server, "bob", {"legal"}));
    eve = std::make_unique<Person>(NewPerson(admin, server, "eve", {"responder"}));
  }

  std::string Declare(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"declare", "Files are encrypted", "--severity", "sev1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    ada->Do(arguments);
    const std::string incident = ada->Json({"status"})["name"];
    const std::string id = incident.substr(incident.find('/') + 1);
    bob->Do({"use", id});
    eve->Do({"use", id});
    return id;
  }

  Server server;
  std::unique_ptr<Person> ada;
  std::unique_ptr<Person> bob;
  std::unique_ptr<Person> eve;
};

absl::Time WholeSeconds(absl::Time time) {
  return absl::FromUnixSeconds(absl::ToUnixSeconds(time));
}

json EarlyWarning(const Person& person) {
  const json board = person.Json({"deadlines", "--all"});
  for (const json& obligation : board["obligations"]) {
    if (obligation["stage"] == "early_warning") return obligation;
  }
  FAIL("no early warning");
  return {};
}

bool IsGapWarning(const v1::Entry& entry) {
  return entry.type() == "awareness-gap-warned";
}

}  // namespace

TEST_CASE("Awareness: a later moment waits for a second person, then moves every date",
          "[e2e][awareness]") {
  const Site site;
  site.Declare();
  const absl::Time aware = WholeSeconds(absl::Now()) - absl::Hours(3);
  const absl::Time later = aware + absl::Hours(2);
  site.ada->Do({"aware", "--at", Utc(aware), "--because", "the SOC called"});

  const std::string stated =
      site.ada->Do({"aware", "--at", Utc(later), "--because", "the SOC called at noon"});
  CHECK_THAT(stated, ContainsSubstring("awaits a second person, moves no date yet"));
  CHECK_THAT(stated, ContainsSubstring("tocsin aware approve"));
  json early = EarlyWarning(*site.ada);
  CHECK(TimeOf(early["due_time"]) == aware + absl::Hours(24));
  CHECK(TimeOf(early["pending_anchor_time"]) == later);
  for (const auto& arguments :
       {std::vector<std::string>{"status"}, {"deadlines"}, {"aware", "show"}}) {
    CHECK_THAT(site.bob->Do(arguments),
               ContainsSubstring("stated by @ada: the SOC called at noon"));
  }
  const std::string explained = site.bob->Do({"deadlines", "explain", "early_warning"});
  CHECK_THAT(explained, ContainsSubstring("awaits a second person"));
  CHECK_THAT(explained, ContainsSubstring(absl::StrCat("approved, this would be due ",
                                                       Utc(later + absl::Hours(24)))));

  site.ada->Refused(5, "yourself", {"aware", "approve", "--because", "I am sure"});
  site.eve->Refused(4, "role", {"aware", "approve", "--because", "me too"});
  site.bob->Refused(3, "states no awareness", {"aware", "approve", "1", "--because", "x"});
  site.bob->Refused(2, "neither approve", {"aware", "aprove", "--because", "x"});
  const std::string approved =
      site.bob->Do({"aware", "approve", "--because", "I heard the call, they approve it"});
  CHECK_THAT(approved, ContainsSubstring("counts from now on"));
  early = EarlyWarning(*site.ada);
  CHECK(TimeOf(early["due_time"]) == later + absl::Hours(24));
  CHECK(early["pending_sequence"] == "0");
  CHECK_THAT(site.ada->Do({"deadlines", "explain", "early_warning"}),
             ContainsSubstring("@bob in #"));
  site.bob->Refused(5, "no later moment", {"aware", "approve", "--because", "again"});

  const std::string bundle = site.ada->File("bundle.json");
  site.ada->Do({"export", "--format", "json", "--out", bundle});
  site.ada->Do({"verify", bundle});
  const Exit independent = VerifyWithPython(bundle);
  INFO(independent.out << independent.err);
  CHECK(independent.code == 0);
}

TEST_CASE("Awareness: what waits survives a kill; an earlier moment moves the dates at once",
          "[e2e][awareness]") {
  Site site;
  site.Declare();
  const absl::Time aware = WholeSeconds(absl::Now()) - absl::Hours(3);
  site.ada->Do({"aware", "--at", Utc(aware), "--because", "the SOC called"});
  site.ada->Do({"aware", "--at", Utc(aware + absl::Hours(1)), "--because", "an hour later"});
  site.server.Kill();
  site.server.Start();
  for (Person* person : {site.ada.get(), site.bob.get()}) person->Follow(site.server);
  CHECK_THAT(site.bob->Do({"aware", "show"}), ContainsSubstring("an hour later"));
  site.bob->Do({"aware", "reject", "--because", "the log says otherwise"});
  CHECK(TimeOf(EarlyWarning(*site.ada)["due_time"]) == aware + absl::Hours(24));
  site.ada->Do({"aware", "--at", Utc(aware - absl::Hours(1)), "--because", "earlier still"});
  CHECK(TimeOf(EarlyWarning(*site.ada)["due_time"]) == aware + absl::Hours(23));
}

TEST_CASE("Awareness: the gap is warned about at its limit, and the answer of aware says so",
          "[e2e][awareness]") {
  const Site site;
  const absl::Time limit = absl::Now() + absl::Milliseconds(2500);
  const std::string id =
      site.Declare({"--detected", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", limit - absl::Hours(4),
                                                   absl::UTCTimeZone())});
  v1::WatchEntriesRequest request;
  request.set_incident("incidents/" + id);
  Watcher watcher(site.ada->Connect(), request);
  const auto warned = watcher.WaitFor(IsGapWarning, absl::Seconds(20));
  REQUIRE(warned.has_value());
  CHECK(warned->author() == "@server");
  CHECK(absl::AbsDuration(client::FromProto(warned->occur_time()) - limit) <=
        absl::Milliseconds(1));
  CHECK_THAT(warned->text(), ContainsSubstring("nobody has stated awareness for 4 h"));
  CHECK_THAT(site.ada->Do({"status"}), ContainsSubstring("nobody has stated awareness for 4 h"));
  const std::string stated =
      site.ada->Do({"aware", "--at", Utc(limit + absl::Seconds(1)), "--because", "confirmed"});
  CHECK_THAT(stated, ContainsSubstring("expect to be asked why"));
  CHECK_THAT(site.ada->Do({"deadlines"}), ContainsSubstring("expect to be asked why"));
}

TEST_CASE("Awareness: a limit that passed while the server was down is warned about once",
          "[e2e][awareness]") {
  Site site;
  const absl::Time limit = absl::Now() + absl::Seconds(3);
  const std::string id =
      site.Declare({"--detected", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", limit - absl::Hours(12),
                                                   absl::UTCTimeZone())});
  site.server.Kill();
  WaitUntil(limit + absl::Milliseconds(200));
  site.server.Start();
  site.ada->Follow(site.server);
  client::Connection connection = site.ada->Connect();
  v1::WatchEntriesRequest request;
  request.set_incident("incidents/" + id);
  Watcher watcher(site.ada->Connect(), request);
  const auto red = watcher.WaitFor(
      [](const v1::Entry& entry) {
        return IsGapWarning(entry) && absl::StrContains(entry.text(), "red");
      },
      absl::Seconds(20));
  REQUIRE(red.has_value());
  CHECK(absl::AbsDuration(client::FromProto(red->occur_time()) - limit) <= absl::Milliseconds(1));
  site.server.Stop();
  site.server.Start();
  site.ada->Follow(site.server);
  client::Connection again = site.ada->Connect();
  const std::vector<v1::Entry> entries = Timeline(again, id);
  // Amber was said when the detection was stated, eight hours late.
  CHECK(std::count_if(entries.begin(), entries.end(), IsGapWarning) == 2);
}

TEST_CASE("Authorities: whom to report to, as text, in one line each, and for machines",
          "[e2e][awareness]") {
  const Site site;
  const std::string belgian = site.eve->Do({"authorities", "--country", "be"});
  CHECK_THAT(belgian, ContainsSubstring("BE  CCB (Centre for Cybersecurity Belgium)"));
  CHECK_THAT(belgian, ContainsSubstring("+32 2 501 05 60"));
  CHECK_THAT(belgian, ContainsSubstring("2026-08-22; confidence medium"));
  CHECK_THAT(site.eve->Do({"authorities", "--regime", "gdpr", "-o", "wide"}),
             ContainsSubstring("nl, fr, de"));
  const json all = site.eve->Json({"authorities"});
  std::set<std::string> countries;
  for (const json& authority : all["authorities"]) {
    countries.insert(authority["country"]);
    CHECK_FALSE(authority["channel"].get<std::string>().empty());
    CHECK(authority["verified_on"].get<std::string>().size() == 10);
  }
  CHECK(countries == std::set<std::string>{"BE", "DE", "EU", "LU", "NL", "SE"});
  site.eve->Refused(3, "no list of authorities", {"authorities", "--country", "XX"});
  site.eve->Refused(3, "no authority is listed", {"authorities", "--regime", "SEC_8K"});
}

TEST_CASE("Authorities: each obligation says to whom", "[e2e][awareness]") {
  const TempDir dir;
  WriteFile(dir.File("be.yaml"),
            "organisations:\n  - name: default\n    country: BE\n    regime: nis2-be\n"
            "    time_zone: Europe/Brussels\n    further_regimes:\n"
            "      - {regime: gdpr, entity_kind: controller}\n"
            "      - {regime: sec_8k, entity_kind: us_registrant}\n");
  Server server({.config = dir.File("be.yaml"), .organisations = 1, .files_max = 0});
  server.Start();
  const Person ada = NewPerson(Admin(server), server, "ada", {"commander"});
  ada.Do({"declare", "Files are encrypted", "--severity", "sev1"});
  for (const json& obligation : ada.Json({"deadlines"})["obligations"]) {
    const std::string stage = obligation["stage"];
    INFO(stage);
    const json& authorities = obligation["authorities"];
    if (stage == "dpa_notification") CHECK(authorities[0]["id"] == "be-gba");
    if (stage == "early_warning") CHECK(authorities[0]["id"] == "be-ccb");
    if (stage == "data_subjects") CHECK(obligation["addressee"] == "the data subjects");
    if (stage == "item_1_05") CHECK(authorities.empty());
  }
  const std::string wide = ada.Do({"deadlines", "-o", "wide"});
  CHECK_THAT(wide,
             ContainsSubstring("CCB (Centre for Cybersecurity Belgium), national CSIRT, +32"));
  CHECK_THAT(wide, ContainsSubstring("nobody known: see tocsin authorities"));
  CHECK_THAT(ada.Do({"deadlines", "explain", "nis2-be.early_warning"}),
             ContainsSubstring("if down: The emergency number for NIS2 entities"));
}

}  // namespace tocsin::e2e
