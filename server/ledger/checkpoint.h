// Checkpoints: the signed head of a log, as a C2SP tlog-checkpoint in a signed note (Ed25519).
// Whoever keeps one can later demand proof that the log still begins with it. Reading is strict:
// the text that was signed has exactly one spelling, and whatever deviates from it is refused
// before any of it is believed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/digest.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY.

namespace tocsin::ledger {

inline constexpr size_t kSigningSeedBytes = 32;
inline constexpr size_t kOriginBytesMax = 255;
/// A note may carry this many signatures: ours, the next key's during a rotation, and cosignatures
/// of witnesses.
inline constexpr size_t kNoteSignaturesMax = 16;
/// Room for kNoteSignaturesMax of the largest kind in use (post-quantum, 5 kB each).
inline constexpr size_t kNoteBytesMax = 128 * 1024;

/// The head of a log: `size` entries with this Merkle root.
struct Checkpoint {
  /// Names the log everywhere and for ever; also the name of its key.
  std::string origin;
  uint64_t size = 0;
  Digest root;

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// Holds a log's key and signs its heads. Moves, does not copy.
///
/// Thread-safety: const functions may run in several threads at once.
class Signer {
 public:
  /// Makes the key from `seed`: kSigningSeedBytes (checked) random bytes, which the caller stores
  /// and wipes. Errors: kInvalidArgument, reason BAD_ORIGIN: empty, over kOriginBytesMax, or with a
  /// space, '+' or control character.
  static absl::StatusOr<Signer> FromSeed(std::string_view origin, std::string_view seed);

  const std::string& origin() const { return origin_; }
  /// The public key as text to pin: name+keyid+base64.
  const std::string& vkey() const { return vkey_; }
  /// The signed note of this head. The caller must never sign two heads that do not extend each
  /// other.
  std::string Sign(uint64_t size, const Digest& root) const;

 private:
  struct FreeKey {
    void operator()(evp_pkey_st* key) const;
  };
  Signer() = default;

  std::string origin_;
  std::string vkey_;
  std::array<uint8_t, 4> key_id_{};
  std::unique_ptr<evp_pkey_st, FreeKey> key_;
};

/// A pinned public key.
class Verifier {
 public:
  /// Reads a vkey as Signer::vkey() writes it.
  /// Errors: kInvalidArgument, reason BAD_VKEY: another form, algorithm or key id, or base64 in a
  /// second spelling.
  static absl::StatusOr<Verifier> Parse(std::string_view vkey);

  const std::string& name() const { return name_; }
  const std::array<uint8_t, 4>& key_id() const { return key_id_; }
  /// True when `signature` (64 bytes) is this key's Ed25519 signature of `text`.
  bool Accepts(std::string_view text, std::string_view signature) const;

 private:
  Verifier() = default;

  std::string name_;
  std::array<uint8_t, 4> key_id_{};
  std::array<uint8_t, 32> public_key_{};
};

/// Checks the signature of `verifier`'s key and reads the checkpoint. Signatures of other keys are
/// ignored. Errors, all kDataLoss: reason NOTE_TOO_LARGE; NOTE_MALFORMED (not a signed note, more
/// than kNoteSignaturesMax signatures, two by one key); KEY_NOT_PINNED (none by this key);
/// SIGNATURE_WRONG; CHECKPOINT_MALFORMED (extension line, leading zero, base64 in a second
/// spelling, ...); OTHER_LOG (an origin that is not the key's name).
absl::StatusOr<Checkpoint> ParseAndVerify(std::string_view note, const Verifier& verifier);

/// Checks that `newer` continues `older`, which the caller had verified before. `proof` is the
/// consistency proof. Errors, all kDataLoss: reason OTHER_LOG; LOG_ROLLED_BACK (fewer entries);
/// LOG_FORKED (same size, other root); LOG_REWRITTEN (the proof does not hold).
absl::Status CheckContinues(const Checkpoint& older, const Checkpoint& newer,
                            std::span<const Digest> proof);

/// What people compare by eye: "SHA256:" and the unpadded base64 of the SHA-256 of the vkey's text.
std::string Fingerprint(std::string_view vkey);

}  // namespace tocsin::ledger
