#include "server/filing/value.h"

#include "tests/support/catch.h"

namespace tocsin::filing {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("ReadNumber: digits with at most one point", "[filing]") {
  CHECK(ReadNumber("1200") == 1200);
  CHECK(ReadNumber("12.5") == 12.5);
  for (const char* text : {"", "-1", "+1", "1e3", "1,200", ".5", "5.", "1.2.3", " 1", "inf", "nan",
                           "1234567890123456789"}) {
    INFO(text);
    CHECK_FALSE(ReadNumber(text).has_value());
  }
}

TEST_CASE("ReadWords: commas, semicolons and blanks part them", "[filing]") {
  CHECK(ReadWords(" a, b;c\nd ,,") == Words{"a", "b", "c", "d"});
  CHECK(ReadWords(" , ").empty());
}

TEST_CASE("ReadCountries: two capitals each, or none at all", "[filing]") {
  CHECK(ReadCountries("BE, NL") == Words{"BE", "NL"});
  CHECK(ReadCountries("BE and NL").empty());
  CHECK(ReadCountries("Belgium").empty());
  CHECK(ReadCountries("").empty());
}

TEST_CASE("DaysHoursMinutes: days, hours and minutes of minutes", "[filing]") {
  CHECK(DaysHoursMinutes("0") == "0:00:00");
  CHECK(DaysHoursMinutes("59") == "0:00:59");
  CHECK(DaysHoursMinutes("60") == "0:01:00");
  CHECK(DaysHoursMinutes("1439") == "0:23:59");
  CHECK(DaysHoursMinutes("1440") == "1:00:00");
  CHECK(DaysHoursMinutes("3075") == "2:03:15");
  // An outage is not made shorter than it was.
  CHECK(DaysHoursMinutes("90.5") == "0:01:31");
  CHECK_FALSE(DaysHoursMinutes("two hours").has_value());
  CHECK_FALSE(DaysHoursMinutes("999999999999999999").has_value());
}

}  // namespace
}  // namespace tocsin::filing
