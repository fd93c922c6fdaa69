// Cuts the power at a random write, sync or rename, thousands of times, and looks at what the store
// is afterwards: every acknowledged commit is there, none is there by half, and the log continues
// the last checkpoint anybody saw. The controls take a protection away and must lose data.
//
// TOCSIN_SIM_CUTS=10000 TOCSIN_SIM_SEED=7 sim_power_cut_test   runs longer, or again.

#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>

#include "server/base/error.h"
#include "server/ledger/checkpoint.h"
#include "tests/support/catch.h"
#include "tests/unit/store/store_fixture.h"

namespace tocsin::store {
namespace {

constexpr uint64_t kCutsDefault = 2'000;
constexpr uint64_t kCutsPerDisk = 20;
constexpr uint64_t kChangesUntilCutMax = 80;
// A garbled tail of RocksDB's MANIFEST makes it refuse to open. That is loud and loses nothing, but
// it must stay rare.
constexpr uint64_t kRefusedPercentMax = 5;

uint64_t FromEnvironment(const char* name, uint64_t fallback) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread.
  return value == nullptr ? fallback : std::strtoull(value, nullptr, 10);
}

// Everything one commit wrote.
struct Shape {
  std::vector<std::pair<IncidentId, std::string>> entries;
  RequestId request;
  IncidentId incident;
  std::vector<StoredTimer> timers;
  std::vector<StoredTimer> deleted;
};

struct Tally {
  uint64_t cuts = 0;
  uint64_t acknowledged = 0;
  uint64_t lost = 0;
  // Lost, and the store opened read-write all the same.
  uint64_t unnoticed = 0;
  uint64_t half_written = 0;
  uint64_t in_doubt_kept = 0;
  uint64_t refused = 0;
  uint64_t read_only = 0;
};

// One disk, the store on it, and what its users were told.
class World {
 public:
  World(uint64_t seed, const TestOptions& test) : random_(seed), disk_(seed), test_(test) {
    database_ = disk_.Open(test_);
    org_ = CreateAcme(*database_);
    verifier_key_ = database_->VerifierKey(org_);
    checkpoint_ = *database_->Checkpoint(org_);
  }

  // Runs commits until the power is cut, comes back, and compares. False when the store refused to
  // open or is read-only: the disk is of no further use.
  bool CutOnce(Tally& tally) {
    ++tally.cuts;
    std::optional<Shape> in_doubt;
    if (Random(4) == 0) {  // While the store recovers from the cut before.
      database_.reset();
      disk_.fs->CutPowerAt(1 + Random(30));
      const absl::Status opened = OpenAgain();
      REQUIRE((opened.ok() || disk_.fs->power_is_off()));
    } else {
      disk_.fs->CutPowerAt(1 + Random(kChangesUntilCutMax));
    }
    if (database_ != nullptr && database_->state() == State::kReadWrite) {
      in_doubt = CommitUntilCut(tally);
    }
    REQUIRE(disk_.fs->power_is_off());
    database_.reset();
    disk_.fs->Restart();
    return LookBack(in_doubt, tally);
  }

 private:
  uint64_t Random(uint64_t below) {
    return std::uniform_int_distribution<uint64_t>(0, below - 1)(random_);
  }

  Shape ARandomShape() {
    Shape shape;
    shape.request = ARequest(++requests_);
    const uint64_t kind = Random(10);
    if (kind == 0 && !timers_.empty()) {  // Only rows.
      shape.deleted.push_back(timers_.begin()->second);
      return shape;
    }
    if (kind <= 3) {  // A declaration.
      shape.incident = AnIncident(static_cast<uint8_t>(1 + Random(20)));
      for (uint64_t i = 2 + Random(5); i > 0; --i) AddEntry(shape, shape.incident);
      for (uint64_t i = Random(4); i > 0; --i) {
        shape.timers.push_back({org_, shape.incident, ATimer(++timer_seconds_)});
      }
      return shape;
    }
    shape.incident = AnIncident(static_cast<uint8_t>(1 + Random(20)));
    for (uint64_t i = kind == 9 ? 30 : 1; i > 0; --i) {  // A group of many writers, or one entry.
      AddEntry(shape, AnIncident(static_cast<uint8_t>(1 + Random(20))));
    }
    return shape;
  }

  void AddEntry(Shape& shape, const IncidentId& incident) {
    shape.entries.emplace_back(incident,
                               std::string(1 + Random(600), static_cast<char>('a' + Random(26))));
  }

  static RequestRecord RecordOf(const Shape& shape) {
    RequestRecord record;
    record.incident = shape.incident;
    record.record_time = At(0);
    record.fingerprint = Sha256("shape");
    return record;
  }

  // Stages the shape under the next places of each incident.
  void Stage(CommitBatch& batch, const Shape& shape) {
    std::map<IncidentId, std::pair<uint64_t, Digest>> heads = heads_;
    for (const auto& [incident, text] : shape.entries) {
      auto& [sequence, leaf] = heads[incident];
      NewEntry entry;
      entry.incident = incident;
      entry.sequence = ++sequence;
      entry.previous_leaf = leaf;
      entry.request = shape.request;
      entry.clock.now = At(0);
      const absl::StatusOr<Appended> appended = batch.Append(org_, entry, Saying(text));
      REQUIRE(appended.ok());
      leaf = appended->leaf;
    }
    for (const auto& [incident, head] : heads) {
      if (heads_.contains(incident) && heads_.at(incident) == head) continue;
      IncidentRow row;
      row.id = incident;
      row.last_sequence = head.first;
      row.last_leaf = head.second;
      batch.PutIncident(org_, row);
    }
    for (const StoredTimer& timer : shape.timers) {
      batch.PutTimer(org_, timer.incident, timer.timer);
    }
    for (const StoredTimer& timer : shape.deleted) {
      batch.DeleteTimer(org_, timer.incident, timer.timer);
    }
    batch.PutRequest(org_, shape.request, RecordOf(shape));
    staged_heads_ = std::move(heads);
  }

  // What a commit that is known to be there means for the next one.
  void Remember(const Shape& shape) {
    heads_ = staged_heads_;
    for (const auto& [incident, text] : shape.entries) texts_[incident].push_back(text);
    log_size_ += shape.entries.size();
    known_requests_.push_back(shape.request);
    for (const StoredTimer& timer : shape.timers) timers_.emplace(KeyOf(timer), timer);
    for (const StoredTimer& timer : shape.deleted) timers_.erase(KeyOf(timer));
  }

  static std::string KeyOf(const StoredTimer& timer) {
    return timer.incident.ToString() + timer.timer.Name();
  }

  absl::Status OpenAgain() {
    Options options = disk_.StoreOptions();
    options.test = test_;
    absl::StatusOr<std::unique_ptr<Database>> opened = Database::Open(options);
    if (opened.ok()) database_ = *std::move(opened);
    return opened.status();
  }

  std::optional<Shape> CommitUntilCut(Tally& tally) {
    CommitBatch batch(*database_);
    while (true) {
      const Shape shape = ARandomShape();
      Stage(batch, shape);
      const absl::Status status = batch.Commit();
      if (!status.ok()) {
        REQUIRE(disk_.fs->power_is_off());
        // A thread of RocksDB met the cut before: this commit was not tried.
        if (ReasonOf(status) == "STORE_READ_ONLY") return std::nullopt;
        REQUIRE(ReasonOf(status) == "OUTCOME_UNKNOWN");
        return shape;
      }
      Remember(shape);
      ++tally.acknowledged;
      checkpoint_ = *database_->Checkpoint(org_);
    }
  }

  bool LookBack(const std::optional<Shape>& in_doubt, Tally& tally) {
    const absl::Status opened = OpenAgain();
    if (!opened.ok()) {
      INFO(opened.ToString());
      REQUIRE_FALSE(NextStepOf(opened).empty());
      ++tally.refused;
      return false;
    }
    const Database& database = *database_;
    const bool read_only = database.state() == State::kReadOnly;
    if (read_only) {
      REQUIRE_FALSE(database.read_only_reason().empty());
      ++tally.read_only;
    }
    if (database.Orgs().empty() || database.log_size(org_) < log_size_ || !AllThere(database)) {
      ++tally.lost;
      if (!read_only) ++tally.unnoticed;
      return false;
    }
    if (in_doubt && !WholeOrNothing(database, *in_doubt, tally)) {
      ++tally.half_written;
      return false;
    }
    if (TimersIn(database) != timers_ || database.log_size(org_) != log_size_) {
      ++tally.half_written;
      return false;
    }
    if (read_only) return false;
    REQUIRE(database.Scrub(org_).ok());
    ContinuesCheckpoint(database);
    return true;
  }

  bool AllThere(const Database& database) const {
    for (const auto& [incident, texts] : texts_) {
      const std::vector<std::string> stored = TextsOf(database, org_, incident);
      if (stored.size() < texts.size() || !std::equal(texts.begin(), texts.end(), stored.begin())) {
        return false;
      }
    }
    for (const RequestId& request : known_requests_) {
      if (!database.FindRequest(org_, request)->has_value()) return false;
    }
    return true;
  }

  std::map<std::string, StoredTimer> TimersIn(const Database& database) const {
    const absl::StatusOr<std::vector<StoredTimer>> stored = database.ReadTimers();
    REQUIRE(stored.ok());
    std::map<std::string, StoredTimer> timers;
    for (const StoredTimer& timer : *stored) timers.emplace(KeyOf(timer), timer);
    return timers;
  }

  bool WholeOrNothing(const Database& database, const Shape& shape, Tally& tally) {
    const bool has_request = database.FindRequest(org_, shape.request)->has_value();
    if (!has_request) return true;  // Then LookBack finds neither entries nor timers of it.
    ++tally.in_doubt_kept;
    Remember(shape);
    return AllThere(database);
  }

  void ContinuesCheckpoint(const Database& database) {
    const ledger::Verifier verifier = *ledger::Verifier::Parse(verifier_key_);
    const std::string note = *database.Checkpoint(org_);
    const auto older = ledger::ParseAndVerify(checkpoint_, verifier);
    const auto newer = ledger::ParseAndVerify(note, verifier);
    REQUIRE(older.ok());
    REQUIRE(newer.ok());
    const auto proof = database.ConsistencyProof(org_, older->size, newer->size);
    REQUIRE(proof.ok());
    REQUIRE(ledger::CheckContinues(*older, *newer, *proof).ok());
    checkpoint_ = note;
  }

  std::mt19937_64 random_;
  Disk disk_;
  TestOptions test_;
  std::unique_ptr<Database> database_;
  OrgNumber org_{};
  std::string verifier_key_;
  std::string checkpoint_;
  std::map<IncidentId, std::pair<uint64_t, Digest>> heads_;
  std::map<IncidentId, std::pair<uint64_t, Digest>> staged_heads_;
  std::map<IncidentId, std::vector<std::string>> texts_;
  std::vector<RequestId> known_requests_;
  std::map<std::string, StoredTimer> timers_;
  uint64_t log_size_ = 0;
  uint64_t requests_ = 0;
  int64_t timer_seconds_ = 0;
};

Tally Simulate(uint64_t cuts, uint64_t seed, TestOptions test) {
  Tally tally;
  while (tally.cuts < cuts) {
    // Every second disk flushes and compacts all the time.
    test.write_buffer_bytes = seed % 2 == 0 ? size_t{8} << 20 : size_t{64} << 10;
    World world(seed++, test);
    for (uint64_t i = 0; i < kCutsPerDisk && tally.cuts < cuts; ++i) {
      if (!world.CutOnce(tally)) break;
    }
  }
  return tally;
}

TEST_CASE("Power cut: what was acknowledged is there, and nothing is there by half") {
  const uint64_t cuts = FromEnvironment("TOCSIN_SIM_CUTS", kCutsDefault);
  const uint64_t seed = FromEnvironment("TOCSIN_SIM_SEED", 1);

  const Tally tally = Simulate(cuts, seed, {});

  std::printf(
      "%llu cuts, %llu acknowledged, %llu lost, %llu half-written "
      "(%llu unacknowledged kept whole, %llu refused to open, %llu read-only; seed %llu)\n",
      static_cast<unsigned long long>(tally.cuts),
      static_cast<unsigned long long>(tally.acknowledged),
      static_cast<unsigned long long>(tally.lost),
      static_cast<unsigned long long>(tally.half_written),
      static_cast<unsigned long long>(tally.in_doubt_kept),
      static_cast<unsigned long long>(tally.refused),
      static_cast<unsigned long long>(tally.read_only), static_cast<unsigned long long>(seed));
  CHECK(tally.lost == 0);
  CHECK(tally.half_written == 0);
  CHECK(tally.read_only == 0);
  CHECK(tally.refused * 100 <= tally.cuts * kRefusedPercentMax);
  CHECK(tally.in_doubt_kept > 0);
}

TEST_CASE("Power cut: control: without syncs acknowledged commits are lost, and the head tells") {
  TestOptions unsynced;
  unsynced.sync_writes = false;

  const Tally tally = Simulate(100, 1, unsynced);

  std::printf("control without syncs: %llu cuts, %llu lost, %llu read-only\n",
              static_cast<unsigned long long>(tally.cuts),
              static_cast<unsigned long long>(tally.lost),
              static_cast<unsigned long long>(tally.read_only));
  CHECK(tally.lost > 50);
  CHECK(tally.unnoticed == 0);
}

TEST_CASE("Power cut: control: without the head check a store opens as if nothing were missing") {
  TestOptions careless;
  careless.sync_writes = false;
  careless.check_head = false;

  const Tally tally = Simulate(100, 1, careless);

  CHECK(tally.unnoticed > 50);
}

}  // namespace
}  // namespace tocsin::store
