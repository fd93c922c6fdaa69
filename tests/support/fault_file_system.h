// A disk that breaks on demand. All files live in memory, and for each of them the disk knows what
// has been synced and what only the running machine sees. A power cut drops, tears, zeroes or
// garbles what was not synced, file by file, and forgets some of the names that were made since the
// directory was synced. The n-th write can fail, once or from then on; the disk can be full.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rocksdb/env.h"
#include "rocksdb/file_system.h"

namespace tocsin::testing {

/// What a power cut leaves of the writes to one file that were not synced.
enum class Tail { kDropped, kTorn, kZeroed, kGarbage };

enum class Fault { kIoError, kNoSpace };

/// Thread-safe. Directories themselves are durable at once; hard links are not supported.
class FaultFileSystem : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultFileSystem(uint64_t seed);
  ~FaultFileSystem() override;
  const char* Name() const override { return "FaultFileSystem"; }

  // Power.

  /// Writes, syncs, creations, renames and deletions so far; failed ones count.
  uint64_t changes() const;
  /// The power goes with the n-th change from now on (1 is the next one), which may or may not take
  /// effect. From then on everything fails.
  void CutPowerAt(uint64_t n);
  void CutPower();
  bool power_is_off() const;
  /// Comes back with what survived: `tail` for each file, drawn anew for each when it is absent.
  /// Files that were open before stay dead.
  void Restart(std::optional<Tail> tail = std::nullopt);

  // Faults.

  /// The n-th change from now on fails; `for_ever`: and all after it. After a failed sync the
  /// writes it was for are either durable or lost, and no later sync brings them back.
  void FailAt(uint64_t n, Fault fault, bool for_ever);
  /// Nothing fails any more.
  void Heal();
  bool fault_was_hit() const;
  /// Writes that would take the sum of all files above `bytes` fail with "no space".
  void SetCapacity(std::optional<uint64_t> bytes);

  // For damage by hand; all bytes are durable at once.

  std::vector<std::string> Files(const std::string& directory) const;
  std::string Read(const std::string& path) const;
  void Write(const std::string& path, std::string_view bytes);
  void Remove(const std::string& path);

  // rocksdb::FileSystem.
  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions&,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* result,
                                      rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions&,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                        rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions&,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext*) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions&,
                                       std::unique_ptr<rocksdb::FSWritableFile>* result,
                                       rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewRandomRWFile(const std::string& path, const rocksdb::FileOptions&,
                                    std::unique_ptr<rocksdb::FSRandomRWFile>* result,
                                    rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions&,
                                 std::unique_ptr<rocksdb::FSDirectory>* result,
                                 rocksdb::IODebugContext*) override;
  rocksdb::IOStatus FileExists(const std::string& path, const rocksdb::IOOptions&,
                               rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetChildren(const std::string& directory, const rocksdb::IOOptions&,
                                std::vector<std::string>* result,
                                rocksdb::IODebugContext*) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions&,
                               rocksdb::IODebugContext*) override;
  rocksdb::IOStatus Truncate(const std::string& path, size_t size, const rocksdb::IOOptions&,
                             rocksdb::IODebugContext*) override;
  rocksdb::IOStatus CreateDir(const std::string& path, const rocksdb::IOOptions&,
                              rocksdb::IODebugContext*) override;
  rocksdb::IOStatus CreateDirIfMissing(const std::string& path, const rocksdb::IOOptions&,
                                       rocksdb::IODebugContext*) override;
  rocksdb::IOStatus DeleteDir(const std::string& path, const rocksdb::IOOptions&,
                              rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetFileSize(const std::string& path, const rocksdb::IOOptions&, uint64_t* size,
                                rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetFileModificationTime(const std::string& path, const rocksdb::IOOptions&,
                                            uint64_t* time, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetAbsolutePath(const std::string& path, const rocksdb::IOOptions&,
                                    std::string* result, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus LinkFile(const std::string&, const std::string&, const rocksdb::IOOptions&,
                             rocksdb::IODebugContext*) override;
  rocksdb::IOStatus LockFile(const std::string& path, const rocksdb::IOOptions&,
                             rocksdb::FileLock** lock, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus UnlockFile(rocksdb::FileLock* lock, const rocksdb::IOOptions&,
                               rocksdb::IODebugContext*) override;
  rocksdb::IOStatus IsDirectory(const std::string& path, const rocksdb::IOOptions&, bool* result,
                                rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetFreeSpace(const std::string&, const rocksdb::IOOptions&, uint64_t* free,
                                 rocksdb::IODebugContext*) override;

 private:
  friend class SequentialFile;
  friend class RandomAccessFile;
  friend class WritableFile;
  friend class RandomRWFile;
  friend class DirectoryFile;

  struct Change {
    size_t offset = 0;
    std::string bytes;
    // Set: cut to this size instead.
    std::optional<size_t> truncate;
  };
  // A file's content, apart from its names.
  struct Node {
    std::string data;
    std::string synced;
    std::vector<Change> unsynced;
  };
  // A name that appears (node set) or goes.
  struct NameChange {
    std::string path;
    std::shared_ptr<Node> node;
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;

  static void Apply(std::string& content, const Change& change);
  static std::string DirectoryOf(const std::string& path);
  static rocksdb::IOStatus NotFound(const std::string& path);

  // All of the following need mutex_.

  /// Counts a change. `takes_effect` is also set for some that fail.
  rocksdb::IOStatus Begin(const std::string& path, bool* takes_effect);
  rocksdb::IOStatus BeginRead(const std::string& path, uint64_t generation) const;
  rocksdb::IOStatus ChangeNode(const std::string& path, Node& node, uint64_t generation,
                               Change change);
  rocksdb::IOStatus SyncNode(const std::string& path, Node& node, uint64_t generation);
  rocksdb::IOStatus SyncDirectory(const std::string& path, uint64_t generation);
  rocksdb::IOStatus ReadNode(const std::string& path, const Node& node, uint64_t generation,
                             uint64_t offset, size_t n, rocksdb::Slice* result,
                             char* scratch) const;
  rocksdb::IOStatus Open(const std::string& path, bool create, std::shared_ptr<Node>* node);
  void ApplyNames(Names& names, const std::vector<NameChange>& step) const;
  std::string Survivor(const Node& node, Tail tail);
  uint64_t TotalBytes() const;
  uint64_t Random(uint64_t below);

  mutable std::mutex mutex_;
  std::mt19937_64 random_;
  std::set<std::string> directories_;
  Names live_;
  Names durable_;
  // By directory; what happened to names since it was synced, in steps that are atomic.
  std::map<std::string, std::vector<std::vector<NameChange>>> unsynced_names_;
  std::set<std::string> locks_;
  uint64_t generation_ = 0;
  uint64_t changes_ = 0;
  std::optional<uint64_t> cut_at_;
  bool power_is_off_ = false;
  std::optional<uint64_t> fail_at_;
  Fault fault_ = Fault::kIoError;
  bool fails_for_ever_ = false;
  bool fault_was_hit_ = false;
  std::optional<uint64_t> capacity_;
};

}  // namespace tocsin::testing
