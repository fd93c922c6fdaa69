// Conditions of a playbook: each is a map with one subject.
#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/library/playbook_words.h"

namespace tocsin::library {
namespace {

using playbook::Condition;
using Kind = Condition::Kind;

struct Subject {
  Kind kind;
  std::string_view key;
};
constexpr std::array<Subject, 12> kSubjects = {{{Kind::kSeverityAtLeast, "severity_at_least"},
                                                {Kind::kPhaseAtLeast, "phase_at_least"},
                                                {Kind::kFact, "fact"},
                                                {Kind::kAnswer, "answer"},
                                                {Kind::kAnchor, "anchor"},
                                                {Kind::kRegime, "regime"},
                                                {Kind::kObligation, "obligation"},
                                                {Kind::kEntityKind, "entity_kind"},
                                                {Kind::kDone, "done"},
                                                {Kind::kAllOf, "all_of"},
                                                {Kind::kAnyOf, "any_of"},
                                                {Kind::kNot, "not"}}};

constexpr int64_t kNumberMax = 1'000'000'000'000'000;

void ReadComparison(std::string_view file, const YamlNode& node, YamlMapReader& reader,
                    Condition& condition) {
  const auto at_least = reader.OptionalInteger("at_least", 0, kNumberMax);
  const auto below = reader.OptionalInteger("below", 0, kNumberMax);
  std::vector<std::string> values = reader.TextOrList("is");
  const int given =
      (reader.Has("is") ? 1 : 0) + (reader.Has("at_least") ? 1 : 0) + (reader.Has("below") ? 1 : 0);
  const bool compares = condition.kind == Kind::kFact || condition.kind == Kind::kAnswer;
  if (compares) condition.values = std::move(values);
  if (compares && given != 1) {
    reader.Add(
        YamlErrorAt(file, node, "a fact or an answer is compared by one of: is, at_least, below"));
  } else if (!compares && given > 0) {
    reader.Add(YamlErrorAt(file, node, "is, at_least and below compare a fact or an answer"));
  }
  if (at_least) {
    condition.comparison = Condition::Comparison::kAtLeast;
    condition.number = *at_least;
  } else if (below) {
    condition.comparison = Condition::Comparison::kBelow;
    condition.number = *below;
  }
}

void ReadParts(std::string_view file, YamlMapReader& reader, std::string_view key,
               Condition& condition, std::vector<absl::Status>& problems) {
  const YamlNode* list = reader.RequiredList(key);
  if (list == nullptr) return;
  if (list->children.empty()) reader.Refuse(key, "the list is empty");
  for (const YamlNode& part : list->children) {
    condition.parts.push_back(ReadCondition(file, part, problems));
  }
}

void ReadSubject(std::string_view file, YamlMapReader& reader, std::string_view key,
                 Condition& condition, std::vector<absl::Status>& problems) {
  switch (condition.kind) {
    case Kind::kSeverityAtLeast:
      condition.severity = reader.Word(key, Choices<Severity>());
      return;
    case Kind::kPhaseAtLeast:
      condition.phase = reader.Word(key, Choices<Phase>());
      return;
    case Kind::kEntityKind:
      condition.values = reader.TextOrList(key);
      return;
    case Kind::kAllOf:
    case Kind::kAnyOf:
      ReadParts(file, reader, key, condition, problems);
      return;
    case Kind::kNot:
      if (const YamlNode* part = reader.RequiredMap(key)) {
        condition.parts.push_back(ReadCondition(file, *part, problems));
      }
      return;
    default:
      condition.name = reader.Text(key);
  }
}

}  // namespace

absl::Duration SpanOf(YamlMapReader& map, std::string_view key) {
  const std::optional<std::string> text = map.OptionalText(key);
  if (!text) return absl::ZeroDuration();
  const std::optional<absl::Duration> span = playbook::ParseSpan(*text);
  if (span) return *span;
  map.Refuse(key, absl::StrCat("'", *text, "' is not a span of time such as 30m, 4h or 2d"));
  return absl::ZeroDuration();
}

Condition ReadCondition(std::string_view file, const YamlNode& node,
                        std::vector<absl::Status>& problems) {
  YamlMapReader reader(file, node, "a condition");
  Condition condition;
  std::vector<std::string> keys;
  const Subject* subject = nullptr;
  int subjects = 0;
  for (const Subject& candidate : kSubjects) {
    keys.emplace_back(candidate.key);
    // Asked for, so that the key is known also where it is one too many.
    if (reader.Any(candidate.key) == nullptr) continue;
    subject = &candidate;
    ++subjects;
  }
  std::vector<absl::Status> inside;
  if (node.kind == YamlKind::kMap && subjects != 1) {
    const std::string all = JoinWords(keys);
    reader.Add(YamlErrorAt(
        file, node,
        subjects == 0 ? absl::StrCat("a condition needs one of: ", all)
                      : absl::StrCat("a condition has one subject; join several with all_of")));
  } else if (subject != nullptr) {
    condition.kind = subject->kind;
    ReadSubject(file, reader, subject->key, condition, inside);
  }
  ReadComparison(file, node, reader, condition);
  std::vector<absl::Status> own = reader.FinishAll();
  // What is wrong with the subject explains the rest.
  if (subjects != 1 && own.size() > 1) own.resize(1);
  problems.insert(problems.end(), own.begin(), own.end());
  problems.insert(problems.end(), inside.begin(), inside.end());
  return condition;
}

}  // namespace tocsin::library
