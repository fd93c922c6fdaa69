// The moments every reader of a post-mortem asks for, and how long it took from one to the other.
// Computed from anchors, changes of phase and entries; nobody types them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "clients/report/bundle.h"

namespace tocsin::report {

/// What a key time was taken from.
enum class Origin : uint8_t { kNone, kAnchor, kEntryKind, kPhaseLeft, kDeclared, kClosed };

struct KeyTime {
  /// occurred, detected, aware, declared, contained, recovered, handled, closed.
  std::string_view name;
  std::optional<absl::Time> time;
  Precision precision = Precision::kSecond;
  Origin origin = Origin::kNone;
  /// Who stated or did it; for kEntryKind the kind, for kPhaseLeft the phase.
  std::string by;
  /// The entry; 0 when there is none.
  uint64_t sequence = 0;
};

/// All eight, in the order above; those that the record does not hold have no time. Of an incident
/// that was written after the fact only what people state counts, not when they wrote it.
std::vector<KeyTime> KeyTimesOf(const Bundle& bundle);

struct Interval {
  std::string_view from;
  std::string_view to;
  absl::Duration span;
  uint64_t from_sequence = 0;
  uint64_t to_sequence = 0;
  /// One end is only known to the hour, day or month.
  bool rough = false;
};

/// The intervals of which both ends are known.
std::vector<Interval> IntervalsOf(const std::vector<KeyTime>& times);

}  // namespace tocsin::report
