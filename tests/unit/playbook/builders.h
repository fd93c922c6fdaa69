// Definitions for the tests of the playbook layer: valid unless a test makes them otherwise.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/playbook/definition.h"
#include "server/playbook/run.h"

namespace tocsin::playbook {

inline Step AStep(std::string id, std::vector<std::string> needs = {}) {
  Step step;
  step.title = "Title of " + id;
  step.instructions = "Do " + id + ".";
  step.id = std::move(id);
  step.needs = std::move(needs);
  return step;
}

inline Definition ADefinition(std::vector<Step> steps) {
  Definition definition;
  definition.id = "test-playbook";
  definition.title = "A playbook for tests";
  definition.version = "1.0";
  definition.summary = "What it is for.";
  definition.steps = std::move(steps);
  return definition;
}

/// 2026-06-10T08:00:00Z.
inline absl::Time StartTime() {
  return absl::FromUnixSeconds(1781078400);
}

inline Run ARun(std::vector<Step> steps) {
  return StartRun(RunId{1}, std::make_shared<const Definition>(ADefinition(std::move(steps))),
                  StartTime());
}

inline PrincipalId Person(uint8_t number) {
  PrincipalId id;
  id.bytes[0] = number;
  return id;
}

inline Condition FactIs(std::string fact, std::vector<std::string> values) {
  Condition condition;
  condition.kind = Condition::Kind::kFact;
  condition.name = std::move(fact);
  condition.values = std::move(values);
  return condition;
}

/// A condition of a kind that has a name alone, such as kDone.
inline Condition Named(Condition::Kind kind, std::string name) {
  Condition condition;
  condition.kind = kind;
  condition.name = std::move(name);
  return condition;
}

inline Condition Joined(Condition::Kind kind, std::vector<Condition> parts) {
  Condition condition;
  condition.kind = kind;
  condition.parts = std::move(parts);
  return condition;
}

inline Step AStepWhen(std::string id, Condition when, std::vector<std::string> needs = {}) {
  Step step = AStep(std::move(id), std::move(needs));
  step.when = std::move(when);
  return step;
}

inline Question AQuestion(std::string id, QuestionType type) {
  Question question;
  question.ask = "What about " + id + "?";
  question.id = std::move(id);
  question.type = type;
  return question;
}

/// `count` steps, each of which needs the one before and the one a hundred before.
inline Definition ALongDefinition(size_t count) {
  constexpr size_t kFurther = 100;
  std::vector<Step> steps;
  for (size_t i = 0; i < count; ++i) {
    std::vector<std::string> needs;
    if (i >= 1) needs.push_back("step-" + std::to_string(i - 1));
    if (i >= kFurther) needs.push_back("step-" + std::to_string(i - kFurther));
    steps.push_back(AStep("step-" + std::to_string(i), std::move(needs)));
  }
  return ADefinition(std::move(steps));
}

}  // namespace tocsin::playbook
