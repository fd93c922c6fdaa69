#include "server/ledger/sealing.h"

#include <openssl/crypto.h>

#include <cstring>
#include <limits>
#include <optional>

#include "server/base/check.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/ledger/box.h"
#include "server/ledger/cipher_context.h"

namespace tocsin::ledger {
namespace {

constexpr std::string_view kPlacePrefix = "tocsin/aad/v1\n";
constexpr size_t kHeaderBytes = 2 * kSaltBytes + sizeof(uint32_t);
static_assert(kBoxOverheadBytes == kNonceBytes + kHeaderBytes + kTagBytes);
static_assert(kSealedBytesMax < std::numeric_limits<int>::max());

absl::Status Damaged(std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "BODY_DAMAGED",
               "a sealed body does not open: " + std::string(what),
               "Check the store against a backup; the leaf and its proofs stay valid.");
}

std::string EncodePlace(const AssociatedData& place) {
  TOCSIN_CHECK(place.origin.size() <= std::numeric_limits<uint16_t>::max());
  std::string out;
  out.reserve(kPlacePrefix.size() + 2 + place.origin.size() + 4 + 16 + 8);
  out.append(kPlacePrefix);
  AppendU16(out, static_cast<uint16_t>(place.origin.size()));
  out.append(place.origin);
  AppendU32(out, static_cast<uint32_t>(place.org));
  out.append(place.incident.view());
  AppendU64(out, place.sequence);
  return out;
}

WrappedKey Wrap(std::span<const uint8_t, kKeyBytes> entry_key, const EpochKey& epoch_key) {
  return {epoch_key.number(), WrapKey(entry_key, epoch_key.bytes())};
}

absl::Status Unwrap(const WrappedKey& wrapped, const EpochKey& epoch_key,
                    Secret<kKeyBytes>& entry_key) {
  if (wrapped.epoch != epoch_key.number()) return Damaged("its key belongs to another epoch");
  if (UnwrapKey(wrapped.bytes, epoch_key.bytes(), entry_key.bytes)) return absl::OkStatus();
  return Damaged("its key does not unwrap");
}

}  // namespace

EpochKey::EpochKey(uint32_t number, std::string_view key) : number_(number), key_{} {
  TOCSIN_CHECK(key.size() == kKeyBytes);
  std::memcpy(key_.data(), key.data(), key.size());
}

EpochKey::~EpochKey() {
  OPENSSL_cleanse(key_.data(), key_.size());
}

Sealed Seal(std::string_view body, std::string_view auth_context, const EpochKey& epoch_key,
            const AssociatedData& place, const RandomSource& random) {
  TOCSIN_CHECK(body.size() <= kSealedBytesMax &&
               auth_context.size() <= kSealedBytesMax - body.size());
  // nonce | entry key | salt | auth salt | length: one random draw fills all but the length, and
  // the last three stand as the header of the plaintext.
  constexpr size_t kSaltOffset = kNonceBytes + kKeyBytes;
  constexpr size_t kLengthOffset = kSaltOffset + 2 * kSaltBytes;
  Secret<kSaltOffset + kHeaderBytes> secret;
  random(std::span(secret.bytes).first<kLengthOffset>());
  std::string length;
  AppendU32(length, static_cast<uint32_t>(auth_context.size()));
  std::memcpy(secret.bytes.data() + kLengthOffset, length.data(), length.size());

  const std::string_view view(reinterpret_cast<const char*>(secret.bytes.data()),
                              secret.bytes.size());
  const std::string_view nonce = view.substr(0, kNonceBytes);
  const auto entry_key = std::span(secret.bytes).subspan<kNonceBytes, kKeyBytes>();
  const std::string_view header = view.substr(kSaltOffset);
  const std::string_view salt = header.substr(0, kSaltBytes);
  const std::string_view auth_salt = header.substr(kSaltBytes, kSaltBytes);

  Sealed sealed;
  sealed.body.box = EncryptBox(nonce, entry_key, {header, auth_context, body}, EncodePlace(place));
  sealed.body.key = Wrap(entry_key, epoch_key);
  sealed.plaintext_commitment = PlaintextCommitment(salt, body);
  sealed.ciphertext_hash = CiphertextHash(sealed.body.box);
  sealed.auth_hash = AuthHash(auth_salt, auth_context);
  return sealed;
}

absl::StatusOr<OpenedBody> Open(const SealedBody& sealed, const EpochKey& epoch_key,
                                const AssociatedData& place) {
  if (sealed.box.size() < kBoxOverheadBytes ||
      sealed.box.size() > kBoxOverheadBytes + kSealedBytesMax) {
    return Damaged("it has an impossible size");
  }
  Secret<kKeyBytes> entry_key;
  TOCSIN_RETURN_IF_ERROR(Unwrap(sealed.key, epoch_key, entry_key));
  std::optional<std::string> text = DecryptBox(sealed.box, entry_key.bytes, EncodePlace(place));
  if (!text) return Damaged("its bytes or its place are not those that were sealed");
  std::string& plaintext = *text;

  const std::string_view rest = std::string_view(plaintext).substr(kHeaderBytes);
  const uint32_t auth_size =
      ReadU32(std::string_view(plaintext).substr(2 * kSaltBytes, sizeof(uint32_t)));
  OpenedBody opened;
  if (auth_size <= rest.size()) {
    opened.salt = plaintext.substr(0, kSaltBytes);
    opened.auth_salt = plaintext.substr(kSaltBytes, kSaltBytes);
    opened.auth_context = rest.substr(0, auth_size);
    opened.body = rest.substr(auth_size);
  }
  OPENSSL_cleanse(plaintext.data(), plaintext.size());
  if (opened.salt.empty()) return Damaged("its lengths do not add up");
  return opened;
}

absl::Status CheckCommitments(const EntryRecord& record, const OpenedBody& opened) {
  if (PlaintextCommitment(opened.salt, opened.body) == record.plaintext_commitment &&
      AuthHash(opened.auth_salt, opened.auth_context) == record.auth_hash) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kDataLoss, "BODY_NOT_IN_LOG",
               "the stored body is not the one that the log states for this entry",
               "Do not rely on this text; keep the store as evidence and restore a backup.");
}

absl::StatusOr<WrappedKey> Rewrap(const WrappedKey& key, const EpochKey& from, const EpochKey& to) {
  Secret<kKeyBytes> entry_key;
  TOCSIN_RETURN_IF_ERROR(Unwrap(key, from, entry_key));
  return Wrap(entry_key.bytes, to);
}

}  // namespace tocsin::ledger
