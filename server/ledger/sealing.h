// Encryption of entry bodies. Every body gets its own random key, which is used once and stored
// wrapped by the organisation's current epoch key. Erasing an entry destroys its box and its
// wrapped key; rotating the epoch key afterwards makes copies of both useless. The salts and the
// authentication context live inside the box only, so that the hashes in the leaf reveal nothing
// once the box is gone (docs/log-format.md, "Sealed body").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/base/digest.h"
#include "server/base/ids.h"
#include "server/ledger/entry_record.h"
#include "server/ledger/key_wrap.h"

namespace tocsin::ledger {

/// Fills the whole span with bytes fit for keys. It must not fail and must never hand out the same
/// bytes twice; it may serve from a buffer, and should: Seal asks once an entry.
using RandomSource = std::function<void(std::span<uint8_t>)>;

/// Bytes of a box beside the body and the authentication context: nonce, two salts, a length, tag.
inline constexpr size_t kBoxOverheadBytes = 12 + 2 * kSaltBytes + 4 + 16;
/// The largest body plus authentication context that can be sealed.
inline constexpr size_t kSealedBytesMax = size_t{64} << 20;

/// The key that wraps entry keys during one epoch. Every copy is wiped when it is destroyed.
class EpochKey {
 public:
  /// `key` has kKeyBytes bytes (checked).
  EpochKey(uint32_t number, std::string_view key);
  EpochKey(const EpochKey&) = default;
  EpochKey& operator=(const EpochKey&) = default;
  ~EpochKey();

  uint32_t number() const { return number_; }
  std::span<const uint8_t, kKeyBytes> bytes() const { return key_; }

 private:
  uint32_t number_;
  std::array<uint8_t, kKeyBytes> key_;
};

/// An entry's key, wrapped (AES-256 key wrap, RFC 3394). Stored apart from the box, so that it can
/// be deleted alone.
struct WrappedKey {
  uint32_t epoch = 0;
  /// kWrappedKeyBytes bytes.
  std::string bytes;

  friend bool operator==(const WrappedKey&, const WrappedKey&) = default;
};

struct SealedBody {
  /// nonce (12) | ciphertext | tag (16): what CiphertextHash takes.
  std::string box;
  WrappedKey key;
};

/// Where the body belongs. A box opens in exactly this place.
struct AssociatedData {
  /// The log's origin, at most 65535 bytes (checked).
  std::string_view origin;
  OrgNumber org{};
  IncidentId incident;
  uint64_t sequence = 0;
};

/// A sealed body with the three hashes for its leaf.
struct Sealed {
  SealedBody body;
  Digest plaintext_commitment;
  Digest ciphertext_hash;
  Digest auth_hash;
};

struct OpenedBody {
  std::string body;
  std::string salt;
  std::string auth_context;
  std::string auth_salt;
};

/// Seals `body` and `auth_context` (how the author was authenticated), together at most
/// kSealedBytesMax (checked). Draws 108 bytes from `random` in one call.
///
/// Thread-safety: may run in any thread; `random` is called in the caller's.
Sealed Seal(std::string_view body, std::string_view auth_context, const EpochKey& epoch_key,
            const AssociatedData& place, const RandomSource& random);

/// Opens what Seal made. AES-GCM does not bind its key, so a box proves nothing about the leaf
/// until CheckCommitments has passed. Errors: kDataLoss, reason BODY_DAMAGED: another epoch key, a
/// changed byte, or a box from another place.
absl::StatusOr<OpenedBody> Open(const SealedBody& sealed, const EpochKey& epoch_key,
                                const AssociatedData& place);

/// Checks that an opened body is the one that the leaf of `record` states.
/// Errors: kDataLoss, reason BODY_NOT_IN_LOG.
absl::Status CheckCommitments(const EntryRecord& record, const OpenedBody& opened);

/// Wraps the same entry key under a new epoch; the box stays as it is.
/// Errors: kDataLoss, reason BODY_DAMAGED, when `from` did not wrap `key`.
absl::StatusOr<WrappedKey> Rewrap(const WrappedKey& key, const EpochKey& from, const EpochKey& to);

}  // namespace tocsin::ledger
