// Encryption of files in pieces, for what is too large for one box. A file has its own random key,
// stored wrapped by the organisation's current epoch key like the key of an entry; each piece is a
// box of its own with a random nonce. What a piece is authenticated with says which file of which
// item it belongs to, how large that is, and where in it the piece stands: a piece opens in its own
// place and nowhere else, and a file that was cut is not of the size that its pieces state.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/base/digest.h"
#include "server/base/ids.h"
#include "server/ledger/sealing.h"

namespace tocsin::ledger {

/// Every piece has as many bytes, except the last one.
inline constexpr size_t kFileChunkBytes = size_t{64} << 10;
/// Bytes of a box beside the piece: nonce and tag.
inline constexpr size_t kChunkOverheadBytes = 12 + 16;

/// Which file it is.
struct FilePlace {
  /// The log's origin, at most 65535 bytes (checked).
  std::string_view origin;
  OrgNumber org{};
  IncidentId incident;
  /// "EV-1", at most 65535 bytes (checked).
  std::string_view item;
  /// Of the whole file, with the hash of its bytes.
  uint64_t size = 0;
  Digest digest;
};

/// Every copy is wiped when it is destroyed. Thread-safe.
class FileKey {
 public:
  static FileKey Make(const RandomSource& random);
  /// Errors: kDataLoss, reason FILE_DAMAGED: another epoch key, or a changed byte.
  static absl::StatusOr<FileKey> Unwrap(const WrappedKey& wrapped, const EpochKey& epoch_key);
  FileKey(const FileKey&) = default;
  FileKey& operator=(const FileKey&) = default;
  ~FileKey();

  WrappedKey Wrap(const EpochKey& epoch_key) const;

  /// nonce | ciphertext | tag. `bytes` are at most kFileChunkBytes (checked).
  std::string Seal(std::string_view bytes, const FilePlace& place, uint64_t index,
                   const RandomSource& random) const;
  /// Errors: kDataLoss, reason FILE_DAMAGED: another key, a changed byte, or a piece from another
  /// place.
  absl::StatusOr<std::string> Open(std::string_view box, const FilePlace& place,
                                   uint64_t index) const;

 private:
  FileKey() : key_{} {}

  std::array<uint8_t, kKeyBytes> key_;
};

}  // namespace tocsin::ledger
