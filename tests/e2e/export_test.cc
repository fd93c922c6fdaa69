// The four real incidents as reports: in every format, for every profile, each read back and
// verified by the program and by the independent script; a person's signature checked by the stock
// ssh-keygen, the log's by openssl inside that script.
#include <iostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/e2e/harness.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

using nlohmann::json;

constexpr const char* kFiles[] = {"cloudflare-thanksgiving-2023", "gitlab-database-outage-2017",
                                  "hse-ireland-2021", "maastricht-university-2019"};
constexpr const char* kProfiles[] = {"board", "regulator", "technical", "customer", "public"};
constexpr const char* kFormats[] = {"json", "html", "pdf", "md", "csv", "timesketch", "stix"};

struct Office {
  Office() {
    server.Start();
    ada = std::make_unique<Person>(
        NewPerson(Admin(server), server, "ada", {"commander", "ciso", "legal"}));
  }
  std::string Import(const std::string& slug) {
    const std::string file = TOCSIN_SOURCE_DIR "/playbooks/drills/replays/" + slug + ".jsonl";
    return ada->Json({"import", file})["incident"];
  }

  Server server;
  std::unique_ptr<Person> ada;
};

bool Carries(const std::string& format) {
  return format == "json" || format == "html" || format == "pdf";
}

}  // namespace

TEST_CASE("Export: four real incidents, five profiles, seven formats, each verified",
          "[e2e][export]") {
  Office office;
  int written = 0;
  for (const char* slug : kFiles) {
    const std::string incident = office.Import(slug);
    const std::string bundle = office.ada->File(absl::StrCat(slug, ".json"));
    office.ada->Do({"export", incident, "--out", bundle});
    for (const char* profile : kProfiles) {
      for (const char* format : kFormats) {
        INFO(slug << " " << profile << " " << format);
        const std::string out = office.ada->File(absl::StrCat(slug, "-", profile, ".", format));
        office.ada->Do({"render", bundle, "--profile", profile, "--format", format, "--language",
                        written % 2 == 0 ? "nl" : "sv", "--out", out});
        ++written;
        if (std::string_view(format) == "stix") {
          const Exit checked = RunPython("tests/peers/check_stix.py", {out});
          INFO(checked.out);
          CHECK(checked.code == 0);
        }
        if (!Carries(format)) {
          CHECK(ReadFile(out).size() > 300);
          continue;
        }
        const json verdict = office.ada->Json({"verify", out});
        CHECK(verdict["ok"] == true);
        CHECK(verdict["key_pinned"] == true);
        // What stands inside is a bundle like any other, also to the auditor's script.
        const std::string inside = absl::StrCat(out, ".inside");
        office.ada->Do({"render", out, "--format", "json", "--out", inside});
        CHECK(VerifyWithPython(inside).code == 0);
      }
    }
  }
  std::cout << written << " reports\n";
}

TEST_CASE("Export: a profile is recorded, and what it withholds is not in the file",
          "[e2e][export]") {
  Office office;
  office.ada->Do({"declare", "Files encrypted", "--severity", "sev2", "--tlp", "clear"});
  office.ada->Do({"log", "--tlp", "red", "the name of the insider is CANARY"});
  office.ada->Do({"log", "--tlp", "clear", "customers were told"});
  for (const char* format : {"json", "html", "pdf", "md", "csv", "timesketch", "stix"}) {
    INFO(format);
    const std::string out = office.ada->File(absl::StrCat("public.", format));

    office.ada->Do({"export", "--profile", "public", "--format", format, "--out", out});

    std::string text = ReadFile(out);
    if (Carries(format)) {
      const std::string inside = absl::StrCat(out, ".inside");
      office.ada->Do({"render", out, "--format", "json", "--out", inside});
      text += ReadFile(inside);
      const json verdict = office.ada->Json({"verify", out});
      CHECK(verdict["withheld"] == 1);
    }
    CHECK_FALSE(absl::StrContains(text, "CANARY"));
    if (std::string(format) != "pdf") CHECK(absl::StrContains(text, "@ada") == false);
  }
  CHECK(absl::StrContains(office.ada->Do({"timeline"}), "profile public"));
}

TEST_CASE("Export: corrections and retractions go where what they are about goes",
          "[e2e][export]") {
  Office office;
  office.ada->Do({"declare", "Files encrypted", "--severity", "sev2"});
  const auto log = [&](const char* tlp, const char* text) {
    return std::string(office.ada->Json({"log", "--tlp", tlp, text})["last_sequence"]);
  };
  office.ada->Do({"correct", log("red", "CANARY one"), "CANARY two"});
  office.ada->Do({"retract", log("red", "CANARY three"), "--because", "CANARY four"});
  office.ada->Do({"correct", log("clear", "we lost 10 files"), "we lost 12 files"});
  office.ada->Do({"retract", log("clear", "all is well"), "--because", "it is not"});
  // Later exports hold earlier ones, whose bodies they withhold.
  for (const char* profile : {"board", "public", "regulator", "public"}) {
    INFO(profile);
    const std::string out = office.ada->File(absl::StrCat(profile, ".json"));
    office.ada->Do({"export", "--profile", profile, "--out", out, "--force"});
    CHECK(office.ada->Json({"verify", out})["ok"] == true);
    CHECK(VerifyWithPython(out).code == 0);
    CHECK_FALSE(absl::StrContains(ReadFile(out), "CANARY"));
  }
  const std::string page = office.ada->File("public.md");
  office.ada->Do({"export", "--profile", "public", "--format", "md", "--out", page});
  const std::string text = ReadFile(page);
  CHECK(absl::StrContains(text, "we lost 12 files"));
  CHECK(absl::StrContains(text, "~~all is well~~"));
}

TEST_CASE("Verify: a page that says something else than its bundle", "[e2e][export]") {
  Office office;
  office.ada->Do({"declare", "Files encrypted", "--severity", "sev2"});
  office.ada->Do({"impact", "set", "users_affected=1200"});
  const std::string out = office.ada->File("board.html");
  office.ada->Do({"export", "--profile", "board", "--format", "html", "--out", out});
  CHECK(absl::StrContains(office.ada->Do({"verify", out}), "shows what its bundle says"));

  std::string page = ReadFile(out);
  page.replace(page.find("1200"), 4, "9999");
  WriteFile(out, page);

  const Exit verdict = office.ada->Run({"verify", out});
  CHECK(verdict.code == 8);
  CHECK(absl::StrContains(verdict.out, "does not show what its bundle says"));
}

TEST_CASE("Export: a signature that the stock ssh-keygen verifies", "[e2e][export]") {
  Office office;
  office.ada->Do({"declare", "Files encrypted", "--severity", "sev2"});
  const std::string key = office.ada->File("signing_key");
  const std::string shell =
      absl::StrCat("ssh-keygen -q -t ed25519 -N '' -C ada -f ", key,
                   " && printf 'ada %s\\n' \"$(cat ", key, ".pub)\" > ", key, ".allowed");
  REQUIRE(std::system(shell.c_str()) == 0);
  const std::string out = office.ada->File("report.pdf");

  office.ada->Do({"export", "--format", "pdf", "--out", out, "--sign-with", key});

  const std::string check =
      absl::StrCat("ssh-keygen -Y verify -f ", key, ".allowed -I ada -n file -s ", out, ".sig < ");
  CHECK(std::system((check + out).c_str()) == 0);
  CHECK(std::system((check + key + ".pub").c_str()) != 0);
  office.ada->Refused(5, "report.pdf exists",
                      {"export", "--format", "pdf", "--out", out, "--sign-with", key});
  office.ada->Refused(2, "a signature stands beside a file",
                      {"export", "--format", "pdf", "--out", "-", "--sign-with", key});
  office.ada->Refused(
      2, "the key /nowhere cannot be read",
      {"export", "--format", "md", "--out", office.ada->File("x.md"), "--sign-with", "/nowhere"});
}

TEST_CASE("Render: refuses a bundle that was changed, whatever it is wrapped in", "[e2e][export]") {
  Office office;
  office.ada->Do({"declare", "Files encrypted", "--severity", "sev2"});
  office.ada->Do({"log", "isolated fourteen hosts"});
  const std::string bundle = office.ada->File("bundle.json");
  office.ada->Do({"export", "--out", bundle});
  std::string text = ReadFile(bundle);
  text.replace(text.find("fourteen"), 8, "fifteen ");
  const std::string changed = office.ada->File("changed.json");
  WriteFile(changed, text);

  office.ada->Refused(1, "the view's text is not recorded",
                      {"render", changed, "--format", "pdf", "--out", office.ada->File("x.pdf")});
  WriteFile(changed, "<!DOCTYPE html><p>nothing</p>");
  office.ada->Refused(2, "holds no bundle", {"verify", changed});
}

}  // namespace tocsin::e2e
