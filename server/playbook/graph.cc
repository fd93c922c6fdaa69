#include "server/playbook/graph.h"

#include <algorithm>
#include <string>

#include "server/base/view.h"

namespace tocsin::playbook {
namespace {

// Takes away, again and again, the nodes that wait for none that is left. What is never taken away
// lies on a circle or waits for one.
std::vector<size_t> OrderOf(const Waits& waits_for) {
  Waits waited_for_by(waits_for.size());
  std::vector<size_t> open(waits_for.size());
  std::vector<size_t> order;
  for (size_t i = 0; i < waits_for.size(); ++i) {
    open[i] = waits_for[i].size();
    for (const size_t other : waits_for[i]) waited_for_by[other].push_back(i);
    if (open[i] == 0) order.push_back(i);
  }
  for (size_t next = 0; next < order.size(); ++next) {
    for (const size_t waiting : waited_for_by[order[next]]) {
      if (--open[waiting] == 0) order.push_back(waiting);
    }
  }
  return order;
}

}  // namespace

Graph::Graph(const Definition& definition)
    : needs_(definition.steps.size()), dependents_(definition.steps.size()) {
  index_by_id_.reserve(definition.steps.size());
  for (size_t i = 0; i < definition.steps.size(); ++i) {
    index_by_id_.try_emplace(definition.steps[i].id, i);
    for (const Question& question : definition.steps[i].questions) {
      questions_.try_emplace(question.id, AskedQuestion{i, &question});
    }
  }
  for (size_t i = 0; i < definition.steps.size(); ++i) {
    for (const std::string& need : definition.steps[i].needs) {
      if (const std::optional<size_t> found = Find(need)) {
        needs_[i].push_back(*found);
        dependents_[*found].push_back(i);
      }
    }
  }
  order_ = OrderOf(needs_);
  position_.resize(needs_.size());
  for (size_t i = 0; i < order_.size(); ++i) position_[order_[i]] = i;
}

std::optional<size_t> Graph::Find(std::string_view step_id) const {
  const auto found = index_by_id_.find(ToAbsl(step_id));
  if (found == index_by_id_.end()) return std::nullopt;
  return found->second;
}

std::optional<AskedQuestion> Graph::FindQuestion(std::string_view id) const {
  const auto found = questions_.find(ToAbsl(id));
  if (found == questions_.end()) return std::nullopt;
  return found->second;
}

std::vector<size_t> Graph::FindCycle() const {
  return FindCircle(needs_);
}

std::vector<size_t> FindCircle(const Waits& waits_for) {
  std::vector<bool> left(waits_for.size(), true);
  for (const size_t node : OrderOf(waits_for)) left[node] = false;
  const auto first = std::find(left.begin(), left.end(), true);
  if (first == left.end()) return {};

  // Every node that is left waits for another one that is left, so following must come round.
  std::vector<size_t> path;
  std::vector<bool> seen(left.size(), false);
  auto node = static_cast<size_t>(first - left.begin());
  while (!seen[node]) {
    seen[node] = true;
    path.push_back(node);
    node = *std::find_if(waits_for[node].begin(), waits_for[node].end(),
                         [&](size_t other) { return left[other]; });
  }
  path.erase(path.begin(), std::find(path.begin(), path.end(), node));
  return path;
}

}  // namespace tocsin::playbook
