#include "server/main/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/view.h"

namespace tocsin::server {
namespace {

constexpr size_t kBytesMax = size_t{1} << 20;
constexpr size_t kStepBytes = size_t{64} << 10;

absl::Status NotWritten(const std::string& path, int error) {
  return Error(absl::StatusCode::kUnavailable, "FILE_NOT_WRITTEN",
               absl::StrCat("cannot write ", path, ": ", std::strerror(error)),
               "Check the folder's rights and the free space.");
}

absl::Status WriteAll(int file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return NotWritten(path, errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(file) == 0 ? absl::OkStatus() : NotWritten(path, errno);
}

absl::Status NotReadable(const std::string& path, std::string_view cause) {
  return Error(absl::StatusCode::kUnavailable, "FILE_NOT_READABLE",
               absl::StrCat("cannot read ", path, ": ", ToAbsl(cause)),
               "Check its owner and rights.");
}

absl::StatusOr<std::string> ReadAll(int file, const std::string& path) {
  std::string bytes;
  for (;;) {
    const size_t known = bytes.size();
    bytes.resize(known + kStepBytes);
    const ssize_t size = read(file, bytes.data() + known, kStepBytes);
    const int error = errno;
    bytes.resize(known + static_cast<size_t>(std::max<ssize_t>(size, 0)));
    if (size < 0 && error == EINTR) continue;
    if (size < 0) return NotReadable(path, std::strerror(error));
    if (size == 0) return bytes;
    if (bytes.size() > kBytesMax) return NotReadable(path, "it is larger than 1 MiB");
  }
}

// Makes the rename durable. A folder that cannot be synced has still been renamed in.
void SyncFolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  fsync(file);
  close(file);
}

}  // namespace

absl::Status WriteWholeFile(const std::string& path, std::string_view bytes, Access access) {
  const std::string fresh = path + ".new";
  const mode_t mode = access == Access::kPrivate ? 0600 : 0644;
  const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (file < 0) return NotWritten(path, errno);
  fchmod(file, mode);
  absl::Status status = WriteAll(file, bytes, path);
  close(file);
  if (status.ok() && std::rename(fresh.c_str(), path.c_str()) != 0) {
    status = NotWritten(path, errno);
  }
  if (!status.ok()) {
    unlink(fresh.c_str());
    return status;
  }
  SyncFolderOf(path);
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) {
    return NotFound("FILE_MISSING", absl::StrCat(path, " is not there"), "Put it back.");
  }
  if (file < 0) return NotReadable(path, std::strerror(errno));
  absl::StatusOr<std::string> bytes = ReadAll(file, path);
  close(file);
  return bytes;
}

absl::StatusOr<std::string> ReadPrivateFile(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return FailedPrecondition(
        "KEY_EXPOSED", absl::StrCat(path, " can be read by others"),
        absl::StrCat("chmod 600 ", path, ", and think about who may have read it."));
  }
  return ReadWholeFile(path);
}

absl::Status MakeDirectory(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0) return absl::OkStatus();
  const int error = errno;
  struct stat info {};
  if (error != EEXIST || stat(path.c_str(), &info) != 0) return NotWritten(path, error);
  return S_ISDIR(info.st_mode) ? absl::OkStatus() : NotWritten(path, ENOTDIR);
}

}  // namespace tocsin::server
