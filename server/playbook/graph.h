// The order of a definition's steps as numbers: ids looked up once, `needs` as indices and turned
// round as dependents. Everything that walks the order uses this, so that it stays linear in the
// size of the playbook.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "server/playbook/definition.h"

namespace tocsin::playbook {

/// A question with the position of its step.
struct AskedQuestion {
  size_t step = 0;
  const Question* question = nullptr;
};

/// Indices are positions in Definition::steps. Refers into the definition it was made from, which
/// must outlive it unmoved. Immutable after construction, so safe to share between threads.
class Graph {
 public:
  /// Accepts any definition: of steps with the same id the first counts, and needs that name no
  /// step are left out.
  explicit Graph(const Definition& definition);

  std::optional<size_t> Find(std::string_view step_id) const;
  /// Of questions with the same id the first counts.
  std::optional<AskedQuestion> FindQuestion(std::string_view id) const;
  const std::vector<size_t>& needs(size_t step) const { return needs_[step]; }
  const std::vector<size_t>& dependents(size_t step) const { return dependents_[step]; }

  /// All steps, each behind those it needs; steps on or behind a circle are left out.
  const std::vector<size_t>& order() const { return order_; }
  /// Where `step` stands in order(); it must stand there.
  size_t position(size_t step) const { return position_[step]; }

  /// The steps of one circle of needs, each needing the next and the last the first; empty when
  /// there is none.
  std::vector<size_t> FindCycle() const;

 private:
  absl::flat_hash_map<absl::string_view, size_t> index_by_id_;
  absl::flat_hash_map<absl::string_view, AskedQuestion> questions_;
  std::vector<std::vector<size_t>> needs_;
  std::vector<std::vector<size_t>> dependents_;
  std::vector<size_t> order_;
  std::vector<size_t> position_;
};

/// For each node the nodes it waits for; positions are nodes.
using Waits = std::vector<std::vector<size_t>>;

/// The nodes of one circle, each waiting for the next and the last for the first; empty when there
/// is none. Linear in nodes and edges.
std::vector<size_t> FindCircle(const Waits& waits_for);

}  // namespace tocsin::playbook
