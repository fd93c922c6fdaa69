// Recurring incidents: single incidents that are not significant, and together are.
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/regulation/conditions.h"

namespace tocsin::regulation::conditions {
namespace {

using Facts = std::map<std::string, std::string>;

// An incident among those of one cause.
struct Member {
  std::string_view number;  // empty: the one that is assessed
  absl::CivilDay day;
  const Facts* facts = nullptr;
};

bool IsOwn(const Member& member) {
  return member.number.empty();
}

// The last civil day of `months` from `day`: the same number, or the last day of a shorter month.
absl::CivilDay MonthsLater(absl::CivilDay day, int months) {
  const absl::CivilMonth month = absl::CivilMonth(day) + months;
  const absl::CivilDay last = absl::CivilDay(month + 1) - 1;
  return std::min(absl::CivilDay(month) + (day.day() - 1), last);
}

std::string_view Value(const Member& member, const std::string& key) {
  const auto found = member.facts->find(key);
  if (found == member.facts->end() || found->second == "unknown") return "";
  return found->second;
}

// The facts of several incidents put together.
struct Together {
  CriteriaFacts facts;
  std::vector<std::string> incomplete;

  void SetNumber(const std::string& key, std::optional<Amount> number, bool complete) {
    facts.stated.erase(key);
    if (number) facts.stated[key] = number->Digits();
    if (number && !complete) incomplete.push_back(key);
  }

  void Sum(const std::string& key, const std::vector<Member>& members) {
    std::optional<Amount> actual;
    std::optional<Amount> potential;
    size_t actual_count = 0;
    size_t potential_count = 0;
    for (const Member& member : members) {
      const std::optional<Amount> own = Amount::Parse(Value(member, key));
      const std::optional<Amount> could = Amount::Parse(Value(member, PotentialKey(key)));
      if (own) actual = actual.value_or(Amount()) + *own;
      actual_count += own ? 1U : 0U;
      potential_count += could ? 1U : 0U;
      // What happened could have happened.
      const Amount greater = std::max(own.value_or(Amount()), could.value_or(Amount()));
      if (own || could) potential = potential.value_or(Amount()) + greater;
    }
    SetNumber(key, actual, actual_count == members.size());
    if (potential_count == 0) potential.reset();
    SetNumber(PotentialKey(key), potential, potential_count == members.size());
  }

  void Greatest(const std::string& key, const std::vector<Member>& members) {
    std::optional<Amount> greatest;
    size_t count = 0;
    for (const Member& member : members) {
      const std::optional<Amount> own = Amount::Parse(Value(member, key));
      if (!own) continue;
      ++count;
      greatest = greatest ? std::max(*greatest, *own) : *own;
    }
    SetNumber(key, greatest, count == members.size());
  }

  void Any(const std::string& key, const std::vector<Member>& members) {
    size_t yes = 0;
    size_t no = 0;
    for (const Member& member : members) {
      yes += Value(member, key) == "yes" ? 1U : 0U;
      no += Value(member, key) == "no" ? 1U : 0U;
    }
    facts.stated.erase(key);
    if (yes > 0) {
      facts.stated[key] = "yes";
    } else if (no == members.size()) {
      facts.stated[key] = "no";
    }
  }
};

Together PutTogether(const CriteriaFacts& own, const Combination& combination,
                     const std::vector<Member>& members) {
  Together together;
  together.facts.stated = own.stated;
  together.facts.zone = own.zone;
  together.facts.time = own.time;
  for (const std::string& key : combination.sum) together.Sum(key, members);
  for (const std::string& key : combination.greatest) together.Greatest(key, members);
  for (const std::string& key : combination.any) {
    together.Any(key, members);
    together.Any(PotentialKey(key), members);
  }
  return together;
}

// All incidents of the cause, the assessed one first.
std::vector<Member> MembersOf(const CriteriaFacts& facts, std::string_view cause) {
  const auto day = [&](absl::Time time) { return absl::CivilDay(facts.zone.At(time).cs); };
  std::vector<Member> members = {{"", day(facts.time), &facts.stated}};
  for (const auto& related : facts.related) {
    const auto key = related->facts.find(std::string(kRootCauseKey));
    if (key == related->facts.end() || key->second != cause) continue;
    members.push_back({related->number, day(related->time), &related->facts});
  }
  return members;
}

std::string WithWhom(const std::vector<Member>& members, std::string_view cause, int months) {
  std::vector<std::string> numbers;
  for (const Member& member : members) {
    if (!IsOwn(member)) numbers.emplace_back(member.number);
  }
  std::sort(numbers.begin(), numbers.end());
  constexpr size_t kShownMax = 10;
  const size_t more = numbers.size() > kShownMax ? numbers.size() - kShownMax : 0;
  numbers.resize(numbers.size() - more);
  std::string text = absl::StrCat("with ", absl::StrJoin(numbers, ", "));
  if (more > 0) absl::StrAppend(&text, " and ", more, " more");
  return absl::StrCat(text, ", the same ", std::string(kRootCauseKey), " '", std::string(cause),
                      "' within ", months, " months");
}

Evaluated EvaluateWindow(const Condition& condition, const Scope& scope,
                         const std::vector<Member>& members, std::string_view cause) {
  const std::string with = WithWhom(members, cause, condition.months);
  if (condition.parts.empty()) return {Outcome::kMet, with};
  const Together together = PutTogether(scope.facts, condition.combination, members);
  Evaluated evaluated =
      Evaluate(condition.parts.front(), {scope.set, together.facts, &together.incomplete});
  evaluated.words = absl::StrCat(with, ", together: ", evaluated.words);
  return evaluated;
}

}  // namespace

Evaluated EvaluateRecurring(const Condition& condition, const Scope& scope) {
  const std::string cause(StatedValue(scope.facts, kRootCauseKey));
  if (cause.empty()) return {Outcome::kUnknown, NotStated(scope.facts, kRootCauseKey)};
  const std::vector<Member> all = MembersOf(scope.facts, cause);
  const absl::CivilDay own_day = all.front().day;
  Evaluated best = {Outcome::kNotMet, absl::StrCat("no other incident within ", condition.months,
                                                   " months has the root_cause_key '", cause,
                                                   "' (restricted incidents are not counted)")};
  // Each span of so many months that begins with one of the incidents and holds this one.
  std::set<absl::CivilDay> begins;
  for (const Member& member : all) begins.insert(member.day);
  for (const absl::CivilDay begin : begins) {
    const absl::CivilDay end = MonthsLater(begin, condition.months);
    if (own_day < begin || own_day > end) continue;
    std::vector<Member> members;
    std::copy_if(all.begin(), all.end(), std::back_inserter(members),
                 [&](const Member& member) { return member.day >= begin && member.day <= end; });
    if (members.size() < static_cast<size_t>(condition.count)) continue;
    Evaluated evaluated = EvaluateWindow(condition, scope, members, cause);
    if (evaluated.outcome == Outcome::kMet) return evaluated;
    const bool says_more = best.outcome == Outcome::kNotMet;
    if (says_more) best = std::move(evaluated);
  }
  return best;
}

}  // namespace tocsin::regulation::conditions
