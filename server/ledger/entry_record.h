// The leaf of the log: one fixed big-endian record per entry, written once and stored verbatim. The
// Merkle tree hashes exactly these bytes, so nothing that is not in here is proved, and nothing in
// here can change later. The body itself is only present as salted hashes: erasing it leaves every
// leaf, proof and checkpoint valid (docs/log-format.md).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/digest.h"
#include "server/base/ids.h"
#include "server/base/vocabulary.h"

namespace tocsin::ledger {

/// The size of every encoded record.
inline constexpr size_t kEntryRecordBytes = 249;
/// The size of each salt.
inline constexpr size_t kSaltBytes = 32;

/// What a leaf states about one entry. `type` and `flags` belong to the layers above; the log only
/// keeps them.
struct EntryRecord {
  uint16_t type = 0;
  uint16_t flags = 0;
  /// Position in the organisation's log, from 0.
  uint64_t log_index = 0;
  /// Zero for the organisation's own timeline.
  IncidentId incident;
  /// Position in the incident's timeline, as the domain counts it.
  uint64_t incident_sequence = 0;
  /// Leaf hash of the entry before this one in the same incident; all zeros in the first.
  Digest previous_leaf;
  /// The server's wall clock; whole nanoseconds, from 1970 to 2262 (checked by Encode).
  absl::Time record_time = absl::UnixEpoch();
  /// How far the wall clock may be off.
  uint32_t clock_error_ms = 0;
  /// The clock that never steps, since boot `boot_id`: orders entries when the wall clock jumped.
  uint64_t boottime_ns = 0;
  std::array<uint8_t, 16> boot_id{};
  RequestId request;
  /// Pseudonymous: names live outside the log.
  PrincipalId actor;
  Tlp tlp = Tlp::kRed;
  Digest plaintext_commitment;
  Digest ciphertext_hash;
  Digest auth_hash;

  friend bool operator==(const EntryRecord&, const EntryRecord&) = default;
};

/// The kEntryRecordBytes bytes of the leaf.
std::string Encode(const EntryRecord& record);

/// Reads what Encode wrote, and nothing else: Encode(*Decode(bytes)) == bytes.
/// Errors: kDataLoss, reason ENTRY_RECORD_DAMAGED, for another size, prefix, an unknown TLP or a
/// time after 2262.
absl::StatusOr<EntryRecord> Decode(std::string_view bytes);

/// SHA-256(0x00 | encoded record), the leaf hash of RFC 9162.
Digest LeafHash(std::string_view encoded);
/// SHA-256(0x01 | left | right), the inner node of RFC 9162.
Digest NodeHash(const Digest& left, const Digest& right);

/// Binds the body without revealing it as long as the salt stays secret. `salt` has kSaltBytes
/// bytes (checked).
Digest PlaintextCommitment(std::string_view salt, std::string_view body);
/// `box` is nonce | ciphertext | tag (sealing.h). Lets a scrub check stored bytes without any key.
Digest CiphertextHash(std::string_view box);
/// Binds how the author was authenticated. `salt` has kSaltBytes bytes (checked).
Digest AuthHash(std::string_view salt, std::string_view auth_context);

}  // namespace tocsin::ledger
