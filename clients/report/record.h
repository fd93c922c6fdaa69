// The parts of the log that a verifier reads: the 249 bytes of a leaf's record, the signed note,
// the proofs of inclusion and consistency. Written from docs/bundle-format.md and RFC 9162,
// independently of the server's ledger.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/digest.h"

namespace tocsin::report {

inline constexpr size_t kRecordBytes = 249;

/// What a record states. Views into the bytes that were read.
struct Record {
  uint16_t type = 0;
  uint64_t log_index = 0;
  std::string_view incident;
  uint64_t sequence = 0;
  Digest previous_leaf;
  uint64_t wall_ns = 0;
  std::string_view actor;
  uint8_t tlp = 0;
  Digest commitment;
};

/// nullopt when `raw`, which must have kRecordBytes bytes (checked), does not start with the prefix
/// of a record.
std::optional<Record> ReadRecord(std::string_view raw);

/// A checkpoint that its key signed.
struct Checkpoint {
  uint64_t size = 0;
  Digest root;
  int signatures = 0;
};

/// Checks `note` against the one key `verifier_key` ("name+hash+base64").
/// Errors: kDataLoss; the message says what is wrong with the note or the key.
absl::StatusOr<Checkpoint> ReadCheckpoint(std::string_view note, std::string_view verifier_key);

/// The root that an RFC 9162 inclusion proof leads to; nullopt when it has the wrong length.
std::optional<Digest> RootOf(const Digest& leaf, uint64_t index, uint64_t size,
                             const std::vector<Digest>& proof);

/// Whether an RFC 9162 consistency proof shows that the log with the head `newer` begins with the
/// log that had the head `older`. Equal sizes need equal roots and no proof; every log continues
/// the empty one.
bool Continues(const Checkpoint& older, const Checkpoint& newer, const std::vector<Digest>& proof);

/// Canonical base64 of exactly `size` bytes (0: any size). Errors: kDataLoss, the message begins
/// with `what`.
absl::StatusOr<std::string> Unbase64(std::string_view text, std::string_view what, size_t size = 0);

}  // namespace tocsin::report
