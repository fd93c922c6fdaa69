// How a team did in a drill: a function of the record alone. Every expectation of the scenario is
// met, late or missed, with the entry that says so; besides, what counts in every drill: when the
// team declared and stated awareness, whether each notification was filed before it was due, which
// steps were done and skipped, and which decisions came with a reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/event.h"
#include "server/domain/incident.h"

namespace tocsin::domain {

enum class Outcome : uint8_t {
  kMet = 1,
  kLate = 2,
  kMissed = 3,
  /// There is still time.
  kOpen = 4,
  /// There still was time when the drill was stopped.
  kNotReached = 5,
  /// It cannot be expected: its inject never came, or the team's organisation is not under that
  /// law.
  kNotApplicable = 6,
};
/// "met", "late", "missed", "open", "not-reached", "not-applicable".
std::string_view ToText(Outcome outcome);

/// Times are those of the drill's clock.
struct ExpectationScore {
  Expectation expectation;
  Outcome outcome = Outcome::kOpen;
  std::optional<absl::Time> limit;
  std::optional<absl::Time> done_time;
  /// From the inject, or the start, that it counts from.
  std::optional<absl::Duration> took;
  /// The entry that met it; 0: none.
  uint64_t sequence = 0;
  /// Why, where the outcome alone does not say it.
  std::string note;
  /// A person's judgement counts instead of the record.
  std::optional<Judgement> judgement;
};

struct NotificationScore {
  std::string obligation;
  std::string label;
  std::optional<absl::Time> due;
  std::optional<absl::Time> submit_time;
  Outcome outcome = Outcome::kOpen;
  std::string note;
};

struct StepScore {
  std::string run;
  std::string step;
  std::string title;
  bool skipped = false;
  std::string note;
};

struct DecisionScore {
  uint64_t sequence = 0;
  absl::Time time;
  PrincipalId author;
  std::string text;
  /// Empty: none was given.
  std::string because;
};

struct DrillScore {
  absl::Time begin_time;
  /// When it was stopped, else now.
  absl::Time end_time;
  bool stopped = false;
  size_t injects_delivered = 0;
  /// How long the world's clock ran for it.
  absl::Duration world_time;
  std::optional<absl::Duration> declared_in;
  std::optional<absl::Duration> aware_decided_in;
  /// What was stated as the moment of awareness.
  std::optional<absl::Time> aware_time;
  std::vector<ExpectationScore> expectations;
  std::vector<NotificationScore> notifications;
  /// Done and skipped ones, in the order of the playbooks; the open ones are counted.
  std::vector<StepScore> steps;
  size_t steps_open = 0;
  std::vector<DecisionScore> decisions;
  /// Roles that the scenario needs and nobody held at the end.
  std::vector<IncidentRole> roles_unheld;
  /// Of expectations that were late or missed.
  std::vector<std::string> lessons;

  size_t Count(Outcome outcome) const;
};

/// One entry of the record.
struct DrillEntry {
  EntryMeta meta;
  PendingEntry entry;
};

/// `entries` are all of the incident in order, and `now` is the world's time. Errors:
/// kFailedPrecondition, reason NO_DRILL, for an incident that plays no scenario.
absl::StatusOr<DrillScore> ScoreDrill(const std::vector<DrillEntry>& entries, absl::Time now);

}  // namespace tocsin::domain
