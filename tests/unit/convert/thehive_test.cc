#include "tests/unit/convert/convert_fixture.h"

namespace tocsin::convert {
namespace {

constexpr SourceFormat kFormat = SourceFormat::kThehive;

TEST_CASE("TheHive: a case with all that hangs on it", "[convert]") {
  const Conversion all = MustConvert(kFormat, SampleForTest("thehive-case.json"));

  REQUIRE(all.incidents.size() == 1);
  const ImportedIncident& incident = all.incidents[0];
  CHECK(incident.source_id == "~41132112");
  CHECK(incident.title == "Phishing with a payload at finance");
  CHECK(incident.severity == Severity::kSev2);
  CHECK(incident.tlp == Tlp::kAmber);
  CHECK(incident.attributes.at("summary") ==
        "Three people in finance opened an invoice.\nOne host ran the payload.");
  CHECK(incident.attributes.at("customfields.1.value") == "Finance");
  CHECK(incident.attributes.at("status") == "TruePositive");
  REQUIRE(incident.anchors.size() == 2);
  CHECK(incident.anchors[0].anchor == "occurred");
  CHECK(incident.anchors[0].time == At("2024-03-04T08:45:00Z"));
  CHECK(incident.anchors[1].anchor == "detected");
  CHECK(incident.anchors[1].time == At("2024-03-04T09:00:00Z"));
  CHECK(all.records == 9);
  CHECK(incident.entries.size() == 10);
}

TEST_CASE("TheHive: each kind of object has its kind of entry", "[convert]") {
  const Conversion all = MustConvert(kFormat, SampleForTest("thehive-case.json"));
  const ImportedIncident& incident = all.incidents[0];

  const PlannedEntry& task = EntryOf(incident, "Task: Isolate the host: FIN-07 first");
  CHECK(task.kind == EntryKind::kAction);
  CHECK(task.occur_time == At("2024-03-04T09:05:00Z"));
  CHECK(task.attributes.at("status") == "Completed");
  CHECK(task.attributes.at("assignee") == "lou@soc.example");
  CHECK(task.attributes.at("enddate") == "1709544000000");
  CHECK(task.attributes.at("source") == "thehive");
  CHECK(task.attributes.at("source_id") == "~501");
  const PlannedEntry& log = EntryOf(incident, "Image of FIN-07 taken");
  CHECK(log.kind == EntryKind::kAction);
  CHECK(log.attributes.at("actor") == "lou@soc.example");
  CHECK(log.attributes.at("attachments.1.name") == "fin-07.E01");
  const PlannedEntry& address = EntryOf(incident, "Observable, ip: 192.0.2.44");
  CHECK(address.kind == EntryKind::kEvidence);
  CHECK(address.attributes.at("ip") == "192.0.2.44");
  CHECK(address.tlp == Tlp::kRed);
  const PlannedEntry& file = EntryOf(incident, "Observable, file: invoice.iso");
  CHECK(file.attributes.at("attachment.hashes").substr(0, 8) == "6b86b273");
  const PlannedEntry& technique = EntryOf(incident, "Technique T1566.001 Spearphishing Attachment");
  CHECK(technique.kind == EntryKind::kAttackerActivity);
  CHECK(technique.attributes.at("technique") == "T1566.001");
  CHECK(EntryOf(incident, "Finance has been told").kind == EntryKind::kCommunication);
  CHECK(EntryOf(incident, "Page: What we know").kind == EntryKind::kObservation);
  CHECK(EntryOf(incident, "Case closed in TheHive: Contained").kind == EntryKind::kReview);
  const bool ordered =
      std::is_sorted(incident.entries.begin(), incident.entries.end(),
                     [](const auto& a, const auto& b) { return *a.occur_time < *b.occur_time; });
  CHECK(ordered);
}

TEST_CASE("TheHive: what has no place of its own is counted by its field", "[convert]") {
  const Conversion all = MustConvert(kFormat, SampleForTest("thehive-case.json"));

  CHECK(all.in_attributes.at("case.pap") == 1);
  CHECK(all.in_attributes.at("case.customFields.value") == 2);
  CHECK(all.in_attributes.at("tasks.logs.attachments.size") == 1);
  CHECK(all.in_attributes.at("observables.tags") == 1);
  CHECK(all.in_texts.empty());
}

TEST_CASE("TheHive: the case alone with its lists inside is read as well", "[convert]") {
  const Conversion all = MustConvert(kFormat, R"({"_id": "~1", "title": "T", "severity": 4,
      "tlp": 3, "tasks": [{"_id": "~2", "title": "x", "taskLogs": [{"message": "m",
      "date": 1709543400000}]}], "observables": "none"})");

  const ImportedIncident& incident = all.incidents[0];
  CHECK(incident.severity == Severity::kSev1);
  CHECK(incident.tlp == Tlp::kRed);
  CHECK(incident.entries.size() == 3);
  CHECK(incident.anchors.empty());
  CHECK(incident.attributes.at("observables") == "none");
}

TEST_CASE("TheHive: one bad record refuses the file and is named", "[convert]") {
  CHECK(Refusal(kFormat, R"({"case": {"_id": "~1"}})") == "case: case.title: is missing");
  CHECK(Refusal(kFormat, R"({"case": {"title": "T"}})") == "case: case._id: is missing");
  CHECK(Refusal(kFormat, "[]") == "case: $: is not an object; one case is read at a time");
  CHECK(Refusal(kFormat, R"({"case": {"_id": "~1", "title": "T"}, "tasks": [{"title": "a",
      "logs": [{"message": "m"}, {"message": " "}]}]})") ==
        "case: tasks[0].logs[1]: has no message");
  CHECK_THAT(Refusal(kFormat, R"({"_id": "~1", "title": "T", "startDate": 1709542800})"),
             ContainsSubstring("case.startDate: '1709542800' is too small for milliseconds"));
  CHECK_THAT(Refusal(kFormat, R"({"_id": "~1", "title": "T", "startDate": 1909542800000})"),
             ContainsSubstring("lies in the future"));
  CHECK_THAT(Refusal(kFormat, "PK\x03\x04 archive"), ContainsSubstring(".thar"));
  CHECK_THAT(Refusal(kFormat, "{\"_id\": \"~1\",\n \"title\": }"),
             ContainsSubstring("case: line 2, column"));
}

}  // namespace
}  // namespace tocsin::convert
