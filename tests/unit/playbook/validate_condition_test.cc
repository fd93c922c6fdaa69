#include <functional>

#include "server/base/error.h"
#include "server/playbook/validate.h"
#include "tests/support/catch.h"
#include "tests/unit/playbook/builders.h"

namespace tocsin::playbook {
namespace {

using Kind = Condition::Kind;

Words KnownWords() {
  Words words;
  words.facts = {{"personal_data", Words::FactForm::kYesNo},
                 {"users_affected", Words::FactForm::kNumber},
                 {"services", Words::FactForm::kText}};
  words.anchors = {"aware", "detected", "handled"};
  words.regimes = {"gdpr", "nis2"};
  words.obligations = {"nis2.early_warning", "gdpr.authority"};
  words.entity_kinds = {"essential", "important"};
  words.playbooks = {"first-hour", "test-playbook"};
  return words;
}

Question Number(std::string id) {
  Question question = AQuestion(std::move(id), QuestionType::kNumber);
  question.min = 0;
  question.max = 100;
  return question;
}

// Two steps; the first asks, the second depends.
Definition Asking() {
  Step ask = AStep("ask");
  Question vector = AQuestion("vector", QuestionType::kChoice);
  vector.choices = {"mail", "vpn"};
  Question active = AQuestion("active", QuestionType::kYesNo);
  active.fact = "attacker_active";
  ask.questions = {vector, active, Number("hosts")};
  return ADefinition({ask, AStepWhen("act", FactIs("attacker_active", {"yes"}), {"ask"})});
}

// Reason and path of the only problem after `change`; "" when it is accepted.
std::string Refused(const std::function<void(Definition&)>& change) {
  Definition definition = Asking();
  change(definition);
  const Words words = KnownWords();
  const std::vector<Problem> problems = FindProblems(definition, &words);
  if (problems.empty()) return "";
  INFO(problems[0].status.message());
  CHECK(problems.size() == 1);
  std::string text = ReasonOf(problems[0].status);
  for (const auto& part : problems[0].path) {
    text +=
        "/" + (std::holds_alternative<std::string>(part) ? std::get<std::string>(part)
                                                         : std::to_string(std::get<size_t>(part)));
  }
  return text;
}

std::string RefusedWhen(Condition when) {
  return Refused([&](Definition& definition) { definition.steps[1].when = when; });
}

Condition Answer(std::string question, std::vector<std::string> values) {
  Condition condition = Named(Kind::kAnswer, std::move(question));
  condition.values = std::move(values);
  return condition;
}

Condition Compare(Kind kind, std::string name, Condition::Comparison comparison, int64_t number) {
  Condition condition = Named(kind, std::move(name));
  condition.comparison = comparison;
  condition.number = number;
  return condition;
}

}  // namespace

TEST_CASE("Validate: conditions over known names are accepted", "[playbook][validate]") {
  CHECK(RefusedWhen(FactIs("personal_data", {"yes", "unknown"})).empty());
  CHECK(RefusedWhen(Named(Kind::kAnchor, "handled")).empty());
  CHECK(RefusedWhen(Named(Kind::kRegime, "gdpr")).empty());
  CHECK(RefusedWhen(Named(Kind::kObligation, "nis2")).empty());
  CHECK(RefusedWhen(Named(Kind::kObligation, "nis2.early_warning")).empty());
  CHECK(RefusedWhen(Named(Kind::kDone, "ask")).empty());
  CHECK(RefusedWhen(Answer("vector", {"mail", "unknown"})).empty());
  CHECK(RefusedWhen(Compare(Kind::kAnswer, "hosts", Condition::Comparison::kAtLeast, 100)).empty());
}

TEST_CASE("Validate: unknown names are refused where they stand", "[playbook][validate]") {
  CHECK(RefusedWhen(FactIs("personal_dat", {"yes"})) == "UNKNOWN_FACT/steps/1/when/fact");
  CHECK(RefusedWhen(Named(Kind::kAnchor, "awake")) == "UNKNOWN_ANCHOR/steps/1/when/anchor");
  CHECK(RefusedWhen(Named(Kind::kRegime, "nis3")) == "UNKNOWN_REGIME/steps/1/when/regime");
  CHECK(RefusedWhen(Named(Kind::kObligation, "nis2.early_warnin")) ==
        "UNKNOWN_OBLIGATION/steps/1/when/obligation");
  CHECK(RefusedWhen(Named(Kind::kDone, "aks")) == "UNKNOWN_STEP/steps/1/when/done");
  CHECK(RefusedWhen(Answer("vectr", {"mail"})) == "UNKNOWN_QUESTION/steps/1/when/answer");
  Condition kind;
  kind.kind = Kind::kEntityKind;
  kind.values = {"esential"};
  CHECK(RefusedWhen(kind) == "UNKNOWN_ENTITY_KIND/steps/1/when/entity_kind");
  CHECK(RefusedWhen(Joined(Kind::kAllOf, {FactIs("personal_data", {"yes"}),
                                          Joined(Kind::kNot, {FactIs("nothing_known", {"x"})})})) ==
        "UNKNOWN_FACT/steps/1/when/all_of/1/not/fact");
  CHECK(Refused([](Definition& d) {
          d.steps[1].due =
              Due{.within = absl::Hours(1), .from = Due::From::kAnchor, .anchor = "detectd"};
        }) == "UNKNOWN_ANCHOR/steps/1/due/from");
  CHECK(Refused([](Definition& d) { d.steps[1].playbook = "frist-hour"; }) ==
        "UNKNOWN_PLAYBOOK/steps/1/playbook");
}

TEST_CASE("Validate: without words only what is inside the playbook is checked",
          "[playbook][validate]") {
  Definition definition = Asking();
  definition.steps[1].when = FactIs("fact_of_a_later_release", {"yes"});
  CHECK(FindProblems(definition).empty());
  definition.steps[1].when = Named(Kind::kDone, "nowhere");
  CHECK(FindProblems(definition).size() == 1);
}

TEST_CASE("Validate: a comparison that no answer can meet is refused", "[playbook][validate]") {
  const std::string at = "INVALID_CONDITION/steps/1/when/";
  CHECK(RefusedWhen(Answer("vector", {"usb"})) == at + "answer");
  CHECK(RefusedWhen(Answer("active", {"maybe"})) == at + "answer");
  CHECK(RefusedWhen(Compare(Kind::kAnswer, "vector", Condition::Comparison::kBelow, 3)) ==
        at + "answer");
  CHECK(RefusedWhen(Compare(Kind::kAnswer, "hosts", Condition::Comparison::kAtLeast, 101)) ==
        at + "answer");
  CHECK(RefusedWhen(Compare(Kind::kAnswer, "hosts", Condition::Comparison::kBelow, 0)) ==
        at + "answer");
  CHECK(RefusedWhen(FactIs("personal_data", {"probably"})) == at + "is");
  CHECK(RefusedWhen(Compare(Kind::kFact, "services", Condition::Comparison::kAtLeast, 3)) ==
        at + "fact");
}

TEST_CASE("Validate: a circle through a condition is spelt out", "[playbook][validate]") {
  Definition definition = Asking();
  definition.steps[0].when = Named(Kind::kDone, "act");
  const std::vector<Problem> problems = FindProblems(definition);
  REQUIRE(problems.size() == 1);
  CHECK(ReasonOf(problems[0].status) == "STEP_CYCLE");
  CHECK_THAT(std::string(problems[0].status.message()), ContainsSubstring("ask → act → ask"));

  // Its own question cannot open a step, and what needs it is lost with it.
  definition.steps[0].when = Answer("active", {"yes"});
  const std::vector<Problem> own = FindProblems(definition);
  REQUIRE(own.size() == 2);
  CHECK_THAT(std::string(own[0].status.message()), ContainsSubstring("waits for itself"));
  CHECK(ReasonOf(own[1].status) == "UNREACHABLE_STEP");
  // What has an alternative is no circle.
  definition.steps[0].when =
      Joined(Kind::kAnyOf, {Named(Kind::kDone, "act"), FactIs("personal_data", {"yes"})});
  CHECK(FindProblems(definition).empty());
}

TEST_CASE("Validate: a repetition may ask itself, but not wait for its own end",
          "[playbook][validate]") {
  CHECK(Refused([](Definition& d) {
          d.steps[0].repeat = Repeat{absl::Hours(1), Answer("active", {"no"})};
        }).empty());
  CHECK(Refused([](Definition& d) {
          d.steps[0].repeat = Repeat{absl::Hours(1), Named(Kind::kDone, "ask")};
        }) == "INVALID_CONDITION/steps/0/repeat/until/done");
  CHECK(Refused([](Definition& d) {
          d.steps[0].repeat = Repeat{absl::Hours(1), Named(Kind::kDone, "act")};
        }) == "STEP_CYCLE/steps/0/needs");
  CHECK(Refused([](Definition& d) {
          d.steps[0].repeat = Repeat{absl::Seconds(30), Answer("active", {"no"})};
        }) == "INVALID_REPEAT/steps/0/repeat/every");
}

TEST_CASE("Validate: questions have a form", "[playbook][validate]") {
  const auto with = [](const std::function<void(Question&)>& change) {
    return Refused([&](Definition& d) { change(d.steps[0].questions[0]); });
  };
  const std::string at = "/steps/0/questions/0/";
  CHECK(with([](Question& q) { q.id = "active"; }) == "DUPLICATE_QUESTION/steps/0/questions/1/id");
  CHECK(with([](Question& q) { q.id = "Not an id"; }) == "INVALID_ID" + at + "id");
  CHECK(with([](Question& q) { q.ask = ""; }) == "TEXT_EMPTY" + at + "ask");
  CHECK(with([](Question& q) { q.choices = {"mail"}; }) == "INVALID_QUESTION" + at + "choices");
  CHECK(with([](Question& q) {
          q.choices = {"mail", "mail"};
        }) == "DUPLICATE_WORD" + at + "choices/1");
  CHECK(with([](Question& q) {
          q.choices = {"mail", "unknown"};
        }) == "INVALID_QUESTION" + at + "choices/1");
  CHECK(with([](Question& q) { q.min = 3; }) == "INVALID_QUESTION" + at + "min");
  CHECK(with([](Question& q) { q.anchor = "aware"; }) == "INVALID_QUESTION" + at + "anchor");
  CHECK(with([](Question& q) { q.fact = "personal_data"; }) == "INVALID_QUESTION" + at + "fact");
  CHECK(with([](Question& q) { q.fact = "servics"; }) == "UNKNOWN_FACT" + at + "fact");
  CHECK(with([](Question& q) { q.fact = "No fact"; }) == "UNKNOWN_FACT" + at + "fact");
  CHECK(with([](Question& q) { q.fact = "way_in"; }).empty());
  CHECK(Refused([](Definition& d) { d.steps[0].questions[2].min = 101; }) ==
        "INVALID_QUESTION/steps/0/questions/2/min");
  CHECK(Refused([](Definition& d) {
          d.steps[0].questions[1].choices = {"yes", "no"};
        }) == "INVALID_QUESTION/steps/0/questions/1/choices");
}

TEST_CASE("Validate: a step that is a playbook has no work of its own", "[playbook][validate]") {
  const auto with = [](const std::function<void(Step&)>& change) {
    return Refused([&](Definition& d) {
      d.steps[1].playbook = "first-hour";
      change(d.steps[1]);
    });
  };
  CHECK(with([](Step&) {}).empty());
  CHECK(with([](Step& s) { s.evidence = {EvidenceKind::kNote}; }) ==
        "RUN_WITH_WORK/steps/1/evidence");
  CHECK(with([](Step& s) { s.questions = {Number("more")}; }) == "RUN_WITH_WORK/steps/1/questions");
  CHECK(with([](Step& s) {
          s.repeat = Repeat{absl::Hours(1), FactIs("personal_data", {"no"})};
        }) == "RUN_WITH_WORK/steps/1/repeat");
  CHECK(with([](Step& s) { s.playbook = "test-playbook"; }) == "STEP_CYCLE/steps/1/playbook");
}

TEST_CASE("Validate: conditions have limits", "[playbook][validate]") {
  Condition deep = FactIs("personal_data", {"yes"});
  for (size_t i = 1; i < kConditionDepthMax; ++i) deep = Joined(Kind::kNot, {deep});
  CHECK(RefusedWhen(deep).empty());
  CHECK_THAT(RefusedWhen(Joined(Kind::kNot, {deep})), ContainsSubstring("INVALID_CONDITION"));
  const std::vector<Condition> many(kConditionPartsMax + 1, FactIs("personal_data", {"yes"}));
  CHECK(RefusedWhen(Joined(Kind::kAnyOf, many)) == "INVALID_CONDITION/steps/1/when");
  CHECK(Refused([](Definition& d) {
          for (size_t i = 0; i <= kQuestionsMax; ++i) {
            d.steps[1].questions.push_back(Number("q" + std::to_string(i)));
          }
        }) == "TOO_MANY_ITEMS/steps/1/questions");
}

}  // namespace tocsin::playbook
