#include "server/library/calendar_reader.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin::library {
namespace {

using absl::CivilDay;
using absl::Weekday;
using regulation::Calendar;

constexpr int kFirstYear = 2025;
constexpr int kLastYear = 2030;

// Days after Easter Sunday.
constexpr int kMaundyThursday = -3;
constexpr int kGoodFriday = -2;
constexpr int kEasterMonday = 1;
constexpr int kAscension = 39;
constexpr int kWhitMonday = 50;
constexpr int kCorpusChristi = 60;

// Easter Sunday after Knuth, The Art of Computer Programming 1.3.2, exercise 14.
CivilDay Easter(int year) {
  const int golden = year % 19 + 1;
  const int century = year / 100 + 1;
  const int leaps_left_out = 3 * century / 4 - 12;
  const int moon = (8 * century + 5) / 25 - 5;
  const int sunday = 5 * year / 4 - leaps_left_out - 10;
  int epact = (11 * golden + 20 + moon - leaps_left_out) % 30;
  if (epact < 0) epact += 30;
  if ((epact == 25 && golden > 11) || epact == 24) ++epact;
  int day = 44 - epact;  // of March, the full moon
  if (day < 21) day += 30;
  day += 7 - (sunday + day) % 7;
  return CivilDay(year, 3, day);  // 32 March is 1 April
}

// The first such weekday on or after `day`.
CivilDay OnOrAfter(CivilDay day, Weekday weekday) {
  while (absl::GetWeekday(day) != weekday) ++day;
  return day;
}

// The day on which a federal holiday is observed, 5 U.S.C. 6103(b) and Executive Order 11582.
CivilDay Observed(CivilDay day) {
  if (absl::GetWeekday(day) == Weekday::saturday) return day - 1;
  return absl::GetWeekday(day) == Weekday::sunday ? day + 1 : day;
}

// 5 U.S.C. 6103(a). New Year's Day of the next year may be observed in this one.
std::vector<CivilDay> FederalHolidays(int year) {
  std::vector<CivilDay> days = {OnOrAfter(CivilDay(year, 1, 15), Weekday::monday),
                                OnOrAfter(CivilDay(year, 2, 15), Weekday::monday),
                                OnOrAfter(CivilDay(year, 5, 25), Weekday::monday),
                                OnOrAfter(CivilDay(year, 9, 1), Weekday::monday),
                                OnOrAfter(CivilDay(year, 10, 8), Weekday::monday),
                                OnOrAfter(CivilDay(year, 11, 22), Weekday::thursday)};
  for (const CivilDay fixed :
       {CivilDay(year, 1, 1), CivilDay(year, 6, 19), CivilDay(year, 7, 4), CivilDay(year, 11, 11),
        CivilDay(year, 12, 25), CivilDay(year + 1, 1, 1)}) {
    if (Observed(fixed).year() == year) days.push_back(Observed(fixed));
  }
  return days;
}

// The days that follow neither a fixed date nor Easter, or not every year.
std::vector<CivilDay> MovingDays(const std::string& country, int year) {
  const CivilDay midsummer = OnOrAfter(CivilDay(year, 6, 20), Weekday::saturday);
  const CivilDay all_saints = OnOrAfter(CivilDay(year, 10, 31), Weekday::saturday);
  if (country == "SE" || country == "FI") return {midsummer - 1, midsummer, all_saints};
  if (country == "NL") {
    const CivilDay birthday(year, 4, 27);
    return {absl::GetWeekday(birthday) == Weekday::sunday ? birthday - 1 : birthday};
  }
  if (country == "IE") {
    const CivilDay february(year, 2, 1);
    return {absl::GetWeekday(february) == Weekday::friday ? february
                                                          : OnOrAfter(february, Weekday::monday),
            OnOrAfter(CivilDay(year, 5, 1), Weekday::monday),
            OnOrAfter(CivilDay(year, 6, 1), Weekday::monday),
            OnOrAfter(CivilDay(year, 8, 1), Weekday::monday),
            OnOrAfter(CivilDay(year, 10, 25), Weekday::monday)};
  }
  if (country == "US") return FederalHolidays(year);
  if (country == "SK" && year == 2025) return {CivilDay(2025, 5, 8), CivilDay(2025, 9, 15)};
  return {};
}

struct Expected {
  std::string country;
  std::vector<int> after_easter;
  std::vector<std::pair<int, int>> fixed;  // month, day
};

const std::vector<Expected>& AllExpected() {
  static const std::vector<Expected> all = {
      {"NL",
       {kGoodFriday, kEasterMonday, kAscension, kWhitMonday},
       {{1, 1}, {5, 5}, {12, 25}, {12, 26}}},
      {"BE",
       {kEasterMonday, kAscension, kWhitMonday},
       {{1, 1}, {5, 1}, {7, 21}, {8, 15}, {11, 1}, {11, 11}, {12, 25}}},
      {"SE",
       {kGoodFriday, kEasterMonday, kAscension},
       {{1, 1}, {1, 6}, {5, 1}, {6, 6}, {12, 24}, {12, 25}, {12, 26}, {12, 31}}},
      {"DE",
       {kGoodFriday, kEasterMonday, kAscension, kWhitMonday},
       {{1, 1}, {5, 1}, {10, 3}, {12, 25}, {12, 26}}},
      {"LU",
       {kEasterMonday, kAscension, kWhitMonday},
       {{1, 1}, {5, 1}, {5, 9}, {6, 23}, {8, 15}, {11, 1}, {12, 25}, {12, 26}}},
      {"FR",
       {kEasterMonday, kAscension, kWhitMonday},
       {{1, 1}, {5, 1}, {5, 8}, {7, 14}, {8, 15}, {11, 1}, {11, 11}, {12, 25}}},
      {"IE", {kEasterMonday}, {{1, 1}, {3, 17}, {12, 25}, {12, 26}}},
      {"AT",
       {kGoodFriday, kEasterMonday, kAscension, kWhitMonday, kCorpusChristi},
       {{1, 1}, {1, 6}, {5, 1}, {8, 15}, {10, 26}, {11, 1}, {12, 8}, {12, 24}, {12, 25}, {12, 26}}},
      {"FI",
       {kGoodFriday, kEasterMonday, kAscension},
       {{1, 1}, {1, 6}, {5, 1}, {12, 6}, {12, 24}, {12, 25}, {12, 26}}},
      {"PL",
       {kEasterMonday, kCorpusChristi},
       {{1, 1}, {1, 6}, {5, 1}, {5, 3}, {8, 15}, {11, 1}, {11, 11}, {12, 24}, {12, 25}, {12, 26}}},
      {"DK",
       {kMaundyThursday, kGoodFriday, kEasterMonday, kAscension, kWhitMonday},
       {{1, 1}, {12, 25}, {12, 26}}},
      {"CZ",
       {kGoodFriday, kEasterMonday},
       {{1, 1},
        {5, 1},
        {5, 8},
        {7, 5},
        {7, 6},
        {9, 28},
        {10, 28},
        {11, 17},
        {12, 24},
        {12, 25},
        {12, 26}}},
      {"PT",
       {kGoodFriday, kCorpusChristi},
       {{1, 1}, {4, 25}, {5, 1}, {6, 10}, {8, 15}, {10, 5}, {11, 1}, {12, 1}, {12, 8}, {12, 25}}},
      {"HR",
       {kEasterMonday, kCorpusChristi},
       {{1, 1},
        {1, 6},
        {5, 1},
        {5, 30},
        {6, 22},
        {8, 5},
        {8, 15},
        {11, 1},
        {11, 18},
        {12, 25},
        {12, 26}}},
      {"US", {}, {}},
      {"SK",
       {kGoodFriday, kEasterMonday},
       {{1, 1}, {1, 6}, {5, 1}, {7, 5}, {8, 29}, {11, 1}, {12, 24}, {12, 25}, {12, 26}}},
  };
  return all;
}

std::string ListDays(const std::set<CivilDay>& days) {
  std::string text;
  for (const CivilDay day : days) absl::StrAppend(&text, absl::FormatCivilTime(day), "\n");
  return text;
}

std::set<CivilDay> DaysOf(const Calendar& calendar) {
  std::set<CivilDay> days;
  for (const auto& [day, name] : calendar.holidays) {
    CHECK_FALSE(name.empty());
    days.insert(day);
  }
  return days;
}

Calendar ReadShipped(const std::string& country) {
  const std::string path = absl::StrCat(TOCSIN_SOURCE_DIR, "/playbooks/calendars/",
                                        absl::AsciiStrToLower(country), ".yaml");
  const absl::StatusOr<Calendar> calendar = ReadCalendarFile(path);
  INFO(calendar.status().message());
  REQUIRE(calendar.ok());
  return *calendar;
}

TEST_CASE("Calendars: the computus of this test gives the known dates of Easter",
          "[library][calendar]") {
  CHECK(Easter(2025) == CivilDay(2025, 4, 20));
  CHECK(Easter(2026) == CivilDay(2026, 4, 5));
  CHECK(Easter(2027) == CivilDay(2027, 3, 28));
  CHECK(Easter(2030) == CivilDay(2030, 4, 21));
  CHECK(Easter(2038) == CivilDay(2038, 4, 25));
  CHECK(Easter(1981) == CivilDay(1981, 4, 19));
}

TEST_CASE("Calendars: each file lists exactly the days that count, in every year",
          "[library][calendar]") {
  for (const Expected& expected : AllExpected()) {
    INFO(expected.country);
    const Calendar calendar = ReadShipped(expected.country);
    CHECK(calendar.country == expected.country);
    CHECK(calendar.first_year == kFirstYear);
    CHECK(calendar.last_year == kLastYear);
    std::set<CivilDay> days;
    for (int year = kFirstYear; year <= kLastYear; ++year) {
      for (const int offset : expected.after_easter) days.insert(Easter(year) + offset);
      for (const auto& [month, day] : expected.fixed) days.insert(CivilDay(year, month, day));
      for (const CivilDay day : MovingDays(expected.country, year)) days.insert(day);
    }
    CHECK(ListDays(DaysOf(calendar)) == ListDays(days));
  }
}

TEST_CASE("Calendars: dates known from printed calendars", "[library][calendar]") {
  const auto has = [](const Calendar& calendar, int year, int month, int day) {
    return calendar.holidays.contains(CivilDay(year, month, day));
  };
  const Calendar us = ReadShipped("US");
  CHECK(has(us, 2026, 7, 3));  // the 4th is a Saturday
  CHECK_FALSE(has(us, 2026, 7, 4));
  CHECK(has(us, 2026, 11, 26));
  CHECK(has(us, 2027, 7, 5));    // the 4th is a Sunday
  CHECK(has(us, 2027, 12, 31));  // 1 January 2028 is a Saturday
  CHECK_FALSE(has(us, 2028, 1, 1));
  const Calendar nl = ReadShipped("NL");
  CHECK(has(nl, 2025, 4, 26));  // the 27th is a Sunday
  CHECK_FALSE(has(nl, 2025, 4, 27));
  CHECK(has(nl, 2026, 5, 14));
  const Calendar se = ReadShipped("SE");
  CHECK(has(se, 2026, 6, 19));
  CHECK(has(se, 2026, 10, 31));
  CHECK(has(se, 2027, 6, 25));
  const Calendar ie = ReadShipped("IE");
  CHECK(has(ie, 2026, 2, 2));
  CHECK(has(ie, 2030, 2, 1));  // a Friday
  CHECK_FALSE(has(ie, 2030, 2, 4));
  CHECK(has(ie, 2026, 10, 26));
  CHECK(has(ReadShipped("AT"), 2026, 6, 4));
  CHECK_FALSE(has(ReadShipped("SK"), 2026, 5, 8));
}

TEST_CASE("Calendars: a calendar says which days it covers", "[library][calendar]") {
  const Calendar be = ReadShipped("BE");
  CHECK(be.Covers(CivilDay(2025, 1, 1)));
  CHECK(be.Covers(CivilDay(2030, 12, 31)));
  CHECK_FALSE(be.Covers(CivilDay(2024, 12, 31)));
  CHECK_FALSE(be.Covers(CivilDay(2031, 1, 1)));
  CHECK(Calendar{}.Covers(CivilDay(1999, 1, 1)));
  CHECK(be.WhyNotWorking(CivilDay(2026, 7, 21)) ==
        "a holiday (BE, Nationale feestdag / Fête nationale)");
}

// Line numbers in the tests below are those of this text.
constexpr char kSmall[] =
    "format: tocsin-calendar-v1\n"                  // 1
    "country: XX\n"                                 // 2
    "title: A country\n"                            // 3
    "source: nowhere\n"                             // 4
    "confidence: none\n"                            // 5
    "verified_on: 2026-01-01\n"                     // 6
    "first_year: 2026\n"                            // 7
    "last_year: 2027\n"                             // 8
    "holidays:\n"                                   // 9
    "  - {date: 2026-05-01, name: \"May Day\"}\n"   // 10
    "  - {date: 2027-05-01, name: \"May Day\"}\n";  // 11

std::string Changed(const std::string& from, const std::string& to) {
  const std::string text = absl::StrReplaceAll(kSmall, {{from, to}});
  REQUIRE(text != kSmall);
  return text;
}

std::string ErrorOf(const std::string& text) {
  const absl::StatusOr<Calendar> calendar = ReadCalendar("xx.yaml", text);
  REQUIRE_FALSE(calendar.ok());
  CHECK(calendar.status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(ReasonOf(calendar.status()) == "YAML_INVALID");
  return std::string(calendar.status().message());
}

TEST_CASE("ReadCalendar: a small calendar is read whole", "[library][calendar]") {
  const absl::StatusOr<Calendar> calendar = ReadCalendar("xx.yaml", kSmall);

  INFO(calendar.status().message());
  REQUIRE(calendar.ok());
  CHECK(calendar->country == "XX");
  CHECK(calendar->holidays == std::map<CivilDay, std::string>{{CivilDay(2026, 5, 1), "May Day"},
                                                              {CivilDay(2027, 5, 1), "May Day"}});
}

TEST_CASE("ReadCalendar: wrong dates are refused at their place", "[library][calendar]") {
  CHECK(ErrorOf(std::string(kSmall) + "  - {date: 2026-05-01, name: Again}\n") ==
        "xx.yaml:12:12: this date stands here for the second time");
  CHECK(ErrorOf(std::string(kSmall) + "  - {date: 2028-05-01, name: Later}\n") ==
        "xx.yaml:12:12: lies outside the years 2026 to 2027 of this file");
  CHECK(ErrorOf(std::string(kSmall) + "  - {date: 2026-02-30, name: Never}\n") ==
        "xx.yaml:12:12: '2026-02-30' is not a date such as 2026-11-01");
  CHECK(ErrorOf(Changed("  - {date: 2027-05-01, name: \"May Day\"}\n", "")) ==
        "xx.yaml:10:3: no holiday of the year 2027 stands here");
  CHECK(ErrorOf(Changed("last_year: 2027", "last_year: 2025")) ==
        "xx.yaml:8:12: is before first_year");
}

TEST_CASE("ReadCalendar: unknown, missing and misshapen keys are refused", "[library][calendar]") {
  CHECK(ErrorOf(Changed("title:", "titel:")) ==
        "xx.yaml:3:1: unknown key 'titel' in the calendar; did you mean 'title'?");
  CHECK(ErrorOf(std::string(kSmall) + "  - {date: 2026-06-01, nmae: June}\n") ==
        "xx.yaml:12:24: unknown key 'nmae' in a holiday; did you mean 'name'?");
  CHECK(ErrorOf(Changed("source: nowhere\n", "")) ==
        "xx.yaml:1:1: the calendar lacks the key 'source'");
  CHECK(ErrorOf(Changed("country: XX", "country: xx")) ==
        "xx.yaml:2:10: 'xx' is not two capital letters");
  CHECK(ErrorOf(Changed("calendar-v1", "calendar-v2")) ==
        "xx.yaml:1:9: 'tocsin-calendar-v2' is not known; this server reads tocsin-calendar-v1");
  CHECK(ErrorOf(Changed("first_year: 2026", "first_year: \"2026\"")) ==
        "xx.yaml:7:13: 'first_year' must be a whole number from 1990 to 2200, without quotes");
}

TEST_CASE("ReadCalendar: an alias is refused", "[library][calendar]") {
  const std::string error = ErrorOf(Changed("name: \"May Day\"}\n", "name: &day May}\n") +
                                    "  - {date: 2026-06-01, name: *day}\n");
  INFO(error);
  CHECK(error.substr(0, 14) == "xx.yaml:10:30:");  // the anchor stands before its first alias
  const std::string alone = ErrorOf(Changed("confidence: none", "confidence: *source"));
  INFO(alone);
  CHECK(alone.substr(0, 13) == "xx.yaml:5:13:");
}

TEST_CASE("ReadCalendarFile: a file that is not there is named", "[library][calendar]") {
  const absl::StatusOr<Calendar> calendar = ReadCalendarFile("/nowhere/zz.yaml");

  REQUIRE_FALSE(calendar.ok());
  CHECK(calendar.status().code() == absl::StatusCode::kNotFound);
  CHECK(std::string(calendar.status().message()).find("zz.yaml") != std::string::npos);
}

}  // namespace
}  // namespace tocsin::library
