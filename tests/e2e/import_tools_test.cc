// Files of other tools over the real binaries: dry runs, whole imports, the same case a second
// time, an import that was cut off, and VERIS records whose totals a script computes on its own.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iostream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "clients/core/proto_time.h"
#include "tests/e2e/harness.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

using nlohmann::json;

std::string Sample(const std::string& name) {
  return absl::StrCat(TOCSIN_SOURCE_DIR, "/tests/data/import/", name);
}

struct Desk {
  Desk() {
    server.Start();
    ada = std::make_unique<Person>(NewPerson(Admin(server), server, "ada", {"commander", "ciso"}));
    connection = std::make_unique<client::Connection>(ada->Connect());
  }

  v1::Incident Get(const std::string& name) const {
    v1::GetIncidentRequest request;
    request.set_name(name);
    return MustCall(*connection, &v1::IncidentService::Stub::GetIncident, request);
  }

  Server server;
  std::unique_ptr<Person> ada;
  std::unique_ptr<client::Connection> connection;
};

// What people wrote, in order.
std::vector<v1::Entry> Written(const Desk& desk, const std::string& incident) {
  std::vector<v1::Entry> entries = Timeline(*desk.connection, incident);
  std::erase_if(entries, [](const v1::Entry& entry) { return entry.type() != "entry-recorded"; });
  return entries;
}

// Seconds of "172800s" or "54150.500s".
double Seconds(const json& span) {
  double seconds = 0;
  REQUIRE(absl::SimpleAtod(absl::StripSuffix(span.get<std::string>(), "s"), &seconds));
  return seconds;
}

}  // namespace

TEST_CASE("Import from tools: each format gets in whole and verifies", "[e2e][import]") {
  Desk desk;
  struct Case {
    const char* format;
    std::vector<std::string> arguments;
    size_t entries;
  };
  const std::vector<Case> cases = {
      {"thehive", {Sample("thehive-case.json"), "--from", "thehive"}, 10},
      {"iris", {Sample("iris-case.json"), "--from", "iris", "--zone", "UTC"}, 10},
      {"timesketch", {Sample("timesketch.csv"), "--from", "timesketch", "--title", "Logons"}, 3},
      {"csv",
       {Sample("events.csv"), "--from", "csv", "--mapping", Sample("mapping.yaml"), "--zone",
        "Europe/Brussels"},
       4}};
  for (const Case& one : cases) {
    INFO(one.format);
    std::vector<std::string> arguments = {"import"};
    arguments.insert(arguments.end(), one.arguments.begin(), one.arguments.end());

    const json told = desk.ada->Json(arguments);

    REQUIRE(told["incidents"].size() == 1);
    CHECK(told["entries"] == one.entries);
    CHECK(told["repeated"] == 0);
    const std::string name = told["incidents"][0];
    const v1::Incident incident = desk.Get(name);
    CHECK(incident.historical());
    CHECK(incident.phase() == v1::PHASE_CLOSED);
    CHECK(incident.attributes().at("source") == one.format);
    const std::vector<v1::Entry> written = Written(desk, name);
    REQUIRE(written.size() == one.entries);
    for (const v1::Entry& entry : written) CHECK(entry.attributes().at("source") == one.format);
    const std::string bundle = desk.ada->File(std::string(one.format) + ".json");
    desk.ada->Do({"export", name, "--format", "json", "--out", bundle});
    CHECK(VerifyWithPython(bundle).code == 0);
  }
  // The case's own time, not that of the import.
  CHECK(desk.ada->Json({"register", "--from", "2024-03-01", "--to", "2024-03-31"})["rows"].size() ==
        4);
}

TEST_CASE("Import from tools: times, kinds and TLP arrive as the file has them", "[e2e][import]") {
  Desk desk;
  const json told = desk.ada->Json({"import", Sample("thehive-case.json"), "--from", "thehive"});

  const std::vector<v1::Entry> written = Written(desk, told["incidents"][0]);
  const auto address = std::find_if(written.begin(), written.end(), [](const v1::Entry& entry) {
    return absl::StartsWith(entry.text(), "Observable, ip: 192.0.2.44");
  });
  REQUIRE(address != written.end());
  CHECK(address->kind() == v1::ENTRY_KIND_EVIDENCE);
  CHECK(address->tlp() == v1::TLP_RED);
  CHECK(client::FromProto(address->occur_time()) == absl::FromUnixSeconds(1'709'542'900));
  CHECK(address->attributes().at("ip") == "192.0.2.44");
  CHECK(desk.ada->Json({"search", "192.0.2.44"})["entries"].size() == 1);
}

TEST_CASE("Import from tools: a dry run needs no server and writes nothing", "[e2e][import]") {
  const Person nobody("nobody");
  const std::string text =
      nobody.Do({"import", Sample("thehive-case.json"), "--from", "thehive", "--dry-run"});
  CHECK_THAT(text, ContainsSubstring("would write 1 incident with 10 entries; nothing was sent"));
  CHECK_THAT(text, ContainsSubstring("observables.tags 1"));
  const json plan =
      nobody.Json({"import", Sample("events.csv"), "--from", "csv", "--column", "time=When",
                   "--column", "text=What happened", "--zone", "UTC", "--dry-run"});
  CHECK(plan["entries"] == 4);
  CHECK(plan["attributes"]["Type"] == 4);
  CHECK(plan["incidents"][0]["title"] == "events.csv");
  CHECK_THAT(
      nobody.Do({"import", TOCSIN_SOURCE_DIR "/playbooks/drills/replays/hse-ireland-2021.jsonl",
                 "--dry-run"}),
      ContainsSubstring("would write 1 incident with 35 events"));
}

TEST_CASE("Import from tools: one bad record and nothing of the file is there", "[e2e][import]") {
  Desk desk;
  const uint64_t before = LogSize(*desk.connection);
  const std::string file = desk.ada->File("bad.csv");
  WriteFile(file, "time,text\n2024-01-01T10:00:00Z,good\n2024-01-02 11:00,no offset\n");

  CHECK_THAT(desk.ada->Refused(2, "line 3", {"import", file, "--from", "csv"}),
             ContainsSubstring("--zone"));
  desk.ada->Refused(2, "only mean something with --from", {"import", file, "--zone", "UTC"});
  const std::string mapping = desk.ada->File("mapping.yaml");
  WriteFile(mapping, "columns:\n  time: time\n  what: text\n");
  desk.ada->Refused(2, "mapping.yaml:3:", {"import", file, "--from", "csv", "--mapping", mapping});
  desk.ada->Refused(2, "is no KEY=HEADER", {"import", file, "--from", "csv", "--column", "when=x"});

  desk.ada->Refused(2, "are for tables",
                    {"import", Sample("iris-case.json"), "--from", "iris", "--column", "text=x"});
  desk.ada->Refused(2, "--title names one",
                    {"import", Sample("veris.jsonl"), "--from", "veris", "--title", "x"});

  CHECK(LogSize(*desk.connection) == before);
}

TEST_CASE("Import from tools: the server takes what a hostile file becomes", "[e2e][import]") {
  Desk desk;
  std::string header = "time,text,H\xC3\xB4te,source";
  std::string row = "2024-01-01T10:00:00Z,\"=cmd|' /C calc'!A0 \x1b[31m\xE2\x80\xAE\",a,other";
  for (int i = 0; i < 60; ++i) {
    absl::StrAppend(&header, ",c", i);
    absl::StrAppend(&row, ",v", i);
  }
  const std::string blanks(64, ',');
  const std::string table = desk.ada->File("hostile.csv");
  WriteFile(table, absl::StrCat(header, "\n", row, "\n2024-01-02T10:00:00Z,",
                                std::string(5'000'000, 'w'), blanks.substr(2), "\n"));
  std::string wide = R"({"_id": "~9", "title": ")" + std::string(100'000, 't') + "\"";
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&wide, ", \"f", i, "\": \"v", i, "\"");
  const std::string object = desk.ada->File("wide.json");
  WriteFile(object, wide + "}");

  const json rows = desk.ada->Json({"import", table, "--from", "csv"});
  const json fields = desk.ada->Json({"import", object, "--from", "thehive"});

  size_t letters = 0;
  std::string texts;
  for (const v1::Entry& entry : Written(desk, rows["incidents"][0])) {
    letters += static_cast<size_t>(std::count(entry.text().begin(), entry.text().end(), 'w'));
    if (entry.attributes().at("line") == "2") texts += entry.text();
  }
  CHECK(letters == 5'000'000);
  CHECK_THAT(texts, ContainsSubstring("\\u001b[31m\\u202e"));
  CHECK_THAT(texts, ContainsSubstring("H\xC3\xB4te: a\nsource: other\n"));
  CHECK(fields["attributes"].size() + fields["further_texts"].size() == 1000);
}

TEST_CASE("Import from tools: the same case a second time is noticed", "[e2e][import]") {
  Desk desk;
  const std::vector<std::string> import = {"import", Sample("thehive-case.json"), "--from",
                                           "thehive"};
  const json first = desk.ada->Json(import);
  const uint64_t size = LogSize(*desk.connection);

  const json second = desk.ada->Json(import);
  CHECK(second["repeated"] == 1);
  CHECK(second["incidents"] == first["incidents"]);
  CHECK(LogSize(*desk.connection) == size);

  const std::string changed = desk.ada->File("changed.json");
  WriteFile(changed, absl::StrReplaceAll(ReadFile(Sample("thehive-case.json")),
                                         {{"Finance has been told", "Finance knows"}}));
  const std::string number = first["incidents"][0].get<std::string>().substr(10);
  desk.ada->Refused(5, "'~41132112' was imported before as " + number + ",",
                    {"import", changed, "--from", "thehive"});
  CHECK(LogSize(*desk.connection) == size);
  const json copy = desk.ada->Json({"import", changed, "--from", "thehive", "--again"});
  CHECK(copy["incidents"] != first["incidents"]);
}

TEST_CASE("Import from tools: cut off in the middle and begun again", "[e2e][import]") {
  constexpr int kRows = 4000;
  Desk desk;
  std::string text = "time,text\n";
  for (int i = 0; i < kRows; ++i) absl::StrAppend(&text, "2024-01-01T10:00:00Z,row ", i, "\n");
  const std::string file = desk.ada->File("rows.csv");
  WriteFile(file, text);
  const uint64_t before = LogSize(*desk.connection);
  {
    Process import(desk.ada->CommandOf({"import", file, "--from", "csv"}),
                   desk.ada->File("import.err"));
    while (LogSize(*desk.connection) < before + 100 && !import.Wait(absl::ZeroDuration())) {
    }
    import.Signal(SIGKILL);
    REQUIRE(import.Wait(absl::Seconds(20)).has_value());
  }
  const uint64_t cut = LogSize(*desk.connection);
  CHECK(cut > before);
  CHECK(cut < before + kRows);

  const json told = desk.ada->Json({"import", file, "--from", "csv"});

  CHECK(told["repeated"] == 1);
  const std::vector<v1::Entry> written = Written(desk, told["incidents"][0]);
  REQUIRE(written.size() == kRows);
  for (int i = 0; i < kRows; ++i) {
    if (written[static_cast<size_t>(i)].text() != absl::StrCat("row ", i)) {
      FAIL_CHECK("row " << i << " is not in its place");
      break;
    }
  }
}

namespace {

json Totals(const std::string& records) {
  const Exit run =
      RunPython("tests/veris_totals.py", {records, absl::StrCat(absl::ToUnixSeconds(absl::Now()))});
  INFO(run.err);
  REQUIRE(run.code == 0);
  return json::parse(run.out);
}

void CheckYear(const Desk& desk, const std::string& year, const json& wanted) {
  INFO(year);
  const json period = desk.ada->Json({"report", "--quarter", year})["period"];
  CHECK(period["incidents"] == wanted["incidents"]);
  CHECK(period.value("by_kind", json::object()) == wanted["by_kind"]);
  CHECK(period.value("loss_known", 0) == wanted["loss_known"]);
  CHECK_THAT(period.value("loss_eur", 0.0),
             Catch::Matchers::WithinAbs(wanted["loss_eur"].get<double>(), 0.01));
  const json& detection = period["intervals"][0];
  REQUIRE(detection["name"] == "MTTD");
  CHECK(detection.value("count", 0) == wanted["detection_known"]);
  if (wanted["detection_median"].is_null()) return;
  CHECK_THAT(Seconds(detection["median"]),
             Catch::Matchers::WithinAbs(wanted["detection_median"].get<double>(), 1));
}

// Counts over the impact facts of all incidents.
std::map<std::string, size_t> FactCounts(const json& incidents, const std::string& key) {
  std::map<std::string, size_t> counts;
  for (const json& incident : incidents) {
    for (const json& fact : incident.value("impact", json::array())) {
      if (fact["key"] == key) ++counts[fact["value"].get<std::string>()];
    }
  }
  return counts;
}

// Imports a file of records and holds register, reports and facts against the script.
void CheckRecords(const std::string& records) {
  Desk desk;
  const json wanted = Totals(records);
  const absl::Time began = absl::Now();
  const json told = desk.ada->Json({"import", records, "--from", "veris", "--zone", "UTC"});
  std::cout << told["incidents"].size() << " records imported in "
            << absl::FormatDuration(absl::Trunc(absl::Now() - began, absl::Milliseconds(10)))
            << "\n";
  // In no figure.
  desk.ada->Do({"declare", "Only a drill", "--severity", "sev1", "--drill"});

  CHECK(told["incidents"].size() == wanted["incidents"]);
  CHECK(desk.ada->Json({"register"})["rows"].size() == wanted["incidents"]);
  for (const auto& [year, sums] : wanted["years"].items()) CheckYear(desk, year, sums);
  json incidents = json::array();
  v1::ListIncidentsRequest request;
  request.set_page_size(500);
  do {
    const auto page =
        MustCall(*desk.connection, &v1::IncidentService::Stub::ListIncidents, request);
    for (const v1::Incident& incident : page.incidents()) {
      json facts = json::array();
      for (const v1::ImpactFact& fact : incident.impact()) {
        facts.push_back({{"key", fact.key()}, {"value", fact.value()}});
      }
      incidents.push_back({{"impact", facts}});
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  CHECK(json(FactCounts(incidents, "veris_actor")) == wanted["by_actor"]);
  CHECK(json(FactCounts(incidents, "veris_discovery")) == wanted["by_discovery"]);
  int64_t lost = 0;
  size_t known = 0;
  for (const auto& [value, count] : FactCounts(incidents, "veris_records_lost")) {
    int64_t records_lost = 0;
    REQUIRE(absl::SimpleAtoi(value, &records_lost));
    lost += records_lost * static_cast<int64_t>(count);
    known += count;
  }
  CHECK(known == wanted["records_known"]);
  CHECK(lost == wanted["records_lost"].get<int64_t>());
  const uint64_t size = LogSize(*desk.connection);
  CHECK(desk.ada->Json({"import", records, "--from", "veris", "--zone", "UTC"})["repeated"] ==
        wanted["incidents"]);
  CHECK(LogSize(*desk.connection) == size);
}

}  // namespace

TEST_CASE("VERIS: register and reports add up to what the records say", "[e2e][import]") {
  CheckRecords(Sample("veris.jsonl"));
}

TEST_CASE("VERIS: so do five hundred incidents of the VERIS Community Database", "[e2e][import]") {
  // Not ours to copy: it lies beside the checkout only where the product is developed.
  const std::string records = TOCSIN_SOURCE_DIR "/../shared/data/vcdb-sample.jsonl";
  if (!std::filesystem::exists(records)) {
    std::cout << "not run: "
              << "../shared/data/vcdb-sample.jsonl is not there\n";
    return;
  }
  CheckRecords(records);
}

}  // namespace tocsin::e2e
