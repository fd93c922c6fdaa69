// The files of evidence on their way in and out: what must hold before a byte moves, as the record
// stands. The bytes lie in store::EvidenceFiles; that a file is stored, or was retrieved, is a
// command like any other and goes through the command processor.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/app/catalog.h"
#include "server/base/ids.h"
#include "server/domain/command.h"
#include "server/store/evidence_files.h"

namespace tocsin::app {

/// An item of evidence, of whoever may do to it what is asked: rights have been checked before.
struct EvidenceName {
  OrgNumber org{};
  IncidentId incident;
  /// "EV-1".
  std::string item;
};

/// How far an upload is.
struct UploadState {
  /// All is done; `sequence` is that of the entry that says so.
  bool stored = false;
  uint64_t sequence = 0;
  /// Bytes that are safely there.
  uint64_t offset = 0;
  uint64_t size = 0;
  bool under_way = false;
};

/// Thread-safe. Blocks for I/O.
class EvidenceTransfer {
 public:
  /// References must outlive this object. No file above `file_bytes_max` is taken.
  EvidenceTransfer(const store::Database& database, const Catalog& catalog,
                   store::EvidenceFiles& files, uint64_t file_bytes_max)
      : database_(database), catalog_(catalog), files_(files), file_bytes_max_(file_bytes_max) {}

  /// Where an upload may go on. Errors: kNotFound UNKNOWN_INCIDENT, UNKNOWN_EVIDENCE;
  /// kFailedPrecondition EVIDENCE_RETURNED, FILE_TOO_LARGE; kResourceExhausted DISK_FULL;
  /// kUnavailable STORE_READ_ONLY; those of store::EvidenceFiles::ProgressOf.
  absl::StatusOr<UploadState> StateOf(const EvidenceName& name) const;

  /// `size` is what the sender has. Errors: those of StateOf and store::EvidenceFiles::Write;
  /// kAlreadyExists EVIDENCE_STORED; kFailedPrecondition EVIDENCE_DIFFERS.
  absl::StatusOr<std::unique_ptr<store::EvidenceWriter>> Begin(const EvidenceName& name,
                                                               uint64_t offset, uint64_t size);

  /// When the last byte has come: what is to be recorded. A file that is not the item's is removed.
  /// The writer must live until that is done. Errors: those of store::EvidenceWriter::Finish;
  /// kFailedPrecondition EVIDENCE_DIFFERS.
  absl::StatusOr<domain::StoreEvidence> Complete(const EvidenceName& name,
                                                 store::EvidenceWriter& writer) const;

  /// Errors: kNotFound UNKNOWN_INCIDENT, UNKNOWN_EVIDENCE; kFailedPrecondition EVIDENCE_NOT_STORED;
  /// those of store::EvidenceFiles::Read.
  absl::StatusOr<std::unique_ptr<store::EvidenceReader>> Open(const EvidenceName& name) const;

  /// Removes what was left unfinished for too long; nothing while the store is read-only, because
  /// then the record may be shorter than it was.
  store::EvidenceFiles::Swept Sweep(absl::Time now);

 private:
  absl::StatusOr<std::shared_ptr<const domain::EvidenceItem>> Find(const EvidenceName& name) const;
  absl::Status CheckRoom(const domain::EvidenceItem& item) const;

  const store::Database& database_;
  const Catalog& catalog_;
  store::EvidenceFiles& files_;
  const uint64_t file_bytes_max_;
};

}  // namespace tocsin::app
