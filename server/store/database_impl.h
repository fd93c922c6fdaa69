// What a Database is made of. Internal to server/store: the opening, the reads and the commit are
// three files that work on it.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rocksdb/db.h"
#include "rocksdb/write_batch.h"
#include "server/ledger/checkpoint.h"
#include "server/ledger/sealing.h"
#include "server/ledger/tree.h"
#include "server/runtime/mutex.h"
#include "server/store/database.h"
#include "server/store/event_codec.h"
#include "server/store/head_file.h"
#include "server/store/key_files.h"
#include "server/store/schema.h"

namespace tocsin::store {

/// The part of a log that is acknowledged.
struct Published {
  uint64_t size = 0;
  Digest root;
  /// The signed note; empty when the log is not signed any more.
  std::string note;
};

struct OrgState {
  OrgInfo info;
  ledger::Signer signer;
  ledger::EpochKey epoch_key;
  /// All committed leaves, then the staged ones. The writer's thread only.
  ledger::Tree working;
  /// Guarded by Impl::mutex.
  Published published;
};

struct Database::Impl {
  explicit Impl(const Options& options_in);
  ~Impl();

  // Opening, in this order (database_open.cc). OK with a stop reason means read-only.
  absl::Status PrepareDirectory();
  void ReadHead();
  /// True when nothing says that the store has ever held an organisation.
  bool MayBeEmpty() const;
  absl::Status OpenRocks();
  absl::Status CheckFormat();
  absl::Status LoadOrgs();
  absl::Status CompareWithHead();
  void StartWriting();
  absl::Status PublishAll();

  rocksdb::ColumnFamilyHandle* family(Family which) const {
    return families[static_cast<size_t>(which)];
  }

  /// Reads `level`'s node from the store.
  ledger::NodeReader ReaderOf(OrgNumber org) const;
  /// One past the last leaf in the store.
  absl::StatusOr<uint64_t> StoredLogSize(OrgNumber org) const;
  absl::StatusOr<std::unique_ptr<OrgState>> LoadOrg(const OrgInfo& info) const;

  /// nullptr when there is none.
  OrgState* Find(OrgNumber org) const TOCSIN_EXCLUDES(mutex);
  absl::StatusOr<OrgState*> Require(OrgNumber org) const TOCSIN_EXCLUDES(mutex);
  Published PublishedOf(const OrgState& org) const TOCSIN_EXCLUDES(mutex);
  uint64_t PublishedSize(const OrgState& org) const TOCSIN_EXCLUDES(mutex);
  /// Signs and publishes the working tree. The writer's thread only, after the head file.
  void Publish(OrgState& org) TOCSIN_EXCLUDES(mutex);

  /// The note, or EVIDENCE_LOST when there is none.
  absl::StatusOr<std::string> NoteOf(Published published) const;
  /// A tree of one's own, for reading in any thread.
  absl::StatusOr<ledger::Tree> TreeOf(OrgNumber org) const;
  /// `tree` has at least `published.size` leaves.
  absl::StatusOr<ledger::Receipt> ReceiptFrom(const ledger::Tree& tree, Published published,
                                              uint64_t log_index) const;

  /// Checks the rows of one entry against its leaf.
  absl::Status CheckRows(OrgNumber org, const LogLine& line) const;

  bool stopped() const TOCSIN_EXCLUDES(mutex);
  /// From now on read-only. The first reason stays. Any thread.
  void Stop(std::string reason) TOCSIN_EXCLUDES(mutex);

  /// The one way to write: batch, sync, head file. `next` is the head after it, but for the
  /// commit's number. The writer's thread only. Errors: those of CommitBatch::Commit.
  absl::Status Write(rocksdb::WriteBatch& batch, Head next);

  const Options options;
  rocksdb::Env& env;
  const KeyFiles keys;
  rocksdb::FileLock* lock = nullptr;
  std::unique_ptr<rocksdb::DB> db;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilyNames.size()> families{};
  mutable PinnedFiles pinned;

  // The writer's thread only, once open.
  bool head_exists = false;
  bool evidence_lost = false;
  size_t newest_slot = 1;
  std::unique_ptr<HeadFile> head_file;
  Head head;
  uint64_t stored_commit = 0;

  mutable runtime::Mutex mutex;
  // Organisations are only ever added, and an OrgState never moves.
  std::map<OrgNumber, std::unique_ptr<OrgState>> orgs TOCSIN_GUARDED_BY(mutex);
  std::string stop_reason TOCSIN_GUARDED_BY(mutex);
};

}  // namespace tocsin::store
