#include "server/ledger/tree.h"

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/unit/ledger/ledger_samples.h"

namespace tocsin::ledger {
namespace {

// The eight leaves of the Certificate Transparency test vectors.
std::vector<Digest> VectorLeaves() {
  std::vector<Digest> leaves;
  for (const char* hex : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                          "606162636465666768696a6b6c6d6e6f"}) {
    leaves.push_back(LeafHash(*HexDecode(hex)));
  }
  return leaves;
}

std::vector<std::string> AsHex(const std::vector<Digest>& hashes) {
  std::vector<std::string> out;
  for (const Digest& hash : hashes) out.push_back(hash.Hex());
  return out;
}

TEST_CASE("Tree: the empty root is the hash of nothing", "[ledger]") {
  NodeMap store;

  CHECK(Tree(store.Reader()).Root().Hex() ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("Tree: the roots of the Certificate Transparency vectors", "[ledger]") {
  const char* const roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                               "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                               "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                               "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                               "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                               "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                               "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                               "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  NodeMap store;
  Tree tree(store.Reader());

  const std::vector<Digest> leaves = VectorLeaves();
  for (size_t i = 0; i < leaves.size(); ++i) {
    store.Commit(tree, std::span(leaves).subspan(i, 1));
    CHECK(tree.Root().Hex() == roots[i]);
  }
}

TEST_CASE("Tree: the proofs of the Certificate Transparency vectors", "[ledger]") {
  NodeMap store;
  Tree tree(store.Reader());
  store.Commit(tree, VectorLeaves());

  CHECK(
      AsHex(*tree.InclusionProof(0, 8)) ==
      std::vector<std::string>{"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                               "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                               "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"});
  CHECK(
      AsHex(*tree.ConsistencyProof(6, 8)) ==
      std::vector<std::string>{"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                               "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                               "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"});
}

TEST_CASE("Tree: Append returns each subtree that became full, once", "[ledger]") {
  NodeMap store;
  Tree tree(store.Reader());
  const std::vector<Digest> leaves = VectorLeaves();

  const std::vector<TreeNode> first = tree.Append(std::span(leaves).first(3));
  const std::vector<TreeNode> second = tree.Append(std::span(leaves).subspan(3, 1));

  const Digest left = NodeHash(leaves[0], leaves[1]);
  const Digest right = NodeHash(leaves[2], leaves[3]);
  CHECK(first == std::vector<TreeNode>{{1, 0, left}});
  CHECK(second == std::vector<TreeNode>{{1, 1, right}, {2, 0, NodeHash(left, right)}});
}

TEST_CASE("Tree: batches of any size give the same tree", "[ledger]") {
  const std::vector<Digest> leaves = SampleLeaves(3000);
  NodeMap store_at_once;
  Tree at_once(store_at_once.Reader());
  store_at_once.Commit(at_once, leaves);
  NodeMap store;
  Tree in_batches(store.Reader());
  SeededBytes random("batches");

  for (size_t done = 0; done < leaves.size();) {
    const size_t batch = std::min<size_t>(random.Below(200), leaves.size() - done);
    store.Commit(in_batches, std::span(leaves).subspan(done, batch));
    done += batch;
    REQUIRE(in_batches.Root() == *at_once.RootAt(done));
  }
}

TEST_CASE("Tree: what was just appended can be proved before anything is stored", "[ledger]") {
  const std::vector<Digest> leaves = SampleLeaves(5000);
  NodeMap empty_store;
  Tree tree(empty_store.Reader());

  tree.Append(leaves);

  const Digest root = tree.Root();
  for (uint64_t index = 0; index < leaves.size(); ++index) {
    const auto proof = tree.InclusionProof(index, leaves.size());
    REQUIRE(proof.ok());
    REQUIRE(VerifyInclusion(leaves[index], index, leaves.size(), *proof, root));
  }
  CHECK(empty_store.reads == 0);
}

TEST_CASE("Tree: all of the largest commit is proved from memory", "[ledger]") {
  constexpr size_t kBefore = 10'000;
  constexpr size_t kSize = kBefore + Tree::kRecentLeaves;
  const std::vector<Digest> leaves = SampleLeaves(kSize);
  NodeMap store;
  Tree tree(store.Reader());
  store.Commit(tree, std::span(leaves).first(kBefore));
  store.reads = 0;
  // As the writer does: leaf by leaf, and the whole commit is proved at its end.
  for (size_t i = kBefore; i < kSize; ++i) store.Commit(tree, std::span(leaves).subspan(i, 1));
  for (uint64_t index = kBefore; index < kSize; ++index) {
    REQUIRE(*tree.NodeAt(0, index) == leaves[index]);
    const auto proof = tree.InclusionProof(index, kSize);
    REQUIRE(proof.ok());
    REQUIRE(VerifyInclusion(leaves[index], index, kSize, *proof, tree.Root()));
  }
  CHECK(store.reads == 0);
}

TEST_CASE("Tree: the newest entries are proved from memory, old ones from the store", "[ledger]") {
  const std::vector<Digest> leaves = SampleLeaves(20'000);
  NodeMap store;
  Tree tree(store.Reader());
  for (size_t done = 0; done < leaves.size(); done += 64) {
    store.Commit(tree, std::span(leaves).subspan(done, std::min<size_t>(64, 20'000 - done)));
  }
  REQUIRE(store.reads == 0);

  for (uint64_t index = 20'000 - 64; index < 20'000; ++index) {
    REQUIRE(tree.InclusionProof(index, 20'000).ok());
  }
  CHECK(store.reads == 0);

  const auto old = tree.InclusionProof(5, 20'000);
  REQUIRE(old.ok());
  CHECK(VerifyInclusion(leaves[5], 5, 20'000, *old, tree.Root()));
  CHECK(store.reads > 0);
}

TEST_CASE("Tree: rebuilt from stored nodes it goes on as if nothing had happened", "[ledger]") {
  const std::vector<Digest> leaves = SampleLeaves(300);
  for (size_t size = 0; size < 260; ++size) {
    NodeMap store;
    Tree tree(store.Reader());
    store.Commit(tree, std::span(leaves).first(size));

    absl::StatusOr<Tree> rebuilt = Tree::Rebuild(size, store.Reader());
    REQUIRE(rebuilt.ok());
    REQUIRE(rebuilt->size() == size);
    REQUIRE(store.reads <= 9);
    REQUIRE(rebuilt->Root() == tree.Root());

    const std::span<const Digest> more = std::span(leaves).subspan(size, 40);
    REQUIRE(rebuilt->Append(more) == tree.Append(more));
    REQUIRE(rebuilt->Root() == tree.Root());
  }
}

TEST_CASE("Tree: a failed commit leaves no trace after Rebuild", "[ledger]") {
  const std::vector<Digest> leaves = SampleLeaves(100);
  NodeMap store;
  Tree tree(store.Reader());
  store.Commit(tree, std::span(leaves).first(70));
  const Digest before = tree.Root();
  tree.Append(SampleLeaves(7));  // Never stored.
  REQUIRE(tree.Root() != before);

  tree = *Tree::Rebuild(70, store.Reader());

  CHECK(tree.Root() == before);
  store.Commit(tree, std::span(leaves).subspan(70));
  NodeMap other_store;
  Tree straight(other_store.Reader());
  other_store.Commit(straight, leaves);
  CHECK(tree.Root() == straight.Root());
}

TEST_CASE("Tree: a node that cannot be read is an error, not a wrong proof", "[ledger]") {
  const std::vector<Digest> leaves = SampleLeaves(100);
  NodeMap store;
  Tree tree(store.Reader());
  store.Commit(tree, leaves);
  Tree rebuilt = *Tree::Rebuild(100, store.Reader());
  store.Forget();

  CHECK(rebuilt.InclusionProof(3, 100).status().code() == absl::StatusCode::kUnavailable);
  CHECK(rebuilt.ConsistencyProof(3, 100).status().code() == absl::StatusCode::kUnavailable);
  CHECK(rebuilt.RootAt(77).status().code() == absl::StatusCode::kUnavailable);
  CHECK(rebuilt.RootAt(77).status().code() == absl::StatusCode::kUnavailable);
  CHECK(Tree::Rebuild(100, store.Reader()).status().code() == absl::StatusCode::kUnavailable);
  CHECK(rebuilt.Root() == tree.Root());
}

TEST_CASE("Tree: a failed read does not spoil later proofs", "[ledger]") {
  const std::vector<Digest> leaves = SampleLeaves(200);
  NodeMap store;
  Tree tree(store.Reader());
  store.Commit(tree, leaves);
  bool failing = false;
  const NodeReader flaky = [&, reader = store.Reader()](uint8_t level, uint64_t index) {
    if (failing && level == 6) return absl::StatusOr<Digest>(absl::UnavailableError("disk"));
    return reader(level, index);
  };
  const Tree rebuilt = *Tree::Rebuild(200, flaky);
  const std::vector<Digest> expected = *tree.InclusionProof(0, 100);
  REQUIRE(*rebuilt.InclusionProof(0, 100) == expected);

  failing = true;
  REQUIRE(rebuilt.RootAt(97).status().code() == absl::StatusCode::kUnavailable);
  failing = false;

  CHECK(*rebuilt.InclusionProof(0, 100) == expected);
}

TEST_CASE("Tree: questions outside the tree are refused", "[ledger]") {
  NodeMap store;
  Tree tree(store.Reader());
  store.Commit(tree, SampleLeaves(10));

  CHECK(ReasonOf(tree.RootAt(11).status()) == "TREE_SIZE_AHEAD");
  CHECK(ReasonOf(tree.InclusionProof(3, 11).status()) == "TREE_SIZE_AHEAD");
  CHECK(ReasonOf(tree.InclusionProof(10, 10).status()) == "LEAF_NOT_IN_TREE");
  CHECK(ReasonOf(tree.InclusionProof(0, 0).status()) == "LEAF_NOT_IN_TREE");
  CHECK(ReasonOf(tree.NodeAt(0, 10).status()) == "LEAF_NOT_IN_TREE");
  CHECK(ReasonOf(tree.NodeAt(1, 5).status()) == "LEAF_NOT_IN_TREE");
  CHECK(ReasonOf(tree.NodeAt(9, 0).status()) == "LEAF_NOT_IN_TREE");
  CHECK(ReasonOf(tree.ConsistencyProof(3, 11).status()) == "TREE_SIZE_AHEAD");
  CHECK(ReasonOf(tree.ConsistencyProof(4, 3).status()) == "TREE_SIZES_SWAPPED");
}

}  // namespace
}  // namespace tocsin::ledger
