// Two people, one night: command is handed over with its brief, and others are told how things
// stand.
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "tests/e2e/harness.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

struct Night {
  Night() : admin((server.Start(), Admin(server))), ada(New("ada")), bob(New("bob")) {
    incident = std::string(absl::StripAsciiWhitespace(ada.Do(
        {"declare", "Files are encrypted", "--severity", "sev1", "--restricted", "-o", "id"})));
  }
  Person New(const std::string& handle) {
    return NewPerson(admin, server, handle, {"responder", "commander"});
  }
  std::string Commander() const {
    const nlohmann::json status = ada.Json({"status", incident});
    for (const auto& holder : status["role_holders"]) {
      if (holder["role"] == "INCIDENT_ROLE_COMMANDER") return holder["handle"];
    }
    return "";
  }

  Server server;
  Person admin;
  Person ada;
  Person bob;
  std::string incident;
};

}  // namespace

TEST_CASE("Handover: the brief goes with the offer, command passes at acceptance", "[e2e]") {
  Night night;
  night.ada.Do({"log", "pulled the uplink", "--kind", "action"});
  night.ada.Do({"aware", "--at", "-1m", "--because", "the SOC confirmed it"});
  CHECK_THAT(night.ada.Do({"handover", "draft"}), ContainsSubstring("pulled the uplink"));
  // The incident is restricted: until the offer bob does not even see it.
  night.bob.Refused(3, "no such incident", {"use", night.incident});

  const Exit given = night.ada.Run({"handover", "give", "@bob"});
  REQUIRE(given.code == 0);
  CHECK_THAT(given.err, ContainsSubstring("you stay commander until @bob accepts"));
  CHECK(night.Commander() == "@ada");
  night.bob.Do({"use", night.incident});
  CHECK_THAT(night.bob.Do({"status"}), ContainsSubstring("@ada offers @bob to be commander"));
  CHECK_THAT(night.bob.Do({"timeline"}), ContainsSubstring("pulled the uplink"));
  night.ada.Refused(5, "nobody offers you", {"handover", "accept"});

  night.server.Kill();
  night.server.Start();
  night.ada.Follow(night.server);
  night.bob.Follow(night.server);
  night.bob.Do({"handover", "accept"});
  CHECK(night.Commander() == "@bob");
  night.ada.Refused(5, "you are not commander", {"handover", "give", "@bob"});
}

TEST_CASE("Handover: whoever may not direct cannot accept to command", "[e2e]") {
  Night night;
  const Person rex = NewPerson(night.admin, night.server, "rex", {"responder"});
  night.ada.Do({"handover", "give", "@rex"});
  rex.Do({"use", night.incident});
  rex.Refused(4, "your role in the organisation does not allow this", {"handover", "accept"});
  rex.Do({"handover", "decline", "--because", "not", "mine", "to", "lead"});
  CHECK(night.Commander() == "@ada");
}

TEST_CASE("Situation report: drafted, edited, sent, exported and verified", "[e2e]") {
  Night night;
  night.ada.Do({"log", "restoring the mail server", "--kind", "action"});
  const std::string file = night.ada.File("sitrep.md");
  const Exit draft = night.ada.Run({"sitrep", "draft", "--for", "management", "--out", file});
  REQUIRE(draft.code == 0);
  CHECK_THAT(draft.err, ContainsSubstring("nothing is recorded yet"));
  CHECK_THAT(ReadFile(file), ContainsSubstring("restoring the mail server"));
  night.ada.Refused(3, "does not exist", {"sitrep", "send", "--file", night.ada.File("none.md")});
  WriteFile(night.ada.File("note.md"), "Mail is down.\n");
  night.ada.Refused(2, "does not begin with",
                    {"sitrep", "send", "--file", night.ada.File("note.md")});
  WriteFile(file,
            "## Conditions\nMail is down.\n## Actions\n- restoring\n## Needs\n- a decision\n");
  night.ada.Do({"sitrep", "send", "--for", "management", "--file", file});

  CHECK_THAT(night.ada.Do({"timeline"}), ContainsSubstring("Situation report for management"));
  CHECK_THAT(night.ada.Run({"sitrep", "draft", "--for", "management"}).err,
             ContainsSubstring("since #"));
  const std::string bundle = night.ada.File("bundle.json");
  night.ada.Do({"export", "--format", "json", "--out", bundle});
  CHECK(VerifyWithPython(bundle).code == 0);
  CHECK(night.ada.Run({"verify", bundle}).code == 0);
  // Each of its three parts is held against the record.
  std::string forged = ReadFile(bundle);
  const size_t at = forged.find("a decision");
  REQUIRE(at != std::string::npos);
  forged.replace(at, 10, "no comment");
  const std::string copy = night.ada.File("forged.json");
  WriteFile(copy, forged);
  CHECK(VerifyWithPython(copy).code == 1);
  CHECK(night.ada.Run({"verify", copy}).code != 0);
}

}  // namespace tocsin::e2e
