// A drill under way: its scenario, its clock, what has been delivered of it. A drill is an incident
// marked as one, with DrillStarted in its record; its times (deadlines, steps, what people state)
// are those of the drill's clock, while the record itself keeps the world's.
//
// While it runs, people do in it what they would do in an incident; the server adds what the
// scenario tells them. Once it is stopped its clock counts no more: it can be reviewed, exported
// and closed, and nothing of it falls due.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/ids.h"
#include "server/domain/drill_clock.h"
#include "server/domain/event.h"
#include "server/domain/scenario.h"

namespace tocsin::domain {

struct Incident;

/// What a person who watched the drill found of an expectation; it counts instead of the record.
struct Judgement {
  bool met = false;
  std::string because;
  PrincipalId author;
  uint64_t sequence = 0;
};

struct Drill {
  std::shared_ptr<const PinnedScenario> pinned;
  absl::Time begin_time;
  DrillClock clock;
  /// How many injects of the scenario have been delivered: the first so many.
  size_t delivered = 0;
  /// On the drill's clock: when the team declared, and when it was stopped.
  std::optional<absl::Time> declare_time;
  std::optional<absl::Time> stop_time;
  /// By expectation.
  std::map<std::string, Judgement> judgements;

  const Scenario& scenario() const { return pinned->scenario; }
  bool running() const { return !stop_time.has_value(); }
  /// The inject that comes next; nullptr when all are delivered.
  const Inject* Next() const;
};

/// The incident is a drill with a clock that counts.
bool IsRunningDrill(const Incident& incident);
/// The incident is a drill that was stopped: nothing of it falls due any more.
bool IsOver(const Incident& incident);
/// The time that counts for the incident at the world's `time`: the drill's clock, else `time`.
absl::Time TimeIn(const Incident& incident, absl::Time time);

/// Stands for an obligation in the timer of the next inject, whose percent is its position. No
/// obligation's id is without a dot.
inline constexpr std::string_view kDrillInject = "drill_inject";

}  // namespace tocsin::domain
