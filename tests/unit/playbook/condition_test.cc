#include "server/playbook/condition.h"

#include "server/base/text.h"

#include "tests/support/catch.h"
#include "tests/unit/playbook/builders.h"

namespace tocsin::playbook {
namespace {

using Kind = Condition::Kind;

// A run in which one question is answered and no step is done.
RunFacts NoRun() {
  return {.answer = [](std::string_view id) -> std::optional<std::string> {
            if (id == "vector") return "mail";
            return std::nullopt;
          },
          .done =
              [](std::string_view step) {
                return step == "look"      ? Truth::kTrue
                       : step == "dropped" ? Truth::kFalse
                                           : Truth::kUnknown;
              }};
}

Verdict Ask(const Condition& condition, const Facts& facts = {}) {
  return Evaluate(condition, facts, NoRun());
}

Condition Number(std::string fact, Condition::Comparison comparison, int64_t number) {
  Condition condition = Named(Kind::kFact, std::move(fact));
  condition.comparison = comparison;
  condition.number = number;
  return condition;
}

}  // namespace

TEST_CASE("Condition: severity and phase are always known", "[playbook][condition]") {
  Condition severity;
  severity.kind = Kind::kSeverityAtLeast;
  severity.severity = Severity::kSev2;
  Condition phase;
  phase.kind = Kind::kPhaseAtLeast;
  phase.phase = Phase::kEradication;
  Facts facts;

  facts.severity = Severity::kSev3;
  CHECK(Ask(severity, facts).truth == Truth::kFalse);
  CHECK(Ask(severity, facts).because == "severity is sev3");
  facts.severity = Severity::kSev2;
  CHECK(Ask(severity, facts).truth == Truth::kTrue);
  facts.severity = Severity::kSev1;
  CHECK(Ask(severity, facts).truth == Truth::kTrue);

  facts.phase = Phase::kContainment;
  CHECK(Ask(phase, facts).truth == Truth::kFalse);
  facts.phase = Phase::kRecovery;
  CHECK(Ask(phase, facts).truth == Truth::kTrue);
}

TEST_CASE("Condition: a fact that nobody has said is not a no", "[playbook][condition]") {
  const Condition yes = FactIs("personal_data", {"yes"});
  Facts facts;

  const Verdict nobody = Ask(yes, facts);
  CHECK(nobody.truth == Truth::kUnknown);
  CHECK(nobody.unknown == std::vector<std::string>{"personal_data"});
  CHECK(nobody.because == "personal_data is not known");

  facts.impact["personal_data"] = "unknown";
  CHECK(Ask(yes, facts).truth == Truth::kUnknown);
  CHECK(Ask(FactIs("personal_data", {"yes", "unknown"}), facts).truth == Truth::kTrue);
  facts.impact["personal_data"] = "no";
  CHECK(Ask(yes, facts).truth == Truth::kFalse);
  CHECK(Ask(yes, facts).because == "personal_data is no");
  facts.impact["personal_data"] = "yes";
  CHECK(Ask(yes, facts).truth == Truth::kTrue);
}

TEST_CASE("Condition: numbers are compared as numbers", "[playbook][condition]") {
  const Condition many = Number("users_affected", Condition::Comparison::kAtLeast, 500);
  const Condition few = Number("users_affected", Condition::Comparison::kBelow, 500);
  Facts facts;

  CHECK(Ask(many, facts).truth == Truth::kUnknown);
  facts.impact["users_affected"] = "499.5";
  CHECK(Ask(many, facts).truth == Truth::kFalse);
  CHECK(Ask(few, facts).truth == Truth::kTrue);
  facts.impact["users_affected"] = "500";
  CHECK(Ask(many, facts).truth == Truth::kTrue);
  CHECK(Ask(few, facts).truth == Truth::kFalse);
  facts.impact["users_affected"] = "1000";
  CHECK(Ask(many, facts).truth == Truth::kTrue);
  facts.impact["users_affected"] = "about a thousand";
  CHECK(Ask(many, facts).truth == Truth::kUnknown);
}

TEST_CASE("Condition: notifications count for a regime and its national versions",
          "[playbook][condition]") {
  const Condition warning = Named(Kind::kObligation, "nis2.early_warning");
  const Condition any = Named(Kind::kObligation, "nis2");
  Facts facts;

  CHECK(Ask(warning, facts).truth == Truth::kFalse);
  facts.obligations["nis2-be.notification"] = Owed::kYes;
  CHECK(Ask(warning, facts).truth == Truth::kFalse);
  CHECK(Ask(any, facts).truth == Truth::kTrue);
  facts.obligations["nis2-be.early_warning"] = Owed::kUndecided;
  CHECK(Ask(warning, facts).truth == Truth::kUnknown);
  CHECK(Ask(warning, facts).unknown == std::vector<std::string>{"nis2.early_warning"});
  facts.obligations["nis2-be.early_warning"] = Owed::kYes;
  CHECK(Ask(warning, facts).truth == Truth::kTrue);
  CHECK(Ask(Named(Kind::kObligation, "gdpr"), facts).truth == Truth::kFalse);

  facts.regimes = {"nis2-be", "uk_gdpr"};
  CHECK(Ask(Named(Kind::kRegime, "nis2"), facts).truth == Truth::kTrue);
  CHECK(Ask(Named(Kind::kRegime, "gdpr"), facts).truth == Truth::kFalse);
  CHECK_FALSE(IsRegime("nis22", "nis2"));
  CHECK(IsRegime("gdpr@nl", "gdpr"));
}

TEST_CASE("Condition: anchors, kinds of entity, answers and steps", "[playbook][condition]") {
  Facts facts;
  CHECK(Ask(Named(Kind::kAnchor, "handled"), facts).truth == Truth::kFalse);
  facts.anchors["handled"] = {StartTime(), StartTime()};
  CHECK(Ask(Named(Kind::kAnchor, "handled"), facts).truth == Truth::kTrue);

  Condition kind;
  kind.kind = Kind::kEntityKind;
  kind.values = {"essential", "important"};
  CHECK(Ask(kind, facts).truth == Truth::kFalse);
  facts.entity_kinds = {"important"};
  CHECK(Ask(kind, facts).because == "the entity is important");

  Condition answer = Named(Kind::kAnswer, "vector");
  answer.values = {"mail"};
  CHECK(Ask(answer).truth == Truth::kTrue);
  answer.name = "never-asked";
  CHECK(Ask(answer).truth == Truth::kUnknown);

  CHECK(Ask(Named(Kind::kDone, "look")).truth == Truth::kTrue);
  CHECK(Ask(Named(Kind::kDone, "dropped")).truth == Truth::kFalse);
  CHECK(Ask(Named(Kind::kDone, "open")).unknown == std::vector<std::string>{"open"});
}

TEST_CASE("Condition: the unknown decides only where nothing else does", "[playbook][condition]") {
  const Condition yes = FactIs("a", {"yes"});
  const Condition other = FactIs("b", {"yes"});
  const Condition all = Joined(Kind::kAllOf, {yes, other});
  const Condition any = Joined(Kind::kAnyOf, {yes, other});
  const std::vector<std::pair<std::string, Truth>> values = {
      {"yes", Truth::kTrue}, {"no", Truth::kFalse}, {"unknown", Truth::kUnknown}};

  for (const auto& [a, a_truth] : values) {
    for (const auto& [b, b_truth] : values) {
      Facts facts;
      facts.impact = {{"a", a}, {"b", b}};
      INFO(a << " and " << b);
      CHECK(Ask(all, facts).truth == std::min(a_truth, b_truth));
      CHECK(Ask(any, facts).truth == std::max(a_truth, b_truth));
      CHECK(Ask(Joined(Kind::kNot, {all}), facts).truth ==
            static_cast<Truth>(2 - static_cast<int>(std::min(a_truth, b_truth))));
    }
  }
}

TEST_CASE("Condition: the reason names the parts that decided", "[playbook][condition]") {
  const Condition any = Joined(Kind::kAnyOf, {FactIs("a", {"yes"}), FactIs("b", {"yes"})});
  Facts facts;
  facts.impact = {{"a", "no"}, {"b", "yes"}};
  CHECK(Ask(any, facts).because == "b is yes");
  facts.impact["b"] = "no";
  CHECK(Ask(any, facts).because == "a is no; b is no");
  facts.impact.erase("b");
  CHECK(Ask(any, facts).because == "b is not known");
  CHECK(Ask(any, facts).unknown == std::vector<std::string>{"b"});
}

TEST_CASE("Condition: what people wrote does not make a reason long", "[playbook][condition]") {
  Facts facts;
  facts.impact["services"] = std::string(4000, 'x');
  CHECK(Ask(FactIs("services", {"mail"}), facts).because == "services is given");

  std::vector<Condition> parts;
  for (size_t i = 0; i < kConditionPartsMax; ++i) {
    const std::string key = "fact_" + std::to_string(i);
    parts.push_back(FactIs(key, {"yes"}));
    facts.impact[key] = "é é é é é é é é é é é é";
  }
  const std::string because = Ask(Joined(Kind::kAnyOf, parts), facts).because;
  CHECK(because.size() < 1100);
  CHECK(IsValidUtf8(because));
}

TEST_CASE("Condition: in words", "[playbook][condition]") {
  CHECK(ToText(Joined(Kind::kAllOf,
                      {FactIs("personal_data", {"yes", "unknown"}),
                       Joined(Kind::kNot, {Named(Kind::kDone, "look")}),
                       Number("users_affected", Condition::Comparison::kAtLeast, 500)})) ==
        "(personal_data is yes or unknown and not step look is done and "
        "users_affected is at least 500)");
}

}  // namespace tocsin::playbook
