#include "server/store/schema.h"

#include "server/base/check.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace tocsin::store {
namespace {

constexpr size_t kIdBytes = 16;
constexpr size_t kEntryKeyBytes = kIncidentKeyBytes + 8;
constexpr size_t kLeafKeyBytes = 4 + 8;
constexpr size_t kTimerKeyPrefixBytes = 8 + kIncidentKeyBytes;
constexpr size_t kLeafRowBytes = 32 + kIdBytes + 8;
// Moves negative times below positive ones in byte order.
constexpr uint64_t kSignBit = uint64_t{1} << 63;

}  // namespace

std::string OrgKey(std::string_view name) {
  return std::string(kOrgKeyPrefix).append(name);
}

std::string OrgPrefix(OrgNumber org) {
  std::string key;
  AppendU32(key, static_cast<uint32_t>(org));
  return key;
}

std::string IncidentKey(OrgNumber org, const IncidentId& incident) {
  return OrgPrefix(org).append(incident.view());
}

std::string EntryKey(OrgNumber org, const IncidentId& incident, uint64_t sequence) {
  std::string key;
  EntryKeyInto(key, org, incident, sequence);
  return key;
}

void EntryKeyInto(std::string& out, OrgNumber org, const IncidentId& incident, uint64_t sequence) {
  out.clear();
  out.reserve(kEntryKeyBytes);
  AppendU32(out, static_cast<uint32_t>(org));
  out.append(incident.view());
  AppendU64(out, sequence);
}

uint64_t SequenceOfEntryKey(std::string_view key) {
  TOCSIN_CHECK(key.size() == kEntryKeyBytes);
  return ReadU64(key.substr(kIncidentKeyBytes));
}

std::string LeafKey(OrgNumber org, uint64_t log_index) {
  std::string key = OrgPrefix(org);
  AppendU64(key, log_index);
  return key;
}

uint64_t LogIndexOfLeafKey(std::string_view key) {
  TOCSIN_CHECK(key.size() == kLeafKeyBytes);
  return ReadU64(key.substr(4));
}

std::string NodeKey(OrgNumber org, uint8_t level, uint64_t index) {
  std::string key = OrgPrefix(org);
  key.push_back(static_cast<char>(level));
  AppendU64(key, index);
  return key;
}

std::string RequestKey(OrgNumber org, const RequestId& request) {
  return OrgPrefix(org).append(request.view());
}

std::string TimerKey(absl::Time fire_time, OrgNumber org, const IncidentId& incident,
                     std::string_view name) {
  std::string key;
  AppendU64(key, static_cast<uint64_t>(absl::ToUnixNanos(fire_time)) ^ kSignBit);
  AppendU32(key, static_cast<uint32_t>(org));
  key.append(incident.view());
  return key.append(name);
}

absl::StatusOr<TimerKeyParts> ParseTimerKey(std::string_view key) {
  if (key.size() <= kTimerKeyPrefixBytes) return RowDamaged("a timer's key is too short");
  TimerKeyParts parts;
  parts.fire_time = absl::FromUnixNanos(static_cast<int64_t>(ReadU64(key) ^ kSignBit));
  parts.org = OrgNumber{ReadU32(key.substr(8))};
  parts.incident = IncidentId::FromBytes(key.substr(12, kIdBytes));
  parts.name = key.substr(kTimerKeyPrefixBytes);
  return parts;
}

std::string EncodeLeafRow(const LeafRow& row) {
  std::string value;
  value.reserve(kLeafRowBytes);
  value.append(row.leaf.view());
  value.append(row.incident.view());
  AppendU64(value, row.sequence);
  return value;
}

absl::StatusOr<LeafRow> DecodeLeafRow(std::string_view value) {
  if (value.size() != kLeafRowBytes) return RowDamaged("a leaf row has the wrong size");
  return LeafRow{Digest::FromBytes(value.substr(0, 32)),
                 IncidentId::FromBytes(value.substr(32, kIdBytes)),
                 ReadU64(value.substr(32 + kIdBytes))};
}

std::string EncodeWrappedKey(const ledger::WrappedKey& key) {
  std::string value;
  value.reserve(4 + key.bytes.size());
  AppendU32(value, key.epoch);
  return value.append(key.bytes);
}

absl::StatusOr<ledger::WrappedKey> DecodeWrappedKey(std::string_view value) {
  if (value.size() != 4 + ledger::kWrappedKeyBytes) {
    return RowDamaged("an entry's key has the wrong size");
  }
  return ledger::WrappedKey{ReadU32(value), std::string(value.substr(4))};
}

absl::Status RowDamaged(std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "ROW_DAMAGED",
               std::string("the store holds a row that cannot be: ").append(what),
               "Stop the server, keep the store as evidence and restore a backup.");
}

}  // namespace tocsin::store
