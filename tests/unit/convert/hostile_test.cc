// What no tool writes on purpose: every text must become one that the server takes, or be refused
// by name, and nothing may get lost on the way.
#include "clients/convert/recorder.h"
#include "server/base/text.h"
#include "tests/unit/convert/convert_fixture.h"

namespace tocsin::convert {
namespace {

constexpr SourceFormat kCsv = SourceFormat::kCsv;
constexpr size_t kAttributesMax = 32;

// The server's limits, each entry and incident held against them.
void CheckTaken(const ImportedIncident& incident) {
  const auto attributes_taken = [](const std::map<std::string, std::string>& attributes) {
    CHECK(attributes.size() <= kAttributesMax);
    for (const auto& [key, value] : attributes) {
      CHECK(key.size() <= 64);
      CHECK(key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.-") == std::string::npos);
      CHECK(CheckText(key, value, {.bytes_max = 4096, .may_be_empty = true}).ok());
    }
  };
  CHECK(CheckLine("title", incident.title).ok());
  attributes_taken(incident.attributes);
  for (const PlannedEntry& entry : incident.entries) {
    const absl::Status taken = CheckText("text", entry.text);
    INFO(taken);
    CHECK(taken.ok());
    attributes_taken(entry.attributes);
  }
}

TEST_CASE("Hostile: control characters and marks that reorder text show", "[convert]") {
  const Conversion all = MustConvert(
      kCsv, "time,text,host\n2024-01-01,\"a\x1b[31mred\xE2\x80\xAE txt.exe\r\nb\x7f\",\"h\x01\"\n");

  const PlannedEntry& entry = all.incidents[0].entries[0];
  CHECK(entry.text == "a\\u001b[31mred\\u202e txt.exe\nb\\u007f");
  CHECK(entry.attributes.at("host") == "h\\u0001");
  CHECK(all.remarks.size() == 1);
  CheckTaken(all.incidents[0]);
}

TEST_CASE("Hostile: a text of five megabytes is continued, whole", "[convert]") {
  const std::string huge = std::string(2'500'000, 'w') + "\xC3\xA9" + std::string(2'500'000, 'x');

  const Conversion all = MustConvert(kCsv, "time,text\n2024-01-01," + huge + "\n");

  const ImportedIncident& incident = all.incidents[0];
  CheckTaken(incident);
  std::string joined;
  for (const PlannedEntry& entry : incident.entries) {
    joined += entry.text;
    CHECK(entry.occur_time == At("2024-01-01T00:00:00Z"));
    CHECK(entry.attributes.at("line") == "2");
  }
  CHECK(joined == huge);
  CHECK(incident.entries.front().attributes.at("part") ==
        absl::StrCat("1/", incident.entries.size()));
  CHECK(incident.entries.size() < 90);
}

TEST_CASE("Hostile: a field that is too large, and more fields than fit, become text",
          "[convert]") {
  std::string header = "time,text,big";
  std::string row = "2024-01-01,t," + std::string(5000, 'b');
  for (int i = 0; i < 60; ++i) {
    absl::StrAppend(&header, ",c", i);
    absl::StrAppend(&row, ",v", i);
  }

  const Conversion all = MustConvert(kCsv, header + "\n" + row + "\n");

  const ImportedIncident& incident = all.incidents[0];
  CheckTaken(incident);
  REQUIRE(incident.entries.size() == 2);
  const std::string& rest = incident.entries[1].text;
  CHECK_THAT(rest, ContainsSubstring("Further fields of line 2:\n"));
  CHECK_THAT(rest, ContainsSubstring("big: " + std::string(5000, 'b')));
  for (int i = 0; i < 60; ++i) {
    const std::string key = absl::StrCat("c", i);
    const bool attribute = incident.entries[0].attributes.contains(key);
    const bool text = rest.find(absl::StrCat("\n", key, ": v", i, "\n")) != std::string::npos;
    INFO(key);
    CHECK(attribute != text);
  }
  CHECK(all.in_attributes.size() + all.in_texts.size() == 61);
}

TEST_CASE("Hostile: names that no attribute can have keep their own name in the text",
          "[convert]") {
  const Conversion all =
      MustConvert(kCsv, "time,text,H\xC3\xB4te,Name,name,source\n2024-01-01,t,a,b,c,other\n");

  const ImportedIncident& incident = all.incidents[0];
  CheckTaken(incident);
  CHECK(incident.entries[0].attributes.at("name") == "b");
  CHECK(incident.entries[0].attributes.at("source") == "csv");
  CHECK(incident.entries[1].text ==
        "Further fields of line 2:\nH\xC3\xB4te: a\nname: c\nsource: other\n");
}

TEST_CASE("Hostile: what is not UTF-8 is refused with its line", "[convert]") {
  CHECK(Refusal(kCsv, "time,text\n2024-01-01,ok\n2024-01-01,\xff\xfe\n") ==
        "case: line 3: is not UTF-8; save the file as UTF-8");
  CHECK_THAT(Refusal(kCsv, std::string("\xff\xfet\0i\0", 6)), ContainsSubstring("UTF-16"));
  CHECK_THAT(Refusal(SourceFormat::kThehive, "{\"title\": \"\xc3\"}"),
             ContainsSubstring("line 1: is not UTF-8"));
}

TEST_CASE("Hostile: JSON nested without end is refused", "[convert]") {
  std::string deep = R"({"case": {"name": "N", "custom_attributes": )";
  for (int i = 0; i < 100'000; ++i) deep += R"({"a":)";
  CHECK_THAT(Refusal(SourceFormat::kIris, deep), ContainsSubstring("nested deeper than 64"));
}

TEST_CASE("Hostile: a title of a megabyte and a case of a thousand fields", "[convert]") {
  std::string json = R"({"_id": "~1", "title": ")" + std::string(1'000'000, 't') + "\"";
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&json, ", \"f", i, "\": \"v", i, "\"");

  const Conversion all = MustConvert(SourceFormat::kThehive, json + "}");

  const ImportedIncident& incident = all.incidents[0];
  CheckTaken(incident);
  // Two more that the server adds.
  CHECK(incident.attributes.size() <= kAttributesMax - 2);
  size_t titles = 0;
  for (const PlannedEntry& entry : incident.entries) {
    titles += static_cast<size_t>(std::count(entry.text.begin(), entry.text.end(), 't'));
  }
  CHECK(titles >= 1'000'000);
  CHECK(all.in_attributes.size() + all.in_texts.size() == 1000);
}

TEST_CASE("Hostile: the digest of the content tells any difference", "[convert]") {
  const auto digest = [](const std::string& text) {
    return MustConvert(kCsv, "time,text,a\n" + text).incidents[0].attributes.at("content_sha256");
  };
  CHECK(digest("2024-01-01,t,x\n") == digest("2024-01-01,t,x\n"));
  CHECK(digest("2024-01-01,t,x\n") != digest("2024-01-01,t,y\n"));
  CHECK(digest("2024-01-01,t,x\n") != digest("2024-01-02,t,x\n"));
}

}  // namespace
}  // namespace tocsin::convert
