// The store on disk. One directory holds the RocksDB database (`db/`), the keys (`keys/`), the lock
// and the head file: the size and root of every log as of the last acknowledged commit. RocksDB
// does not notice by itself when its newest writes are gone; the head file does, and a store that
// is behind it opens read-only and says what is missing. Writing goes through CommitBatch
// (commit_batch.h), one thread at a time; reading is for everybody.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/digest.h"
#include "server/base/ids.h"
#include "server/ledger/receipt.h"
#include "server/store/rows.h"

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace tocsin::store {

/// How many organisations one store can hold: the head file has a fixed size.
inline constexpr size_t kOrgsMax = 1000;
inline constexpr size_t kOrgNameBytesMax = 32;

/// Weakens the store for tests that prove what a protection is good for. Never set by the server.
struct TestOptions {
  bool sync_writes = true;
  bool check_head = true;
  /// Small buffers make RocksDB flush and compact within a short test.
  size_t write_buffer_bytes = size_t{8} << 20;
};

struct Options {
  std::string directory;
  /// Where all files live; nullptr: the machine's file system. Not owned.
  rocksdb::Env* env = nullptr;
  TestOptions test;
};

enum class State : uint8_t { kReadWrite, kReadOnly };

class Database {
 public:
  /// Opens the store, or makes an empty one in a directory without one. Blocks for I/O.
  ///
  /// What is readable opens: after lost or damaged evidence and on a full disk the result is
  /// read-only, with the reason in read_only_reason(). Errors: kFailedPrecondition, reason
  /// STORE_IN_USE (another process holds the lock), FORMAT_TOO_NEW, KEY_MISSING, KEY_EXPOSED (a key
  /// file is readable by others), KEY_WRONG (not the key of the organisation's row); kDataLoss,
  /// reason STORE_DAMAGED, when RocksDB refuses the files; kUnavailable, reason STORE_UNREADABLE,
  /// for every other I/O error.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const Options& options);

  /// Releases the lock. No CommitBatch may exist any more.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Never goes back to read-write: the way back is to open the store again. Thread-safe.
  State state() const;
  /// Why writing has stopped and what to do, as a sentence for the operator; empty while it goes
  /// on. Thread-safe.
  std::string read_only_reason() const;

  /// Makes an organisation with its two keys. `name` is 1 to kOrgNameBytesMax of [a-z0-9-];
  /// `origin` names its log for ever. Its files and row are durable on return.
  ///
  /// Thread-safety: as CommitBatch, and no batch may hold anything meanwhile.
  /// Errors: kInvalidArgument, reason BAD_ORG_NAME, BAD_ORIGIN, TOO_MANY_ORGS; kAlreadyExists,
  /// reason ORG_EXISTS, ORIGIN_EXISTS; kFailedPrecondition, reason KEY_EXISTS (a key file of that
  /// name lies there); and those of CommitBatch::Commit.
  absl::StatusOr<OrgInfo> CreateOrg(std::string_view name, std::string_view origin,
                                    absl::Time create_time);

  // Reads. All are thread-safe, see whole commits only, and show nothing before it is acknowledged
  // (except ReadIncidentRows and ReadTimers, whose rows may be those of a commit under way). An
  // `org` that is not one of Orgs() is kNotFound, reason UNKNOWN_ORG; a row that cannot be is
  // kDataLoss; a disk that cannot be read is kUnavailable, reason STORE_UNREADABLE.

  /// By number.
  std::vector<OrgInfo> Orgs() const;

  /// By incident id; sequence, leaf and time of the last entry are those of the last `entry` row,
  /// as a row is not put again for every entry. The organisation's own timeline has a row too when
  /// the app has put one.
  absl::StatusOr<std::vector<IncidentRow>> ReadIncidentRows(OrgNumber org) const;

  /// The entries of one timeline with a sequence above `after_sequence`, at most `limit`, opened
  /// and checked: gapless, linked to each other, bodies as the leaves state them.
  /// Errors: kDataLoss, naming the entry.
  absl::StatusOr<std::vector<StoredEntry>> ReadEntries(OrgNumber org, const IncidentId& incident,
                                                       uint64_t after_sequence, size_t limit) const;

  /// Lines of the log from `from_index` on, at most `limit`.
  absl::StatusOr<std::vector<LogLine>> ReadLog(OrgNumber org, uint64_t from_index,
                                               size_t limit) const;

  absl::StatusOr<std::optional<RequestRecord>> FindRequest(OrgNumber org,
                                                           const RequestId& request) const;

  /// All timers of all organisations, earliest first.
  absl::StatusOr<std::vector<StoredTimer>> ReadTimers() const;

  // The log. All thread-safe; `org` must be one of Orgs() where no error can be returned (checked).

  /// Entries in the published log.
  uint64_t log_size(OrgNumber org) const;
  std::string VerifierKey(OrgNumber org) const;
  std::string Origin(OrgNumber org) const;

  /// The newest signed note. Errors: kFailedPrecondition, reason EVIDENCE_LOST: a log that came
  /// back shorter or different is not signed again.
  absl::StatusOr<std::string> Checkpoint(OrgNumber org) const;

  /// Errors of the proofs: those of ledger::Tree for indexes and sizes; `size` above log_size() is
  /// TREE_SIZE_AHEAD.
  absl::StatusOr<std::vector<Digest>> InclusionProof(OrgNumber org, uint64_t index,
                                                     uint64_t size) const;
  /// One proof for each of `indexes`; cheaper than one by one.
  absl::StatusOr<std::vector<std::vector<Digest>>> InclusionProofs(
      OrgNumber org, std::span<const uint64_t> indexes, uint64_t size) const;
  absl::StatusOr<std::vector<Digest>> ConsistencyProof(OrgNumber org, uint64_t old_size,
                                                       uint64_t new_size) const;

  /// The receipt of an entry under the newest checkpoint, for instance to answer a repeated
  /// request. Right after a commit CommitBatch::MakeReceipt is cheaper. Errors: kInvalidArgument,
  /// reason LEAF_NOT_IN_TREE; those of Checkpoint.
  absl::StatusOr<ledger::Receipt> MakeReceipt(OrgNumber org, uint64_t log_index) const;

  /// Reads the whole log and checks every row of it: records against leaves, boxes against the
  /// hashes in the records, leaves against nodes and the published root. Needs no body's key.
  /// Errors: kDataLoss, reason SCRUB_FAILED, naming the first log index that is wrong.
  absl::Status Scrub(OrgNumber org) const;

 private:
  friend class CommitBatch;
  friend class EvidenceFiles;
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::store
