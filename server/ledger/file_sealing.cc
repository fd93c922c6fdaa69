#include "server/ledger/file_sealing.h"

#include <openssl/crypto.h>

#include <limits>
#include <optional>

#include "server/base/check.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/ledger/box.h"
#include "server/ledger/cipher_context.h"

namespace tocsin::ledger {
namespace {

constexpr std::string_view kPlacePrefix = "tocsin/file-aad/v1\n";
static_assert(kChunkOverheadBytes == kNonceBytes + kTagBytes);

absl::Status Damaged(std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "FILE_DAMAGED",
               "a sealed file does not open: " + std::string(what),
               "Put the file back from a backup; the record with its hash stays valid.");
}

void AppendText(std::string& out, std::string_view text) {
  TOCSIN_CHECK(text.size() <= std::numeric_limits<uint16_t>::max());
  AppendU16(out, static_cast<uint16_t>(text.size()));
  out.append(text);
}

std::string EncodePlace(const FilePlace& place, uint64_t index) {
  std::string out(kPlacePrefix);
  AppendText(out, place.origin);
  AppendU32(out, static_cast<uint32_t>(place.org));
  out.append(place.incident.view());
  AppendText(out, place.item);
  AppendU64(out, place.size);
  out.append(place.digest.view());
  AppendU64(out, index);
  return out;
}

}  // namespace

FileKey FileKey::Make(const RandomSource& random) {
  FileKey key;
  random(key.key_);
  return key;
}

absl::StatusOr<FileKey> FileKey::Unwrap(const WrappedKey& wrapped, const EpochKey& epoch_key) {
  if (wrapped.epoch != epoch_key.number()) return Damaged("its key belongs to another epoch");
  FileKey key;
  if (UnwrapKey(wrapped.bytes, epoch_key.bytes(), key.key_)) return key;
  return Damaged("its key does not unwrap");
}

FileKey::~FileKey() {
  OPENSSL_cleanse(key_.data(), key_.size());
}

WrappedKey FileKey::Wrap(const EpochKey& epoch_key) const {
  return {epoch_key.number(), WrapKey(key_, epoch_key.bytes())};
}

std::string FileKey::Seal(std::string_view bytes, const FilePlace& place, uint64_t index,
                          const RandomSource& random) const {
  TOCSIN_CHECK(bytes.size() <= kFileChunkBytes);
  std::array<uint8_t, kNonceBytes> nonce;
  random(nonce);
  return EncryptBox({reinterpret_cast<const char*>(nonce.data()), nonce.size()}, key_, {bytes},
                    EncodePlace(place, index));
}

absl::StatusOr<std::string> FileKey::Open(std::string_view box, const FilePlace& place,
                                          uint64_t index) const {
  if (box.size() < kChunkOverheadBytes || box.size() > kChunkOverheadBytes + kFileChunkBytes) {
    return Damaged("a piece has an impossible size");
  }
  std::optional<std::string> bytes = DecryptBox(box, key_, EncodePlace(place, index));
  if (!bytes) return Damaged("the bytes or the place of a piece are not those that were sealed");
  return *std::move(bytes);
}

}  // namespace tocsin::ledger
