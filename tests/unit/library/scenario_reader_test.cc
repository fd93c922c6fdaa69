#include "server/library/scenario_reader.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "server/base/digest.h"
#include "tests/support/catch.h"

namespace tocsin::library {
namespace {

constexpr char kGood[] = R"(format: tocsin-drill-v1
id: small
title: A small drill
version: "1.0"
summary: For tests.
begins: 2026-12-24T16:00:00+01:00
zone: Europe/Brussels
speed: 10
lasts: 4d
replay: night.jsonl
roles: [commander, dpo]
injects:
  - id: first
    at: 0m
    from: The night shift
    via: phone
    text: Nothing works.
  - id: second
    at: 90m
    to: [commander]
    from: The press
    via: news
    text: Is it true?
    line: 2
expect:
  - id: declared
    title: It is declared
    declared: sev2
    after: first
    within: 30m
)";

ScenarioWords Words() {
  ScenarioWords words;
  words.steps["ransomware"] = {"first-look", "isolate-spread"};
  words.steps["phishing"] = {"count"};
  words.regimes = {"nis2", "nis2-nl", "gdpr"};
  words.obligations = {"nis2.early_warning", "gdpr.dpa_notification"};
  words.facts = {"personal_data"};
  words.replays["night.jsonl"] = {2, 3};
  return words;
}

// What is wrong when one text of the good file is another.
std::vector<std::string> Problems(std::string_view from, std::string_view to) {
  const std::string bytes(kGood);
  const size_t at = bytes.find(from);
  REQUIRE(at != std::string::npos);
  std::string changed = bytes;
  changed.replace(at, from.size(), to);
  const LintedScenario linted = LintScenario("d.yaml", changed, Words());
  CHECK(linted.scenario.has_value() == linted.problems.empty());
  std::vector<std::string> messages;
  for (const absl::Status& status : linted.problems) messages.emplace_back(status.message());
  return messages;
}

void CheckProblem(std::string_view from, std::string_view to, std::string_view place,
                  std::string_view words) {
  const std::vector<std::string> problems = Problems(from, to);
  INFO(to);
  INFO(absl::StrJoin(problems, "\n"));
  // A mistyped key is unknown, and the right one may be missing.
  CHECK((problems.size() == 1 || problems.size() == 2));
  const std::string begin = absl::StrCat("d.yaml:", std::string(place), ":");
  CHECK(std::any_of(problems.begin(), problems.end(), [&](const std::string& problem) {
    return absl::StartsWith(problem, begin) && absl::StrContains(problem, std::string(words));
  }));
}

}  // namespace

TEST_CASE("Scenario: a good file is read as it stands") {
  const LintedScenario linted = LintScenario("d.yaml", kGood, Words());
  CHECK(linted.problems.empty());
  REQUIRE(linted.scenario.has_value());
  const domain::Scenario& scenario = *linted.scenario;
  CHECK(scenario.id == "small");
  CHECK(scenario.begins ==
        absl::FromCivil(absl::CivilSecond(2026, 12, 24, 15), absl::UTCTimeZone()));
  CHECK(scenario.speed == 10);
  CHECK_FALSE(scenario.paused);
  CHECK(scenario.lasts == absl::Hours(96));
  CHECK(scenario.roles == std::vector{IncidentRole::kCommander, IncidentRole::kDpo});
  REQUIRE(scenario.injects.size() == 2);
  CHECK(scenario.injects[0].to.empty());
  CHECK(scenario.injects[1].at == absl::Minutes(90));
  CHECK(scenario.injects[1].line == 2);
  REQUIRE(scenario.expectations.size() == 1);
  CHECK(scenario.expectations[0].kind == domain::Expected::kDeclared);
  CHECK(scenario.expectations[0].within == absl::Minutes(30));
  CHECK(scenario.digest == Sha256(kGood));
}

TEST_CASE("Scenario: injects are put in the order of time, else they stay as they stand") {
  const std::string bytes = absl::StrReplaceAll(kGood, {{"at: 0m", "at: 90m"}});
  const auto scenario = ReadScenario("d.yaml", bytes);
  REQUIRE(scenario.ok());
  CHECK(scenario->injects[0].id == "first");
  const auto swapped = ReadScenario("d.yaml", absl::StrReplaceAll(kGood, {{"at: 0m", "at: 2h"}}));
  REQUIRE(swapped.ok());
  CHECK(swapped->injects[0].id == "second");
}

TEST_CASE("Scenario: a mistyped kind of expectation is an unknown key, and nothing is expected") {
  const std::vector<std::string> problems = Problems("declared: sev2", "declard: sev2");
  REQUIRE(problems.size() == 2);
  const std::string both = absl::StrJoin(problems, "\n");
  CHECK(absl::StrContains(both, "'declard'"));
  CHECK(absl::StrContains(both, "nothing is expected"));
}

TEST_CASE("Scenario: what is wrong is named with its place") {
  CheckProblem("id: second", "id: first", "18:9", "'first' stands on line 13 already");
  CheckProblem("at: 90m", "at: -90m", "19:9", "not a span of time");
  CheckProblem("at: 90m", "at: 5d", "19:9", "after the end");
  CheckProblem("at: 90m", "at: soon", "19:9", "not a span of time");
  CheckProblem("via: news", "via: new", "22:10", "news");
  CheckProblem("to: [commander]", "to: [comander]", "20:9", "commander");
  CheckProblem("line: 2", "line: 7", "24:11", "tells no event");
  CheckProblem("replay: night.jsonl", "replay: nigth.jsonl", "10:9", "night.jsonl");
  CheckProblem("after: first", "after: frist", "29:12", "first");
  CheckProblem("within: 30m", "within: 0m", "30:13", "no time");
  CheckProblem("within: 30m", "within: -5m", "30:13", "not a span of time");
  CheckProblem("declared: sev2", "declared: sev9", "28:15", "sev");
  CheckProblem("declared: sev2", "aware: false", "28:12", "true");
  CheckProblem("speed: 10", "speed: 0", "8:8", "1 to 10000");
  CheckProblem("speed: 10", "speed: 10001", "8:8", "1 to 10000");
  CheckProblem("lasts: 4d", "lasts: 401d", "9:8", "400 days");
  CheckProblem("zone: Europe/Brussels", "zone: Europe/Brusels", "7:7", "Brusels");
  CheckProblem("begins: 2026-12-24T16:00:00+01:00", "begins: Friday night", "6:9", "");
  CheckProblem("title: A small drill", "titel: A small drill", "3:1", "title");
  CheckProblem("format: tocsin-drill-v1", "format: tocsin-drill-v2", "1:9", "tocsin-drill-v1");
  CheckProblem("id: small", "id: Small drill", "2:5", "a-z");
}

TEST_CASE("Scenario: what it names must be in the library") {
  CheckProblem("declared: sev2", "significance: nis3", "28:19", "nis2");
  CheckProblem("declared: sev2\n    after: first\n    within: 30m",
               "notification: nis2.earlywarning", "28:19", "nis2.early_warning");
  CheckProblem("declared: sev2", "fact: personal", "28:11", "personal_data");
  CheckProblem("declared: sev2", "step: first-lok", "28:11", "first-look");
  CheckProblem("declared: sev2", "step: count\n    playbook: ransomware", "28:11", "count");
  CheckProblem("declared: sev2", "step: count\n    playbook: ransom", "29:15", "ransom");
  CheckProblem("declared: sev2", "declared: sev2\n    playbook: ransomware", "29:15", "step");
  CHECK(Problems("declared: sev2", "step: count").empty());
  // Alone it is read without the library: what a drill keeps must stay readable.
  CHECK(
      ReadScenario("d.yaml", absl::StrReplaceAll(kGood, {{"declared: sev2", "fact: gone"}})).ok());
}

TEST_CASE("Scenario: a notification has the law's own time") {
  CheckProblem("declared: sev2", "notification: nis2.early_warning", "30:13", "by law");
}

TEST_CASE("Scenario: all that is wrong is said, in the order of the file") {
  const std::string bytes = absl::StrReplaceAll(
      kGood, {{"speed: 10", "speed: x"}, {"via: news", "via: n"}, {"sev2", "sev7"}});
  const LintedScenario linted = LintScenario("d.yaml", bytes, Words());
  REQUIRE(linted.problems.size() == 3);
  CHECK(absl::StartsWith(linted.problems[0].message(), "d.yaml:8:"));
  CHECK(absl::StartsWith(linted.problems[1].message(), "d.yaml:22:"));
  CHECK(absl::StartsWith(linted.problems[2].message(), "d.yaml:28:"));
}

TEST_CASE("Scenario: nothing expected, or two things at once") {
  CheckProblem("    declared: sev2\n", "", "26:9", "nothing is expected");
  CheckProblem("declared: sev2", "declared: sev2\n    aware: true", "26:9", "only one thing");
}

TEST_CASE("Scenario: hostile files are refused without an end of time or memory") {
  for (const std::string& bytes :
       {std::string(), std::string("a: &x [*x]"), std::string(2 << 20, 'a'),
        std::string("\xff\xfe"), std::string("injects: [") + std::string(100'000, '['),
        absl::StrReplaceAll(kGood, {{"text: Nothing works.", "text: \"\\u202Eevil\""}}),
        absl::StrReplaceAll(kGood, {{"Nothing works.", std::string(9000, 'x')}})}) {
    const LintedScenario linted = LintScenario("d.yaml", bytes, Words());
    CHECK_FALSE(linted.problems.empty());
    CHECK(linted.problems.size() <= 100);
  }
}

TEST_CASE("Scenario: one inject too many is refused, the largest number is read") {
  std::string bytes(kGood, std::string_view(kGood).find("injects:"));
  absl::StrAppend(&bytes, "injects:\n");
  for (size_t i = 0; i < domain::kInjectsMax; ++i) {
    absl::StrAppend(&bytes, "  - {id: i", i, ", at: ", i, "m, from: A, via: chat, text: B}\n");
  }
  const std::string expect = "expect:\n  - {id: d, title: D, declared: sev4}\n";
  const auto largest = ReadScenario("d.yaml", bytes + expect);
  REQUIRE(largest.ok());
  CHECK(largest->injects.size() == domain::kInjectsMax);
  const auto more =
      ReadScenario("d.yaml", bytes + "  - {id: x, at: 1m, from: A, via: chat, text: B}\n" + expect);
  REQUIRE_FALSE(more.ok());
  CHECK(absl::StrContains(more.status().message(), "1 to 1000 injects, not 1001"));
}

TEST_CASE("Replay: its lines that tell an event are known by number") {
  const auto lines =
      ReadReplayLines("r.jsonl",
                      "{\"type\": \"incident\"}\n{\"type\": \"event\"}\n{\"type\": \"lesson\"}\n\n"
                      "{\"type\": \"event\"}\n");
  REQUIRE(lines.ok());
  CHECK(*lines == std::set<int>{2, 5});
  const auto bad = ReadReplayLines("r.jsonl", "{\"type\": \"event\"}\n{\"type\": ");
  REQUIRE_FALSE(bad.ok());
  CHECK(absl::StartsWith(bad.status().message(), "r.jsonl:2:1"));
  CHECK_FALSE(ReadReplayLines("r.jsonl", "[]").ok());
}

}  // namespace tocsin::library
