// When a step is done at all: a condition over the facts of the incident. It is data, not a
// language. The one idea: a condition is true, false, or not known yet, and "not known yet" is
// never taken for "no"; each verdict says which facts made it so, because that reason is recorded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/base/vocabulary.h"

namespace tocsin::playbook {

/// Of all_of and any_of.
inline constexpr size_t kConditionPartsMax = 50;
/// all_of, any_of and not within each other.
inline constexpr size_t kConditionDepthMax = 8;
/// Values that `is` compares with, and kinds of entity.
inline constexpr size_t kConditionValuesMax = 20;

struct Condition {
  enum class Kind : uint8_t {
    kSeverityAtLeast,
    kPhaseAtLeast,
    kFact,
    kAnswer,
    kAnchor,
    kRegime,
    kObligation,
    kEntityKind,
    kDone,
    kAllOf,
    kAnyOf,
    kNot,
  };
  /// How the value of a fact or answer is compared.
  enum class Comparison : uint8_t { kIs, kAtLeast, kBelow };

  Kind kind = Kind::kAllOf;
  Severity severity = Severity::kSev4;
  Phase phase = Phase::kTriage;
  /// Of the fact, question, anchor, regime, obligation or step.
  std::string name;
  Comparison comparison = Comparison::kIs;
  /// Of `is` and of entity_kind: any of them.
  std::vector<std::string> values;
  /// Of `at_least` and `below`.
  int64_t number = 0;
  /// Of all_of and any_of; the one of not.
  std::vector<Condition> parts;

  friend bool operator==(const Condition&, const Condition&) = default;
};

/// Whether a notification is owed.
enum class Owed : uint8_t { kNo, kUndecided, kYes };

/// A legal instant with when it was said.
struct Instant {
  absl::Time time;
  absl::Time stated_time;
};
using Instants = std::map<std::string, Instant, std::less<>>;

/// What is known of the incident, as conditions and due times read it.
struct Facts {
  Severity severity = Severity::kSev3;
  Phase phase = Phase::kTriage;
  /// Impact facts. A key that is absent is not known, and so is the value "unknown".
  std::map<std::string, std::string, std::less<>> impact;
  Instants anchors;
  /// Ids of rule packs: "nis2-be".
  std::set<std::string, std::less<>> regimes;
  std::set<std::string, std::less<>> entity_kinds;
  /// By id: "nis2-be.early_warning".
  std::map<std::string, Owed, std::less<>> obligations;
};

enum class Truth : uint8_t { kFalse, kUnknown, kTrue };

struct Verdict {
  Truth truth = Truth::kUnknown;
  /// The facts that made it so, in words: "personal_data is yes".
  std::string because;
  /// What must become known: facts, questions, obligations, steps. Of kUnknown only.
  std::vector<std::string> unknown;
};

/// What a condition asks of the run it is in; nullopt where there is no answer yet, kUnknown where
/// the step may still be done.
struct RunFacts {
  std::function<std::optional<std::string>(std::string_view question)> answer;
  std::function<Truth(std::string_view step)> done;
};

Verdict Evaluate(const Condition& condition, const Facts& facts, const RunFacts& run);

/// Whether `id`, of a regime, is `named`, a national version of it ("nis2-be" for "nis2"), or
/// either for a second establishment ("gdpr@nl" for "gdpr").
bool IsRegime(std::string_view id, std::string_view named);

/// In words, for people: "severity is at least sev2", "personal_data is yes or unknown".
std::string ToText(const Condition& condition);

/// Calls `visit` for `condition` and all conditions in it.
void VisitConditions(const Condition& condition,
                     const std::function<void(const Condition&)>& visit);

}  // namespace tocsin::playbook
