#include "server/regulation/conditions.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/check.h"
#include "server/base/view.h"

namespace tocsin::regulation::conditions {
namespace {

bool Holds(Comparison comparison, Amount value, Amount limit) {
  switch (comparison) {
    case Comparison::kMoreThan:
      return value > limit;
    case Comparison::kAtLeast:
      return value >= limit;
    case Comparison::kLessThan:
      return value < limit;
    case Comparison::kAtMost:
      return value <= limit;
  }
  return false;
}

bool GrowsInto(Comparison comparison) {
  return comparison == Comparison::kMoreThan || comparison == Comparison::kAtLeast;
}

std::string_view Verb(Comparison comparison, bool holds) {
  switch (comparison) {
    case Comparison::kMoreThan:
      return holds ? " is more than " : " is not more than ";
    case Comparison::kAtLeast:
      return holds ? " is at least " : " is less than ";
    case Comparison::kLessThan:
      return holds ? " is less than " : " is not less than ";
    case Comparison::kAtMost:
      return holds ? " is at most " : " is more than ";
  }
  return "";
}

std::string WithUnit(Amount amount, std::string_view unit) {
  return unit.empty() ? amount.Text() : absl::StrCat(amount.Text(), " ", ToAbsl(unit));
}

std::optional<Amount> StatedNumber(const CriteriaFacts& facts, std::string_view key) {
  return Amount::Parse(StatedValue(facts, key));
}

KnownNumber NumberOf(const Scope& scope, std::string_view key) {
  const std::vector<std::string>* incomplete = scope.incomplete;
  return {StatedNumber(scope.facts, key),
          incomplete != nullptr &&
              std::find(incomplete->begin(), incomplete->end(), key) != incomplete->end()};
}

// A percentage of the law, "5 %", as an amount of percent points.
Amount PercentPoints(const Limit& limit) {
  return Amount::Of(100).Percent(limit.milli_percent);
}

std::string PercentText(const Limit& limit) {
  return absl::StrCat(PercentPoints(limit).Text(), " %");
}

// One limit, and how the number stands to it.
struct Tested {
  Outcome outcome = Outcome::kUnknown;
  std::optional<Amount> level;  // the limit as an amount, when it is known
  std::string origin;           // "5 % of annual_turnover_eur 4 000 000"
  std::string share_words;      // what the stated share says
};

Outcome Test(Comparison comparison, const KnownNumber& known, std::optional<Amount> level) {
  if (!known.value || !level) return Outcome::kUnknown;
  const bool holds = Holds(comparison, *known.value, *level);
  // A number that may be greater settles only what more of it cannot undo.
  if (known.is_lower_bound && holds != GrowsInto(comparison)) return Outcome::kUnknown;
  return holds ? Outcome::kMet : Outcome::kNotMet;
}

Tested TestLimit(const Condition& condition, const Limit& limit, const KnownNumber& known,
                 const Scope& scope) {
  Tested tested;
  if (limit.milli_percent == 0) {
    tested.level = limit.amount;
    tested.outcome = Test(condition.comparison, known, tested.level);
    return tested;
  }
  if (const std::optional<Amount> whole = StatedNumber(scope.facts, limit.of)) {
    tested.level = whole->Percent(limit.milli_percent);
    tested.origin = absl::StrCat(PercentText(limit), " of ", limit.of, " ", whole->Text());
    tested.outcome = Test(condition.comparison, known, tested.level);
  }
  if (limit.share.empty()) return tested;
  const KnownNumber share = NumberOf(scope, limit.share);
  const Outcome by_share = Test(condition.comparison, share, PercentPoints(limit));
  if (by_share == Outcome::kUnknown) return tested;
  tested.share_words = absl::StrCat(limit.share, " ", share.value->Text(), " %",
                                    ToAbsl(Verb(condition.comparison, by_share == Outcome::kMet)),
                                    PercentText(limit));
  // Both say the same of the incident; where they differ, the number that reaches the limit counts.
  if (tested.outcome != Outcome::kMet) tested.outcome = by_share;
  return tested;
}

Outcome OfLimits(const std::vector<Tested>& tested) {
  const auto is = [](Outcome outcome) {
    return [outcome](const Tested& one) { return one.outcome == outcome; };
  };
  if (std::any_of(tested.begin(), tested.end(), is(Outcome::kMet))) return Outcome::kMet;
  return std::all_of(tested.begin(), tested.end(), is(Outcome::kNotMet)) ? Outcome::kNotMet
                                                                         : Outcome::kUnknown;
}

// "200 000 EUR (5 % of annual_turnover_eur 4 000 000, lower than 500 000)".
std::string LevelText(const Condition& condition, const std::vector<Tested>& tested,
                      const Tested& lowest) {
  std::vector<std::string> notes;
  if (!lowest.origin.empty()) notes.push_back(lowest.origin);
  for (const Tested& other : tested) {
    if (&other == &lowest || !other.level) continue;
    notes.push_back(absl::StrCat(*other.level == *lowest.level ? "the same as " : "lower than ",
                                 other.level->Text(), other.origin.empty() ? "" : ", ",
                                 other.origin));
  }
  std::string text = WithUnit(*lowest.level, condition.unit);
  if (!notes.empty()) absl::StrAppend(&text, " (", absl::StrJoin(notes, ", "), ")");
  return text;
}

// What is missing for the limits that are not settled.
void AppendMissing(const Condition& condition, const std::vector<Tested>& tested,
                   std::string_view key, const KnownNumber& known, const Scope& scope,
                   std::vector<std::string>& words) {
  if (!known.value) words.push_back(NotStated(scope.facts, key));
  if (known.is_lower_bound) words.push_back("not every one of the incidents states it");
  for (size_t i = 0; i < tested.size(); ++i) {
    const Limit& limit = condition.limits[i];
    if (tested[i].outcome != Outcome::kUnknown || limit.of.empty() || tested[i].level) continue;
    words.push_back(NotStated(scope.facts, limit.of));
  }
}

std::string ComparisonWords(const Condition& condition, std::string_view key,
                            const KnownNumber& known, const std::vector<Tested>& tested,
                            Outcome outcome, const Scope& scope) {
  std::vector<std::string> words;
  const Tested* lowest = nullptr;
  for (const Tested& one : tested) {
    if (!one.level || (lowest != nullptr && *lowest->level <= *one.level)) continue;
    lowest = &one;
  }
  if (known.value && lowest != nullptr) {
    const bool holds = Holds(condition.comparison, *known.value, *lowest->level);
    words.push_back(absl::StrCat(ToAbsl(key), " ", known.is_lower_bound ? "of at least " : "",
                                 WithUnit(*known.value, condition.unit),
                                 ToAbsl(Verb(condition.comparison, holds)),
                                 LevelText(condition, tested, *lowest)));
  }
  for (const Tested& one : tested) {
    if (!one.share_words.empty()) words.push_back(one.share_words);
  }
  if (outcome == Outcome::kUnknown) AppendMissing(condition, tested, key, known, scope, words);
  return Joined(words);
}

Evaluated EvaluateYes(const Scope& scope, std::string_view key) {
  const std::string_view value = StatedValue(scope.facts, key);
  if (value == "yes") return {Outcome::kMet, absl::StrCat(ToAbsl(key), " is yes")};
  if (value == "no") return {Outcome::kNotMet, absl::StrCat(ToAbsl(key), " is no")};
  return {Outcome::kUnknown, NotStated(scope.facts, key)};
}

Evaluated EvaluateOneOf(const Condition& condition, const Scope& scope) {
  const std::string value(StatedValue(scope.facts, condition.fact));
  if (value.empty()) return {Outcome::kUnknown, NotStated(scope.facts, condition.fact)};
  for (absl::string_view word : absl::StrSplit(value, ',')) {
    const std::string trimmed(absl::StripAsciiWhitespace(word));
    const auto& words = condition.words;
    if (std::find(words.begin(), words.end(), trimmed) == words.end()) continue;
    return {Outcome::kMet, absl::StrCat(condition.fact, " is ", trimmed)};
  }
  return {Outcome::kNotMet, absl::StrCat(condition.fact, " is ", value, ", none of ",
                                         absl::StrJoin(condition.words, ", "))};
}

// A condition over what happened and, when it is `capable`, over what could have: either suffices.
template <typename EvaluateKey>
Evaluated EitherForm(const Condition& condition, const EvaluateKey& evaluate) {
  Evaluated actual = evaluate(condition.fact);
  if (!condition.capable || actual.outcome == Outcome::kMet) return actual;
  Evaluated potential = evaluate(PotentialKey(condition.fact));
  if (potential.outcome == Outcome::kMet) return potential;
  if (actual.outcome == potential.outcome) {
    return {actual.outcome, absl::StrCat(actual.words, "; ", potential.words)};
  }
  return actual.outcome == Outcome::kUnknown ? actual : potential;
}

Evaluated EvaluateParts(const Condition& condition, const Scope& scope, size_t needed) {
  std::vector<std::string> met;
  std::vector<std::string> not_met;
  std::vector<std::string> unknown;
  for (const Condition& part : condition.parts) {
    const Evaluated evaluated = Evaluate(part, scope);
    auto& list = evaluated.outcome == Outcome::kMet      ? met
                 : evaluated.outcome == Outcome::kNotMet ? not_met
                                                         : unknown;
    list.push_back(evaluated.words);
  }
  std::string count;
  if (condition.kind == ConditionKind::kAtLeast) {
    count = absl::StrCat(met.size(), " of ", condition.parts.size(), " met, ", needed, " needed");
  }
  const auto say = [&](std::vector<std::string> words) {
    if (!count.empty()) words.insert(words.begin(), count);
    return Joined(words);
  };
  if (met.size() >= needed) return {Outcome::kMet, say(met)};
  if (met.size() + unknown.size() < needed) return {Outcome::kNotMet, say(not_met)};
  return {Outcome::kUnknown, say(unknown)};
}

Evaluated EvaluateCriterion(const Condition& condition, const Scope& scope) {
  for (const Criterion& criterion : scope.set.criteria) {
    if (criterion.id != condition.fact) continue;
    Evaluated evaluated = Evaluate(criterion.when, scope);
    evaluated.words = absl::StrCat(criterion.id, ": ", evaluated.words);
    return evaluated;
  }
  TOCSIN_CHECK(false);  // the reader's check
  return {};
}

Evaluated EvaluateNot(const Condition& condition, const Scope& scope) {
  Evaluated evaluated = Evaluate(condition.parts.front(), scope);
  if (evaluated.outcome == Outcome::kMet) {
    evaluated.outcome = Outcome::kNotMet;
  } else if (evaluated.outcome == Outcome::kNotMet) {
    evaluated.outcome = Outcome::kMet;
  }
  return evaluated;
}

Evaluated EvaluateWhileUnknown(const Condition& condition, const Scope& scope) {
  Evaluated evaluated = Evaluate(condition.parts.front(), scope);
  evaluated.outcome = evaluated.outcome == Outcome::kUnknown ? Outcome::kMet : Outcome::kNotMet;
  return evaluated;
}

}  // namespace

std::string_view StatedValue(const CriteriaFacts& facts, std::string_view key) {
  const auto found = facts.stated.find(std::string(key));
  if (found == facts.stated.end() || found->second == "unknown") return "";
  return found->second;
}

std::string NotStated(const CriteriaFacts& facts, std::string_view key) {
  const bool said_so = facts.stated.contains(std::string(key));
  return absl::StrCat(ToAbsl(key), said_so ? " is unknown" : " is not stated");
}

std::string Joined(const std::vector<std::string>& words) {
  std::vector<std::string> once;
  for (const std::string& word : words) {
    if (!word.empty() && std::find(once.begin(), once.end(), word) == once.end()) {
      once.push_back(word);
    }
  }
  return absl::StrJoin(once, "; ");
}

Evaluated Compare(const Condition& condition, std::string_view key, const KnownNumber& known,
                  const Scope& scope) {
  KnownNumber number = known;
  for (const Limit& limit : condition.limits) {
    if (number.value || limit.share.empty()) continue;
    const std::optional<Amount> share = StatedNumber(scope.facts, limit.share);
    const std::optional<Amount> whole = StatedNumber(scope.facts, limit.of);
    if (share && whole) number = {share->PercentOf(*whole), false};
  }
  std::vector<Tested> tested;
  tested.reserve(condition.limits.size());
  for (const Limit& limit : condition.limits) {
    tested.push_back(TestLimit(condition, limit, number, scope));
  }
  const Outcome outcome = OfLimits(tested);
  return {outcome, ComparisonWords(condition, key, number, tested, outcome, scope)};
}

Evaluated Evaluate(const Condition& condition, const Scope& scope) {
  switch (condition.kind) {
    case ConditionKind::kYes:
      return EitherForm(condition, [&](std::string_view key) { return EvaluateYes(scope, key); });
    case ConditionKind::kOneOf:
      return EvaluateOneOf(condition, scope);
    case ConditionKind::kCompare:
      return EitherForm(condition, [&](std::string_view key) {
        return Compare(condition, key, NumberOf(scope, key), scope);
      });
    case ConditionKind::kWeekSum:
      return EvaluateWeekSum(condition, scope);
    case ConditionKind::kAll:
      return EvaluateParts(condition, scope, condition.parts.size());
    case ConditionKind::kAny:
      return EvaluateParts(condition, scope, 1);
    case ConditionKind::kAtLeast:
      return EvaluateParts(condition, scope, static_cast<size_t>(condition.count));
    case ConditionKind::kNot:
      return EvaluateNot(condition, scope);
    case ConditionKind::kWhileUnknown:
      return EvaluateWhileUnknown(condition, scope);
    case ConditionKind::kCriterion:
      return EvaluateCriterion(condition, scope);
    case ConditionKind::kRecurring:
      return EvaluateRecurring(condition, scope);
  }
  return {};
}

}  // namespace tocsin::regulation::conditions
