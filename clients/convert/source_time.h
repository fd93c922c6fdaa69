// Times as other tools write them. An offset must be stated, or the person who imports names the
// zone; nothing is guessed. How exactly a time is known follows from how it is written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/vocabulary.h"

namespace tocsin::convert {

struct SourceTime {
  /// The first instant that the statement can mean.
  absl::Time time;
  Precision precision = Precision::kSecond;
};

/// Reads ISO 8601 with offset, Z, UTC or GMT; the same without, when `zone` is given; a date or a
/// month alone, when `zone` is given; and the form of HTTP, "Fri, 27 Jan 2023 09:40:14 GMT".
/// Errors, kInvalidArgument: no such form or date; no offset and no zone; a wall time that `zone`
/// does not have or has twice. The message is one sentence without a place.
absl::StatusOr<SourceTime> ReadTime(std::string_view text,
                                    const std::optional<absl::TimeZone>& zone);

/// Reads milliseconds since 1970. Errors: kInvalidArgument for what is no whole number, and for
/// numbers so small that they are seconds.
absl::StatusOr<SourceTime> ReadEpochMillis(std::string_view digits);
/// The same for microseconds.
absl::StatusOr<SourceTime> ReadEpochMicros(std::string_view digits);

}  // namespace tocsin::convert
