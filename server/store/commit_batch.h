// What one commit writes: entries with their sealed bodies, keys, leaves and tree nodes, and the
// rows that follow from them. One CommitBatch is one RocksDB WriteBatch and one sync: after a power
// cut all of it is there or nothing. Acknowledge only after Commit has returned OK.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/digest.h"
#include "server/base/ids.h"
#include "server/base/vocabulary.h"
#include "server/domain/event.h"
#include "server/domain/timers.h"
#include "server/ledger/receipt.h"
#include "server/runtime/clock.h"
#include "server/store/database.h"
#include "server/store/rows.h"

namespace tocsin::store {

/// What an entry's record states beside its event. The caller keeps, per incident, the last
/// sequence and the last leaf.
struct NewEntry {
  /// Zero for the organisation's own timeline.
  IncidentId incident;
  /// One above the incident's last.
  uint64_t sequence = 0;
  /// Leaf of the incident's entry before this one; zeros for the first.
  Digest previous_leaf;
  /// Zero for the server itself.
  PrincipalId author;
  RequestId request;
  Tlp tlp = Tlp::kAmber;
  /// How the author was authenticated. Sealed with the body.
  std::string auth_context;
  /// `clock.now` is the record time; its fraction of a nanosecond is dropped.
  runtime::ClockReading clock;
};

struct Appended {
  uint64_t log_index = 0;
  /// The next entry's previous leaf in the same incident.
  Digest leaf;
};

/// Thread-safety: none. Batches and Database::CreateOrg belong to one thread, the writer, and at
/// most one batch holds anything at a time.
class CommitBatch {
 public:
  /// `database` must outlive this object. Use one batch again and again: it keeps its memory.
  explicit CommitBatch(Database& database);
  /// Drops what was not committed.
  ~CommitBatch();
  CommitBatch(const CommitBatch&) = delete;
  CommitBatch& operator=(const CommitBatch&) = delete;

  /// Stages one entry: encodes, seals, and gives it its place in the log. Errors, nothing is staged
  /// then: kNotFound, reason UNKNOWN_ORG; kInvalidArgument, reason ENTRY_TOO_LARGE (body and
  /// auth_context above kEntryBytesMax).
  absl::StatusOr<Appended> Append(OrgNumber org, const NewEntry& entry,
                                  const domain::PendingEntry& pending);

  void PutIncident(OrgNumber org, const IncidentRow& row);
  void PutTimer(OrgNumber org, const IncidentId& incident, const domain::Timer& timer);
  void DeleteTimer(OrgNumber org, const IncidentId& incident, const domain::Timer& timer);
  void PutRequest(OrgNumber org, const RequestId& request, const RequestRecord& record);

  /// Entries staged.
  size_t size() const;
  /// What would be written, in bytes.
  size_t bytes() const;

  /// Writes and syncs everything, then the head file, then signs and publishes. The batch is empty
  /// afterwards, also on error. OK without I/O when nothing was staged. Blocks for two syncs.
  ///
  /// Errors, both kUnavailable: reason OUTCOME_UNKNOWN, when the disk refused: the entries may or
  /// may not be there after the store is opened again, and the database is read-only from now on;
  /// reason STORE_READ_ONLY, when it was so before: nothing was written.
  absl::Status Commit();

  /// Forgets what was staged.
  void Drop();

  /// The receipt of a committed entry under the newest checkpoint. Cheap right after Commit.
  /// Errors: as Database::MakeReceipt.
  absl::StatusOr<ledger::Receipt> MakeReceipt(OrgNumber org, uint64_t log_index) const;

 private:
  struct Staged;

  Database& database_;
  std::unique_ptr<Staged> staged_;
};

/// Of one entry: body and authentication context. Far above what the API lets in.
inline constexpr size_t kEntryBytesMax = size_t{16} << 20;

}  // namespace tocsin::store
