// What must hold before a byte of an evidence file moves, on the real store.
#include "server/app/evidence_transfer.h"

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/support/fault_file_system.h"
#include "tests/unit/app/app_fixture.h"

namespace tocsin::app {
namespace {

constexpr size_t kPiece = ledger::kFileChunkBytes;

// A server with one item, EV-1, of these bytes.
struct Depot {
  explicit Depot(std::string content_in, uint64_t limit = uint64_t{1} << 30,
                 rocksdb::Env* env = nullptr)
      : server(env), content(std::move(content_in)), bytes_max(limit) {
    incident = server.Declare();
    server.MustDo(server.Make(
        incident,
        domain::AddEvidence{.name = "fs01.dd", .size = content.size(), .digest = Sha256(content)}));
    Make();
  }
  void Make() {
    files.emplace(*server.database);
    transfer.emplace(*server.database, *server.catalog, *files, bytes_max);
  }
  void Restart() {
    transfer.reset();
    files.reset();
    server.Restart();
    Make();
  }
  EvidenceName Name(std::string item = "EV-1") const { return {server.acme, incident, item}; }

  absl::StatusOr<domain::StoreEvidence> Upload(std::string_view bytes) {
    auto writer = transfer->Begin(Name(), 0, content.size());
    if (!writer.ok()) return writer.status();
    for (size_t at = 0; at < bytes.size(); at += kPiece) {
      if (absl::Status added = (*writer)->Append(bytes.substr(at, kPiece)); !added.ok()) {
        return added;
      }
    }
    return transfer->Complete(Name(), **writer);
  }
  void Store() {
    const auto command = Upload(content);
    REQUIRE(command.ok());
    server.MustDo(server.Make(incident, *command));
  }

  TestServer server;
  std::string content;
  uint64_t bytes_max;
  IncidentId incident;
  std::optional<store::EvidenceFiles> files;
  std::optional<EvidenceTransfer> transfer;
};

std::string Reason(const absl::Status& status) {
  return ReasonOf(status);
}

}  // namespace

TEST_CASE("EvidenceTransfer: an item is uploaded, recorded, and then open for whoever may read") {
  Depot depot(std::string(kPiece + 3, 'x'));
  CHECK(depot.transfer->StateOf(depot.Name())->offset == 0);
  CHECK(Reason(depot.transfer->Open(depot.Name()).status()) == "EVIDENCE_NOT_STORED");
  depot.Store();

  depot.Restart();

  const absl::StatusOr<UploadState> state = depot.transfer->StateOf(depot.Name());
  REQUIRE(state.ok());
  CHECK(state->stored);
  CHECK(state->sequence == depot.server.Entries(depot.incident).size());
  const auto reader = depot.transfer->Open(depot.Name());
  REQUIRE(reader.ok());
  CHECK((*reader)->Read(0).value() + (*reader)->Read(1).value() == depot.content);
  // Whoever comes now changes nothing.
  CHECK(Reason(depot.transfer->Begin(depot.Name(), 0, depot.content.size()).status()) ==
        "EVIDENCE_STORED");
  CHECK(depot.transfer->Open(depot.Name()).ok());
  CHECK(depot.server.Inconsistency().empty());
}

TEST_CASE("EvidenceTransfer: a restart between the last byte and the entry loses neither") {
  Depot depot(std::string(3 * kPiece, 'x'));
  REQUIRE(depot.Upload(depot.content).ok());
  depot.Restart();
  const absl::StatusOr<UploadState> state = depot.transfer->StateOf(depot.Name());
  REQUIRE(state.ok());
  CHECK_FALSE(state->stored);
  CHECK(state->offset == depot.content.size());
  auto writer = depot.transfer->Begin(depot.Name(), state->offset, depot.content.size());
  REQUIRE(writer.ok());
  while (!(*writer)->ready()) REQUIRE((*writer)->CheckNext().ok());
  CHECK(depot.transfer->Complete(depot.Name(), **writer).ok());
}

TEST_CASE("EvidenceTransfer: a file that is not the item's leaves nothing behind") {
  Depot depot("the right one");
  CHECK(Reason(depot.transfer->Begin(depot.Name(), 0, 12).status()) == "EVIDENCE_DIFFERS");
  CHECK(Reason(depot.Upload("the wrong one").status()) == "EVIDENCE_DIFFERS");
  CHECK(depot.transfer->StateOf(depot.Name())->offset == 0);
  depot.Store();
}

TEST_CASE("EvidenceTransfer: unknown items, other incidents and other organisations have no file") {
  Depot depot("bytes");
  depot.Store();
  const auto reasons = [&](const EvidenceName& name) {
    const std::string reason = Reason(depot.transfer->StateOf(name).status());
    CHECK(Reason(depot.transfer->Open(name).status()) == reason);
    CHECK(Reason(depot.transfer->Begin(name, 0, 5).status()) == reason);
    return reason;
  };
  CHECK(reasons(depot.Name("EV-2")) == "UNKNOWN_EVIDENCE");
  CHECK(reasons(depot.Name("../../keys/acme.log.key")) == "UNKNOWN_EVIDENCE");
  CHECK(reasons(depot.Name("")) == "UNKNOWN_EVIDENCE");
  CHECK(reasons({depot.server.globex, depot.incident, "EV-1"}) == "UNKNOWN_INCIDENT");
  const IncidentId other = depot.server.Declare();
  CHECK(reasons({depot.server.acme, other, "EV-1"}) == "UNKNOWN_EVIDENCE");
}

TEST_CASE("EvidenceTransfer: above the limit, or without one, nothing is taken") {
  Depot small("12345", 4);
  CHECK(Reason(small.transfer->StateOf(small.Name()).status()) == "FILE_TOO_LARGE");
  CHECK(Reason(small.transfer->Begin(small.Name(), 0, 5).status()) == "FILE_TOO_LARGE");
  Depot fits("1234", 4);
  fits.Store();
  Depot none("", 0);
  CHECK(Reason(none.transfer->StateOf(none.Name()).status()) == "FILE_TOO_LARGE");
  Depot empty("", 1);
  empty.Store();
  CHECK((*empty.transfer->Open(empty.Name()))->chunks() == 0);
}

TEST_CASE("EvidenceTransfer: what was returned takes no file, and keeps the one it has") {
  Depot depot("bytes");
  const domain::MoveEvidence back{
      .item = "EV-1", .custody = domain::Custody::kReturned, .to = "owner"};
  depot.server.MustDo(depot.server.Make(depot.incident, back));
  CHECK(Reason(depot.transfer->StateOf(depot.Name()).status()) == "EVIDENCE_RETURNED");
  CHECK(Reason(depot.transfer->Begin(depot.Name(), 0, 5).status()) == "EVIDENCE_RETURNED");
  Depot kept("bytes");
  kept.Store();
  kept.server.MustDo(kept.server.Make(kept.incident, back));
  CHECK(kept.transfer->Open(kept.Name()).ok());
}

TEST_CASE("EvidenceTransfer: a server that records nothing takes nothing and sweeps nothing") {
  const auto disk = std::make_shared<testing::FaultFileSystem>(1);
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(disk);
  Depot depot(std::string(2 * kPiece, 'x'), uint64_t{1} << 30, env.get());
  {
    auto writer = depot.transfer->Begin(depot.Name(), 0, depot.content.size());
    REQUIRE((*writer)->Append(depot.content.substr(0, kPiece)).ok());
  }
  disk->FailAt(1, testing::Fault::kIoError, /*for_ever=*/true);
  CHECK_FALSE(depot.server.Do(depot.server.Log(depot.incident, "lost")).ok());
  disk->Heal();
  REQUIRE(depot.server.database->state() == store::State::kReadOnly);
  CHECK(Reason(depot.transfer->StateOf(depot.Name()).status()) == "STORE_READ_ONLY");
  CHECK(Reason(depot.transfer->Begin(depot.Name(), 0, depot.content.size()).status()) ==
        "STORE_READ_ONLY");
  // Files have no time on this disk: by their age all might go.
  CHECK(depot.transfer->Sweep(depot.server.clock.Now()).removed == 0);
  depot.Restart();
  CHECK(depot.transfer->StateOf(depot.Name())->offset == kPiece);
}

TEST_CASE("EvidenceTransfer: unfinished files go when they are old, stored ones never") {
  const auto disk = std::make_shared<testing::FaultFileSystem>(1);
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(disk);
  Depot depot("bytes", uint64_t{1} << 30, env.get());
  REQUIRE(depot.Upload(depot.content).ok());
  const store::EvidenceFiles::Swept unfinished = depot.transfer->Sweep(depot.server.clock.Now());
  CHECK(unfinished.removed == 1);
  CHECK(depot.transfer->StateOf(depot.Name())->offset == 0);
  depot.Store();
  const store::EvidenceFiles::Swept stored = depot.transfer->Sweep(depot.server.clock.Now());
  CHECK(stored.removed == 0);
  CHECK(stored.kept == 1);
  CHECK(depot.transfer->Open(depot.Name()).ok());
}

}  // namespace tocsin::app
