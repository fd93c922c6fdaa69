// The product's main job, done by two people with the `tocsin` binary: from the declaration of an
// incident to a post-mortem that outsiders verify. Legal due times are computed here a second time,
// from the statute's words alone.
#include <csignal>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "tests/e2e/harness.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

using nlohmann::json;

constexpr char kZone[] = "Europe/Amsterdam";

struct Story {
  Story() {
    server.Start();
    admin = std::make_unique<Person>(Admin(server));
    ada =
        std::make_unique<Person>(NewPerson(*admin, server, "ada", {"commander", "ciso", "legal"}));
    bob = std::make_unique<Person>(NewPerson(*admin, server, "bob", {"responder"}));
  }

  std::string Sequence(const Person& person, std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"-o", "id"});
    return std::string(absl::StripAsciiWhitespace(person.Do(arguments)));
  }
  json Obligation(const std::string& stage) const {
    const json board = ada->Json({"deadlines", "--all"});
    for (const json& obligation : board["obligations"]) {
      if (obligation["stage"] == stage) return obligation;
    }
    FAIL("no obligation " << stage);
    return {};
  }

  Server server;
  std::unique_ptr<Person> admin;
  std::unique_ptr<Person> ada;
  std::unique_ptr<Person> bob;
  std::string incident;
  // To the second, as the command line takes them.
  const absl::Time aware = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now())) - absl::Hours(2);
  absl::Time submitted;
};

void DeclareAndLog(Story& story) {
  const Person& ada = *story.ada;
  CHECK(ada.Json({"whoami"})["principal"]["handle"] == "@ada");
  CHECK_THAT(ada.Do({"whoami"}), ContainsSubstring("commander"));
  CHECK_THAT(ada.Do({"playbook", "list", "-o", "id"}), ContainsSubstring("ransomware"));
  CHECK_THAT(ada.Do({"playbook", "show", "ransomware"}), ContainsSubstring("first-look"));

  story.incident =
      story.Sequence(ada, {"declare", "Ransomware on the file servers", "--severity", "sev2",
                           "--playbook", "ransomware", "--tlp", "amber+strict", "--zone", kZone});
  CHECK(absl::StartsWith(story.incident, "INC-"));
  CHECK(story.Sequence(ada, {"list"}) == story.incident);
  story.bob->Do({"use", story.incident});

  const std::string wrong = story.Sequence(
      *story.bob, {"log", "isolated fs01 from the network", "--kind", "action", "--at", "-20m"});
  story.bob->Do({"log", "encrypted", "files", "on", "fs02", "--kind", "observation"});
  story.bob->Do({"log", "-", "--kind", "evidence", "--attribute", "source=EDR"},
                "sha256 of the ransom note\nd2c76eb1\n");
  story.bob->Do({"log", "called the board", "--kind", "communication", "--tlp", "red"});
  ada.Do({"log", "we do not pay", "--kind", "decision"});
  const std::string mistaken = story.Sequence(*story.bob, {"log", "fs09 is hit as well"});
  story.bob->Do({"correct", wrong, "isolated fs02, not fs01, from the network"});
  story.bob->Do({"retract", "#" + mistaken, "--because", "fs09 was a false alarm"});

  const std::string timeline = ada.Do({"timeline"});
  CHECK_THAT(timeline, ContainsSubstring("isolated fs02, not fs01"));
  CHECK_THAT(timeline, ContainsSubstring("fs09 is hit as well (retracted by #"));
  CHECK_THAT(timeline, ContainsSubstring("Ransomware on the file servers"));
  const json entries = ada.Json({"timeline", story.incident})["entries"];
  size_t lines = 0;
  for (absl::string_view line :
       absl::StrSplit(ada.Do({"timeline", "-o", "jsonl"}), '\n', absl::SkipEmpty())) {
    CHECK(json::parse(line)["sequence"] == absl::StrCat(++lines));
  }
  CHECK(lines == entries.size());
  CHECK_FALSE(ada.Do({"timeline", "--since", "-1h", "-o", "id"}).empty());
  CHECK_THAT(ada.Do({"status"}), ContainsSubstring(story.incident));
}

// What one prints while another writes.
void Follow(const Story& story) {
  Process follow(story.ada->CommandOf({"timeline", "--follow"}), story.ada->File("follow"));

  story.bob->Do({"log", "the follower sees this at once"});

  CHECK(follow.WaitForOutput(
      [](const std::string& text) {
        return absl::StrContains(text, "the follower sees this at once");
      },
      absl::Seconds(20)));
  follow.Signal(SIGINT);
  CHECK(follow.Wait(absl::Seconds(10)) == 130);
}

void RunDeadlines(const Story& story) {
  const Person& ada = *story.ada;
  ada.Do({"aware", "--at", Utc(story.aware), "--because", "the SOC confirmed the encryption"});
  ada.Do({"impact", "set", "users_affected=1200", "malicious=yes", "cross_border=unknown", "--note",
          "count of the help desk"});
  CHECK_THAT(ada.Do({"impact", "show"}), ContainsSubstring("1200"));
  CHECK(story.Obligation("early_warning")["provisional"] == true);
  ada.Do({"significant", "yes", "--because", "1,200 people cannot work"});

  const json early = story.Obligation("early_warning");
  CHECK(TimeOf(early["due_time"]) == story.aware + absl::Hours(24));
  CHECK(early["provisional"] == false);
  CHECK(early["state"] == "OBLIGATION_STATE_OPEN");
  CHECK(TimeOf(story.Obligation("notification")["due_time"]) == story.aware + absl::Hours(72));
  CHECK(story.Obligation("final")["due_time"].is_null());
  CHECK_THAT(ada.Do({"deadlines"}), ContainsSubstring("in 21 h 5"));
  CHECK(ada.Run({"deadlines", "--fail-overdue"}).code == 0);
  const std::string explained = ada.Do({"deadlines", "explain", "early_warning"});
  CHECK_THAT(explained, ContainsSubstring("NIS2 23(4)(a)"));
  CHECK_THAT(explained, ContainsSubstring("the SOC confirmed the encryption"));
  CHECK(ada.Json({"deadlines", "explain", "notification"})["rule_id"] == "nis2.notification");
  CHECK_THAT(ada.Do({"deadlines", "compute", "--regime", "nis2", "--stage", "early_warning",
                     "--entity-kind", "essential", "--event", "aware=2026-06-10T08:15:00Z",
                     "--zone", "Europe/Brussels"}),
             ContainsSubstring("2026-06-11 08:15:00"));
  CHECK_THAT(ada.Do({"deadlines", "compute", "--regime", "NIS2", "--vectors",
                     TOCSIN_SOURCE_DIR "/tests/data/deadline-vectors.csv"}),
             ContainsSubstring(" passed, 0 failed"));
}

// The same deadlines as people keep them: in a calendar and on paper.
void KeepDeadlines(const Story& story) {
  const Person& ada = *story.ada;
  const std::string calendar = ada.File("deadlines.ics");
  CHECK_THAT(ada.Do({"deadlines", "ics", "--out", calendar}),
             ContainsSubstring(" of " + story.incident + " to " + calendar));
  const std::string first = ReadFile(calendar);
  const std::string due = absl::FormatTime("DTSTART:%Y%m%dT%H%M%SZ\r\n",
                                           story.aware + absl::Hours(24), absl::UTCTimeZone());
  CHECK_THAT(first, ContainsSubstring(due));
  ada.Refused(5, "exists", {"deadlines", "ics", "--out", calendar});
  CHECK(ReadFile(calendar) == first);
  ada.Do({"deadlines", "ics", "--incident", story.incident, "--out", calendar, "--force"});

  const std::string paper = ada.File("deadlines.txt");
  CHECK(ada.Json({"deadlines", "sheet", "--out", paper})["file"] == paper);
  ada.Refused(5, "exists", {"deadlines", "sheet", "--out", paper});
  const std::string sheet = ada.Do({"deadlines", "sheet", "--out", "-"});
  CHECK_THAT(sheet, ContainsSubstring("Ransomware on the file servers\n"));
  CHECK_THAT(sheet, ContainsSubstring("NIS2 23(4)(a)"));
  CHECK_THAT(sheet, ContainsSubstring("OPEN WITHOUT A DATE"));
}

void LeadTheResponse(const Story& story) {
  const Person& ada = *story.ada;
  ada.Do({"role", "assign", "scribe", "@bob"});
  ada.Do({"member", "add", "@admin"});
  ada.Do({"phase", "investigation", "--because", "the way in is being looked for"});
  ada.Do({"phase", "containment", "--because", "the attacker's accounts are known"});
  ada.Do({"phase", "investigation", "--because", "a second foothold was found"});
  for (const char* phase : {"containment", "eradication", "recovery"}) {
    ada.Do({"phase", phase, "--because", "that part is done"});
  }
  ada.Do({"severity", "sev1", "--because", "the backups are hit as well"});
  const json incident = ada.Json({"status", story.incident});
  CHECK(incident["phase"] == "PHASE_RECOVERY");
  CHECK(incident["severity"] == "SEVERITY_SEV1");
  CHECK(incident["tlp"] == "TLP_AMBER_STRICT");
}

std::string EvidenceFor(const std::string& kind) {
  if (kind == "link") return "see https://wiki.example/incident";
  if (kind == "file-hash") return "image " + std::string(64, 'a');
  return "done as written";
}

void AnswerQuestions(const Person& person, const json& step) {
  std::vector<std::string> answer = {"playbook", "answer", step["id"]};
  for (const json& question : step["questions"]) {
    if (question["answer"] != "" || question["optional"] == true) continue;
    // "yes or no", "left, probably or no-sign": the first word will do.
    const std::string allowed = question["allowed"];
    answer.push_back(question["id"].get<std::string>() + "=" +
                     allowed.substr(0, allowed.find_first_of(" ,")));
  }
  if (answer.size() > 3) person.Do(answer);
}

void WorkThePlaybook(const Story& story) {
  const Person& ada = *story.ada;
  ada.Refused(5, "first-look", {"playbook", "done", "take-command", "ada leads"});
  ada.Refused(2, "evidence", {"playbook", "done", "first-look"});
  ada.Do({"playbook", "assign", "first-look", "@bob"});
  CHECK_THAT(ada.Do({"playbook", "status"}), ContainsSubstring("@bob"));
  std::set<std::string> worked_on;
  for (bool progress = true; progress;) {
    progress = false;
    const json runs = story.bob->Json({"playbook", "status"})["runs"];
    REQUIRE(runs.size() == 1);
    for (const json& step : runs[0]["steps"]) {
      const std::string id = step["step"]["id"];
      // Of what is repeated one round is enough.
      if (step["state"] != "ready" || !worked_on.insert(id).second) continue;
      AnswerQuestions(ada, step["step"]);
      if (id == "check-decryptors") {
        story.bob->Do({"playbook", "skip", id, "--because", "the backups are good"});
      } else {
        story.bob->Do({"playbook", "done", id, EvidenceFor(step["step"]["evidence"])});
      }
      progress = true;
    }
  }
  const json run = ada.Json({"playbook", "status"})["runs"][0];
  CHECK(run["finished"] == true);
  CHECK(worked_on.size() > 30);
}

// Drafts until nothing required is missing, saying "unknown" where the record says nothing.
void DraftAndApprove(const Story& story, const std::string& stage) {
  const Person& ada = *story.ada;
  std::vector<std::string> draft = {"notify", "draft", stage, "--set",
                                    "contacts=Ada, +32 2 5550100"};
  const json first = ada.Json(draft);
  for (const json& field : first["fields"]) {
    if (field["state"] == "missing" && field["required"] == true) {
      draft.insert(draft.end(), {"--set", field["field"].get<std::string>() + "=unknown"});
    }
  }
  const std::string file = ada.File(stage + ".md");
  draft.insert(draft.end(), {"--out", file});
  ada.Do(draft);
  CHECK_THAT(ReadFile(file), ContainsSubstring("Ransomware on the file servers"));
  CHECK_THAT(ReadFile(file), !ContainsSubstring("MISSING"));
  ada.Do({"notify", "approve", stage});
}

void File(Story& story) {
  const Person& ada = *story.ada;
  ada.Refused(5, "no draft", {"notify", "approve", "early_warning"});
  DraftAndApprove(story, "early_warning");
  ada.Do({"notify", "submitted", "early_warning", "--channel", "portal", "--reference", "NL-118",
          "--at", "-90m"});
  ada.Do({"notify", "acknowledged", "early_warning", "--reference", "CSIRT-7"});
  DraftAndApprove(story, "notification");
  story.submitted = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now())) - absl::Minutes(10);
  ada.Do({"notify", "submitted", "notification", "--channel", "portal", "--reference", "NL-119",
          "--at", Utc(story.submitted)});

  CHECK(story.Obligation("early_warning")["state"] == "OBLIGATION_STATE_MET");
  CHECK(story.Obligation("notification")["submit_reference"] == "NL-119");
  CHECK(TimeOf(story.Obligation("final")["due_time"]) == OneMonthAfter(kZone, story.submitted));
  ada.Do({"notify", "request", "--because", "the CSIRT asked by phone for the scope"});
  CHECK(story.Obligation("intermediate")["state"] == "OBLIGATION_STATE_OPEN");
  ada.Do({"anchor", "handled", "--at", "-1m", "--because", "all services are back"});
}

void Review(const Story& story) {
  const Person& ada = *story.ada;
  ada.Do({"review", "open"});
  ada.Do({"review", "well", "backups were offline"});
  ada.Do({"review", "bad", "paging took 40 minutes"});
  ada.Do({"review", "lucky", "it was a Sunday"});
  ada.Do({"review", "condition", "macros were allowed from mail"});
  ada.Do({"review", "lesson", "test the restore"});
  ada.Do({"review", "action", "test restores every month", "--owner", "@bob", "--due", "14d",
          "--type", "mitigate"});
  ada.Refused(5, "no second person has read", {"review", "publish", "--summary", "x"});
  ada.Do({"review", "submit", "--summary", "A phishing mail led to encrypted file servers."});
  ada.Refused(5, "yourself", {"review", "approve"});
  story.bob->Do({"review", "approve", "--incident", story.incident});
  ada.Do({"review", "publish"});
  ada.Refused(5, "published", {"review", "lesson", "too late"});
  ada.Do({"review", "action-done", "action-1", "restore log of Friday"});
  CHECK_THAT(ada.Do({"review", "show"}), ContainsSubstring("published"));
}

void Export(const Story& story, const std::string& file) {
  const Person& ada = *story.ada;
  ada.Do({"export", "--format", "json", "--out", file});

  const std::string verified = ada.Do({"verify", file});
  const Exit independent = VerifyWithPython(file);

  INFO(verified << independent.out << independent.err);
  CHECK(independent.code == 0);
  const json bundle = json::parse(ReadFile(file));
  const std::string count = absl::StrCat(bundle["entries"].size(), " entries");
  CHECK_THAT(independent.out, ContainsSubstring(count));
  CHECK_THAT(verified, ContainsSubstring(count));
}

void CloseAndReopen(const Story& story) {
  const Person& ada = *story.ada;
  ada.Refused(5, "still open", {"close", "--because", "all systems are back"});
  const json board = ada.Json({"deadlines", "--all"});
  for (const json& obligation : board["obligations"]) {
    if (obligation["state"] == "OBLIGATION_STATE_OPEN") {
      ada.Do({"notify", "waive", obligation["stage"], "--because", "settled with the authority"});
    }
  }
  ada.Do({"close", "--because", "all systems are back"});
  CHECK(ada.Json({"status"})["phase"] == "PHASE_CLOSED");
  CHECK(story.Sequence(ada, {"list", "--open"}).empty());
  story.bob->Refused(5, "is closed", {"log", "one more thing"});
  story.bob->Refused(4, "role", {"reopen", "--because", "I may not"});
  ada.Do({"reopen", "--because", "the attacker is back"});
  story.bob->Do({"log", "the account is used again", "--kind", "attacker-activity"});
  CHECK(story.Sequence(ada, {"list", "--open"}) == story.incident);
}

void ReadPostMortem(const Story& story) {
  const std::string file = story.ada->File("post-mortem.md");
  story.ada->Do({"export", story.incident, "--format", "md", "--out", file});
  const std::string text = ReadFile(file);
  for (const std::string& fact :
       {story.incident, std::string("Ransomware on the file servers"), std::string("NL-119"),
        std::string("backups were offline"), std::string("test restores every month"),
        std::string("A phishing mail led to encrypted file servers"), std::string("1200"),
        std::string("the attacker is back"), std::string("isolated fs02, not fs01"),
        std::string("we do not pay")}) {
    CHECK_THAT(text, ContainsSubstring(fact));
  }
}

}  // namespace

TEST_CASE("Story: from the declaration to a verified post-mortem", "[e2e]") {
  Story story;
  DeclareAndLog(story);
  Follow(story);
  RunDeadlines(story);
  KeepDeadlines(story);
  LeadTheResponse(story);
  WorkThePlaybook(story);
  File(story);
  Review(story);
  Export(story, story.ada->File("open.json"));
  CloseAndReopen(story);
  Export(story, story.ada->File("reopened.json"));
  ReadPostMortem(story);

  // The earlier export stays true, and nothing was lost over a restart.
  const json before = story.ada->Json({"timeline"});
  story.server.Stop();
  story.server.Start();
  story.ada->Follow(story.server);
  CHECK(story.ada->Json({"timeline"}) == before);
  CHECK(VerifyWithPython(story.ada->File("open.json")).code == 0);
}

TEST_CASE("Story: a changed bundle is refused by both verifiers", "[e2e]") {
  const Story story;
  story.ada->Do({"declare", "Stolen laptop", "--severity", "sev3"});
  story.ada->Do({"log", "the disk was encrypted"});
  const std::string file = story.ada->File("bundle.json");
  story.ada->Do({"export", "--format", "json", "--out", file});
  CHECK(VerifyWithPython(file).code == 0);
  json bundle = json::parse(ReadFile(file));
  bundle["entries"].erase(2);
  WriteFile(file, bundle.dump());

  const Exit independent = VerifyWithPython(file);
  const Exit own = story.ada->Run({"verify", file});

  CHECK(independent.code == 1);
  CHECK(own.code == 8);
  CHECK_THAT(own.out + own.err, ContainsSubstring("entry "));
}

TEST_CASE("Story: a repeated request id records nothing twice", "[e2e]") {
  const Story story;
  const std::string id = "0b0e5b0e-5d9c-4d39-9a4a-3d9a3ce4a001";
  story.ada->Do({"declare", "Phishing wave", "--severity", "sev4"});

  const json first = story.ada->Json({"log", "blocked the sender", "--request-id", id});
  const json second = story.ada->Json({"log", "blocked the sender", "--request-id", id});

  CHECK(first["repeated"] == false);
  CHECK(second["repeated"] == true);
  CHECK(second["first_sequence"] == first["first_sequence"]);
  CHECK(second["receipt"]["leaf_hash"] == first["receipt"]["leaf_hash"]);
  story.ada->Refused(5, "request id", {"log", "blocked the domain", "--request-id", id});
}

}  // namespace tocsin::e2e
