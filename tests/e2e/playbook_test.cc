// Playbooks with the real server: a run with branches goes on after SIGKILL as if nothing had been,
// a step that is late is told by itself, and what is wrong is refused with the way out.
#include <algorithm>
#include <atomic>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/core/proto_time.h"
#include "clients/core/request_id.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/watcher.h"
#include "tests/support/catch.h"
#include "tocsin/v1/playbook.grpc.pb.h"

namespace tocsin::e2e {
namespace {

using nlohmann::json;

struct Site {
  Site() {
    server.Start();
    admin = std::make_unique<Person>(Admin(server));
    ada =
        std::make_unique<Person>(NewPerson(*admin, server, "ada", {"commander", "ciso", "legal"}));
    Follow();
    incident = ada->Do(
        {"declare", "Ransomware", "--severity", "sev1", "--playbook", "ransomware", "-o", "id"});
    incident.pop_back();
    ada->Do({"use", incident});
  }
  void Follow() {
    admin->Follow(server);
    ada->Follow(server);
  }

  json Step(const std::string& id) const {
    const json status = ada->Json({"playbook", "status"});
    for (const json& step : status["runs"][0]["steps"]) {
      if (step["step"]["id"] == id) return step;
    }
    FAIL("no step " << id);
    return {};
  }

  Server server;
  std::unique_ptr<Person> admin;
  std::unique_ptr<Person> ada;
  std::string incident;
};

v1::CompleteStepRequest Completing(const Site& site, const std::string& step) {
  v1::CompleteStepRequest request;
  request.set_request_id(client::NewRequestId());
  request.set_incident("incidents/" + site.incident);
  request.set_step(step);
  request.set_evidence("done, sha256 " + std::string(64, 'a'));
  return request;
}

size_t Completions(const std::vector<v1::Entry>& entries, const std::string& step) {
  return static_cast<size_t>(
      std::count_if(entries.begin(), entries.end(), [&](const v1::Entry& entry) {
        return entry.type() == "step-completed" &&
               absl::StartsWith(entry.text(), absl::StrCat("run-1 ", step, " done"));
      }));
}

std::unique_ptr<Watcher> Watch(const Site& site) {
  v1::WatchEntriesRequest request;
  request.set_incident("incidents/" + site.incident);
  return std::make_unique<Watcher>(site.ada->Connect(), request);
}

bool IsLateWarning(const v1::Entry& entry) {
  return entry.type() == "step-overdue" && absl::StrContains(entry.text(), "early-warning");
}

}  // namespace

TEST_CASE("Playbook: a run goes on after SIGKILL in the middle of a parallel branch",
          "[e2e][playbook]") {
  Site site;
  site.ada->Do({"playbook", "done", "first-look", "FS01 and FS02 are encrypted"});
  site.ada->Do({"playbook", "answer", "gdpr-question", "personal-data=yes", "risk-unlikely=no"});
  site.ada->Do({"significant", "yes", "--because", "a critical service is down"});

  // Branches side by side; the server dies while one of them is being recorded.
  const std::vector<std::string> steps = {"backups-offline",     "take-command",  "isolate-spread",
                                          "close-remote-access", "preserve-logs", "out-of-band"};
  std::vector<v1::CompleteStepRequest> requests;
  for (const std::string& step : steps) requests.push_back(Completing(site, step));
  std::atomic<size_t> acknowledged{0};
  std::thread writer([&] {
    client::Connection connection = site.ada->Connect();
    for (const v1::CompleteStepRequest& request : requests) {
      if (!connection.Call(&v1::PlaybookService::Stub::CompleteStep, request).ok()) return;
      ++acknowledged;
    }
  });
  while (acknowledged < 2) std::this_thread::yield();
  site.server.Kill();
  writer.join();
  const size_t before = acknowledged;

  site.server.Start();
  site.Follow();
  for (size_t i = 0; i < before; ++i) CHECK(site.Step(steps[i])["state"] == "done");
  client::Connection connection = site.ada->Connect();
  // The same requests again: what was recorded is not recorded twice.
  for (const v1::CompleteStepRequest& request : requests) {
    MustCall(connection, &v1::PlaybookService::Stub::CompleteStep, request);
  }
  const std::vector<v1::Entry> entries = Timeline(connection, site.incident);
  for (const std::string& step : steps) {
    INFO(step);
    CHECK(Completions(entries, step) == 1);
    CHECK(site.Step(step)["state"] == "done");
  }

  // The branch goes on: an answer sets the anchor, from which the filing's time counts.
  site.ada->Do({"playbook", "answer", "awareness-moment", "aware-since=-30m"});
  site.ada->Do({"playbook", "answer", "assess-impact", "critical-service=yes"});
  for (const char* step : {"assess-impact", "awareness-moment", "decide-significance"}) {
    site.ada->Do({"playbook", "done", step, "as written"});
  }
  const json warning = site.Step("early-warning");
  CHECK(warning["state"] == "ready");
  CHECK(warning["branch_reason"] == "nis2.early_warning is owed");
  const absl::Duration left = TimeOf(warning["due_time"]) - absl::Now();
  CHECK(left > absl::Minutes(19 * 60 + 25));
  CHECK(left <= absl::Minutes(19 * 60 + 30));
  site.ada->Do({"playbook", "done", "gdpr-question", "names and bank accounts"});
  CHECK(site.Step("notify-data-authority")["state"] == "ready");
  CHECK_THAT(site.ada->Do({"timeline"}), ContainsSubstring("Impact: personal_data=yes"));
}

TEST_CASE("Playbook: a step that is late is told, once, also when the server was down",
          "[e2e][playbook]") {
  Site site;
  site.ada->Do({"significant", "yes", "--because", "a critical service is down"});
  site.ada->Do({"playbook", "answer", "assess-impact", "critical-service=yes"});
  const absl::Time due = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now())) + absl::Seconds(5);
  site.ada->Do(
      {"playbook", "answer", "awareness-moment", "aware-since=" + Utc(due - absl::Hours(20))});
  client::Connection connection = site.ada->Connect();
  for (const char* step :
       {"first-look", "take-command", "assess-impact", "awareness-moment", "decide-significance"}) {
    MustCall(connection, &v1::PlaybookService::Stub::CompleteStep, Completing(site, step));
  }
  site.server.Kill();
  WaitUntil(due + absl::Milliseconds(200));

  site.server.Start();
  site.Follow();
  const auto watcher = Watch(site);
  const std::optional<v1::Entry> late = watcher->WaitFor(IsLateWarning, absl::Seconds(20));

  REQUIRE(late.has_value());
  CHECK(late->author() == "@server");
  CHECK(client::FromProto(late->occur_time()) == due);
  CHECK(client::FromProto(late->record_time()) >= due);
  CHECK_THAT(site.ada->Do({"playbook", "status"}), ContainsSubstring("LATE"));
  CHECK_THAT(site.ada->Do({"playbook", "status"}), ContainsSubstring("NOBODY holds this role"));
  site.server.Stop();
  site.server.Start();
  site.Follow();
  client::Connection again = site.ada->Connect();
  const std::vector<v1::Entry> entries = Timeline(again, site.incident);
  CHECK(std::count_if(entries.begin(), entries.end(), IsLateWarning) == 1);
}

TEST_CASE("Playbook: what is wrong is refused with the way out", "[e2e][playbook]") {
  Site site;
  const Person& ada = *site.ada;
  CHECK_THAT(ada.Refused(5, "already runs as run-1", {"playbook", "start", "ransomware"}),
             ContainsSubstring("--again"));
  ada.Refused(5, "'first-look'", {"playbook", "done", "take-command", "ada leads"});
  CHECK_THAT(ada.Refused(2, "is yes or no",
                         {"playbook", "answer", "gdpr-question", "personal-data=maybe"}),
             ContainsSubstring("unknown"));
  ada.Refused(2, "of at least 0", {"playbook", "answer", "assess-impact", "users-affected=-3"});
  ada.Refused(3, "Did you mean 'personal-data'",
              {"playbook", "answer", "gdpr-question", "personal-dat=yes"});
  ada.Refused(2, "QUESTION=VALUE", {"playbook", "answer", "gdpr-question", "yes"});
  ada.Refused(2, "--to-role", {"playbook", "assign", "first-look"});
  ada.Do({"playbook", "assign", "first-look", "@ada"});
  CHECK_THAT(ada.Do({"mine"}), ContainsSubstring("first-look"));
  ada.Do({"playbook", "assign", "first-look", "--to-role"});
  CHECK_THAT(ada.Do({"mine"}), ContainsSubstring("no step is yours now"));
  ada.Do({"role", "assign", "responder", "@ada"});
  CHECK_THAT(ada.Do({"mine"}), ContainsSubstring("first-look"));
  const Person bob = NewPerson(*site.admin, site.server, "bob", {"responder"});
  bob.Do({"use", site.incident});
  bob.Refused(4, "the fact personal_data",
              {"playbook", "answer", "gdpr-question", "personal-data=no"});
  bob.Do({"playbook", "answer", "check-exfiltration", "data-left=probably"});
  ada.Do({"playbook", "start", "ransomware", "--again"});
  ada.Refused(2, "several runs", {"playbook", "done", "first-look", "seen"});
  ada.Do({"playbook", "done", "first-look", "seen", "--run", "run-2"});
}

TEST_CASE("Playbook: lint names all that is wrong, and runs the tests beside a file",
          "[e2e][playbook]") {
  Site site;
  const std::string incidents = TOCSIN_SOURCE_DIR "/playbooks/incidents/";
  const std::string good = ReadFile(incidents + "ransomware.yaml");
  const std::string tests = ReadFile(incidents + "ransomware.test.yaml");
  WriteFile(site.ada->File("mine.yaml"), good);
  WriteFile(site.ada->File("mine.test.yaml"), tests);
  const std::string said = site.ada->Do(
      {"playbook", "lint", site.ada->File("mine.yaml"), site.ada->File("mine.test.yaml")});
  CHECK_THAT(said, ContainsSubstring("good"));
  CHECK_THAT(said, !ContainsSubstring(" 0 tests"));

  std::string bad = good;
  for (const auto& [from, to] : {std::pair{"    role: scribe", "    role: skribe"},
                                 {"fact: personal_data,", "fact: personal_dat,"},
                                 {"needs: [first-look]", "needs: [frist-look]"}}) {
    REQUIRE(bad.find(from) != bad.npos);
    bad.replace(bad.find(from), std::string(from).size(), to);
  }
  WriteFile(site.ada->File("mine.yaml"), bad);
  const Exit linted = site.ada->Run({"playbook", "lint", site.ada->File("mine.yaml")});
  CHECK(linted.code == 8);
  for (const char* hint : {"'scribe'", "'personal_data'", "'first-look'"}) {
    CHECK_THAT(linted.out, ContainsSubstring(absl::StrCat("Did you mean ", hint)) ||
                               ContainsSubstring(absl::StrCat("did you mean ", hint)));
  }

  WriteFile(site.ada->File("mine.yaml"), good);
  std::string wrong = tests;
  wrong.replace(wrong.find("first-look: 15m"), 15, "first-look: 16m");
  WriteFile(site.ada->File("mine.test.yaml"), wrong);
  const Exit failed = site.ada->Run({"playbook", "lint", site.ada->File("mine.yaml")});
  CHECK(failed.code == 8);
  CHECK_THAT(failed.out, ContainsSubstring("first-look is due 15 min; expected 16 min"));
}

}  // namespace tocsin::e2e
