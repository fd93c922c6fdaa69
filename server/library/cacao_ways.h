// Which answers lead to a step: alternatives, each a set of answers that must all have been given.
// Alternatives that together cover every answer fall away, so that a step behind a whole branching
// needs no condition at all. Only the cacao_*.cc files include this.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/playbook/condition.h"

namespace tocsin::library::cacao {

/// What each question can be answered.
using Questions = std::map<std::string, std::vector<std::string>>;

class Ways {
 public:
  /// Always.
  Ways() : alternatives_{{}} {}

  /// There were more than a condition can hold; nothing else is known then.
  bool too_many() const { return too_many_; }
  bool always() const {
    return !too_many_ && alternatives_.size() == 1 && alternatives_.front().empty();
  }

  /// These ways, and `question` was answered `answer`.
  Ways And(const std::string& question, const std::string& answer) const;
  /// These ways or those. `questions` must have all questions of both.
  Ways Or(const Ways& other, const Questions& questions) const;

  /// As a condition over answers. Must be neither always() nor too_many().
  playbook::Condition AsCondition() const;

 private:
  using Alternative = std::map<std::string, std::set<std::string>>;
  bool Simplify(const Questions& questions);
  void CheckSize();

  std::vector<Alternative> alternatives_;
  bool too_many_ = false;
};

/// "the answer to `question` is one of `answers`".
playbook::Condition AnswerIs(const std::string& question, std::vector<std::string> answers);
/// `parts` joined; a single one stays as it is.
playbook::Condition Joined(playbook::Condition::Kind kind, std::vector<playbook::Condition> parts);

}  // namespace tocsin::library::cacao
