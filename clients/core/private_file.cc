#include "clients/core/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"

namespace tocsin::client {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0700;

absl::Status NotRead(const std::string& path, int error) {
  if (error == ENOENT) {
    return NotFound("FILE_NOT_FOUND", absl::StrCat(path, " does not exist"), "Check the path.");
  }
  return Error(absl::StatusCode::kInternal, "FILE_NOT_READ",
               absl::StrCat("cannot read ", path, ": ", std::strerror(error)),
               "Check the file's owner and mode.");
}

// The entry of a new directory is synced, too: what is written into it is not on disk before that.
absl::Status MakeDirectory(const std::filesystem::path& directory) {
  std::error_code error;
  if (directory.empty() || std::filesystem::is_directory(directory, error)) {
    return absl::OkStatus();
  }
  TOCSIN_RETURN_IF_ERROR(MakeDirectory(directory.parent_path()));
  if (::mkdir(directory.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
    return FileNotWritten(directory.string(), errno);
  }
  return SyncDirectory(directory.parent_path().string());
}

bool WriteAll(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

absl::Status TooLarge(const std::string& path, size_t bytes_max) {
  return InvalidArgument("FILE_TOO_LARGE",
                         absl::StrCat(path, " is larger than ", bytes_max, " bytes"),
                         "Check that it is the file you mean.");
}

absl::StatusOr<std::string> ReadAll(int file, const std::string& path, size_t bytes_max) {
  std::string content;
  char buffer[65536];
  for (;;) {
    const ssize_t count = ::read(file, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return NotRead(path, errno);
    if (count == 0) return content;
    content.append(buffer, static_cast<size_t>(count));
    if (content.size() > bytes_max) return TooLarge(path, bytes_max);
  }
}

}  // namespace

absl::Status FileNotWritten(const std::string& path, int error) {
  return Error(absl::StatusCode::kInternal, "FILE_NOT_WRITTEN",
               absl::StrCat("cannot write ", path, ": ", std::strerror(error)),
               "Check the directory's owner and the free space, then try again.");
}

absl::Status MakeDirectoryOf(const std::string& path) {
  return MakeDirectory(std::filesystem::path(path).parent_path());
}

absl::Status SyncDirectory(const std::string& directory) {
  const std::string path = directory.empty() ? "." : directory;
  const int file = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return FileNotWritten(path, errno);
  const int result = ::fsync(file);
  const int error = errno;
  ::close(file);
  return result == 0 ? absl::OkStatus() : FileNotWritten(path, error);
}

absl::Status RemoveFile(const std::string& path) {
  if (::unlink(path.c_str()) != 0)
    return errno == ENOENT ? NotRead(path, ENOENT) : FileNotWritten(path, errno);
  return absl::OkStatus();
}

absl::Status WritePrivateFile(const std::string& path, std::string_view content) {
  TOCSIN_RETURN_IF_ERROR(MakeDirectoryOf(path));
  std::string temporary = absl::StrCat(path, ".XXXXXX");
  const int file = ::mkostemp(temporary.data(), O_CLOEXEC);  // mode 0600
  if (file < 0) return FileNotWritten(path, errno);
  auto remove = absl::MakeCleanup([&temporary] { ::unlink(temporary.c_str()); });
  const bool written =
      WriteAll(file, content) && ::fchmod(file, kFileMode) == 0 && ::fsync(file) == 0;
  const int error = errno;
  if (::close(file) != 0 || !written) return FileNotWritten(path, written ? errno : error);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return FileNotWritten(path, errno);
  std::move(remove).Cancel();
  return SyncDirectory(std::filesystem::path(path).parent_path());
}

absl::StatusOr<std::string> ReadPrivateFile(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return NotRead(path, errno);
  const auto close = absl::MakeCleanup([file] { ::close(file); });
  struct stat state {};
  if (::fstat(file, &state) != 0) return NotRead(path, errno);
  if (state.st_uid != ::geteuid()) {
    return Error(absl::StatusCode::kPermissionDenied, "FILE_NOT_PRIVATE",
                 absl::StrCat(path, " belongs to another user"),
                 absl::StrCat("Remove it and enrol again, or: chown $USER ", path));
  }
  if ((state.st_mode & 0077) != 0) {
    return Error(absl::StatusCode::kPermissionDenied, "FILE_NOT_PRIVATE",
                 absl::StrCat(path, " can be read by others"), absl::StrCat("chmod 600 ", path));
  }
  constexpr size_t kPrivateBytesMax = 4 << 20;
  return ReadAll(file, path, kPrivateBytesMax);
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path, size_t bytes_max) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return NotRead(path, errno);
  const auto close = absl::MakeCleanup([file] { ::close(file); });
  // What says that it is too large is not read first. A pipe says nothing.
  struct stat state {};
  if (::fstat(file, &state) == 0 && state.st_size > 0 &&
      static_cast<uint64_t>(state.st_size) > bytes_max) {
    return TooLarge(path, bytes_max);
  }
  return ReadAll(file, path, bytes_max);
}

}  // namespace tocsin::client
