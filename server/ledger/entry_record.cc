#include "server/ledger/entry_record.h"

#include <cstring>
#include <limits>

#include "server/base/check.h"
#include "server/base/encoding.h"
#include "server/base/error.h"

namespace tocsin::ledger {
namespace {

constexpr std::string_view kRecordPrefix = "tocsin/entry/v1\n";
constexpr std::string_view kPlaintextPrefix = "tocsin/pt/v1\n";
constexpr std::string_view kCiphertextPrefix = "tocsin/ct/v1\n";
constexpr std::string_view kAuthPrefix = "tocsin/auth/v1\n";

constexpr size_t kIdBytes = 16;
constexpr size_t kDigestBytes = 32;
static_assert(kEntryRecordBytes == kRecordPrefix.size() + 2 * sizeof(uint16_t) + sizeof(uint64_t) +
                                       kIdBytes + sizeof(uint64_t) + kDigestBytes +
                                       sizeof(uint64_t) + sizeof(uint32_t) + sizeof(uint64_t) +
                                       3 * kIdBytes + sizeof(uint8_t) + 3 * kDigestBytes);

// Takes fields off the front of a record whose total size is known to be right.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : rest_(bytes) {}

  std::string_view Bytes(size_t count) {
    const std::string_view field = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return field;
  }
  uint16_t U16() { return ReadU16(Bytes(sizeof(uint16_t))); }
  uint32_t U32() { return ReadU32(Bytes(sizeof(uint32_t))); }
  uint64_t U64() { return ReadU64(Bytes(sizeof(uint64_t))); }
  Digest Hash() { return Digest::FromBytes(Bytes(kDigestBytes)); }

 private:
  std::string_view rest_;
};

absl::Status Damaged(std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "ENTRY_RECORD_DAMAGED",
               "an entry record of the log is damaged: " + std::string(what),
               "Compare the store with a backup or an export and restore it.");
}

Digest SaltedHash(std::string_view prefix, std::string_view salt, std::string_view data) {
  TOCSIN_CHECK(salt.size() == kSaltBytes);
  return Sha256({prefix, salt, data});
}

}  // namespace

std::string Encode(const EntryRecord& record) {
  TOCSIN_CHECK(record.record_time >= absl::UnixEpoch() &&
               record.record_time <= absl::FromUnixNanos(std::numeric_limits<int64_t>::max()));
  std::string out;
  out.reserve(kEntryRecordBytes);
  out.append(kRecordPrefix);
  AppendU16(out, record.type);
  AppendU16(out, record.flags);
  AppendU64(out, record.log_index);
  out.append(record.incident.view());
  AppendU64(out, record.incident_sequence);
  out.append(record.previous_leaf.view());
  AppendU64(out, static_cast<uint64_t>(absl::ToUnixNanos(record.record_time)));
  AppendU32(out, record.clock_error_ms);
  AppendU64(out, record.boottime_ns);
  out.append(record.boot_id.begin(), record.boot_id.end());
  out.append(record.request.view());
  out.append(record.actor.view());
  out.push_back(static_cast<char>(record.tlp));
  out.append(record.plaintext_commitment.view());
  out.append(record.ciphertext_hash.view());
  out.append(record.auth_hash.view());
  TOCSIN_CHECK(out.size() == kEntryRecordBytes);
  return out;
}

absl::StatusOr<EntryRecord> Decode(std::string_view bytes) {
  if (bytes.size() != kEntryRecordBytes) return Damaged("it has the wrong size");
  FieldReader in(bytes);
  if (in.Bytes(kRecordPrefix.size()) != kRecordPrefix) return Damaged("it has another prefix");

  EntryRecord record;
  record.type = in.U16();
  record.flags = in.U16();
  record.log_index = in.U64();
  record.incident = IncidentId::FromBytes(in.Bytes(kIdBytes));
  record.incident_sequence = in.U64();
  record.previous_leaf = in.Hash();
  const uint64_t wall_ns = in.U64();
  if (wall_ns > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return Damaged("its time is after the year 2262");
  }
  record.record_time = absl::FromUnixNanos(static_cast<int64_t>(wall_ns));
  record.clock_error_ms = in.U32();
  record.boottime_ns = in.U64();
  std::memcpy(record.boot_id.data(), in.Bytes(kIdBytes).data(), kIdBytes);
  record.request = RequestId::FromBytes(in.Bytes(kIdBytes));
  record.actor = PrincipalId::FromBytes(in.Bytes(kIdBytes));
  const auto tlp = FromNumber<Tlp>(static_cast<uint8_t>(in.Bytes(1).front()));
  if (!tlp) return Damaged("its TLP is unknown");
  record.tlp = *tlp;
  record.plaintext_commitment = in.Hash();
  record.ciphertext_hash = in.Hash();
  record.auth_hash = in.Hash();
  return record;
}

Digest LeafHash(std::string_view encoded) {
  return Sha256({std::string_view("\x00", 1), encoded});
}

Digest NodeHash(const Digest& left, const Digest& right) {
  return Sha256({std::string_view("\x01", 1), left.view(), right.view()});
}

Digest PlaintextCommitment(std::string_view salt, std::string_view body) {
  return SaltedHash(kPlaintextPrefix, salt, body);
}

Digest CiphertextHash(std::string_view box) {
  return Sha256({kCiphertextPrefix, box});
}

Digest AuthHash(std::string_view salt, std::string_view auth_context) {
  return SaltedHash(kAuthPrefix, salt, auth_context);
}

}  // namespace tocsin::ledger
