// Every column family and every key of the store, in one place. The same table stands in
// docs/storage-format.md.
//
// meta     key = "format"                                        value = version u32
//          key = "commit"                                        value = number of the last commit
//          u64 key = "org/" name                                     value = storage.v1.OrgRow
// entry    key = org u32 | incident 16 | sequence u64            value = the leaf's record, 249
// bytes, verbatim body     key = as entry                                        value = nonce 12 |
// ciphertext | tag 16 key      key = as entry                                        value = epoch
// u32 | wrapped key 40 leaf     key = org u32 | log index u64                         value = leaf
// hash 32 | incident 16 | sequence u64 node     key = org u32 | level u8 | index u64 value = hash
// 32; levels from 1 up incident key = org u32 | incident 16                           value =
// storage.v1.IncidentRow   projection timer    key = fire time u64 | org u32 | incident 16 | name
// value = empty                    projection request  key = org u32 | request 16 value =
// storage.v1.RequestRow
//
// Integers are big-endian, so that the order of bytes is the order of numbers. A fire time is
// nanoseconds since the Unix epoch plus 2^63. Entry, body, key, leaf and node rows are written once
// and never changed; what is marked "projection" can be rebuilt from the entries. DO NOT reuse the
// name of a column family, and DO NOT change a key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/digest.h"
#include "server/base/ids.h"
#include "server/ledger/sealing.h"

namespace tocsin::store {

/// The version that "format" holds. A store with a larger one is refused.
inline constexpr uint32_t kFormatVersion = 1;

/// The column families, in the order of kFamilyNames. RocksDB demands that "default" exists; it
/// stays empty.
enum class Family : uint8_t {
  kDefault,
  kMeta,
  kEntry,
  kBody,
  kKey,
  kLeaf,
  kNode,
  kIncident,
  kTimer,
  kRequest,
};
inline constexpr std::array<std::string_view, 10> kFamilyNames = {
    "default", "meta", "entry", "body", "key", "leaf", "node", "incident", "timer", "request"};

inline constexpr std::string_view kFormatKey = "format";
inline constexpr std::string_view kCommitKey = "commit";
inline constexpr std::string_view kOrgKeyPrefix = "org/";

std::string OrgKey(std::string_view name);

/// The first bytes of every key of one organisation, except in `meta` and `timer`.
std::string OrgPrefix(OrgNumber org);

/// Sizes of what keys begin with: an organisation; an incident of it; a level of its tree.
inline constexpr size_t kOrgPrefixBytes = 4;
inline constexpr size_t kIncidentKeyBytes = kOrgPrefixBytes + 16;
inline constexpr size_t kNodeLevelPrefixBytes = kOrgPrefixBytes + 1;

/// Keys of `entry`, `body` and `key`. The incident's part alone is its prefix there.
std::string IncidentKey(OrgNumber org, const IncidentId& incident);
std::string EntryKey(OrgNumber org, const IncidentId& incident, uint64_t sequence);
/// Writes EntryKey into `out`, whose memory is used again.
void EntryKeyInto(std::string& out, OrgNumber org, const IncidentId& incident, uint64_t sequence);
/// The sequence in a key of `entry`, which must have its size (checked).
uint64_t SequenceOfEntryKey(std::string_view key);

std::string LeafKey(OrgNumber org, uint64_t log_index);
uint64_t LogIndexOfLeafKey(std::string_view key);
std::string NodeKey(OrgNumber org, uint8_t level, uint64_t index);
std::string RequestKey(OrgNumber org, const RequestId& request);

/// `name` is domain::Timer::Name(). The fraction of a nanosecond in `fire_time` is dropped.
std::string TimerKey(absl::Time fire_time, OrgNumber org, const IncidentId& incident,
                     std::string_view name);
struct TimerKeyParts {
  absl::Time fire_time;
  OrgNumber org{};
  IncidentId incident;
  std::string name;
};
/// Errors: kDataLoss, reason ROW_DAMAGED.
absl::StatusOr<TimerKeyParts> ParseTimerKey(std::string_view key);

/// The value of a `leaf` row.
struct LeafRow {
  Digest leaf;
  IncidentId incident;
  uint64_t sequence = 0;
};
std::string EncodeLeafRow(const LeafRow& row);
/// Errors: kDataLoss, reason ROW_DAMAGED.
absl::StatusOr<LeafRow> DecodeLeafRow(std::string_view value);

/// The value of a `key` row.
std::string EncodeWrappedKey(const ledger::WrappedKey& key);
/// Errors: kDataLoss, reason ROW_DAMAGED.
absl::StatusOr<ledger::WrappedKey> DecodeWrappedKey(std::string_view value);

/// kDataLoss, reason ROW_DAMAGED: a row that this server cannot have written.
absl::Status RowDamaged(std::string_view what);

}  // namespace tocsin::store
