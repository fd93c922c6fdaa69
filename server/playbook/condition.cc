#include "server/playbook/condition.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/check.h"
#include "server/base/view.h"

namespace tocsin::playbook {
namespace {

constexpr std::string_view kUnknownValue = "unknown";
// Values come from people and go into a recorded reason.
constexpr size_t kValueBytesShown = 60;
constexpr size_t kReasonBytesMax = 1000;

std::string Word(std::string_view text) {
  return std::string(text);
}

Verdict Known(bool holds, std::string because) {
  return {holds ? Truth::kTrue : Truth::kFalse, std::move(because), {}};
}

Verdict NotKnown(std::string_view name, std::string because) {
  return {Truth::kUnknown, std::move(because), {Word(name)}};
}

std::string IsText(std::string_view what, std::string_view value) {
  const bool is_line = value.size() <= kValueBytesShown && !absl::StrContains(ToAbsl(value), "\n");
  return absl::StrCat(ToAbsl(what), is_line ? " is " : " is given", is_line ? ToAbsl(value) : "");
}

// A fact or an answer. A value that is no number leaves a comparison of numbers open: somebody has
// to say it anew.
Verdict Compare(const Condition& condition, std::string_view what,
                const std::optional<std::string>& value) {
  const std::string text = value.value_or(Word(kUnknownValue));
  const bool is_unknown = text == kUnknownValue;
  if (condition.comparison == Condition::Comparison::kIs) {
    const bool found =
        std::find(condition.values.begin(), condition.values.end(), text) != condition.values.end();
    if (is_unknown && !found) {
      return NotKnown(condition.name, absl::StrCat(ToAbsl(what), " is not known"));
    }
    return Known(found, IsText(what, text));
  }
  double number = 0;
  if (is_unknown || !absl::SimpleAtod(text, &number)) {
    return NotKnown(condition.name, absl::StrCat(ToAbsl(what), " is not known"));
  }
  const auto limit = static_cast<double>(condition.number);
  const bool holds =
      condition.comparison == Condition::Comparison::kAtLeast ? number >= limit : number < limit;
  return Known(holds, IsText(what, text));
}

std::optional<std::string> FactOf(const Facts& facts, std::string_view key) {
  const auto found = facts.impact.find(key);
  if (found == facts.impact.end()) return std::nullopt;
  return found->second;
}

Verdict OwedVerdict(const Condition& condition, const Facts& facts) {
  const std::string_view name = condition.name;
  const size_t point = name.find('.');
  const std::string_view regime = name.substr(0, point);
  Owed most = Owed::kNo;
  for (const auto& [id, owed] : facts.obligations) {
    const std::string_view whole = id;
    const size_t at = whole.find('.');
    if (!IsRegime(whole.substr(0, at), regime)) continue;
    if (point != std::string_view::npos && whole.substr(at) != name.substr(point)) continue;
    most = std::max(most, owed);
  }
  switch (most) {
    case Owed::kYes:
      return Known(true, absl::StrCat(condition.name, " is owed"));
    case Owed::kUndecided:
      return NotKnown(name, absl::StrCat(condition.name, " is undecided"));
    case Owed::kNo:
      break;
  }
  return Known(false, absl::StrCat(condition.name, " is not owed"));
}

Verdict EntityVerdict(const Condition& condition, const Facts& facts) {
  for (const std::string& kind : condition.values) {
    if (facts.entity_kinds.contains(kind)) {
      return Known(true, absl::StrCat("the entity is ", kind));
    }
  }
  return Known(false, absl::StrCat("the entity is not ", absl::StrJoin(condition.values, " or ")));
}

Verdict DoneVerdict(const Condition& condition, const RunFacts& run) {
  const std::string step = absl::StrCat("step ", condition.name);
  switch (run.done(condition.name)) {
    case Truth::kTrue:
      return Known(true, absl::StrCat(step, " is done"));
    case Truth::kUnknown:
      return NotKnown(condition.name, absl::StrCat(step, " is open"));
    case Truth::kFalse:
      break;
  }
  return Known(false, absl::StrCat(step, " was not done"));
}

// all_of is false as soon as one part is, any_of true as soon as one is; the reason names the parts
// that decided.
Verdict Combine(const Condition& condition, const Facts& facts, const RunFacts& run) {
  const bool all = condition.kind == Condition::Kind::kAllOf;
  const Truth decisive = all ? Truth::kFalse : Truth::kTrue;
  const Truth neutral = all ? Truth::kTrue : Truth::kFalse;
  Verdict result{neutral, "", {}};
  std::vector<std::string> reasons[3];
  for (const Condition& part : condition.parts) {
    Verdict verdict = Evaluate(part, facts, run);
    reasons[static_cast<size_t>(verdict.truth)].push_back(std::move(verdict.because));
    if (result.truth == decisive) continue;
    if (verdict.truth == decisive) {
      result.truth = decisive;
    } else if (verdict.truth == Truth::kUnknown) {
      result.truth = Truth::kUnknown;
    }
    result.unknown.insert(result.unknown.end(), verdict.unknown.begin(), verdict.unknown.end());
  }
  if (result.truth != Truth::kUnknown) result.unknown.clear();
  result.because = absl::StrJoin(reasons[static_cast<size_t>(result.truth)], "; ");
  return result;
}

Verdict Opposite(Verdict verdict) {
  if (verdict.truth == Truth::kTrue) {
    verdict.truth = Truth::kFalse;
  } else if (verdict.truth == Truth::kFalse) {
    verdict.truth = Truth::kTrue;
  }
  return verdict;
}

Verdict EvaluateOne(const Condition& condition, const Facts& facts, const RunFacts& run) {
  using Kind = Condition::Kind;
  switch (condition.kind) {
    case Kind::kSeverityAtLeast:  // sev1 is the worst
      return Known(facts.severity <= condition.severity,
                   absl::StrCat("severity is ", ToAbsl(ToText(facts.severity))));
    case Kind::kPhaseAtLeast:
      return Known(facts.phase >= condition.phase,
                   absl::StrCat("the phase is ", ToAbsl(ToText(facts.phase))));
    case Kind::kFact:
      return Compare(condition, condition.name, FactOf(facts, condition.name));
    case Kind::kAnswer:
      return Compare(condition, absl::StrCat("the answer to ", condition.name),
                     run.answer(condition.name));
    case Kind::kAnchor: {
      const bool stated = facts.anchors.contains(condition.name);
      return Known(stated, absl::StrCat(condition.name, stated ? " is stated" : " is not stated"));
    }
    case Kind::kRegime: {
      const bool under = std::any_of(facts.regimes.begin(), facts.regimes.end(),
                                     [&](const auto& id) { return IsRegime(id, condition.name); });
      return Known(under, absl::StrCat(under ? "under " : "not under ", condition.name));
    }
    case Kind::kObligation:
      return OwedVerdict(condition, facts);
    case Kind::kEntityKind:
      return EntityVerdict(condition, facts);
    case Kind::kDone:
      return DoneVerdict(condition, run);
    case Kind::kAllOf:
    case Kind::kAnyOf:
      return Combine(condition, facts, run);
    case Kind::kNot:
      return Opposite(Evaluate(condition.parts.front(), facts, run));
  }
  TOCSIN_CHECK(false);
  return {};
}

std::string ComparisonText(const Condition& condition) {
  switch (condition.comparison) {
    case Condition::Comparison::kIs:
      return absl::StrCat(" is ", absl::StrJoin(condition.values, " or "));
    case Condition::Comparison::kAtLeast:
      return absl::StrCat(" is at least ", condition.number);
    case Condition::Comparison::kBelow:
      return absl::StrCat(" is below ", condition.number);
  }
  return "";
}

std::string PartsText(const Condition& condition, const char* between) {
  if (condition.parts.size() == 1) return ToText(condition.parts.front());
  std::vector<std::string> parts;
  for (const Condition& part : condition.parts) parts.push_back(ToText(part));
  return absl::StrCat("(", absl::StrJoin(parts, between), ")");
}

}  // namespace

Verdict Evaluate(const Condition& condition, const Facts& facts, const RunFacts& run) {
  Verdict verdict = EvaluateOne(condition, facts, run);
  if (verdict.because.size() > kReasonBytesMax) {
    size_t end = kReasonBytesMax;
    // Not in the middle of a character.
    while (end > 0 && (static_cast<unsigned char>(verdict.because[end]) & 0xC0U) == 0x80U) --end;
    verdict.because.resize(end);
    verdict.because += "…";
  }
  return verdict;
}

bool IsRegime(std::string_view id, std::string_view named) {
  if (!absl::StartsWith(ToAbsl(id), ToAbsl(named))) return false;
  if (id.size() == named.size()) return true;
  return id[named.size()] == '-' || id[named.size()] == '@';
}

std::string ToText(const Condition& condition) {
  using Kind = Condition::Kind;
  switch (condition.kind) {
    case Kind::kSeverityAtLeast:
      return absl::StrCat("severity is at least ", ToAbsl(ToText(condition.severity)));
    case Kind::kPhaseAtLeast:
      return absl::StrCat("the phase is at least ", ToAbsl(ToText(condition.phase)));
    case Kind::kFact:
      return absl::StrCat(condition.name, ComparisonText(condition));
    case Kind::kAnswer:
      return absl::StrCat("the answer to ", condition.name, ComparisonText(condition));
    case Kind::kAnchor:
      return absl::StrCat(condition.name, " is stated");
    case Kind::kRegime:
      return absl::StrCat("under ", condition.name);
    case Kind::kObligation:
      return absl::StrCat(condition.name, " is owed");
    case Kind::kEntityKind:
      return absl::StrCat("the entity is ", absl::StrJoin(condition.values, " or "));
    case Kind::kDone:
      return absl::StrCat("step ", condition.name, " is done");
    case Kind::kAllOf:
      return PartsText(condition, " and ");
    case Kind::kAnyOf:
      return PartsText(condition, " or ");
    case Kind::kNot:
      return absl::StrCat("not ", ToText(condition.parts.front()));
  }
  return "";
}

void VisitConditions(const Condition& condition,
                     const std::function<void(const Condition&)>& visit) {
  visit(condition);
  for (const Condition& part : condition.parts) VisitConditions(part, visit);
}

}  // namespace tocsin::playbook
