#include "server/playbook/graph.h"

#include <algorithm>
#include <string>

#include "server/base/view.h"

namespace tocsin::playbook {

Graph::Graph(const Definition& definition)
    : needs_(definition.steps.size()), dependents_(definition.steps.size()) {
  index_by_id_.reserve(definition.steps.size());
  for (size_t i = 0; i < definition.steps.size(); ++i) {
    index_by_id_.try_emplace(definition.steps[i].id, i);
  }
  for (size_t i = 0; i < definition.steps.size(); ++i) {
    for (const std::string& need : definition.steps[i].needs) {
      if (const std::optional<size_t> found = Find(need)) {
        needs_[i].push_back(*found);
        dependents_[*found].push_back(i);
      }
    }
  }
}

std::optional<size_t> Graph::Find(std::string_view step_id) const {
  const auto found = index_by_id_.find(ToAbsl(step_id));
  if (found == index_by_id_.end()) return std::nullopt;
  return found->second;
}

// Takes away, again and again, the steps whose needs are all gone; what is left lies on a cycle or
// waits for one.
std::vector<bool> Graph::StepsInOrBehindCycles() const {
  std::vector<size_t> open_needs(needs_.size());
  std::vector<bool> left(needs_.size(), true);
  std::vector<size_t> free_steps;
  for (size_t i = 0; i < needs_.size(); ++i) {
    open_needs[i] = needs_[i].size();
    if (open_needs[i] == 0) free_steps.push_back(i);
  }
  while (!free_steps.empty()) {
    const size_t step = free_steps.back();
    free_steps.pop_back();
    left[step] = false;
    for (const size_t dependent : dependents_[step]) {
      if (--open_needs[dependent] == 0) free_steps.push_back(dependent);
    }
  }
  return left;
}

std::vector<size_t> Graph::FindCycle() const {
  const std::vector<bool> left = StepsInOrBehindCycles();
  const auto first = std::find(left.begin(), left.end(), true);
  if (first == left.end()) return {};

  // Every step that is left needs another one that is left, so following needs must come round.
  std::vector<size_t> path;
  std::vector<bool> seen(left.size(), false);
  auto step = static_cast<size_t>(first - left.begin());
  while (!seen[step]) {
    seen[step] = true;
    path.push_back(step);
    step = *std::find_if(needs_[step].begin(), needs_[step].end(),
                         [&](size_t need) { return left[need]; });
  }
  path.erase(path.begin(), std::find(path.begin(), path.end(), step));
  return path;
}

}  // namespace tocsin::playbook
