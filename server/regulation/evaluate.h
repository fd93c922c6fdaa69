// From facts to duties. Given a law and what is known about an incident, says which duties exist,
// which have a date, and how the date was found. Pure: the same facts give the same duties, so they
// are recomputed whenever a fact comes. A clock never starts from anything but its own anchor; what
// is missing stays "no date yet".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/regulation/calendar.h"
#include "server/regulation/rule_pack.h"

namespace tocsin::regulation {

/// A person's decision whether the incident is reportable under the regime.
enum class Significance { kUndecided, kYes, kNo };

struct Facts {
  std::string entity_kind;
  absl::TimeZone zone;  // of the reporting establishment
  Calendar calendar;    // of the same country
  /// By the names of AnchorNames(); a name that is absent is not known yet. "aware_corrected" moves
  /// "aware" only to an earlier moment.
  std::map<std::string, absl::Time> anchors;
  Significance significance = Significance::kUndecided;
  /// Stands in for "aware" while nobody has stated it: the detection, when the incident looks
  /// reportable. What is counted from it is provisional, so that a running clock is seen.
  std::optional<absl::Time> aware_stand_in;
  absl::Time
      as_of;  // decides only whether the incident is "still ongoing" at the final report's date
};

enum class DutyState {
  kDated,        // owed, with `due`
  kNoDateYet,    // owed, but its anchor is missing
  kNoNumber,     // owed by its primary norm alone; the law gives no number
  kConditional,  // owed only if the incident is still ongoing then; `due` shows when, but raises no
                 // alarm
  kOnRequest,    // owed once the authority asks; nobody asked yet
  kVoluntary,    // may be sent; nothing falls due
  kExpectedAnswer,  // the authority's, not ours; `due` is when to expect it
  kNotRequired,     // not owed as the facts stand
};

/// One duty as the facts stand.
struct Duty {
  std::string stage;
  std::string label;
  DutyState state = DutyState::kNotRequired;
  bool own_duty = true;
  /// Significance is undecided, and this is what a "yes" would mean; or it is counted from the
  /// detection, because awareness is not stated.
  bool provisional = false;
  std::optional<absl::Time> due;           // drives alarms, order and colour
  std::optional<absl::Time> legal_latest;  // the outer legal reading; on or after `due`
  std::string anchor;                      // from which the clock runs; empty when none does
  std::optional<absl::Time> anchor_time;
  std::string rule_id;
  std::string article;
  std::string arithmetic;  // how `due` was found, or why there is none
  std::string latest_arithmetic;
  std::string latest_article;
  std::string primary_norm;

  friend bool operator==(const Duty&, const Duty&) = default;
};

std::string_view ToText(DutyState value);

/// The duties of `facts.entity_kind`, in the pack's order; one for each stage that this kind has.
/// Errors: kInvalidArgument: UNKNOWN_ENTITY_KIND; INVALID_DATE when an anchor is an infinite time.
absl::StatusOr<std::vector<Duty>> Evaluate(const RulePack& pack, const Facts& facts);

/// A rule's clock as the facts stand: which anchor it runs from and since when.
struct RunningTerm {
  std::string anchor;
  std::optional<absl::Time> anchor_time;  // absent: not known yet
  std::string article;
  bool still_ongoing = false;  // the incident was not over at the date of the rule's own anchor
};

/// The clock of `rule`, which must have `due` or an anchor. `rule` is never of kStillOngoing.
RunningTerm RunningTermOf(const StageRule& rule, const Facts& facts);

/// `term` counted from `running`, with the rule's cap when it is capped; nullopt when an anchor is
/// not known.
std::optional<Computed> CountTerm(const StageRule& rule, Term term, const RunningTerm& running,
                                  const Facts& facts);

/// The clock of a reading: the rule's own, or that of the reading's anchor.
RunningTerm RunningReading(const LegalReading& reading, const RunningTerm& running,
                           const Facts& facts);

/// The rule's own article, and behind it the further basis of a reading when there is one.
std::string CombinedArticle(std::string_view own, std::string_view further);

/// The anchor's time after corrections; of "aware" the stand-in when there is one; nullopt when it
/// is not known.
std::optional<absl::Time> AnchorTime(const Facts& facts, std::string_view name);

}  // namespace tocsin::regulation
