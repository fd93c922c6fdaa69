// A register of a thousand incidents, imported by several people at once: whole, in order, page by
// page, and there before anybody gets impatient. tests/bench/register_bench.py measures ten
// thousand.
#include <deque>
#include <iostream>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/e2e/harness.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

using nlohmann::json;

constexpr int kIncidents = 1000;
constexpr int kImports = 10;
// The target is 1 s on a machine of its own; tests share theirs.
constexpr absl::Duration kPatience = absl::Seconds(6);

json Record(int number) {
  return {{"incident_id", absl::StrCat("size-", number)},
          {"timeline", {{"incident", {{"year", 2025}, {"month", 7}, {"day", number % 28 + 1}}}}},
          {"victim", {{"victim_id", absl::StrCat("Organisation ", number)}}},
          {"action", {{number % 4 == 0 ? "error" : "hacking", {{"variety", {"Unknown"}}}}}},
          {"impact", {{"overall_amount", number}, {"iso_currency_code", "EUR"}}},
          {"summary", absl::StrCat("Incident ", number)}};
}

// Runs the verb, says how long it took, and returns its JSON.
json Timed(const Person& person, const std::vector<std::string>& arguments) {
  const absl::Time began = absl::Now();
  json read = person.Json(arguments);
  const absl::Duration took = absl::Now() - began;
  std::cout << arguments[0] << " over " << kIncidents
            << " incidents: " << absl::FormatDuration(absl::Trunc(took, absl::Milliseconds(1)))
            << "\n";
  CHECK(took < kPatience);
  return read;
}

}  // namespace

TEST_CASE("Register: a thousand incidents of ten imports at once", "[e2e][register]") {
  Server server;
  server.Start();
  const Person ada = NewPerson(Admin(server), server, "ada", {"commander", "ciso"});
  std::deque<Process> imports;
  for (int part = 0; part < kImports; ++part) {
    std::string lines;
    for (int i = part; i < kIncidents; i += kImports)
      absl::StrAppend(&lines, Record(i).dump(), "\n");
    const std::string file = ada.File(absl::StrCat("part-", part, ".jsonl"));
    WriteFile(file, lines);
    imports.emplace_back(
        ada.CommandOf({"import", file, "--from", "veris", "--zone", "UTC", "-o", "id"}),
        ada.File(absl::StrCat("part-", part, ".err")));
  }
  for (Process& import : imports) REQUIRE(import.Wait(absl::Seconds(120)) == 0);
  server.Stop();
  server.StartAgain();

  const json rows = Timed(ada, {"register"})["rows"];
  const json report = Timed(ada, {"report", "--quarter", "2025Q3"})["period"];

  CHECK(rows.size() == kIncidents);
  std::set<std::string> titles;
  for (const json& row : rows) titles.insert(row["title"].get<std::string>());
  CHECK(titles.size() == kIncidents);
  CHECK(report["incidents"] == kIncidents);
  CHECK(report["by_kind"] == json{{"error", 250}, {"hacking", 750}});
  CHECK(report["loss_eur"] == 499500);
  CHECK(ada.Json({"register", "--from", "2025-07-01", "--to", "2025-07-02"})["rows"].size() == 36);
}

}  // namespace tocsin::e2e
