// Instants as text. Inside the product every instant is absl::Time in UTC; text with an offset is
// the only form that is accepted from outside, because a wall time without one is a guess.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tocsin {

/// "2026-06-10T08:15:00Z"; with a fraction only when there is one.
std::string FormatInstant(absl::Time time);

/// "3 h 10 min", "2 d 4 h", "45 s": a span for people, its two largest units; negative spans as
/// their absolute value.
std::string FormatSpan(absl::Duration span);

/// Reads RFC 3339 with offset or Z, or a wall time followed by a zone in brackets:
/// "2026-06-10T10:15:00[Europe/Brussels]". `zone` must be the bracketed zone's rules when the
/// bracket form is used; LoadTimeZone is the caller's (this layer has no files). Errors, all
/// kInvalidArgument: reason INVALID_DATE (no such calendar date or no date at all), NO_OFFSET,
/// NONEXISTENT_LOCAL_TIME (in a spring gap), AMBIGUOUS_LOCAL_TIME (the repeated autumn hour; both
/// readings are named).
absl::StatusOr<absl::Time> ParseInstant(std::string_view text,
                                        const absl::TimeZone* zone = nullptr);

/// The zone name in brackets at the end of `text`, or empty.
std::string_view BracketedZone(std::string_view text);

/// The wall time `civil` in `zone` as an instant; refuses gaps and overlaps as ParseInstant does.
absl::StatusOr<absl::Time> InstantOfWallTime(absl::CivilSecond civil, const absl::TimeZone& zone);

}  // namespace tocsin
