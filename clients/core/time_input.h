// Instants as people write them on a command line. A clock time alone means the most recent such
// moment in the context's zone; whatever is not an instant in full is resolved and told back, so
// that nobody records a time they did not mean.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/vocabulary.h"

namespace tocsin::client {

/// A moment that a person named.
struct When {
  absl::Time time;
  /// To the second, the minute or (only ParseDue) the day, as it was written.
  Precision precision = Precision::kSecond;
  /// True when `time` followed from the clock or a zone; then show it to the person.
  bool resolved = false;
};

/// `now` counts to the whole second. Reads: RFC 3339 with offset; "2026-06-10
/// 10:42[Europe/Brussels]"; "now"; "-20m", "-2h",
/// "-1h30m", "-3d", "20m ago"; "10:42" or "10:42:30": today in `zone`, or yesterday when that lies
/// more than five minutes in the future. Errors: kInvalidArgument with the reasons of ParseInstant,
/// or UNKNOWN_ZONE, BAD_TIME.
absl::StatusOr<When> ParseWhen(std::string_view text, absl::Time now, const absl::TimeZone& zone);

/// Reads a moment to come: RFC 3339, the bracket form, "14d", "+36h", or a date alone, which means
/// the end of that day in `zone`. Errors: as ParseWhen.
absl::StatusOr<When> ParseDue(std::string_view text, absl::Time now, const absl::TimeZone& zone);

/// "14:20 UTC", with the date in front when it is another day than `now`; the year only when it is
/// another one.
std::string FormatClock(absl::Time time, absl::Time now);

/// "in 3 h 58 min (14:20 UTC)", "20 min ago (10:00 UTC)", "now (10:20 UTC)".
std::string FormatRelative(absl::Time time, absl::Time now);

}  // namespace tocsin::client
