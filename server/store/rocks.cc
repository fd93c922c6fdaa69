#include "server/store/rocks.h"

#include <algorithm>

#include "rocksdb/cache.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/slice_transform.h"
#include "rocksdb/table.h"
#include "server/base/error.h"
#include "server/store/file_checksum.h"
#include "server/store/schema.h"

namespace tocsin::store {
namespace {

constexpr size_t kBlockBytes = 16 * 1024;
constexpr size_t kBlockCacheBytes = size_t{64} << 20;
constexpr double kBloomBitsPerKey = 10;
// Bounds what a start has to replay.
constexpr uint64_t kWalBytesMax = uint64_t{64} << 20;
constexpr size_t kMemtableBytesMax = size_t{32} << 20;
// The default of 1 MiB for each family would use up a third of kMemtableBytesMax before anything is
// stored.
constexpr size_t kArenaBlockBytes = size_t{256} << 10;
constexpr int kOpenFilesMax = 512;
// As many files as are merged at once, and at most as many as a read has to look into.
constexpr int kFilesToMerge = 8;
// Part of a memtable that its filter may take.
constexpr double kRequestFilterRatio = 0.02;

rocksdb::ColumnFamilyOptions CommonOptions(const TestOptions& test) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = test.write_buffer_bytes;
  options.arena_block_size = std::min(kArenaBlockBytes, test.write_buffer_bytes / 8);
  options.paranoid_file_checks = true;
  options.force_consistency_checks = true;
  // docs/adr/0009: by levels, each merge would write most of the log again.
  options.compaction_style = rocksdb::kCompactionStyleUniversal;
  options.level0_file_num_compaction_trigger = kFilesToMerge;
  // Ciphertext and hashes do not get smaller.
  options.compression = rocksdb::kNoCompression;
  rocksdb::BlockBasedTableOptions table;
  table.block_size = kBlockBytes;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// Rows whose keys only grow behind a prefix: RocksDB then finds the place of a new row in memory
// beside the last one instead of searching for it, which was a third of the writer's time.
// 0: the family has no such order.
size_t GrowingKeyPrefixBytes(Family which) {
  switch (which) {
    case Family::kEntry:
    case Family::kBody:
    case Family::kKey:
      return kIncidentKeyBytes;
    case Family::kLeaf:
      return kOrgPrefixBytes;
    case Family::kNode:
      return kNodeLevelPrefixBytes;
    default:
      return 0;
  }
}

// RocksDB's own log would write to the disk behind our back, and it is not ours to read.
class QuietLogger : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

}  // namespace

void ErrorListener::OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) {
  on_error_(error->ToString());
}

void ErrorListener::OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                                         bool* auto_recovery) {
  *auto_recovery = false;
}

rocksdb::DBOptions MakeDbOptions(rocksdb::Env* env,
                                 std::shared_ptr<rocksdb::EventListener> listener) {
  rocksdb::DBOptions options;
  options.env = env;
  options.info_log = std::make_shared<QuietLogger>();
  options.create_missing_column_families = true;
  // A torn last write is dropped, anything behind it too. What is lost that way the head file
  // notices.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.track_and_verify_wals_in_manifest = true;
  options.manual_wal_flush = false;
  options.recycle_log_file_num = 0;
  options.allow_2pc = false;
  options.enable_pipelined_write = false;
  options.unordered_write = false;
  options.two_write_queues = false;
  options.paranoid_checks = true;
  options.flush_verify_memtable_count = true;
  options.verify_sst_unique_id_in_manifest = true;
  options.file_checksum_gen_factory = FileChecksums();
  options.max_bgerror_resume_count = 0;
  options.listeners.push_back(std::move(listener));
  options.max_total_wal_size = kWalBytesMax;
  options.db_write_buffer_size = kMemtableBytesMax;
  options.max_open_files = kOpenFilesMax;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> MakeFamilies(const TestOptions& test) {
  const rocksdb::ColumnFamilyOptions common = CommonOptions(test);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (size_t i = 0; i < kFamilyNames.size(); ++i) {
    rocksdb::ColumnFamilyOptions options = common;
    const auto which = static_cast<Family>(i);
    if (const size_t prefix = GrowingKeyPrefixBytes(which); prefix > 0) {
      options.memtable_insert_with_hint_prefix_extractor.reset(
          rocksdb::NewFixedPrefixTransform(prefix));
    }
    if (which == Family::kRequest) {
      // Every command asks whether its id is known, and hardly ever it is.
      options.memtable_prefix_bloom_size_ratio = kRequestFilterRatio;
      options.memtable_whole_key_filtering = true;
    }
    families.emplace_back(std::string(kFamilyNames[i]), options);
  }
  return families;
}

absl::Status ReadError(std::string_view doing, const rocksdb::Status& status) {
  const std::string message = std::string(doing).append(" failed: ").append(status.ToString());
  if (status.IsIOError()) {
    return Error(absl::StatusCode::kUnavailable, "STORE_UNREADABLE", message,
                 "Check the disk and the rights on the store's directory, then try again.");
  }
  return Error(absl::StatusCode::kDataLoss, "STORE_DAMAGED", message,
               "Keep the store as evidence and restore a backup.");
}

}  // namespace tocsin::store
