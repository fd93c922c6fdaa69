#include "server/app/evidence_transfer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/domain/evidence.h"
#include "server/domain/incident.h"

namespace tocsin::app {
namespace {

store::EvidencePlace PlaceOf(const EvidenceName& name, const domain::EvidenceItem& item) {
  return {name.org, name.incident, item.id, item.size, item.digest};
}

absl::Status ReadOnly() {
  return Error(absl::StatusCode::kUnavailable, "STORE_READ_ONLY",
               "the server records nothing right now, so it takes no files",
               "Keep the file; ask the operator of the server, then upload again.");
}

absl::Status TooLarge(const domain::EvidenceItem& item, uint64_t bytes_max) {
  const std::string what =
      bytes_max == 0 ? std::string("this server takes no files of evidence")
                     : absl::StrCat(item.id, " has ", item.size,
                                    " bytes; this server takes files of at most ", bytes_max);
  return FailedPrecondition(
      "FILE_TOO_LARGE", what,
      "Its hash is recorded: keep the file where it is. The operator can raise evidence_limit.");
}

}  // namespace

absl::StatusOr<std::shared_ptr<const domain::EvidenceItem>> EvidenceTransfer::Find(
    const EvidenceName& name) const {
  TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Incident> incident,
                          catalog_.Snapshot(name.org, name.incident));
  const auto found = std::find_if(incident->evidence.begin(), incident->evidence.end(),
                                  [&](const auto& item) { return item->id == name.item; });
  if (found != incident->evidence.end()) return *found;
  return domain::UnknownEvidence(*incident, name.item);
}

absl::Status EvidenceTransfer::CheckRoom(const domain::EvidenceItem& item) const {
  if (database_.state() != store::State::kReadWrite) return ReadOnly();
  if (file_bytes_max_ == 0 || item.size > file_bytes_max_) return TooLarge(item, file_bytes_max_);
  return absl::OkStatus();
}

absl::StatusOr<UploadState> EvidenceTransfer::StateOf(const EvidenceName& name) const {
  TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<const domain::EvidenceItem> item, Find(name));
  if (item->stored) {
    return UploadState{.stored = true, .sequence = item->stored->sequence, .size = item->size};
  }
  TOCSIN_RETURN_IF_ERROR(domain::CheckMayStore(*item));
  TOCSIN_RETURN_IF_ERROR(CheckRoom(*item));
  TOCSIN_ASSIGN_OR_RETURN(const store::EvidenceFiles::Progress progress,
                          files_.ProgressOf(PlaceOf(name, *item)));
  TOCSIN_RETURN_IF_ERROR(files_.CheckSpace(item->size - progress.bytes));
  return UploadState{.offset = progress.bytes, .size = item->size, .under_way = progress.under_way};
}

absl::StatusOr<std::unique_ptr<store::EvidenceWriter>> EvidenceTransfer::Begin(
    const EvidenceName& name, uint64_t offset, uint64_t size) {
  TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<const domain::EvidenceItem> item, Find(name));
  TOCSIN_RETURN_IF_ERROR(CheckRoom(*item));
  if (size != item->size) return domain::EvidenceDiffers(*item, size, item->digest);
  return files_.Write(PlaceOf(name, *item), offset, [&]() -> absl::Status {
    // As it is now that nobody else writes.
    TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<const domain::EvidenceItem> now, Find(name));
    return domain::CheckMayStore(*now);
  });
}

absl::StatusOr<domain::StoreEvidence> EvidenceTransfer::Complete(
    const EvidenceName& name, store::EvidenceWriter& writer) const {
  TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<const domain::EvidenceItem> item, Find(name));
  TOCSIN_ASSIGN_OR_RETURN(const Digest digest, writer.Finish());
  if (digest == item->digest) return domain::StoreEvidence{item->id, item->size, digest};
  TOCSIN_RETURN_IF_ERROR(writer.Discard());
  return domain::EvidenceDiffers(*item, item->size, digest);
}

absl::StatusOr<std::unique_ptr<store::EvidenceReader>> EvidenceTransfer::Open(
    const EvidenceName& name) const {
  TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<const domain::EvidenceItem> item, Find(name));
  TOCSIN_RETURN_IF_ERROR(domain::CheckStored(*item));
  return files_.Read(PlaceOf(name, *item));
}

store::EvidenceFiles::Swept EvidenceTransfer::Sweep(absl::Time now) {
  if (database_.state() != store::State::kReadWrite) return {};
  return files_.Sweep(now,
                      [this](OrgNumber org, const IncidentId& incident,
                             const std::string& item) -> absl::StatusOr<bool> {
                        const auto found = Find({org, incident, item});
                        if (absl::IsNotFound(found.status())) return false;
                        if (!found.ok()) return found.status();
                        return (*found)->stored.has_value();
                      });
}

}  // namespace tocsin::app
