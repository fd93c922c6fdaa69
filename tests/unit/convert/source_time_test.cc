#include "clients/convert/source_time.h"

#include "tests/support/catch.h"
#include "tests/unit/convert/convert_fixture.h"

namespace tocsin::convert {
namespace {

absl::TimeZone Brussels() {
  absl::TimeZone zone;
  REQUIRE(absl::LoadTimeZone("Europe/Brussels", &zone));
  return zone;
}

SourceTime Read(const std::string& text) {
  const auto time = ReadTime(text, std::nullopt);
  INFO(text << ": " << time.status());
  REQUIRE(time.ok());
  return *time;
}

std::string Problem(const std::string& text, const std::optional<absl::TimeZone>& zone) {
  const auto time = ReadTime(text, zone);
  INFO(text);
  REQUIRE_FALSE(time.ok());
  return std::string(time.status().message());
}

TEST_CASE("ReadTime: offsets as tools write them", "[convert]") {
  const absl::Time wanted = At("2024-03-04T21:14:09Z");
  for (const char* text :
       {"2024-03-04T21:14:09Z", "2024-03-04T22:14:09+01:00", "2024-03-04 22:14:09+0100",
        "2024-03-04 21:14:09 UTC", "Mon, 04 Mar 2024 21:14:09 GMT", " 2024-03-04T21:14:09Z "}) {
    INFO(text);
    CHECK(Read(text).time == wanted);
    CHECK(Read(text).precision == Precision::kSecond);
  }
  CHECK(Read("2024-03-04T21:14:09.512Z").time == wanted + absl::Milliseconds(512));
  CHECK(Read("2024-03-04T21:14Z").precision == Precision::kMinute);
}

TEST_CASE("ReadTime: without an offset only in a zone that is named", "[convert]") {
  for (const char* text : {"2024-03-04T21:14:09", "2024-03-04 21:14", "2024-03-04", "2024-03"}) {
    CHECK_THAT(Problem(text, std::nullopt), ContainsSubstring("--zone"));
  }
  const auto minute = ReadTime("2024-07-04 21:14", Brussels());
  REQUIRE(minute.ok());
  CHECK(minute->time == At("2024-07-04T19:14:00Z"));
  CHECK(minute->precision == Precision::kMinute);
  const auto day = ReadTime("2024-07-04", Brussels());
  REQUIRE(day.ok());
  CHECK(day->time == At("2024-07-03T22:00:00Z"));
  CHECK(day->precision == Precision::kDay);
  const auto month = ReadTime("2024-07", Brussels());
  REQUIRE(month.ok());
  CHECK(month->precision == Precision::kMonth);
}

TEST_CASE("ReadTime: a wall time that is not one moment is refused", "[convert]") {
  CHECK_THAT(Problem("2024-10-27 02:30:00", Brussels()), ContainsSubstring("happened twice"));
  CHECK_THAT(Problem("2024-03-31 02:30:00", Brussels()), ContainsSubstring("does not exist"));
}

TEST_CASE("ReadTime: what is no time is refused", "[convert]") {
  const absl::TimeZone utc = absl::UTCTimeZone();
  CHECK_THAT(Problem("2024-02-30T10:00:00Z", utc), ContainsSubstring("of the calendar"));
  CHECK_THAT(Problem("2024-02-30", utc), ContainsSubstring("of the calendar"));
  CHECK_THAT(Problem("2024-13", utc), ContainsSubstring("of the calendar"));
  for (const char* text :
       {"03/04/2024", "yesterday", "1709586849", "24-03-04", "2024-03-04T9:00"}) {
    CHECK_THAT(Problem(text, utc), ContainsSubstring("is not a time that can be read"));
  }
  CHECK_THAT(Problem(std::string(5'000'000, '1'), utc), ContainsSubstring("this text"));
  CHECK_THAT(Problem("2024\x1b[31m", utc), ContainsSubstring("this text"));
}

TEST_CASE("ReadEpoch: milliseconds and microseconds, never seconds taken for them", "[convert]") {
  const absl::Time wanted = At("2024-03-04T09:00:12.345Z");
  CHECK(ReadEpochMillis("1709542812345")->time == wanted);
  CHECK(ReadEpochMicros("1709542812345000")->time == wanted);
  CHECK(ReadEpochMillis("0")->time == absl::UnixEpoch());
  CHECK_FALSE(ReadEpochMillis("1709542812").ok());
  CHECK_FALSE(ReadEpochMicros("1709542812345").ok());
  CHECK_FALSE(ReadEpochMillis("1.5e12").ok());
  CHECK_FALSE(ReadEpochMillis("99999999999999999999").ok());
}

}  // namespace
}  // namespace tocsin::convert
