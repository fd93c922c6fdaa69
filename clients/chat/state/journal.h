// A file of records that are on disk before anybody is told so. What is written together is a line:
// a checksum and the records. Opening reads them all; a last line that a crash cut short is
// dropped, because nobody was told that it was written. Anything else that does not check out is
// damage, and is refused.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tocsin::chat {

/// One process at a time has it open. Not thread-safe.
class Journal {
 public:
  /// Opens `directory`/journal, making both (0700, 0600) when they are missing, and hands every
  /// record to `replay` in order; its error ends the opening. Errors: kFailedPrecondition
  /// STATE_IN_USE; kDataLoss STATE_DAMAGED with the place; kPermissionDenied FILE_NOT_PRIVATE;
  /// kInternal FILE_NOT_WRITTEN, FILE_NOT_READ.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(
      const std::string& directory, const std::function<absl::Status(std::string_view)>& replay);
  /// Append no longer syncs: for tests of many thousand records.
  void DoNotSyncForTest() { sync_ = false; }
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Writes the records and syncs: all of them or, after a crash, none. None holds a character
  /// below U+0020 (JSON never does). Errors: kInternal FILE_NOT_WRITTEN; from then on every Append
  /// fails, because what a failed sync left on disk is not known.
  absl::Status Append(const std::vector<std::string>& records);

  /// Replaces all records by these, whole or not at all. Errors: as Append.
  absl::Status Replace(const std::vector<std::string>& records);

  /// Bytes in the file.
  size_t size() const { return size_; }

 private:
  Journal(std::string directory, int lock) : directory_(std::move(directory)), lock_(lock) {}

  absl::Status Poison(const std::string& what, int error);

  std::string directory_;
  int lock_;
  int file_ = -1;
  size_t size_ = 0;
  bool sync_ = true;
  absl::Status broken_;
};

}  // namespace tocsin::chat
