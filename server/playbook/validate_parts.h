// The pieces of FindProblems; only validate.cc and validate_condition.cc include this.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "server/playbook/graph.h"
#include "server/playbook/validate.h"

namespace tocsin::playbook::validate {

/// What was found so far, and where the search stands in the file.
class Findings {
 public:
  /// For the time of `inside`, the search stands at `part` below where it stood.
  void At(const std::string& key, const std::function<void()>& inside) { Within(key, inside); }
  void At(size_t position, const std::function<void()>& inside) { Within(position, inside); }

  /// Keeps `status`, unless it is OK or there are kProblemsMax already.
  void Add(absl::Status status);
  /// Add at `key` below.
  void AddAt(const std::string& key, absl::Status status);

  bool full() const { return problems_.size() >= kProblemsMax; }
  std::vector<Problem> Take() { return std::move(problems_); }

 private:
  template <typename Part>
  void Within(Part part, const std::function<void()>& inside) {
    path_.emplace_back(std::move(part));
    inside();
    path_.pop_back();
  }

  Path path_;
  std::vector<Problem> problems_;
};

/// What names may stand for, looked up once for each playbook.
struct Known {
  const Definition& definition;
  const Graph& graph;
  /// nullptr: names outside the playbook are not checked.
  const Words* words = nullptr;
  std::vector<std::string> step_ids;
  std::vector<std::string> question_ids;
  /// Facts of `words` and of the questions, with their form.
  absl::flat_hash_map<std::string, Words::FactForm> facts;
  std::vector<std::string> fact_keys;
};

/// " of step 'x'".
std::string InStep(const Step& step);
/// "Did you mean 'x'?", or `otherwise`.
std::string Nearest(std::string_view word, const std::vector<std::string>& candidates,
                    std::string_view otherwise);
/// Refuses a span that is not 1 minute to kSpanMax.
absl::Status CheckSpan(std::string_view what, std::string_view reason, absl::Duration span);
/// A word of a list that may be empty, which is then not checked.
absl::Status CheckWord(std::string_view what, std::string_view reason, std::string_view word,
                       const std::vector<std::string>& known);

// validate_condition.cc
void CheckQuestions(const Known& known, const Step& step, Findings& findings);
void CheckCondition(const Known& known, const Step& step, const Condition& condition,
                    Findings& findings);
/// The steps that a condition cannot do without: those it asks an answer or the end of, as far as
/// no alternative stands beside them.
std::vector<size_t> StepsAskedBy(const Graph& graph, const Condition& condition);

}  // namespace tocsin::playbook::validate
