// Random terms against a slow second calculation (arithmetic_oracle.h), 0 differences: once in
// Belgium with the Union's daylight-saving rule written out by hand and no time-zone library, and
// once in zones of all kinds. And how long a million due times take.
#include <array>
#include <ctime>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/regulation/arithmetic.h"
#include "tests/support/catch.h"
#include "tests/unit/regulation/arithmetic_oracle.h"
#include "tests/unit/regulation/vectors.h"

namespace tocsin::regulation {
namespace {

// Anchors lie up to 14 months earlier; the Union's rule for October holds since 1996.
constexpr int64_t kFirstYear = 2000;
constexpr int64_t kLastYear = 2039;

constexpr std::array kComputations = {
    Computation::kHours,         Computation::kMonths,     Computation::kDays,
    Computation::kHours1182,     Computation::kMonthsRoll, Computation::kDaysRoll,
    Computation::kDays2wd,       Computation::kBdaysEod,   Computation::kDoraHoursNoon,
    Computation::kDoraMonthNoon, Computation::kSec4bd,     Computation::kCapped,
    Computation::kCappedNoon,
};

int64_t StartOf(int64_t year) {
  return SlowDayNumber({year, 1, 1}) * kDayMs;
}

int64_t LastSunday(int64_t year, int month) {
  const int64_t last = SlowDayNumber({year, month, SlowMonthDays(year, month)});
  return last - SlowWeekday(last);
}

// Central European time: summer time from 01:00 UTC of the last Sunday of March to that of October.
int64_t CentralEuropeanOffset(int64_t utc) {
  const int64_t year = SlowDateOf(utc / kDayMs).year;
  const bool summer = utc >= LastSunday(year, 3) * kDayMs + kHourMs &&
                      utc < LastSunday(year, 10) * kDayMs + kHourMs;
  return summer ? 2 * kHourMs : kHourMs;
}

// The instants at which the offset changes, found by looking at every day and halving.
std::vector<int64_t> ClockChanges(const SlowCalculator& slow) {
  std::vector<int64_t> changes;
  for (int64_t day = StartOf(kFirstYear); day < StartOf(kLastYear); day += kDayMs) {
    int64_t before = day;
    int64_t after = day + kDayMs;
    if (slow.offset_at(before) == slow.offset_at(after)) continue;
    while (after - before > 1) {
      const int64_t middle = (before + after) / 2;
      (slow.offset_at(middle) == slow.offset_at(before) ? before : after) = middle;
    }
    changes.push_back(after);
  }
  return changes;
}

// Draws cases; the same numbers on every machine, for the distributions of the standard library
// are not.
class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}

  /// From `low` to `high`, both included.
  int64_t Roll(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_() % static_cast<uint64_t>(high - low + 1));
  }
  int Int(int low, int high) { return static_cast<int>(Roll(low, high)); }

  /// An instant at or near an edge: a change of the clock, a month's end, a leap day, a year's end,
  /// a midnight; one in six is anywhere.
  int64_t Edge(const std::vector<int64_t>& changes, const SlowCalculator& slow) {
    const int64_t year = Roll(kFirstYear, kLastYear - 1);
    const int month = Int(1, 12);
    switch (Roll(0, 5)) {
      case 0:
        if (changes.empty()) break;
        return changes[static_cast<size_t>(Roll(0, std::ssize(changes) - 1))] + Jitter();
      case 1:
        return Local({year, month, SlowMonthDays(year, month)}, slow) + Roll(0, kDayMs);
      case 2: {
        const int64_t leap = year - year % 4;  // no century but 2000 among the years
        return Local({leap, 2, Int(27, 29)}, slow) + Roll(0, kDayMs);
      }
      case 3:
        return Local({year, 12, 31}, slow) + Roll(0, 2 * kDayMs);
      case 4:
        return Local({year, month, Int(1, 28)}, slow) + Jitter();
      default:
        break;
    }
    return Roll(StartOf(kFirstYear), StartOf(kLastYear));
  }

  /// Days off: some alone, some in a row.
  std::set<int64_t> Holidays() {
    std::set<int64_t> days;
    for (int64_t year = kFirstYear; year <= kLastYear + 2; ++year) {
      for (int i = Int(0, 12); i > 0; --i) {
        const int64_t first = SlowDayNumber({year, Int(1, 12), Int(1, 28)});
        for (int64_t length = Roll(0, 3) == 0 ? Roll(2, 5) : 1; length > 0; --length) {
          days.insert(first + length - 1);
        }
      }
    }
    return days;
  }

 private:
  static int64_t Local(SlowDate date, const SlowCalculator& slow) {
    const int64_t wall = SlowDayNumber(date) * kDayMs;
    return wall - slow.offset_at(wall);
  }

  // Nothing, a millisecond or a second, quarter hours, anything within a day.
  int64_t Jitter() {
    switch (Roll(0, 3)) {
      case 0:
        return Roll(-1, 1);
      case 1:
        return Roll(-1, 1) * kSecondMs;
      case 2:
        return Roll(-12, 12) * 15 * kMinuteMs;
      default:
        return Roll(-kDayMs, kDayMs);
    }
  }

  std::mt19937_64 random_;
};

// A term of the length that laws use, and the time it takes, roughly.
struct DrawnTerm {
  Term term;
  int64_t length = 0;
};

DrawnTerm Draw(Computation computation, Dice& dice) {
  switch (computation) {
    case Computation::kHours:
    case Computation::kHours1182:
    case Computation::kDoraHoursNoon:
    case Computation::kCapped:
    case Computation::kCappedNoon: {
      const int hours = dice.Int(1, 100);
      return {{computation, hours}, hours * kHourMs};
    }
    case Computation::kMonths:
    case Computation::kMonthsRoll:
    case Computation::kDoraMonthNoon: {
      const int months = dice.Int(1, 14);
      return {{computation, months}, months * dice.Roll(28, 31) * kDayMs};
    }
    case Computation::kDays:
    case Computation::kDaysRoll:
    case Computation::kDays2wd:
    case Computation::kBdaysEod:
    case Computation::kSec4bd:
      break;
  }
  const int days = dice.Int(1, dice.Roll(0, 1) == 0 ? 5 : 40);
  return {{computation, days}, days * kDayMs};
}

Calendar ToCalendar(const std::set<int64_t>& holidays) {
  Calendar calendar;
  calendar.country = "XX";
  for (const int64_t number : holidays) {
    const SlowDate date = SlowDateOf(number);
    calendar.holidays.emplace(absl::CivilDay(date.year, date.month, date.day), "");
  }
  return calendar;
}

struct Tally {
  int64_t cases = 0;
  int64_t wrong = 0;
  std::string example;  // the first that is wrong
};

// `rounds` cases of each computation in one zone, with the same holidays.
void Compare(const absl::TimeZone& zone, const SlowCalculator& slow, int rounds, Dice& dice,
             Tally& tally) {
  const std::vector<int64_t> changes = ClockChanges(slow);
  const Calendar calendar = ToCalendar(slow.holidays);
  for (int round = 0; round < rounds; ++round) {
    for (const Computation computation : kComputations) {
      const DrawnTerm drawn = Draw(computation, dice);
      int64_t anchor = dice.Edge(changes, slow);
      // In half of the cases it is the end of the term that lies at the edge.
      if (dice.Roll(0, 1) == 0) anchor -= drawn.length;
      const SlowCap cap{anchor - dice.Roll(-10, 60) * kHourMs + dice.Roll(-1, 1), dice.Int(1, 72)};
      const absl::Time from = absl::FromUnixMillis(anchor);
      const bool capped =
          computation == Computation::kCapped || computation == Computation::kCappedNoon;
      const absl::Time got =
          capped ? AddCapped(from, drawn.term, {absl::FromUnixMillis(cap.from), cap.hours}, zone,
                             calendar)
                       .at
                 : AddTerm(from, drawn.term, zone, calendar).at;
      const absl::Time expected = absl::FromUnixMillis(slow.Due(anchor, drawn.term, cap));
      ++tally.cases;
      if (got == expected || ++tally.wrong > 1) continue;
      tally.example = absl::StrCat(
          zone.name(), " ", ToAbsl(ToText(computation)), ": ", FormatInstant(from), " + ",
          AmountText(drawn.term), " = ", FormatInstant(got), ", slowly ", FormatInstant(expected),
          "; cap ", cap.hours, " h from ", FormatInstant(absl::FromUnixMillis(cap.from)));
    }
  }
}

TEST_CASE("AddTerm: 104,000 random terms agree with days counted by hand", "[regulation]") {
  Dice dice(20260610);
  Tally tally;
  for (int i = 0; i < 20; ++i) {
    const SlowCalculator slow{CentralEuropeanOffset, dice.Holidays()};
    Compare(ZoneForTest("Europe/Brussels"), slow, 400, dice, tally);
  }

  std::cout << "terms in Belgium, summer time by hand: " << tally.cases << " cases, " << tally.wrong
            << " differences\n";
  INFO(tally.example);
  CHECK(tally.cases == 104'000);
  CHECK(tally.wrong == 0);
}

TEST_CASE("AddTerm: 156,000 random terms in many zones agree with a search", "[regulation]") {
  // Ordinary ones; clocks that change at midnight (Havana, Beirut, Sao Paulo), by half an hour
  // (Lord Howe), on other days (New York, Dublin with its negative winter time); offsets with
  // minutes; none.
  static constexpr std::array kZones = {
      "Europe/Brussels", "Europe/Dublin",    "America/New_York",    "Europe/Helsinki",
      "Europe/Lisbon",   "America/Havana",   "Asia/Beirut",         "America/Sao_Paulo",
      "Asia/Kathmandu",  "America/St_Johns", "Australia/Lord_Howe", "UTC",
  };
  Dice dice(20221214);
  Tally tally;
  for (const char* const name : kZones) {
    const absl::TimeZone zone = ZoneForTest(name);
    const auto offset = [&zone](int64_t utc) {
      return zone.At(absl::FromUnixMillis(utc)).offset * kSecondMs;
    };
    for (int i = 0; i < 10; ++i) {
      Compare(zone, {offset, dice.Holidays()}, 100, dice, tally);
    }
  }

  std::cout << "terms in " << kZones.size() << " zones: " << tally.cases << " cases, "
            << tally.wrong << " differences\n";
  INFO(tally.example);
  CHECK(tally.cases == 156'000);
  CHECK(tally.wrong == 0);
}

// The aim is two seconds for a million due times, each with its arithmetic in words. The test
// allows five times that, in processor time, so that it fails when the engine has become slow and
// not when the machine is. Without optimisation, or under a sanitizer, the figure says nothing and
// is only printed.
TEST_CASE("AddTerm: a million due times take seconds", "[regulation]") {
  constexpr int kCount = 1'000'000;
  constexpr double kAimSeconds = 2;
  const absl::TimeZone zone = ZoneForTest("Europe/Brussels");
  const Calendar calendar;
  const absl::Time first = absl::FromUnixMillis(StartOf(2026));
  constexpr std::array kTerms = {Term{Computation::kHours, 24}, Term{Computation::kHours, 72},
                                 Term{Computation::kMonths, 1}};
  absl::Duration sum = absl::ZeroDuration();

  const std::clock_t begin = std::clock();
  for (int i = 0; i < kCount; ++i) {
    const absl::Time anchor = first + absl::Seconds(97) * i;
    sum +=
        AddTerm(anchor, kTerms[static_cast<size_t>(i) % kTerms.size()], zone, calendar).at - anchor;
  }
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;

  std::cout << kCount << " due times: " << seconds << " s\n";
  // A third each of 24 h, 72 h and 28 to 31 days.
  CHECK(sum > absl::Hours(24 + 72 + 28 * 24) * (kCount / 3));
  CHECK(sum < absl::Hours(24 + 72 + 31 * 24) * (kCount / 3 + 1));
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(seconds < 5 * kAimSeconds);
#endif
}

}  // namespace
}  // namespace tocsin::regulation
