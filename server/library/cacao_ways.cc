#include "server/library/cacao_ways.h"

#include <algorithm>
#include <utility>

namespace tocsin::library::cacao {
namespace {

using playbook::Condition;
using Alternative = std::map<std::string, std::set<std::string>>;

// Below the limits of a condition, so that what stands around it fits too.
constexpr size_t kAlternativesMax = 40;
constexpr size_t kAnswersMax = 100;

// Whether all that `wide` asks is asked by `narrow` too.
bool Covers(const Alternative& wide, const Alternative& narrow) {
  return std::all_of(wide.begin(), wide.end(), [&](const auto& asked) {
    const auto found = narrow.find(asked.first);
    return found != narrow.end() && std::includes(asked.second.begin(), asked.second.end(),
                                                  found->second.begin(), found->second.end());
  });
}

// The question in which two alternatives differ, when it is the only one.
std::optional<std::string> OnlyDifference(const Alternative& a, const Alternative& b) {
  if (a.size() != b.size()) return std::nullopt;
  std::optional<std::string> difference;
  for (const auto& [question, answers] : a) {
    const auto found = b.find(question);
    if (found == b.end()) return std::nullopt;
    if (found->second == answers) continue;
    if (difference) return std::nullopt;
    difference = question;
  }
  return difference;
}

}  // namespace

void Ways::CheckSize() {
  size_t answers = 0;
  for (const Alternative& alternative : alternatives_) answers += alternative.size();
  if (alternatives_.size() <= kAlternativesMax && answers <= kAnswersMax) return;
  too_many_ = true;
  alternatives_.clear();
}

Ways Ways::And(const std::string& question, const std::string& answer) const {
  Ways result = *this;
  for (Alternative& alternative : result.alternatives_) alternative[question] = {answer};
  result.CheckSize();
  return result;
}

// One step of simplification; false when there is none.
bool Ways::Simplify(const Questions& questions) {
  for (size_t i = 0; i < alternatives_.size(); ++i) {
    for (size_t j = 0; j < alternatives_.size(); ++j) {
      if (i == j) continue;
      if (Covers(alternatives_[i], alternatives_[j])) {
        alternatives_.erase(alternatives_.begin() + static_cast<std::ptrdiff_t>(j));
        return true;
      }
      const std::optional<std::string> question =
          OnlyDifference(alternatives_[i], alternatives_[j]);
      if (!question) continue;
      std::set<std::string>& answers = alternatives_[i][*question];
      answers.merge(std::set<std::string>(alternatives_[j][*question]));
      if (answers.size() == questions.at(*question).size()) alternatives_[i].erase(*question);
      alternatives_.erase(alternatives_.begin() + static_cast<std::ptrdiff_t>(j));
      return true;
    }
  }
  return false;
}

Ways Ways::Or(const Ways& other, const Questions& questions) const {
  Ways result = *this;
  result.too_many_ = too_many_ || other.too_many_;
  if (result.too_many_) {
    result.alternatives_.clear();
    return result;
  }
  result.alternatives_.insert(result.alternatives_.end(), other.alternatives_.begin(),
                              other.alternatives_.end());
  while (result.Simplify(questions)) {
  }
  result.CheckSize();
  return result;
}

Condition AnswerIs(const std::string& question, std::vector<std::string> answers) {
  Condition condition;
  condition.kind = Condition::Kind::kAnswer;
  condition.name = question;
  condition.values = std::move(answers);
  return condition;
}

Condition Joined(Condition::Kind kind, std::vector<Condition> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  Condition condition;
  condition.kind = kind;
  condition.parts = std::move(parts);
  return condition;
}

Condition Ways::AsCondition() const {
  std::vector<Condition> any;
  for (const Alternative& alternative : alternatives_) {
    std::vector<Condition> all;
    for (const auto& [question, answers] : alternative) {
      all.push_back(AnswerIs(question, {answers.begin(), answers.end()}));
    }
    any.push_back(Joined(Condition::Kind::kAllOf, std::move(all)));
  }
  return Joined(Condition::Kind::kAnyOf, std::move(any));
}

}  // namespace tocsin::library::cacao
