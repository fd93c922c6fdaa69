#include "clients/report/bundle.h"

#include <string>

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/unit/report/sample_bundles.h"
#include "tests/unit/report/sample_text.h"

namespace tocsin::report {
namespace {

using nlohmann::json;

std::string Refusal(const json& bundle) {
  const auto read = ReadBundle(bundle.dump());
  REQUIRE_FALSE(read.ok());
  CHECK(ReasonOf(read.status()) == "BUNDLE_NOT_READ");
  return std::string(read.status().message());
}

TEST_CASE("ReadBundle: reads every part and passes over unknown fields") {
  const auto bundle = ReadBundle(SampleBundle().dump());

  REQUIRE(bundle.ok());
  CHECK(bundle->incident.number == "INC-2026-0001");
  CHECK(bundle->incident.severity == Severity::kSev1);
  CHECK(bundle->incident.drill);
  CHECK(bundle->incident.roles.at(0).role == "commander");
  CHECK(bundle->obligations.at(0).state == "met");
  CHECK(bundle->obligations.at(0).late_by == absl::Hours(1));
  CHECK(bundle->runs.at(0).steps.at(1).state == StepState::kSkipped);
  CHECK(bundle->review.findings.at(0).kind == FindingKind::kLucky);
  CHECK(bundle->review.findings.at(0).entries.empty());
  CHECK_FALSE(bundle->review.action_items.at(0).type.has_value());
  CHECK(bundle->entries.at(1).precision == Precision::kDay);
  CHECK(bundle->entries.at(1).corrected_by == 3);
  CHECK(bundle->log_size == "9");
  CHECK(bundle->log_root == "AAAA");
}

TEST_CASE("ReadBundle: who read the review, what findings rest on, whether it helped") {
  json sample = SampleBundle();
  json& review = sample["review"];
  review["published_by"] = "@ada";
  review["read_by"] = "@bob";
  review["findings"][0]["entries"] = {"2", "5"};
  review["action_items"][0]["type"] = "ACTION_TYPE_PREVENT";
  review["action_items"][0]["state"] = "not effective";
  review["action_items"][0]["helped_because"] = "it came again";
  const auto returned = ReadBundle(sample.dump());
  REQUIRE(returned.ok());
  CHECK(returned->review.read_by.empty());  // Whoever gave it back has not approved it.
  review["approved"] = true;
  const auto bundle = ReadBundle(sample.dump());
  REQUIRE(bundle.ok());
  CHECK(bundle->review.read_by == "@bob");
  CHECK(bundle->review.findings.at(0).entries == std::vector<uint64_t>{2, 5});
  CHECK(bundle->review.action_items.at(0).type == ActionType::kPrevent);
  CHECK(bundle->review.action_items.at(0).remark == "it came again");
  review["findings"][0]["entries"] = {"two"};
  CHECK_THAT(Refusal(sample), ContainsSubstring("review.findings[0].entries"));
}

TEST_CASE("ReadBundle: takes a severity and its change from the committed body") {
  const auto bundle = ReadBundle(ReadText(SampleFolder() / "unknown_fields.json"));

  // The bundles of the verifier's tests hold only what is signed; the rest of a real one is
  // missing.
  REQUIRE_FALSE(bundle.ok());
  CHECK(std::string(bundle.status().message()) == "bundle: export_time is not a time in UTC");

  json text = json::parse(ReadText(SampleFolder() / "valid.json"));
  text["export_time"] = "2026-06-11T10:00:00Z";
  text["incident"]["declare_time"] = "2026-06-11T10:00:00Z";
  const auto whole = ReadBundle(text.dump());
  REQUIRE(whole.ok());
  REQUIRE(whole->entries.at(5).change.has_value());
  CHECK(whole->entries.at(5).change->from == 1);
  CHECK(whole->entries.at(5).change->to == 3);
  CHECK(whole->entries.at(5).change->because == "hosts isolated");
}

TEST_CASE("ReadBundle: names the first field of a wrong form") {
  json bundle = SampleBundle();
  bundle["entries"][1]["view"]["text"] = 7;
  CHECK(Refusal(bundle) == "bundle: entries[1].view.text is not a text");

  bundle = SampleBundle();
  bundle["obligations"][0]["due_time"] = "tomorrow";
  CHECK(Refusal(bundle) == "bundle: obligations[0].due_time is not a time in UTC");

  bundle = SampleBundle();
  bundle["incident"]["severity"] = "SEVERITY_SEV9";
  CHECK(Refusal(bundle) == "bundle: incident.severity is not a known word");

  bundle = SampleBundle();
  bundle["runs"] = json::object();
  CHECK(Refusal(bundle) == "bundle: runs is not a list");

  bundle = SampleBundle();
  bundle["incident"]["attributes"]["summary"] = {1};
  CHECK(Refusal(bundle) == "bundle: incident.attributes is not an object of texts");

  bundle = SampleBundle();
  bundle["incident"]["anchors"][0]["sequence"] = "-1";
  CHECK(Refusal(bundle) == "bundle: incident.anchors[0].sequence is not a count as text");
}

TEST_CASE("ReadBundle: refuses another format, a note that is none, and text that is not JSON") {
  json bundle = SampleBundle();
  bundle["format"] = "tocsin-bundle/2";
  CHECK(Refusal(bundle) == "bundle: its format is not tocsin-bundle/1");

  bundle = SampleBundle();
  bundle["checkpoint"] = "x";
  CHECK(Refusal(bundle) == "bundle: checkpoint is not a signed note");

  CHECK(std::string(ReadBundle("{").status().message()) == "bundle: is not valid JSON in UTF-8");
  CHECK(std::string(ReadBundle(R"({"a":1,"a":2})").status().message()) ==
        "bundle: a key stands twice in one object");
}

}  // namespace
}  // namespace tocsin::report
