#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/unit/clients/cli_account.h"

namespace tocsin::cli {
namespace {

// The words proposed for a command line; the last one is unfinished.
std::vector<std::string> Proposed(Account& account, std::vector<std::string> words) {
  words.insert(words.begin(), "__complete");
  const Result result = account.Run(words);
  CHECK(result.code == 0);
  CHECK(result.err.empty());
  std::vector<std::string> proposed;
  for (absl::string_view line : absl::StrSplit(result.out, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits('\t', 1));
    proposed.push_back(parts[0]);
  }
  return proposed;
}

bool Holds(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

using List = std::vector<std::string>;

TEST_CASE("Complete: verbs, then verbs under a noun", "[clients][complete]") {
  Account account;
  const List all = Proposed(account, {""});
  for (const char* verb : {"log", "status", "deadlines", "watch", "queue", "context", "help"}) {
    CHECK(Holds(all, verb));
  }
  CHECK(Proposed(account, {"dec"}) == List{"declare"});
  CHECK(Proposed(account, {"queue", ""}) == List{"list", "flush", "drop"});
  CHECK(Proposed(account, {"-o", "json", "queue", "f"}) == List{"flush"});
  CHECK(Proposed(account, {}) == all);
  CHECK(Proposed(account, {"nonsense", "wat"}).empty());
}

TEST_CASE("Complete: flags of the verb and of the program", "[clients][complete]") {
  Account account;
  CHECK(Proposed(account, {"log", "--k"}) == List{"--kind"});
  CHECK(Proposed(account, {"log", "hello", "--inc"}) == List{"--incident"});
  CHECK(Proposed(account, {"deadlines", "--fail"}) == List{"--fail-overdue"});
  CHECK(Proposed(account, {"log", "--", "--k"}).empty());
}

TEST_CASE("Complete: the values of closed lists", "[clients][complete]") {
  Account account;
  CHECK(Proposed(account, {"declare", "x", "--severity", ""}) ==
        List{"sev1", "sev2", "sev3", "sev4"});
  CHECK(Proposed(account, {"phase", "con"}) == List{"containment"});
  CHECK(Proposed(account, {"log", "--kind", "dec"}) == List{"decision"});
  CHECK(Proposed(account, {"log", "-o", "j"}) == List{"json", "jsonl"});
  CHECK(Proposed(account, {"completions", ""}) == List{"bash", "zsh", "fish"});
  CHECK(Holds(Proposed(account, {"role", "assign", ""}), "commander"));
}

TEST_CASE("Complete: the verbs that came last complete as the first do", "[clients][complete]") {
  Account account;
  CHECK(Proposed(account, {"aware", "a"}) == List{"approve"});
  CHECK(Proposed(account, {"anchor", "h"}) == List{"handled"});
  CHECK(Proposed(account, {"significant", ""}) == List{"yes", "no", "show"});
  CHECK(Proposed(account, {"handover", "a"}) == List{"accept"});
  CHECK(Proposed(account, {"sitrep", "draft", "--for", "man"}) == List{"management"});
  CHECK(Proposed(account, {"search", "--kind", "dec"}) == List{"decision"});
  CHECK(Proposed(account, {"register", "--severity", ""}) == List{"sev1", "sev2", "sev3", "sev4"});
  CHECK(Proposed(account, {"playbook", "answer", "x", "y", "--ru"}) == List{"--run"});
  CHECK(Holds(Proposed(account, {"help", ""}), "offline"));
  CHECK(Holds(Proposed(account, {"help", ""}), "log"));
}

TEST_CASE("Complete: names of files where a file is meant", "[clients][complete]") {
  Account account;
  CHECK(Proposed(account, {"verify", ""}) == List{":files"});
  CHECK(Proposed(account, {"register", "--csv", ""}) == List{":files"});
  CHECK(Proposed(account, {"deadlines", "keep", ""}) == List{":files"});
  CHECK(Proposed(account, {"import", ""}) == List{":files"});
  CHECK(Proposed(account, {"import", "some/pa"}) == List{":files"});
}

TEST_CASE("Complete: this account's contexts and queued writes", "[clients][complete]") {
  Account account;
  account.UseIncident();
  account.Run(Words("log one"));
  CHECK(Proposed(account, {"context", "use", ""}) == List{"default"});
  CHECK(Proposed(account, {"--context", "d"}) == List{"default"});
  CHECK(Proposed(account, {"report", "--org", "d"}) == List{"default"});
  CHECK(Proposed(account, {"queue", "drop", ""}) == List{"q-1"});
}

TEST_CASE("Complete: a server that is away costs its ids and no message", "[clients][complete]") {
  Account account;
  account.UseIncident();
  CHECK(Proposed(account, {"status", ""}).empty());
  CHECK(Proposed(account, {"playbook", "done", ""}).empty());
  CHECK(Proposed(account, {"--context", "nonsense", "status", ""}).empty());
}

TEST_CASE("Complete: a script for each shell asks the program itself", "[clients][complete]") {
  Account account;
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Result script = account.Run({"completions", shell});
    CHECK(script.code == 0);
    CHECK_THAT(script.out, ContainsSubstring("__complete"));
    CHECK_THAT(script.out, ContainsSubstring(":files"));
  }
  CHECK(account.Run({"completions", "tcsh"}).code == kUsage);
}

TEST_CASE("Help: the manual page names every verb and is safe for man", "[clients][complete]") {
  Account account;
  const Result page = account.Run({"help", "--man"});
  REQUIRE(page.code == 0);
  CHECK(absl::StartsWith(page.out, ".TH TOCSIN 1"));
  for (const std::string& verb : Proposed(account, {""})) {
    CHECK_THAT(page.out, ContainsSubstring(absl::StrCat(".SS \"tocsin ", verb)));
  }
  CHECK_THAT(page.out, ContainsSubstring(".SS \"tocsin queue flush\""));
  CHECK_THAT(page.out, ContainsSubstring(".B \\-\\-severity"));
  CHECK_THAT(page.out, ContainsSubstring("TOCSIN_STATE_DIR"));
  for (absl::string_view line : absl::StrSplit(page.out, '\n')) {
    if (!absl::StartsWith(line, ".")) continue;
    const std::string request(line.substr(0, 3));
    INFO(line);
    CHECK((request == ".TH" || request == ".SH" || request == ".SS" || request == ".TP" ||
           request == ".B " || request == ".PP" || request == ".nf" || request == ".fi"));
  }
}

TEST_CASE("Help: the environment, and a mistyped topic", "[clients][complete]") {
  Account account;
  CHECK_THAT(account.Run({"help", "environment"}).out, ContainsSubstring("TOCSIN_ZONE"));
  CHECK_THAT(account.Run({"help", "exit-codes"}).out, ContainsSubstring("    7  queued"));
  CHECK_THAT(account.Run({"help", "times"}).out, ContainsSubstring("10:42"));
  CHECK_THAT(account.Run({"help", "offline"}).out, ContainsSubstring("tocsin queue flush"));
  CHECK_THAT(account.Run({"help", "--man"}).out, ContainsSubstring(".SH OFFLINE"));
  const Result typo = account.Run({"help", "enviroment"});
  CHECK(typo.code == kUsage);
  CHECK_THAT(typo.err, ContainsSubstring("Did you mean: tocsin help environment"));
}

TEST_CASE("Pager: a long text goes through it, a short one and a pipe do not", "[clients][pager]") {
  Account account;
  std::string paged;
  const auto pager = [&paged](const std::string& text) {
    paged = text;
    return true;
  };
  const std::string piped = account.Run({"help", "--man"}).out;

  account.UseTerminal(24, pager);
  CHECK(account.Run({"help", "--man"}).out.empty());
  CHECK(paged == piped);

  paged.clear();
  CHECK_FALSE(account.Run({"help", "exit-codes"}).out.empty());
  CHECK(paged.empty());

  account.UseTerminal(24, [](const std::string&) { return false; });
  CHECK(account.Run({"help", "--man"}).out == piped);
}

}  // namespace
}  // namespace tocsin::cli
