// What `watch` shows on a terminal: where the incident stands, which alerts wait, what runs out
// when, what is to be done, and the newest entries at the bottom. Pure: the same view, clock and
// size give the same lines.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clients/core/output.h"
#include "clients/core/screen.h"
#include "tocsin/v1/incident.pb.h"
#include "tocsin/v1/obligation.pb.h"
#include "tocsin/v1/playbook.pb.h"
#include "tocsin/v1/timeline.pb.h"

namespace tocsin::cli {

struct WatchView {
  /// The one that is watched; unset: all of `incidents` are.
  std::optional<v1::Incident> incident;
  std::vector<v1::Incident> incidents;
  /// Open and missed ones, most urgent first.
  std::vector<v1::Obligation> obligations;
  std::vector<v1::Run> runs;
  /// Oldest first.
  std::deque<v1::Entry> entries;
  /// Since when there is no connection.
  std::optional<absl::Time> lost_time;
};

/// At most `size.rows` lines, none wider than `size.columns`, safe for a terminal. `now` is the
/// server's clock, so that what is left does not depend on this computer's.
std::vector<std::string> RenderWatch(const WatchView& view, absl::Time now,
                                     const absl::TimeZone& zone, const client::ScreenSize& size,
                                     bool colour);

}  // namespace tocsin::cli
