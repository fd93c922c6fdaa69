#include "server/regulation/compute.h"

#include "server/base/error.h"
#include "server/base/time_text.h"
#include "tests/support/catch.h"
#include "tests/unit/regulation/vectors.h"

namespace tocsin::regulation {
namespace {

StageQuestion Question() {
  StageQuestion question;
  question.stage = "final";
  question.entity_kind = "essential";
  question.events["notification_submitted"] = "2026-01-31T10:00:00+01:00";
  question.zone = "Europe/Brussels";
  return question;
}

TEST_CASE("ComputeStage: gives each reading with rule, arithmetic and article", "[regulation]") {
  StageQuestion question = Question();
  question.holidays = "BE:none";
  const auto readings = ComputeStage(Nis2(), question, LoadZone);

  REQUIRE(readings.ok());
  REQUIRE(readings->size() == 2);
  CHECK(readings->at(0).rule == "due.months:1:notification_submitted");
  CHECK(FormatInstant(readings->at(0).value.value()) == "2026-02-28T09:00:00Z");
  CHECK(readings->at(0).article == "NIS2 23(4)(d)");
  CHECK_THAT(readings->at(0).arithmetic, ContainsSubstring("2026-02-28 09:00 UTC"));
  CHECK(readings->at(1).rule == "latest.months_roll:1:notification_submitted");
  CHECK(FormatInstant(readings->at(1).value.value()) == "2026-03-02T23:00:00Z");
  CHECK(readings->at(1).article == "NIS2 23(4)(d); Regulation 1182/71 3(2)(c), 3(4)");
}

TEST_CASE("ComputeStage: without the anchor there is no date", "[regulation]") {
  StageQuestion question = Question();
  question.events = {{"aware", "2026-01-31T09:00:00Z"}};
  const auto readings = ComputeStage(Nis2(), question, LoadZone);

  REQUIRE(readings.ok());
  for (const Reading& reading : *readings) {
    INFO(reading.rule);
    CHECK_FALSE(reading.value);
    CHECK_THAT(reading.arithmetic, ContainsSubstring("'notification_submitted'"));
  }
}

TEST_CASE("ComputeStage: refuses what it does not know, with the nearest word", "[regulation]") {
  const auto reason = [](const StageQuestion& question) {
    const auto readings = ComputeStage(Nis2(), question, LoadZone);
    REQUIRE_FALSE(readings.ok());
    return ReasonOf(readings.status()) + ": " + NextStepOf(readings.status());
  };
  StageQuestion stage = Question();
  stage.stage = "finl";
  StageQuestion kind = Question();
  kind.entity_kind = "bank";
  StageQuestion event = Question();
  event.events["awre"] = "2026-01-31T09:00:00Z";
  StageQuestion holidays = Question();
  holidays.holidays = "BE:tomorrow";

  CHECK_THAT(reason(stage), ContainsSubstring("UNKNOWN_STAGE: Did you mean 'final'?"));
  CHECK(reason(kind) ==
        "UNKNOWN_ENTITY_KIND: Known are: essential, important, trust_service_provider, "
        "trust_service_provider_other_service.");
  CHECK(reason(event) == "UNKNOWN_EVENT: Did you mean 'aware'?");
  CHECK_THAT(reason(holidays), ContainsSubstring("INVALID_HOLIDAYS"));
  StageQuestion zone = Question();
  zone.zone = "Europe/Atlantis";
  CHECK_FALSE(ComputeStage(Nis2(), zone, LoadZone).ok());
}

TEST_CASE("ParseEvents: splits names and instants and refuses the rest", "[regulation]") {
  const auto events =
      ParseEvents("aware=2026-06-10T08:15:00Z;handled=2026-07-01T10:00[Europe/Paris]");
  REQUIRE(events.ok());
  CHECK(events->at("aware") == "2026-06-10T08:15:00Z");
  CHECK(events->at("handled") == "2026-07-01T10:00[Europe/Paris]");
  CHECK(ParseEvents("")->empty());

  const auto reason = [](std::string_view text) { return ReasonOf(ParseEvents(text).status()); };
  CHECK(reason("aware") == "INVALID_EVENT");
  CHECK(reason("aware=") == "INVALID_EVENT");
  CHECK(reason("aware=2026-06-10T08:15:00Z;") == "INVALID_EVENT");
  CHECK(reason("aware=2026-06-10T08:15:00Z;aware=2026-06-10T08:16:00Z") == "INVALID_EVENT");
  CHECK(reason("awake=2026-06-10T08:15:00Z") == "UNKNOWN_EVENT");
}

}  // namespace
}  // namespace tocsin::regulation
