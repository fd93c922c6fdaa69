#include "tests/support/fault_file_system.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tocsin::testing {

using rocksdb::IOStatus;
using rocksdb::Slice;

FaultFileSystem::FaultFileSystem(uint64_t seed)
    : FileSystemWrapper(rocksdb::FileSystem::Default()), random_(seed), directories_{"/"} {}

FaultFileSystem::~FaultFileSystem() = default;

// Power.

uint64_t FaultFileSystem::changes() const {
  std::lock_guard<std::mutex> hold(mutex_);
  return changes_;
}

void FaultFileSystem::CutPowerAt(uint64_t n) {
  std::lock_guard<std::mutex> hold(mutex_);
  cut_at_ = changes_ + n;
}

void FaultFileSystem::CutPower() {
  std::lock_guard<std::mutex> hold(mutex_);
  power_is_off_ = true;
}

bool FaultFileSystem::power_is_off() const {
  std::lock_guard<std::mutex> hold(mutex_);
  return power_is_off_;
}

void FaultFileSystem::Restart(std::optional<Tail> tail) {
  std::lock_guard<std::mutex> hold(mutex_);
  for (const auto& [directory, steps] : unsynced_names_) {
    const uint64_t kept = Random(steps.size() + 1);
    for (uint64_t i = 0; i < kept; ++i) ApplyNames(durable_, steps[i]);
  }
  unsynced_names_.clear();
  // New nodes: whoever still holds an old one has lost the disk.
  live_.clear();
  for (auto& [path, node] : durable_) {
    auto survivor = std::make_shared<Node>();
    survivor->synced = Survivor(*node, tail ? *tail : static_cast<Tail>(Random(4)));
    survivor->data = survivor->synced;
    node = survivor;
    live_[path] = node;
  }
  locks_.clear();
  ++generation_;
  cut_at_.reset();
  power_is_off_ = false;
}

std::string FaultFileSystem::Survivor(const Node& node, Tail tail) {
  std::string content = node.synced;
  if (tail == Tail::kDropped || node.unsynced.empty()) return content;
  const uint64_t whole = Random(node.unsynced.size());
  for (uint64_t i = 0; i < node.unsynced.size(); ++i) {
    Change change = node.unsynced[i];
    if (i >= whole && !change.truncate) {
      if (tail == Tail::kTorn) {
        if (i > whole) break;
        change.bytes.resize(Random(change.bytes.size() + 1));
      } else {
        for (char& c : change.bytes) {
          c = tail == Tail::kZeroed ? '\0' : static_cast<char>(Random(256));
        }
      }
    }
    Apply(content, change);
  }
  return content;
}

// Faults.

void FaultFileSystem::FailAt(uint64_t n, Fault fault, bool for_ever) {
  std::lock_guard<std::mutex> hold(mutex_);
  fail_at_ = changes_ + n;
  fault_ = fault;
  fails_for_ever_ = for_ever;
  fault_was_hit_ = false;
}

void FaultFileSystem::Heal() {
  std::lock_guard<std::mutex> hold(mutex_);
  fail_at_.reset();
}

bool FaultFileSystem::fault_was_hit() const {
  std::lock_guard<std::mutex> hold(mutex_);
  return fault_was_hit_;
}

void FaultFileSystem::SetCapacity(std::optional<uint64_t> bytes) {
  std::lock_guard<std::mutex> hold(mutex_);
  capacity_ = bytes;
}

IOStatus FaultFileSystem::Begin(const std::string& path, bool* takes_effect) {
  *takes_effect = false;
  if (power_is_off_) return IOStatus::IOError("the power is off", path);
  ++changes_;
  if (cut_at_ && changes_ >= *cut_at_) {
    power_is_off_ = true;
    *takes_effect = Random(2) == 0;
    return IOStatus::IOError("the power went off", path);
  }
  if (fail_at_ && (changes_ == *fail_at_ || (fails_for_ever_ && changes_ > *fail_at_))) {
    fault_was_hit_ = true;
    if (fault_ == Fault::kIoError) return IOStatus::IOError("injected I/O error", path);
    IOStatus status = IOStatus::NoSpace("injected: no space left", path);
    status.SetRetryable(true);
    return status;
  }
  *takes_effect = true;
  return IOStatus::OK();
}

IOStatus FaultFileSystem::BeginRead(const std::string& path, uint64_t generation) const {
  if (power_is_off_ || generation != generation_) {
    return IOStatus::IOError("the power is off", path);
  }
  return IOStatus::OK();
}

// Content.

void FaultFileSystem::Apply(std::string& content, const Change& change) {
  if (change.truncate) {
    content.resize(*change.truncate, '\0');
    return;
  }
  const size_t end = change.offset + change.bytes.size();
  if (content.size() < end) content.resize(end, '\0');
  std::memcpy(content.data() + change.offset, change.bytes.data(), change.bytes.size());
}

IOStatus FaultFileSystem::ChangeNode(const std::string& path, Node& node, uint64_t generation,
                                     Change change) {
  if (generation != generation_) return IOStatus::IOError("the power is off", path);
  bool takes_effect = false;
  IOStatus status = Begin(path, &takes_effect);
  const size_t end = change.offset + change.bytes.size();
  if (status.ok() && capacity_ && end > node.data.size() &&
      TotalBytes() + (end - node.data.size()) > *capacity_) {
    fault_was_hit_ = true;
    status = IOStatus::NoSpace("the disk is full", path);
    status.SetRetryable(true);
    return status;
  }
  if (takes_effect) {
    Apply(node.data, change);
    node.unsynced.push_back(std::move(change));
  }
  return status;
}

IOStatus FaultFileSystem::SyncNode(const std::string& path, Node& node, uint64_t generation) {
  if (generation != generation_) return IOStatus::IOError("the power is off", path);
  bool takes_effect = false;
  const IOStatus status = Begin(path, &takes_effect);
  const bool failed_sync = !status.ok() && !power_is_off_;
  if (takes_effect || (failed_sync && Random(2) == 0)) {
    for (const Change& change : node.unsynced) Apply(node.synced, change);
    node.unsynced.clear();
  } else if (failed_sync) {
    // The kernel takes the pages for clean now.
    node.unsynced.clear();
  }
  return status;
}

IOStatus FaultFileSystem::ReadNode(const std::string& path, const Node& node, uint64_t generation,
                                   uint64_t offset, size_t n, Slice* result, char* scratch) const {
  IOStatus status = BeginRead(path, generation);
  if (!status.ok()) return status;
  const size_t begin = std::min<size_t>(offset, node.data.size());
  const size_t size = std::min(n, node.data.size() - begin);
  std::memcpy(scratch, node.data.data() + begin, size);
  *result = Slice(scratch, size);
  return status;
}

uint64_t FaultFileSystem::TotalBytes() const {
  uint64_t sum = 0;
  for (const auto& [path, node] : live_) sum += node->data.size();
  return sum;
}

uint64_t FaultFileSystem::Random(uint64_t below) {
  return std::uniform_int_distribution<uint64_t>(0, below - 1)(random_);
}

// Names.

std::string FaultFileSystem::DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

IOStatus FaultFileSystem::NotFound(const std::string& path) {
  return IOStatus::NotFound("no such file", path);
}

void FaultFileSystem::ApplyNames(Names& names, const std::vector<NameChange>& step) const {
  for (const NameChange& change : step) {
    if (change.node != nullptr) {
      names[change.path] = change.node;
    } else {
      names.erase(change.path);
    }
  }
}

IOStatus FaultFileSystem::SyncDirectory(const std::string& path, uint64_t generation) {
  if (generation != generation_) return IOStatus::IOError("the power is off", path);
  bool takes_effect = false;
  const IOStatus status = Begin(path, &takes_effect);
  if (takes_effect) {
    for (const auto& step : unsynced_names_[path]) ApplyNames(durable_, step);
    unsynced_names_.erase(path);
  }
  return status;
}

IOStatus FaultFileSystem::Open(const std::string& path, bool create, std::shared_ptr<Node>* node) {
  IOStatus status = BeginRead(path, generation_);
  if (!status.ok()) return status;
  if (!create) {
    const auto found = live_.find(path);
    if (found == live_.end()) return NotFound(path);
    *node = found->second;
    return status;
  }
  if (!directories_.contains(DirectoryOf(path))) return NotFound(path);
  bool takes_effect = false;
  status = Begin(path, &takes_effect);
  if (!takes_effect) return status;
  *node = std::make_shared<Node>();
  const std::vector<NameChange> step = {{path, *node}};
  ApplyNames(live_, step);
  unsynced_names_[DirectoryOf(path)].push_back(step);
  return status;
}

std::vector<std::string> FaultFileSystem::Files(const std::string& directory) const {
  std::lock_guard<std::mutex> hold(mutex_);
  std::vector<std::string> names;
  for (const auto& [path, node] : live_) {
    if (DirectoryOf(path) == directory) names.push_back(path);
  }
  return names;
}

std::string FaultFileSystem::Read(const std::string& path) const {
  std::lock_guard<std::mutex> hold(mutex_);
  return live_.at(path)->data;
}

void FaultFileSystem::Write(const std::string& path, std::string_view bytes) {
  std::lock_guard<std::mutex> hold(mutex_);
  auto node = std::make_shared<Node>();
  node->data = bytes;
  node->synced = bytes;
  live_[path] = node;
  durable_[path] = node;
}

void FaultFileSystem::Remove(const std::string& path) {
  std::lock_guard<std::mutex> hold(mutex_);
  live_.erase(path);
  durable_.erase(path);
}

}  // namespace tocsin::testing
