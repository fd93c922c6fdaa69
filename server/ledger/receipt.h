// The receipt of one write: proof, for whoever holds the log's public key and nothing else, that an
// entry is in the log at this place.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/digest.h"
#include "server/ledger/checkpoint.h"

namespace tocsin::ledger {

struct Receipt {
  uint64_t log_index = 0;
  Digest leaf_hash;
  /// The size of the tree that `checkpoint_note` states.
  uint64_t tree_size = 0;
  std::vector<Digest> inclusion_proof;
  std::string checkpoint_note;

  friend bool operator==(const Receipt&, const Receipt&) = default;
};

/// Checks the note and the inclusion proof, and returns the checkpoint for the caller to remember.
/// Errors, all kDataLoss: those of ParseAndVerify; RECEIPT_WRONG (another tree size, or the proof
/// does not hold).
absl::StatusOr<Checkpoint> Verify(const Receipt& receipt, const Verifier& verifier);

/// The receipt as a C2SP tlog-proof, for tools that are not ours. The leaf hash is not part of that
/// format.
std::string ToTlogProof(const Receipt& receipt);

}  // namespace tocsin::ledger
