#include "tests/unit/convert/convert_fixture.h"

namespace tocsin::convert {
namespace {

constexpr SourceFormat kFormat = SourceFormat::kVeris;

const ImportedIncident& Of(const Conversion& all, const std::string& id) {
  for (const ImportedIncident& incident : all.incidents) {
    if (incident.source_id == id) return incident;
  }
  FAIL("there is no " << id);
  return all.incidents.front();
}

std::string AnchorOf(const ImportedIncident& incident, const std::string& name) {
  for (const PlannedAnchor& anchor : incident.anchors) {
    if (anchor.anchor == name) return absl::FormatTime(anchor.time, absl::UTCTimeZone());
  }
  return "";
}

TEST_CASE("VERIS: a record in the form of the schema", "[convert]") {
  const Conversion all = MustConvert(kFormat, SampleForTest("veris.jsonl"));

  CHECK(all.incidents.size() == 8);
  const ImportedIncident& laptop = Of(all, "inv-0001");
  CHECK(laptop.title == "Hospital North: physical (Theft)");
  CHECK(laptop.severity == Severity::kSev4);
  CHECK(laptop.facts.at("incident_type") == "physical");
  CHECK(laptop.facts.at("veris_actor") == "external");
  CHECK(laptop.facts.at("veris_discovery") == "internal");
  CHECK(laptop.facts.at("veris_records_lost") == "1200");
  CHECK(laptop.facts.at("financial_loss_eur") == "5000.00");
  CHECK(laptop.facts.at("data_lost") == "Medical");
  CHECK(laptop.facts.at("availability_lost") == "yes");
  // Potentially is neither yes nor no.
  CHECK_FALSE(laptop.facts.contains("confidentiality_lost"));
  REQUIRE(laptop.entries.size() == 4);
  CHECK(laptop.entries[0].text == "A laptop was taken from a parked car.");
  CHECK(laptop.entries[0].precision == Precision::kDay);
  CHECK(laptop.entries[0].attributes.at("asset.assets.1.variety") == "U - Laptop");
  CHECK(laptop.entries[0].attributes.at("schema_version") == "1.3.7");
  CHECK(laptop.entries[1].text == "Discovered: internal (Reported by employee)");
  CHECK(laptop.entries[3].kind == EntryKind::kNotification);
  CHECK(laptop.entries[3].occur_time == At("2021-04-01T00:00:00Z"));
  CHECK(AnchorOf(laptop, "occurred").substr(0, 10) == "2021-03-09");
  CHECK(AnchorOf(laptop, "detected").substr(0, 10) == "2021-03-11");
}

TEST_CASE("VERIS: a record with lists of objects that have a type", "[convert]") {
  const Conversion all = MustConvert(kFormat, SampleForTest("veris.jsonl"));

  const ImportedIncident& supplier = Of(all, "inv-0004");
  CHECK(supplier.title == "Victim not named: malware (Backdoor, C2), hacking (Unknown)");
  CHECK(supplier.facts.at("incident_type") == "hacking, malware");
  CHECK(supplier.facts.at("veris_actor") == "external, partner");
  CHECK_FALSE(supplier.facts.contains("countries"));
  // In dollars.
  CHECK_FALSE(supplier.facts.contains("financial_loss_eur"));
  CHECK(supplier.entries[0].attributes.at("impact.overall_amount") == "250000");
  CHECK(AnchorOf(supplier, "detected").substr(0, 10) == "2022-04-28");
}

TEST_CASE("VERIS: what is only known to the year claims no day", "[convert]") {
  const Conversion all = MustConvert(kFormat, SampleForTest("veris.jsonl"));

  const ImportedIncident& bucket = Of(all, "inv-0003");
  CHECK_FALSE(bucket.entries[0].occur_time.has_value());
  CHECK(bucket.entries[0].attributes.at("stated_time") == "2022");
  REQUIRE(bucket.anchors.size() == 1);
  CHECK(AnchorOf(bucket, "occurred").substr(0, 10) == "2022-01-01");
  CHECK_THAT(bucket.anchors[0].because, ContainsSubstring("only the year is stated"));
  CHECK(Of(all, "inv-0005").entries[0].precision == Precision::kMonth);
  // Not exact to the day: no day of detection follows from it.
  CHECK(AnchorOf(Of(all, "inv-0002"), "detected").empty());
  CHECK(all.remarks.at("incidents of which only the year is stated, registered on its first day") ==
        2);
}

TEST_CASE("VERIS: a notification on no day of the calendar stays as it is stated", "[convert]") {
  const Conversion all = MustConvert(
      kFormat,
      R"({"id": "a", "year": 2020, "notification": {"year": 2020, "month": 5, "day": 243}})");

  const PlannedEntry& told = EntryOf(all.incidents[0], "Made known, 2020-05-243");
  CHECK_FALSE(told.occur_time.has_value());
  CHECK(told.attributes.at("stated_time") == "2020-05-243");
  CHECK(all.remarks.size() == 2);
}

TEST_CASE("VERIS: what no fact can hold is none", "[convert]") {
  const Conversion all =
      MustConvert(kFormat, R"({"id": "a", "year": 2020, "victim": "  ", "actor": [{"type": " "}],
      "impact": {"currency": "EUR", "overall_amount": 1e300},
      "attribute": [{"type": "confidentiality", "data_total": -5}]})");

  CHECK(all.incidents[0].title == "(no title)");
  CHECK(all.incidents[0].facts.empty());
  CHECK(all.incidents[0].entries[0].attributes.at("impact.overall_amount") == "1e300");
}

TEST_CASE("VERIS: alone and in a list", "[convert]") {
  const std::string one = R"({"incident_id": "a", "timeline": {"incident": {"year": 2020}}})";
  CHECK(MustConvert(kFormat, one).incidents.size() == 1);
  CHECK(MustConvert(kFormat, one + "\n").incidents.size() == 1);
  CHECK(MustConvert(kFormat, "[" + one + "]\n").incidents[0].title == "Victim not named");
  CHECK(MustConvert(kFormat, "{\n\"id\": \"b\",\n\"year\": 2020\n}\n").incidents.size() == 1);
}

TEST_CASE("VERIS: one bad record refuses the file and is named", "[convert]") {
  const std::string good = R"({"id": "a", "year": 2020})";
  CHECK(Refusal(kFormat, good + "\n{\"id\": \"b\"}\n") ==
        "case: line 2: has no year: timeline.incident.year or year");
  CHECK(Refusal(kFormat, good + "\n{\"year\": 2020}\n") ==
        "case: line 2: has no incident_id and no id");
  CHECK_THAT(Refusal(kFormat, good + "\n\n{\"id\": \"b\", \"year\":\n"),
             ContainsSubstring("case: line 3, column"));
  CHECK(Refusal(kFormat, good + "\n{\"id\": {\"x\": 1, \"x\": 2}}\n") ==
        "case: line 2: $.id: a key stands twice in this object");
  CHECK_THAT(Refusal(kFormat, R"({"id": "a", "year": 2020, "month": 13})"),
             ContainsSubstring("timeline.incident: '2020-13' is no date of the calendar"));
  CHECK_THAT(Refusal(kFormat, R"({"id": "a", "year": "soon"})"),
             ContainsSubstring("something else than numbers"));
  CHECK_THAT(Refusal(kFormat, good + "\n" + good + "\n"),
             ContainsSubstring("two incidents have the id 'a'"));
  Options options = OptionsForTest();
  options.zone.reset();
  CHECK_THAT(Refusal(kFormat, good, options), ContainsSubstring("--zone"));
}

}  // namespace
}  // namespace tocsin::convert
