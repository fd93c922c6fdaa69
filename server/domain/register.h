// The register of incidents: one row an incident, with what management, auditor and authority ask
// of all of them alike. A row is computed from the fold and kept nowhere, so that it cannot
// disagree with the record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/incident.h"

namespace tocsin::domain {

/// The instants between which intervals are measured. Absent: not known.
struct KeyTimes {
  /// As stated, else the earliest that an entry of kind attacker-activity claims; `detected` so of
  /// kind detection.
  std::optional<absl::Time> occurred;
  std::optional<absl::Time> detected;
  std::optional<absl::Time> aware;
  /// Absent for historical incidents, which were written down long after.
  std::optional<absl::Time> declared;
  /// When the response first left containment for a later phase.
  std::optional<absl::Time> contained;
  /// `impact_ended` as stated, else when the response left recovery for good by closing.
  std::optional<absl::Time> recovered;
  std::optional<absl::Time> handled;
  std::optional<absl::Time> closed;
};

/// Our own duties, by how they stand. Late ones were filed after their due time.
struct DutyCounts {
  size_t met = 0;
  size_t late = 0;
  size_t missed = 0;
  size_t open = 0;
  size_t waived = 0;
};

/// How a notification of ours stands. Late by the clock, whatever reason was given.
enum class DutyStanding : uint8_t { kMet, kLate, kMissed, kOpen, kWaived };

struct Notification {
  std::string obligation;
  std::string label;
  DutyStanding standing = DutyStanding::kOpen;
  /// Absent: there is no date yet.
  std::optional<absl::Time> due;
  /// Absent: it is not filed.
  std::optional<absl::Time> submit_time;
  /// Why it was filed late, as who filed it gave it; may be empty.
  std::string late_reason;
};
/// Late or missed.
bool IsLate(const Notification& notification);

void Count(DutyStanding standing, DutyCounts& counts);

struct ActionCounts {
  size_t done = 0;
  size_t open = 0;
  /// Of the open ones.
  size_t overdue = 0;
  /// Of those that are done: nobody has said whether they helped, though it is time.
  size_t unevaluated = 0;
};

/// Stands for the kind of an incident for which nobody stated one.
inline constexpr std::string_view kKindNotStated = "not stated";

struct RegisterRow {
  IncidentId id;
  std::string number;
  std::string title;
  /// Impact fact incident_type; empty when nobody stated it.
  std::string kind;
  Severity severity = Severity::kSev3;
  Phase phase = Phase::kTriage;
  Tlp tlp = Tlp::kAmber;
  bool restricted = false;
  bool drill = false;
  bool historical = false;
  /// Where the incident stands in time: declared, or for a historical one detected, aware or
  /// occurred, else the earliest time that an entry claims; its declaration when none is known.
  absl::Time begin;
  KeyTimes times;
  /// A person's decision under any regime; absent while nobody has decided.
  std::optional<bool> significant;
  DutyCounts duties;
  /// Those that are counted there, in their order.
  std::vector<Notification> notifications;
  /// Impact facts financial_loss_eur and root_cause_key, else root_cause; "unknown" counts as
  /// absent.
  std::optional<double> loss_eur;
  std::string root_cause;
  ReviewState review = ReviewState::kNone;
  /// As StateWord says it.
  std::string_view review_word;
  /// Published, and no second person read it.
  bool review_unread = false;
  /// Absent for what an import wrote down: that review was not held here.
  std::optional<absl::Time> review_publish_time;
  ActionCounts actions;
  /// When those that are done were.
  std::vector<absl::Time> actions_done;
  /// Until when the record is to be kept, when it is closed: three years, BIO2 5.28.01; for a
  /// historical one from the last of its key times on.
  std::optional<absl::Time> keep_until;
};

/// `incident` as its row at `now`.
RegisterRow RowOf(const Incident& incident, absl::Time now);

/// What is asked of the register. Everything that is stated must fit.
struct RegisterFilter {
  std::optional<absl::Time> from;
  std::optional<absl::Time> to;
  /// Also drills.
  bool drills = false;
  /// Only what is not closed.
  bool open = false;
  /// Only where a notification was late or is missed.
  bool late = false;
  /// Letters of either case; kKindNotStated for those without. Empty: all.
  std::string kind;
  /// Empty: all.
  std::set<Severity> severities;
  std::set<Phase> phases;
};
bool Fits(const RegisterRow& row, const RegisterFilter& filter);

}  // namespace tocsin::domain
