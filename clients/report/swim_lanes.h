// The course of an incident as a picture: five lanes (attacker, detection, response, communication,
// regulator), a mark for what is recorded, a bar for each deadline from its anchor to its due time.
// Time in which nothing is recorded is cut out, since incidents sleep for weeks and then take
// hours.
#pragma once

#include <cstdint>
#include <optional>

#include "clients/report/bundle.h"
#include "clients/report/picture.h"
#include "clients/report/profile.h"

namespace tocsin::report {

/// Compact lanes leave room for the rest of a page.
enum class LaneHeight : uint8_t { kFull, kCompact };

/// nullopt when fewer than two moments are known. Marks that would touch are drawn as one with
/// their number, so that 10,000 entries take no more room than 100. Withheld and retracted entries
/// are not drawn.
std::optional<Picture> SwimLanes(const Bundle& bundle, const Labels& words,
                                 LaneHeight height = LaneHeight::kFull);

/// Where a moment stands between 0 and 1, and which spans are cut short.
class TimeScale {
 public:
  /// `moments` must not be empty.
  explicit TimeScale(std::vector<absl::Time> moments);

  /// Of a moment between the first and the last (others are put to the nearer end).
  double At(absl::Time time) const;
  absl::Time first() const { return times_.front(); }
  absl::Time last() const { return times_.back(); }
  /// Where time was cut out: the middle of the cut, and how long it was.
  struct Cut {
    double at = 0;
    absl::Duration span;
  };
  const std::vector<Cut>& cuts() const { return cuts_; }

 private:
  std::vector<absl::Time> times_;
  std::vector<double> places_;
  std::vector<Cut> cuts_;
};

}  // namespace tocsin::report
