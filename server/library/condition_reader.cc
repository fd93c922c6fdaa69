#include "server/library/condition_reader.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/domain/impact.h"
#include "server/regulation/profile.h"

namespace tocsin::library {
namespace {

using domain::ImpactForm;
using domain::ImpactKey;
using regulation::Comparison;
using regulation::Condition;
using regulation::ConditionKind;
using regulation::Criterion;
using regulation::Limit;

constexpr int64_t kMonthsMax = 24;
constexpr int64_t kCountMax = 100;
constexpr double kThousand = 1000;
constexpr double kHundredPercent = 100;
// Not a fact of the assessment, but of the regime.
constexpr std::string_view kEntityKind = "entity_kind";
constexpr std::string_view kSector = "sector";

bool HasRecurrence(const Condition& condition, const regulation::CriteriaSet& set) {
  if (condition.kind == ConditionKind::kRecurring) return true;
  if (condition.kind == ConditionKind::kCriterion) {
    for (const Criterion& criterion : set.criteria) {
      if (criterion.id == condition.fact) return HasRecurrence(criterion.when, set);
    }
  }
  return std::any_of(condition.parts.begin(), condition.parts.end(),
                     [&](const Condition& part) { return HasRecurrence(part, set); });
}

class ConditionReader {
 public:
  ConditionReader(std::string_view file, const regulation::CriteriaSet& set)
      : file_(file), set_(set) {}

  absl::StatusOr<Condition> Read(const YamlNode& node) const {
    YamlMapReader map(file_, node, "a condition");
    Condition condition;
    const int kinds = ReadKind(map, condition);
    TOCSIN_RETURN_IF_ERROR(map.Finish());
    if (kinds != 1) {
      return YamlErrorAt(file_, node,
                         "a condition has exactly one of yes, no, unless_yes, unless_no, fact, "
                         "number, week_sum, all, any, not, at_least, while_unknown, criterion, "
                         "recurring");
    }
    return condition;
  }

 private:
  // How many kinds of condition the map states; the last one is read into `condition`.
  int ReadKind(YamlMapReader& map, Condition& condition) const {
    int kinds = 0;
    const auto is = [&](std::string_view key) {
      kinds += map.Has(key) ? 1 : 0;
      return map.Has(key);
    };
    if (is("yes")) ReadYes(map, "yes", condition);
    if (is("no")) ReadNo(map, condition);
    if (is("unless_yes")) ReadUnless(map, "unless_yes", condition);
    if (is("unless_no")) ReadUnless(map, "unless_no", condition);
    if (is("fact")) ReadOneOf(map, condition);
    if (is("number")) ReadNumber(map, condition);
    if (is("week_sum")) ReadWeekSum(map, condition);
    if (is("all")) ReadParts(map, "all", ConditionKind::kAll, condition);
    if (is("any")) ReadParts(map, "any", ConditionKind::kAny, condition);
    if (is("not")) ReadPart(map, "not", ConditionKind::kNot, condition);
    if (is("while_unknown"))
      ReadPart(map, "while_unknown", ConditionKind::kWhileUnknown, condition);
    if (is("at_least")) ReadAtLeast(map, condition);
    if (is("criterion")) ReadCriterion(map, condition);
    if (is("recurring")) ReadRecurring(map, condition);
    return kinds;
  }

  // The key of a fact, which must be one of the impact assessment, with this form.
  static std::string ReadFact(YamlMapReader& map, std::string_view key, ImpactForm form) {
    std::string fact = map.Text(key);
    CheckFact(map, key, fact, form);
    return fact;
  }

  static const ImpactKey* CheckFact(YamlMapReader& map, std::string_view key,
                                    const std::string& fact, ImpactForm form) {
    if (fact.empty()) return nullptr;
    const ImpactKey* known = domain::FindImpactKey(fact);
    if (known == nullptr || known->key != fact) {
      std::vector<std::string> names;
      for (const ImpactKey& candidate : domain::ImpactKeys()) names.emplace_back(candidate.key);
      const std::string nearest = NearestWord(fact, names);
      map.Refuse(key, nearest.empty()
                          ? absl::StrCat("'", fact, "' is no fact of docs/impact.md")
                          : absl::StrCat("'", fact, "' is no fact; did you mean '", nearest, "'?"));
      return nullptr;
    }
    if (known->form != form) {
      map.Refuse(key, absl::StrCat("'", fact, "' has another form in docs/impact.md"));
    }
    return known;
  }

  static void ReadCapable(YamlMapReader& map, Condition& condition) {
    condition.capable = map.Bool("capable", false);
    const ImpactKey* known = domain::FindImpactKey(condition.fact);
    if (condition.capable && known != nullptr && !known->has_potential) {
      map.Refuse("capable", absl::StrCat("'", condition.fact, "' has no potential form"));
    }
  }

  static void ReadYes(YamlMapReader& map, std::string_view key, Condition& condition) {
    condition.kind = ConditionKind::kYes;
    condition.fact = ReadFact(map, key, ImpactForm::kYesNo);
    ReadCapable(map, condition);
  }

  static void ReadNo(YamlMapReader& map, Condition& condition) {
    Condition part;
    ReadYes(map, "no", part);
    condition.kind = ConditionKind::kNot;
    condition.parts.push_back(std::move(part));
  }

  // Holds until somebody states the contrary: the answer yes, or no, or none yet.
  static void ReadUnless(YamlMapReader& map, std::string_view key, Condition& condition) {
    Condition asked;
    ReadYes(map, key, asked);
    Condition unknown;
    unknown.kind = ConditionKind::kWhileUnknown;
    unknown.parts.push_back(asked);
    Condition answer = asked;
    if (key == "unless_yes") {
      answer = Condition{};
      answer.kind = ConditionKind::kNot;
      answer.parts.push_back(std::move(asked));
    }
    condition.kind = ConditionKind::kAny;
    condition.parts = {std::move(answer), std::move(unknown)};
  }

  static void ReadOneOf(YamlMapReader& map, Condition& condition) {
    condition.kind = ConditionKind::kOneOf;
    condition.fact = map.Text("fact");
    if (condition.fact != kEntityKind) CheckFact(map, "fact", condition.fact, ImpactForm::kSectors);
    condition.words = map.TextList("is_one_of");
    if (condition.words.empty()) map.Refuse("is_one_of", "name at least one word");
    if (condition.fact != kSector) return;
    for (const std::string& word : condition.words) {
      if (!regulation::IsSectorName(word)) {
        map.Refuse("is_one_of", absl::StrCat("'", word, "' is not a sector"));
      }
    }
  }

  void ReadNumber(YamlMapReader& map, Condition& condition) const {
    condition.kind = ConditionKind::kCompare;
    condition.fact = ReadFact(map, "number", ImpactForm::kNumber);
    ReadCapable(map, condition);
    ReadComparison(map, condition);
  }

  void ReadWeekSum(YamlMapReader& map, Condition& condition) const {
    condition.kind = ConditionKind::kWeekSum;
    condition.fact = ReadFact(map, "week_sum", ImpactForm::kIntervals);
    condition.instead = map.OptionalText("instead").value_or("");
    CheckFact(map, "instead", condition.instead, ImpactForm::kNumber);
    ReadComparison(map, condition);
  }

  void ReadComparison(YamlMapReader& map, Condition& condition) const {
    condition.comparison = map.Word<Comparison>("compare", {{"more_than", Comparison::kMoreThan},
                                                            {"at_least", Comparison::kAtLeast},
                                                            {"less_than", Comparison::kLessThan},
                                                            {"at_most", Comparison::kAtMost}});
    condition.unit = map.OptionalText("unit").value_or("");
    const YamlNode* lowest = map.List("lowest_of");
    if (map.Has("limit") == (lowest != nullptr)) {
      map.OptionalText("limit");
      map.Refuse("limit", "state either limit or lowest_of");
      return;
    }
    if (lowest == nullptr) {
      condition.limits.push_back({ReadAmount(map, "limit"), 0, "", ""});
      return;
    }
    for (const YamlNode& item : lowest->children) {
      YamlMapReader limit(file_, item, "a limit");
      condition.limits.push_back(ReadLimit(limit));
      map.Add(limit.Finish());
    }
    if (condition.limits.empty()) map.Refuse("lowest_of", "the list is empty");
    const bool grows = condition.comparison == Comparison::kMoreThan ||
                       condition.comparison == Comparison::kAtLeast;
    if (condition.limits.size() > 1 && !grows) {
      map.Refuse("lowest_of", "several limits go with more_than and at_least only");
    }
  }

  static Limit ReadLimit(YamlMapReader& map) {
    Limit limit;
    if (map.Has("amount")) {
      limit.amount = ReadAmount(map, "amount");
      return limit;
    }
    const std::string percent = map.Text("percent");
    double number = 0;
    const bool is_number = absl::SimpleAtod(percent, &number);
    limit.milli_percent = is_number ? std::lround(number * kThousand) : 0;
    if (!is_number || number <= 0 || number > kHundredPercent) {
      map.Refuse("percent", "is not a number above 0, up to 100");
    } else if (static_cast<double>(limit.milli_percent) != number * kThousand) {
      map.Refuse("percent", "has more than three decimals");
    }
    limit.of = ReadFact(map, "of", ImpactForm::kNumber);
    limit.share = map.OptionalText("share").value_or("");
    CheckFact(map, "share", limit.share, ImpactForm::kNumber);
    if (!limit.share.empty() && !limit.share.ends_with("_percent")) {
      map.Refuse("share", "is a fact in percent");
    }
    return limit;
  }

  static regulation::Amount ReadAmount(YamlMapReader& map, std::string_view key) {
    const std::string text = map.Text(key);
    const std::optional<regulation::Amount> amount = regulation::Amount::Parse(text);
    if (!text.empty() && !amount) map.Refuse(key, absl::StrCat("'", text, "' is not a number"));
    return amount.value_or(regulation::Amount());
  }

  void ReadParts(YamlMapReader& map, std::string_view key, ConditionKind kind,
                 Condition& condition) const {
    condition.kind = kind;
    const YamlNode* list = map.RequiredList(key);
    if (list == nullptr) return;
    for (const YamlNode& item : list->children) AddPart(map, item, condition);
    if (list->children.empty()) map.Refuse(key, "the list is empty");
  }

  void ReadPart(YamlMapReader& map, std::string_view key, ConditionKind kind,
                Condition& condition) const {
    condition.kind = kind;
    if (const YamlNode* part = map.RequiredMap(key)) AddPart(map, *part, condition);
  }

  void AddPart(YamlMapReader& map, const YamlNode& node, Condition& condition) const {
    absl::StatusOr<Condition> part = Read(node);
    map.Add(part.status());
    if (part.ok()) condition.parts.push_back(*std::move(part));
  }

  void ReadAtLeast(YamlMapReader& map, Condition& condition) const {
    const int64_t count = map.Integer("at_least", 1, kCountMax);
    ReadParts(map, "of", ConditionKind::kAtLeast, condition);
    condition.count = static_cast<int>(count);
    if (condition.parts.size() < static_cast<size_t>(count)) {
      map.Refuse("at_least", "is more than the conditions in the list");
    }
  }

  void ReadCriterion(YamlMapReader& map, Condition& condition) const {
    condition.kind = ConditionKind::kCriterion;
    condition.fact = map.Text("criterion");
    const auto& known = set_.criteria;
    if (std::none_of(known.begin(), known.end(),
                     [&](const Criterion& criterion) { return criterion.id == condition.fact; })) {
      map.Refuse("criterion",
                 absl::StrCat("no criterion '", condition.fact, "' stands above this one"));
    }
  }

  void ReadRecurring(YamlMapReader& map, Condition& condition) const {
    condition.kind = ConditionKind::kRecurring;
    const YamlNode* node = map.RequiredMap("recurring");
    if (node == nullptr) return;
    YamlMapReader inner(file_, *node, "recurring");
    condition.count = static_cast<int>(inner.Integer("count", 2, kCountMax));
    condition.months = static_cast<int>(inner.Integer("months", 1, kMonthsMax));
    condition.combination.sum = ReadFacts(inner, "sum", ImpactForm::kNumber);
    condition.combination.greatest = ReadFacts(inner, "greatest", ImpactForm::kNumber);
    condition.combination.any = ReadFacts(inner, "any", ImpactForm::kYesNo);
    if (const YamlNode* together = inner.Map("together")) AddPart(inner, *together, condition);
    if (!condition.parts.empty() && HasRecurrence(condition.parts.front(), set_)) {
      inner.Refuse("together", "cannot itself ask for recurrence");
    }
    map.Add(inner.Finish());
  }

  static std::vector<std::string> ReadFacts(YamlMapReader& map, std::string_view key,
                                            ImpactForm form) {
    std::vector<std::string> facts = map.TextList(key);
    for (const std::string& fact : facts) CheckFact(map, key, fact, form);
    return facts;
  }

  const std::string_view file_;
  const regulation::CriteriaSet& set_;
};

}  // namespace

absl::StatusOr<Condition> ReadCondition(std::string_view file, const YamlNode& node,
                                        const regulation::CriteriaSet& set) {
  return ConditionReader(file, set).Read(node);
}

}  // namespace tocsin::library
