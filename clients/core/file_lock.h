// One process at a time: a lock on a file that the kernel gives up when its holder ends, however it
// ends. Several terminals share one queue through it.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tocsin::client {

/// Held until the object goes. The file stays. Moves, does not copy.
class FileLock {
 public:
  /// Makes the file (0600) and its directory (0700) when they are missing. Waits at most `wait`.
  /// Errors: kAborted LOCK_TAKEN; kInternal FILE_NOT_WRITTEN.
  static absl::StatusOr<FileLock> Take(const std::string& path, absl::Duration wait);

  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  FileLock& operator=(FileLock&&) = delete;

 private:
  explicit FileLock(int file) : file_(file) {}

  int file_;
};

}  // namespace tocsin::client
