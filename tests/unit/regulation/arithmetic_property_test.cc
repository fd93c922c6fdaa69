// 100,000 random terms against a slow second calculation that shares nothing with the engine: dates
// by counting days one month at a time, the Union's daylight-saving rule written out by hand, no
// time-zone library.
#include <cstdint>
#include <random>

#include "absl/strings/str_cat.h"
#include "server/base/time_text.h"
#include "server/regulation/arithmetic.h"
#include "tests/support/catch.h"
#include "tests/unit/regulation/vectors.h"

namespace tocsin::regulation {
namespace {

constexpr int64_t kDaySeconds = 86'400;
constexpr int64_t kHourSeconds = 3'600;

struct Date {
  int64_t year;
  int month;
  int day;
};

bool IsLeap(int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int MonthDays(int64_t year, int month) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeap(year) ? 29 : kDays[month - 1];
}

int64_t DayNumber(Date date) {
  int64_t number = date.day - 1;
  for (int64_t year = 1970; year < date.year; ++year) number += IsLeap(year) ? 366 : 365;
  for (int month = 1; month < date.month; ++month) number += MonthDays(date.year, month);
  return number;
}

Date DateOf(int64_t number) {
  Date date{1970, 1, 1};
  while (number >= (IsLeap(date.year) ? 366 : 365)) {
    number -= IsLeap(date.year) ? 366 : 365;
    ++date.year;
  }
  while (number >= MonthDays(date.year, date.month)) {
    number -= MonthDays(date.year, date.month);
    ++date.month;
  }
  date.day = static_cast<int>(number) + 1;
  return date;
}

// 0 is Sunday; 1 January 1970 was a Thursday.
int64_t WeekdayOf(int64_t day_number) {
  return (day_number + 4) % 7;
}

int64_t LastSunday(int64_t year, int month) {
  const int64_t last = DayNumber({year, month, MonthDays(year, month)});
  return last - WeekdayOf(last);
}

// Central European time: summer time from 01:00 UTC of the last Sunday of March to that of October.
int64_t OffsetAt(int64_t utc) {
  const int64_t year = DateOf(utc / kDaySeconds).year;
  const bool summer = utc >= LastSunday(year, 3) * kDaySeconds + kHourSeconds &&
                      utc < LastSunday(year, 10) * kDaySeconds + kHourSeconds;
  return summer ? 2 * kHourSeconds : kHourSeconds;
}

int64_t EarliestUtc(int64_t wall) {
  const int64_t as_summer = wall - 2 * kHourSeconds;
  const int64_t as_winter = wall - kHourSeconds;
  if (OffsetAt(as_summer) == 2 * kHourSeconds) return as_summer;
  if (OffsetAt(as_winter) == kHourSeconds) return as_winter;
  return as_summer;  // skipped by the clock
}

int64_t MonthsLater(int64_t day_number, int months) {
  Date date = DateOf(day_number);
  for (int i = 0; i < months; ++i) {
    if (++date.month > 12) date.month = 1, ++date.year;
  }
  if (date.day > MonthDays(date.year, date.month)) date.day = MonthDays(date.year, date.month);
  return DayNumber(date);
}

int64_t SlowMonths(int64_t utc, int months) {
  const int64_t wall = utc + OffsetAt(utc);
  return EarliestUtc(MonthsLater(wall / kDaySeconds, months) * kDaySeconds + wall % kDaySeconds);
}

int64_t SlowMonthsRoll(int64_t utc, int months) {
  int64_t day = MonthsLater((utc + OffsetAt(utc)) / kDaySeconds, months);
  while (WeekdayOf(day) == 0 || WeekdayOf(day) == 6) ++day;
  return EarliestUtc((day + 1) * kDaySeconds);
}

// Counts the hours one by one on a clock with date fields.
int64_t SlowHours(int64_t utc, int hours) {
  Date date = DateOf(utc / kDaySeconds);
  int64_t hour = utc % kDaySeconds / kHourSeconds;
  for (int i = 0; i < hours; ++i) {
    if (++hour < 24) continue;
    hour = 0;
    if (++date.day <= MonthDays(date.year, date.month)) continue;
    date.day = 1;
    if (++date.month > 12) date.month = 1, ++date.year;
  }
  return DayNumber(date) * kDaySeconds + hour * kHourSeconds + utc % kHourSeconds;
}

TEST_CASE("AddTerm: 100,000 random terms agree with a slow second calculation", "[regulation]") {
  const absl::TimeZone zone = ZoneForTest("Europe/Brussels");
  std::mt19937_64 random(20260610);
  const int64_t first = DayNumber({1997, 1, 1}) * kDaySeconds;
  const int64_t last = DayNumber({2036, 1, 1}) * kDaySeconds;
  std::uniform_int_distribution<int64_t> instants(first, last);
  std::uniform_int_distribution<int> amounts(1, 100);
  std::uniform_int_distribution<int> months(1, 14);
  std::uniform_int_distribution<int> years(1997, 2035);
  std::uniform_int_distribution<int> near_change(-200'000, 200'000);
  int wrong = 0;
  std::string example;
  const auto compare = [&](int64_t utc, Term term, int64_t expected) {
    const absl::Time got = AddTerm(absl::FromUnixSeconds(utc), term, zone, Calendar{}).at;
    if (absl::ToUnixSeconds(got) == expected) return;
    ++wrong;
    example = absl::StrCat(FormatInstant(absl::FromUnixSeconds(utc)), " + ", AmountText(term),
                           " = ", FormatInstant(got), ", slowly ",
                           FormatInstant(absl::FromUnixSeconds(expected)));
  };

  for (int i = 0; i < 50'000; ++i) {
    const int64_t utc = instants(random);
    const int hours = amounts(random);
    compare(utc, {Computation::kHours, hours}, SlowHours(utc, hours));
  }
  for (int i = 0; i < 50'000; ++i) {
    // Every other instant is chosen so that one month later lies near a change of the clock.
    int64_t utc = instants(random);
    int count = months(random);
    if (i % 2 == 0) {
      const int month = i % 4 == 0 ? 3 : 10;
      const int64_t change = LastSunday(years(random), month) * kDaySeconds + kHourSeconds;
      count = 1;
      utc = change - 28 * kDaySeconds + near_change(random);
      if (month == 10) utc -= 2 * kDaySeconds;
    }
    compare(utc, {Computation::kMonths, count}, SlowMonths(utc, count));
    compare(utc, {Computation::kMonthsRoll, count}, SlowMonthsRoll(utc, count));
  }

  INFO(example);
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace tocsin::regulation
