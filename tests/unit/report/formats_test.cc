// CSV, Timesketch and STIX: the entries for other programs.
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "clients/report/csv.h"
#include "clients/report/redact.h"
#include "clients/report/stix.h"
#include "clients/report/timesketch.h"
#include "tests/support/catch.h"
#include "tests/unit/report/sample_bundles.h"
#include "tests/unit/report/sample_text.h"

namespace tocsin::report {
namespace {

using nlohmann::json;

Bundle Read(const std::string& text) {
  auto bundle = ReadBundle(text);
  REQUIRE(bundle.ok());
  return *std::move(bundle);
}

Bundle File(const std::string& name) {
  return Read(ReadText(ReportFolder() / name));
}

// RFC 4180, read strictly: quoted fields with doubled quotes, CRLF at the end of every record.
std::vector<std::vector<std::string>> ReadCsv(std::string_view text) {
  std::vector<std::vector<std::string>> rows(1);
  while (!text.empty()) {
    std::string field;
    if (text[0] == '"') {
      for (text.remove_prefix(1);; text.remove_prefix(1)) {
        REQUIRE_FALSE(text.empty());
        if (text[0] == '"' && text.substr(0, 2) != "\"\"") break;
        if (text[0] == '"') text.remove_prefix(1);
        field += text[0];
      }
      text.remove_prefix(1);
    } else {
      const size_t end = text.find_first_of(",\r\n\"");
      REQUIRE(end != text.npos);
      field = std::string(text.substr(0, end));
      text.remove_prefix(end);
    }
    rows.back().push_back(std::move(field));
    if (text[0] == ',') {
      text.remove_prefix(1);
      continue;
    }
    REQUIRE(text.substr(0, 2) == "\r\n");
    text.remove_prefix(2);
    if (!text.empty()) rows.emplace_back();
  }
  return rows;
}

TEST_CASE("RenderCsv: every row has every column, and no cell is a formula") {
  const Bundle bundle = File("hostile.json");

  const auto rows = ReadCsv(RenderCsv(bundle));

  REQUIRE(rows.size() == bundle.entries.size() + 1);
  CHECK(rows[0][0] == "entry");
  for (const auto& row : rows) {
    REQUIRE(row.size() == rows[0].size());
    for (const std::string& cell : row) {
      INFO(cell);
      CHECK((cell.empty() || std::string("=+-@\t\r\n|%").find(cell[0]) == std::string::npos));
    }
  }
}

TEST_CASE("RenderCsv: every row of a drill says so, no other row does") {
  Bundle bundle = File("mixed.json");
  for (const bool drill : {false, true}) {
    bundle.incident.drill = drill;
    const auto rows = ReadCsv(RenderCsv(bundle));
    REQUIRE(rows.size() > 1);
    for (size_t i = 1; i < rows.size(); ++i) CHECK(rows[i].back() == (drill ? "DRILL" : ""));
  }
}

TEST_CASE("CsvField: quotes what it must and disarms formulas") {
  CHECK(CsvField("plain") == "plain");
  CHECK(CsvField("a,b") == "\"a,b\"");
  CHECK(CsvField("a\"b") == "\"a\"\"b\"");
  CHECK(CsvField("two\nlines") == "\"two\nlines\"");
  CHECK(CsvField("=1+1") == "\"'=1+1\"");
  CHECK(CsvField("-2+3") == "\"'-2+3\"");
  CHECK(CsvField("@SUM(A1)") == "\"'@SUM(A1)\"");
  CHECK(CsvField("\t=1") == "\"' =1\"");
  CHECK(CsvField("a\u202Eb") == "a\\u202Eb");
}

TEST_CASE("RenderCsv: withheld entries keep their row and hash") {
  const auto cut = CutToProfile(ReadText(ReportFolder() / "mixed.json"), Profiles().at("public"));
  REQUIRE(cut.ok());

  const auto rows = ReadCsv(RenderCsv(Read(*cut)));

  CHECK(rows[5][7] == "red");
  CHECK(rows[5][8] == "yes");
  CHECK(rows[5][9].empty());
  CHECK(rows[5][15].size() == 44);
}

TEST_CASE("RenderTimesketch: one object a line with the three fields that are demanded") {
  const Bundle bundle = File("hostile.json");
  const std::string text = RenderTimesketch(bundle);
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  REQUIRE(lines.back().empty());
  lines.pop_back();

  REQUIRE(lines.size() == bundle.entries.size());
  for (const std::string& line : lines) {
    const json object = json::parse(line);
    CHECK(object["message"].is_string());
    CHECK(object["timestamp_desc"].is_string());
    absl::Time time;
    std::string error;
    CHECK(
        absl::ParseTime(absl::RFC3339_full, object["datetime"].get<std::string>(), &time, &error));
    CHECK(object["drill"] == true);
  }
  const json second = json::parse(lines[1]);
  CHECK(second["corrected_by"] == 13);
  CHECK(second["timestamp_desc"] == "Occurred, as claimed");
}

TEST_CASE("RenderStix: ids are the same every time and name what is there") {
  const Bundle bundle = File("mixed.json");
  const std::string text = RenderStix(bundle);
  CHECK(RenderStix(bundle) == text);

  const json stix = json::parse(text);

  CHECK(stix["type"] == "bundle");
  std::map<std::string, std::string> types;
  for (const json& object : stix["objects"]) {
    const std::string id = object["id"];
    const std::string type = object["type"];
    CHECK(absl::StartsWith(id, type + "--"));
    CHECK(types.emplace(id, type).second);
    if (type != "marking-definition") CHECK(id[type.size() + 2 + 14] == '5');
  }
  for (const json& object : stix["objects"]) {
    for (const char* key : {"object_refs", "object_marking_refs"}) {
      for (const json& ref : object.value(key, json::array())) CHECK(types.count(ref) == 1);
    }
    if (object.contains("created_by_ref")) CHECK(types.at(object["created_by_ref"]) == "identity");
    if (object["type"] == "note") CHECK_FALSE(object["object_refs"].empty());
    if (object.contains("modified")) {
      CHECK(object["modified"].get<std::string>() >= object["created"].get<std::string>());
    }
  }
}

TEST_CASE("RenderStix: a correction is a later version of the same note, a retraction none") {
  json sample = SampleBundle();
  const json stix = json::parse(RenderStix(Read(sample.dump())));

  std::vector<json> notes;
  for (const json& object : stix["objects"]) {
    if (object["type"] == "note") notes.push_back(object);
  }

  REQUIRE(notes.size() == 1);
  CHECK(notes[0]["content"] == "Isolated 14 hosts");
  CHECK(notes[0]["created"] == "2026-06-10T08:40:00.000Z");
  CHECK(notes[0]["modified"] == "2026-06-10T08:41:00.000Z");
}

TEST_CASE("RenderStix: each object has the label of what it holds, the report the highest") {
  Bundle bundle;
  bundle.incident.tlp = Tlp::kAmber;
  const auto say = [](uint64_t sequence, Tlp tlp) {
    return EntryView{
        .sequence = sequence, .type = 11, .kind = EntryKind::kAction, .tlp = tlp, .text = "text"};
  };
  bundle.entries = {say(1, Tlp::kAmber), say(2, Tlp::kClear), say(3, Tlp::kRed)};
  bundle.entries[0].type = 10;
  const auto label = [&](const std::string& type) {
    const json stix = json::parse(RenderStix(bundle));
    std::string id;
    for (const json& object : stix["objects"]) {
      if (object["type"] == type) id = object["object_marking_refs"][0];
    }
    std::string name = "none";
    for (const json& object : stix["objects"]) {
      if (object["id"] == id) name = object["name"];
    }
    return name;
  };
  CHECK(label("incident") == "TLP:AMBER");
  CHECK(label("report") == "TLP:RED");

  // What is withheld says nothing.
  bundle.entries[0].withheld = true;
  bundle.entries[2].withheld = true;
  CHECK(label("incident") == "TLP:CLEAR");
  CHECK(label("note") == "TLP:CLEAR");
  CHECK(label("report") == "TLP:CLEAR");

  // A statement that was corrected out of sight is not passed on as if it held.
  bundle.entries[1].corrected_by = 3;
  CHECK(label("note") == "none");
}

TEST_CASE("RenderStix: indicators come from the impact fact and from attributes") {
  json sample = SampleBundle();
  sample["incident"]["impact"].push_back(
      {{"key", "indicators"},
       {"value", "198.51.100.7, evil[.]example; hxxps://evil.example/a?b=1 and version 10.3"},
       {"sequence", "2"}});
  sample["entries"][1]["view"]["attributes"]["sha256"] = std::string(64, 'A');
  const json stix = json::parse(RenderStix(Read(sample.dump())));

  std::set<std::string> patterns;
  for (const json& object : stix["objects"]) {
    if (object["type"] == "indicator") patterns.insert(object["pattern"].get<std::string>());
  }

  CHECK(patterns ==
        std::set<std::string>{"[ipv4-addr:value = '198.51.100.7']",
                              "[domain-name:value = 'evil.example']",
                              "[url:value = 'https://evil.example/a?b=1']",
                              "[file:hashes.'SHA-256' = '" + std::string(64, 'a') + "']"});
}

TEST_CASE("StixPattern: only what is surely one") {
  CHECK(StixPattern("2001:DB8::1") == "[ipv6-addr:value = '2001:db8::1']");
  CHECK(StixPattern(std::string(32, '0')) == "[file:hashes.MD5 = '" + std::string(32, '0') + "']");
  CHECK(StixPattern("server.exe.").empty());
  CHECK(StixPattern("10.3").empty());
  CHECK(StixPattern("300.1.1.1").empty());
  CHECK(StixPattern("word").empty());
  CHECK(StixPattern("javascript:alert('1')").empty());
  CHECK(StixPattern("").empty());
}

}  // namespace
}  // namespace tocsin::report
