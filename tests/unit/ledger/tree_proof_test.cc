// Every proof against the recursive definitions of RFC 9162, written here once more, and against
// forgeries.
#include <algorithm>
#include <map>

#include "server/ledger/tree.h"
#include "tests/support/catch.h"
#include "tests/unit/ledger/ledger_samples.h"

namespace tocsin::ledger {
namespace {

// MTH, PATH and SUBPROOF word for word; `begin` and `end` are leaf positions.
class Reference {
 public:
  explicit Reference(std::vector<Digest> leaves) : leaves_(std::move(leaves)) {}

  Digest Root(size_t begin, size_t end) {
    if (begin == end) return Sha256("");
    if (end - begin == 1) return leaves_[begin];
    const auto known = roots_.find({begin, end});
    if (known != roots_.end()) return known->second;
    const size_t k = begin + Split(end - begin);
    return roots_[{begin, end}] = NodeHash(Root(begin, k), Root(k, end));
  }
  std::vector<Digest> Path(size_t m, size_t begin, size_t end) {
    if (end - begin == 1) return {};
    const size_t k = Split(end - begin);
    std::vector<Digest> path = m < k ? Path(m, begin, begin + k) : Path(m - k, begin + k, end);
    path.push_back(m < k ? Root(begin + k, end) : Root(begin, begin + k));
    return path;
  }
  std::vector<Digest> Subproof(size_t m, size_t begin, size_t end, bool whole) {
    const size_t n = end - begin;
    if (m == n) return whole ? std::vector<Digest>{} : std::vector<Digest>{Root(begin, end)};
    const size_t k = Split(n);
    std::vector<Digest> proof =
        m <= k ? Subproof(m, begin, begin + k, whole) : Subproof(m - k, begin + k, end, false);
    proof.push_back(m <= k ? Root(begin + k, end) : Root(begin, begin + k));
    return proof;
  }

 private:
  // The largest power of two smaller than n.
  static size_t Split(size_t n) {
    size_t k = 1;
    while (k * 2 < n) k *= 2;
    return k;
  }

  std::vector<Digest> leaves_;
  std::map<std::pair<size_t, size_t>, Digest> roots_;
};

Digest Changed(Digest digest) {
  digest.bytes[5] ^= 4;
  return digest;
}

// All ways to spoil a list of hashes that a verifier has to notice.
std::vector<std::vector<Digest>> Spoiled(const std::vector<Digest>& proof) {
  std::vector<std::vector<Digest>> out;
  for (size_t i = 0; i < proof.size(); ++i) {
    out.push_back(proof);
    out.back()[i] = Changed(proof[i]);
    out.push_back(proof);
    out.back().erase(out.back().begin() + static_cast<std::ptrdiff_t>(i));
    if (i + 1 < proof.size()) {
      out.push_back(proof);
      std::swap(out.back()[i], out.back()[i + 1]);
    }
  }
  out.push_back(proof);
  out.back().push_back(Sha256("one more"));
  out.push_back(proof);
  out.back().insert(out.back().begin(), Sha256("one more"));
  return out;
}

constexpr size_t kAllSizes = 130;

TEST_CASE("InclusionProof: all leaves of all trees up to 130", "[ledger]") {
  const std::vector<Digest> leaves = SampleLeaves(kAllSizes);
  Reference reference(leaves);
  NodeMap store;
  Tree tree(store.Reader());
  store.Commit(tree, leaves);
  const Tree rebuilt = *Tree::Rebuild(kAllSizes, store.Reader());

  for (size_t size = 1; size <= kAllSizes; ++size) {
    const Digest root = reference.Root(0, size);
    REQUIRE(*tree.RootAt(size) == root);
    for (size_t index = 0; index < size; ++index) {
      const auto proof = tree.InclusionProof(index, size);
      REQUIRE(proof.ok());
      REQUIRE(*proof == reference.Path(index, 0, size));
      REQUIRE(*rebuilt.InclusionProof(index, size) == *proof);
      REQUIRE(VerifyInclusion(leaves[index], index, size, *proof, root));
      REQUIRE_FALSE(VerifyInclusion(leaves[index], index + 1, size, *proof, root));
      REQUIRE_FALSE(VerifyInclusion(leaves[index], index - 1, size, *proof, root));
    }
  }
}

TEST_CASE("ConsistencyProof: all pairs of sizes up to 130", "[ledger]") {
  const std::vector<Digest> leaves = SampleLeaves(kAllSizes);
  Reference reference(leaves);
  NodeMap store;
  Tree tree(store.Reader());
  store.Commit(tree, leaves);
  const Tree rebuilt = *Tree::Rebuild(kAllSizes, store.Reader());

  for (size_t n = 1; n <= kAllSizes; ++n) {
    const Digest new_root = reference.Root(0, n);
    for (size_t m = 1; m <= n; ++m) {
      const Digest old_root = reference.Root(0, m);
      const auto proof = tree.ConsistencyProof(m, n);
      REQUIRE(proof.ok());
      REQUIRE(*proof == reference.Subproof(m, 0, n, true));
      REQUIRE(*rebuilt.ConsistencyProof(m, n) == *proof);
      REQUIRE(VerifyConsistency(m, old_root, n, new_root, *proof));
      REQUIRE_FALSE(VerifyConsistency(m, Changed(old_root), n, new_root, *proof));
      REQUIRE_FALSE(VerifyConsistency(m, old_root, n, Changed(new_root), *proof));
    }
  }
}

TEST_CASE("VerifyConsistency: empty and equal trees", "[ledger]") {
  const Digest root = Sha256("root");
  const std::vector<Digest> some{Sha256("some")};

  CHECK(VerifyConsistency(0, EmptyRoot(), 5, root, {}));
  CHECK_FALSE(VerifyConsistency(0, root, 5, root, {}));
  CHECK_FALSE(VerifyConsistency(0, EmptyRoot(), 5, root, some));
  CHECK(VerifyConsistency(5, root, 5, root, {}));
  CHECK_FALSE(VerifyConsistency(5, root, 5, root, some));
  CHECK_FALSE(VerifyConsistency(5, root, 5, Changed(root), {}));
  CHECK_FALSE(VerifyConsistency(6, root, 5, root, {}));
  CHECK_FALSE(VerifyConsistency(4, root, 5, root, {}));
}

TEST_CASE("VerifyInclusion: spoiled proofs are refused", "[ledger]") {
  const std::vector<Digest> leaves = SampleLeaves(70);
  NodeMap store;
  Tree tree(store.Reader());
  store.Commit(tree, leaves);

  for (const uint64_t size : {1U, 2U, 3U, 7U, 8U, 33U, 64U, 65U, 70U}) {
    const Digest root = *tree.RootAt(size);
    for (uint64_t index = 0; index < size; ++index) {
      const std::vector<Digest> proof = *tree.InclusionProof(index, size);
      for (const std::vector<Digest>& spoiled : Spoiled(proof)) {
        REQUIRE_FALSE(VerifyInclusion(leaves[index], index, size, spoiled, root));
      }
      REQUIRE_FALSE(VerifyInclusion(Changed(leaves[index]), index, size, proof, root));
      REQUIRE_FALSE(VerifyInclusion(leaves[index], size, size, proof, root));
      REQUIRE_FALSE(VerifyInclusion(leaves[index], index, 0, proof, root));
    }
  }
}

TEST_CASE("VerifyInclusion: a proof longer than the tree is high is refused", "[ledger]") {
  const Digest leaf = LeafHash("only");
  const std::vector<Digest> proof{Sha256("beside")};

  CHECK(VerifyInclusion(leaf, 0, 1, {}, leaf));
  CHECK_FALSE(VerifyInclusion(leaf, 0, 1, proof, NodeHash(proof[0], leaf)));
  CHECK_FALSE(VerifyInclusion(leaf, 0, 1, proof, NodeHash(leaf, proof[0])));
}

TEST_CASE("VerifyInclusion: a proof for another size is refused", "[ledger]") {
  const std::vector<Digest> leaves = SampleLeaves(70);
  NodeMap store;
  Tree tree(store.Reader());
  store.Commit(tree, leaves);

  for (uint64_t size = 1; size <= 70; ++size) {
    for (uint64_t other = 1; other <= 70; ++other) {
      if (other == size) continue;
      const uint64_t index = std::min(size, other) / 2;
      const std::vector<Digest> proof = *tree.InclusionProof(index, size);
      REQUIRE_FALSE(VerifyInclusion(leaves[index], index, other, proof, *tree.RootAt(other)));
    }
  }
}

TEST_CASE("VerifyInclusion: an inner node cannot pass as an entry", "[ledger]") {
  const std::vector<Digest> leaves = SampleLeaves(8);
  NodeMap store;
  Tree tree(store.Reader());
  store.Commit(tree, leaves);
  const std::vector<Digest> proof = *tree.InclusionProof(2, 8);
  const std::span<const Digest> upper = std::span(proof).subspan(1);
  const std::string children = std::string(leaves[2].view()) + std::string(leaves[3].view());

  // As the bytes of an entry the two children hash to something else than the node.
  CHECK_FALSE(VerifyInclusion(LeafHash(children), 1, 4, upper, tree.Root()));
  // And the node itself has no proof at the true size of the tree.
  const Digest node = NodeHash(leaves[2], leaves[3]);
  for (uint64_t index = 0; index < 8; ++index) {
    CHECK_FALSE(VerifyInclusion(node, index, 8, upper, tree.Root()));
  }
}

TEST_CASE("VerifyConsistency: spoiled proofs are refused", "[ledger]") {
  const std::vector<Digest> leaves = SampleLeaves(70);
  NodeMap store;
  Tree tree(store.Reader());
  store.Commit(tree, leaves);

  for (const uint64_t n : {2U, 3U, 7U, 8U, 33U, 64U, 65U, 70U}) {
    const Digest new_root = *tree.RootAt(n);
    for (uint64_t m = 1; m < n; ++m) {
      const Digest old_root = *tree.RootAt(m);
      const std::vector<Digest> proof = *tree.ConsistencyProof(m, n);
      for (const std::vector<Digest>& spoiled : Spoiled(proof)) {
        REQUIRE_FALSE(VerifyConsistency(m, old_root, n, new_root, spoiled));
      }
      REQUIRE_FALSE(VerifyConsistency(m, new_root, n, old_root, proof));
      REQUIRE_FALSE(VerifyConsistency(m + 1, old_root, n, new_root, proof));
      REQUIRE_FALSE(VerifyConsistency(m - 1, old_root, n, new_root, proof));
      REQUIRE_FALSE(VerifyConsistency(n, new_root, m, old_root, proof));
    }
  }
}

TEST_CASE("VerifyConsistency: a rewritten history is refused", "[ledger]") {
  std::vector<Digest> leaves = SampleLeaves(50);
  NodeMap store;
  Tree tree(store.Reader());
  store.Commit(tree, leaves);
  for (uint64_t changed = 0; changed < 30; ++changed) {
    std::vector<Digest> rewritten = leaves;
    rewritten[changed] = Changed(rewritten[changed]);
    NodeMap other_store;
    Tree other(other_store.Reader());
    other_store.Commit(other, rewritten);

    REQUIRE_FALSE(
        VerifyConsistency(30, *tree.RootAt(30), 50, other.Root(), *other.ConsistencyProof(30, 50)));
  }
}

TEST_CASE("Tree: random proofs in trees up to 100,000 leaves", "[ledger]") {
  constexpr size_t kLeaves = 100'000;
  const std::vector<Digest> leaves = SampleLeaves(kLeaves);
  NodeMap store;
  Tree tree(store.Reader());
  SeededBytes random("large");
  for (size_t done = 0; done < kLeaves;) {
    const size_t batch = std::min<size_t>(1 + random.Below(300), kLeaves - done);
    store.Commit(tree, std::span(leaves).subspan(done, batch));
    done += batch;
  }
  Reference reference(leaves);
  std::vector<uint64_t> sizes{1, 65'536, 99'999, kLeaves};
  for (int i = 0; i < 12; ++i) sizes.push_back(1 + random.Below(kLeaves));

  for (const uint64_t size : sizes) {
    const Digest root = reference.Root(0, size);
    REQUIRE(*tree.RootAt(size) == root);
    for (int i = 0; i < 100; ++i) {
      const uint64_t index = random.Below(size);
      const auto proof = tree.InclusionProof(index, size);
      REQUIRE(proof.ok());
      REQUIRE(VerifyInclusion(leaves[index], index, size, *proof, root));
      REQUIRE_FALSE(VerifyInclusion(leaves[index], index ^ 1, size, *proof, root));
    }
    for (const uint64_t older : sizes) {
      if (older > size) continue;
      const auto proof = tree.ConsistencyProof(older, size);
      REQUIRE(proof.ok());
      REQUIRE(VerifyConsistency(older, *tree.RootAt(older), size, root, *proof));
    }
  }
}

}  // namespace
}  // namespace tocsin::ledger
