// From the declaration to the question whether it helped: the review of several people, the
// closing, action items that live on, and what those who may not see an incident see of it.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/watcher.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

using nlohmann::json;

struct Office {
  explicit Office(bool restricted = false)
      : admin((server.Start(), Admin(server))),
        ada(NewPerson(admin, server, "ada", {"commander", "ciso"})),
        bob(NewPerson(admin, server, "bob", {"responder"})),
        eve(NewPerson(admin, server, "eve", {"commander"})) {
    incident = Declared(restricted);
  }
  std::string Declared(bool restricted = false) const {
    std::vector<std::string> words = {"declare", "Files are encrypted", "--severity", "sev3", "-o",
                                      "id"};
    if (restricted) words.emplace_back("--restricted");
    return std::string(absl::StripAsciiWhitespace(ada.Do(words)));
  }
  void Follow() {
    for (Person* person : {&admin, &ada, &bob, &eve}) person->Follow(server);
  }
  // Everything but the review is settled.
  void Settle(const std::string& number) const {
    for (const json& regime : ada.Json({"significant", "show", "--incident", number})["regimes"]) {
      ada.Do({"significant", "no", "--because", "nothing reportable", "--regime", regime["regime"],
              "--incident", number});
    }
  }

  Server server;
  Person admin;
  Person ada;
  Person bob;
  Person eve;
  std::string incident;
};

// `actions` with these flags, as far as one incident is concerned.
std::vector<json> Items(const Person& person, std::vector<std::string> flags) {
  flags.insert(flags.begin(), "actions");
  std::vector<json> items;
  const json listed = person.Json(std::move(flags));
  if (!listed.contains("action_items")) return items;
  for (const json& item : listed["action_items"]) items.push_back(item);
  return items;
}

// Waits until `done` holds; fails after 20 s.
template <typename Done>
void WaitFor(const Done& done) {
  const absl::Time end = absl::Now() + absl::Seconds(20);
  while (!done() && absl::Now() < end) continue;
  REQUIRE(done());
}

// The draft: guided, by several people, on entries that exist. Returns when its action is due.
std::string Draft(const Office& office) {
  const Person& ada = office.ada;
  const Person& bob = office.bob;
  CHECK_THAT(ada.Do({"review", "guides"}), ContainsSubstring("standard"));
  ada.Refused(3, "there is no review guide", {"review", "open", "--guide", "standart"});
  ada.Do({"review", "open"});
  ada.Do({"review", "invite", "@bob", "--meeting", "2d"});
  CHECK_THAT(ada.Do({"review", "show"}), ContainsSubstring("@bob (nothing yet)"));
  CHECK_THAT(ada.Do({"review", "prompts"}), ContainsSubstring("first-sign has no answer yet"));
  bob.Do({"review", "answer", "luck", "the", "file", "server", "was", "off", "--entry", "1,3"});
  ada.Refused(3, "has no entry #999", {"review", "bad", "too slow", "--entry", "999"});
  ada.Refused(3, "no question 'lukc'", {"review", "answer", "lukc", "x"});
  ada.Refused(2, "is no type of action item",
              {"review", "action", "x", "--owner", "@bob", "--due", "14d", "--type", "perhaps"});
  ada.Do({"review", "condition", "macros were allowed from mail"});
  const json draft = ada.Json({"review", "show"});
  CHECK(draft["findings"][0]["kind"] == "FINDING_KIND_LUCKY");
  CHECK(draft["findings"][0]["entries"] == json({"1", "3"}));
  const std::string due = Utc(absl::Now() + absl::Seconds(7));
  ada.Do({"review", "action", "switch macros off", "--owner", "@bob", "--due", due, "--type",
          "prevent", "--finding", draft["findings"][1]["sequence"]});
  return due;
}

// Read by another, published, frozen, closed.
void PublishAndClose(const Office& office) {
  const Person& ada = office.ada;
  const Person& bob = office.bob;
  ada.Refused(5, "not been submitted", {"review", "approve"});
  ada.Do({"review", "submit", "--summary", "A mail with a macro."});
  ada.Refused(5, "other people could read", {"review", "publish", "--without-reader", "no time"});
  ada.Refused(5, "submitted this review yourself", {"review", "approve"});
  bob.Do({"review", "return", "--because", "it was two mails"});
  CHECK_THAT(ada.Do({"review", "show"}), ContainsSubstring("given back by @bob"));
  ada.Do({"review", "submit", "--summary", "Two mails with a macro."});
  bob.Do({"review", "approve", "--note", "so it was"});
  bob.Refused(4, "role", {"review", "publish"});
  ada.Do({"review", "publish"});
  ada.Refused(5, "published", {"review", "lesson", "too late"});
  CHECK_THAT(ada.Do({"review", "show"}), ContainsSubstring("read by @bob"));
  ada.Do({"close", "--because", "all is back"});
  CHECK(ada.Json({"review", "show"})["state"] == "follow-up");
}

// Its due time passes while the server is down, and the incident is closed.
void BecomeOverdue(Office& office, const std::string& due) {
  const Person& ada = office.ada;
  const Person& bob = office.bob;
  office.server.Stop();
  WaitFor([&] { return absl::Now() > TimeOf(json(due)) + absl::Seconds(1); });
  office.server.Start();
  office.Follow();
  WaitFor(
      [&] { return absl::StrContains(bob.Do({"timeline"}), "action-1 of @bob is overdue since"); });
  REQUIRE(Items(bob, {"--overdue", "--mine"}).size() == 1);
  CHECK(Items(ada, {"--overdue", "--mine"}).empty());
  CHECK(Items(ada, {"--overdue"})[0]["state"] == "overdue");
  CHECK_THAT(ada.Do({"actions", "--overdue"}), ContainsSubstring(office.incident + "/action-1"));
}

// Moved, done, asked.
void CompleteAndEvaluate(const Office& office) {
  const Person& ada = office.ada;
  const Person& bob = office.bob;
  bob.Refused(4, "role", {"actions", "change", "action-1", "--due", "5d", "--because", "late"});
  ada.Do({"actions", "change", office.incident + "/action-1", "--due", "5d", "--because",
          "the supplier is late"});
  CHECK(Items(ada, {"--overdue"}).empty());
  ada.Refused(5, "is not done", {"actions", "helped", "action-1", "no", "--because", "x"});
  bob.Do({"actions", "done", "action-1", "change", "4711"});
  bob.Refused(5, "already done", {"actions", "done", "action-1", "again"});
  bob.Refused(5, "is asked on", {"actions", "helped", "action-1", "yes", "--because", "it seems"});
  CHECK(Items(ada, {}).empty());
  REQUIRE(Items(ada, {"--all"}).size() == 1);
  bob.Do({"actions", "helped", "action-1", "no", "--because", "the same mail again"});
  CHECK(Items(ada, {"--all"})[0]["state"] == "not effective");
  CHECK(ada.Json({"review", "show"})["state"] == "published");
}

}  // namespace

TEST_CASE("Review: declare, review, close, an action late over a restart, done, did it help",
          "[e2e]") {
  Office office;
  const Person& ada = office.ada;
  office.bob.Do({"use", office.incident});
  ada.Do({"log", "pulled the uplink", "--kind", "action"});
  office.Settle(office.incident);
  ada.Refused(5, "still open: the review", {"close", "--because", "all is back"});
  const std::string due = Draft(office);
  PublishAndClose(office);
  BecomeOverdue(office, due);
  CompleteAndEvaluate(office);

  // The record of all that proves itself.
  const std::string bundle = ada.File("bundle.json");
  ada.Do({"export", "--format", "json", "--out", bundle});
  CHECK(VerifyWithPython(bundle).code == 0);
  CHECK(ada.Run({"verify", bundle}).code == 0);
  const std::string post_mortem = ada.File("post-mortem.md");
  ada.Do({"export", "--format", "md", "--out", post_mortem});
  for (const char* part : {"approved by", "the same mail again", "it did not help", "prevent",
                           "Two mails with a macro", "rests on #1, #3"}) {
    CHECK_THAT(ReadFile(post_mortem), ContainsSubstring(part));
  }
  CHECK_THAT(ada.Do({"register"}), ContainsSubstring("published"));
}

TEST_CASE("Review: who may not see the incident sees nothing of its review and actions",
          "[e2e][rights]") {
  Office office(/*restricted=*/true);
  const Person& ada = office.ada;
  const Person& eve = office.eve;
  ada.Do({"review", "open"});
  ada.Do({"review", "lesson", "keep one backup off line"});
  ada.Do({"review", "action", "buy tapes", "--owner", "@ada", "--due", "5d", "--type", "mitigate"});
  const std::string item = office.incident + "/action-1";
  eve.Refused(3, "no such incident", {"review", "show", office.incident});
  eve.Refused(3, "no such incident", {"review", "prompts", office.incident});
  eve.Refused(3, "no such incident", {"actions", "done", item, "x"});
  eve.Refused(3, "no such incident", {"actions", "change", item, "--due", "9d", "--because", "x"});
  eve.Refused(3, "no such incident", {"actions", "drop", item, "--because", "x"});
  eve.Refused(3, "no such incident", {"actions", "helped", item, "no", "--because", "x"});
  eve.Refused(3, "no such incident", {"actions", "--incident", office.incident});
  for (const char* verb : {"open", "publish", "approve"}) {
    eve.Refused(3, "no such incident", {"review", verb, "--incident", office.incident});
  }
  CHECK(Items(eve, {"--all"}).empty());
  CHECK(Items(ada, {"--all"}).size() == 1);
  // An administrator manages people and reads nothing by that role; a link would tell of it too.
  const std::string open = office.Declared();
  ada.Do({"use", open});
  ada.Do({"review", "open"});
  ada.Refused(5, "is restricted",
              {"review", "action", "x", "--owner", "@ada", "--due", "5d", "--type", "detect",
               "--link", office.incident});
  // The invitation is what lets her in.
  ada.Do({"review", "invite", "@eve", "--incident", office.incident});
  eve.Do({"review", "bad", "we heard of it late", "--incident", office.incident});
  CHECK(Items(eve, {"--all"}).size() == 1);
}

TEST_CASE("Review: alone one can publish, and it says so; the same cause is shown the next time",
          "[e2e]") {
  Server server;
  server.Start();
  const Person admin = Admin(server);
  const auto begin = [&] {
    const std::string number = std::string(absl::StripAsciiWhitespace(
        admin.Do({"declare", "Mail is down", "--severity", "sev3", "-o", "id"})));
    admin.Do({"impact", "set", "root_cause_key=expired-certificate"});
    admin.Do({"review", "open", "--guide", "short"});
    return number;
  };
  const std::string first = begin();
  admin.Do({"review", "condition", "nobody is told before a certificate ends"});
  admin.Do({"review", "action", "watch the dates", "--owner", "@admin", "--due", "30d", "--type",
            "detect"});
  admin.Refused(5, "no second person", {"review", "publish", "--summary", "It ended."});
  admin.Do({"review", "publish", "--summary", "It ended.", "--without-reader", "I work alone"});
  CHECK_THAT(admin.Do({"review", "show"}),
             ContainsSubstring("WITHOUT A SECOND READER: I work alone"));

  const std::string second = begin();
  const json review = admin.Json({"review", "show"});
  CHECK(review["same_cause"][0]["incident"] == "incidents/" + first);
  CHECK(review["same_cause"][0]["action_items"][0]["text"] == "watch the dates");
  CHECK_THAT(admin.Do({"review", "prompts"}), ContainsSubstring("same root cause as in " + first));
  admin.Do({"review", "condition", "the watch looked at the wrong list"});
  admin.Do({"review", "action", "one list", "--owner", "@admin", "--due", "30d", "--type",
            "process", "--link", first});
  admin.Do({"review", "publish", "--summary", "Again.", "--without-reader", "I work alone"});
  CHECK(admin.Json({"review", "show"})["same_cause_published"][0] == first);
  CHECK(admin.Json({"review", "show", first})["same_cause"][0]["incident"] ==
        "incidents/" + second);
}

TEST_CASE("Review: sev4 is closed without one where the organisation says so", "[e2e]") {
  const TempDir dir;
  WriteFile(dir.File("org.yaml"),
            "organisations:\n  - name: default\n    sev4_needs_review: false\n");
  Server server(Server::Options{.config = dir.File("org.yaml")});
  server.Start();
  const Person admin = Admin(server);
  admin.Do({"declare", "A lost badge", "--severity", "sev4"});
  admin.Do({"close", "--because", "found again"});
  admin.Do({"declare", "A lost laptop", "--severity", "sev3"});
  admin.Do({"severity", "sev4", "--because", "it was encrypted"});
  admin.Refused(5, "the review", {"close", "--because", "found again"});
  admin.Do({"close", "--because", "found again", "--no-review", "nothing to learn"});
  CHECK_THAT(admin.Do({"review", "show"}), ContainsSubstring("closed without a review by @admin"));
}

}  // namespace tocsin::e2e
