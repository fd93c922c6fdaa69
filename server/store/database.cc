#include "server/store/database.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "openssl/crypto.h"
#include "server/base/check.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/runtime/random.h"
#include "server/store/database_impl.h"
#include "server/store/rocks.h"

namespace tocsin::store {
namespace {

constexpr uint32_t kFirstEpoch = 1;
constexpr size_t kKeyBytes = 32;

bool IsOrgName(std::string_view name) {
  return !name.empty() && name.size() <= kOrgNameBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

absl::Status Exists(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kAlreadyExists, reason, message, "Choose another one.");
}

}  // namespace

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Database::~Database() = default;

OrgState* Database::Impl::Find(OrgNumber org) const {
  runtime::MutexLock hold(mutex);
  const auto found = orgs.find(org);
  return found == orgs.end() ? nullptr : found->second.get();
}

absl::StatusOr<OrgState*> Database::Impl::Require(OrgNumber org) const {
  if (OrgState* found = Find(org)) return found;
  return NotFound(
      "UNKNOWN_ORG",
      ToStd(absl::StrCat("there is no organisation number ", static_cast<uint32_t>(org))),
      "Use one that the server lists.");
}

Published Database::Impl::PublishedOf(const OrgState& org) const {
  runtime::MutexLock hold(mutex);
  return org.published;
}

uint64_t Database::Impl::PublishedSize(const OrgState& org) const {
  runtime::MutexLock hold(mutex);
  return org.published.size;
}

void Database::Impl::Publish(OrgState& org) {
  Published published{org.working.size(), org.working.Root(), {}};
  published.note = org.signer.Sign(published.size, published.root);
  runtime::MutexLock hold(mutex);
  org.published = std::move(published);
}

bool Database::Impl::stopped() const {
  runtime::MutexLock hold(mutex);
  return !stop_reason.empty();
}

void Database::Impl::Stop(std::string reason) {
  runtime::MutexLock hold(mutex);
  if (stop_reason.empty()) stop_reason = std::move(reason);
}

ledger::NodeReader Database::Impl::ReaderOf(OrgNumber org) const {
  return [this, org](uint8_t level, uint64_t index) -> absl::StatusOr<Digest> {
    const bool is_leaf = level == 0;
    std::string value;
    const rocksdb::Status status =
        db->Get(rocksdb::ReadOptions(), family(is_leaf ? Family::kLeaf : Family::kNode),
                is_leaf ? LeafKey(org, index) : NodeKey(org, level, index), &value);
    if (!status.ok()) {
      return ReadError(
          ToStd(absl::StrCat("reading node ", index, " of level ", level, " of the log")), status);
    }
    if (is_leaf) {
      TOCSIN_ASSIGN_OR_RETURN(const LeafRow row, DecodeLeafRow(value));
      return row.leaf;
    }
    if (value.size() != sizeof(Digest)) return RowDamaged("a node has the wrong size");
    return Digest::FromBytes(value);
  };
}

absl::Status Database::Impl::Write(rocksdb::WriteBatch& batch, Head next) {
  {
    runtime::MutexLock hold(mutex);
    if (!stop_reason.empty()) {
      return Error(absl::StatusCode::kUnavailable, "STORE_READ_ONLY",
                   "the store is read-only: " + stop_reason,
                   "Tell the operator of the server. Reading goes on.");
    }
  }
  next.commit = head.commit + 1;
  std::string commit;
  AppendU64(commit, next.commit);
  TOCSIN_CHECK(batch.Put(family(Family::kMeta), ToSlice(kCommitKey), commit).ok());

  rocksdb::WriteOptions write;
  write.sync = options.test.sync_writes;
  const rocksdb::Status written = db->Write(write, &batch);
  absl::Status status = absl::OkStatus();
  if (!written.ok()) status = ReadError("writing a commit", written);
  if (status.ok()) status = head_file->Write(next);
  if (status.ok()) {
    head = std::move(next);
    return status;
  }
  // Whether this commit is on the disk only the next start can tell. Nothing is tried twice: a
  // second sync may report success for what the first one lost.
  const std::string message(ToStd(status.message()));
  Stop("The disk refused a write: " + message +
       ". What was acknowledged can be read. Make space or replace the disk, then start the server "
       "again.");
  return Error(absl::StatusCode::kUnavailable, "OUTCOME_UNKNOWN",
               "outcome unknown: the disk refused the commit (" + message + ")",
               "Retry with the same request id.");
}

State Database::state() const {
  return impl_->stopped() ? State::kReadOnly : State::kReadWrite;
}

std::string Database::read_only_reason() const {
  runtime::MutexLock hold(impl_->mutex);
  return impl_->stop_reason;
}

absl::StatusOr<OrgInfo> Database::CreateOrg(std::string_view name, std::string_view origin,
                                            absl::Time create_time) {
  if (!IsOrgName(name)) {
    return InvalidArgument(
        "BAD_ORG_NAME", "an organisation's name is 1 to 32 lower-case letters, digits and dashes",
        "Choose a name like \"acme\".");
  }
  OrgInfo info;
  info.name = name;
  info.origin = origin;
  info.epoch = kFirstEpoch;
  info.create_time = absl::FromUnixNanos(absl::ToUnixNanos(create_time));
  uint32_t last_number = 0;
  for (const OrgInfo& other : Orgs()) {
    if (other.name == name) return Exists("ORG_EXISTS", "there is an organisation of that name");
    if (other.origin == origin) return Exists("ORIGIN_EXISTS", "there is a log of that origin");
    last_number = std::max(last_number, static_cast<uint32_t>(other.number));
  }
  if (last_number >= kOrgsMax) {
    return InvalidArgument("TOO_MANY_ORGS",
                           ToStd(absl::StrCat("one store holds ", kOrgsMax, " organisations")),
                           "Start a second server for the others.");
  }
  info.number = OrgNumber{last_number + 1};
  if (state() == State::kReadOnly) {
    rocksdb::WriteBatch unwritten;
    return impl_->Write(unwritten, {});
  }

  std::string seed = runtime::RandomString(kKeyBytes);
  TOCSIN_ASSIGN_OR_RETURN(const ledger::Signer signer, ledger::Signer::FromSeed(origin, seed));
  info.verifier_key = signer.vkey();
  std::string epoch_key = runtime::RandomString(kKeyBytes);
  absl::Status stored = impl_->keys.Create(KeyFiles::LogKeyName(name), seed);
  if (stored.ok()) {
    stored = impl_->keys.Create(KeyFiles::EpochKeyName(name, info.epoch), epoch_key);
  }
  OPENSSL_cleanse(seed.data(), seed.size());
  OPENSSL_cleanse(epoch_key.data(), epoch_key.size());
  TOCSIN_RETURN_IF_ERROR(stored);
  TOCSIN_RETURN_IF_ERROR(impl_->keys.SyncDirectory());

  TOCSIN_ASSIGN_OR_RETURN(std::unique_ptr<OrgState> org, impl_->LoadOrg(info));
  rocksdb::WriteBatch batch;
  TOCSIN_CHECK(batch.Put(impl_->family(Family::kMeta), OrgKey(name), EncodeOrgRow(info)).ok());
  Head next = impl_->head;
  next.logs.push_back({info.number, 0, ledger::EmptyRoot()});
  TOCSIN_RETURN_IF_ERROR(impl_->Write(batch, std::move(next)));
  impl_->Publish(*org);
  runtime::MutexLock hold(impl_->mutex);
  impl_->orgs.emplace(info.number, std::move(org));
  return info;
}

}  // namespace tocsin::store
