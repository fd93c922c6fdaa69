// The moments every reader of a post-mortem asks for, and how long it took from one to the other.
// Computed from anchors, changes of phase and entries; nobody types them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "clients/report/bundle.h"

namespace tocsin::report {

struct KeyTime {
  /// occurred, detected, aware, declared, contained, recovered, handled, closed.
  std::string_view name;
  std::optional<absl::Time> time;
  Precision precision = Precision::kSecond;
  /// Where it comes from: "anchor, #4".
  std::string origin;
};

/// All eight, in the order above; those that the record does not hold have no time.
std::vector<KeyTime> KeyTimesOf(const Bundle& bundle);

struct Interval {
  std::string_view from;
  std::string_view to;
  absl::Duration span;
  /// One end is only known to the hour, day or month.
  bool rough = false;
};

/// The intervals of which both ends are known.
std::vector<Interval> IntervalsOf(const std::vector<KeyTime>& times);

}  // namespace tocsin::report
