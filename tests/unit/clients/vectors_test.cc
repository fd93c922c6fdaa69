#include "clients/cli/vectors.h"

#include <fstream>
#include <sstream>

#include "clients/core/proto_time.h"
#include "server/base/error.h"
#include "server/base/time_text.h"
#include "tests/support/catch.h"

namespace tocsin::cli {
namespace {

constexpr char kHeader[] =
    "id,regime,stage,entity_kind,event_times,time_zone,holidays,expected_due_utc,rule,note\n";

Vector Row(const std::string& line) {
  const auto vectors = ParseVectors(kHeader + line, "");
  REQUIRE(vectors.ok());
  REQUIRE(vectors->size() == 1);
  return vectors->front();
}

v1::ComputeDeadlineResponse Answer(const char* rule, const char* instant) {
  v1::ComputeDeadlineResponse response;
  response.add_readings()->set_rule("latest.other:1:aware");
  auto* reading = response.add_readings();
  reading->set_rule(rule);
  if (instant != nullptr) *reading->mutable_time() = client::ToProto(*ParseInstant(instant));
  return response;
}

TEST_CASE("ParseVectors: a row becomes the request", "[clients][vectors]") {
  const Vector vector = Row(
      "N-1,NIS2,final,essential,notification_submitted=2026-06-03T10:00:00Z;handled=2026-10-31T09:"
      "00:00Z,Europe/Brussels,BE:none,2026-11-30T09:00:00Z,due.months:1:handled,\"a, b\"\n");

  CHECK(vector.id == "N-1");
  CHECK(vector.line == 2);
  CHECK(vector.request.regime() == "nis2");
  CHECK(vector.request.stage() == "final");
  CHECK(vector.request.entity_kind() == "essential");
  CHECK(vector.request.events().at("handled") == "2026-10-31T09:00:00Z");
  CHECK(vector.request.events().size() == 2);
  CHECK(vector.request.time_zone() == "Europe/Brussels");
  CHECK(vector.request.holidays() == "BE:none");
  CHECK(vector.rule == "due.months:1:handled");
}

TEST_CASE("ParseVectors: only the rows of the regime, which must exist", "[clients][vectors]") {
  const std::string rows =
      "a,NIS2,s,e,aware=2026-06-03T10:00:00Z,UTC,-,none,none,\n"
      "b,GDPR,s,e,aware=2026-06-03T10:00:00Z,UTC,-,none,none,\n";
  CHECK(ParseVectors(kHeader + rows, "")->size() == 2);
  CHECK(ParseVectors(kHeader + rows, "gdpr")->front().id == "b");
  CHECK(ReasonOf(ParseVectors(kHeader + rows, "DORA").status()) == "NO_VECTORS");
}

TEST_CASE("ParseVectors: a broken event names its line", "[clients][vectors]") {
  const auto vectors =
      ParseVectors(std::string(kHeader) + "a,NIS2,s,e,aware,UTC,-,none,none,\n", "");
  CHECK(ReasonOf(vectors.status()) == "BAD_EVENT");
  CHECK_THAT(std::string(vectors.status().message()), ContainsSubstring("line 2"));
  const auto twice =
      ParseVectors(std::string(kHeader) + "a,NIS2,s,e,x=1;x=2,UTC,-,none,none,\n", "");
  CHECK(ReasonOf(twice.status()) == "EVENT_TWICE");
}

TEST_CASE("ParseVectors: reads the whole file of test cases", "[clients][vectors]") {
  std::ifstream file(TOCSIN_SOURCE_DIR "/tests/data/deadline-vectors.csv");
  std::stringstream text;
  text << file.rdbuf();

  const auto all = ParseVectors(text.str(), "");
  const auto nis2 = ParseVectors(text.str(), "NIS2");

  REQUIRE(all.ok());
  REQUIRE(nis2.ok());
  CHECK(all->size() > nis2->size());
  CHECK(nis2->size() > 50);
}

TEST_CASE("Compare: the reading of the row's rule must have the expected time",
          "[clients][vectors]") {
  const Vector vector = Row("a,NIS2,s,e,aware=x,UTC,-,2026-06-11T08:15:00Z,due.hours:24:aware,\n");
  CHECK(Compare(vector, Answer("due.hours:24:aware", "2026-06-11T08:15:00Z")).empty());
  CHECK_THAT(Compare(vector, Answer("due.hours:24:aware", "2026-06-11T08:15:01Z")),
             ContainsSubstring("got 2026-06-11T08:15:01Z"));
  CHECK_THAT(Compare(vector, Answer("due.hours:24:aware", nullptr)), ContainsSubstring("got none"));
  CHECK_THAT(Compare(vector, Answer("due.hours:72:aware", "2026-06-11T08:15:00Z")),
             ContainsSubstring("got readings latest.other:1:aware, due.hours:72:aware"));
  CHECK_THAT(Compare(vector, NotFound("UNKNOWN_REGIME", "no such regime", "")),
             ContainsSubstring("got refused with UNKNOWN_REGIME"));
}

TEST_CASE("Compare: none means a reading without a date", "[clients][vectors]") {
  const Vector vector = Row("a,NIS2,s,e,aware=x,UTC,-,none,none,\n");
  CHECK(Compare(vector, Answer("none", nullptr)).empty());
  CHECK_FALSE(Compare(vector, Answer("none", "2026-06-11T08:15:00Z")).empty());
  CHECK_FALSE(Compare(vector, v1::ComputeDeadlineResponse()).empty());
}

TEST_CASE("Compare: error means refused with that reason", "[clients][vectors]") {
  const Vector vector = Row("a,NIS2,s,e,aware=x,UTC,-,error,error:no_offset,\n");
  CHECK(Compare(vector, InvalidArgument("NO_OFFSET", "m", "n")).empty());
  CHECK_THAT(Compare(vector, InvalidArgument("INVALID_DATE", "m", "n")),
             ContainsSubstring("expected to be refused with NO_OFFSET"));
  CHECK_FALSE(Compare(vector, Answer("due.hours:24:aware", "2026-06-11T08:15:00Z")).empty());
}

}  // namespace
}  // namespace tocsin::cli
