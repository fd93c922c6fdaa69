#include "absl/strings/str_replace.h"
#include "tests/unit/convert/convert_fixture.h"

namespace tocsin::convert {
namespace {

constexpr SourceFormat kFormat = SourceFormat::kIris;

TEST_CASE("IRIS: a case with timeline, indicators, assets, evidence, tasks and notes",
          "[convert]") {
  const Conversion all = MustConvert(kFormat, SampleForTest("iris-case.json"));

  REQUIRE(all.incidents.size() == 1);
  const ImportedIncident& incident = all.incidents[0];
  CHECK(incident.title == "#12 - Ransomware at the depot");
  CHECK(incident.source_id == "#12 - Ransomware at the depot / Depot Ltd / 2024-03-05");
  CHECK(incident.attributes.at("organisation") == "Depot Ltd");
  CHECK(incident.attributes.at("custom_attributes.insurance.claim.value") == "C-99");
  CHECK(incident.attributes.at("export_date") == "2024-04-01T07:00:00.000000");
  CHECK(incident.entries.size() == 10);
  const PlannedEntry& logon = EntryOf(incident, "VPN logon with a stolen account");
  CHECK(logon.kind == EntryKind::kAttackerActivity);
  CHECK(logon.occur_time == At("2024-03-04T21:14:09Z"));
  CHECK(logon.attributes.at("stated_time") == "2024-03-04T22:14:09.000000+01:00");
  CHECK(logon.attributes.at("assets") == "VPN01 (Firewall)");
  CHECK(EntryOf(incident, "FS01 switched off: by hand").kind == EntryKind::kAction);
  CHECK(EntryOf(incident, "Encryption begins").attributes.at("event_raw") == "evt 4663");
  CHECK(EntryOf(incident, "Indicator, ip-dst").attributes.at("ip") == "198.51.100.23");
  CHECK(EntryOf(incident, "Evidence: depot").attributes.at("sha256").substr(0, 8) == "ba7816bf");
  CHECK(EntryOf(incident, "Asset: FS01 (Windows - Server): file server")
            .attributes.at("compromised") == "true");
  CHECK(EntryOf(incident, "Task: Restore").attributes.at("task_close_date").size() == 26);
  CHECK(EntryOf(incident, "Note: Call with the insurer").kind == EntryKind::kObservation);
  const PlannedEntry& opened = EntryOf(incident, "Case in DFIR-IRIS");
  CHECK(opened.precision == Precision::kDay);
  CHECK(all.in_attributes.at("timeline.event_source") == 2);
}

TEST_CASE("IRIS: the detection is the opening of the case, unless the attacker came later",
          "[convert]") {
  const Conversion all = MustConvert(kFormat, SampleForTest("iris-case.json"));

  const auto& anchors = all.incidents[0].anchors;
  REQUIRE(anchors.size() == 2);
  CHECK(anchors[0].time == At("2024-03-04T21:14:09Z"));
  CHECK(anchors[1].time == At("2024-03-05T00:00:00Z"));
  CHECK_THAT(anchors[1].because, ContainsSubstring("exact to the day"));
}

TEST_CASE("IRIS: times without an offset need a zone", "[convert]") {
  Options options = OptionsForTest();
  options.zone.reset();
  CHECK_THAT(Refusal(kFormat, SampleForTest("iris-case.json"), options),
             ContainsSubstring("case.open_date: '2024-03-05' states no offset"));
}

TEST_CASE("IRIS: the three statements of an event's time must agree", "[convert]") {
  const std::string broken = absl::StrReplaceAll(
      SampleForTest("iris-case.json"), {{"2024-03-04T21:14:09.000000\"", "2024-03-04T22:14:09\""}});
  CHECK_THAT(Refusal(kFormat, broken),
             ContainsSubstring("timeline[0].event_date: '2024-03-04T22:14:09' in UTC is not"));
}

TEST_CASE("IRIS: an answer of the API, with ids and severity", "[convert]") {
  const Conversion all = MustConvert(kFormat, R"({"status": "success", "data": {"case":
      {"name": "N", "case_uuid": "u-1", "severity": "High"}, "iocs": [{"ioc_value": "x.example",
      "ioc_type": "domain", "ioc_tlp": "amber+strict"}], "comments": [{"text": "kept"}]}})");

  const ImportedIncident& incident = all.incidents[0];
  CHECK(incident.source_id == "u-1");
  CHECK(incident.severity == Severity::kSev2);
  CHECK(EntryOf(incident, "Indicator, domain").tlp == Tlp::kAmberStrict);
  CHECK(incident.attributes.at("status") == "success");
  CHECK(incident.attributes.at("comments.1.text") == "kept");
}

TEST_CASE("IRIS: one bad record refuses the file and is named", "[convert]") {
  CHECK(Refusal(kFormat, R"({"timeline": []})") ==
        "case: case: is missing; one exported case is read at a time");
  CHECK(Refusal(kFormat, R"({"case": {"name": "N"}, "timeline": [{"event_title": " "}]})") ==
        "case: timeline[0]: has neither event_title nor event_content");
  CHECK(Refusal(kFormat, R"({"case": {"name": "N"}, "notes": [{"note_title": "t"}, 7]})") ==
        "case: notes[1]: is not an object");
}

}  // namespace
}  // namespace tocsin::convert
