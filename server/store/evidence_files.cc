#include "server/store/evidence_files.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "server/base/check.h"
#include "server/base/encoding.h"
#include "server/base/status_macros.h"
#include "server/store/evidence_layout.h"
#include "server/store/rocks.h"

namespace tocsin::store {
namespace {

bool IsItemName(std::string_view item) {
  return item.size() > 3 && item.size() < 16 && item.substr(0, 3) == "EV-" &&
         item.find_first_not_of("0123456789", 3) == std::string_view::npos;
}

absl::Status Damaged(const EvidencePlace& place, std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "EVIDENCE_DAMAGED",
               absl::StrCat("the server's file of ", place.item, " is damaged: ", ToAbsl(what)),
               "Ask the operator to put the file back from a backup. The record with its hash "
               "stands, and so does the original.");
}

absl::StatusOr<std::vector<std::string>> ChildrenOf(rocksdb::Env& env, const std::string& path) {
  std::vector<std::string> children;
  const rocksdb::Status status = env.GetChildren(path, &children);
  if (!status.ok()) return ReadError("listing " + path, status);
  std::erase_if(children, [](const std::string& name) { return name == "." || name == ".."; });
  return children;
}

}  // namespace

absl::StatusOr<ledger::FileKey> ReadFileKey(const rocksdb::RandomAccessFile& file,
                                            const EvidenceSeal& seal) {
  std::string bytes(kFileHeaderBytes, '\0');
  rocksdb::Slice header;
  const rocksdb::Status status = file.Read(0, bytes.size(), &header, bytes.data());
  if (!status.ok()) return ReadError("reading a file of evidence", status);
  const std::string_view read = FromSlice(header);
  const bool whole = read.size() == kFileHeaderBytes && read.starts_with(kFileMagic);
  absl::StatusOr<ledger::WrappedKey> wrapped =
      DecodeWrappedKey(whole ? read.substr(kFileMagic.size()) : std::string_view());
  if (wrapped.ok()) return ledger::FileKey::Unwrap(*wrapped, *seal.epoch_key);
  return Error(absl::StatusCode::kDataLoss, "FILE_DAMAGED", "its key is missing",
               "Put the file back from a backup.");
}

absl::StatusOr<std::string> ReadChunk(const rocksdb::RandomAccessFile& file,
                                      const ledger::FileKey& key, const ledger::FilePlace& place,
                                      uint64_t index) {
  std::string bytes(ChunkBytes(place.size, index) + ledger::kChunkOverheadBytes, '\0');
  rocksdb::Slice box;
  const rocksdb::Status status =
      file.Read(kFileHeaderBytes + index * kBoxBytes, bytes.size(), &box, bytes.data());
  if (!status.ok()) return ReadError("reading a file of evidence", status);
  return key.Open(FromSlice(box).substr(0, bytes.size()), place, index);
}

// --- Reading ---

struct EvidenceReader::Disk {
  EvidencePlace place;
  EvidenceSeal seal;
  std::unique_ptr<rocksdb::RandomAccessFile> file;
  std::optional<ledger::FileKey> key;
};

EvidenceReader::EvidenceReader(std::unique_ptr<Disk> disk) : disk_(std::move(disk)) {}
EvidenceReader::~EvidenceReader() = default;

uint64_t EvidenceReader::chunks() const {
  return ChunksOf(disk_->place.size);
}

absl::StatusOr<std::string> EvidenceReader::Read(uint64_t index) const {
  TOCSIN_CHECK(index < chunks());
  absl::StatusOr<std::string> bytes =
      ReadChunk(*disk_->file, *disk_->key, disk_->seal.place, index);
  if (!absl::IsDataLoss(bytes.status())) return bytes;
  return Damaged(disk_->place, absl::StrCat("its bytes from ", index * ledger::kFileChunkBytes,
                                            " on are not those that were stored"));
}

absl::StatusOr<std::unique_ptr<EvidenceReader>> EvidenceFiles::Read(
    const EvidencePlace& place) const {
  auto disk = std::make_unique<EvidenceReader::Disk>();
  disk->place = place;
  TOCSIN_ASSIGN_OR_RETURN(disk->seal, context_->SealOf(disk->place));
  const std::string path = PathOf(place);
  uint64_t size = 0;
  rocksdb::Status status = context_->env().GetFileSize(path, &size);
  if (status.IsNotFound() || status.IsPathNotFound() ||
      context_->env().FileExists(path).IsNotFound()) {
    return Damaged(place, "it is missing");
  }
  if (status.ok()) status = context_->env().NewRandomAccessFile(path, &disk->file, PlainFile());
  if (!status.ok()) return ReadError("opening " + path, status);
  if (size != EndOf(place.size)) {
    return Damaged(
        place, absl::StrCat("it has ", size, " bytes on the disk instead of ", EndOf(place.size)));
  }
  absl::StatusOr<ledger::FileKey> key = ReadFileKey(*disk->file, disk->seal);
  if (absl::IsDataLoss(key.status())) return Damaged(place, "its key does not open");
  if (!key.ok()) return key.status();
  disk->key = *std::move(key);
  return std::unique_ptr<EvidenceReader>(new EvidenceReader(std::move(disk)));
}

// --- The folder ---

EvidenceFiles::EvidenceFiles(const Database& database, Limits limits)
    : context_(new Context{*database.impl_}),
      limits_(limits),
      directory_(database.impl_->options.directory + "/files") {}

EvidenceFiles::~EvidenceFiles() {
  runtime::MutexLock hold(mutex_);
  TOCSIN_CHECK(writing_.empty());
}

std::string EvidenceFiles::PathOf(const EvidencePlace& place) const {
  TOCSIN_CHECK(IsItemName(place.item));
  return absl::StrCat(directory_, "/", static_cast<uint32_t>(place.org), "/",
                      HexEncode(place.incident.view()), "/", place.item);
}

bool EvidenceFiles::Claim(const std::string& path, size_t* others) {
  runtime::MutexLock hold(mutex_);
  *others = writing_.size();
  if (writing_.size() >= limits_.writers_max) return false;
  return writing_.try_emplace(path, 0).second;
}

void EvidenceFiles::SetSynced(const std::string& path, uint64_t bytes) {
  runtime::MutexLock hold(mutex_);
  writing_[path] = bytes;
}

void EvidenceFiles::Release(const std::string& path) {
  runtime::MutexLock hold(mutex_);
  writing_.erase(path);
}

absl::Status EvidenceFiles::CheckSpace(uint64_t bytes) const {
  uint64_t free = 0;
  // Where it cannot be told, the writing finds out.
  if (!context_->env().GetFreeSpace(context_->impl.options.directory, &free).ok()) {
    return absl::OkStatus();
  }
  const bool fits =
      free >= limits_.disk_reserve_bytes && free - limits_.disk_reserve_bytes >= bytes;
  return fits ? absl::OkStatus() : DiskFull();
}

absl::StatusOr<EvidenceFiles::Progress> EvidenceFiles::ProgressOf(
    const EvidencePlace& place) const {
  const std::string path = PathOf(place);
  {
    runtime::MutexLock hold(mutex_);
    const auto writing = writing_.find(path);
    if (writing != writing_.end()) return Progress{writing->second, /*under_way=*/true};
  }
  uint64_t size = 0;
  if (!context_->env().FileExists(path).ok()) return Progress{};
  rocksdb::Status status = context_->env().GetFileSize(path, &size);
  if (!status.ok()) return ReadError("reading " + path, status);
  const Progress progress{WholeBytes(size, place.size), /*under_way=*/false};
  if (progress.bytes == 0) return progress;
  // A server that ended in the middle may have left bytes in the memory of the machine only.
  std::unique_ptr<rocksdb::WritableFile> file;
  status = context_->env().ReopenWritableFile(path, &file, PlainFile());
  if (status.ok()) status = file->Sync();
  if (status.ok()) status = file->Close();
  if (!status.ok()) return NotWritten(path, status);
  return progress;
}

absl::StatusOr<std::unique_ptr<EvidenceWriter>> EvidenceFiles::Write(
    const EvidencePlace& place, uint64_t offset, const std::function<absl::Status()>& may_write) {
  const std::string path = PathOf(place);
  size_t others = 0;
  if (!Claim(path, &others)) {
    if (others >= limits_.writers_max) {
      return Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_UPLOADS",
                   "the server takes no more uploads at once", "Upload again in a moment.");
    }
    return Error(absl::StatusCode::kAborted, "UPLOAD_UNDER_WAY",
                 absl::StrCat("somebody is uploading ", place.item, " right now"),
                 "Wait until it is done; it goes on where it was if it is interrupted.");
  }
  // Releases the claim when it goes.
  std::unique_ptr<EvidenceWriter> writer(new EvidenceWriter(*this, place, path));
  TOCSIN_RETURN_IF_ERROR(may_write());
  TOCSIN_RETURN_IF_ERROR(writer->Open(offset));
  return writer;
}

EvidenceFiles::Swept EvidenceFiles::Sweep(absl::Time now, const IsStored& is_stored) {
  rocksdb::Env& env = context_->env();
  Swept swept;
  const auto sweep_item = [&](OrgNumber org, const IncidentId& incident, const std::string& item,
                              const std::string& path) {
    uint64_t seconds = 0;
    size_t others = 0;
    ++swept.kept;
    if (!env.GetFileModificationTime(path, &seconds).ok()) return;
    if (now - absl::FromUnixSeconds(static_cast<int64_t>(seconds)) < limits_.unfinished_age) return;
    if (!Claim(path, &others)) return;
    // Asked under the claim, so that it cannot become stored meanwhile.
    const absl::StatusOr<bool> stored = is_stored(org, incident, item);
    if (stored.ok() && !*stored && env.DeleteFile(path).ok()) {
      --swept.kept;
      ++swept.removed;
    }
    Release(path);
  };
  const auto orgs = ChildrenOf(env, directory_);
  if (!orgs.ok()) return swept;
  for (const std::string& org : *orgs) {
    uint32_t number = 0;
    const auto incidents = ChildrenOf(env, directory_ + "/" + org);
    if (!absl::SimpleAtoi(org, &number) || !incidents.ok()) continue;
    for (const std::string& incident : *incidents) {
      const std::string folder = directory_ + "/" + org + "/" + incident;
      const std::optional<std::string> id = HexDecode(incident);
      const auto items = ChildrenOf(env, folder);
      if (!id || id->size() != sizeof(IncidentId) || !items.ok()) continue;
      for (const std::string& item : *items) {
        if (!IsItemName(item)) continue;
        sweep_item(OrgNumber{number}, IncidentId::FromBytes(*id), item, folder + "/" + item);
      }
    }
  }
  return swept;
}

}  // namespace tocsin::store
