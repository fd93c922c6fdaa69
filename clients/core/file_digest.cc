#include "clients/core/file_digest.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/running_digest.h"
#include "server/base/status_macros.h"

namespace tocsin::client {
namespace {

constexpr size_t kPieceBytes = size_t{1} << 20;

absl::Status NotRead(const std::string& path, int error) {
  if (error == ENOENT || error == ENOTDIR) {
    return NotFound("FILE_NOT_FOUND", absl::StrCat(path, " does not exist"), "Check the path.");
  }
  return Error(absl::StatusCode::kInternal, "FILE_NOT_READ",
               absl::StrCat("cannot read ", path, ": ", std::strerror(error)),
               "Check the file's owner and mode.");
}

absl::Status Changed(const std::string& path) {
  return Error(absl::StatusCode::kAborted, "FILE_CHANGED",
               absl::StrCat(path, " changed while it was read"),
               "Nothing was recorded. Hash a copy that nobody writes to.");
}

absl::Status CheckPlain(const std::string& path, const struct stat& state) {
  const char* what = "a device; image it into a file";
  if (S_ISREG(state.st_mode)) return absl::OkStatus();
  if (S_ISLNK(state.st_mode)) what = "a symbolic link; name the file that it points to";
  if (S_ISDIR(state.st_mode)) what = "a folder; put it into an archive";
  if (S_ISFIFO(state.st_mode)) what = "a pipe; write it to a file";
  if (S_ISSOCK(state.st_mode)) what = "a socket";
  return InvalidArgument("NOT_A_FILE", absl::StrCat(path, " is ", what),
                         "Evidence is one plain file, or a hash: --sha256 HEX --size BYTES.");
}

bool SameContent(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec && a.st_ctim.tv_sec == b.st_ctim.tv_sec &&
         a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

}  // namespace

absl::StatusOr<HashedFile> HashFile(const std::string& path, const HashProgress& progress) {
  struct stat before {};
  if (::lstat(path.c_str(), &before) != 0) return NotRead(path, errno);
  TOCSIN_RETURN_IF_ERROR(CheckPlain(path, before));
  // Whatever took its place since: a link is not followed, a pipe not waited for.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) return NotRead(path, errno);
  const auto close = absl::MakeCleanup([file] { ::close(file); });
  if (::fstat(file, &before) != 0) return NotRead(path, errno);
  TOCSIN_RETURN_IF_ERROR(CheckPlain(path, before));
  const auto total = static_cast<uint64_t>(before.st_size);

  RunningDigest sum;
  HashedFile hashed;
  std::vector<char> piece(kPieceBytes);
  for (;;) {
    const ssize_t read = ::read(file, piece.data(), piece.size());
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return NotRead(path, errno);
    if (read == 0) break;
    sum.Add({piece.data(), static_cast<size_t>(read)});
    hashed.size += static_cast<uint64_t>(read);
    // One that grows all the time would never end.
    if (hashed.size > total) return Changed(path);
    if (progress) progress(hashed.size, total);
  }
  struct stat after {};
  if (::fstat(file, &after) != 0) return NotRead(path, errno);
  if (hashed.size != total || !SameContent(before, after)) return Changed(path);
  hashed.digest = sum.Finish();
  return hashed;
}

}  // namespace tocsin::client
