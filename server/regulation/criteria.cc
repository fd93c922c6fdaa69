#include "server/regulation/criteria.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/view.h"
#include "server/regulation/conditions.h"

namespace tocsin::regulation {
namespace {

using conditions::Evaluated;

bool IsOf(const CriteriaSet& set, std::string_view regime) {
  return std::any_of(set.regimes.begin(), set.regimes.end(), [&](const std::string& id) {
    return regime == id || regime.starts_with(absl::StrCat(id, "-"));
  });
}

bool Concerns(const CriteriaSet& set, std::string_view regime, std::string_view entity_kind,
              absl::CivilDay day) {
  const auto& kinds = set.entity_kinds;
  const bool kind_fits =
      kinds.empty() || std::find(kinds.begin(), kinds.end(), entity_kind) != kinds.end();
  return kind_fits && IsOf(set, regime) && day >= set.valid_from &&
         (!set.valid_to || day <= *set.valid_to);
}

CriterionResult ResultOf(const Criterion& criterion, Evaluated evaluated) {
  return {.id = criterion.id,
          .article = criterion.article,
          .text = criterion.text,
          .outcome = evaluated.outcome,
          .decides = criterion.decides,
          .words = std::move(evaluated.words)};
}

// A criterion that may not concern this incident is unknown until that is known, unless its own
// facts say "not met" anyway.
Evaluated UnlessOutOfPlace(const Evaluated& applies, Evaluated evaluated) {
  if (applies.outcome == Outcome::kMet || evaluated.outcome == Outcome::kNotMet) return evaluated;
  return applies;
}

SetResult Evaluate(const CriteriaSet& set, const CriteriaFacts& facts) {
  SetResult result{.set = set.id,
                   .title = set.title,
                   .version = set.version,
                   .digest = set.digest.Hex(),
                   .confidence = set.confidence,
                   .verified_on = set.verified_on,
                   .criteria = {}};
  const conditions::Scope scope{set, facts};
  std::optional<Evaluated> excluded;
  if (set.excluded_when) {
    Evaluated why = conditions::Evaluate(*set.excluded_when, scope);
    if (why.outcome == Outcome::kMet) {
      why.outcome = Outcome::kNotMet;
      why.words = absl::StrCat("never counts: ", why.words, " (", set.excluded_article, ")");
      excluded = std::move(why);
    }
  }
  for (const Criterion& criterion : set.criteria) {
    Evaluated evaluated = conditions::Evaluate(criterion.when, scope);
    if (criterion.applies_when) {
      const Evaluated applies = conditions::Evaluate(*criterion.applies_when, scope);
      if (applies.outcome == Outcome::kNotMet) continue;
      evaluated = UnlessOutOfPlace(applies, std::move(evaluated));
    }
    result.criteria.push_back(ResultOf(criterion, excluded.value_or(std::move(evaluated))));
  }
  return result;
}

}  // namespace

std::string_view ToText(Outcome value) {
  switch (value) {
    case Outcome::kMet:
      return "met";
    case Outcome::kNotMet:
      return "not met";
    case Outcome::kUnknown:
      return "unknown";
  }
  return "";
}

std::string PotentialKey(std::string_view key) {
  return absl::StrCat(ToAbsl(key), "_potential");
}

Assessment Assess(const std::vector<std::shared_ptr<const CriteriaSet>>& sets,
                  std::string_view regime, std::string_view entity_kind, absl::CivilDay day,
                  const CriteriaFacts& facts) {
  Assessment assessment;
  std::vector<const CriteriaSet*> asked;
  std::vector<std::string> replaced;
  for (const auto& set : sets) {
    if (!Concerns(*set, regime, entity_kind, day)) continue;
    if (set->applies_when) {
      const Evaluated applies = conditions::Evaluate(*set->applies_when, {*set, facts});
      if (applies.outcome == Outcome::kUnknown) {
        assessment.not_asked.emplace_back(set->id, applies.words);
      }
      if (applies.outcome != Outcome::kMet) continue;
    }
    asked.push_back(set.get());
    replaced.insert(replaced.end(), set->instead_of.begin(), set->instead_of.end());
  }
  for (const CriteriaSet* set : asked) {
    if (std::find(replaced.begin(), replaced.end(), set->id) != replaced.end()) continue;
    assessment.sets.push_back(Evaluate(*set, facts));
  }
  return assessment;
}

std::optional<Outcome> ProposalOf(const Assessment& assessment) {
  std::optional<Outcome> proposal;
  for (const SetResult& set : assessment.sets) {
    for (const CriterionResult& criterion : set.criteria) {
      if (!criterion.decides) continue;
      if (criterion.outcome == Outcome::kMet) return Outcome::kMet;
      if (!proposal || criterion.outcome == Outcome::kUnknown) proposal = criterion.outcome;
    }
  }
  return proposal;
}

std::vector<std::string> MetIds(const Assessment& assessment) {
  std::vector<std::string> ids;
  for (const SetResult& set : assessment.sets) {
    for (const CriterionResult& criterion : set.criteria) {
      if (!criterion.decides || criterion.outcome != Outcome::kMet) continue;
      ids.push_back(absl::StrCat(set.set, ":", criterion.id));
    }
  }
  return ids;
}

bool IsAllUnknown(const Assessment& assessment) {
  for (const SetResult& set : assessment.sets) {
    for (const CriterionResult& criterion : set.criteria) {
      if (criterion.outcome != Outcome::kUnknown) return false;
    }
  }
  return true;
}

}  // namespace tocsin::regulation
