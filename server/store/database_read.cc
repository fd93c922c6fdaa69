#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/snapshot.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/store/database_impl.h"
#include "server/store/rocks.h"

namespace tocsin::store {
namespace {

// The rows of one family whose keys begin with `prefix`, from `from` on.
class Rows {
 public:
  Rows(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, std::string prefix,
       std::string_view from, const rocksdb::Snapshot* snapshot = nullptr)
      : prefix_(std::move(prefix)) {
    rocksdb::ReadOptions read;
    read.snapshot = snapshot;
    rows_.reset(db.NewIterator(read, family));
    rows_->Seek(ToSlice(from));
  }

  bool Valid() const { return rows_->Valid() && rows_->key().starts_with(prefix_); }
  void Next() { rows_->Next(); }
  std::string_view key() const { return FromSlice(rows_->key()); }
  std::string_view value() const { return FromSlice(rows_->value()); }
  // What ended the rows before their end.
  absl::Status status(std::string_view doing) const {
    if (rows_->status().ok()) return absl::OkStatus();
    return ReadError(doing, rows_->status());
  }

 private:
  std::string prefix_;
  std::unique_ptr<rocksdb::Iterator> rows_;
};

absl::Status Named(const IncidentId& incident, uint64_t sequence, const absl::Status& status) {
  const std::string message = absl::StrCat("entry ", sequence, " of incident ", incident.ToString(),
                                           ": ", status.message());
  return Error(status.code(), ReasonOf(status), message, NextStepOf(status));
}

absl::Status EntryDamaged(std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "ENTRY_DAMAGED", what,
               "Keep the store as evidence and restore a backup.");
}

// The rows that are one entry.
struct EntryRows {
  std::string_view record;
  std::string_view box;
  std::string_view key;
};

// What an entry must fit to.
struct Place {
  std::string_view origin;
  OrgNumber org{};
  IncidentId incident;
  uint64_t sequence = 0;
  const ledger::EpochKey* epoch_key = nullptr;
};

absl::StatusOr<StoredEntry> OpenEntry(const EntryRows& rows, const Place& place,
                                      PinnedFiles& pinned) {
  StoredEntry entry;
  TOCSIN_ASSIGN_OR_RETURN(entry.record, ledger::Decode(rows.record));
  if (entry.record.incident != place.incident || entry.record.incident_sequence != place.sequence) {
    return EntryDamaged("its record belongs to another place");
  }
  entry.record_bytes = rows.record;
  entry.leaf = ledger::LeafHash(rows.record);

  ledger::SealedBody sealed;
  sealed.box = rows.box;
  TOCSIN_ASSIGN_OR_RETURN(sealed.key, DecodeWrappedKey(rows.key));
  TOCSIN_ASSIGN_OR_RETURN(ledger::OpenedBody opened,
                          ledger::Open(sealed, *place.epoch_key,
                                       {place.origin, place.org, place.incident, place.sequence}));
  TOCSIN_RETURN_IF_ERROR(ledger::CheckCommitments(entry.record, opened));
  TOCSIN_ASSIGN_OR_RETURN(entry.pending, DecodeBody(opened.body, pinned));
  if (domain::EntryType(entry.pending.event) != entry.record.type) {
    return EntryDamaged("its body holds another kind of event than its record says");
  }
  entry.pending.tlp = entry.record.tlp;
  entry.pending.by_server = entry.record.actor.empty();
  entry.body = std::move(opened.body);
  entry.salt = std::move(opened.salt);
  entry.auth_context = std::move(opened.auth_context);
  return entry;
}

}  // namespace

std::vector<OrgInfo> Database::Orgs() const {
  runtime::MutexLock hold(impl_->mutex);
  std::vector<OrgInfo> orgs;
  for (const auto& [number, org] : impl_->orgs) orgs.push_back(org->info);
  return orgs;
}

absl::StatusOr<std::vector<IncidentRow>> Database::ReadIncidentRows(OrgNumber org) const {
  TOCSIN_RETURN_IF_ERROR(impl_->Require(org).status());
  const std::string prefix = OrgPrefix(org);
  std::vector<IncidentRow> incidents;
  Rows rows(*impl_->db, impl_->family(Family::kIncident), prefix, prefix);
  for (; rows.Valid(); rows.Next()) {
    const std::string_view id = rows.key().substr(prefix.size());
    if (id.size() != sizeof(IncidentId)) return RowDamaged("an incident's key");
    TOCSIN_ASSIGN_OR_RETURN(IncidentRow row,
                            DecodeIncidentRow(IncidentId::FromBytes(id), rows.value()));
    incidents.push_back(std::move(row));
  }
  TOCSIN_RETURN_IF_ERROR(rows.status("reading the incidents"));
  // A row is written when something in it but the last entry changes.
  const std::unique_ptr<rocksdb::Iterator> entries(
      impl_->db->NewIterator(rocksdb::ReadOptions(), impl_->family(Family::kEntry)));
  for (IncidentRow& row : incidents) {
    const std::string last = EntryKey(org, row.id, std::numeric_limits<uint64_t>::max());
    entries->SeekForPrev(last);
    if (!entries->Valid() || !entries->key().starts_with(IncidentKey(org, row.id))) continue;
    TOCSIN_ASSIGN_OR_RETURN(const ledger::EntryRecord record,
                            ledger::Decode(FromSlice(entries->value())));
    row.last_sequence = record.incident_sequence;
    row.last_leaf = ledger::LeafHash(FromSlice(entries->value()));
    row.last_record_time = record.record_time;
  }
  if (!entries->status().ok()) return ReadError("reading the last entries", entries->status());
  return incidents;
}

absl::StatusOr<std::vector<StoredEntry>> Database::ReadEntries(OrgNumber org,
                                                               const IncidentId& incident,
                                                               uint64_t after_sequence,
                                                               size_t limit) const {
  TOCSIN_ASSIGN_OR_RETURN(const OrgState* const state, impl_->Require(org));
  const uint64_t log_size = impl_->PublishedSize(*state);
  std::vector<StoredEntry> entries;
  if (after_sequence == UINT64_MAX) return entries;
  rocksdb::ManagedSnapshot snapshot(impl_->db.get());
  const std::string prefix = IncidentKey(org, incident);
  const std::string from = EntryKey(org, incident, after_sequence + 1);
  const auto rows_of = [&](Family which) {
    return Rows(*impl_->db, impl_->family(which), prefix, from, snapshot.snapshot());
  };
  Rows records = rows_of(Family::kEntry);
  Rows boxes = rows_of(Family::kBody);
  Rows keys = rows_of(Family::kKey);
  Place place{state->info.origin, org, incident, after_sequence, &state->epoch_key};
  for (; records.Valid() && entries.size() < limit; records.Next(), boxes.Next(), keys.Next()) {
    ++place.sequence;
    const auto failed = [&](const absl::Status& status) {
      return Named(incident, place.sequence, status);
    };
    if (SequenceOfEntryKey(records.key()) != place.sequence) {
      return failed(EntryDamaged("it is missing, and later ones are not"));
    }
    if (!boxes.Valid() || boxes.key() != records.key() || !keys.Valid() ||
        keys.key() != records.key()) {
      TOCSIN_RETURN_IF_ERROR(boxes.status("reading the bodies of entries"));
      TOCSIN_RETURN_IF_ERROR(keys.status("reading the keys of entries"));
      return failed(EntryDamaged("its body or its key is missing"));
    }
    absl::StatusOr<StoredEntry> entry =
        OpenEntry({records.value(), boxes.value(), keys.value()}, place, impl_->pinned);
    if (!entry.ok()) return failed(entry.status());
    // Not acknowledged yet.
    if (entry->record.log_index >= log_size) break;
    const bool is_first = place.sequence == 1;
    if ((is_first && entry->record.previous_leaf != Digest{}) ||
        (!entries.empty() && entry->record.previous_leaf != entries.back().leaf)) {
      return failed(EntryDamaged("it does not follow the entry before it"));
    }
    entries.push_back(*std::move(entry));
  }
  TOCSIN_RETURN_IF_ERROR(records.status("reading the entries"));
  return entries;
}

absl::StatusOr<std::vector<LogLine>> Database::ReadLog(OrgNumber org, uint64_t from_index,
                                                       size_t limit) const {
  TOCSIN_ASSIGN_OR_RETURN(const OrgState* const state, impl_->Require(org));
  const uint64_t log_size = impl_->PublishedSize(*state);
  std::vector<LogLine> lines;
  Rows rows(*impl_->db, impl_->family(Family::kLeaf), OrgPrefix(org), LeafKey(org, from_index));
  for (uint64_t index = from_index; index < log_size && lines.size() < limit;
       ++index, rows.Next()) {
    TOCSIN_RETURN_IF_ERROR(rows.status("reading the log"));
    if (!rows.Valid() || LogIndexOfLeafKey(rows.key()) != index) {
      return RowDamaged(ToStd(absl::StrCat("leaf ", index, " of the log is missing")));
    }
    TOCSIN_ASSIGN_OR_RETURN(const LeafRow row, DecodeLeafRow(rows.value()));
    lines.push_back({index, row.incident, row.sequence, row.leaf});
  }
  return lines;
}

absl::StatusOr<std::optional<RequestRecord>> Database::FindRequest(OrgNumber org,
                                                                   const RequestId& request) const {
  TOCSIN_ASSIGN_OR_RETURN(const OrgState* const state, impl_->Require(org));
  std::string value;
  const rocksdb::Status status = impl_->db->Get(
      rocksdb::ReadOptions(), impl_->family(Family::kRequest), RequestKey(org, request), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return ReadError("looking up a request", status);
  TOCSIN_ASSIGN_OR_RETURN(const RequestRecord record, DecodeRequestRow(value));
  const bool appended = record.first_sequence != 0;
  if (appended && record.last_log_index >= impl_->PublishedSize(*state)) return std::nullopt;
  return record;
}

absl::StatusOr<std::vector<StoredTimer>> Database::ReadTimers() const {
  std::vector<StoredTimer> timers;
  Rows rows(*impl_->db, impl_->family(Family::kTimer), "", "");
  for (; rows.Valid(); rows.Next()) {
    TOCSIN_ASSIGN_OR_RETURN(const TimerKeyParts parts, ParseTimerKey(rows.key()));
    TOCSIN_ASSIGN_OR_RETURN(domain::Timer timer,
                            domain::Timer::FromName(parts.fire_time, parts.name));
    timers.push_back({parts.org, parts.incident, std::move(timer)});
  }
  TOCSIN_RETURN_IF_ERROR(rows.status("reading the timers"));
  return timers;
}

uint64_t Database::log_size(OrgNumber org) const {
  const OrgState* const state = impl_->Find(org);
  TOCSIN_CHECK(state != nullptr);
  return impl_->PublishedSize(*state);
}

std::string Database::VerifierKey(OrgNumber org) const {
  const OrgState* const state = impl_->Find(org);
  TOCSIN_CHECK(state != nullptr);
  return state->info.verifier_key;
}

std::string Database::Origin(OrgNumber org) const {
  const OrgState* const state = impl_->Find(org);
  TOCSIN_CHECK(state != nullptr);
  return state->info.origin;
}

absl::StatusOr<std::string> Database::Checkpoint(OrgNumber org) const {
  TOCSIN_ASSIGN_OR_RETURN(const OrgState* const state, impl_->Require(org));
  return impl_->NoteOf(impl_->PublishedOf(*state));
}

absl::StatusOr<std::string> Database::Impl::NoteOf(Published published) const {
  if (!published.note.empty()) return std::move(published.note);
  return FailedPrecondition("EVIDENCE_LOST",
                            "this log came back shorter or different and is not signed again",
                            "Restore the newest backup; until then the entries can be read.");
}

absl::StatusOr<ledger::Tree> Database::Impl::TreeOf(OrgNumber org) const {
  TOCSIN_ASSIGN_OR_RETURN(const OrgState* const state, Require(org));
  return ledger::Tree::Rebuild(PublishedSize(*state), ReaderOf(org));
}

absl::StatusOr<std::vector<Digest>> Database::InclusionProof(OrgNumber org, uint64_t index,
                                                             uint64_t size) const {
  TOCSIN_ASSIGN_OR_RETURN(const ledger::Tree tree, impl_->TreeOf(org));
  return tree.InclusionProof(index, size);
}

absl::StatusOr<std::vector<std::vector<Digest>>> Database::InclusionProofs(
    OrgNumber org, std::span<const uint64_t> indexes, uint64_t size) const {
  TOCSIN_ASSIGN_OR_RETURN(const ledger::Tree tree, impl_->TreeOf(org));
  std::vector<std::vector<Digest>> proofs;
  proofs.reserve(indexes.size());
  for (uint64_t index : indexes) {
    TOCSIN_ASSIGN_OR_RETURN(std::vector<Digest> proof, tree.InclusionProof(index, size));
    proofs.push_back(std::move(proof));
  }
  return proofs;
}

absl::StatusOr<std::vector<Digest>> Database::ConsistencyProof(OrgNumber org, uint64_t old_size,
                                                               uint64_t new_size) const {
  TOCSIN_ASSIGN_OR_RETURN(const ledger::Tree tree, impl_->TreeOf(org));
  return tree.ConsistencyProof(old_size, new_size);
}

absl::StatusOr<ledger::Receipt> Database::Impl::ReceiptFrom(const ledger::Tree& tree,
                                                            Published published,
                                                            uint64_t log_index) const {
  ledger::Receipt receipt;
  receipt.log_index = log_index;
  receipt.tree_size = published.size;
  TOCSIN_ASSIGN_OR_RETURN(receipt.inclusion_proof, tree.InclusionProof(log_index, published.size));
  TOCSIN_ASSIGN_OR_RETURN(receipt.leaf_hash, tree.NodeAt(0, log_index));
  TOCSIN_ASSIGN_OR_RETURN(receipt.checkpoint_note, NoteOf(std::move(published)));
  return receipt;
}

absl::StatusOr<ledger::Receipt> Database::MakeReceipt(OrgNumber org, uint64_t log_index) const {
  TOCSIN_ASSIGN_OR_RETURN(const OrgState* const state, impl_->Require(org));
  Published published = impl_->PublishedOf(*state);
  TOCSIN_ASSIGN_OR_RETURN(const ledger::Tree tree,
                          ledger::Tree::Rebuild(published.size, impl_->ReaderOf(org)));
  return impl_->ReceiptFrom(tree, std::move(published), log_index);
}

}  // namespace tocsin::store
