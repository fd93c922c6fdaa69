#include "server/store/commit_batch.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rocksdb/write_batch.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/ledger/entry_record.h"
#include "server/ledger/sealing.h"
#include "server/runtime/random.h"
#include "server/store/database_impl.h"
#include "server/store/event_codec.h"
#include "server/store/rocks.h"

namespace tocsin::store {
namespace {

// RocksDB checks every row in memory against a checksum made when it was staged.
constexpr size_t kProtectionBytesPerKey = 8;

absl::Status CheckBody(std::string_view body, std::string_view auth_context) {
  if (body.size() > kEntryBytesMax || auth_context.size() > kEntryBytesMax - body.size()) {
    return InvalidArgument(
        "ENTRY_TOO_LARGE",
        ToStd(absl::StrCat("an entry may have ", kEntryBytesMax, " bytes, this one has ",
                           body.size() + auth_context.size())),
        "Split the text, or record where the file is kept.");
  }
  if (!IsReadableBody(body)) {
    return InvalidArgument("TEXT_NOT_UTF8", "a text of the entry is not valid UTF-8",
                           "Send texts as UTF-8.");
  }
  return absl::OkStatus();
}

}  // namespace

struct CommitBatch::Staged {
  explicit Staged(Database::Impl& impl_in)
      : impl(impl_in), batch(0, 0, kProtectionBytesPerKey, 0) {}

  void Put(Family which, std::string_view row, std::string_view value) {
    TOCSIN_CHECK(batch.Put(impl.family(which), ToSlice(row), ToSlice(value)).ok());
  }

  void Clear() {
    batch.Clear();
    touched.clear();
    entries = 0;
    wall = absl::InfinitePast();
  }

  Database::Impl& impl;
  rocksdb::WriteBatch batch;
  // Whose working tree has staged leaves.
  std::vector<OrgState*> touched;
  size_t entries = 0;
  absl::Time wall = absl::InfinitePast();
  std::string key;
};

CommitBatch::CommitBatch(Database& database)
    : database_(database), staged_(std::make_unique<Staged>(*database.impl_)) {}

CommitBatch::~CommitBatch() {
  Drop();
}

absl::StatusOr<Appended> CommitBatch::Append(OrgNumber org_number, const NewEntry& entry,
                                             const domain::PendingEntry& pending) {
  TOCSIN_ASSIGN_OR_RETURN(OrgState* const org, staged_->impl.Require(org_number));
  const std::string body = EncodeBody(pending);
  TOCSIN_RETURN_IF_ERROR(CheckBody(body, entry.auth_context));
  const ledger::Sealed sealed = ledger::Seal(
      body, entry.auth_context, org->epoch_key,
      {org->info.origin, org_number, entry.incident, entry.sequence}, runtime::RandomBytes);

  ledger::EntryRecord record;
  record.type = domain::EntryType(pending.event);
  record.log_index = org->working.size();
  record.incident = entry.incident;
  record.incident_sequence = entry.sequence;
  record.previous_leaf = entry.previous_leaf;
  record.record_time = absl::FromUnixNanos(absl::ToUnixNanos(entry.clock.now));
  record.clock_error_ms = entry.clock.clock_error_ms;
  record.boottime_ns = entry.clock.boottime_ns;
  record.boot_id = entry.clock.boot_id;
  record.request = entry.request;
  record.actor = entry.author;
  record.tlp = entry.tlp;
  record.plaintext_commitment = sealed.plaintext_commitment;
  record.ciphertext_hash = sealed.ciphertext_hash;
  record.auth_hash = sealed.auth_hash;
  const std::string record_bytes = ledger::Encode(record);
  const Digest leaf = ledger::LeafHash(record_bytes);

  EntryKeyInto(staged_->key, org_number, entry.incident, entry.sequence);
  staged_->Put(Family::kEntry, staged_->key, record_bytes);
  staged_->Put(Family::kBody, staged_->key, sealed.body.box);
  staged_->Put(Family::kKey, staged_->key, EncodeWrappedKey(sealed.body.key));
  staged_->Put(Family::kLeaf, LeafKey(org_number, record.log_index),
               EncodeLeafRow({leaf, entry.incident, entry.sequence}));
  for (const ledger::TreeNode& node : org->working.Append({&leaf, 1})) {
    staged_->Put(Family::kNode, NodeKey(org_number, node.level, node.index), node.hash.view());
  }
  std::vector<OrgState*>& touched = staged_->touched;
  if (std::find(touched.begin(), touched.end(), org) == touched.end()) touched.push_back(org);
  ++staged_->entries;
  staged_->wall = std::max(staged_->wall, record.record_time);
  return Appended{record.log_index, leaf};
}

void CommitBatch::PutIncident(OrgNumber org, const IncidentRow& row) {
  staged_->Put(Family::kIncident, IncidentKey(org, row.id), EncodeIncidentRow(row));
}

void CommitBatch::PutTimer(OrgNumber org, const IncidentId& incident, const domain::Timer& timer) {
  staged_->Put(Family::kTimer, TimerKey(timer.fire_time, org, incident, timer.Name()), "");
}

void CommitBatch::DeleteTimer(OrgNumber org, const IncidentId& incident,
                              const domain::Timer& timer) {
  const std::string key = TimerKey(timer.fire_time, org, incident, timer.Name());
  TOCSIN_CHECK(staged_->batch.Delete(staged_->impl.family(Family::kTimer), key).ok());
}

void CommitBatch::PutRequest(OrgNumber org, const RequestId& request, const RequestRecord& record) {
  staged_->Put(Family::kRequest, RequestKey(org, request), EncodeRequestRow(record));
}

size_t CommitBatch::size() const {
  return staged_->entries;
}

size_t CommitBatch::bytes() const {
  return staged_->batch.GetDataSize();
}

absl::Status CommitBatch::Commit() {
  if (staged_->batch.Count() == 0) return absl::OkStatus();
  Database::Impl& impl = staged_->impl;
  Head next = impl.head;
  if (staged_->entries > 0) next.wall = staged_->wall;
  for (const OrgState* org : staged_->touched) {
    for (LogHead& log : next.logs) {
      if (log.org != org->info.number) continue;
      log.size = org->working.size();
      log.root = org->working.Root();
    }
  }
  const absl::Status status = impl.Write(staged_->batch, std::move(next));
  if (!status.ok()) {
    Drop();
    return status;
  }
  for (OrgState* org : staged_->touched) impl.Publish(*org);
  staged_->Clear();
  return status;
}

void CommitBatch::Drop() {
  Database::Impl& impl = staged_->impl;
  for (OrgState* org : staged_->touched) {
    absl::StatusOr<ledger::Tree> tree = impl.TreeOf(org->info.number);
    if (tree.ok()) {
      org->working = *std::move(tree);
    } else {
      impl.Stop("The log of " + org->info.name +
                " cannot be read: " + std::string(tree.status().message()) +
                ". Check the disk, then start the server again.");
    }
  }
  staged_->Clear();
}

absl::StatusOr<ledger::Receipt> CommitBatch::MakeReceipt(OrgNumber org, uint64_t log_index) const {
  Database::Impl& impl = staged_->impl;
  TOCSIN_ASSIGN_OR_RETURN(const OrgState* const state, impl.Require(org));
  return impl.ReceiptFrom(state->working, impl.PublishedOf(*state), log_index);
}

}  // namespace tocsin::store
