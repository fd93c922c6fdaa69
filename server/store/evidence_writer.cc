#include <filesystem>
#include <optional>
#include <utility>

#include "server/base/check.h"
#include "server/base/running_digest.h"
#include "server/base/status_macros.h"
#include "server/store/evidence_files.h"
#include "server/store/evidence_layout.h"
#include "server/store/key_files.h"
#include "server/store/rocks.h"

namespace tocsin::store {
namespace {

namespace fs = std::filesystem;

// What may be lost when the power goes. A sync costs a few milliseconds, so it is not for each
// piece.
constexpr uint64_t kSyncBytes = uint64_t{4} << 20;
// One step of checking what is there: short enough for others to have their turn.
constexpr int kChecksAtOnce = 16;

absl::Status Moved(const EvidencePlace& place, uint64_t bytes) {
  return Error(absl::StatusCode::kAborted, "UPLOAD_MOVED",
               absl::StrCat("of ", place.item, " there are only ", bytes, " bytes here"),
               "Upload again; it goes on where it was.");
}

// Makes what is missing of a folder's path below `root`, private, with names that are durable.
rocksdb::Status MakeFolders(rocksdb::Env& env, bool on_disk, const fs::path& root,
                            const fs::path& folder) {
  if (env.FileExists(folder.string()).ok()) return rocksdb::Status::OK();
  if (folder != root) {
    rocksdb::Status above = MakeFolders(env, on_disk, root, folder.parent_path());
    if (!above.ok()) return above;
  }
  rocksdb::Status status = env.CreateDirIfMissing(folder.string());
  if (status.ok() && on_disk) {
    std::error_code error;
    fs::permissions(folder, fs::perms::owner_all, error);
    if (error) status = rocksdb::Status::IOError(error.message());
  }
  if (status.ok() && !SyncDirectory(env, folder.parent_path().string()).ok()) {
    status = rocksdb::Status::IOError("syncing the folder of " + folder.string());
  }
  return status;
}

}  // namespace

struct EvidenceWriter::Disk {
  explicit Disk(const EvidenceFiles::Context& context_in) : context(context_in) {}

  const EvidenceFiles::Context& context;
  EvidenceSeal seal;
  std::optional<ledger::FileKey> key;
  std::unique_ptr<rocksdb::WritableFile> file;
  // While there is something to check.
  std::unique_ptr<rocksdb::RandomAccessFile> kept;
  RunningDigest digest;
  /// A write or a sync failed: nothing may follow it.
  bool broken = false;

  /// Drops what follows the first `bytes` of the original.
  rocksdb::Status CutTo(const std::string& path, uint64_t bytes);
};

EvidenceWriter::EvidenceWriter(EvidenceFiles& files, EvidencePlace place, std::string path)
    : files_(files),
      place_(std::move(place)),
      path_(std::move(path)),
      disk_(std::make_unique<Disk>(*files.context_)) {}

EvidenceWriter::~EvidenceWriter() {
  if (disk_->file && !disk_->broken && position_ > synced_ && ready()) {
    // What arrived before an interruption need not be sent again. When it cannot be kept, it is.
    static_cast<void>(Sync());
  }
  disk_->file.reset();
  files_.Release(path_);
}

absl::Status EvidenceWriter::Open(uint64_t offset) {
  rocksdb::Env& env = disk_->context.env();
  if (offset > place_.size || (offset < place_.size && offset % ledger::kFileChunkBytes != 0)) {
    return InvalidArgument("BAD_OFFSET",
                           absl::StrCat("no piece of ", place_.item, " begins at ", offset),
                           "Ask where the upload goes on.");
  }
  TOCSIN_RETURN_IF_ERROR(files_.CheckSpace(place_.size - offset));
  TOCSIN_ASSIGN_OR_RETURN(disk_->seal, disk_->context.SealOf(place_));
  if (offset == 0) return Create();

  uint64_t on_disk = 0;
  if (!env.FileExists(path_).ok()) return Moved(place_, 0);
  rocksdb::Status status = env.GetFileSize(path_, &on_disk);
  if (status.ok()) status = env.NewRandomAccessFile(path_, &disk_->kept, PlainFile());
  if (!status.ok()) return ReadError("opening " + path_, status);
  const uint64_t there = WholeBytes(on_disk, place_.size);
  if (offset > there) return Moved(place_, there);
  absl::StatusOr<ledger::FileKey> key = ReadFileKey(*disk_->kept, disk_->seal);
  if (absl::IsDataLoss(key.status())) {
    TOCSIN_RETURN_IF_ERROR(Discard());
    return Moved(place_, 0);
  }
  if (!key.ok()) return key.status();
  disk_->key = *std::move(key);
  status = env.ReopenWritableFile(path_, &disk_->file, PlainFile());
  if (status.ok() && on_disk > EndOf(offset)) status = disk_->file->Truncate(EndOf(offset));
  if (status.ok()) status = disk_->file->Sync();
  if (!status.ok()) return NotWritten(path_, status);
  kept_ = synced_ = offset;
  files_.SetSynced(path_, synced_);
  return absl::OkStatus();
}

absl::Status EvidenceWriter::Create() {
  rocksdb::Env& env = disk_->context.env();
  const bool on_disk = disk_->context.on_disk();
  const fs::path folder = fs::path(path_).parent_path();
  rocksdb::Status status = MakeFolders(env, on_disk, files_.directory(), folder);
  if (status.ok() && env.FileExists(path_).ok()) status = env.DeleteFile(path_);
  if (status.ok()) status = env.NewWritableFile(path_, &disk_->file, PlainFile());
  if (status.ok() && on_disk) {
    std::error_code error;
    fs::permissions(path_, fs::perms::owner_read | fs::perms::owner_write, error);
    if (error) status = rocksdb::Status::IOError(error.message());
  }
  disk_->key = ledger::FileKey::Make(runtime::RandomBytes);
  std::string header(kFileMagic);
  header += EncodeWrappedKey(disk_->key->Wrap(*disk_->seal.epoch_key));
  TOCSIN_CHECK(header.size() == kFileHeaderBytes);
  if (status.ok()) status = disk_->file->Append(ToSlice(header));
  if (status.ok()) status = disk_->file->Sync();
  if (!status.ok()) return NotWritten(path_, status);
  return SyncDirectory(env, folder.string());
}

absl::Status EvidenceWriter::CheckNext() {
  for (int i = 0; i < kChecksAtOnce && !ready(); ++i) {
    const absl::StatusOr<std::string> bytes = ReadChunk(
        *disk_->kept, *disk_->key, disk_->seal.place, position_ / ledger::kFileChunkBytes);
    if (absl::IsDataLoss(bytes.status())) {
      disk_->broken = true;
      const rocksdb::Status cut = disk_->CutTo(path_, position_);
      if (!cut.ok()) return NotWritten(path_, cut);
      return Error(absl::StatusCode::kAborted, "UPLOAD_DAMAGED",
                   absl::StrCat("of what was uploaded of ", place_.item, ", ", position_,
                                " bytes are undamaged"),
                   "Upload again; it goes on there.");
    }
    if (!bytes.ok()) return bytes.status();
    disk_->digest.Add(*bytes);
    position_ += bytes->size();
  }
  if (ready()) disk_->kept.reset();
  return absl::OkStatus();
}

absl::Status EvidenceWriter::Append(std::string_view bytes) {
  TOCSIN_CHECK(ready());
  const uint64_t index = position_ / ledger::kFileChunkBytes;
  if (position_ == place_.size || bytes.size() != ChunkBytes(place_.size, index)) {
    return InvalidArgument("BAD_CHUNK",
                           absl::StrCat("a piece of ", bytes.size(), " bytes cannot follow ",
                                        position_, " of ", place_.size),
                           "Send pieces of 65536 bytes, and as many as the file has.");
  }
  const std::string box = disk_->key->Seal(bytes, disk_->seal.place, index, runtime::RandomBytes);
  const rocksdb::Status status = disk_->file->Append(ToSlice(box));
  if (!status.ok()) {
    disk_->broken = true;
    return NotWritten(path_, status);
  }
  disk_->digest.Add(bytes);
  position_ += bytes.size();
  if (position_ - synced_ < kSyncBytes) return absl::OkStatus();
  TOCSIN_RETURN_IF_ERROR(Sync());
  return files_.CheckSpace(0);
}

absl::Status EvidenceWriter::Sync() {
  const rocksdb::Status status = disk_->file->Sync();
  if (status.ok()) {
    synced_ = position_;
    files_.SetSynced(path_, synced_);
    return absl::OkStatus();
  }
  // The kernel may take what it could not write for written. Nothing of it may be trusted.
  disk_->broken = true;
  disk_->file.reset();
  rocksdb::Env& env = disk_->context.env();
  if (!disk_->CutTo(path_, synced_).ok()) static_cast<void>(env.DeleteFile(path_));
  return NotWritten(path_, status);
}

rocksdb::Status EvidenceWriter::Disk::CutTo(const std::string& path, uint64_t bytes) {
  std::unique_ptr<rocksdb::WritableFile> whole;
  rocksdb::Status status = context.env().ReopenWritableFile(path, &whole, PlainFile());
  if (status.ok()) status = whole->Truncate(EndOf(bytes));
  if (status.ok()) status = whole->Sync();
  return status;
}

absl::StatusOr<Digest> EvidenceWriter::Finish() {
  TOCSIN_CHECK(ready());
  if (position_ != place_.size) {
    return Error(
        absl::StatusCode::kAborted, "UPLOAD_INCOMPLETE",
        absl::StrCat("of ", place_.item, " there are ", position_, " of ", place_.size, " bytes"),
        "Upload again; it goes on there.");
  }
  TOCSIN_RETURN_IF_ERROR(Sync());
  return disk_->digest.Finish();
}

absl::Status EvidenceWriter::Discard() {
  disk_->broken = true;
  disk_->file.reset();
  rocksdb::Env& env = disk_->context.env();
  const rocksdb::Status status = env.DeleteFile(path_);
  if (!status.ok()) return NotWritten(path_, status);
  return SyncDirectory(env, fs::path(path_).parent_path().string());
}

}  // namespace tocsin::store
