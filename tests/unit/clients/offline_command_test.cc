#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "tests/unit/clients/cli_account.h"

namespace tocsin::cli {
namespace {

using nlohmann::json;

json Queue(Account& account) {
  const Result list = account.Run({"queue", "list", "-o", "json"});
  REQUIRE(list.code == 0);
  json parsed = json::parse(list.out, nullptr, /*allow_exceptions=*/false);
  REQUIRE(parsed.is_array());
  return parsed;
}

TEST_CASE("Offline: what was seen, done or known waits, and it is said that it is not recorded",
          "[clients][cli][queue]") {
  Account account;
  account.UseIncident();
  int number = 0;
  for (const char* line : {"log isolated status of fs01", "log --at -20m first note seen",
                           "log -- -20% of hosts", "aware --at 10:00 --because SOC confirmed it",
                           "impact set users_affected=1200 --note from the registry",
                           "correct 3 it was fs02", "retract 3 --because wrong incident",
                           "playbook done isolate-hosts", "review well backups held"}) {
    INFO(line);
    const Result result = account.Run(Words(line));
    const std::string name = absl::StrCat("q-", ++number);
    INFO(result.err);
    CHECK(result.code == kQueued);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, ContainsSubstring("error: cannot reach 127.0.0.1:1"));
    CHECK_THAT(result.err,
               ContainsSubstring(absl::StrCat(
                   "\nrecorded: not yet recorded; kept on this computer as ", name, "\nnext: ")));
    CHECK_THAT(result.err, ContainsSubstring("NOT YET RECORDED: "));
  }
  const json queue = Queue(account);
  REQUIRE(queue.size() == 9);
  CHECK(queue[0]["request"]["text"] == "isolated status of fs01");
  CHECK(queue[0]["request"]["occur_time"] == "2026-06-10T08:15:30Z");
  CHECK(queue[0]["request"]["attributes"]["clock"] == "client");
  CHECK(queue[1]["request"]["occur_time"] == "2026-06-10T07:55:30Z");
  CHECK(queue[8]["name"] == "q-9");
}

TEST_CASE("Offline: answers wait when it is certain what they mean", "[clients][cli][queue]") {
  Account account;
  account.UseIncident();

  CHECK(account.Run(Words("playbook answer gdpr-question personal-data=yes hosts=14")).code ==
        kQueued);
  CHECK(account.Run(Words("playbook answer when since=2026-06-10T10:42:00+02:00")).code == kQueued);
  const Result clock = account.Run(Words("playbook answer when since=-20m"));

  CHECK(clock.code == kUsage);
  CHECK_THAT(clock.err, ContainsSubstring("nobody knows whether '-20m' is a time"));
  CHECK_THAT(clock.err, ContainsSubstring("since=2026-06-10T07:55:30Z"));
  const json queue = Queue(account);
  REQUIRE(queue.size() == 2);
  CHECK(queue[0]["request"]["answers"]["personal-data"] == "yes");
  CHECK(queue[1]["request"]["answers"]["since"] == "2026-06-10T10:42:00+02:00");
}

TEST_CASE("Offline: what decides for others, needs a number or cannot be undone does not wait",
          "[clients][cli][queue]") {
  Account account;
  account.UseIncident();
  for (const char* line :
       {"declare Ransomware --severity sev1", "close --because all is back",
        "phase containment --because accounts are known", "severity sev1 --because worse",
        "significant yes --because 1200 users", "role assign scribe @bob",
        "notify submitted early_warning --channel portal", "review publish --summary done",
        "aware approve 12 --because I took the call", "playbook start ransomware",
        "playbook assign isolate-hosts @bob", "handover accept",
        "regimes adopt gdpr --because x"}) {
    INFO(line);
    const Result result = account.Run(Words(line));
    CHECK(result.code == kUnreachable);
    CHECK_THAT(result.err, ContainsSubstring("\nrecorded: no\nnext: Nothing was saved: "));
  }
  CHECK(Queue(account).empty());
}

TEST_CASE("Offline: a program gets the queued write's name", "[clients][cli][queue]") {
  Account account;
  account.UseIncident();

  const Result as_json = account.Run(Words("log one -o json"));
  CHECK(as_json.code == kQueued);
  CHECK(json::parse(as_json.out)["queued"] == "q-1");
  CHECK(json::parse(as_json.out)["claimed_time"] == "2026-06-10T08:15:30Z");
  CHECK(account.Run(Words("log two -o id")).out == "q-2\n");
}

TEST_CASE("Offline: reading says that something waits", "[clients][cli][queue]") {
  Account account;
  account.UseIncident();
  account.Run(Words("log one"));

  const Result status = account.Run({"status"});

  CHECK(status.code == kUnreachable);
  CHECK_THAT(status.err, ContainsSubstring("NOT YET RECORDED: 1 write waits on this computer"));
}

TEST_CASE("Offline: a write can be given up, once, and is shown a last time",
          "[clients][cli][queue]") {
  Account account;
  account.UseIncident();
  account.Run(Words("log one"));
  account.Run(Words("log two"));

  const Result dropped = account.Run(Words("queue drop q-1"));
  CHECK(dropped.code == 0);
  CHECK(dropped.out == "q-1 dropped, never recorded: INC-2026-0001  log: one\n");
  CHECK(account.Run(Words("queue drop q-1")).code == kNotFound);
  CHECK(account.Run(Words("queue drop q-x")).code == kUsage);
  CHECK(Queue(account).size() == 1);
  CHECK(account.Run(Words("queue flush")).code == kUnreachable);
  CHECK(Queue(account).size() == 1);
}

TEST_CASE("Offline: a queue that cannot be written is an error that says so",
          "[clients][cli][queue]") {
  Account account;
  account.UseIncident();
  std::ofstream(account.Path("file")) << "not a folder";
  account.Set("TOCSIN_STATE_DIR", account.Path("file/state"));

  const Result result = account.Run(Words("log one"));

  CHECK(result.code == 1);
  CHECK_THAT(result.err, ContainsSubstring("the offline queue did not take it"));
  CHECK_THAT(result.err, ContainsSubstring("\nrecorded: no\nnext: Nothing was saved"));
}

TEST_CASE("Offline: a broken file of the queue is named by every command and kept",
          "[clients][cli][queue]") {
  Account account;
  account.UseIncident();
  account.Run(Words("log one"));
  account.Run(Words("log two"));
  std::string broken;
  for (const auto& file : std::filesystem::recursive_directory_iterator(account.Path("config"))) {
    if (file.path().filename() == "q-00000001.json") broken = file.path().string();
  }
  REQUIRE_FALSE(broken.empty());
  std::filesystem::resize_file(broken, 40);

  const Result list = account.Run({"queue", "list"});
  CHECK(list.code == 0);
  CHECK_THAT(list.err, ContainsSubstring(absl::StrCat("cannot be read, and is kept: ", broken)));
  CHECK_THAT(list.out, ContainsSubstring("log: two"));
  CHECK_THAT(account.Run({"status"}).err,
             ContainsSubstring("1 of the offline queue cannot be read"));
  CHECK(std::filesystem::file_size(broken) == 40);
}

TEST_CASE("Offline: importing never leaves half of it in the queue", "[clients][cli][queue]") {
  Account account;
  const Result result = account.Run(
      {"import", TOCSIN_SOURCE_DIR "/playbooks/drills/replays/maastricht-university-2019.jsonl"});
  INFO(result.err);
  CHECK(result.code == kUnreachable);
  CHECK(Queue(account).empty());
}

}  // namespace
}  // namespace tocsin::cli
