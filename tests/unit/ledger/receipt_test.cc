#include "server/ledger/receipt.h"

#include "server/base/error.h"
#include "server/ledger/tree.h"
#include "tests/support/catch.h"
#include "tests/unit/ledger/ledger_samples.h"

namespace tocsin::ledger {
namespace {

struct Fixture {
  Signer signer = *Signer::FromSeed("tocsin.example/default", Counting(1, 32));
  Verifier verifier = *Verifier::Parse(signer.vkey());
  std::vector<Digest> leaves = SampleLeaves(21);
  NodeMap store;
  Tree tree{store.Reader()};

  Fixture() { store.Commit(tree, leaves); }

  Receipt ReceiptOf(uint64_t index, uint64_t size) const {
    return {.log_index = index,
            .leaf_hash = leaves[index],
            .tree_size = size,
            .inclusion_proof = *tree.InclusionProof(index, size),
            .checkpoint_note = signer.Sign(size, *tree.RootAt(size))};
  }
};

TEST_CASE("Receipt: of every entry at every size it holds", "[ledger]") {
  const Fixture log;

  for (uint64_t size = 1; size <= log.leaves.size(); ++size) {
    for (uint64_t index = 0; index < size; ++index) {
      const absl::StatusOr<Checkpoint> head = Verify(log.ReceiptOf(index, size), log.verifier);
      REQUIRE(head.ok());
      REQUIRE(head->size == size);
      REQUIRE(head->root == *log.tree.RootAt(size));
    }
  }
}

TEST_CASE("Receipt: a changed one is refused", "[ledger]") {
  const Fixture log;
  Receipt receipt = log.ReceiptOf(13, 21);
  REQUIRE(Verify(receipt, log.verifier).ok());

  SECTION("the next index") {
    ++receipt.log_index;
  }
  SECTION("the index before") {
    --receipt.log_index;
  }
  SECTION("another entry") {
    receipt.leaf_hash = log.leaves[12];
  }
  SECTION("another size than signed") {
    receipt.tree_size = 20;
  }
  SECTION("an older checkpoint") {
    receipt.checkpoint_note = log.ReceiptOf(3, 20).checkpoint_note;
  }
  SECTION("a proof for another size") {
    receipt.inclusion_proof = *log.tree.InclusionProof(13, 16);
  }
  SECTION("a cut proof") {
    receipt.inclusion_proof.pop_back();
  }
  SECTION("two hashes swapped") {
    std::swap(receipt.inclusion_proof[0], receipt.inclusion_proof[1]);
  }

  const absl::Status status = Verify(receipt, log.verifier).status();
  CHECK(status.code() == absl::StatusCode::kDataLoss);
  CHECK(ReasonOf(status) == "RECEIPT_WRONG");
}

TEST_CASE("Receipt: signed by another key it is refused", "[ledger]") {
  Fixture log;
  log.signer = *Signer::FromSeed("tocsin.example/default", Counting(2, 32));

  CHECK(ReasonOf(Verify(log.ReceiptOf(1, 21), log.verifier).status()) == "KEY_NOT_PINNED");
}

TEST_CASE("Receipt: as tlog-proof text", "[ledger]") {
  const Fixture log;
  const Receipt receipt = log.ReceiptOf(2, 3);

  CHECK(ToTlogProof(receipt) == "c2sp.org/tlog-proof@v1\nindex 2\n" +
                                    Base64Encode(NodeHash(log.leaves[0], log.leaves[1]).view()) +
                                    "\n\n" + log.signer.Sign(3, *log.tree.RootAt(3)));
  CHECK(ToTlogProof(log.ReceiptOf(0, 1)) ==
        "c2sp.org/tlog-proof@v1\nindex 0\n\n" + log.signer.Sign(1, log.leaves[0]));
}

}  // namespace
}  // namespace tocsin::ledger
