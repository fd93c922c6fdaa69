// A second, slow calculator of legal terms for tests. It shares nothing with the engine: dates are
// found by counting days one year and one month at a time, working days by looking at each day, and
// a wall time by searching the instants around it. Of a time zone it knows one thing only, the
// offset at an instant, which the test supplies. All instants are milliseconds since 1970 UTC.
#pragma once

#include <cstdint>
#include <functional>
#include <set>

#include "server/regulation/arithmetic.h"

namespace tocsin::regulation {

constexpr int64_t kSecondMs = 1'000;
constexpr int64_t kMinuteMs = 60 * kSecondMs;
constexpr int64_t kHourMs = 60 * kMinuteMs;
constexpr int64_t kDayMs = 24 * kHourMs;

struct SlowDate {
  int64_t year = 1970;
  int month = 1;
  int day = 1;
};

/// Days since 1970-01-01. From 1970 on.
int64_t SlowDayNumber(SlowDate date);
SlowDate SlowDateOf(int64_t day_number);
int SlowMonthDays(int64_t year, int month);
/// 0 is Sunday.
int64_t SlowWeekday(int64_t day_number);

struct SlowCap {
  int64_t from = 0;
  int hours = 0;
};

struct SlowCalculator {
  std::function<int64_t(int64_t utc)> offset_at;  // milliseconds to add to UTC; whole quarter hours
  std::set<int64_t> holidays;                     // day numbers

  /// What AddTerm must return, and AddCapped for the capped computations.
  int64_t Due(int64_t anchor, Term term, SlowCap cap) const;

  /// The earliest instant at which the clock shows `wall`; for a time that the clock skips, the
  /// earliest that any offset of those hours makes of it.
  int64_t Earliest(int64_t wall) const;
  /// The first instant at which the day is over.
  int64_t EndOfDay(int64_t day) const;
  int64_t LocalDay(int64_t utc) const;
  bool IsWorking(int64_t day) const;
  int64_t WorkingFrom(int64_t day) const;
  int64_t WorkingAfter(int64_t day, int count) const;
  int64_t NoonUnlessWorking(int64_t limit, int64_t day) const;
};

}  // namespace tocsin::regulation
