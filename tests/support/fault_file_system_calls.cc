// What RocksDB calls: open files, and the file system's own calls.
#include <algorithm>
#include <utility>

#include "tests/support/fault_file_system.h"

namespace tocsin::testing {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

class HeldLock : public rocksdb::FileLock {
 public:
  explicit HeldLock(std::string path) : path_(std::move(path)) {}
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// RocksDB asks for "dir" and "dir/", "dir//file" and "dir/file".
std::string Clean(const std::string& path) {
  std::string out;
  for (char c : path) {
    if (c == '/' && !out.empty() && out.back() == '/') continue;
    out.push_back(c);
  }
  if (out.size() > 1 && out.back() == '/') out.pop_back();
  return out;
}

}  // namespace

// The four kinds of open file: all forward to the file system, which knows whether the power is on.

class SequentialFile : public rocksdb::FSSequentialFile {
 public:
  SequentialFile(FaultFileSystem& fs, std::string path, std::shared_ptr<FaultFileSystem::Node> node)
      : fs_(fs), path_(std::move(path)), node_(std::move(node)), generation_(fs.generation_) {}

  IOStatus Read(size_t n, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) override {
    std::lock_guard<std::mutex> hold(fs_.mutex_);
    const IOStatus status = fs_.ReadNode(path_, *node_, generation_, position_, n, result, scratch);
    if (status.ok()) position_ += result->size();
    return status;
  }
  IOStatus Skip(uint64_t n) override {
    position_ += n;
    return IOStatus::OK();
  }

 private:
  FaultFileSystem& fs_;
  std::string path_;
  std::shared_ptr<FaultFileSystem::Node> node_;
  uint64_t generation_;
  uint64_t position_ = 0;
};

class RandomAccessFile : public rocksdb::FSRandomAccessFile {
 public:
  RandomAccessFile(FaultFileSystem& fs, std::string path,
                   std::shared_ptr<FaultFileSystem::Node> node)
      : fs_(fs), path_(std::move(path)), node_(std::move(node)), generation_(fs.generation_) {}

  IOStatus Read(uint64_t offset, size_t n, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    std::lock_guard<std::mutex> hold(fs_.mutex_);
    return fs_.ReadNode(path_, *node_, generation_, offset, n, result, scratch);
  }

 private:
  FaultFileSystem& fs_;
  std::string path_;
  std::shared_ptr<FaultFileSystem::Node> node_;
  uint64_t generation_;
};

class WritableFile : public rocksdb::FSWritableFile {
 public:
  WritableFile(FaultFileSystem& fs, std::string path, std::shared_ptr<FaultFileSystem::Node> node)
      : fs_(fs), path_(std::move(path)), node_(std::move(node)), generation_(fs.generation_) {}

  using rocksdb::FSWritableFile::Append;
  IOStatus Append(const Slice& data, const IOOptions&, IODebugContext*) override {
    std::lock_guard<std::mutex> hold(fs_.mutex_);
    return fs_.ChangeNode(path_, *node_, generation_,
                          {node_->data.size(), data.ToString(), std::nullopt});
  }
  IOStatus Truncate(uint64_t size, const IOOptions&, IODebugContext*) override {
    std::lock_guard<std::mutex> hold(fs_.mutex_);
    return fs_.ChangeNode(path_, *node_, generation_, {0, "", static_cast<size_t>(size)});
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    std::lock_guard<std::mutex> hold(fs_.mutex_);
    return fs_.SyncNode(path_, *node_, generation_);
  }
  uint64_t GetFileSize(const IOOptions&, IODebugContext*) override {
    std::lock_guard<std::mutex> hold(fs_.mutex_);
    return node_->data.size();
  }
  bool IsSyncThreadSafe() const override { return true; }

 private:
  FaultFileSystem& fs_;
  std::string path_;
  std::shared_ptr<FaultFileSystem::Node> node_;
  uint64_t generation_;
};

class RandomRWFile : public rocksdb::FSRandomRWFile {
 public:
  RandomRWFile(FaultFileSystem& fs, std::string path, std::shared_ptr<FaultFileSystem::Node> node)
      : fs_(fs), path_(std::move(path)), node_(std::move(node)), generation_(fs.generation_) {}

  IOStatus Write(uint64_t offset, const Slice& data, const IOOptions&, IODebugContext*) override {
    std::lock_guard<std::mutex> hold(fs_.mutex_);
    return fs_.ChangeNode(path_, *node_, generation_,
                          {static_cast<size_t>(offset), data.ToString(), std::nullopt});
  }
  IOStatus Read(uint64_t offset, size_t n, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    std::lock_guard<std::mutex> hold(fs_.mutex_);
    return fs_.ReadNode(path_, *node_, generation_, offset, n, result, scratch);
  }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    std::lock_guard<std::mutex> hold(fs_.mutex_);
    return fs_.SyncNode(path_, *node_, generation_);
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  FaultFileSystem& fs_;
  std::string path_;
  std::shared_ptr<FaultFileSystem::Node> node_;
  uint64_t generation_;
};

class DirectoryFile : public rocksdb::FSDirectory {
 public:
  DirectoryFile(FaultFileSystem& fs, std::string path)
      : fs_(fs), path_(std::move(path)), generation_(fs.generation_) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    std::lock_guard<std::mutex> hold(fs_.mutex_);
    return fs_.SyncDirectory(path_, generation_);
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  FaultFileSystem& fs_;
  std::string path_;
  uint64_t generation_;
};

IOStatus FaultFileSystem::NewSequentialFile(const std::string& path, const FileOptions&,
                                            std::unique_ptr<rocksdb::FSSequentialFile>* result,
                                            IODebugContext*) {
  std::lock_guard<std::mutex> hold(mutex_);
  std::shared_ptr<Node> node;
  const IOStatus status = Open(Clean(path), false, &node);
  if (status.ok()) *result = std::make_unique<SequentialFile>(*this, path, std::move(node));
  return status;
}

IOStatus FaultFileSystem::NewRandomAccessFile(const std::string& path, const FileOptions&,
                                              std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                              IODebugContext*) {
  std::lock_guard<std::mutex> hold(mutex_);
  std::shared_ptr<Node> node;
  const IOStatus status = Open(Clean(path), false, &node);
  if (status.ok()) *result = std::make_unique<RandomAccessFile>(*this, path, std::move(node));
  return status;
}

IOStatus FaultFileSystem::NewWritableFile(const std::string& path, const FileOptions&,
                                          std::unique_ptr<rocksdb::FSWritableFile>* result,
                                          IODebugContext*) {
  std::lock_guard<std::mutex> hold(mutex_);
  std::shared_ptr<Node> node;
  const IOStatus status = Open(Clean(path), true, &node);
  if (status.ok()) *result = std::make_unique<WritableFile>(*this, path, std::move(node));
  return status;
}

IOStatus FaultFileSystem::ReopenWritableFile(const std::string& path, const FileOptions&,
                                             std::unique_ptr<rocksdb::FSWritableFile>* result,
                                             IODebugContext*) {
  std::lock_guard<std::mutex> hold(mutex_);
  std::shared_ptr<Node> node;
  const bool exists = live_.contains(Clean(path));
  const IOStatus status = Open(Clean(path), !exists, &node);
  if (status.ok()) *result = std::make_unique<WritableFile>(*this, path, std::move(node));
  return status;
}

IOStatus FaultFileSystem::NewRandomRWFile(const std::string& path, const FileOptions&,
                                          std::unique_ptr<rocksdb::FSRandomRWFile>* result,
                                          IODebugContext*) {
  std::lock_guard<std::mutex> hold(mutex_);
  std::shared_ptr<Node> node;
  const IOStatus status = Open(Clean(path), false, &node);
  if (status.ok()) *result = std::make_unique<RandomRWFile>(*this, path, std::move(node));
  return status;
}

IOStatus FaultFileSystem::NewDirectory(const std::string& path, const IOOptions&,
                                       std::unique_ptr<rocksdb::FSDirectory>* result,
                                       IODebugContext*) {
  std::lock_guard<std::mutex> hold(mutex_);
  const IOStatus status = BeginRead(path, generation_);
  if (!status.ok()) return status;
  if (!directories_.contains(Clean(path))) return NotFound(path);
  *result = std::make_unique<DirectoryFile>(*this, Clean(path));
  return status;
}

IOStatus FaultFileSystem::FileExists(const std::string& path, const IOOptions&, IODebugContext*) {
  std::lock_guard<std::mutex> hold(mutex_);
  const IOStatus status = BeginRead(path, generation_);
  if (!status.ok()) return status;
  const std::string clean = Clean(path);
  return live_.contains(clean) || directories_.contains(clean) ? status : NotFound(path);
}

IOStatus FaultFileSystem::GetChildren(const std::string& directory, const IOOptions&,
                                      std::vector<std::string>* result, IODebugContext*) {
  std::lock_guard<std::mutex> hold(mutex_);
  const IOStatus status = BeginRead(directory, generation_);
  if (!status.ok()) return status;
  const std::string clean = Clean(directory);
  if (!directories_.contains(clean)) return NotFound(directory);
  result->clear();
  for (const auto& [path, node] : live_) {
    if (DirectoryOf(path) == clean) result->push_back(path.substr(path.rfind('/') + 1));
  }
  for (const std::string& path : directories_) {
    if (path != "/" && DirectoryOf(path) == clean) {
      result->push_back(path.substr(path.rfind('/') + 1));
    }
  }
  return status;
}

IOStatus FaultFileSystem::DeleteFile(const std::string& path, const IOOptions&, IODebugContext*) {
  std::lock_guard<std::mutex> hold(mutex_);
  const std::string clean = Clean(path);
  bool takes_effect = false;
  const IOStatus status = Begin(path, &takes_effect);
  if (!takes_effect) return status;
  if (!live_.contains(clean)) return status.ok() ? NotFound(path) : status;
  const std::vector<NameChange> step = {{clean, nullptr}};
  ApplyNames(live_, step);
  unsynced_names_[DirectoryOf(clean)].push_back(step);
  return status;
}

IOStatus FaultFileSystem::Truncate(const std::string& path, size_t size, const IOOptions&,
                                   IODebugContext*) {
  std::lock_guard<std::mutex> hold(mutex_);
  std::shared_ptr<Node> node;
  const IOStatus status = Open(Clean(path), false, &node);
  if (!status.ok()) return status;
  return ChangeNode(path, *node, generation_, {0, "", size});
}

IOStatus FaultFileSystem::CreateDir(const std::string& path, const IOOptions& options,
                                    IODebugContext* dbg) {
  return CreateDirIfMissing(path, options, dbg);
}

IOStatus FaultFileSystem::CreateDirIfMissing(const std::string& path, const IOOptions&,
                                             IODebugContext*) {
  std::lock_guard<std::mutex> hold(mutex_);
  if (directories_.contains(Clean(path))) return BeginRead(path, generation_);
  bool takes_effect = false;
  const IOStatus status = Begin(path, &takes_effect);
  if (takes_effect) directories_.insert(Clean(path));
  return status;
}

IOStatus FaultFileSystem::DeleteDir(const std::string& path, const IOOptions&, IODebugContext*) {
  std::lock_guard<std::mutex> hold(mutex_);
  bool takes_effect = false;
  const IOStatus status = Begin(path, &takes_effect);
  if (takes_effect) directories_.erase(Clean(path));
  return status;
}

IOStatus FaultFileSystem::GetFileSize(const std::string& path, const IOOptions&, uint64_t* size,
                                      IODebugContext*) {
  std::lock_guard<std::mutex> hold(mutex_);
  std::shared_ptr<Node> node;
  const IOStatus status = Open(Clean(path), false, &node);
  if (status.ok()) *size = node->data.size();
  return status;
}

IOStatus FaultFileSystem::GetFileModificationTime(const std::string& path, const IOOptions&,
                                                  uint64_t* time, IODebugContext*) {
  std::lock_guard<std::mutex> hold(mutex_);
  *time = 0;
  return live_.contains(Clean(path)) ? IOStatus::OK() : NotFound(path);
}

IOStatus FaultFileSystem::GetAbsolutePath(const std::string& path, const IOOptions&,
                                          std::string* result, IODebugContext*) {
  *result = path;
  return IOStatus::OK();
}

IOStatus FaultFileSystem::RenameFile(const std::string& from, const std::string& to,
                                     const IOOptions&, IODebugContext*) {
  std::lock_guard<std::mutex> hold(mutex_);
  const std::string clean_from = Clean(from);
  const std::string clean_to = Clean(to);
  bool takes_effect = false;
  const IOStatus status = Begin(from, &takes_effect);
  if (!takes_effect) return status;
  const auto found = live_.find(clean_from);
  if (found == live_.end()) return status.ok() ? NotFound(from) : status;
  const std::vector<NameChange> step = {{clean_to, found->second}, {clean_from, nullptr}};
  ApplyNames(live_, step);
  unsynced_names_[DirectoryOf(clean_to)].push_back(step);
  return status;
}

IOStatus FaultFileSystem::LinkFile(const std::string&, const std::string&, const IOOptions&,
                                   IODebugContext*) {
  return IOStatus::NotSupported("hard links");
}

IOStatus FaultFileSystem::LockFile(const std::string& path, const IOOptions&,
                                   rocksdb::FileLock** lock, IODebugContext*) {
  std::lock_guard<std::mutex> hold(mutex_);
  const IOStatus status = BeginRead(path, generation_);
  if (!status.ok()) return status;
  if (!locks_.insert(Clean(path)).second) return IOStatus::IOError("lock is held", path);
  *lock = new HeldLock(Clean(path));
  return status;
}

IOStatus FaultFileSystem::UnlockFile(rocksdb::FileLock* lock, const IOOptions&, IODebugContext*) {
  std::lock_guard<std::mutex> hold(mutex_);
  const std::unique_ptr<HeldLock> held(static_cast<HeldLock*>(lock));
  locks_.erase(held->path());
  return IOStatus::OK();
}

IOStatus FaultFileSystem::IsDirectory(const std::string& path, const IOOptions&, bool* result,
                                      IODebugContext*) {
  std::lock_guard<std::mutex> hold(mutex_);
  *result = directories_.contains(Clean(path));
  return IOStatus::OK();
}

IOStatus FaultFileSystem::GetFreeSpace(const std::string&, const IOOptions&, uint64_t* free,
                                       IODebugContext*) {
  std::lock_guard<std::mutex> hold(mutex_);
  constexpr uint64_t kPlenty = uint64_t{1} << 40;
  *free = capacity_ ? *capacity_ - std::min(*capacity_, TotalBytes()) : kPlenty;
  return IOStatus::OK();
}

}  // namespace tocsin::testing
