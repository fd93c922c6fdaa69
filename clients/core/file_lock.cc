#include "clients/core/file_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/core/private_file.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace tocsin::client {

absl::StatusOr<FileLock> FileLock::Take(const std::string& path, absl::Duration wait) {
  constexpr absl::Duration kPause = absl::Milliseconds(10);
  TOCSIN_RETURN_IF_ERROR(MakeDirectoryOf(path));
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return FileNotWritten(path, errno);
  FileLock lock(file);
  // A lock of the open file, not of the process: two threads of one program exclude each other,
  // too.
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  for (absl::Duration waited;; waited += kPause) {
    if (::fcntl(file, F_OFD_SETLK, &whole) == 0) return lock;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EACCES) return FileNotWritten(path, errno);
    if (waited >= wait) {
      return Error(absl::StatusCode::kAborted, "LOCK_TAKEN",
                   absl::StrCat("another tocsin holds ", path), "Try again in a moment.");
    }
    absl::SleepFor(kPause);
  }
}

FileLock::FileLock(FileLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

FileLock::~FileLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace tocsin::client
