#include "server/store/key_files.h"

#include <filesystem>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rocksdb/env.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/store/rocks.h"

namespace tocsin::store {
namespace {

namespace fs = std::filesystem;

constexpr size_t kKeyBytes = 32;
constexpr std::string_view kSuffix = ".key";
constexpr fs::perms kOwnerOnly = fs::perms::owner_read | fs::perms::owner_write;

absl::Status Refused(const std::string& path, const rocksdb::Status& status) {
  return ReadError("using the key file " + path, status);
}

}  // namespace

std::string KeyFiles::LogKeyName(std::string_view org) {
  return absl::StrCat(ToAbsl(org), ".log", ToAbsl(kSuffix));
}

std::string KeyFiles::EpochKeyName(std::string_view org, uint32_t epoch) {
  return absl::StrCat(ToAbsl(org), ".epoch-", epoch, ToAbsl(kSuffix));
}

bool KeyFiles::HasAny() const {
  std::vector<std::string> names;
  if (!env_.GetChildren(directory_, &names).ok()) return false;
  for (const std::string& name : names) {
    if (name.ends_with(kSuffix)) return true;
  }
  return false;
}

absl::Status KeyFiles::Create(const std::string& name, std::string_view key) const {
  const std::string path = PathOf(name);
  if (env_.FileExists(path).ok()) {
    return FailedPrecondition(
        "KEY_EXISTS", "the key file " + path + " exists already; older entries may need it",
        "Move it to a safe place if no store needs it any more, then create it again.");
  }
  // Under another name until it is whole: a key file is complete or not there.
  const std::string draft = path + ".new";
  std::unique_ptr<rocksdb::WritableFile> file;
  rocksdb::Status status = env_.NewWritableFile(draft, &file, rocksdb::EnvOptions());
  if (status.ok() && on_disk_) {
    std::error_code error;
    fs::permissions(draft, kOwnerOnly, error);
    if (error) status = rocksdb::Status::IOError(error.message());
  }
  if (status.ok()) status = file->Append(ToSlice(key));
  if (status.ok()) status = file->Fsync();
  if (status.ok()) status = file->Close();
  if (status.ok()) status = env_.RenameFile(draft, path);
  return status.ok() ? absl::OkStatus() : Refused(path, status);
}

absl::Status KeyFiles::SyncDirectory() const {
  return store::SyncDirectory(env_, directory_);
}

absl::StatusOr<std::string> KeyFiles::Read(const std::string& name) const {
  const std::string path = PathOf(name);
  if (env_.FileExists(path).IsNotFound()) {
    return FailedPrecondition("KEY_MISSING", "the key file " + path + " is missing",
                              "Put it back from the place where the keys are kept.");
  }
  if (on_disk_) {
    std::error_code error;
    const fs::perms perms = fs::status(path, error).permissions();
    if (error || (perms & (fs::perms::group_all | fs::perms::others_all)) != fs::perms::none) {
      return FailedPrecondition("KEY_EXPOSED",
                                "the key file " + path + " can be used by others than its owner",
                                "Run: chmod 600 " + path + ". Consider the key as known to them.");
    }
  }
  std::string key;
  const rocksdb::Status status = rocksdb::ReadFileToString(&env_, path, &key);
  if (!status.ok()) return Refused(path, status);
  if (key.size() != kKeyBytes) {
    return FailedPrecondition(
        "KEY_WRONG", ToStd(absl::StrCat("the key file ", path, " has not ", kKeyBytes, " bytes")),
        "Put the right file back from the place where the keys are kept.");
  }
  return key;
}

absl::Status SyncDirectory(rocksdb::Env& env, const std::string& directory) {
  std::unique_ptr<rocksdb::Directory> opened;
  rocksdb::Status status = env.NewDirectory(directory, &opened);
  if (status.ok()) status = opened->Fsync();
  return status.ok() ? absl::OkStatus() : ReadError("syncing " + directory, status);
}

}  // namespace tocsin::store
