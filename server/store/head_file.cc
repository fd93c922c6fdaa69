#include "server/store/head_file.h"

#include <algorithm>

#include "rocksdb/env.h"
#include "server/base/check.h"
#include "server/base/encoding.h"
#include "server/base/status_macros.h"
#include "server/store/database.h"
#include "server/store/rocks.h"

namespace tocsin::store {
namespace {

constexpr std::string_view kPrefix("tocsin/head/v1\n\0", 16);
constexpr size_t kHeaderBytes = kPrefix.size() + 8 + 8 + 4;
constexpr size_t kLogBytes = 4 + 8 + 32;
constexpr size_t kDigestBytes = 32;
static_assert(kHeaderBytes + kOrgsMax * kLogBytes + kDigestBytes <= kHeadSlotBytes);

absl::Status Refused(const rocksdb::Status& status) {
  return ReadError("writing the head file", status);
}

}  // namespace

const LogHead* FindLog(const Head& head, OrgNumber org) {
  for (const LogHead& log : head.logs) {
    if (log.org == org) return &log;
  }
  return nullptr;
}

std::string EncodeHead(const Head& head) {
  TOCSIN_CHECK(head.logs.size() <= kOrgsMax);
  std::string out(kPrefix);
  AppendU64(out, head.commit);
  AppendU64(out, static_cast<uint64_t>(absl::ToUnixNanos(head.wall)));
  AppendU32(out, static_cast<uint32_t>(head.logs.size()));
  for (const LogHead& log : head.logs) {
    AppendU32(out, static_cast<uint32_t>(log.org));
    AppendU64(out, log.size);
    out.append(log.root.view());
  }
  out.append(Sha256(out).view());
  out.resize((out.size() + kHeadBlockBytes - 1) / kHeadBlockBytes * kHeadBlockBytes, '\0');
  return out;
}

std::optional<Head> DecodeHead(std::string_view slot) {
  if (slot.size() < kHeaderBytes || !slot.starts_with(kPrefix)) return std::nullopt;
  const size_t count = ReadU32(slot.substr(kHeaderBytes - 4));
  if (count > kOrgsMax) return std::nullopt;
  const size_t hashed = kHeaderBytes + count * kLogBytes;
  if (slot.size() < hashed + kDigestBytes) return std::nullopt;
  if (Sha256(slot.substr(0, hashed)).view() != slot.substr(hashed, kDigestBytes)) {
    return std::nullopt;
  }
  Head head;
  head.commit = ReadU64(slot.substr(kPrefix.size()));
  head.wall = absl::FromUnixNanos(static_cast<int64_t>(ReadU64(slot.substr(kPrefix.size() + 8))));
  for (size_t i = 0; i < count; ++i) {
    const std::string_view log = slot.substr(kHeaderBytes + i * kLogBytes, kLogBytes);
    head.logs.push_back(
        {OrgNumber{ReadU32(log)}, ReadU64(log.substr(4)), Digest::FromBytes(log.substr(12))});
  }
  return head;
}

HeadSlots ReadHeadSlots(std::string_view file) {
  HeadSlots slots;
  for (size_t slot = 0; slot < 2; ++slot) {
    if (file.size() < slot * kHeadSlotBytes) continue;
    std::optional<Head> head = DecodeHead(file.substr(slot * kHeadSlotBytes, kHeadSlotBytes));
    if (!head || (slots.newest && slots.newest->commit >= head->commit)) continue;
    slots.newest = std::move(head);
    slots.newest_slot = slot;
  }
  return slots;
}

HeadFile::HeadFile(std::unique_ptr<rocksdb::RandomRWFile> file, size_t next_slot)
    : file_(std::move(file)), next_slot_(next_slot) {}

HeadFile::~HeadFile() = default;

absl::StatusOr<std::unique_ptr<HeadFile>> HeadFile::Create(rocksdb::Env& env,
                                                           const std::string& path,
                                                           const Head& head) {
  // Written in full at once: later syncs then never have to wait for the file system's own records.
  std::string bytes = EncodeHead(head);
  bytes.resize(2 * kHeadSlotBytes, '\0');
  std::unique_ptr<rocksdb::WritableFile> file;
  rocksdb::Status status = env.NewWritableFile(path, &file, rocksdb::EnvOptions());
  if (status.ok()) status = file->Append(bytes);
  if (status.ok()) status = file->Fsync();
  if (status.ok()) status = file->Close();
  if (!status.ok()) return Refused(status);
  return Open(env, path, 0);
}

absl::StatusOr<std::unique_ptr<HeadFile>> HeadFile::Open(rocksdb::Env& env, const std::string& path,
                                                         size_t newest_slot) {
  std::unique_ptr<rocksdb::RandomRWFile> file;
  const rocksdb::Status status = env.NewRandomRWFile(path, &file, rocksdb::EnvOptions());
  if (!status.ok()) return Refused(status);
  return std::unique_ptr<HeadFile>(new HeadFile(std::move(file), 1 - newest_slot));
}

absl::Status HeadFile::Write(const Head& head) {
  rocksdb::Status status = file_->Write(next_slot_ * kHeadSlotBytes, EncodeHead(head));
  if (status.ok()) status = file_->Sync();
  if (!status.ok()) return Refused(status);
  next_slot_ = 1 - next_slot_;
  return absl::OkStatus();
}

}  // namespace tocsin::store
