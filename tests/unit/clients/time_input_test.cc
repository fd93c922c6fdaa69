#include "clients/core/time_input.h"

#include "server/base/error.h"
#include "server/base/time_text.h"
#include "tests/support/catch.h"

namespace tocsin::client {
namespace {

absl::TimeZone Zone(const char* name) {
  absl::TimeZone zone;
  REQUIRE(absl::LoadTimeZone(name, &zone));
  return zone;
}

absl::Time At(const char* text) {
  const auto time = ParseInstant(text);
  REQUIRE(time.ok());
  return *time;
}

std::string Resolve(const char* text, const char* now, const char* zone = "Europe/Brussels") {
  const auto when = ParseWhen(text, At(now), Zone(zone));
  return when.ok() ? FormatInstant(when->time) : ReasonOf(when.status());
}

constexpr char kNow[] = "2026-06-10T08:15:30Z";  // 10:15:30 in Brussels

TEST_CASE("ParseWhen: reads every form that people write", "[clients][time]") {
  struct Case {
    const char* text;
    const char* expected;
  };
  const Case cases[] = {
      {"now", kNow},
      {"-20m", "2026-06-10T07:55:30Z"},
      {"20m ago", "2026-06-10T07:55:30Z"},
      {"20 min ago", "2026-06-10T07:55:30Z"},
      {"-2h", "2026-06-10T06:15:30Z"},
      {"-1h30m", "2026-06-10T06:45:30Z"},
      {"-3d", "2026-06-07T08:15:30Z"},
      {"-45s", "2026-06-10T08:14:45Z"},
      {"10:15", "2026-06-10T08:15:00Z"},
      {"9:05", "2026-06-10T07:05:00Z"},
      {"10:15:30", "2026-06-10T08:15:30Z"},
      {"10:16", "2026-06-10T08:16:00Z"},  // a clock that is ahead by less than five minutes
      {"10:20:30", "2026-06-10T08:20:30Z"},
      {"10:20:31", "2026-06-09T08:20:31Z"},
      {"10:42", "2026-06-09T08:42:00Z"},
      {"2026-06-10T10:42:00+02:00", "2026-06-10T08:42:00Z"},
      {"2026-06-10T08:42Z", "2026-06-10T08:42:00Z"},
      {"2026-06-10 10:42[Europe/Brussels]", "2026-06-10T08:42:00Z"},
      {"2026-06-10 11:42[Europe/Athens]", "2026-06-10T08:42:00Z"},
      {"  -20m ", "2026-06-10T07:55:30Z"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(Resolve(c.text, kNow) == c.expected);
  }
}

TEST_CASE("ParseWhen: refuses what is not one moment, with the cause", "[clients][time]") {
  struct Case {
    const char* text;
    const char* reason;
  };
  const Case cases[] = {
      {"", "BAD_TIME"},
      {"yesterday", "BAD_TIME"},
      {"-", "BAD_TIME"},
      {"-20", "BAD_TIME"},
      {"-20x", "BAD_TIME"},
      {"-20m ago", "BAD_TIME"},
      {"-99999999999999999999m", "BAD_TIME"},
      {"24:00", "INVALID_DATE"},
      {"10:60", "INVALID_DATE"},
      {"2026-06-10", "INVALID_DATE"},
      {"2026-02-30T10:00:00Z", "INVALID_DATE"},
      {"2026-06-10T10:42:00", "NO_OFFSET"},
      {"2026-06-10 10:42[Mars/Olympus]", "UNKNOWN_ZONE"},
      {"2026-03-29T02:30:00[Europe/Brussels]", "NONEXISTENT_LOCAL_TIME"},
      {"2026-10-25T02:30:00[Europe/Brussels]", "AMBIGUOUS_LOCAL_TIME"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(Resolve(c.text, kNow) == c.reason);
  }
}

TEST_CASE("ParseWhen: a clock time in a gap or a repeated hour is refused", "[clients][time]") {
  CHECK(Resolve("02:30", "2026-03-29T12:00:00Z") == "NONEXISTENT_LOCAL_TIME");
  CHECK(Resolve("02:30", "2026-10-25T12:00:00Z") == "AMBIGUOUS_LOCAL_TIME");
  CHECK(Resolve("03:30", "2026-10-25T12:00:00Z") == "2026-10-25T02:30:00Z");
}

TEST_CASE("ParseWhen: a clock time is read in the given zone", "[clients][time]") {
  CHECK(Resolve("01:30", "2026-06-10T23:45:00Z", "Europe/Brussels") == "2026-06-10T23:30:00Z");
  CHECK(Resolve("01:30", "2026-06-10T23:45:00Z", "UTC") == "2026-06-10T01:30:00Z");
}

TEST_CASE("ParseWhen: a moment relative to now has no fraction of a second", "[clients][time]") {
  CHECK(Resolve("-20m", "2026-06-10T08:15:30.992769Z") == "2026-06-10T07:55:30Z");
  CHECK(Resolve("now", "2026-06-10T08:15:30.992769Z") == kNow);
  CHECK(Resolve("2026-06-10T08:15:30.25Z", kNow) == "2026-06-10T08:15:30.25Z");
}

TEST_CASE("ParseWhen: says how exact the time is and whether it was resolved", "[clients][time]") {
  const absl::TimeZone zone = Zone("UTC");
  CHECK(ParseWhen("08:10", At(kNow), zone)->precision == Precision::kMinute);
  CHECK(ParseWhen("08:10:11", At(kNow), zone)->precision == Precision::kSecond);
  CHECK(ParseWhen("-20m", At(kNow), zone)->resolved);
  CHECK_FALSE(ParseWhen("2026-06-10T08:10:00Z", At(kNow), zone)->resolved);
  CHECK(ParseWhen("2026-06-10T08:10Z", At(kNow), zone)->precision == Precision::kMinute);
}

TEST_CASE("ParseDue: spans ahead, dates to their end, instants", "[clients][time]") {
  const auto due = [](const char* text) {
    const auto when = ParseDue(text, At(kNow), Zone("Europe/Brussels"));
    return when.ok() ? FormatInstant(when->time) : ReasonOf(when.status());
  };
  CHECK(due("14d") == "2026-06-24T08:15:30Z");
  CHECK(due("+36h") == "2026-06-11T20:15:30Z");
  CHECK(due("2026-07-01") == "2026-07-01T21:59:00Z");
  CHECK(due("2026-07-01T12:00:00Z") == "2026-07-01T12:00:00Z");
  CHECK(due("2026-02-30") == "BAD_TIME");
  CHECK(due("soon") == "BAD_TIME");
  CHECK(due("2026-07-01T12:00:00") == "NO_OFFSET");
}

TEST_CASE("FormatRelative: the span and the clock, with the date on another day",
          "[clients][time]") {
  const absl::Time now = At("2026-06-10T10:22:00Z");
  CHECK(FormatRelative(At("2026-06-10T14:20:00Z"), now) == "in 3 h 58 min (14:20 UTC)");
  CHECK(FormatRelative(At("2026-06-10T10:02:00Z"), now) == "20 min ago (10:02 UTC)");
  CHECK(FormatRelative(now, now) == "now (10:22 UTC)");
  CHECK(FormatRelative(At("2026-06-12T10:22:00Z"), now) == "in 2 d (12 Jun 10:22 UTC)");
  CHECK(FormatRelative(At("2027-06-10T10:22:00Z"), now) == "in 365 d (2027-06-10 10:22 UTC)");
}

}  // namespace
}  // namespace tocsin::client
