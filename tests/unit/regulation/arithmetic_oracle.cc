#include "tests/unit/regulation/arithmetic_oracle.h"

#include <algorithm>

namespace tocsin::regulation {
namespace {

constexpr int64_t kStep = 15 * kMinuteMs;  // every offset since 1970 in these tests is a multiple
constexpr int64_t kReach = 4 * kHourMs;    // clocks change by less

int64_t YearDays(int64_t year) {
  return SlowMonthDays(year, 2) == 29 ? 366 : 365;
}

int64_t MonthsLater(int64_t day_number, int months) {
  SlowDate date = SlowDateOf(day_number);
  for (int i = 0; i < months; ++i) {
    if (++date.month > 12) date.month = 1, ++date.year;
  }
  date.day = std::min(date.day, SlowMonthDays(date.year, date.month));
  return SlowDayNumber(date);
}

// Counts the hours one by one on a clock with date fields.
int64_t HoursLater(int64_t utc, int hours) {
  SlowDate date = SlowDateOf(utc / kDayMs);
  int64_t hour = utc % kDayMs / kHourMs;
  for (int i = 0; i < hours; ++i) {
    if (++hour < 24) continue;
    hour = 0;
    if (++date.day <= SlowMonthDays(date.year, date.month)) continue;
    date.day = 1;
    if (++date.month > 12) date.month = 1, ++date.year;
  }
  return SlowDayNumber(date) * kDayMs + hour * kHourMs + utc % kHourMs;
}

// Where to begin looking for `wall`: surely earlier than any instant that could show it.
int64_t SearchFrom(const SlowCalculator& slow, int64_t wall) {
  return wall - slow.offset_at(wall) - kReach;
}

int64_t Noon(int64_t day) {
  return day * kDayMs + 12 * kHourMs;
}

}  // namespace

int SlowMonthDays(int64_t year, int month) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[month - 1];
}

int64_t SlowDayNumber(SlowDate date) {
  int64_t number = date.day - 1;
  for (int64_t year = 1970; year < date.year; ++year) number += YearDays(year);
  for (int month = 1; month < date.month; ++month) number += SlowMonthDays(date.year, month);
  return number;
}

SlowDate SlowDateOf(int64_t day_number) {
  SlowDate date;
  for (; day_number >= YearDays(date.year); ++date.year) day_number -= YearDays(date.year);
  for (; day_number >= SlowMonthDays(date.year, date.month); ++date.month) {
    day_number -= SlowMonthDays(date.year, date.month);
  }
  date.day = static_cast<int>(day_number) + 1;
  return date;
}

int64_t SlowWeekday(int64_t day_number) {
  return (day_number + 4) % 7;  // 1 January 1970 was a Thursday
}

int64_t SlowCalculator::LocalDay(int64_t utc) const {
  return (utc + offset_at(utc)) / kDayMs;
}

int64_t SlowCalculator::Earliest(int64_t wall) const {
  const int64_t start = SearchFrom(*this, wall);
  int64_t largest_offset = offset_at(start);
  for (int64_t utc = start; utc <= start + 2 * kReach; utc += kStep) {
    const int64_t offset = offset_at(utc);
    if (utc + offset == wall) return utc;
    largest_offset = std::max(largest_offset, offset);
  }
  return wall - largest_offset;  // skipped by the clock
}

int64_t SlowCalculator::EndOfDay(int64_t day) const {
  const int64_t wall = (day + 1) * kDayMs;
  int64_t utc = SearchFrom(*this, wall);
  while (utc + offset_at(utc) < wall) utc += kStep;
  return utc;
}

bool SlowCalculator::IsWorking(int64_t day) const {
  const int64_t weekday = SlowWeekday(day);
  return weekday != 0 && weekday != 6 && holidays.count(day) == 0;
}

int64_t SlowCalculator::WorkingFrom(int64_t day) const {
  while (!IsWorking(day)) ++day;
  return day;
}

int64_t SlowCalculator::WorkingAfter(int64_t day, int count) const {
  while (count > 0) {
    if (IsWorking(++day)) --count;
  }
  return day;
}

int64_t SlowCalculator::NoonUnlessWorking(int64_t limit, int64_t day) const {
  return IsWorking(day) ? limit : Earliest(Noon(WorkingFrom(day)));
}

int64_t SlowCalculator::Due(int64_t anchor, Term term, SlowCap cap) const {
  const int64_t wall = anchor + offset_at(anchor);
  const int64_t day = wall / kDayMs;
  const int64_t hours_later = HoursLater(anchor, term.amount);
  const int64_t cap_at = HoursLater(cap.from, cap.hours);
  const int64_t capped = cap_at < anchor || cap_at > hours_later ? hours_later : cap_at;
  switch (term.computation) {
    case Computation::kHours:
      return hours_later;
    case Computation::kMonths:
      return Earliest(MonthsLater(day, term.amount) * kDayMs + wall % kDayMs);
    case Computation::kDays:
      return Earliest((day + term.amount) * kDayMs + wall % kDayMs);
    case Computation::kHours1182:
      return HoursLater(anchor - wall % kHourMs, term.amount + 1);
    case Computation::kMonthsRoll:
      return EndOfDay(WorkingFrom(MonthsLater(day, term.amount)));
    case Computation::kDaysRoll:
      return EndOfDay(WorkingFrom(day + term.amount));
    case Computation::kDays2wd:
      // The later of two demands: a working day, and not before the second one.
      return EndOfDay(std::max(WorkingFrom(day + term.amount), WorkingAfter(day, 2)));
    case Computation::kBdaysEod:
      return EndOfDay(WorkingAfter(day, term.amount));
    case Computation::kDoraHoursNoon:
      return NoonUnlessWorking(hours_later, LocalDay(hours_later));
    case Computation::kDoraMonthNoon: {
      const int64_t last = MonthsLater(day, term.amount);
      return NoonUnlessWorking(EndOfDay(last), last);
    }
    case Computation::kSec4bd:
      return Earliest(WorkingAfter(day, term.amount) * kDayMs + 17 * kHourMs + 30 * kMinuteMs);
    case Computation::kCapped:
      return capped;
    case Computation::kCappedNoon:
      return NoonUnlessWorking(capped, LocalDay(capped));
  }
  return 0;
}

}  // namespace tocsin::regulation
