// Completion in a real shell, with ids that only the server knows.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/e2e/harness.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

// What bash proposes for a command line whose last word is unfinished. A server that does not
// answer in time is no error but proposes nothing, so on a busy machine it is asked again.
std::string Proposed(const Person& person, const std::string& words, const std::string& expected) {
  constexpr int kTriesMax = 40;
  Command command = person.CommandOf({});
  const std::string program = command.arguments[0];
  command.arguments = {
      "bash", "--norc", "-c",
      absl::StrCat("eval \"$('", program, "' completions bash)\"; COMP_WORDS=('", program, "' ",
                   words, "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _tocsin '", program,
                   "'; printf '%s\\n' \"${COMPREPLY[@]}\"")};
  Exit exit;
  for (int i = 0; i < kTriesMax && !absl::StrContains(exit.out, expected); ++i) {
    exit = Run(command);
  }
  CHECK(exit.err.empty());
  return exit.out;
}

TEST_CASE("Completion: bash proposes verbs, incidents, steps, playbooks and obligations",
          "[e2e][completion]") {
  Server server;
  server.Start();
  const Person admin = Admin(server);
  const std::string incident(
      absl::StripAsciiWhitespace(admin.Do({"declare", "$(touch here) `x`; title", "--severity",
                                           "sev3", "--playbook", "ransomware", "-o", "id"})));

  CHECK(Proposed(admin, "dead", "deadlines") == "deadlines\n");
  CHECK(Proposed(admin, "status INC", incident) == absl::StrCat(incident, "\n"));
  CHECK_THAT(Proposed(admin, "playbook done ''", "first-look"), ContainsSubstring("first-look\n"));
  CHECK(Proposed(admin, "playbook start ransom", "ransomware") == "ransomware\n");
  CHECK_THAT(Proposed(admin, "deadlines explain nis2.e", "nis2.early_warning"),
             ContainsSubstring("nis2.early_warning\n"));
  CHECK(Proposed(admin, "playbook done x --run ''", "run-1") == "run-1\n");
  WriteFile(admin.File("fs01.dd"), "abc");
  admin.Do({"evidence", "add", admin.File("fs01.dd")});
  CHECK(Proposed(admin, "evidence show ''", "EV-1") == "EV-1\n");
}

}  // namespace
}  // namespace tocsin::e2e
