// The conditions of criteria, evaluated: three-valued, each with its words. Only criteria.cc and
// the files of this part include it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/regulation/criteria.h"

namespace tocsin::regulation::conditions {

struct Evaluated {
  Outcome outcome = Outcome::kUnknown;
  std::string words;
};

/// What a condition is held against: the facts, possibly of several incidents put together.
struct Scope {
  const CriteriaSet& set;
  const CriteriaFacts& facts;
  /// Keys of numbers that some of the incidents do not state: the number is at least what it says.
  const std::vector<std::string>* incomplete = nullptr;
};

Evaluated Evaluate(const Condition& condition, const Scope& scope);

// recurrence.cc
Evaluated EvaluateRecurring(const Condition& condition, const Scope& scope);
// week_sum.cc
Evaluated EvaluateWeekSum(const Condition& condition, const Scope& scope);

/// A number as it is known.
struct KnownNumber {
  std::optional<Amount> value;
  bool is_lower_bound = false;  // the true number may be greater
};
/// `known` against the limits, of which the lowest counts. `key` and `unit` are for the words.
Evaluated Compare(const Condition& condition, std::string_view key, const KnownNumber& known,
                  const Scope& scope);

/// The stated value; empty when it is not stated or "unknown".
std::string_view StatedValue(const CriteriaFacts& facts, std::string_view key);
/// "users_affected is not stated", or that it is stated as unknown.
std::string NotStated(const CriteriaFacts& facts, std::string_view key);
/// The words with "; " between them, without repetitions.
std::string Joined(const std::vector<std::string>& words);

}  // namespace tocsin::regulation::conditions
