// The ways in which laws count time. Each is one named computation from an anchor to an instant,
// and each explains itself in words, because a deadline nobody can check by hand is not believed.
// Hours are elapsed time in UTC; months and days are civil dates in the zone of the reporting
// establishment.
#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "server/regulation/calendar.h"

namespace tocsin::regulation {

/// How a term is counted. The text forms are the rule names of the deadline vectors.
enum class Computation {
  kHours,       // "hours": anchor + N x 3600 s; no rounding, no rolling
  kMonths,      // "months": same wall time N months later, clamped to the last day of the month
  kDays,        // "days": same wall time N days later
  kHours1182,   // "hours1182": the hour of the event is not counted (Regulation 1182/71, Article 3)
  kMonthsRoll,  // "months_roll": end of the day N months later, rolled to the next working day
  kDaysRoll,    // "days_roll": end of the day N days later, rolled to the next working day
  kDays2wd,     // "days_2wd": as days_roll, and at least two working days (1182/71, Article 3(5))
  kBdaysEod,    // "bdays_eod": end of the N-th working day after the anchor's day
  kDoraHoursNoon,  // "dora_hours_noon": N hours; on a non-working day noon of the next working day
  kDoraMonthNoon,  // "dora_month_noon": end of the day N months later; non-working: noon of the
                   // next working day
  kSec4bd,         // "sec4bd": 17:30 of the N-th working day after the anchor's day
  kCapped,         // "dora_initial": N hours, but not later than a cap (AddCapped)
  kCappedNoon,     // "dora_initial_noon": as kCapped; on a non-working day noon of the next working
                   // day
};

std::string_view ToText(Computation value);

struct Term {
  Computation computation = Computation::kHours;
  int amount = 0;  // of hours, months or days, as the computation says; at least 1

  friend bool operator==(const Term&, const Term&) = default;
};

/// "24 h", "1 month", "14 days": the amount for people.
std::string AmountText(Term term);

/// An instant and how it was found: "2026-06-10 08:15 UTC + 24 h = 2026-06-11 08:15 UTC".
struct Computed {
  absl::Time at;
  std::string arithmetic;
};

/// The instant `term` after `anchor`. A wall time that falls in a gap or an overlap of `zone` is
/// taken as its earliest UTC reading. `anchor` must be finite and `term.amount` at least 1
/// (checked). Not for capped terms (checked).
Computed AddTerm(absl::Time anchor, Term term, const absl::TimeZone& zone,
                 const Calendar& calendar);

/// A second limit: so many hours after another instant.
struct Cap {
  absl::Time from;
  int hours = 0;
};

/// As AddTerm for kCapped and kCappedNoon: the earlier of `anchor` plus the term and the cap. An
/// anchor later than the cap leaves the term alone (DORA: RTS 2025/301, Article 5(1)(a) and 5(2);
/// noon of the next working day: 5(4)). The order of the two instants is the caller's to check.
Computed AddCapped(absl::Time anchor, Term term, Cap cap, const absl::TimeZone& zone,
                   const Calendar& calendar);

}  // namespace tocsin::regulation
