// The head file: number of the last commit, and size and root of every log. It is written and
// synced after each commit and before anything is acknowledged, so a store that comes back with
// less has lost something, whatever RocksDB thinks. Two slots are written in turn: a torn write
// leaves the other one. Internal to server/store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/digest.h"
#include "server/base/ids.h"

namespace rocksdb {
class Env;
class RandomRWFile;
}  // namespace rocksdb

namespace tocsin::store {

struct LogHead {
  OrgNumber org{};
  uint64_t size = 0;
  Digest root;

  friend bool operator==(const LogHead&, const LogHead&) = default;
};

struct Head {
  uint64_t commit = 0;
  /// Record time of the commit's last entry; for people only.
  absl::Time wall = absl::UnixEpoch();
  /// By org, one for each.
  std::vector<LogHead> logs;

  friend bool operator==(const Head&, const Head&) = default;
};

/// nullptr when `head` has no such log.
const LogHead* FindLog(const Head& head, OrgNumber org);

/// Both slots have this size; room for kOrgsMax logs.
inline constexpr size_t kHeadSlotBytes = 64 * 1024;
/// What is written of a slot is a multiple of this.
inline constexpr size_t kHeadBlockBytes = 512;

/// prefix 16 | commit u64 | wall ns u64 | count u32 | (org u32 | size u64 | root 32)* | SHA-256 of
/// all that | zeros up to a multiple of kHeadBlockBytes.
std::string EncodeHead(const Head& head);
/// Reads the start of a slot; nullopt when it is not a whole, unharmed head.
std::optional<Head> DecodeHead(std::string_view slot);

/// The slots of a head file's bytes.
struct HeadSlots {
  /// The valid one with the larger commit number.
  std::optional<Head> newest;
  /// Its place, 0 or 1; 1 when there is none.
  size_t newest_slot = 1;
};
HeadSlots ReadHeadSlots(std::string_view file);

/// Thread-safety: none; the writer's.
class HeadFile {
 public:
  /// Makes the file with `head` in its first slot, durable with its directory entry once the caller
  /// has synced the directory. An existing file is replaced. `env` must outlive the result.
  static absl::StatusOr<std::unique_ptr<HeadFile>> Create(rocksdb::Env& env,
                                                          const std::string& path,
                                                          const Head& head);
  /// Opens it for writing; `newest_slot` is not the one that the next Write overwrites.
  static absl::StatusOr<std::unique_ptr<HeadFile>> Open(rocksdb::Env& env, const std::string& path,
                                                        size_t newest_slot);
  ~HeadFile();

  /// Overwrites the older slot and syncs it. Errors: kUnavailable with RocksDB's text; the file
  /// must not be written again then.
  absl::Status Write(const Head& head);

 private:
  HeadFile(std::unique_ptr<rocksdb::RandomRWFile> file, size_t next_slot);

  std::unique_ptr<rocksdb::RandomRWFile> file_;
  size_t next_slot_;
};

}  // namespace tocsin::store
