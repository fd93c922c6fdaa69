// When is an incident reportable? A criteria set is a law's answer as data: named criteria, each
// with its article and a condition over facts of the impact assessment. Assess holds the facts
// against it and says of each criterion met, not met or unknown, in words that show the numbers.
//
// The one idea: three values. A fact that nobody stated is unknown, never "no", and a criterion is
// unknown only where the missing facts could still change it; stating one more fact of the incident
// can settle a criterion and never makes a settled one unknown. The engine proposes; whether the
// incident is significant a person decides.
//
// "Caused or capable of causing": a condition marked `capable` reads two facts, KEY for what
// happened and KEY_potential for what could have; either suffices.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "server/base/digest.h"
#include "server/regulation/amount.h"

namespace tocsin::regulation {

enum class Outcome : uint8_t { kMet = 1, kNotMet = 2, kUnknown = 3 };
/// "met", "not met", "unknown".
std::string_view ToText(Outcome value);

/// The key of the potential form of a fact.
std::string PotentialKey(std::string_view key);
/// Incidents in which this fact has the same value are taken to have the same root cause.
inline constexpr std::string_view kRootCauseKey = "root_cause_key";

enum class Comparison { kMoreThan, kAtLeast, kLessThan, kAtMost };

/// What a number is compared with: an amount, or a share of another fact's number.
struct Limit {
  Amount amount;
  int64_t milli_percent = 0;  // 5 % is 5000; 0: `amount` is the limit
  std::string of;             // of which fact, "annual_turnover_eur"
  std::string share;          // the fact that may state the share itself; may be empty
};

/// Which facts several incidents are put together by, when a law looks at all of them. A fact in
/// none of the lists is that of the incident that is assessed.
struct Combination {
  std::vector<std::string> sum;       // numbers that add up
  std::vector<std::string> greatest;  // numbers of which the greatest counts
  std::vector<std::string> any;       // yes when it is yes for one of them
};

enum class ConditionKind {
  kYes,      // `fact` is yes
  kOneOf,    // one of the words of `fact` (a list with commas) is in `words`
  kCompare,  // the number of `fact` against the lowest of `limits`
  kWeekSum,  // the same, for the minutes of the intervals of `fact` that lie in one calendar week
  kAll,
  kAny,
  kNot,           // of the one part
  kAtLeast,       // `count` of the parts
  kWhileUnknown,  // met while the one part is unknown, else not met
  kCriterion,     // the condition of the criterion named `fact`
  kRecurring,     // `count` incidents of one cause within `months`, and the part, if there is one,
                  // holds for all of them together
};

struct Condition {
  ConditionKind kind = ConditionKind::kAll;
  std::string fact;
  std::string instead;  // of kWeekSum: the fact that may state the sum itself; may be empty
  bool capable = false;
  std::vector<std::string> words;
  Comparison comparison = Comparison::kMoreThan;
  std::vector<Limit> limits;  // several: the lowest counts
  std::string unit;           // for the words: "EUR", "min"; may be empty
  int count = 0;
  int months = 0;
  Combination combination;
  std::vector<Condition> parts;
};

struct Criterion {
  std::string id;  // "loss"
  std::string article;
  std::string text;  // what the law asks, in plain words
  /// False for a criterion that others refer to and that decides nothing alone.
  bool decides = true;
  std::optional<Condition> applies_when;  // not met: the criterion is left out
  Condition when;
};

struct CriteriaSet {
  std::string id;  // "nis2-2024-2690"
  std::string title;
  std::string version;
  Digest digest;  // of the file's bytes
  /// Ids of rule packs; "nis2" also means its national versions, "nis2-nl".
  std::vector<std::string> regimes;
  std::vector<std::string> entity_kinds;  // of those packs; empty: all
  std::vector<std::string> instead_of;    // sets that this one replaces where it applies
  std::string source;
  std::string confidence;
  std::string verified_on;
  absl::CivilDay valid_from;
  std::optional<absl::CivilDay> valid_to;
  std::optional<Condition> applies_when;  // unknown: the set is not asked, and that is said
  /// Met: no criterion is met, whatever the facts, such as for planned maintenance. Unlike
  /// elsewhere unknown counts as "no" here.
  std::optional<Condition> excluded_when;
  std::string excluded_article;
  std::vector<Criterion> criteria;
};

/// Another incident of the same organisation, as far as recurrence asks.
struct RelatedIncident {
  std::string number;  // "INC-2026-0042"
  absl::Time time;
  std::map<std::string, std::string> facts;  // with kRootCauseKey
};

/// What is known. The value "unknown" is the same as no value.
struct CriteriaFacts {
  std::map<std::string, std::string> stated;  // also "entity_kind"
  absl::TimeZone zone;                        // whose calendar weeks and months count
  absl::Time time;                            // of the incident, among the related ones
  std::vector<std::shared_ptr<const RelatedIncident>> related;
};

struct CriterionResult {
  std::string id;
  std::string article;
  std::string text;
  Outcome outcome = Outcome::kUnknown;
  bool decides = true;
  std::string words;  // why: the numbers and the limit that was used, or what is not stated

  friend bool operator==(const CriterionResult&, const CriterionResult&) = default;
};

struct SetResult {
  std::string set;
  std::string title;
  std::string version;
  std::string digest;  // in hex
  std::string confidence;
  std::string verified_on;
  std::vector<CriterionResult> criteria;

  friend bool operator==(const SetResult&, const SetResult&) = default;
};

/// All sets of one regime, as the facts stand.
struct Assessment {
  std::vector<SetResult> sets;
  /// Sets of which the facts do not tell whether they apply: id and what to state.
  std::vector<std::pair<std::string, std::string>> not_asked;

  friend bool operator==(const Assessment&, const Assessment&) = default;
};

/// The assessment of an incident under the rule pack `regime` as `entity_kind` on `day`. Sets of
/// other regimes, kinds or days are left out.
Assessment Assess(const std::vector<std::shared_ptr<const CriteriaSet>>& sets,
                  std::string_view regime, std::string_view entity_kind, absl::CivilDay day,
                  const CriteriaFacts& facts);

/// Met when a criterion that decides is met; else unknown when one is unknown. nullopt when no set
/// says anything: then there is no proposal.
std::optional<Outcome> ProposalOf(const Assessment& assessment);
/// "SET:CRITERION" of what is met, of the criteria that decide, in order.
std::vector<std::string> MetIds(const Assessment& assessment);
/// True while no criterion is settled: then there is nothing to say yet.
bool IsAllUnknown(const Assessment& assessment);

}  // namespace tocsin::regulation
