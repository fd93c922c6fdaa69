// The key files of organisations: `<org>.log.key` (seed of the log's signing key) and
// `<org>.epoch-<n>.key`, 32 raw bytes each, readable by their owner only. Internal to server/store.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace tocsin::store {

/// Thread-safety: none. `env` must outlive it.
class KeyFiles {
 public:
  /// `on_disk`: the files are the machine's own, so that they have owners and rights.
  KeyFiles(rocksdb::Env& env, std::string directory, bool on_disk)
      : env_(env), directory_(std::move(directory)), on_disk_(on_disk) {}

  static std::string LogKeyName(std::string_view org);
  static std::string EpochKeyName(std::string_view org, uint32_t epoch);

  /// True when the directory holds any key.
  bool HasAny() const;

  /// Writes a new key file and syncs it; SyncDirectory makes its name durable. Errors:
  /// kFailedPrecondition, reason KEY_EXISTS; kUnavailable when the disk refuses.
  absl::Status Create(const std::string& name, std::string_view key) const;
  absl::Status SyncDirectory() const;

  /// The 32 bytes. Errors: kFailedPrecondition, reason KEY_MISSING, KEY_EXPOSED, KEY_WRONG (another
  /// size); kUnavailable when the disk refuses.
  absl::StatusOr<std::string> Read(const std::string& name) const;

 private:
  std::string PathOf(const std::string& name) const { return directory_ + "/" + name; }

  rocksdb::Env& env_;
  std::string directory_;
  bool on_disk_;
};

/// Makes the names of new files in `directory` durable.
absl::Status SyncDirectory(rocksdb::Env& env, const std::string& directory);

}  // namespace tocsin::store
