// How a sealed file of evidence lies on the disk, and what its errors are. Internal to
// server/store.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/env.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/ledger/file_sealing.h"
#include "server/runtime/random.h"
#include "server/store/database_impl.h"
#include "server/store/evidence_files.h"

namespace tocsin::store {

inline constexpr std::string_view kFileMagic = "tocsin/file/v1\n";
/// The magic, then the wrapped key as in a `key` row: epoch u32 | key 40.
inline constexpr size_t kFileHeaderBytes = 15 + 4 + 40;
inline constexpr uint64_t kBoxBytes = ledger::kFileChunkBytes + ledger::kChunkOverheadBytes;

/// What a place is sealed with: the organisation's key and name.
struct EvidenceSeal {
  ledger::FilePlace place;
  const ledger::EpochKey* epoch_key = nullptr;
};

struct EvidenceFiles::Context {
  const Database::Impl& impl;

  rocksdb::Env& env() const { return impl.env; }
  /// The files are the machine's own, so that they have owners and rights.
  bool on_disk() const { return impl.options.env == nullptr; }
  /// `place` must outlive the result. Errors: kNotFound UNKNOWN_ORG.
  absl::StatusOr<EvidenceSeal> SealOf(const EvidencePlace& place) const {
    TOCSIN_ASSIGN_OR_RETURN(const OrgState* const org, impl.Require(place.org));
    return EvidenceSeal{
        {org->info.origin, place.org, place.incident, place.item, place.size, place.digest},
        &org->epoch_key};
  }
};

inline uint64_t ChunksOf(uint64_t size) {
  return (size + ledger::kFileChunkBytes - 1) / ledger::kFileChunkBytes;
}
inline uint64_t ChunkBytes(uint64_t size, uint64_t index) {
  return std::min<uint64_t>(ledger::kFileChunkBytes, size - index * ledger::kFileChunkBytes);
}
/// Where the pieces of the first `bytes` of the original end, `bytes` being a border of pieces.
inline uint64_t EndOf(uint64_t bytes) {
  return kFileHeaderBytes + bytes + ChunksOf(bytes) * ledger::kChunkOverheadBytes;
}
/// Bytes of the original in the whole pieces of a file of `on_disk` bytes.
inline uint64_t WholeBytes(uint64_t on_disk, uint64_t size) {
  if (on_disk < kFileHeaderBytes) return 0;
  if (on_disk >= EndOf(size)) return size;
  return (on_disk - kFileHeaderBytes) / kBoxBytes * ledger::kFileChunkBytes;
}

inline absl::Status DiskFull() {
  return Error(absl::StatusCode::kResourceExhausted, "DISK_FULL",
               "the server's disk has no room for this file beside the log",
               "Nothing of the record is lost. Ask the operator to make space, then upload again.");
}
inline absl::Status NotWritten(const std::string& path, const rocksdb::Status& status) {
  if (status.IsNoSpace()) return DiskFull();
  return Error(absl::StatusCode::kUnavailable, "FILE_NOT_WRITTEN",
               absl::StrCat("the server cannot write ", path, ": ", status.ToString()),
               "Nothing of the record is lost. Ask the operator to look at the disk, then upload "
               "again.");
}

/// Plain writes and reads, without memory maps.
inline rocksdb::EnvOptions PlainFile() {
  rocksdb::EnvOptions options;
  options.use_mmap_reads = false;
  options.use_mmap_writes = false;
  return options;
}

/// The file's key, from its first bytes. Errors: kDataLoss FILE_DAMAGED.
absl::StatusOr<ledger::FileKey> ReadFileKey(const rocksdb::RandomAccessFile& file,
                                            const EvidenceSeal& seal);
/// The opened piece. Errors: kDataLoss FILE_DAMAGED; kUnavailable STORE_UNREADABLE.
absl::StatusOr<std::string> ReadChunk(const rocksdb::RandomAccessFile& file,
                                      const ledger::FileKey& key, const ledger::FilePlace& place,
                                      uint64_t index);

}  // namespace tocsin::store
