#include "tests/unit/clients/cli_account.h"

namespace tocsin::cli {
namespace {

struct BadLine {
  const char* line;
  const char* part;
};

void CheckRefused(std::initializer_list<BadLine> lines) {
  Account account;
  account.UseIncident();
  for (const BadLine& bad : lines) {
    INFO(bad.line);
    const Result result = account.Run(Words(bad.line));
    INFO(result.err);
    CHECK(result.code == kUsage);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, ContainsSubstring("error: "));
    CHECK_THAT(result.err, ContainsSubstring("\nrecorded: no\n"));
    CHECK_THAT(result.err, ContainsSubstring("\nnext: "));
    CHECK_THAT(result.err, ContainsSubstring(bad.part));
  }
}

TEST_CASE("Command line: answers to awareness and kept files are checked before the network",
          "[clients][cli]") {
  CheckRefused({
      {"aware aprove --because x", "neither approve, reject nor show"},
      {"aware approve", "--because"},
      {"aware approve --at 10:00 --because x", "--at does not go with approve"},
      {"aware approve five --because x", "SEQ"},
      {"deadlines keep", "either a directory or --off"},
      {"deadlines keep /tmp --off", "either a directory or --off"},
  });
}

TEST_CASE("Command line: every bad flag is refused before the network is asked", "[clients][cli]") {
  CheckRefused({
      {"declare Ransomware", "--severity"},
      {"declare --severity sev1", "TITLE"},
      {"declare Ransomware --severity sev9", "sev9"},
      {"declare Ransomware --severity sev1 --tlp purple", "purple"},
      {"declare Ransomware --severity sev1 --detected 2026-06-10T10:00:00", "offset"},
      {"use 42", "'42' is not an incident"},
      {"log", "TEXT"},
      {"log hello --kind acton", "action"},
      {"log hello --at tomorrow", "--at: 'tomorrow' is not a time"},
      {"log hello --at 2026-06-10T10:00:00", "no UTC offset"},
      {"log hello --attribute source", "NAME=VALUE"},
      {"log hello --incident 17", "'17' is not an incident"},
      {"log hello --request-id 17", "not a UUID"},
      {"log hello -o xml", "xml"},
      {"log hello --colour pink", "pink"},
      {"correct x text", "'x' is not an entry"},
      {"correct 0 text", "'0' is not an entry"},
      {"retract 3", "--because"},
      {"phase cleanup --because x", "cleanup"},
      {"phase recovery", "--because"},
      {"severity high --because x", "high"},
      {"role assign king @ada", "king"},
      {"role assign commander Ada!", "'Ada!' is not a handle"},
      {"aware --because x", "--at"},
      {"aware --at 10:00", "--because"},
      {"impact set users", "'users' is not KEY=VALUE"},
      {"impact set a=1 a=2", "given twice"},
      {"significant maybe --because x", "has no verb 'maybe'"},
      {"timeline --since whenever", "--since"},
      {"deadlines compute --regime nis2 --zone UTC", "--stage is required"},
      {"deadlines compute --regime nis2 --stage s --zone UTC --event aware", "NAME=INSTANT"},
      {"deadlines compute --vectors x.csv --stage s", "excludes"},
      {"notify draft", "STAGE"},
      {"notify draft early_warning --set contact", "FIELD=VALUE"},
      {"notify submitted early_warning", "--channel"},
      {"search --kind rumour", "rumour"},
      {"search vpn --since whenever", "--since"},
      {"search vpn --by Ada!", "'Ada!' is not a handle"},
      {"report --quarter 2026Q7", "2026Q7"},
      {"handover give Ada!", "'Ada!' is not a handle"},
      {"handover give @bob --role king", "king"},
      {"handover decline", "--because"},
      {"sitrep draft --for everybody", "everybody"},
      {"sitrep send", "--file"},
      {"significant yes", "--because"},
      {"aware approve --because x --at 10:00", "--at does not go with approve"},
      {"anchor handled --because x", "--at"},
      {"watch --all INC-2026-0001", "leaves no choice"},
      {"watch 17", "'17' is not an incident"},
      {"ack fourteen", "fourteen"},
      {"ack -1", "-1"},
      {"ack 0", "0"},
      {"queue drop x", "'x' names no queued write"},
      {"context set --zone Mars/Olympus", "Mars/Olympus"},
      {"playbook done", "STEP"},
      {"playbook skip step-1", "--because"},
      {"playbook assign step-1 Bob?", "handle"},
      {"playbook assign step-1", "--to-role"},
      {"playbook assign step-1 @bob --to-role", "--to-role"},
      {"playbook answer step-1", "QUESTION=VALUE"},
  });
}

TEST_CASE("Command line: bad flags of reviews and accounts are refused before the network",
          "[clients][cli]") {
  CheckRefused({
      {"review action test restores --owner @ada", "--due"},
      {"review action test restores --owner @ada --due someday --type detect", "someday"},
      {"review action test restores --owner @ada --due 3d --type perhaps", "perhaps"},
      {"review well", "TEXT"},
      {"review submit", "--summary"},
      {"review return", "--because"},
      {"actions helped action-1 maybe --because x", "maybe"},
      {"actions change action-1 --due 3d", "--because"},
      {"actions done action-1", "EVIDENCE"},
      {"principal add ada --role emperor", "emperor"},
      {"enrol --code abc --server bad:port:1", "not a server address"},
      {"enrol --code abc --server host:1 --zone Mars/Olympus", "Mars/Olympus"},
      {"enrol --server host:1", "--code"},
  });
}

TEST_CASE("Command line: a mistyped verb or flag names the nearest", "[clients][cli]") {
  Account account;
  struct Case {
    const char* line;
    const char* next;
  };
  const Case cases[] = {
      {"statsu", "next: Did you mean: tocsin status\n"},
      {"deadline", "next: Did you mean: tocsin deadlines\n"},
      {"-o json timelin", "next: Did you mean: tocsin timeline\n"},
      {"--incident INC-1 review wel x", "next: Did you mean: tocsin review well\n"},
      {"deadlines explian x", "next: Did you mean: tocsin deadlines explain\n"},
      {"log hello --knd action", "next: Did you mean: --kind\n"},
      {"frobnicate", "next: tocsin --help\n"},
  };
  for (const Case& c : cases) {
    INFO(c.line);
    const Result result = account.Run(Words(c.line));
    CHECK(result.code == kUsage);
    CHECK_THAT(result.err, ContainsSubstring(c.next));
  }
}

TEST_CASE("Command line: a good line reaches the network with its text", "[clients][cli]") {
  Account account;
  account.UseIncident();
  for (const char* line :
       {"list", "status", "status INC-2026-0042", "timeline --since -2h",
        "deadlines --fail-overdue", "deadlines explain early_warning", "watch",
        "watch --all -o jsonl", "watch INC-2026-0042", "ack", "ack 14",
        "phase containment --because accounts are known", "playbook status", "review show",
        "notify approve early_warning", "close --because all is back"}) {
    INFO(line);
    const Result result = account.Run(Words(line));
    INFO(result.err);
    CHECK(result.code == kUnreachable);
    CHECK_THAT(result.err, ContainsSubstring("error: cannot reach 127.0.0.1:1"));
    CHECK_THAT(result.err, ContainsSubstring("recorded: no\n"));
  }
}

TEST_CASE("Command line: a resolved time is told back", "[clients][cli]") {
  Account account;
  account.UseIncident();

  const Result clock = account.Run(Words("log --at 10:42 note seen"));
  const Result full = account.Run(Words("log --at 2026-06-10T08:00:00Z note seen"));

  CHECK_THAT(clock.err,
             ContainsSubstring("--at 10:42 is 2026-06-09T08:42:00Z (10:42:00 Europe/Brussels)"));
  CHECK(full.err.find(" is 2026-06-10") == std::string::npos);
}

TEST_CASE("Command line: the incident is flag, then environment, then the one in use",
          "[clients][cli]") {
  Account account;

  const Result none = account.Run({"status"});
  CHECK(none.code == kUsage);
  CHECK_THAT(none.err, ContainsSubstring("no incident was named and none is in use"));

  account.Set("TOCSIN_INCIDENT", "nonsense");
  CHECK_THAT(account.Run({"status"}).err, ContainsSubstring("'nonsense' is not an incident"));
  CHECK(account.Run({"status", "--incident", "INC-2026-0001"}).code == kUnreachable);
  CHECK(account.Run({"status", "INC-2026-0001"}).code == kUnreachable);
}

TEST_CASE("Command line: text from standard input", "[clients][cli]") {
  Account account;
  account.UseIncident();

  CHECK(account.Run({"log", "-"}, "a text\nof two lines\n").code == kQueued);
  const Result empty = account.Run({"log", "-"}, "");
  CHECK(empty.code == kUsage);
  CHECK_THAT(empty.err, ContainsSubstring("empty"));
  const Result large = account.Run({"log", "-"}, std::string(3 << 20, 'x'));
  CHECK(large.code == kUsage);
  CHECK_THAT(large.err, ContainsSubstring("at most 65536"));
  const Result binary = account.Run({"log", "-"}, "a\x1b[2Jb");
  CHECK(binary.code == kUsage);
  CHECK_THAT(binary.err, ContainsSubstring("U+001b"));
}

TEST_CASE("Command line: enrolling elsewhere does not silently replace a context",
          "[clients][cli]") {
  Account account;

  const Result taken = account.Run(Words("enrol --server 127.0.0.1:2 --code abc"));

  CHECK(taken.code == kConflict);
  CHECK_THAT(taken.err, ContainsSubstring("the context 'default' is for 127.0.0.1:1"));
  for (const char* line :
       {"enrol --server 127.0.0.1:1 --code abc", "enrol --server 127.0.0.1:2 --code abc --replace",
        "enrol --server 127.0.0.1:2 --code abc --context two"}) {
    INFO(line);
    CHECK(account.Run(Words(line)).code == kUnreachable);
  }
}

TEST_CASE("Command line: who is not enrolled is told how to", "[clients][cli]") {
  Account account;
  account.Set("TOCSIN_CONTEXT", "elsewhere");
  const Result result = account.Run({"list"});
  CHECK(result.code == kNoRights);
  CHECK_THAT(result.err, ContainsSubstring("next: tocsin enrol --server"));
}

TEST_CASE("Command line: help and version", "[clients][cli]") {
  Account account;
  const Result version = account.Run({"--version"});
  CHECK(version.code == 0);
  CHECK_THAT(version.out, ContainsSubstring("tocsin 0."));
  const Result codes = account.Run({"help", "exit-codes"});
  CHECK(codes.code == 0);
  CHECK_THAT(codes.out, ContainsSubstring("130  interrupted"));
  const Result verb = account.Run({"help", "deadlines", "explain"});
  CHECK(verb.code == 0);
  CHECK_THAT(verb.out, ContainsSubstring("tocsin deadlines explain early_warning"));
  CHECK(account.Run({"help", "nothing"}).code == kUsage);
  CHECK_THAT(account.Run({"log", "--help"}).out, ContainsSubstring("isolated fs01"));
  CHECK_THAT(account.Run({"help"}).out, ContainsSubstring("declare"));
}

TEST_CASE("Command line: a noun alone says which verbs it has", "[clients][cli]") {
  Account account;
  const Result noun = account.Run({"review"});
  CHECK(noun.code == kUsage);
  CHECK_THAT(noun.err, ContainsSubstring("open|invite|well|bad"));
  CHECK(account.Run({}).code == kUsage);
}

TEST_CASE("Command line: no secret is printed when the server is away", "[clients][cli]") {
  Account account;
  const Result result = account.Run({"whoami"});
  CHECK(result.code == kUnreachable);
  CHECK(result.out.find("token") == std::string::npos);
}

}  // namespace
}  // namespace tocsin::cli
