// What happens to an incident because it is a drill: its scenario, its clock, what it plays in.
// Events like those of domain/event.h, which holds the list of all.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/vocabulary.h"
#include "server/domain/scenario.h"

namespace tocsin::domain {

/// The incident is a drill on this scenario, whose clock shows `begin_time` now.
struct DrillStarted {
  std::shared_ptr<const PinnedScenario> scenario;
  absl::Time begin_time;
  int speed = 1;
  bool paused = false;
};
enum class ClockChange : uint8_t { kNone = 0, kPause = 1, kResume = 2, kSpeed = 3, kNext = 4 };
/// From now on the drill's clock shows `time` and goes on as it is set here.
struct DrillClockSet {
  ClockChange change = ClockChange::kNone;
  absl::Time time;
  int speed = 1;
  bool paused = false;
  /// Of kNext: the inject to whose time it was moved.
  std::string inject;
};
struct InjectDelivered {
  std::string inject;
  /// Empty: to everybody.
  std::vector<IncidentRole> to;
  std::string from;
  std::string via;
  std::string text;
};
/// In a drill the team declares what in an incident is the first entry.
struct DrillDeclared {
  std::string title;
  Severity severity = Severity::kSev3;
};
struct DrillStopped {
  std::string because;
};
/// What somebody who watched found of an expectation.
struct DrillJudged {
  std::string expectation;
  bool met = false;
  std::string because;
};

}  // namespace tocsin::domain
