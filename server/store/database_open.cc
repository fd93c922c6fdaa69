#include <filesystem>

#include "absl/strings/str_cat.h"
#include "openssl/crypto.h"
#include "rocksdb/env.h"
#include "server/base/check.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"
#include "server/store/database_impl.h"
#include "server/store/rocks.h"

namespace tocsin::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAfterLoss =
    "Keep the directory as evidence, compare with the checkpoints that clients keep, and restore "
    "the newest backup.";
constexpr std::string_view kAfterDiskError =
    "What was acknowledged can be read. Make space or replace the disk, then start the server "
    "again.";

std::string HeadPath(const Options& options) {
  return options.directory + "/head";
}

absl::Status Damaged(std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "STORE_DAMAGED",
               std::string("the store cannot be opened: ").append(what), kAfterLoss);
}

std::string LogText(uint64_t size, const Digest& root) {
  return absl::StrCat(size, " entries with root ", root.Hex());
}

}  // namespace

Database::Impl::Impl(const Options& options_in)
    : options(options_in),
      env(options_in.env != nullptr ? *options_in.env : *rocksdb::Env::Default()),
      keys(env, options_in.directory + "/keys", options_in.env == nullptr) {}

Database::Impl::~Impl() {
  for (rocksdb::ColumnFamilyHandle* handle : families) {
    if (handle != nullptr) static_cast<void>(db->DestroyColumnFamilyHandle(handle));
  }
  // Ends RocksDB's threads, which call the listener, before anything else goes.
  db.reset();
  if (lock != nullptr) static_cast<void>(env.UnlockFile(lock));
}

absl::Status Database::Impl::PrepareDirectory() {
  bool created = false;
  for (const std::string& path : {options.directory, options.directory + "/keys"}) {
    if (env.FileExists(path).ok()) continue;
    const rocksdb::Status status = env.CreateDirIfMissing(path);
    if (!status.ok()) return ReadError("making the directory " + path, status);
    if (options.env == nullptr) {
      std::error_code error;
      fs::permissions(path, fs::perms::owner_all, error);
      if (error) {
        return ReadError("closing " + path, rocksdb::Status::IOError(error.message()));
      }
    }
    created = true;
  }
  if (created) {
    TOCSIN_RETURN_IF_ERROR(SyncDirectory(env, options.directory));
    const std::string parent = fs::path(options.directory).parent_path().string();
    if (!parent.empty()) TOCSIN_RETURN_IF_ERROR(SyncDirectory(env, parent));
  }

  const rocksdb::Status locked = env.LockFile(options.directory + "/lock", &lock);
  if (locked.ok()) return absl::OkStatus();
  if (locked.IsNoSpace()) {
    Stop("The disk is full. " + std::string(kAfterDiskError));
    return absl::OkStatus();
  }
  return FailedPrecondition(
      "STORE_IN_USE",
      "the store in " + options.directory + " is used by another process: " + locked.ToString(),
      "Stop the other server, or give this one a directory of its own.");
}

void Database::Impl::ReadHead() {
  std::string bytes;
  head_exists = env.FileExists(HeadPath(options)).ok();
  if (!head_exists) return;
  // A file that cannot be read counts as one without a valid slot.
  static_cast<void>(rocksdb::ReadFileToString(&env, HeadPath(options), &bytes));
  HeadSlots slots = ReadHeadSlots(bytes);
  newest_slot = slots.newest_slot;
  if (slots.newest) {
    head = *std::move(slots.newest);
  } else {
    evidence_lost = true;
  }
}

bool Database::Impl::MayBeEmpty() const {
  const bool head_tells = head_exists && !evidence_lost;
  return head_tells ? head.commit == 0 : !keys.HasAny();
}

absl::Status Database::Impl::OpenRocks() {
  const std::string path = options.directory + "/db";
  rocksdb::DBOptions db_options =
      MakeDbOptions(&env, std::make_shared<ErrorListener>([this](const std::string& error) {
        Stop("The disk refused a write: " + error + ". " + std::string(kAfterDiskError));
      }));
  // A database that is gone must not come back as an empty one.
  db_options.create_if_missing = MayBeEmpty();
  const std::vector<rocksdb::ColumnFamilyDescriptor> descriptors = MakeFamilies(options.test);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  rocksdb::Status status;
  if (!stopped()) {
    status = rocksdb::DB::Open(db_options, path, descriptors, &handles, &opened);
    if (!status.ok() && status.IsIOError()) {
      Stop("The disk refused a write while the store was opened: " + status.ToString() + ". " +
           std::string(kAfterDiskError));
    }
  }
  if (opened == nullptr && stopped()) {
    const rocksdb::Status first = status;
    handles.clear();
    status = rocksdb::DB::OpenForReadOnly(db_options, path, descriptors, &handles, &opened);
    if (!status.ok() && first.IsIOError()) status = first;
  }
  if (!status.ok()) return ReadError("opening the database " + path, status);
  db.reset(opened);
  TOCSIN_CHECK(handles.size() == families.size());
  std::copy(handles.begin(), handles.end(), families.begin());
  return absl::OkStatus();
}

absl::Status Database::Impl::CheckFormat() {
  std::string value;
  rocksdb::Status status =
      db->Get(rocksdb::ReadOptions(), family(Family::kMeta), ToSlice(kFormatKey), &value);
  if (status.IsNotFound() && MayBeEmpty() && !stopped()) {
    rocksdb::WriteBatch batch;
    std::string format;
    AppendU32(format, kFormatVersion);
    std::string commit;
    AppendU64(commit, 0);
    rocksdb::WriteOptions write;
    write.sync = true;
    status = batch.Put(family(Family::kMeta), ToSlice(kFormatKey), format);
    if (status.ok()) status = batch.Put(family(Family::kMeta), ToSlice(kCommitKey), commit);
    if (status.ok()) status = db->Write(write, &batch);
    if (!status.ok()) return ReadError("starting an empty store", status);
    return absl::OkStatus();
  }
  if (status.IsNotFound()) return Damaged("it has no format version");
  if (!status.ok()) return ReadError("reading the format version", status);
  if (value.size() != 4) return Damaged("its format version has the wrong size");
  if (const uint32_t format = ReadU32(value); format > kFormatVersion) {
    return FailedPrecondition("FORMAT_TOO_NEW",
                              ToStd(absl::StrCat("the store has format ", format,
                                                 ", this release reads up to ", kFormatVersion)),
                              "Start the release that wrote it, or a newer one.");
  }
  status = db->Get(rocksdb::ReadOptions(), family(Family::kMeta), ToSlice(kCommitKey), &value);
  if (!status.ok()) return ReadError("reading the number of the last commit", status);
  if (value.size() != 8) return Damaged("the number of its last commit has the wrong size");
  stored_commit = ReadU64(value);
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> Database::Impl::StoredLogSize(OrgNumber org) const {
  const std::unique_ptr<rocksdb::Iterator> rows(
      db->NewIterator(rocksdb::ReadOptions(), family(Family::kLeaf)));
  const std::string prefix = OrgPrefix(org);
  rows->SeekForPrev(LeafKey(org, UINT64_MAX));
  if (!rows->status().ok()) return ReadError("reading the log's last leaf", rows->status());
  if (!rows->Valid() || !rows->key().starts_with(prefix)) return uint64_t{0};
  return LogIndexOfLeafKey(FromSlice(rows->key())) + 1;
}

absl::StatusOr<std::unique_ptr<OrgState>> Database::Impl::LoadOrg(const OrgInfo& info) const {
  TOCSIN_ASSIGN_OR_RETURN(std::string seed, keys.Read(KeyFiles::LogKeyName(info.name)));
  absl::StatusOr<ledger::Signer> signer = ledger::Signer::FromSeed(info.origin, seed);
  OPENSSL_cleanse(seed.data(), seed.size());
  TOCSIN_RETURN_IF_ERROR(signer.status());
  if (signer->vkey() != info.verifier_key) {
    return FailedPrecondition(
        "KEY_WRONG",
        "the key file " + KeyFiles::LogKeyName(info.name) + " is not the one this log began with",
        "Put the right file back from the place where the keys are kept.");
  }
  TOCSIN_ASSIGN_OR_RETURN(std::string key,
                          keys.Read(KeyFiles::EpochKeyName(info.name, info.epoch)));
  ledger::EpochKey epoch_key(info.epoch, key);
  OPENSSL_cleanse(key.data(), key.size());
  TOCSIN_ASSIGN_OR_RETURN(const uint64_t size, StoredLogSize(info.number));
  TOCSIN_ASSIGN_OR_RETURN(ledger::Tree tree, ledger::Tree::Rebuild(size, ReaderOf(info.number)));
  return std::make_unique<OrgState>(
      OrgState{info, *std::move(signer), std::move(epoch_key), std::move(tree), {}});
}

absl::Status Database::Impl::LoadOrgs() {
  const std::unique_ptr<rocksdb::Iterator> rows(
      db->NewIterator(rocksdb::ReadOptions(), family(Family::kMeta)));
  for (rows->Seek(ToSlice(kOrgKeyPrefix));
       rows->Valid() && rows->key().starts_with(ToSlice(kOrgKeyPrefix)); rows->Next()) {
    TOCSIN_ASSIGN_OR_RETURN(const OrgInfo info, DecodeOrgRow(FromSlice(rows->value())));
    TOCSIN_ASSIGN_OR_RETURN(std::unique_ptr<OrgState> org, LoadOrg(info));
    runtime::MutexLock hold(mutex);
    orgs.emplace(info.number, std::move(org));
  }
  if (!rows->status().ok()) return ReadError("reading the organisations", rows->status());
  return absl::OkStatus();
}

absl::Status Database::Impl::CompareWithHead() {
  if (!options.test.check_head) {
    head_exists = head_exists && !evidence_lost;
    evidence_lost = false;
    return absl::OkStatus();
  }
  std::string lost;
  {
    runtime::MutexLock hold(mutex);
    const bool was_used = !orgs.empty() || keys.HasAny();
    if (was_used && head_exists && evidence_lost) {
      lost = "The head file is damaged, so nobody can tell whether the logs are complete. ";
    } else if (was_used && !head_exists) {
      lost = "The head file is missing, so nobody can tell whether the logs are complete. ";
    }
    for (const LogHead& log : head.logs) {
      const auto found = orgs.find(log.org);
      if (found == orgs.end()) {
        absl::StrAppend(&lost, "Organisation number ", static_cast<uint32_t>(log.org),
                        " is missing; its log should have ", LogText(log.size, log.root), ". ");
        continue;
      }
      const OrgState& org = *found->second;
      const uint64_t stored = org.working.size();
      TOCSIN_ASSIGN_OR_RETURN(const Digest root, org.working.RootAt(std::min(stored, log.size)));
      if (stored >= log.size && root == log.root) continue;
      absl::StrAppend(
          &lost, "The log of ", org.info.name, " should have ", LogText(log.size, log.root),
          "; the store has ", stored,
          stored < log.size ? " entries with root " : " entries, and the root of these is ",
          root.Hex(), ". ");
    }
  }
  if (lost.empty() && stored_commit < head.commit) {
    lost = absl::StrCat("Commit ", head.commit, " was acknowledged, the store ends with commit ",
                        stored_commit,
                        ": no log entry is missing, but rows of requests, timers or "
                        "incidents may be. ");
  }
  // A first start that was cut off may leave a head file by half.
  if (lost.empty() && evidence_lost) head_exists = false;
  evidence_lost = !lost.empty();
  if (evidence_lost) Stop(lost + std::string(kAfterLoss));
  return absl::OkStatus();
}

void Database::Impl::StartWriting() {
  if (stopped()) return;
  Head now;
  now.commit = stored_commit;
  now.wall = head.wall;
  {
    runtime::MutexLock hold(mutex);
    for (const auto& [number, org] : orgs) {
      now.logs.push_back({number, org->working.size(), org->working.Root()});
    }
  }
  const std::string path = HeadPath(options);
  absl::StatusOr<std::unique_ptr<HeadFile>> file =
      head_exists ? HeadFile::Open(env, path, newest_slot) : HeadFile::Create(env, path, now);
  absl::Status status = file.status();
  if (status.ok() && !head_exists) status = SyncDirectory(env, options.directory);
  // The commit that a crash cut off before its head was written is part of the log from here on.
  if (status.ok() && head_exists && !(now == head)) status = (*file)->Write(now);
  if (!status.ok()) {
    Stop(std::string(ToStd(status.message())) + ". " + std::string(kAfterDiskError));
    return;
  }
  head_file = *std::move(file);
  head = std::move(now);
}

absl::Status Database::Impl::PublishAll() {
  const bool read_only = stopped();
  runtime::MutexLock hold(mutex);
  for (auto& [number, org] : orgs) {
    uint64_t size = org->working.size();
    if (read_only && !evidence_lost) {
      // A head that is not durable is not signed: what lies behind it stays unpublished.
      const LogHead* log = FindLog(head, number);
      size = log == nullptr ? 0 : std::min(size, log->size);
    }
    TOCSIN_ASSIGN_OR_RETURN(const Digest root, org->working.RootAt(size));
    org->published = {size, root, evidence_lost ? std::string() : org->signer.Sign(size, root)};
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const Options& options) {
  auto impl = std::make_unique<Impl>(options);
  TOCSIN_RETURN_IF_ERROR(impl->PrepareDirectory());
  impl->ReadHead();
  TOCSIN_RETURN_IF_ERROR(impl->OpenRocks());
  TOCSIN_RETURN_IF_ERROR(impl->CheckFormat());
  TOCSIN_RETURN_IF_ERROR(impl->LoadOrgs());
  TOCSIN_RETURN_IF_ERROR(impl->CompareWithHead());
  impl->StartWriting();
  TOCSIN_RETURN_IF_ERROR(impl->PublishAll());
  return std::unique_ptr<Database>(new Database(std::move(impl)));
}

}  // namespace tocsin::store
