#include "server/base/time_text.h"

#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin {
namespace {

absl::TimeZone Brussels() {
  absl::TimeZone zone;
  REQUIRE(absl::LoadTimeZone("Europe/Brussels", &zone));
  return zone;
}

// 2026-06-10T08:15:00Z.
const absl::Time kInstant = absl::FromUnixSeconds(1781079300);

std::string Refusal(std::string_view text) {
  return ReasonOf(ParseInstant(text).status());
}

}  // namespace

TEST_CASE("FormatInstant: UTC, a fraction only when there is one", "[base]") {
  CHECK(FormatInstant(kInstant) == "2026-06-10T08:15:00Z");
  CHECK(FormatInstant(kInstant + absl::Milliseconds(250)) == "2026-06-10T08:15:00.25Z");
  CHECK(FormatInstant(kInstant + absl::Nanoseconds(1)) == "2026-06-10T08:15:00.000000001Z");
}

TEST_CASE("ParseInstant: offsets and Z name the same instant", "[base]") {
  for (const std::string text :
       {"2026-06-10T08:15:00Z", "2026-06-10T08:15:00z", "2026-06-10 08:15:00Z", "2026-06-10T08:15Z",
        "2026-06-10T10:15:00+02:00", "2026-06-10T03:15:00-05:00", "2026-06-10T13:45:00+05:30",
        "2026-06-10T08:15:00+00:00", "2026-06-10T08:15:00.000Z"}) {
    INFO(text);
    const auto time = ParseInstant(text);
    REQUIRE(time.ok());
    CHECK(*time == kInstant);
  }
}

TEST_CASE("ParseInstant: fractions to the nanosecond", "[base]") {
  CHECK(ParseInstant("2026-06-10T08:15:00.5Z").value() == kInstant + absl::Milliseconds(500));
  CHECK(ParseInstant("2026-06-10T08:15:00.123456789Z").value() ==
        kInstant + absl::Nanoseconds(123456789));
  CHECK(ParseInstant("2026-06-10T10:15:00.25+02:00").value() == kInstant + absl::Milliseconds(250));
}

TEST_CASE("ParseInstant: what was written reads back", "[base]") {
  for (int64_t ns :
       {0LL, 1LL, 999'999'999LL, 1'781'079'300'000'000'001LL, 4'102'444'800'123'000LL}) {
    const absl::Time time = absl::FromUnixNanos(ns);
    CHECK(ParseInstant(FormatInstant(time)).value() == time);
  }
}

TEST_CASE("ParseInstant: no date, or none that exists", "[base]") {
  for (const std::string text : {"",
                                 "yesterday",
                                 "2026-06-10",
                                 "2026-06-10T08",
                                 "2026-06-10T08:15:0Z",
                                 "10.06.2026 08:15Z",
                                 "2026-6-10T08:15:00Z",
                                 "2026-02-30T08:15:00Z",
                                 "2025-02-29T00:00:00Z",
                                 "2026-13-01T00:00:00Z",
                                 "2026-06-00T00:00:00Z",
                                 "2026-06-10T24:00:00Z",
                                 "2026-06-10T08:60:00Z",
                                 "2026-06-10T08:15:60Z",
                                 "2026-06-10T08:15:00 Z",
                                 "2026-06-10T08:15:00Zx",
                                 "2026-06-10T08:15:00+0200",
                                 "2026-06-10T08:15:00+02",
                                 "2026-06-10T08:15:00+02:0",
                                 "2026-06-10T08:15:00 Europe/Brussels",
                                 "2026-06-10T08:15:00[Europe/Brussels]",
                                 "2026-06-10T08:15:00Z[Europe/Brussels]"}) {
    INFO(text);
    CHECK(Refusal(text) == "INVALID_DATE");
  }
}

TEST_CASE("ParseInstant: a time without an offset is refused with what to add", "[base]") {
  CHECK(Refusal("2026-06-10T08:15:00") == "NO_OFFSET");
  CHECK(Refusal("2026-06-10T08:15") == "NO_OFFSET");
  CHECK(Refusal("2026-06-10T08:15:00.5") == "NO_OFFSET");
  CHECK_THAT(NextStepOf(ParseInstant("2026-06-10T08:15:00").status()),
             ContainsSubstring("[Europe/Brussels]"));
}

TEST_CASE("ParseInstant: wall time in a zone, gaps and overlaps refused", "[base]") {
  const absl::TimeZone zone = Brussels();
  CHECK(ParseInstant("2026-06-10T10:15:00[Europe/Brussels]", &zone).value() == kInstant);
  CHECK(ParseInstant("2026-01-10T09:15:00.5[Europe/Brussels]", &zone).value() ==
        absl::FromUnixSeconds(1768032900) + absl::Milliseconds(500));

  const absl::Status gap = ParseInstant("2026-03-29T02:30:00[Europe/Brussels]", &zone).status();
  CHECK(ReasonOf(gap) == "NONEXISTENT_LOCAL_TIME");
  const absl::Status twice = ParseInstant("2026-10-25T02:30:00[Europe/Brussels]", &zone).status();
  CHECK(ReasonOf(twice) == "AMBIGUOUS_LOCAL_TIME");
  CHECK_THAT(std::string(twice.message()), ContainsSubstring("2026-10-25T00:30:00Z"));
  CHECK_THAT(std::string(twice.message()), ContainsSubstring("2026-10-25T01:30:00Z"));

  CHECK(ParseInstant("2026-03-29T01:59:59[Europe/Brussels]", &zone).ok());
  CHECK(ParseInstant("2026-03-29T03:00:00[Europe/Brussels]", &zone).ok());
  CHECK(ParseInstant("2026-10-25T01:59:59[Europe/Brussels]", &zone).ok());
  CHECK(ParseInstant("2026-10-25T03:00:00[Europe/Brussels]", &zone).ok());
}

TEST_CASE("InstantOfWallTime: refuses gaps and overlaps", "[base]") {
  const absl::TimeZone zone = Brussels();
  CHECK(InstantOfWallTime(absl::CivilSecond(2026, 6, 10, 10, 15), zone).value() == kInstant);
  CHECK(ReasonOf(InstantOfWallTime(absl::CivilSecond(2026, 3, 29, 2), zone).status()) ==
        "NONEXISTENT_LOCAL_TIME");
  CHECK(ReasonOf(InstantOfWallTime(absl::CivilSecond(2026, 10, 25, 2), zone).status()) ==
        "AMBIGUOUS_LOCAL_TIME");
}

TEST_CASE("BracketedZone: the name at the end, or nothing", "[base]") {
  CHECK(BracketedZone("2026-06-10T10:15:00[Europe/Brussels]") == "Europe/Brussels");
  for (const std::string text : {"", "]", "x", "[x", "[x] ", "[]"}) {
    INFO(text);
    CHECK(BracketedZone(text).empty());
  }
}

TEST_CASE("FormatSpan: the two largest units", "[base]") {
  CHECK(FormatSpan(absl::ZeroDuration()) == "0 s");
  CHECK(FormatSpan(absl::Seconds(45)) == "45 s");
  CHECK(FormatSpan(absl::Seconds(60)) == "1 min");
  CHECK(FormatSpan(absl::Seconds(119)) == "1 min");
  CHECK(FormatSpan(absl::Minutes(190)) == "3 h 10 min");
  CHECK(FormatSpan(absl::Hours(3)) == "3 h");
  CHECK(FormatSpan(absl::Hours(52)) == "2 d 4 h");
  CHECK(FormatSpan(absl::Hours(48) + absl::Minutes(59)) == "2 d");
  CHECK(FormatSpan(-absl::Hours(3)) == "3 h");
}

}  // namespace tocsin
