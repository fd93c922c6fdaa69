// Drills with the real server: one on Maastricht 2019 at high speed ends with a score; one goes on
// after SIGKILL; and each is marked wherever it is shown, and counted nowhere.
#include <algorithm>
#include <csignal>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/core/proto_time.h"
#include "clients/core/request_id.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/watcher.h"
#include "tests/support/catch.h"
#include "tocsin/v1/drill.grpc.pb.h"

namespace tocsin::e2e {
namespace {

using nlohmann::json;

struct Site {
  Site() {
    server.Start();
    admin = std::make_unique<Person>(Admin(server));
    lead = std::make_unique<Person>(NewPerson(*admin, server, "lead", {"ciso"}));
    ada = std::make_unique<Person>(NewPerson(*admin, server, "ada", {"commander", "legal"}));
  }
  void Restart() {
    server.Start();
    admin->Follow(server);
    lead->Follow(server);
    ada->Follow(server);
  }
  // Started by the lead; Ada is to play.
  std::string Play(std::vector<std::string> start) {
    std::vector<std::string> arguments = {"drill", "start"};
    arguments.insert(arguments.end(), start.begin(), start.end());
    arguments.insert(arguments.end(), {"-o", "id"});
    std::string drill = lead->Do(arguments);
    drill.pop_back();
    lead->Do({"role", "assign", "commander", "@ada"});
    ada->Do({"use", drill});
    return drill;
  }

  Server server;
  std::unique_ptr<Person> admin;
  std::unique_ptr<Person> lead;
  std::unique_ptr<Person> ada;
};

std::vector<std::string> Injects(client::Connection& connection, const std::string& drill) {
  std::vector<std::string> ids;
  for (const v1::Entry& entry : Timeline(connection, drill)) {
    if (entry.type() == "inject-delivered") ids.push_back(entry.attributes().at("inject"));
  }
  return ids;
}

std::string Outcome(const json& score, const std::string& id) {
  for (const json& one : score["expectations"]) {
    if (one["id"] == id) return one["outcome"];
  }
  FAIL("nothing is expected as " << id);
  return "";
}

// What a team does in the first hour of the story, in seconds of ours.
void PlayFirstHour(const Person& ada) {
  ada.Do({"drill", "declare", "Clop on the file servers", "--severity", "sev1"});
  ada.Do({"aware", "--at", "now", "--because", "the service desk called"});
  ada.Do({"playbook", "start", "ransomware"});
  ada.Do({"playbook", "done", "first-look", "FS01 and FS02 are encrypted"});
  ada.Do({"significant", "yes", "--because", "teaching and mail are down"});
  ada.Do({"impact", "set", "personal_data=yes"});
  ada.Do({"notify", "submitted", "early_warning", "--channel", "web form", "--reference", "C-1"});
  ada.Do({"phase", "investigation", "--because", "we look"});
  ada.Do({"phase", "containment", "--because", "we cut the network"});
}

std::string LastInject(const Person& person) {
  return person.Json({"drill", "status"})["last"]["id"];
}

void CheckScore(const json& score) {
  CHECK(score["stopped"] == true);
  CHECK(score["injects_delivered"] == 15);
  const std::map<std::string, std::string> outcomes = {
      {"declared", "met"},      {"commander", "met"},     {"aware", "met"},
      {"significance", "met"},  {"early-warning", "met"}, {"notification", "missed"},
      {"personal-data", "met"}, {"contained", "met"},     {"ransom-decision", "met"},
      {"isolate", "missed"},    {"press-line", "missed"}};
  for (const auto& [id, outcome] : outcomes) {
    INFO(id);
    CHECK(Outcome(score, id) == outcome);
  }
  CHECK(score["met"].get<int>() + score["missed"].get<int>() >= 12);
  CHECK_FALSE(score["lessons"].empty());
}

// Reviewed like an incident, and handed on with lessons and action items.
void ReviewDrill(const Person& lead, const Person& ada) {
  lead.Do({"review", "open"});
  lead.Do({"review", "lesson", "nobody knew the number of the firm"});
  lead.Do({"review", "action", "print the telephone list", "--owner", "@ada", "--due", "14d",
           "--type", "process"});
  CHECK(absl::StrContains(lead.Do({"actions"}), "/action-1 DRILL"));
  lead.Do({"drill", "judge", "press-line", "met", "--because", "agreed aloud at the table"});
  const std::string file = lead.File("score.md");
  lead.Do({"drill", "score", "--format", "md", "--out", file});
  const std::string markdown = ReadFile(file);
  CHECK(absl::StartsWith(markdown, "# DRILL: "));
  CHECK(absl::StrContains(markdown, "nobody knew the number of the firm"));
  CHECK(absl::StrContains(markdown, "print the telephone list"));
  CHECK(absl::StrContains(markdown, "judged by @lead: agreed aloud at the table"));
  lead.Refused(5, "exists", {"drill", "score", "--format", "md", "--out", file});
  CHECK(absl::StrContains(lead.Do({"drill", "score"}), "DRILL"));
  lead.Do({"review", "submit", "--summary", "we file early and forget the telephone"});
  ada.Do({"review", "approve"});
  lead.Do({"review", "publish"});
  lead.Do({"close", "--because", "drill over"});
}

}  // namespace

TEST_CASE("Drill: Maastricht 2019 at high speed ends with a score", "[e2e][drill]") {
  Site site;
  const std::string drill = site.Play({"maastricht-2019", "--speed", "10x"});
  const Person& ada = *site.ada;
  const Person& lead = *site.lead;
  PlayFirstHour(ada);
  for (const std::vector<std::string>& look : std::vector<std::vector<std::string>>{
           {"status"},
           {"mine"},
           {"timeline"},
           {"deadlines", "explain", "early_warning"},
           {"impact", "show"},
           {"significant", "show"},
           {"evidence", "add", "--sha256", std::string(64, 'a'), "--size", "1", "--name", "disk"},
           {"evidence", "list"},
           {"evidence", "show", "EV-1"}}) {
    INFO(look.front());
    CHECK(absl::StrContains(ada.Do(look), "DRILL"));
  }
  CHECK(absl::StrContains(ada.Do({"list"}), drill + " DRILL"));
  CHECK(absl::StrContains(ada.Do({"deadlines", "--everywhere"}), drill + " DRILL"));

  Process follow(ada.CommandOf({"timeline", "--follow"}), ada.File("follow"));
  ada.Do({"log", "whoever follows sees that this is a drill"});
  CHECK(follow.WaitForOutput(
      [](const std::string& text) {
        const size_t end = text.find("whoever follows sees");
        if (end == std::string::npos) return false;
        return absl::StrContains(text.substr(text.rfind('\n', end)), "  DRILL  ");
      },
      absl::Seconds(20)));
  follow.Signal(SIGINT);
  CHECK(follow.Wait(absl::Seconds(10)) == 130);

  // The decision comes when the story asks for it.
  for (int i = 0; i < 40 && LastInject(lead) != "restore-estimate"; ++i) lead.Do({"drill", "next"});
  ada.Do({"log", "We pay the ransom", "--kind", "decision", "--because",
          "months of research are lost otherwise"});
  CHECK(absl::StrContains(ada.Do({"search", "pay the ransom"}), drill + " DRILL"));
  // The rest of sixteen days in a minute and a half, unless somebody presses next.
  lead.Do({"drill", "speed", "10000x"});
  while (lead.Json({"drill", "status"}).contains("next")) lead.Run({"drill", "next"});
  lead.Do({"drill", "stop", "--because", "the exercise time is over"});
  CheckScore(ada.Json({"drill", "score"}));
  ReviewDrill(lead, ada);

  // It is a drill in the export too, and the independent verifier agrees with every word of it.
  const std::string bundle = lead.File("bundle.json");
  lead.Do({"export", "--out", bundle});
  const Exit verified = VerifyWithPython(bundle);
  INFO(verified.out << verified.err);
  CHECK(verified.code == 0);
  lead.Do({"verify", bundle});
  CHECK(json::parse(ReadFile(bundle))["incident"]["drill"] == true);

  // And it counts nowhere.
  CHECK_FALSE(absl::StrContains(lead.Do({"register"}), drill));
  CHECK(absl::StrContains(lead.Do({"register", "--drills"}), drill + " DRILL"));
}

TEST_CASE("Drill: it goes on after SIGKILL, paused or not, on the same clock", "[e2e][drill]") {
  Site site;
  const std::string drill = site.Play({"hospital-ransomware", "--speed", "60x"});
  site.lead->Do({"drill", "next"});
  site.lead->Do({"drill", "pause"});
  const json before = site.lead->Json({"drill", "status"});
  CHECK(before["injects_delivered"] == 2);
  site.server.Kill();
  site.Restart();
  const json after = site.lead->Json({"drill", "status"});
  CHECK(after["time"] == before["time"]);
  CHECK(after["paused"] == true);
  CHECK(after["next"]["id"] == "edr-silent");

  // Watched live: the server delivers by itself, marked as a drill.
  v1::WatchEntriesRequest request;
  request.set_incident("incidents/" + drill);
  Watcher watcher(site.ada->Connect(), request);
  site.lead->Do({"drill", "speed", "10000x"});
  site.lead->Do({"drill", "resume"});
  const auto is_last = [](const v1::Entry& entry) {
    return entry.type() == "inject-delivered" && entry.attributes().at("inject") == "reopen";
  };
  REQUIRE(watcher.WaitFor(is_last, absl::Seconds(90)));
  const auto entries = watcher.entries();
  CHECK(std::all_of(entries.begin(), entries.end(),
                    [](const v1::Entry& entry) { return entry.drill(); }));
  client::Connection connection = site.ada->Connect();
  const std::vector<std::string> injects = Injects(connection, drill);
  CHECK(injects.size() == 18);
  CHECK(std::count(injects.begin(), injects.end(), "edr-silent") == 1);
}

TEST_CASE("Drill: the table of a board moves by hand, and only once for two hands",
          "[e2e][drill]") {
  Site site;
  const std::string drill = site.Play({"board-tabletop"});
  const json status = site.lead->Json({"drill", "status"});
  CHECK(status["paused"] == true);
  CHECK(status["next"]["id"] == "stop-production");
  // The person who runs the drill sees what comes; the team does not.
  CHECK(absl::StrContains(status["next"]["text"].get<std::string>(), "furnace"));
  CHECK(site.ada->Json({"drill", "status"})["next"].value("text", "") == "");

  client::Connection connection = site.lead->Connect();
  v1::SetDrillClockRequest next;
  next.set_incident("incidents/" + drill);
  next.set_change(v1::DRILL_CLOCK_CHANGE_NEXT);
  next.set_inject("stop-production");
  next.set_request_id(client::NewRequestId());
  MustCall(connection, &v1::DrillService::Stub::SetDrillClock, next);
  // The same press again is the same press.
  MustCall(connection, &v1::DrillService::Stub::SetDrillClock, next);
  next.set_request_id(client::NewRequestId());
  CHECK_FALSE(connection.Call(&v1::DrillService::Stub::SetDrillClock, next).ok());
  CHECK(Injects(connection, drill) == std::vector<std::string>{"first-call", "stop-production"});
}

TEST_CASE("Drill: what is wrong is refused with the way out", "[e2e][drill]") {
  Site site;
  const Person& lead = *site.lead;
  CHECK(absl::StrContains(lead.Do({"drill", "list"}), "maastricht-2019"));
  lead.Refused(3, "maastricht-2019", {"drill", "start", "maastricht-2018"});
  lead.Refused(2, "no speed", {"drill", "start", "maastricht-2019", "--speed", "fast"});
  lead.Refused(2, "10000", {"drill", "start", "maastricht-2019", "--speed", "20000x"});
  lead.Do({"declare", "A real one", "--severity", "sev3"});
  lead.Refused(5, "no scenario", {"drill", "next"});
  lead.Refused(5, "no scenario", {"drill", "score"});

  const std::string bad = lead.File("bad.yaml");
  const std::string good =
      ReadFile(TOCSIN_SOURCE_DIR "/playbooks/drills/scenarios/maastricht-2019.yaml");
  std::string text = good;
  text.replace(text.find("id: many-servers"), 16, "id: backups-too ");
  WriteFile(bad, text);
  const Exit linted = lead.Run({"drill", "lint", bad});
  CHECK(linted.code != 0);
  CHECK(absl::StrContains(linted.out, absl::StrCat(bad, ":")));
  CHECK(absl::StrContains(linted.out, "already"));
  WriteFile(bad, good);
  CHECK(absl::StrContains(lead.Do({"drill", "lint", bad}), "good, 15 injects"));
}

}  // namespace tocsin::e2e
