#include "tests/unit/store/store_fixture.h"

#include <cstdio>

#include "server/base/check.h"
#include "server/base/encoding.h"

namespace tocsin::store {

Disk::Disk(uint64_t seed)
    : fs(std::make_shared<testing::FaultFileSystem>(seed)), env(rocksdb::NewCompositeEnv(fs)) {}

Options Disk::StoreOptions() const {
  Options options;
  options.directory = kStorePath;
  options.env = env.get();
  return options;
}

std::unique_ptr<Database> Disk::Open(const TestOptions& test_options) const {
  Options options = StoreOptions();
  options.test = test_options;
  absl::StatusOr<std::unique_ptr<Database>> database = Database::Open(options);
  if (!database.ok()) std::fprintf(stderr, "%s\n", database.status().ToString().c_str());
  TOCSIN_CHECK(database.ok());
  return *std::move(database);
}

IncidentId AnIncident(uint8_t number) {
  IncidentId id;
  id.bytes.back() = number;
  return id;
}

RequestId ARequest(uint64_t number) {
  std::string bytes(8, '\x5a');
  AppendU64(bytes, number);
  return RequestId::FromBytes(bytes);
}

absl::Time At(int64_t seconds) {
  return absl::FromUnixSeconds(1'781'078'400 + seconds);
}

domain::PendingEntry Saying(std::string_view text) {
  domain::PendingEntry pending;
  pending.event = domain::EntryRecorded{EntryKind::kObservation, std::string(text), {}};
  return pending;
}

domain::Timer ATimer(int64_t seconds) {
  return {At(seconds), "nis2.early_warning", 75, At(seconds + 60)};
}

OrgNumber CreateAcme(Database& database) {
  const absl::StatusOr<OrgInfo> org = database.CreateOrg("acme", kOrigin, At(0));
  if (!org.ok()) std::fprintf(stderr, "%s\n", org.status().ToString().c_str());
  TOCSIN_CHECK(org.ok());
  return org->number;
}

absl::StatusOr<Appended> Writer::Say(const IncidentId& incident, std::string_view text,
                                     const RequestId& request) {
  Last& last = last_[incident];
  NewEntry entry;
  entry.incident = incident;
  entry.sequence = last.sequence + 1;
  entry.previous_leaf = last.leaf;
  entry.author.bytes.fill(7);
  entry.request = request;
  entry.auth_context = "token:test";
  entry.clock.now = At(++seconds_);
  absl::StatusOr<Appended> appended = batch_.Append(org_, entry, Saying(text));
  if (appended.ok()) last = {entry.sequence, appended->leaf};
  return appended;
}

Appended Writer::SayAndCommit(const IncidentId& incident, std::string_view text) {
  const absl::StatusOr<Appended> appended = Say(incident, text);
  TOCSIN_CHECK(appended.ok());
  TOCSIN_CHECK(batch_.Commit().ok());
  return *appended;
}

uint64_t Writer::last_sequence(const IncidentId& incident) const {
  const auto found = last_.find(incident);
  return found == last_.end() ? 0 : found->second.sequence;
}

IncidentRow Writer::RowOf(const IncidentId& incident) const {
  const Last& last = last_.at(incident);
  IncidentRow row;
  row.id = incident;
  row.number = "INC-2026-0001";
  row.last_sequence = last.sequence;
  row.last_leaf = last.leaf;
  row.declare_time = At(1);
  row.last_record_time = At(seconds_);
  row.open = true;
  return row;
}

std::vector<std::string> TextsOf(const Database& database, OrgNumber org,
                                 const IncidentId& incident) {
  const absl::StatusOr<std::vector<StoredEntry>> entries =
      database.ReadEntries(org, incident, 0, SIZE_MAX);
  if (!entries.ok()) std::fprintf(stderr, "%s\n", entries.status().ToString().c_str());
  TOCSIN_CHECK(entries.ok());
  std::vector<std::string> texts;
  for (const StoredEntry& entry : *entries) {
    texts.push_back(std::get<domain::EntryRecorded>(entry.pending.event).text);
  }
  return texts;
}

}  // namespace tocsin::store
