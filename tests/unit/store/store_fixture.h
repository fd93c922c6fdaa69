// A store on a disk that breaks on demand, and a writer that remembers what a server would.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rocksdb/env.h"
#include "server/store/commit_batch.h"
#include "server/store/database.h"
#include "tests/support/fault_file_system.h"

namespace tocsin::store {

/// The disk with its RocksDB environment.
struct Disk {
  explicit Disk(uint64_t seed = 1);

  Options StoreOptions() const;
  /// Must open (checked).
  std::unique_ptr<Database> Open(const TestOptions& test = {}) const;

  std::shared_ptr<testing::FaultFileSystem> fs;
  std::unique_ptr<rocksdb::Env> env;
  TestOptions test;
};

inline constexpr std::string_view kStorePath = "/store";
inline constexpr std::string_view kOrigin = "tocsin.example/acme";

IncidentId AnIncident(uint8_t number);
RequestId ARequest(uint64_t number);
/// 2026-06-10T08:00:00Z and `seconds` later.
absl::Time At(int64_t seconds);
domain::PendingEntry Saying(std::string_view text);
domain::Timer ATimer(int64_t seconds);

/// Creates the organisation "acme" (checked) and returns its number.
OrgNumber CreateAcme(Database& database);

/// Stages entries as the command processor does: knows each incident's last sequence and leaf.
class Writer {
 public:
  Writer(Database& database, OrgNumber org) : batch_(database), org_(org) {}

  /// Stages one entry with this text; the place it got is remembered.
  absl::StatusOr<Appended> Say(const IncidentId& incident, std::string_view text,
                               const RequestId& request = {});
  /// As Say, and commits (both checked).
  Appended SayAndCommit(const IncidentId& incident, std::string_view text);

  uint64_t last_sequence(const IncidentId& incident) const;
  /// What the incident's row says after the staged entries.
  IncidentRow RowOf(const IncidentId& incident) const;
  CommitBatch& batch() { return batch_; }

 private:
  struct Last {
    uint64_t sequence = 0;
    Digest leaf;
  };

  CommitBatch batch_;
  OrgNumber org_;
  std::map<IncidentId, Last> last_;
  int64_t seconds_ = 0;
};

/// The texts of the entries of an incident, all readable (checked).
std::vector<std::string> TextsOf(const Database& database, OrgNumber org,
                                 const IncidentId& incident);

}  // namespace tocsin::store
