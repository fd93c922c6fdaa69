#include "tests/unit/convert/convert_fixture.h"

namespace tocsin::convert {
namespace {

constexpr SourceFormat kSketch = SourceFormat::kTimesketch;
constexpr SourceFormat kCsv = SourceFormat::kCsv;

Options Mapped() {
  Options options = OptionsForTest();
  options.mapping.columns = {{"time", "When"},
                             {"text", "What happened"},
                             {"kind", "Type"},
                             {"actor", "Who"},
                             {"tlp", "Marking"}};
  options.mapping.kinds = {{"Alert", EntryKind::kDetection}, {"Work", EntryKind::kAction}};
  return options;
}

TEST_CASE("Timesketch: known columns have their place, the others are attributes", "[convert]") {
  Options options = OptionsForTest();
  options.file = "/tmp/exports/sketch.csv";
  options.zone.reset();

  const Conversion all = MustConvert(kSketch, SampleForTest("timesketch.csv"), options);

  const ImportedIncident& incident = all.incidents[0];
  CHECK(incident.title == "sketch.csv");
  CHECK(incident.source_id == all.digest.Hex());
  REQUIRE(incident.entries.size() == 3);
  const PlannedEntry& logon = EntryOf(incident, "Logon of svc-backup, type 10");
  CHECK(logon.occur_time == At("2024-03-04T21:14:09Z") + absl::Milliseconds(512));
  CHECK(logon.attributes.at("tag") == "['suspicious']");
  CHECK(logon.attributes.at("timestamp_desc") == "Event Logged");
  CHECK(logon.attributes.at("_index") == "f00d");
  CHECK(logon.attributes.at("source_id") == "AY1");
  CHECK(logon.attributes.at("line") == "2");
  const PlannedEntry& file = EntryOf(incident, "A file with a \"quoted\" name\non two lines");
  CHECK(file.occur_time == At("2024-03-04T22:06:40Z"));
  CHECK(all.in_attributes.at("tag") == 3);
  CHECK(all.in_attributes.at("username") == 2);
  CHECK(all.in_attributes.at("timestamp") == 3);
  CHECK(all.records == 3);
}

TEST_CASE("CSV: a mapping, semicolons, a byte order mark and CRLF", "[convert]") {
  const Conversion all = MustConvert(kCsv, SampleForTest("events.csv"), Mapped());

  const ImportedIncident& incident = all.incidents[0];
  REQUIRE(incident.entries.size() == 4);
  const PlannedEntry& call = incident.entries[0];
  CHECK(call.text == "The help desk calls: mail does not open");
  CHECK(call.kind == EntryKind::kDetection);
  CHECK(call.precision == Precision::kMinute);
  CHECK(call.tlp == Tlp::kGreen);
  CHECK(call.attributes.at("actor") == "help desk");
  CHECK(call.attributes.at("ticket") == "4711");
  CHECK(call.attributes.at("kind_stated") == "Alert");
  CHECK(incident.entries[1].text == "Host taken off; cable pulled");
  CHECK(incident.entries[2].precision == Precision::kDay);
  CHECK_FALSE(incident.entries[3].occur_time.has_value());
  CHECK(incident.entries[3].attributes.at("kind_stated") == "Guess");
  CHECK(all.remarks.at("rows without a time, recorded without one") == 1);
  CHECK(all.in_attributes == std::map<std::string, size_t>{{"Ticket", 2}});
  REQUIRE(incident.anchors.size() == 1);
  CHECK(incident.anchors[0].anchor == "detected");
}

TEST_CASE("CSV: columns that are named as our keys need no mapping", "[convert]") {
  const Conversion all = MustConvert(
      kCsv,
      "time,text,kind,precision\n2024-01-01T10:00:00Z,a,Decision,hour\n2024-01-02,b,,second\n");

  CHECK(all.incidents[0].entries[0].kind == EntryKind::kDecision);
  CHECK(all.incidents[0].entries[0].precision == Precision::kHour);
  CHECK(all.incidents[0].entries[1].precision == Precision::kDay);
}

TEST_CASE("CSV: columns that are not there are named with what is near", "[convert]") {
  Options options = OptionsForTest();
  options.mapping.columns = {{"time", "Whan"}, {"text", "What"}};
  CHECK(Refusal(kCsv, "When,What\n2024-01-01,x\n", options) ==
        "case: line 1: there is no column 'Whan' for time; did you mean 'When'?");
  CHECK_THAT(Refusal(kCsv, "a,b\n1,2\n"), ContainsSubstring("--column text=HEADER"));
  CHECK_THAT(Refusal(kCsv, "text,b\n1,2\n"), ContainsSubstring("--column time=HEADER"));
  options.mapping.columns = {{"time", "When"}, {"text", "When"}};
  CHECK_THAT(Refusal(kCsv, "When,What\n2024-01-01,x\n", options),
             ContainsSubstring("is named for text and for time"));
}

TEST_CASE("CSV: one bad row refuses the file and is named", "[convert]") {
  CHECK(Refusal(kCsv, "time,text\n2024-01-01,a\n2024-01-02,  \n") ==
        "case: line 3: the text is empty (column 'text')");
  CHECK_THAT(Refusal(kCsv, "time,text\n2024-01-01,a\n01/02/2024,b\n"),
             ContainsSubstring("case: line 3: '01/02/2024' is not a time"));
  CHECK_THAT(Refusal(kCsv, "time,text\n2091-01-01,a\n"), ContainsSubstring("lies in the future"));
  CHECK_THAT(Refusal(kCsv, "time,text,tlp\n2024-01-01,a,purple\n"),
             ContainsSubstring("line 2: the TLP is none of"));
  CHECK_THAT(Refusal(kCsv, "time,text\n"), ContainsSubstring("a header and no rows"));
  CHECK_THAT(Refusal(kCsv, ""), ContainsSubstring("the file is empty"));
}

TEST_CASE("CSV: times without an offset need a zone, and one moment in it", "[convert]") {
  Options options = OptionsForTest();
  options.zone.reset();
  const std::string text = "time,text\n2024-10-27 02:30:00,clocks go back\n";
  CHECK_THAT(Refusal(kCsv, text, options),
             ContainsSubstring("line 2: '2024-10-27 02:30:00' states"));
  absl::TimeZone zone;
  REQUIRE(absl::LoadTimeZone("Europe/Brussels", &zone));
  options.zone = zone;
  CHECK_THAT(Refusal(kCsv, text, options), ContainsSubstring("happened twice"));
}

TEST_CASE("CSV: times that the record cannot hold are kept as they were stated", "[convert]") {
  const Conversion all = MustConvert(kCsv, "time,text\n1601-01-01T00:00:00Z,never written\n");

  const PlannedEntry& entry = all.incidents[0].entries[0];
  CHECK_FALSE(entry.occur_time.has_value());
  CHECK(entry.attributes.at("stated_time") == "1601-01-01T00:00:00Z");
  CHECK(all.remarks.size() == 1);
}

TEST_CASE("CSV: ten thousand rows", "[convert]") {
  std::string text = "time,text,host\n";
  for (int i = 0; i < 10'000; ++i) {
    absl::StrAppend(&text, "2024-01-01T00:00:00Z,row ", i, ",h", i % 7, "\n");
  }

  const Conversion all = MustConvert(kCsv, text);

  REQUIRE(all.incidents[0].entries.size() == 10'000);
  // The same time: the order of the file.
  CHECK(all.incidents[0].entries[9'999].text == "row 9999");
  CHECK(all.in_attributes.at("host") == 10'000);
}

}  // namespace
}  // namespace tocsin::convert
