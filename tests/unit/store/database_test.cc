#include "server/store/database.h"

#include <filesystem>
#include <fstream>

#include "server/base/error.h"
#include "server/ledger/tree.h"
#include "server/store/commit_batch.h"
#include "server/store/schema.h"
#include "tests/support/catch.h"
#include "tests/support/scratch_directory.h"
#include "tests/unit/store/store_fixture.h"

namespace tocsin::store {
namespace {

namespace fs = std::filesystem;

Options OnDisk(const ScratchDirectory& directory) {
  Options options;
  options.directory = directory.Path("store");
  return options;
}

std::unique_ptr<Database> OpenOnDisk(const ScratchDirectory& directory) {
  absl::StatusOr<std::unique_ptr<Database>> database = Database::Open(OnDisk(directory));
  REQUIRE(database.ok());
  return *std::move(database);
}

TEST_CASE("Database: an organisation and its entries are there after it is opened again") {
  const ScratchDirectory directory;
  OrgNumber org{};
  std::string checkpoint;
  {
    const auto database = OpenOnDisk(directory);
    org = CreateAcme(*database);
    Writer writer(*database, org);
    writer.SayAndCommit(AnIncident(1), "files are encrypted");
    writer.SayAndCommit(AnIncident(2), "another case");
    writer.SayAndCommit(AnIncident(1), "server isolated");
    checkpoint = *database->Checkpoint(org);
  }

  const auto database = OpenOnDisk(directory);

  CHECK(database->state() == State::kReadWrite);
  CHECK(database->read_only_reason().empty());
  REQUIRE(database->Orgs().size() == 1);
  CHECK(database->Orgs()[0].name == "acme");
  CHECK(database->Orgs()[0].create_time == At(0));
  CHECK(database->Origin(org) == kOrigin);
  CHECK(database->log_size(org) == 3);
  CHECK(database->Checkpoint(org).value() == checkpoint);
  CHECK(TextsOf(*database, org, AnIncident(1)) ==
        std::vector<std::string>{"files are encrypted", "server isolated"});
  CHECK(TextsOf(*database, org, AnIncident(2)) == std::vector<std::string>{"another case"});
  CHECK(database->Scrub(org).ok());
}

TEST_CASE("Database: an entry comes back with all that was recorded of it") {
  const Disk disk;
  const auto database = disk.Open();
  const OrgNumber org = CreateAcme(*database);
  CommitBatch batch(*database);
  NewEntry entry;
  entry.incident = AnIncident(3);
  entry.sequence = 1;
  entry.author.bytes.fill(9);
  entry.request = ARequest(5);
  entry.tlp = Tlp::kRed;
  entry.auth_context = "ssh-key SHA256:abc";
  entry.clock = {At(10) + absl::Nanoseconds(123), 456, {1, 2, 3}, 78};
  domain::PendingEntry pending = Saying("ransom note found");
  pending.occur_time = At(-60);
  pending.precision = Precision::kMinute;

  const absl::StatusOr<Appended> appended = batch.Append(org, entry, pending);
  REQUIRE(appended.ok());
  REQUIRE(batch.Commit().ok());

  const auto entries = database->ReadEntries(org, AnIncident(3), 0, 10);
  REQUIRE(entries.ok());
  REQUIRE(entries->size() == 1);
  const StoredEntry& stored = entries->front();
  CHECK(stored.leaf == appended->leaf);
  CHECK(stored.leaf == ledger::LeafHash(stored.record_bytes));
  CHECK(stored.record.type == 11);
  CHECK(stored.record.log_index == 0);
  CHECK(stored.record.actor == entry.author);
  CHECK(stored.record.request == entry.request);
  CHECK(stored.record.record_time == entry.clock.now);
  CHECK(stored.record.boottime_ns == 456);
  CHECK(stored.record.boot_id == entry.clock.boot_id);
  CHECK(stored.record.clock_error_ms == 78);
  CHECK(stored.record.tlp == Tlp::kRed);
  CHECK(stored.pending.tlp == Tlp::kRed);
  CHECK(stored.pending.occur_time == At(-60));
  CHECK(stored.pending.precision == Precision::kMinute);
  CHECK_FALSE(stored.pending.by_server);
  CHECK(stored.auth_context == "ssh-key SHA256:abc");
  CHECK(ledger::PlaintextCommitment(stored.salt, stored.body) ==
        stored.record.plaintext_commitment);
}

TEST_CASE("Database: entries are read in pages") {
  const Disk disk;
  const auto database = disk.Open();
  const OrgNumber org = CreateAcme(*database);
  Writer writer(*database, org);
  for (const char* text : {"a", "b", "c", "d"}) writer.SayAndCommit(AnIncident(1), text);

  const auto page = database->ReadEntries(org, AnIncident(1), 1, 2);

  REQUIRE(page.ok());
  REQUIRE(page->size() == 2);
  CHECK(page->at(0).record.incident_sequence == 2);
  CHECK(page->at(1).record.incident_sequence == 3);
  CHECK(database->ReadEntries(org, AnIncident(1), 4, 2)->empty());
  CHECK(database->ReadEntries(org, AnIncident(9), 0, 2)->empty());
  const auto lines = database->ReadLog(org, 2, 10);
  REQUIRE(lines.ok());
  REQUIRE(lines->size() == 2);
  CHECK(lines->at(0) == LogLine{2, AnIncident(1), 3, page->at(1).leaf});
}

TEST_CASE("Database: what is staged but not committed is not to be seen, and leaves no trace") {
  const Disk disk;
  const auto database = disk.Open();
  const OrgNumber org = CreateAcme(*database);
  Writer writer(*database, org);
  writer.SayAndCommit(AnIncident(1), "first");
  const std::string checkpoint = *database->Checkpoint(org);

  Writer dropped(*database, org);
  REQUIRE(dropped.Say(AnIncident(2), "never").ok());
  CHECK(dropped.batch().size() == 1);
  CHECK(dropped.batch().bytes() > 249);
  CHECK(database->log_size(org) == 1);
  CHECK(TextsOf(*database, org, AnIncident(2)).empty());
  dropped.batch().Drop();

  CHECK(dropped.batch().size() == 0);
  CHECK(*database->Checkpoint(org) == checkpoint);
  CHECK(writer.SayAndCommit(AnIncident(1), "second").log_index == 1);
  CHECK(database->Scrub(org).ok());
}

TEST_CASE("Database: rows of incidents, timers and requests come back as they were put") {
  const Disk disk;
  auto database = disk.Open();
  const OrgNumber org = CreateAcme(*database);
  RequestRecord record;
  record.incident = AnIncident(1);
  record.first_sequence = 1;
  record.last_sequence = 1;
  record.record_time = At(1);
  record.fingerprint = Sha256("declare");
  IncidentRow row;
  {
    Writer writer(*database, org);
    REQUIRE(writer.Say(AnIncident(1), "declared").ok());
    row = writer.RowOf(AnIncident(1));
    row.restricted = true;
    row.members.resize(2);
    row.members[1].bytes.fill(3);
    row.next_due = At(500);
    writer.batch().PutIncident(org, row);
    writer.batch().PutTimer(org, AnIncident(1), ATimer(300));
    writer.batch().PutTimer(org, AnIncident(1), ATimer(100));
    writer.batch().PutTimer(org, AnIncident(1), ATimer(200));
    writer.batch().PutRequest(org, ARequest(1), record);
    REQUIRE(writer.batch().Commit().ok());
    writer.batch().DeleteTimer(org, AnIncident(1), ATimer(200));
    REQUIRE(writer.batch().Commit().ok());
  }
  database.reset();
  database = disk.Open();

  CHECK(database->ReadIncidentRows(org).value() == std::vector<IncidentRow>{row});
  CHECK(database->ReadTimers().value() ==
        std::vector<StoredTimer>{{org, AnIncident(1), ATimer(100)},
                                 {org, AnIncident(1), ATimer(300)}});
  CHECK(database->FindRequest(org, ARequest(1)).value() == record);
  CHECK(database->FindRequest(org, ARequest(2)).value() == std::nullopt);
}

TEST_CASE("Database: organisations do not see each other") {
  const Disk disk;
  const auto database = disk.Open();
  const OrgNumber acme = CreateAcme(*database);
  const auto other = database->CreateOrg("other", "tocsin.example/other", At(0));
  REQUIRE(other.ok());
  Writer for_acme(*database, acme);
  for_acme.SayAndCommit(AnIncident(1), "ours");
  Writer for_other(*database, other->number);
  for_other.SayAndCommit(AnIncident(1), "theirs");

  CHECK(TextsOf(*database, acme, AnIncident(1)) == std::vector<std::string>{"ours"});
  CHECK(TextsOf(*database, other->number, AnIncident(1)) == std::vector<std::string>{"theirs"});
  CHECK(database->log_size(acme) == 1);
  CHECK(ReasonOf(database->ReadEntries(OrgNumber{9}, AnIncident(1), 0, 1).status()) ==
        "UNKNOWN_ORG");
}

TEST_CASE("Database: receipts and proofs hold for whoever has the key") {
  const Disk disk;
  const auto database = disk.Open();
  const OrgNumber org = CreateAcme(*database);
  const ledger::Verifier verifier = *ledger::Verifier::Parse(database->VerifierKey(org));
  Writer writer(*database, org);
  std::vector<ledger::Checkpoint> checkpoints;
  for (int i = 0; i < 20; ++i) {
    const Appended appended = writer.SayAndCommit(AnIncident(1), "entry");
    const auto receipt = writer.batch().MakeReceipt(org, appended.log_index);
    REQUIRE(receipt.ok());
    CHECK(receipt->leaf_hash == appended.leaf);
    const auto checkpoint = ledger::Verify(*receipt, verifier);
    REQUIRE(checkpoint.ok());
    checkpoints.push_back(*checkpoint);
  }

  for (uint64_t index = 0; index < 20; ++index) {
    const auto receipt = database->MakeReceipt(org, index);
    REQUIRE(receipt.ok());
    CHECK(ledger::Verify(*receipt, verifier).ok());
    const auto proof = database->ConsistencyProof(org, index + 1, 20);
    REQUIRE(proof.ok());
    CHECK(ledger::CheckContinues(checkpoints[index], checkpoints.back(), *proof).ok());
  }
  const std::vector<uint64_t> indexes = {0, 7, 19};
  const auto proofs = database->InclusionProofs(org, indexes, 20);
  REQUIRE(proofs.ok());
  for (size_t i = 0; i < indexes.size(); ++i) {
    CHECK(proofs->at(i) == database->InclusionProof(org, indexes[i], 20).value());
  }
  CHECK(ReasonOf(database->MakeReceipt(org, 20).status()) == "LEAF_NOT_IN_TREE");
  CHECK(ReasonOf(database->InclusionProof(org, 0, 21).status()) == "TREE_SIZE_AHEAD");
}

TEST_CASE("Database: a large batch is proved as well as a small one") {
  const Disk disk;
  const auto database = disk.Open();
  const OrgNumber org = CreateAcme(*database);
  const ledger::Verifier verifier = *ledger::Verifier::Parse(database->VerifierKey(org));
  Writer writer(*database, org);
  for (int i = 0; i < 3000; ++i) REQUIRE(writer.Say(AnIncident(1), "entry").ok());
  REQUIRE(writer.batch().Commit().ok());

  for (uint64_t index : {uint64_t{0}, uint64_t{1500}, uint64_t{2999}}) {
    CHECK(ledger::Verify(*writer.batch().MakeReceipt(org, index), verifier).ok());
  }
  CHECK(database->Scrub(org).ok());
}

TEST_CASE("Database: a second server on the same store is refused with a sentence") {
  const ScratchDirectory directory;
  const auto database = OpenOnDisk(directory);

  const auto second = Database::Open(OnDisk(directory));

  CHECK(second.status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK(ReasonOf(second.status()) == "STORE_IN_USE");
}

TEST_CASE("Database: key files are their owner's alone, and the store checks it") {
  const ScratchDirectory directory;
  CreateAcme(*OpenOnDisk(directory));
  const std::string keys = directory.Path("store/keys");
  const std::string log_key = keys + "/acme.log.key";
  const auto perms = [](const std::string& path) { return fs::status(path).permissions(); };
  CHECK(perms(keys) == fs::perms::owner_all);
  CHECK(perms(log_key) == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(fs::file_size(log_key) == 32);
  CHECK(perms(keys + "/acme.epoch-1.key") == (fs::perms::owner_read | fs::perms::owner_write));

  SECTION("readable by others") {
    fs::permissions(log_key, fs::perms::group_read, fs::perm_options::add);
    CHECK(ReasonOf(Database::Open(OnDisk(directory)).status()) == "KEY_EXPOSED");
  }
  SECTION("missing") {
    fs::remove(keys + "/acme.epoch-1.key");
    CHECK(ReasonOf(Database::Open(OnDisk(directory)).status()) == "KEY_MISSING");
  }
  SECTION("another log's") {
    std::ofstream(log_key, std::ios::binary) << std::string(32, 'k');
    CHECK(ReasonOf(Database::Open(OnDisk(directory)).status()) == "KEY_WRONG");
  }
  SECTION("cut") {
    fs::resize_file(log_key, 31);
    CHECK(ReasonOf(Database::Open(OnDisk(directory)).status()) == "KEY_WRONG");
  }
}

TEST_CASE("Database: an organisation needs a good name and an origin of its own") {
  const Disk disk;
  const auto database = disk.Open();
  CreateAcme(*database);
  const auto reason = [&](std::string_view name, std::string_view origin) {
    return ReasonOf(database->CreateOrg(name, origin, At(0)).status());
  };

  CHECK(reason("", "o/1") == "BAD_ORG_NAME");
  CHECK(reason("Acme", "o/1") == "BAD_ORG_NAME");
  CHECK(reason("../acme", "o/1") == "BAD_ORG_NAME");
  CHECK(reason(std::string(33, 'a'), "o/1") == "BAD_ORG_NAME");
  CHECK(reason("acme", "o/1") == "ORG_EXISTS");
  CHECK(reason("other", kOrigin) == "ORIGIN_EXISTS");
  CHECK(reason("other", "with space") == "BAD_ORIGIN");
  CHECK(database->Orgs().size() == 1);
}

TEST_CASE("Database: a key file that lies there is never overwritten") {
  const Disk disk;
  const auto database = disk.Open();
  disk.fs->Write("/store/keys/acme.epoch-1.key", "older");

  const auto created = database->CreateOrg("acme", kOrigin, At(0));

  CHECK(ReasonOf(created.status()) == "KEY_EXISTS");
  CHECK(disk.fs->Read("/store/keys/acme.epoch-1.key") == "older");
}

TEST_CASE("CommitBatch: a text that could not be read again is refused and stages nothing") {
  const Disk disk;
  const auto database = disk.Open();
  const OrgNumber org = CreateAcme(*database);
  Writer writer(*database, org);

  CHECK(ReasonOf(writer.Say(AnIncident(1), "caf\xe9").status()) == "TEXT_NOT_UTF8");
  CHECK(ReasonOf(writer.Say(AnIncident(1), std::string(kEntryBytesMax + 1, 'x')).status()) ==
        "ENTRY_TOO_LARGE");

  CHECK(writer.batch().size() == 0);
  CHECK(writer.SayAndCommit(AnIncident(1), "caf\xc3\xa9").log_index == 0);
}

}  // namespace
}  // namespace tocsin::store
