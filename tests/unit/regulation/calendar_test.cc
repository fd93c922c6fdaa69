#include "server/regulation/calendar.h"

#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin::regulation {
namespace {

TEST_CASE("Calendar: working days skip weekends and the listed holidays", "[regulation]") {
  const absl::StatusOr<Calendar> calendar = ParseHolidays("BE:2026-11-11");
  REQUIRE(calendar.ok());

  CHECK(calendar->IsWorkingDay(absl::CivilDay(2026, 11, 10)));
  CHECK_FALSE(calendar->IsWorkingDay(absl::CivilDay(2026, 11, 11)));
  CHECK_FALSE(calendar->IsWorkingDay(absl::CivilDay(2026, 11, 14)));
  CHECK_FALSE(calendar->IsWorkingDay(absl::CivilDay(2026, 11, 15)));
  CHECK(calendar->WorkingDayFrom(absl::CivilDay(2026, 11, 14)) == absl::CivilDay(2026, 11, 16));
  CHECK(calendar->WorkingDayAfter(absl::CivilDay(2026, 11, 10), 1) == absl::CivilDay(2026, 11, 12));
  CHECK(calendar->WorkingDaysBetween(absl::CivilDay(2026, 11, 9), absl::CivilDay(2026, 11, 16)) ==
        4);
}

TEST_CASE("ParseHolidays: refuses what is no list of dates", "[regulation]") {
  for (const char* text : {"", "BE", "BE:", "be:none", "BE:2026-02-30", "BE:2026-11-1",
                           "BE:2026-11-01,2026-11-11", "none"}) {
    INFO(text);
    const absl::StatusOr<Calendar> calendar = ParseHolidays(text);
    REQUIRE_FALSE(calendar.ok());
    CHECK(ReasonOf(calendar.status()) == "INVALID_HOLIDAYS");
  }
}

TEST_CASE("Calendar: says why a day is no working day", "[regulation]") {
  const absl::StatusOr<Calendar> calendar = ParseHolidays("BE:2026-11-11");
  REQUIRE(calendar.ok());

  CHECK(calendar->WhyNotWorking(absl::CivilDay(2026, 11, 10)).empty());
  CHECK(calendar->WhyNotWorking(absl::CivilDay(2026, 11, 11)) == "a holiday (BE)");
  CHECK(calendar->WhyNotWorking(absl::CivilDay(2026, 11, 14)) == "a Saturday");
  CHECK(calendar->WhyNotWorking(absl::CivilDay(2026, 11, 15)) == "a Sunday");
}

TEST_CASE("ParseDay: reads one existing date", "[regulation]") {
  CHECK(ParseDay("2028-02-29").value() == absl::CivilDay(2028, 2, 29));
  for (const char* text : {"2026-02-29", "2026-2-1", "2026-13-01", "20260101", "", "2026-01-01 "}) {
    INFO(text);
    CHECK(ReasonOf(ParseDay(text).status()) == "INVALID_DATE");
  }
}

}  // namespace
}  // namespace tocsin::regulation
