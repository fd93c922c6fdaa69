#include "server/ledger/receipt.h"

#include "absl/strings/str_cat.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/ledger/tree.h"

namespace tocsin::ledger {

absl::StatusOr<Checkpoint> Verify(const Receipt& receipt, const Verifier& verifier) {
  TOCSIN_ASSIGN_OR_RETURN(Checkpoint head, ParseAndVerify(receipt.checkpoint_note, verifier));
  if (head.size == receipt.tree_size &&
      VerifyInclusion(receipt.leaf_hash, receipt.log_index, head.size, receipt.inclusion_proof,
                      head.root)) {
    return head;
  }
  return Error(absl::StatusCode::kDataLoss, "RECEIPT_WRONG",
               "the receipt does not prove that the entry is in the log",
               "Keep the receipt as evidence and ask the server for a new proof of this entry.");
}

std::string ToTlogProof(const Receipt& receipt) {
  std::string out = absl::StrCat("c2sp.org/tlog-proof@v1\nindex ", receipt.log_index, "\n");
  for (const Digest& hash : receipt.inclusion_proof) {
    out += Base64Encode(hash.view());
    out += '\n';
  }
  out += '\n';
  out += receipt.checkpoint_note;
  return out;
}

}  // namespace tocsin::ledger
