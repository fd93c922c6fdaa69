#include "server/ledger/tree.h"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/ledger/entry_record.h"

namespace tocsin::ledger {
namespace {

// The level of the root of a tree with `size` > 0 leaves.
unsigned RootLevel(uint64_t size) {
  return static_cast<unsigned>(std::bit_width(size - 1));
}

// The level of the largest full subtree that ends exactly at `size` > 0 and is a left child (or the
// root).
unsigned LowestEdgeLevel(uint64_t size) {
  return static_cast<unsigned>(std::countr_zero(size));
}

bool IsOdd(uint64_t value) {
  return (value & 1) != 0;
}

}  // namespace

Digest EmptyRoot() {
  return Sha256("");
}

absl::StatusOr<Tree> Tree::Rebuild(uint64_t size, NodeReader reader) {
  Tree tree(std::move(reader));
  tree.size_ = size;
  tree.levels_.resize(static_cast<size_t>(std::bit_width(size)));
  for (unsigned level = 0; level < tree.levels_.size(); ++level) {
    const uint64_t full_nodes = size >> level;
    Level& kept = tree.levels_[level];
    kept.first = full_nodes;
    // A full node without a right sibling is what later nodes are built on.
    if (!IsOdd(full_nodes)) continue;
    TOCSIN_ASSIGN_OR_RETURN(const Digest hash,
                            tree.reader_(static_cast<uint8_t>(level), full_nodes - 1));
    kept.first = full_nodes - 1;
    kept.hashes.push_back(hash);
  }
  return tree;
}

Digest Tree::Root() const {
  absl::StatusOr<Digest> root = RootAt(size_);
  // The nodes on the right edge of the current size are always in memory.
  TOCSIN_CHECK(root.ok());
  return *root;
}

std::vector<TreeNode> Tree::Append(std::span<const Digest> leaves) {
  ForgetOldNodes();
  std::vector<TreeNode> full;
  full.reserve(leaves.size() + levels_.size());
  for (const Digest& leaf : leaves) {
    uint64_t index = size_++;
    unsigned level = 0;
    Digest hash = leaf;
    PushNode(level, hash);
    while (IsOdd(index)) {
      const Level& kept = levels_[level];
      TOCSIN_CHECK(index > kept.first);
      hash = NodeHash(kept.hashes[index - 1 - kept.first], hash);
      index >>= 1;
      PushNode(++level, hash);
      full.push_back({static_cast<uint8_t>(level), index, hash});
    }
  }
  return full;
}

absl::StatusOr<Digest> Tree::RootAt(uint64_t size) const {
  TOCSIN_RETURN_IF_ERROR(CheckSize(size));
  if (size == 0) return EmptyRoot();
  TOCSIN_RETURN_IF_ERROR(UseRightEdge(size));
  return edge_.nodes[RootLevel(size)];
}

absl::StatusOr<std::vector<Digest>> Tree::InclusionProof(uint64_t index, uint64_t size) const {
  TOCSIN_RETURN_IF_ERROR(CheckSize(size));
  if (index >= size) {
    return InvalidArgument(
        "LEAF_NOT_IN_TREE",
        ToStd(absl::StrCat("leaf ", index, " is not in a tree of ", size, " leaves")),
        "Ask for a tree size larger than the leaf's index.");
  }
  return AuditPath(0, index, size, {});
}

absl::StatusOr<std::vector<Digest>> Tree::ConsistencyProof(uint64_t old_size,
                                                           uint64_t new_size) const {
  TOCSIN_RETURN_IF_ERROR(CheckSize(new_size));
  if (old_size > new_size) {
    return InvalidArgument(
        "TREE_SIZES_SWAPPED",
        ToStd(absl::StrCat("the old tree size ", old_size, " is above the new one, ", new_size)),
        "Give the smaller size first.");
  }
  if (old_size == 0 || old_size == new_size) return std::vector<Digest>{};
  // The old tree ends with this full subtree, which is a node of the new tree too. When it is the
  // whole old tree the verifier knows its hash already.
  const unsigned level = LowestEdgeLevel(old_size);
  const uint64_t index = (old_size >> level) - 1;
  std::vector<Digest> path;
  if (index != 0) {
    TOCSIN_ASSIGN_OR_RETURN(const Digest start, NodeAt(level, index));
    path.push_back(start);
  }
  return AuditPath(level, index, new_size, std::move(path));
}

void Tree::PushNode(unsigned level, const Digest& hash) {
  if (level == levels_.size()) levels_.emplace_back();
  levels_[level].hashes.push_back(hash);
}

void Tree::ForgetOldNodes() {
  size_t kept = 2 * kRecentLeaves;
  for (Level& level : levels_) {
    kept = std::max(kept / 2, kRecentNodesMin);
    // Twice the limit before anything moves, so that the cost per node stays constant.
    if (level.hashes.size() < 2 * kept) continue;
    const size_t surplus = level.hashes.size() - kept;
    level.hashes.erase(level.hashes.begin(),
                       level.hashes.begin() + static_cast<std::ptrdiff_t>(surplus));
    level.first += surplus;
  }
}

absl::StatusOr<Digest> Tree::NodeAt(unsigned level, uint64_t index) const {
  if (level >= levels_.size() || index >= size_ >> level) {
    return InvalidArgument("LEAF_NOT_IN_TREE",
                           ToStd(absl::StrCat("node ", index, " of level ", level,
                                              " is not full in a tree of ", size_, " leaves")),
                           "Ask for a node of the tree.");
  }
  const Level& kept = levels_[level];
  if (index >= kept.first) return kept.hashes[index - kept.first];
  return reader_(static_cast<uint8_t>(level), index);
}

absl::Status Tree::UseRightEdge(uint64_t size) const {
  if (edge_.size == size) return absl::OkStatus();
  edge_.size = 0;  // Nothing is valid when a read below fails.
  unsigned level = LowestEdgeLevel(size);
  TOCSIN_ASSIGN_OR_RETURN(edge_.nodes[level], NodeAt(level, (size >> level) - 1));
  for (; level < RootLevel(size); ++level) {
    const uint64_t index = (size - 1) >> level;
    Digest& parent = edge_.nodes[level + 1];
    if (IsOdd(index)) {
      TOCSIN_ASSIGN_OR_RETURN(const Digest left, NodeAt(level, index - 1));
      parent = NodeHash(left, edge_.nodes[level]);
    } else {
      parent = edge_.nodes[level];  // Without a sibling a node moves up unhashed.
    }
  }
  edge_.size = size;
  return absl::OkStatus();
}

absl::Status Tree::CheckSize(uint64_t size) const {
  if (size <= size_) return absl::OkStatus();
  return InvalidArgument("TREE_SIZE_AHEAD",
                         ToStd(absl::StrCat("the log has ", size_, " entries, not yet ", size)),
                         "Ask for a size that a checkpoint of this log has named.");
}

absl::StatusOr<std::vector<Digest>> Tree::AuditPath(unsigned level, uint64_t index, uint64_t size,
                                                    std::vector<Digest> path) const {
  TOCSIN_RETURN_IF_ERROR(UseRightEdge(size));
  const unsigned top = RootLevel(size);
  path.reserve(path.size() + top);
  for (; level < top; ++level, index >>= 1) {
    const uint64_t sibling = index ^ 1;
    const uint64_t full_nodes = size >> level;
    if (sibling < full_nodes) {
      TOCSIN_ASSIGN_OR_RETURN(const Digest hash, NodeAt(level, sibling));
      path.push_back(hash);
    } else if (sibling == (size - 1) >> level) {
      path.push_back(edge_.nodes[level]);
    }
  }
  return path;
}

bool VerifyInclusion(const Digest& leaf_hash, uint64_t index, uint64_t size,
                     std::span<const Digest> proof, const Digest& root) {
  if (index >= size) return false;
  // fn, sn and r are the names of the RFC.
  uint64_t fn = index;
  uint64_t sn = size - 1;
  Digest r = leaf_hash;
  for (const Digest& p : proof) {
    if (sn == 0) return false;
    if (IsOdd(fn) || fn == sn) {
      r = NodeHash(p, r);
      while (!IsOdd(fn) && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      r = NodeHash(r, p);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && r == root;
}

bool VerifyConsistency(uint64_t old_size, const Digest& old_root, uint64_t new_size,
                       const Digest& new_root, std::span<const Digest> proof) {
  if (old_size > new_size) return false;
  if (old_size == new_size) return proof.empty() && old_root == new_root;
  if (old_size == 0) return proof.empty() && old_root == EmptyRoot();
  if (proof.empty()) return false;

  uint64_t fn = old_size - 1;
  uint64_t sn = new_size - 1;
  while (IsOdd(fn)) {
    fn >>= 1;
    sn >>= 1;
  }
  // A power of two: the old tree is one full subtree, and its root is where both computations
  // start.
  const bool starts_at_old_root = std::has_single_bit(old_size);
  Digest fr = starts_at_old_root ? old_root : proof.front();
  Digest sr = fr;
  for (const Digest& c : starts_at_old_root ? proof : proof.subspan(1)) {
    if (sn == 0) return false;
    if (IsOdd(fn) || fn == sn) {
      fr = NodeHash(c, fr);
      sr = NodeHash(c, sr);
      while (!IsOdd(fn) && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      sr = NodeHash(sr, c);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && fr == old_root && sr == new_root;
}

}  // namespace tocsin::ledger
