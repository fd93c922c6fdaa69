// The clock of a drill: the world's, but it may run faster, stand still, and jump forward. What it
// shows is a function of what the record says of it and of the world's time, so that it survives a
// restart and everybody reads the same.
#pragma once

#include <algorithm>
#include <optional>

#include "absl/time/time.h"

namespace tocsin::domain {

/// Since it was set last. Never runs backwards.
struct DrillClock {
  /// The world's time when it was set, and what it showed then.
  absl::Time set_time;
  absl::Time shown_time;
  int speed = 1;
  bool paused = false;
  /// It stands still from there on.
  absl::Time end_time;

  friend bool operator==(const DrillClock&, const DrillClock&) = default;

  /// What it shows at the world's `time`, exact to the nanosecond as the record is.
  absl::Time At(absl::Time time) const {
    if (paused) return shown_time;
    const absl::Duration passed = std::max(time - set_time, absl::ZeroDuration());
    return std::min(shown_time + passed * speed, end_time);
  }
  /// The world's time at which it shows `shown`, at the latest a nanosecond after; nullopt when it
  /// does not get there as it is set. A moment that it has passed is that of its setting.
  std::optional<absl::Time> WhenShows(absl::Time shown) const {
    if (shown <= shown_time) return set_time;
    if (paused || shown > end_time) return std::nullopt;
    const absl::Time when = set_time + (shown - shown_time) / speed;
    const absl::Time whole = absl::FromUnixNanos(absl::ToUnixNanos(when));
    return At(whole) >= shown ? whole : whole + absl::Nanoseconds(1);
  }
};

}  // namespace tocsin::domain
