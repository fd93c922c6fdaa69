// CACAO with the real server: a playbook from elsewhere is imported, put into the library, started,
// and worked through two branches and a restart; what is faulty is refused with its place.
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/e2e/harness.h"
#include "tests/support/catch.h"
#include "tests/unit/library/cacao_samples.h"

namespace tocsin::e2e {
namespace {

using library::Action;
using library::Cacao;
using library::Id;
using nlohmann::json;

// Look, then in parallel: block (which nobody runs), and if it is bad tell; then report.
json Containment() {
  json document = Cacao({{Id("start", 1), library::Start(Id("action", 1))},
                         {Id("action", 1), Action("Look", Id("parallel", 1))},
                         {Id("parallel", 1),
                          {{"type", "parallel"},
                           {"next_steps", {Id("action", 2), Id("if-condition", 1)}},
                           {"on_completion", Id("action", 4)}}},
                         {Id("action", 2), Action("Block", Id("end", 2))},
                         {Id("end", 2), {{"type", "end"}}},
                         {Id("if-condition", 1),
                          {{"type", "if-condition"},
                           {"name", "Is it bad"},
                           {"condition", "__bad__:value = 'yes'"},
                           {"on_true", Id("action", 3)},
                           {"on_completion", Id("end", 3)}}},
                         {Id("end", 3), {{"type", "end"}}},
                         {Id("action", 3), Action("Tell", Id("end", 4))},
                         {Id("end", 4), {{"type", "end"}}},
                         {Id("action", 4), Action("Report", Id("end", 1))}});
  document["workflow"][Id("action", 2)]["commands"] = {
      {{"type", "bash"}, {"command", "touch /tmp/never"}}};
  return document;
}

// A server whose library can be added to.
struct Site {
  Site() : server({.config = "", .library = dir.File("library"), .organisations = 1}) {
    std::filesystem::copy(TOCSIN_SOURCE_DIR "/playbooks", dir.File("library"),
                          std::filesystem::copy_options::recursive);
    server.Start();
    admin = std::make_unique<Person>(Admin(server));
    ada = std::make_unique<Person>(NewPerson(*admin, server, "ada", {"commander", "ciso"}));
  }
  void Restart() {
    server.Kill();
    server.Start();
    ada->Follow(server);
  }
  std::string State(const std::string& id) const {
    const json status = ada->Json({"playbook", "status"});
    for (const json& step : status["runs"][0]["steps"]) {
      if (step["step"]["id"] == id) return step["state"];
    }
    return "no such step";
  }

  TempDir dir;
  Server server;
  std::unique_ptr<Person> admin;
  std::unique_ptr<Person> ada;
};

}  // namespace

TEST_CASE("CACAO: an imported playbook is started, and survives SIGKILL within a branch",
          "[e2e][playbook]") {
  Site site;
  Person& ada = *site.ada;
  const std::string in = ada.File("c.json");
  const std::string out = site.dir.File("library/incidents/contain-a-host.yaml");
  WriteFile(in, Containment().dump());
  const std::string said = ada.Do({"playbook", "import", in, "--out", out});
  CHECK_THAT(said,
             ContainsSubstring("playbook contain-a-host, version 2026.02.03.040506, 5 steps"));
  CHECK_THAT(ada.Do({"playbook", "lint", out}), ContainsSubstring("good, 5 steps"));

  site.Restart();
  std::string incident = ada.Do({"declare", "Host", "--severity", "sev2", "-o", "id"});
  incident.pop_back();
  ada.Do({"use", incident});
  ada.Do({"playbook", "start", "contain-a-host"});
  CHECK_THAT(ada.Do({"playbook", "show", "contain-a-host"}),
             ContainsSubstring("Tocsin shows it and never runs it") &&
                 ContainsSubstring("touch /tmp/never"));
  ada.Do({"playbook", "done", "look"});
  ada.Do({"playbook", "answer", "is-it-bad", "is-it-bad=yes"});
  ada.Do({"playbook", "done", "is-it-bad"});
  ada.Do({"playbook", "done", "tell"});

  site.Restart();
  CHECK(site.State("tell") == "done");
  CHECK(site.State("report") == "blocked");
  ada.Do({"playbook", "done", "block"});
  ada.Do({"playbook", "done", "report"});
  CHECK(ada.Json({"playbook", "status"})["runs"][0]["finished"] == true);

  CHECK(json::parse(ada.Do({"playbook", "export", "contain-a-host"})) == Containment());
}

TEST_CASE("CACAO: our playbooks are exported to a file, and come back byte for byte",
          "[e2e][playbook]") {
  Site site;
  Person& ada = *site.ada;
  const std::string file = ada.File("r.json");
  ada.Do({"playbook", "export", "ransomware", "--format", "cacao", "--out", file});
  CHECK(json::parse(ReadFile(file))["spec_version"] == "cacao-2.0");
  ada.Refused(5, "--force", {"playbook", "export", "ransomware", "--out", file});

  CHECK(ada.Do({"playbook", "import", file, "--out", "-"}) ==
        ReadFile(TOCSIN_SOURCE_DIR "/playbooks/incidents/ransomware.yaml"));
  ada.Refused(3, "ransomware", {"playbook", "export", "ransomwar"});
  ada.Refused(2, "--format", {"playbook", "export", "ransomware", "--format", "bpmn"});
}

TEST_CASE("CACAO: what is faulty is refused with the path into the JSON", "[e2e][playbook]") {
  Site site;
  Person& ada = *site.ada;
  const std::string in = ada.File("bad.json");
  json bad = Containment();
  bad["workflow"][Id("action", 1)]["on_completion"] = Id("action", 7);
  bad["workflow"][Id("action", 2)]["targets"] = {Id("linux", 1)};
  WriteFile(in, bad.dump());

  const Exit refused = ada.Run({"playbook", "import", in, "--out", ada.File("bad.yaml")});

  CHECK(refused.code == 8);
  CHECK_THAT(refused.err,
             ContainsSubstring(absl::StrCat("/workflow/", Id("action", 1), "/on_completion: ")));
  CHECK_THAT(refused.err,
             ContainsSubstring(absl::StrCat("/workflow/", Id("action", 2), "/targets/0: ")));
  CHECK_FALSE(std::filesystem::exists(ada.File("bad.yaml")));

  WriteFile(in, "{\"type\": \"playbook\",\n oops}");
  const Exit broken = ada.Run({"playbook", "import", in});
  CHECK(broken.code == 8);
  CHECK_THAT(broken.err, ContainsSubstring("bad.json:2:2: this is no JSON"));
  WriteFile(in, std::string(2'000'000, ' '));
  ada.Refused(2, "bytes", {"playbook", "import", in});
  ada.Refused(3, "none.json", {"playbook", "import", ada.File("none.json")});
}

}  // namespace tocsin::e2e
