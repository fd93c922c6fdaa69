#include "server/regulation/arithmetic.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/base/view.h"

namespace tocsin::regulation {
namespace {

// Shows seconds only when there are some.
std::string ClockText(absl::Time time, const absl::TimeZone& zone) {
  const absl::TimeZone::CivilInfo info = zone.At(time);
  const bool whole_minute = info.cs.second() == 0 && info.subsecond == absl::ZeroDuration();
  return absl::FormatTime(whole_minute ? "%Y-%m-%d %H:%M" : "%Y-%m-%d %H:%M:%E*S", time, zone);
}

std::string UtcText(absl::Time time) {
  return absl::StrCat(ClockText(time, absl::UTCTimeZone()), " UTC");
}

std::string LocalText(absl::Time time, const absl::TimeZone& zone) {
  return absl::StrCat(ClockText(time, zone), " (", zone.name(), ")");
}

std::string DayText(absl::CivilDay day) {
  return absl::FormatCivilTime(day);
}

// The first instant of `day`, which is the end (24:00) of the day before it.
absl::Time StartOfDay(absl::CivilDay day, const absl::TimeZone& zone) {
  const absl::TimeZone::TimeInfo info = zone.At(absl::CivilSecond(day));
  return info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans
                                                        : std::min(info.pre, info.post);
}

absl::Time EndOfDay(absl::CivilDay day, const absl::TimeZone& zone) {
  return StartOfDay(day + 1, zone);
}

absl::Time EarliestInstant(absl::CivilSecond wall, const absl::TimeZone& zone) {
  const absl::TimeZone::TimeInfo info = zone.At(wall);
  return std::min(info.pre, info.post);
}

absl::CivilDay AddMonthsClamped(absl::CivilDay day, int months) {
  const absl::CivilMonth month = absl::CivilMonth(day) + months;
  const int last_day = (absl::CivilDay(month + 1) - 1).day();
  return absl::CivilDay(month.year(), month.month(), std::min(day.day(), last_day));
}

// " (there is no 31 in 2026-02)" when a month was too short, else empty.
std::string ClampText(absl::CivilDay from, absl::CivilDay to) {
  if (from.day() == to.day()) return "";
  return absl::StrCat(" (there is no day ", from.day(), " in ",
                      absl::FormatCivilTime(absl::CivilMonth(to)), ")");
}

std::string GapText(absl::CivilSecond wall, const absl::TimeZone& zone) {
  switch (zone.At(wall).kind) {
    case absl::TimeZone::TimeInfo::SKIPPED:
      return ", a time the clock skips that day: the earliest reading counts";
    case absl::TimeZone::TimeInfo::REPEATED:
      return ", a time the clock shows twice that day: the first counts";
    case absl::TimeZone::TimeInfo::UNIQUE:
      return "";
  }
  return "";
}

Computed SameWallTime(absl::Time anchor, Term term, const absl::TimeZone& zone) {
  const absl::TimeZone::CivilInfo local = zone.At(anchor);
  const absl::CivilDay from(local.cs);
  const absl::CivilDay to = term.computation == Computation::kMonths
                                ? AddMonthsClamped(from, term.amount)
                                : from + term.amount;
  const absl::CivilSecond wall(to.year(), to.month(), to.day(), local.cs.hour(), local.cs.minute(),
                               local.cs.second());
  const absl::Time at = EarliestInstant(wall, zone) + local.subsecond;
  return {at,
          absl::StrCat(AmountText(term), " after ", LocalText(anchor, zone), " is ", DayText(to),
                       term.computation == Computation::kMonths ? ClampText(from, to) : "",
                       ", same clock time", GapText(wall, zone), " = ", UtcText(at))};
}

Computed AddHours(absl::Time anchor, int hours) {
  const absl::Time at = anchor + absl::Hours(hours);
  return {at, absl::StrCat(UtcText(anchor), " + ", hours, " h = ", UtcText(at))};
}

Computed AddHours1182(absl::Time anchor, int hours, const absl::TimeZone& zone) {
  const absl::TimeZone::CivilInfo local = zone.At(anchor);
  const absl::Duration into_hour =
      absl::Minutes(local.cs.minute()) + absl::Seconds(local.cs.second()) + local.subsecond;
  const absl::Time next_hour = anchor - into_hour + absl::Hours(1);
  const absl::Time at = next_hour + absl::Hours(hours);
  return {at, absl::StrCat("the hour of ", UtcText(anchor), " is not counted: ", UtcText(next_hour),
                           " + ", hours, " h = ", UtcText(at))};
}

// Each day that was passed over, and why.
std::string RollText(absl::CivilDay from, absl::CivilDay to, const Calendar& calendar) {
  if (from == to) return "";
  std::string words = absl::StrCat("; that is ", calendar.WhyNotWorking(from));
  for (absl::CivilDay day = from + 1; day < to; ++day) {
    absl::StrAppend(&words, ", ", DayText(day), " ", calendar.WhyNotWorking(day));
  }
  return absl::StrCat(words, ", so the next working day ", DayText(to));
}

// The holidays from the day after `from` to `to` that a count of working days left out.
std::string LeftOutText(absl::CivilDay from, absl::CivilDay to, const Calendar& calendar) {
  std::string words;
  for (absl::CivilDay day = from + 1; day < to; ++day) {
    const std::string why = calendar.WhyNotWorking(day);
    if (!calendar.holidays.contains(day) || !absl::StartsWith(why, "a holiday")) continue;
    absl::StrAppend(&words, words.empty() ? " (not counted: " : ", ", DayText(day), ", ", why);
  }
  return words.empty() ? "" : words + ")";
}

struct CountedDay {
  absl::CivilDay day;
  std::string words;
};

// The day that a term of months or days ends on, before any rolling.
CountedDay CountDay(absl::Time anchor, Term term, const absl::TimeZone& zone) {
  const absl::CivilDay from(zone.At(anchor).cs);
  const bool months = term.computation == Computation::kMonthsRoll ||
                      term.computation == Computation::kDoraMonthNoon;
  const absl::CivilDay to = months ? AddMonthsClamped(from, term.amount) : from + term.amount;
  return {to, absl::StrCat(AmountText(term), " after ", DayText(from), " (", zone.name(), ") is ",
                           DayText(to), months ? ClampText(from, to) : "")};
}

Computed EndOfRolledDay(absl::Time anchor, Term term, const absl::TimeZone& zone,
                        const Calendar& calendar) {
  const CountedDay counted = CountDay(anchor, term, zone);
  absl::CivilDay last = calendar.WorkingDayFrom(counted.day);
  std::string words = absl::StrCat(counted.words, RollText(counted.day, last, calendar));
  if (term.computation == Computation::kDays2wd) {
    const absl::CivilDay first(zone.At(anchor).cs);
    if (calendar.WorkingDaysBetween(first, last) < 2) {
      last = calendar.WorkingDayAfter(first, 2);
      absl::StrAppend(&words, "; at least two working days: ", DayText(last));
    }
  }
  const absl::Time at = EndOfDay(last, zone);
  return {at, absl::StrCat(words, "; end of that day = ", UtcText(at))};
}

Computed EndOfWorkingDay(absl::Time anchor, Term term, const absl::TimeZone& zone,
                         const Calendar& calendar) {
  const absl::CivilDay from(zone.At(anchor).cs);
  const absl::CivilDay last = calendar.WorkingDayAfter(from, term.amount);
  const absl::Time at = EndOfDay(last, zone);
  return {at, absl::StrCat(AmountText(term), " after ", DayText(from), " (", zone.name(), ") is ",
                           DayText(last), LeftOutText(from, last, calendar),
                           "; end of that day = ", UtcText(at))};
}

Computed HalfPastFive(absl::Time anchor, Term term, const absl::TimeZone& zone,
                      const Calendar& calendar) {
  const absl::CivilDay from(zone.At(anchor).cs);
  const absl::CivilDay last = calendar.WorkingDayAfter(from, term.amount);
  const absl::Time at = EarliestInstant(absl::CivilMinute(absl::CivilHour(last) + 17) + 30, zone);
  return {at, absl::StrCat(AmountText(term), " after ", DayText(from), " (", zone.name(), ") is ",
                           DayText(last), LeftOutText(from, last, calendar),
                           "; 17:30 there = ", UtcText(at))};
}

// The noon rule of RTS 2025/301, Article 5(4), for a limit on local day `day`.
Computed NoonIfNotWorking(Computed limit, absl::CivilDay day, const absl::TimeZone& zone,
                          const Calendar& calendar) {
  const absl::CivilDay working = calendar.WorkingDayFrom(day);
  if (working == day) return limit;
  const absl::Time noon = EarliestInstant(absl::CivilHour(working) + 12, zone);
  return {noon, absl::StrCat(limit.arithmetic, RollText(day, working, calendar),
                             ", noon = ", UtcText(noon))};
}

Computed DoraMonthNoon(absl::Time anchor, Term term, const absl::TimeZone& zone,
                       const Calendar& calendar) {
  const CountedDay counted = CountDay(anchor, term, zone);
  const absl::Time at = EndOfDay(counted.day, zone);
  const Computed limit{at, absl::StrCat(counted.words, "; end of that day = ", UtcText(at))};
  return NoonIfNotWorking(limit, counted.day, zone, calendar);
}

std::string Plural(int amount, std::string_view unit) {
  return absl::StrCat(amount, " ", ToAbsl(unit), amount == 1 ? "" : "s");
}

}  // namespace

std::string_view ToText(Computation value) {
  switch (value) {
    case Computation::kHours:
      return "hours";
    case Computation::kMonths:
      return "months";
    case Computation::kDays:
      return "days";
    case Computation::kHours1182:
      return "hours1182";
    case Computation::kMonthsRoll:
      return "months_roll";
    case Computation::kDaysRoll:
      return "days_roll";
    case Computation::kDays2wd:
      return "days_2wd";
    case Computation::kBdaysEod:
      return "bdays_eod";
    case Computation::kDoraHoursNoon:
      return "dora_hours_noon";
    case Computation::kDoraMonthNoon:
      return "dora_month_noon";
    case Computation::kSec4bd:
      return "sec4bd";
    case Computation::kCapped:
      return "dora_initial";
    case Computation::kCappedNoon:
      return "dora_initial_noon";
  }
  return "";
}

std::string AmountText(Term term) {
  switch (term.computation) {
    case Computation::kHours:
    case Computation::kHours1182:
    case Computation::kDoraHoursNoon:
    case Computation::kCapped:
    case Computation::kCappedNoon:
      return absl::StrCat(term.amount, " h");
    case Computation::kMonths:
    case Computation::kMonthsRoll:
    case Computation::kDoraMonthNoon:
      return Plural(term.amount, "month");
    case Computation::kDays:
    case Computation::kDaysRoll:
    case Computation::kDays2wd:
      return Plural(term.amount, "day");
    case Computation::kBdaysEod:
    case Computation::kSec4bd:
      return Plural(term.amount, "working day");
  }
  return "";
}

Computed AddTerm(absl::Time anchor, Term term, const absl::TimeZone& zone,
                 const Calendar& calendar) {
  TOCSIN_CHECK(anchor != absl::InfinitePast() && anchor != absl::InfiniteFuture());
  TOCSIN_CHECK(term.amount >= 1);
  switch (term.computation) {
    case Computation::kHours:
      return AddHours(anchor, term.amount);
    case Computation::kMonths:
    case Computation::kDays:
      return SameWallTime(anchor, term, zone);
    case Computation::kHours1182:
      return AddHours1182(anchor, term.amount, zone);
    case Computation::kMonthsRoll:
    case Computation::kDaysRoll:
    case Computation::kDays2wd:
      return EndOfRolledDay(anchor, term, zone, calendar);
    case Computation::kBdaysEod:
      return EndOfWorkingDay(anchor, term, zone, calendar);
    case Computation::kDoraHoursNoon: {
      const Computed limit = AddHours(anchor, term.amount);
      return NoonIfNotWorking(limit, absl::CivilDay(zone.At(limit.at).cs), zone, calendar);
    }
    case Computation::kDoraMonthNoon:
      return DoraMonthNoon(anchor, term, zone, calendar);
    case Computation::kSec4bd:
      return HalfPastFive(anchor, term, zone, calendar);
    case Computation::kCapped:
    case Computation::kCappedNoon:
      break;
  }
  TOCSIN_CHECK(false);
  return {};
}

Computed AddCapped(absl::Time anchor, Term term, Cap cap, const absl::TimeZone& zone,
                   const Calendar& calendar) {
  const Computed own = AddHours(anchor, term.amount);
  const Computed limit = AddHours(cap.from, cap.hours);
  Computed nearer;
  if (anchor > limit.at) {
    nearer = {own.at, absl::StrCat("later than ", cap.hours, " h after ", UtcText(cap.from),
                                   ", so the cap is gone: ", own.arithmetic)};
  } else {
    const Computed& first = own.at <= limit.at ? own : limit;
    nearer = {first.at, absl::StrCat("the earlier of ", own.arithmetic, " and ", limit.arithmetic)};
  }
  if (term.computation == Computation::kCapped) return nearer;
  TOCSIN_CHECK(term.computation == Computation::kCappedNoon);
  return NoonIfNotWorking(nearer, absl::CivilDay(zone.At(nearer.at).cs), zone, calendar);
}

}  // namespace tocsin::regulation
