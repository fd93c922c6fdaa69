// Working days. Saturday and Sunday are never working days; public holidays are data of the country
// where the act is to be done. Legal-latest readings ask for it; the date that drives alarms only
// where the law itself counts working days.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"

namespace tocsin::regulation {

/// The public holidays of one country. The default one knows weekends only.
struct Calendar {
  std::string country;  // ISO 3166 alpha-2; empty when no country's holidays are known
  std::map<absl::CivilDay, std::string> holidays;  // with their names; empty: not known
  int first_year = 0;  // the years for which `holidays` is complete; 0: no such limit is stated
  int last_year = 0;

  /// False when `day` lies outside the years whose holidays are known: the answers below then know
  /// weekends only, and may name a day too early.
  bool Covers(absl::CivilDay day) const {
    return first_year == 0 || (day.year() >= first_year && day.year() <= last_year);
  }
  bool IsWorkingDay(absl::CivilDay day) const;
  /// `day` itself when it is a working day, else the first one after it.
  absl::CivilDay WorkingDayFrom(absl::CivilDay day) const;
  /// The `count`-th working day after `day`; `day` itself is not counted. `count` must be at least
  /// 1 (checked).
  absl::CivilDay WorkingDayAfter(absl::CivilDay day, int count) const;
  /// Working days after `first`, up to and including `last`.
  int WorkingDaysBetween(absl::CivilDay first, absl::CivilDay last) const;
  /// "a Saturday", "a Sunday", "a holiday (NL, Koningsdag)"; empty for a working day.
  std::string WhyNotWorking(absl::CivilDay day) const;
};

/// Reads "-" (weekends only), "BE:none" or "BE:2026-11-01 2026-11-11".
/// Errors: kInvalidArgument, reason INVALID_HOLIDAYS, when it is none of these or a date does not
/// exist.
absl::StatusOr<Calendar> ParseHolidays(std::string_view text);

/// Reads "2026-11-01". Errors: kInvalidArgument, reason INVALID_DATE.
absl::StatusOr<absl::CivilDay> ParseDay(std::string_view text);

}  // namespace tocsin::regulation
