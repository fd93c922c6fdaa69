#include "tests/unit/regulation/criteria_sets.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "absl/strings/str_split.h"
#include "server/base/check.h"
#include "server/base/view.h"
#include "server/library/criteria_reader.h"

namespace tocsin::regulation {
namespace {

constexpr char kFolder[] = TOCSIN_SOURCE_DIR "/playbooks/criteria";

absl::TimeZone Zone() {
  absl::TimeZone zone;
  TOCSIN_CHECK(absl::LoadTimeZone("Europe/Brussels", &zone));
  return zone;
}

std::map<std::string, std::string> FactsOf(std::string_view text) {
  std::map<std::string, std::string> facts;
  for (absl::string_view part : absl::StrSplit(ToAbsl(text), ' ', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> fact = absl::StrSplit(part, absl::MaxSplits('=', 1));
    facts[fact.first] = fact.second;
  }
  return facts;
}

std::map<std::string, std::shared_ptr<const CriteriaSet>> ReadAll() {
  std::map<std::string, std::shared_ptr<const CriteriaSet>> sets;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".yaml") continue;
    std::ifstream file(entry.path());
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    absl::StatusOr<CriteriaSet> set = library::ReadCriteriaSet(entry.path().string(), bytes);
    if (!set.ok()) std::fprintf(stderr, "%s\n", set.status().ToString().c_str());
    TOCSIN_CHECK(set.ok());
    TOCSIN_CHECK(entry.path().stem() == set->id);
    const std::string id = set->id;
    sets[id] = std::make_shared<const CriteriaSet>(*std::move(set));
  }
  return sets;
}

const std::map<std::string, std::shared_ptr<const CriteriaSet>>& Sets() {
  static const auto sets = ReadAll();
  return sets;
}

}  // namespace

std::shared_ptr<const CriteriaSet> SetOf(const std::string& id) {
  const auto found = Sets().find(id);
  TOCSIN_CHECK(found != Sets().end());
  return found->second;
}

std::vector<std::shared_ptr<const CriteriaSet>> AllSets() {
  std::vector<std::shared_ptr<const CriteriaSet>> all;
  for (const auto& [id, set] : Sets()) all.push_back(set);
  return all;
}

CriteriaFacts Stated(std::initializer_list<std::string_view> texts) {
  CriteriaFacts facts;
  for (const std::string_view text : texts) {
    for (auto& [key, value] : FactsOf(text)) facts.stated[key] = value;
  }
  facts.zone = Zone();
  facts.time = absl::FromCivil(absl::CivilSecond(2026, 6, 10, 8, 0, 0), absl::UTCTimeZone());
  return facts;
}

CriterionResult ResultOf(const std::string& set, std::string_view criterion,
                         const CriteriaFacts& facts) {
  const auto kind = facts.stated.find("entity_kind");
  CriteriaFacts complete = facts;
  complete.stated.emplace("entity_kind", "essential");
  const auto read = SetOf(set);
  const Assessment assessment =
      Assess({read}, read->regimes.front(), kind == facts.stated.end() ? "essential" : kind->second,
             absl::CivilDay(2026, 10, 1), complete);
  for (const SetResult& result : assessment.sets) {
    for (const CriterionResult& one : result.criteria) {
      if (one.id == criterion) return one;
    }
  }
  std::fprintf(stderr, "not asked: %s:%s\n", set.c_str(), std::string(criterion).c_str());
  TOCSIN_CHECK(false);
  return {};
}

std::shared_ptr<const RelatedIncident> Other(std::string number, std::string_view civil,
                                             std::string_view facts) {
  absl::CivilMinute minute;
  TOCSIN_CHECK(absl::ParseCivilTime(ToAbsl(std::string(civil).replace(10, 1, "T")), &minute));
  auto related = std::make_shared<RelatedIncident>();
  related->number = std::move(number);
  related->time = absl::FromCivil(minute, Zone());
  related->facts = FactsOf(facts);
  return related;
}

}  // namespace tocsin::regulation
