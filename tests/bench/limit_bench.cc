// The limit L(n) that durable appends are measured against: RocksDB alone, with the server's
// options and nothing of the server. n logical callers without threads of their own hand entries to
// one thread, which writes all that wait in one batch with one sync and calls each caller back.
// There is no network, no hashing, no decision: what remains is what this disk and RocksDB can do.
//
//   limit_bench append    --dir DIR --callers N --seconds S    L(N)
//   limit_bench fdatasync --dir DIR --seconds S                append 700 bytes + fdatasync, no
//   RocksDB
#include <fcntl.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/measure.h"

namespace tocsin::bench {
namespace {

constexpr size_t kValueBytes = 600;
constexpr size_t kAppendsMax = 50'000'000;

// The same settings as server/store/rocks.cc, written down again so that the limit shares no code
// with what is measured against it.
rocksdb::Options ServerOptions() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.track_and_verify_wals_in_manifest = true;
  options.paranoid_checks = true;
  options.paranoid_file_checks = true;
  options.flush_verify_memtable_count = true;
  options.verify_sst_unique_id_in_manifest = true;
  options.force_consistency_checks = true;
  options.compaction_style = rocksdb::kCompactionStyleUniversal;
  options.level0_file_num_compaction_trigger = 8;
  options.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  options.max_total_wal_size = uint64_t{64} << 20;
  options.db_write_buffer_size = size_t{32} << 20;
  options.write_buffer_size = size_t{8} << 20;
  options.arena_block_size = size_t{256} << 10;
  options.max_open_files = 512;
  options.compression = rocksdb::kNoCompression;
  rocksdb::BlockBasedTableOptions table;
  table.block_size = 16 * 1024;
  table.block_cache = rocksdb::NewLRUCache(size_t{64} << 20);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

std::unique_ptr<rocksdb::DB> OpenDatabase(const std::string& directory) {
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(ServerOptions(), directory, &opened);
  if (!status.ok()) Fail("cannot open " + directory + ": " + status.ToString());
  return std::unique_ptr<rocksdb::DB>(opened);
}

struct Append {
  std::string key;
  std::string value;
  std::function<void()> done;
};

// 16 bytes of incident, 8 bytes of big-endian sequence.
std::string MakeKey(size_t incident, uint64_t sequence) {
  std::string key(16, '\0');
  key[0] = static_cast<char>(incident);
  key[1] = static_cast<char>(incident >> 8);
  for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(sequence >> shift);
  return key;
}

// The one thread that writes. Callers hand over from any thread, callbacks included.
class GroupCommit {
 public:
  explicit GroupCommit(rocksdb::DB& db) : db_(db), thread_([this] { Run(); }) {}

  ~GroupCommit() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  void Submit(Append append) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(append));
    }
    changed_.notify_one();
  }

  size_t syncs() const { return syncs_; }

 private:
  void Run() {
    std::vector<Append> taken;
    for (;;) {
      taken.clear();
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        taken.swap(waiting_);
      }
      rocksdb::WriteBatch batch;
      for (const Append& append : taken) {
        const rocksdb::Status put = batch.Put(append.key, append.value);
        if (!put.ok()) Fail("put: " + put.ToString());
      }
      rocksdb::WriteOptions synced;
      synced.sync = true;
      const rocksdb::Status written = db_.Write(synced, &batch);
      if (!written.ok()) Fail("write: " + written.ToString());
      ++syncs_;
      for (const Append& append : taken) append.done();
    }
  }

  rocksdb::DB& db_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Append> waiting_;
  bool closed_ = false;
  size_t syncs_ = 0;
  std::thread thread_;
};

// n callers; each appends again as soon as its entry is durable. Everything after the first Submit
// happens on the committing thread.
class Callers {
 public:
  Callers(size_t count, Window window) : window_(window), sequences_(count, 0), starts_(count) {}

  void Run(GroupCommit& commit) {
    std::unique_lock lock(mutex_);
    active_ = sequences_.size();
    for (size_t caller = 0; caller < sequences_.size(); ++caller) Next(commit, caller);
    all_done_.wait(lock, [this] { return active_ == 0; });
  }

  size_t acknowledged() const { return acknowledged_; }
  Latencies& latencies() { return latencies_; }
  const std::vector<uint64_t>& sequences() const { return sequences_; }

 private:
  void Next(GroupCommit& commit, size_t caller) {
    const uint64_t sequence = ++sequences_[caller];
    starts_[caller] = Clock::now();
    commit.Submit({.key = MakeKey(caller, sequence),
                   .value = EntryText(caller * 1'000'003 + sequence, kValueBytes),
                   .done = [this, &commit, caller] { Done(commit, caller); }});
  }

  void Done(GroupCommit& commit, size_t caller) {
    const TimePoint now = Clock::now();
    ++acknowledged_;
    if (window_.Holds(now)) latencies_.Add(starts_[caller], now);
    if (now < window_.close && acknowledged_ < kAppendsMax) {
      Next(commit, caller);
      return;
    }
    const std::lock_guard lock(mutex_);
    if (--active_ == 0) all_done_.notify_one();
  }

  const Window window_;
  std::vector<uint64_t> sequences_;
  std::vector<TimePoint> starts_;
  size_t acknowledged_ = 0;
  Latencies latencies_;
  std::mutex mutex_;
  std::condition_variable all_done_;
  size_t active_ = 0;
};

// Reads everything back: per caller the sequences 1, 2, 3 … without a gap.
size_t CountStored(rocksdb::DB& db, const std::vector<uint64_t>& sequences) {
  size_t stored = 0;
  std::vector<uint64_t> seen(sequences.size(), 0);
  const std::unique_ptr<rocksdb::Iterator> row(db.NewIterator(rocksdb::ReadOptions()));
  for (row->SeekToFirst(); row->Valid(); row->Next()) {
    const rocksdb::Slice key = row->key();
    const size_t caller =
        static_cast<uint8_t>(key[0]) | static_cast<size_t>(static_cast<uint8_t>(key[1])) << 8;
    if (caller >= seen.size() || key.ToString() != MakeKey(caller, ++seen[caller])) {
      Fail("the limit's own store has a gap");
    }
    ++stored;
  }
  if (!row->status().ok()) Fail("read back: " + row->status().ToString());
  return stored;
}

void MeasureAppends(Flags& flags) {
  const std::string directory = flags.Text("dir", "");
  const size_t callers = flags.Count("callers", 64);
  const double seconds = flags.Number("seconds", 3);
  const double warmup = flags.Number("warmup", 0.5);
  flags.Finish();
  if (directory.empty() || callers == 0 || callers > 65'000) Fail("append needs --dir, --callers");
  const std::unique_ptr<rocksdb::DB> db = OpenDatabase(directory);
  Callers running(callers, Window(warmup, seconds));
  size_t syncs = 0;
  {
    GroupCommit commit(*db);
    running.Run(commit);
    syncs = commit.syncs();
  }
  const size_t stored = CountStored(*db, running.sequences());
  if (stored != running.acknowledged()) Fail("the limit lost acknowledged entries");
  Result()
      .Add("rate", static_cast<double>(running.latencies().count()) / seconds)
      .AddLatencies(running.latencies())
      .Add("acknowledged", running.acknowledged())
      .Add("stored", stored)
      .Add("entries_per_sync", static_cast<double>(stored) / static_cast<double>(syncs))
      .Print();
}

void MeasureFdatasync(Flags& flags) {
  const std::string directory = flags.Text("dir", "");
  const double seconds = flags.Number("seconds", 1);
  flags.Finish();
  if (directory.empty()) Fail("fdatasync needs --dir");
  const std::string path = directory + "/fdatasync-probe";
  const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) Fail("cannot make " + path);
  std::array<char, 700> block;
  block.fill('x');
  Latencies latencies;
  const Window window(0.1, seconds);
  for (TimePoint now = Clock::now(); now < window.close;) {
    const ssize_t written = ::write(file, block.data(), block.size());
    if (written != static_cast<ssize_t>(block.size()) || ::fdatasync(file) != 0) {
      Fail("cannot write or sync " + path);
    }
    const TimePoint then = std::exchange(now, Clock::now());
    if (window.Holds(now)) latencies.Add(then, now);
  }
  ::close(file);
  ::unlink(path.c_str());
  Result()
      .Add("rate", static_cast<double>(latencies.count()) / seconds)
      .AddLatencies(latencies)
      .Print();
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  tocsin::bench::Flags flags(argc, argv, 2);
  if (what == "append") {
    tocsin::bench::MeasureAppends(flags);
  } else if (what == "fdatasync") {
    tocsin::bench::MeasureFdatasync(flags);
  } else {
    tocsin::bench::Fail("say what to measure: append or fdatasync");
  }
  return 0;
}
