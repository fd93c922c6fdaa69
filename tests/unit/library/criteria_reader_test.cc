#include "server/library/criteria_reader.h"

#include <string>

#include "server/base/digest.h"
#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin::library {
namespace {

using regulation::Comparison;
using regulation::ConditionKind;
using regulation::CriteriaSet;

constexpr char kSmall[] = R"(format: tocsin-criteria-v1
id: demo
title: A law for tests
version: "1.0"
regimes: [nis2]
valid_from: 2026-01-01
source: written for this test
confidence: none
verified_on: 2026-02-03
criteria:
  - id: loss
    article: Demo 1
    text: A loss.
    when:
      number: financial_loss_eur
      capable: true
      unit: EUR
      compare: more_than
      lowest_of: [{amount: 500000}, {percent: 0.1, of: annual_turnover_eur}]
  - id: twice
    article: Demo 2
    text: Again.
    when: {recurring: {count: 2, months: 6, sum: [financial_loss_eur], together: {criterion: loss}}}
)";

std::string Changed(const std::string& from, const std::string& to) {
  std::string text = kSmall;
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// One criterion with this condition.
std::string With(const std::string& condition) {
  std::string text = kSmall;
  return text.substr(0, text.find("    when:")) + "    when: " + condition + "\n";
}

std::string ErrorOf(const std::string& text) {
  return std::string(ReadCriteriaSet("x.yaml", text).status().message());
}

}  // namespace

TEST_CASE("ReadCriteriaSet: every field", "[library][criteria]") {
  const auto set = ReadCriteriaSet("x.yaml", kSmall);
  REQUIRE(set.ok());
  CHECK(set->id == "demo");
  CHECK(set->digest == Sha256(kSmall));
  CHECK(set->regimes == std::vector<std::string>{"nis2"});
  CHECK(set->valid_from == absl::CivilDay(2026, 1, 1));
  CHECK(set->verified_on == "2026-02-03");
  REQUIRE(set->criteria.size() == 2);
  const regulation::Condition& loss = set->criteria[0].when;
  CHECK(loss.kind == ConditionKind::kCompare);
  CHECK(loss.capable);
  CHECK(loss.comparison == Comparison::kMoreThan);
  REQUIRE(loss.limits.size() == 2);
  CHECK(loss.limits[0].amount == regulation::Amount::Of(500'000));
  CHECK(loss.limits[1].milli_percent == 100);
  CHECK(loss.limits[1].of == "annual_turnover_eur");
  CHECK(set->criteria[1].when.kind == ConditionKind::kRecurring);
  CHECK(set->criteria[1].when.months == 6);
}

TEST_CASE("ReadCriteriaSet: a condition that nobody could ever answer is refused",
          "[library][criteria]") {
  CHECK(ErrorOf(With("{yes: sever_disruption}")) ==
        "x.yaml:14:17: 'sever_disruption' is no fact; did you mean 'severe_disruption'?");
  CHECK(ErrorOf(With("{yes: severe_disruption_potential}")) ==
        "x.yaml:14:17: 'severe_disruption_potential' is no fact of docs/impact.md");
  CHECK(ErrorOf(With("{yes: users_affected}")) ==
        "x.yaml:14:17: 'users_affected' has another form in docs/impact.md");
  CHECK(ErrorOf(With("{yes: malicious, capable: true}")) ==
        "x.yaml:14:37: 'malicious' has no potential form");
  CHECK(ErrorOf(With("{fact: sector, is_one_of: [clouds]}")) ==
        "x.yaml:14:37: 'clouds' is not a sector");
  CHECK(ErrorOf(With("{number: users_affected, compare: more_than, lowest_of: "
                     "[{percent: 5, of: service_users}]}")) ==
        "x.yaml:14:85: 'service_users' is no fact of docs/impact.md");
}

TEST_CASE("ReadCriteriaSet: conditions are checked at their place", "[library][criteria]") {
  CHECK_THAT(ErrorOf(With("{yes: malicious, no: malicious}")),
             ContainsSubstring("x.yaml:14:11: a condition has exactly one of"));
  CHECK_THAT(ErrorOf(With("{capable: true}")), ContainsSubstring("unknown key 'capable'"));
  CHECK(ErrorOf(With("{all: []}")) == "x.yaml:14:17: the list is empty");
  CHECK(ErrorOf(With("{at_least: 3, of: [{yes: malicious}]}")) ==
        "x.yaml:14:22: is more than the conditions in the list");
  CHECK(ErrorOf(With("{number: users_affected, compare: more_than}")) ==
        "x.yaml:14:11: state either limit or lowest_of");
  CHECK(ErrorOf(With("{number: users_affected, compare: more_than, limit: many}")) ==
        "x.yaml:14:63: 'many' is not a number");
  CHECK(ErrorOf(With("{number: users_affected, compare: less_than, lowest_of: [{amount: 1}, "
                     "{amount: 2}]}")) ==
        "x.yaml:14:67: several limits go with more_than and at_least only");
  CHECK(ErrorOf(Changed("percent: 0.1,", "percent: 0.0001,")) ==
        "x.yaml:19:47: has more than three decimals");
  CHECK(ErrorOf(Changed("percent: 0.1,", "percent: 101,")) ==
        "x.yaml:19:47: is not a number above 0, up to 100");
  CHECK_THAT(
      ErrorOf(Changed("compare: more_than", "compare: more_then")),
      ContainsSubstring("x.yaml:18:16: 'more_then' is not known; did you mean 'more_than'?"));
}

TEST_CASE("ReadCriteriaSet: criteria refer to what stands above, so there is no cycle",
          "[library][criteria]") {
  CHECK(ErrorOf(Changed("criterion: loss", "criterion: twice")) ==
        "x.yaml:23:94: no criterion 'twice' stands above this one");
  const std::string third = R"(  - id: thrice
    article: Demo 3
    text: Again and again.
    when: {recurring: {count: 3, months: 6, together: {criterion: twice}}}
)";
  CHECK_THAT(ErrorOf(kSmall + third), ContainsSubstring("cannot itself ask for recurrence"));
}

TEST_CASE("ReadCriteriaSet: the set itself", "[library][criteria]") {
  CHECK(ErrorOf(Changed("criteria-v1", "criteria-v2")) ==
        "x.yaml:1:9: 'tocsin-criteria-v2' is not known; this server reads tocsin-criteria-v1");
  CHECK(ErrorOf(Changed("regimes: [nis2]", "regimes: []")) ==
        "x.yaml:5:10: name at least one rule pack by its id");
  CHECK(ErrorOf(Changed("version: \"1.0\"\n", "")) ==
        "x.yaml:1:1: the criteria set lacks the key 'version'");
  CHECK(ErrorOf(Changed("valid_from: 2026-01-01", "valid_from: 2026-02-30")) ==
        "x.yaml:6:13: '2026-02-30' is not a date such as 2026-11-01");
  CHECK_THAT(ErrorOf(Changed("    article: Demo 1\n", "")),
             ContainsSubstring("a criterion lacks the key 'article'"));
  CHECK_THAT(ErrorOf(Changed("id: twice", "id: loss")),
             ContainsSubstring("this id stands here for the second time"));
  CHECK(ErrorOf(With("{yes: malicious}") + "    decides: false\n") ==
        "x.yaml:11:3: no criterion decides anything");
  // An alias bomb is a few lines long.
  CHECK_FALSE(ReadCriteriaSet("x.yaml", "a: &a [1]\nb: *a\n").ok());
}

TEST_CASE("ReadCriteriaSet: unless_yes and unless_no hold until somebody says the contrary",
          "[library][criteria]") {
  const auto outcome = [](const std::string& condition, const std::string& value) {
    const auto set = ReadCriteriaSet("x.yaml", With(condition));
    REQUIRE(set.ok());
    regulation::CriteriaFacts facts;
    if (!value.empty()) facts.stated["malicious"] = value;
    return regulation::Assess({std::make_shared<const CriteriaSet>(*set)}, "nis2", "",
                              absl::CivilDay(2026, 6, 1), facts)
        .sets.at(0)
        .criteria.at(0)
        .outcome;
  };
  using regulation::Outcome;
  CHECK(outcome("{unless_yes: malicious}", "") == Outcome::kMet);
  CHECK(outcome("{unless_yes: malicious}", "no") == Outcome::kMet);
  CHECK(outcome("{unless_yes: malicious}", "unknown") == Outcome::kMet);
  CHECK(outcome("{unless_yes: malicious}", "yes") == Outcome::kNotMet);
  CHECK(outcome("{unless_no: malicious}", "") == Outcome::kMet);
  CHECK(outcome("{unless_no: malicious}", "yes") == Outcome::kMet);
  CHECK(outcome("{unless_no: malicious}", "no") == Outcome::kNotMet);
  CHECK(outcome("{no: malicious}", "") == Outcome::kUnknown);
}

}  // namespace tocsin::library
