// Bytes and records that the ledger tests share. Everything is the same in each run.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "server/base/digest.h"
#include "server/base/encoding.h"
#include "server/ledger/entry_record.h"
#include "server/ledger/tree.h"

namespace tocsin::ledger {

/// `count` bytes that start at `first` and count up.
inline std::string Counting(uint8_t first, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out.push_back(static_cast<char>(first + i));
  return out;
}

/// Random-looking bytes, the same for the same seed: SHA-256 of seed and a counter.
class SeededBytes {
 public:
  explicit SeededBytes(std::string_view seed) : seed_(seed) {}

  void operator()(std::span<uint8_t> out) {
    for (uint8_t& byte : out) byte = Next();
  }
  uint8_t Next() {
    if (used_ == block_.bytes.size()) {
      std::string counter;
      AppendU64(counter, ++blocks_);
      block_ = Sha256({seed_, counter});
      used_ = 0;
    }
    return block_.bytes[used_++];
  }
  /// In [0, limit).
  uint64_t Below(uint64_t limit) {
    uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | Next();
    return value % limit;
  }

 private:
  std::string seed_;
  uint64_t blocks_ = 0;
  Digest block_;
  size_t used_ = 32;
};

/// A record with another value in each field.
inline EntryRecord SampleRecord() {
  EntryRecord record;
  record.type = 0x0102;
  record.flags = 0x0304;
  record.log_index = 0x05060708090A0B0C;
  record.incident = IncidentId::FromBytes(Counting(0x10, 16));
  record.incident_sequence = 0x2021222324252627;
  record.previous_leaf = Digest::FromBytes(Counting(0x30, 32));
  record.record_time = absl::FromUnixNanos(1'781'079'300'123'456'789);
  record.clock_error_ms = 0x50515253;
  record.boottime_ns = 0x5455565758595A5B;
  for (size_t i = 0; i < 16; ++i) record.boot_id[i] = static_cast<uint8_t>(0x60 + i);
  record.request = RequestId::FromBytes(Counting(0x70, 16));
  record.actor = PrincipalId::FromBytes(Counting(0x80, 16));
  record.tlp = Tlp::kAmberStrict;
  record.plaintext_commitment = Digest::FromBytes(Counting(0x90, 32));
  record.ciphertext_hash = Digest::FromBytes(Counting(0xB0, 32));
  record.auth_hash = Digest::FromBytes(Counting(0xD0, 32));
  return record;
}

/// `count` different leaf hashes.
inline std::vector<Digest> SampleLeaves(size_t count) {
  std::vector<Digest> leaves;
  leaves.reserve(count);
  for (size_t i = 0; i < count; ++i) leaves.push_back(LeafHash("leaf " + std::to_string(i)));
  return leaves;
}

/// What a store keeps of a tree: the nodes by level and index. Must outlive the trees that read it.
class NodeMap {
 public:
  NodeReader Reader() {
    return [this](uint8_t level, uint64_t index) -> absl::StatusOr<Digest> {
      ++reads;
      const auto found = nodes_.find({level, index});
      if (found == nodes_.end()) return absl::UnavailableError("node not stored");
      return found->second;
    };
  }
  /// Appends `leaves` to `tree` and keeps what the caller of Tree::Append has to keep.
  void Commit(Tree& tree, std::span<const Digest> leaves) {
    const uint64_t first = tree.size();
    for (const TreeNode& node : tree.Append(leaves)) nodes_[{node.level, node.index}] = node.hash;
    for (size_t i = 0; i < leaves.size(); ++i) nodes_[{uint8_t{0}, first + i}] = leaves[i];
  }
  void Forget() { nodes_.clear(); }

  uint64_t reads = 0;

 private:
  std::map<std::pair<uint8_t, uint64_t>, Digest> nodes_;
};

}  // namespace tocsin::ledger
