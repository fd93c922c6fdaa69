// The files of evidence that were uploaded, beside the database: one sealed file for each item,
// `files/<organisation>/<incident>/<item>`, readable by its owner only. It begins with its wrapped
// key; then come the pieces, each in a box of a size that follows from the file's, so that a place
// in the file is a place in the original (docs/storage-format.md, "Files of evidence"). Whether a
// file is an unfinished upload or a stored item, the file does not know: the log says it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/digest.h"
#include "server/base/ids.h"
#include "server/ledger/file_sealing.h"
#include "server/runtime/mutex.h"
#include "server/store/database.h"

namespace tocsin::store {

/// Which item, and what its file must be.
struct EvidencePlace {
  OrgNumber org{};
  IncidentId incident;
  /// "EV-1" (checked: it becomes the name of a file).
  std::string item;
  uint64_t size = 0;
  Digest digest;
};

class EvidenceFiles;

/// One upload: takes pieces in order. Nobody else writes to the item as long as it lives. What is
/// there when it goes, stays for the next one. Not thread-safe.
class EvidenceWriter {
 public:
  ~EvidenceWriter();
  EvidenceWriter(const EvidenceWriter&) = delete;
  EvidenceWriter& operator=(const EvidenceWriter&) = delete;

  /// Bytes of the original that are here and were found to be what was sealed.
  uint64_t position() const { return position_; }
  /// What was there before has been checked, and pieces may be added.
  bool ready() const { return position_ >= kept_; }
  /// Checks a few of the pieces that were there. What follows a damaged one is dropped; the writer
  /// is of no use then. Errors: kAborted UPLOAD_DAMAGED; kUnavailable STORE_UNREADABLE.
  absl::Status CheckNext();

  /// Seals and writes the next piece. REQUIRES: ready(). Every few MiB it waits for the disk.
  /// Errors: kInvalidArgument BAD_CHUNK, another size than must come next; kResourceExhausted
  /// DISK_FULL; kUnavailable FILE_NOT_WRITTEN. What was synced before is intact.
  absl::Status Append(std::string_view bytes);

  /// The hash of all bytes, which are durable then. Once. Errors: kAborted UPLOAD_INCOMPLETE; those
  /// of Append.
  absl::StatusOr<Digest> Finish();

  /// Removes the file: it is not that of the item. Errors: kUnavailable FILE_NOT_WRITTEN.
  absl::Status Discard();

 private:
  friend class EvidenceFiles;
  struct Disk;
  EvidenceWriter(EvidenceFiles& files, EvidencePlace place, std::string path);
  absl::Status Open(uint64_t offset);
  absl::Status Create();
  absl::Status Sync();

  EvidenceFiles& files_;
  const EvidencePlace place_;
  const std::string path_;
  const std::unique_ptr<Disk> disk_;
  uint64_t kept_ = 0;
  uint64_t position_ = 0;
  uint64_t synced_ = 0;
};

/// Reads a stored file. Not thread-safe.
class EvidenceReader {
 public:
  ~EvidenceReader();
  EvidenceReader(const EvidenceReader&) = delete;
  EvidenceReader& operator=(const EvidenceReader&) = delete;

  /// Pieces of the file.
  uint64_t chunks() const;
  /// Errors: kDataLoss EVIDENCE_DAMAGED; kUnavailable STORE_UNREADABLE.
  absl::StatusOr<std::string> Read(uint64_t index) const;

 private:
  friend class EvidenceFiles;
  struct Disk;
  explicit EvidenceReader(std::unique_ptr<Disk> disk);

  const std::unique_ptr<Disk> disk_;
};

/// Thread-safe. Blocks for I/O.
class EvidenceFiles {
 public:
  struct Limits {
    /// What files of evidence leave free for the log.
    uint64_t disk_reserve_bytes = uint64_t{256} << 20;
    /// How long an unfinished upload is kept after its last byte.
    absl::Duration unfinished_age = absl::Hours(24 * 7);
    size_t writers_max = 64;
  };

  /// `database` must outlive this object.
  explicit EvidenceFiles(const Database& database, Limits limits);
  explicit EvidenceFiles(const Database& database) : EvidenceFiles(database, Limits()) {}
  ~EvidenceFiles();

  struct Progress {
    /// Durable bytes of the original. Whether they are what was sealed, the next writer finds out.
    uint64_t bytes = 0;
    /// There is a writer.
    bool under_way = false;
  };
  /// Errors: kUnavailable STORE_UNREADABLE, FILE_NOT_WRITTEN.
  absl::StatusOr<Progress> ProgressOf(const EvidencePlace& place) const;

  /// Errors: kResourceExhausted DISK_FULL, when so many more bytes would take what the log needs.
  absl::Status CheckSpace(uint64_t bytes) const;

  /// Goes on after `offset` bytes of what is there; 0 begins anew. Whoever calls makes sure that
  /// the item is not stored, after this has returned: only then nobody else can have finished it.
  /// Nothing is changed on the disk before `may_write` has said yes.
  /// Errors: those of `may_write`; kAborted UPLOAD_UNDER_WAY, UPLOAD_MOVED (so much is not there);
  /// kInvalidArgument BAD_OFFSET; kResourceExhausted TOO_MANY_UPLOADS, DISK_FULL; kUnavailable
  /// FILE_NOT_WRITTEN, STORE_UNREADABLE.
  absl::StatusOr<std::unique_ptr<EvidenceWriter>> Write(
      const EvidencePlace& place, uint64_t offset, const std::function<absl::Status()>& may_write);

  /// Errors: kDataLoss EVIDENCE_DAMAGED: the file is missing or of another size, or its key is
  /// none; kUnavailable STORE_UNREADABLE.
  absl::StatusOr<std::unique_ptr<EvidenceReader>> Read(const EvidencePlace& place) const;

  /// An error: it cannot be told.
  using IsStored = std::function<absl::StatusOr<bool>(OrgNumber org, const IncidentId& incident,
                                                      const std::string& item)>;
  struct Swept {
    size_t removed = 0;
    size_t kept = 0;
  };
  /// Removes what is the file of no stored item, nobody writes, and was not written for
  /// Limits::unfinished_age. Where it cannot be told, the file stays.
  Swept Sweep(absl::Time now, const IsStored& is_stored);

  /// "/var/lib/tocsin/files".
  const std::string& directory() const { return directory_; }

 private:
  friend class EvidenceWriter;
  struct Context;

  std::string PathOf(const EvidencePlace& place) const;
  bool Claim(const std::string& path, size_t* others);
  void SetSynced(const std::string& path, uint64_t bytes);
  void Release(const std::string& path);

  const std::unique_ptr<const Context> context_;
  const Limits limits_;
  const std::string directory_;
  mutable runtime::Mutex mutex_;
  /// What is being written, with its durable bytes.
  std::map<std::string, uint64_t> writing_ TOCSIN_GUARDED_BY(mutex_);
};

}  // namespace tocsin::store
