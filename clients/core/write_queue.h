// The offline queue: writes that could not reach the server, on this disk until it has them. Each
// lies in a file of its own that is written whole or not at all, carries a hash of itself, and is
// removed only after the server's answer; what cannot be read is named and kept. docs/cli.md shows
// the format.
//
//   queue/default-ada-1f2e…/q-00000007.json
//   line 1: {"format":"tocsin-queue/1","number":7,"method":"RecordEntry","request":{…},…}
//   line 2: sha256 HEX            of "tocsin/queue/v1\n" and line 1 without its newline
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/core/context.h"
#include "clients/core/file_lock.h"

namespace tocsin::client {

/// That the server said no to a queued write.
struct QueueRefusal {
  std::string message;
  std::string next_step;
  absl::Time time;
};

/// One write that waits.
struct QueuedWrite {
  /// Given by Add; rises and is never used twice.
  uint64_t number = 0;
  /// Name of the request's message, "RecordEntryRequest".
  std::string method;
  std::string request_id;
  /// This computer's clock when the person wrote it.
  absl::Time claimed_time;
  /// Where it was meant to go; for people only.
  std::string server;
  std::string organisation;
  std::string handle;
  /// The request as JSON, one line.
  std::string request;
  /// Set: it is not sent again by itself.
  std::optional<QueueRefusal> refusal;
};

/// A file of the queue that cannot be read, and why.
struct BrokenQueueFile {
  std::string path;
  std::string why;
};

struct QueueContent {
  /// In the order they were written.
  std::vector<QueuedWrite> writes;
  std::vector<BrokenQueueFile> broken;
};

/// "q-7".
std::string QueueName(uint64_t number);

/// Objects on one directory, in several processes or threads, may be used at once.
class WriteQueue {
 public:
  static constexpr size_t kWritesMax = 10'000;

  /// The queue in `directory`. Does not touch the disk.
  explicit WriteQueue(std::string directory) : directory_(std::move(directory)) {}
  /// The queue of the context's account, whatever address the server has now.
  /// Errors: as StateDirectory.
  static absl::StatusOr<WriteQueue> Of(const Environment& environment, const Context& context);

  const std::string& directory() const { return directory_; }

  /// Stores `write`, fsynced, and gives its number. When a write with the same request id waits
  /// already, nothing is stored and its number is given if it is the same, else kAborted
  /// REQUEST_ID_REUSED. Errors: kInternal FILE_NOT_WRITTEN; kResourceExhausted QUEUE_FULL: nothing
  /// is stored.
  absl::StatusOr<uint64_t> Add(QueuedWrite write) const;

  /// Everything that is there; empty when the directory is missing. Errors: kInternal
  /// FILE_NOT_READ, kAborted LOCK_TAKEN.
  absl::StatusOr<QueueContent> Read() const;

  /// Takes a write away: a person gave it up. Errors: kNotFound NOT_IN_QUEUE; kInternal
  /// FILE_NOT_WRITTEN.
  absl::Status Remove(uint64_t number) const;
  /// Takes a write away that the server has. Not fsynced: one that is there again after a crash is
  /// sent again, and its request id makes the server record it once. Errors: as Remove.
  absl::Status RemoveSent(uint64_t number) const;
  /// Stores `write` again, with its refusal. Errors: kInternal FILE_NOT_WRITTEN.
  absl::Status Update(const QueuedWrite& write) const;

  /// Whoever sends holds this, so that two terminals do not send the same writes side by side.
  /// Errors: kAborted LOCK_TAKEN after `wait`; kInternal FILE_NOT_WRITTEN.
  absl::StatusOr<FileLock> LockForSending(absl::Duration wait) const;

 private:
  std::string PathOf(uint64_t number) const;
  absl::StatusOr<FileLock> Lock() const;
  absl::StatusOr<QueueContent> ReadLocked() const;
  absl::StatusOr<uint64_t> NextNumber(const QueueContent& content) const;

  std::string directory_;
};

}  // namespace tocsin::client
