// Evidence through the real binaries: hashed where it lies, recorded, handed on, given back, proved
// by a bundle and shown in the report.
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/e2e/offline_desk.h"

namespace tocsin::e2e {
namespace {

using nlohmann::json;

constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr char kEmpty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string Written(const Person& person, const std::string& name, const std::string& content) {
  std::ofstream(person.File(name), std::ios::binary) << content;
  return person.File(name);
}

std::string Line(const std::string& text) {
  return std::string(absl::StripAsciiWhitespace(text));
}

TEST_CASE("Evidence: collected, handed on, given back, and the chain told with its entries",
          "[e2e][evidence]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  const Person bob = NewPerson(*desk.admin, desk.server, "bob", {"responder"});
  const std::string file = Written(ada, "fs01.dd", "abc");

  const std::string said = ada.Do(
      {"evidence", "add", file, "--from", "fs01", "--note", "blocker 7", "--collected-at", "-20m"});
  CHECK_THAT(said, ContainsSubstring("EV-1  fs01.dd  3 bytes"));
  CHECK_THAT(said, ContainsSubstring(kAbc));
  ada.Refused(5, "the same bytes are EV-1 already", {"evidence", "add", file});
  ada.Do({"evidence", "transfer", "ev-1", "--to", "@bob", "--because", "analysis"});
  bob.Refused(5, "in these hands",
              {"evidence", "transfer", "EV-1", "--to", "@bob", "--because", "x", "--incident",
               desk.incident});
  bob.Do(
      {"evidence", "return", "EV-1", "--to", "owner", "of", "fs01", "--incident", desk.incident});
  ada.Refused(5, "was returned",
              {"evidence", "transfer", "EV-1", "--to", "@ada", "--because", "x"});

  const json item = ada.Json({"evidence", "show", "EV-1"});
  CHECK(item["returned"] == true);
  CHECK(item["holder"] == "owner of fs01");
  REQUIRE(item["custody"].size() == 3);
  CHECK(item["custody"][0]["holder"] == "@ada");
  CHECK(item["custody"][0]["time"] < item["custody"][0]["record_time"]);
  CHECK(item["custody"][1]["holder"] == "@bob");
  CHECK(item["custody"][2]["author"] == "@bob");
  CHECK_THAT(ada.Do({"evidence", "show", "EV-1"}), ContainsSubstring("returned to owner of fs01"));
  CHECK_THAT(ada.Do({"timeline"}), ContainsSubstring("EV-1 transferred to @bob: analysis"));
  CHECK_THAT(ada.Do({"search", "fs01.dd"}), ContainsSubstring("EV-1"));
  CHECK_THAT(ada.Do({"evidence", "list", "-o", "wide"}), ContainsSubstring(kAbc));
}

TEST_CASE("Evidence: a file that is not what was recorded is told so, with an exit code",
          "[e2e][evidence]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  const std::string file = Written(ada, "memory.raw", "abc");
  CHECK(Line(ada.Do({"evidence", "add", "--sha256", kAbc, "--size", "3", "--name", "memory.raw",
                     "-o", "id"})) == "EV-1");

  CHECK_THAT(ada.Do({"evidence", "verify", "EV-1", file}), ContainsSubstring("matches"));
  Written(ada, "memory.raw", "abd");
  const Exit changed = ada.Run({"evidence", "verify", "EV-1", file});
  CHECK(changed.code == kFinding);
  CHECK_THAT(changed.out, ContainsSubstring("DOES NOT MATCH"));
  CHECK_THAT(changed.out, ContainsSubstring(kAbc));
  ada.Refused(3, "no evidence 'EV-2'", {"evidence", "verify", "EV-2", file});
  ada.Refused(2, "'EV-x' is no item", {"evidence", "verify", "EV-x", file});
}

TEST_CASE("Evidence: what is no file, no hash or no name is refused before anything is sent",
          "[e2e][evidence]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  const std::string file = Written(ada, "a", "abc");
  const std::string hostile = Written(ada, "a\x1b[31m\nb", "abc");
  REQUIRE(::symlink(file.c_str(), ada.File("link").c_str()) == 0);
  REQUIRE(::mkfifo(ada.File("pipe").c_str(), 0600) == 0);
  desk.server.Kill();  // anything that got as far as the server would be queued
  ada.Refused(2, "a symbolic link", {"evidence", "add", ada.File("link")});
  ada.Refused(2, "a pipe", {"evidence", "add", ada.File("pipe")});
  ada.Refused(2, "a folder", {"evidence", "add", "/"});
  ada.Refused(2, "a device", {"evidence", "add", "/dev/null"});
  ada.Refused(3, "does not exist", {"evidence", "add", ada.File("none")});
  ada.Refused(2, "the name", {"evidence", "add", hostile});
  ada.Refused(2, "neither a file nor a hash", {"evidence", "add"});
  ada.Refused(2, "a file and a hash", {"evidence", "add", file, "--sha256", kAbc});
  ada.Refused(2, "hash, size and name are needed", {"evidence", "add", "--sha256", kAbc});
  ada.Refused(2, "64 hexadecimal digits",
              {"evidence", "add", "--sha256", "zz", "--size", "3", "--name", "a"});
  CHECK(ada.Do({"queue", "list", "-o", "id"}).empty());
}

TEST_CASE("Evidence: collected while the server is away, killed or not, it is recorded once",
          "[e2e][evidence][offline]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  ada.Do({"evidence", "add", Written(ada, "first", "first")});
  desk.server.Kill();
  const Exit queued = ada.Run({"evidence", "add", Written(ada, "empty", "")});
  CHECK(queued.code == kQueued);
  CHECK_THAT(ada.Do({"queue", "list"}), ContainsSubstring("evidence add: empty"));
  desk.server.StartAgain();
  ada.Do({"queue", "flush"});

  const json items = ada.Json({"evidence", "list"})["items"];
  REQUIRE(items.size() == 2);
  CHECK(items[0]["name"] == "first");
  CHECK(items[1]["id"] == "EV-2");
  const json empty = ada.Json({"evidence", "show", "EV-2"});
  CHECK_THAT(empty["note"].get<std::string>(), ContainsSubstring("written offline"));
  CHECK_THAT(ada.Do({"evidence", "list", "-o", "wide"}), ContainsSubstring(kEmpty));
}

TEST_CASE("Evidence: a viewer reads, a stranger sees nothing, and custody outlives the incident",
          "[e2e][evidence]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  const Person eve = NewPerson(*desk.admin, desk.server, "eve", {"viewer"});
  ada.Do({"evidence", "add", Written(ada, "a", "abc")});
  CHECK_THAT(eve.Do({"evidence", "list", "--incident", desk.incident}), ContainsSubstring("EV-1"));
  eve.Refused(kNoRights, "role",
              {"evidence", "return", "EV-1", "--to", "me", "--incident", desk.incident});
  const std::string secret =
      Line(ada.Do({"declare", "Secret", "--severity", "sev3", "--restricted", "-o", "id"}));
  eve.Refused(3, "no such incident", {"evidence", "list", "--incident", secret});
  for (const json& regime :
       ada.Json({"significant", "show", "--incident", desk.incident})["regimes"]) {
    ada.Do({"significant", "no", "--because", "nothing", "--regime", regime["regime"], "--incident",
            desk.incident});
  }
  ada.Do({"close", "--no-review", "nothing to learn", "--because", "done", "--incident",
          desk.incident});
  ada.Refused(5, "is closed",
              {"evidence", "add", Written(ada, "b", "b"), "--incident", desk.incident});
  ada.Do({"evidence", "return", "EV-1", "--to", "the owner", "--incident", desk.incident});
}

TEST_CASE("Evidence: proved by the bundle and shown in the report, whichever language",
          "[e2e][evidence]") {
  OfflineDesk desk;
  const Person& ada = *desk.ada;
  ada.Do({"evidence", "add", Written(ada, "fs01.dd", "abc"), "--from", "fs01"});
  ada.Do({"evidence", "transfer", "EV-1", "--to", "police, officer 4711", "--because", "seized"});
  ada.Do({"log", "image on the shelf", "--kind", "evidence"});
  const std::string bundle = ada.File("bundle.json");
  ada.Do({"export", "--out", bundle});
  CHECK_THAT(ada.Do({"verify", bundle}), ContainsSubstring("entries"));
  const Exit python = VerifyWithPython(bundle);
  INFO(python.err);
  CHECK(python.code == 0);
  for (const char* language : {"en", "nl", "sv"}) {
    const std::string report = ada.Do({"render", bundle, "--profile", "technical", "--format", "md",
                                       "--language", language, "--out", "-"});
    CHECK_THAT(report, ContainsSubstring(kAbc));
    CHECK_THAT(report, ContainsSubstring("police, officer 4711"));
    CHECK_THAT(report, ContainsSubstring("image on the shelf"));
  }

  // Another hash in the bundle's text is noticed by both verifiers.
  std::string forged = ReadFile(bundle);
  size_t changed = 0;
  for (size_t at = 0; (at = forged.find("fs01.dd", at)) != std::string::npos; ++changed) {
    forged.replace(at, 7, "fs02.dd");
  }
  REQUIRE(changed > 0);
  std::ofstream(bundle) << forged;
  CHECK(VerifyWithPython(bundle).code != 0);
  CHECK(ada.Run({"verify", bundle}).code != 0);
}

TEST_CASE("Evidence: two who record the same file at once make one item", "[e2e][evidence]") {
  OfflineDesk desk;
  const std::string file = Written(*desk.ada, "same", "abc");
  std::vector<std::unique_ptr<Process>> runs;
  for (int i = 0; i < 4; ++i) {
    runs.push_back(std::make_unique<Process>(desk.ada->CommandOf({"evidence", "add", file}),
                                             desk.ada->File(absl::StrCat("err", i)),
                                             desk.ada->File(absl::StrCat("out", i))));
  }
  int recorded = 0;
  for (const auto& run : runs) {
    const std::optional<int> code = run->Wait(absl::Seconds(60));
    if (code == 0) ++recorded;
    if (code != 0) CHECK(code == 5);
  }
  CHECK(recorded == 1);
  CHECK(desk.ada->Json({"evidence", "list"})["items"].size() == 1);
}

}  // namespace
}  // namespace tocsin::e2e
