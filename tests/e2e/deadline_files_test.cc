// The deadlines that a person keeps as files: written at declaration and whenever a date changes.
#include <sys/stat.h>

#include <filesystem>

#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tests/e2e/harness.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

namespace fs = std::filesystem;

struct Site {
  Site() {
    server.Start();
    ada = std::make_unique<Person>(NewPerson(Admin(server), server, "ada", {"commander"}));
  }

  std::string Declare(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"declare", "Files are encrypted", "--severity", "sev1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    ada->Do(arguments);
    const std::string incident = ada->Json({"status"})["name"];
    return incident.substr(incident.find('/') + 1);
  }
  std::string Kept(const std::string& id, const std::string& file) const {
    return ReadFile(ada->File("kept/" + id + "/" + file));
  }

  Server server;
  std::unique_ptr<Person> ada;
};

int ModeOf(const std::string& path) {
  struct stat state {};
  REQUIRE(::stat(path.c_str(), &state) == 0);
  return static_cast<int>(state.st_mode & 0777U);
}

}  // namespace

TEST_CASE("Deadline files: written at declaration and after each change of a date, and only then",
          "[e2e][files]") {
  const Site site;
  site.ada->Do({"deadlines", "keep", site.ada->File("kept")});
  const std::string id = site.Declare();
  const std::string folder = site.ada->File("kept/" + id);
  CHECK_THAT(site.Kept(id, "deadlines.txt"), ContainsSubstring("NOTHING WITH A DATE IS OPEN"));
  CHECK_FALSE(fs::exists(folder + "/deadlines.ics"));

  const Exit aware = site.ada->Run({"aware", "--at", "-1h", "--because", "the SOC called"});
  CHECK(aware.code == 0);
  CHECK_THAT(aware.err, ContainsSubstring("deadlines of " + id + " written to " + folder +
                                          ": deadlines.txt, deadlines.ics\n"));
  CHECK(aware.out.find("written to") == std::string::npos);
  CHECK_THAT(site.Kept(id, "deadlines.txt"), ContainsSubstring("WHAT IS DUE WHEN"));
  CHECK_THAT(site.Kept(id, "deadlines.ics"), ContainsSubstring("BEGIN:VEVENT"));
  CHECK(ModeOf(folder) == 0700);
  for (const char* file : {"/deadlines.txt", "/deadlines.ics"})
    CHECK(ModeOf(folder + file) == 0600);
  CHECK(std::distance(fs::directory_iterator(folder), {}) == 2);

  const Exit log = site.ada->Run({"log", "nothing that changes a date"});
  CHECK(log.err.find("written to") == std::string::npos);

  const Exit filed =
      site.ada->Run({"notify", "submitted", "early_warning", "--channel", "portal", "-o", "json"});
  CHECK(nlohmann::json::accept(filed.out));
  CHECK_THAT(filed.err, ContainsSubstring("written to"));
  CHECK(site.Kept(id, "deadlines.txt").find("Early warning (NIS2)") == std::string::npos);

  // When nothing with a date is left, an old calendar would ring for nothing.
  site.ada->Do({"significant", "no", "--because", "one laptop"});
  CHECK_FALSE(fs::exists(folder + "/deadlines.ics"));
}

TEST_CASE("Deadline files: a directory that cannot be written is a warning, nothing more",
          "[e2e][files]") {
  const Site site;
  WriteFile(site.ada->File("taken"), "a file");
  site.ada->Do({"deadlines", "keep", site.ada->File("taken")});
  const Exit declared = site.ada->Run({"declare", "Files are encrypted", "--severity", "sev1"});
  CHECK(declared.code == 0);
  CHECK_THAT(declared.err, ContainsSubstring("warning: the files of deadlines are not up to date"));
  CHECK_THAT(declared.out, ContainsSubstring("declared"));
  site.ada->Do({"deadlines", "keep", "--off"});
  const Exit aware = site.ada->Run({"aware", "--at", "-1h", "--because", "the SOC called"});
  CHECK(aware.err.find("warning") == std::string::npos);
  site.ada->Refused(2, "either a directory or --off", {"deadlines", "keep"});
}

TEST_CASE("Deadline files: begun in the middle, for the incident in use; a drill says so",
          "[e2e][files]") {
  const Site site;
  const std::string id = site.Declare({"--drill"});
  site.ada->Do({"aware", "--at", "-1h", "--because", "the SOC called"});
  site.ada->Do({"deadlines", "keep", site.ada->File("kept")});
  const std::string sheet = site.Kept(id, "deadlines.txt");
  INFO(sheet);
  CHECK(sheet.rfind("*** DRILL ***", 0) == 0);
  CHECK_THAT(sheet, ContainsSubstring(site.server.fingerprint()));
  CHECK_THAT(site.Kept(id, "deadlines.ics"), ContainsSubstring("DRILL"));
}

TEST_CASE("Deadline sheet: one page for a normal incident under NIS2-NL, with whom to call",
          "[e2e][files]") {
  const TempDir dir;
  WriteFile(dir.File("nl.yaml"),
            "organisations:\n  - name: default\n    country: NL\n    regime: nis2-nl\n"
            "    time_zone: Europe/Amsterdam\n");
  Server server({.config = dir.File("nl.yaml"), .organisations = 1, .files_max = 0});
  server.Start();
  const Person ada = NewPerson(Admin(server), server, "ada", {"commander"});
  ada.Do({"declare", "Ransomware on the file servers", "--severity", "sev1"});
  ada.Do({"aware", "--at", "-1h", "--because", "the SOC called"});
  const std::string sheet = ada.Do({"deadlines", "sheet", "--out", "-"});
  INFO(sheet);
  const std::vector<std::string> lines = absl::StrSplit(sheet, '\n');
  CHECK(lines.size() == 61);  // the last one is empty
  CHECK_THAT(sheet, ContainsSubstring("MijnNCSC"));
  CHECK_THAT(sheet, ContainsSubstring("to the recipients of the service"));
  CHECK_THAT(sheet, ContainsSubstring("Log      "));
  CHECK_THAT(sheet, ContainsSubstring(server.fingerprint()));
}

}  // namespace tocsin::e2e
