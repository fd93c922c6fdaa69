// The Merkle tree of one organisation's log, exactly that of RFC 9162 section 2.1. A perfect
// subtree never changes once it is full, so its hash is stored for good as a node {level, index}:
// level 0 holds the leaf hashes, and node i of level l covers the leaves [i*2^l, (i+1)*2^l). In
// memory stand only the newest nodes; older ones are read back from the store when a proof needs
// them. The right edge, whose subtrees are not full yet, is computed once per size.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/digest.h"

namespace tocsin::ledger {

/// The hash of a full subtree.
struct TreeNode {
  uint8_t level = 0;
  uint64_t index = 0;
  Digest hash;

  friend bool operator==(const TreeNode&, const TreeNode&) = default;
};

/// Reads one stored node. Its errors are handed on unchanged.
using NodeReader = std::function<absl::StatusOr<Digest>(uint8_t level, uint64_t index)>;

/// The root of the tree without leaves: SHA-256 of nothing.
Digest EmptyRoot();

/// Thread-safety: none, const functions included (they keep the last right edge); the owner
/// synchronises. A reader in another thread makes its own with Rebuild, which costs a few node
/// reads.
class Tree {
 public:
  /// This many of the newest leaves are kept in memory, half as many of the level above, and so on
  /// down to kRecentNodesMin: enough to prove the entries of the largest commit without a read.
  static constexpr size_t kRecentLeaves = 4096;
  static constexpr size_t kRecentNodesMin = 64;

  /// The empty tree. `reader` must work as long as this object lives.
  explicit Tree(NodeReader reader) : reader_(std::move(reader)) {}

  /// The tree of the first `size` stored leaves: also the way back after a commit that failed.
  /// Reads at most one node per level. Errors: those of `reader`.
  static absl::StatusOr<Tree> Rebuild(uint64_t size, NodeReader reader);

  uint64_t size() const { return size_; }
  Digest Root() const;

  /// Adds leaf hashes at the end and returns the subtrees that became full, levels 1 and up, for
  /// the caller to store together with the leaves. What this call adds can be proved at once,
  /// stored or not; what earlier calls added must be readable through the NodeReader by now.
  std::vector<TreeNode> Append(std::span<const Digest> leaves);

  /// A full node: from memory when it is recent, else through the reader. Level 0 are the leaves.
  /// Errors: kInvalidArgument, reason LEAF_NOT_IN_TREE, for one that is not full yet; those of the
  /// reader.
  absl::StatusOr<Digest> NodeAt(unsigned level, uint64_t index) const;
  /// The root when the tree had `size` leaves.
  /// Errors: kInvalidArgument, reason TREE_SIZE_AHEAD, when size > size(); those of the reader.
  absl::StatusOr<Digest> RootAt(uint64_t size) const;
  /// The audit path of leaf `index` in the tree of `size` leaves, from the leaf upwards.
  /// Errors: as RootAt, and kInvalidArgument, reason LEAF_NOT_IN_TREE, when index >= size.
  absl::StatusOr<std::vector<Digest>> InclusionProof(uint64_t index, uint64_t size) const;
  /// Proves that the tree of `new_size` leaves begins with the tree of `old_size`; empty when they
  /// are equal or the old one is empty. Errors: as RootAt, and kInvalidArgument, reason
  /// TREE_SIZES_SWAPPED, when old_size > new_size.
  absl::StatusOr<std::vector<Digest>> ConsistencyProof(uint64_t old_size, uint64_t new_size) const;

 private:
  // The newest full nodes of one level; the first of them has index `first`.
  struct Level {
    uint64_t first = 0;
    std::vector<Digest> hashes;
  };
  // For one tree size: the hash of the last node of each level, full or not, from the lowest level
  // whose last node ends exactly at `size` and is a left child, up to the root.
  struct RightEdge {
    uint64_t size = 0;
    std::array<Digest, 65> nodes;
  };

  void PushNode(unsigned level, const Digest& hash);
  void ForgetOldNodes();
  absl::Status UseRightEdge(uint64_t size) const;
  absl::Status CheckSize(uint64_t size) const;
  absl::StatusOr<std::vector<Digest>> AuditPath(unsigned level, uint64_t index, uint64_t size,
                                                std::vector<Digest> path) const;

  NodeReader reader_;
  uint64_t size_ = 0;
  std::vector<Level> levels_;
  mutable RightEdge edge_;
};

/// RFC 9162 section 2.1.3.2.
bool VerifyInclusion(const Digest& leaf_hash, uint64_t index, uint64_t size,
                     std::span<const Digest> proof, const Digest& root);

/// RFC 9162 section 2.1.4.2. Equal sizes need equal roots and an empty proof; from size 0 the old
/// root must be EmptyRoot() and the proof empty.
bool VerifyConsistency(uint64_t old_size, const Digest& old_root, uint64_t new_size,
                       const Digest& new_root, std::span<const Digest> proof);

}  // namespace tocsin::ledger
