#include "server/library/criteria_reader.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/digest.h"
#include "server/base/status_macros.h"
#include "server/library/condition_reader.h"
#include "server/library/fields.h"
#include "server/library/yaml.h"

namespace tocsin::library {
namespace {

using regulation::Condition;
using regulation::CriteriaSet;
using regulation::Criterion;

constexpr char kFormat[] = "tocsin-criteria-v1";

class SetReader {
 public:
  explicit SetReader(std::string_view file) : file_(file) {}

  absl::StatusOr<CriteriaSet> Read(const YamlNode& root) {
    YamlMapReader map(file_, root, "the criteria set");
    CheckFormat(map, kFormat);
    ReadHead(map);
    set_.applies_when = ReadOptional(map, "applies_when");
    if (const YamlNode* excluded = map.Map("excluded_when")) ReadExcluded(map, *excluded);
    if (const YamlNode* criteria = map.RequiredList("criteria")) map.Add(ReadCriteria(*criteria));
    TOCSIN_RETURN_IF_ERROR(map.Finish());
    return std::move(set_);
  }

 private:
  void ReadHead(YamlMapReader& map) {
    set_.id = map.Text("id");
    set_.title = map.Text("title");
    set_.version = map.Text("version");
    set_.regimes = map.TextList("regimes");
    if (set_.regimes.empty()) map.Refuse("regimes", "name at least one rule pack by its id");
    set_.entity_kinds = map.TextList("entity_kinds");
    set_.instead_of = map.TextList("instead_of");
    set_.source = map.Text("source");
    set_.confidence = map.Text("confidence");
    if (const auto day = RequiredDay(map, "verified_on")) {
      set_.verified_on = absl::FormatCivilTime(*day);
    }
    set_.valid_from = RequiredDay(map, "valid_from").value_or(absl::CivilDay());
    set_.valid_to = OptionalDay(map, "valid_to");
    if (set_.valid_to && *set_.valid_to < set_.valid_from) {
      map.Refuse("valid_to", "is before valid_from");
    }
  }

  std::optional<Condition> ReadOptional(YamlMapReader& map, std::string_view key) const {
    const YamlNode* node = map.Map(key);
    if (node == nullptr) return std::nullopt;
    absl::StatusOr<Condition> condition = ReadCondition(file_, *node, set_);
    map.Add(condition.status());
    if (!condition.ok()) return std::nullopt;
    return *std::move(condition);
  }

  void ReadExcluded(YamlMapReader& parent, const YamlNode& node) {
    YamlMapReader map(file_, node, "excluded_when");
    set_.excluded_article = map.Text("article");
    map.RequiredMap("when");
    set_.excluded_when = ReadOptional(map, "when");
    parent.Add(map.Finish());
  }

  absl::Status ReadCriteria(const YamlNode& list) {
    for (const YamlNode& item : list.children) {
      TOCSIN_ASSIGN_OR_RETURN(Criterion criterion, ReadCriterion(item));
      set_.criteria.push_back(std::move(criterion));
    }
    const bool decides = std::any_of(set_.criteria.begin(), set_.criteria.end(),
                                     [](const Criterion& one) { return one.decides; });
    if (!decides) return YamlErrorAt(file_, list, "no criterion decides anything");
    return absl::OkStatus();
  }

  absl::StatusOr<Criterion> ReadCriterion(const YamlNode& node) const {
    YamlMapReader map(file_, node, "a criterion");
    Criterion criterion;
    criterion.id = map.Text("id");
    criterion.article = map.Text("article");
    criterion.text = map.Text("text");
    criterion.decides = map.Bool("decides", true);
    criterion.applies_when = ReadOptional(map, "applies_when");
    map.RequiredMap("when");
    criterion.when = ReadOptional(map, "when").value_or(Condition{});
    for (const Criterion& other : set_.criteria) {
      if (other.id == criterion.id) map.Refuse("id", "this id stands here for the second time");
    }
    TOCSIN_RETURN_IF_ERROR(map.Finish());
    return criterion;
  }

  const std::string_view file_;
  CriteriaSet set_;
};

}  // namespace

absl::StatusOr<CriteriaSet> ReadCriteriaSet(std::string_view file, std::string_view bytes) {
  TOCSIN_ASSIGN_OR_RETURN(const YamlNode root, ParseYaml(file, bytes));
  TOCSIN_ASSIGN_OR_RETURN(CriteriaSet set, SetReader(file).Read(root));
  set.digest = Sha256(bytes);
  return set;
}

}  // namespace tocsin::library
