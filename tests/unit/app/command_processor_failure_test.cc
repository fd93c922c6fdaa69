// The disk fails under a commit: nothing is acknowledged that may be lost, nothing is recorded
// twice, reading goes on.
#include <set>

#include "server/app/command_processor.h"
#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/support/fault_file_system.h"
#include "tests/unit/app/app_fixture.h"

namespace tocsin::app {
namespace {

struct Disk {
  std::shared_ptr<testing::FaultFileSystem> fs = std::make_shared<testing::FaultFileSystem>(7);
  std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(fs);
};

}  // namespace

TEST_CASE(
    "CommandProcessor: whichever write of a commit fails, a retry ends with exactly one entry") {
  size_t landed_unseen = 0;
  size_t faults = 0;
  for (uint64_t n = 1; n < 12; ++n) {
    Disk disk;
    TestServer server(disk.env.get());
    const IncidentId incident = server.Declare();
    const Request safe = server.Log(incident, "before the fault");
    const Outcome safe_outcome = server.MustDo(safe);
    const Request first = server.Log(incident, "first");
    const Request second = server.Log(incident, "second");
    server.keeper.commits.clear();

    disk.fs->FailAt(n, testing::Fault::kIoError, /*for_ever=*/true);
    const auto a = server.Submit(first);
    const auto refused = server.Submit(server.Make(incident, domain::CorrectEntry{9999, "what"}));
    const auto repeated = server.Submit(safe);
    const auto b = server.Submit(second);
    server.Run();
    const bool failed = !a->outcome.ok();
    CHECK(a->calls == 1);
    CHECK(b->outcome.ok() != failed);
    CHECK(refused->reason() == "UNKNOWN_ENTRY");
    // What was on disk before does not become unknown.
    REQUIRE(repeated->outcome.ok());
    CHECK(repeated->outcome->last_sequence == safe_outcome.last_sequence);
    CHECK(repeated->outcome->receipt.leaf_hash == safe_outcome.receipt.leaf_hash);
    if (failed) {
      ++faults;
      CHECK(a->reason() == "OUTCOME_UNKNOWN");
      CHECK(b->reason() == "OUTCOME_UNKNOWN");
      CHECK(server.keeper.commits.empty());
      // Nothing is written any more, also when the disk is well again; what is in the record is
      // still answered.
      disk.fs->Heal();
      CHECK(server.ReasonFor(first) == "STORE_READ_ONLY");
      CHECK(server.ReasonFor(server.Log(incident, "third")) == "STORE_READ_ONLY");
      CHECK(server.ReasonFor(server.Make(IncidentId{}, domain::ADeclaration())) ==
            "STORE_READ_ONLY");
      CHECK(server.MustDo(safe).repeated);
      CHECK(server.catalog->Get(server.acme, incident)->last_sequence ==
            safe_outcome.last_sequence);
      CHECK(TextsOf(server.Entries(incident)) == std::vector<std::string>{"before the fault"});
    }
    disk.fs->Heal();
    server.Restart();
    if (failed && server.Entries(incident).size() > safe_outcome.last_sequence) ++landed_unseen;
    CHECK(server.Do(first).ok());
    CHECK(server.Do(second).ok());
    CHECK(TextsOf(server.Entries(incident)) ==
          std::vector<std::string>{"before the fault", "first", "second"});
    CHECK(server.Inconsistency() == "");
    CHECK(server.database->Scrub(server.acme).ok());
  }
  CHECK(faults >= 3);
  // Both kinds were met: some of the failed commits were on disk all the same.
  CHECK(landed_unseen > 0);
  CHECK(landed_unseen < faults);
}

TEST_CASE(
    "CommandProcessor: a declaration under a failing disk is there whole or not at all, and once") {
  for (uint64_t n = 1; n < 8; ++n) {
    Disk disk;
    TestServer server(disk.env.get());
    const Request request = server.Make(IncidentId{}, domain::ADeclaration());
    disk.fs->FailAt(n, testing::Fault::kIoError, /*for_ever=*/false);
    // What it answers is another test's; here only what a repeat finds counts.
    const bool acknowledged = server.Do(request).ok();
    disk.fs->Heal();
    server.Restart();
    INFO("acknowledged before: " << acknowledged);
    CHECK(server.Do(request).ok());
    const auto rows = server.database->ReadIncidentRows(server.acme);
    REQUIRE(rows->size() == 1);
    CHECK(rows->front().number == "INC-2026-0001");
    CHECK(server.Inconsistency() == "");
  }
}

TEST_CASE("CommandProcessor: a power cut loses nothing that was answered") {
  for (uint64_t n = 1; n < 60; n += 3) {
    Disk disk;
    TestServer server(disk.env.get());
    const IncidentId incident = server.Declare();
    disk.fs->CutPowerAt(n);
    std::vector<Request> requests;
    std::set<size_t> answered;
    for (size_t i = 0; i < 20; ++i) {
      requests.push_back(server.Log(incident, "entry " + std::to_string(i)));
      if (server.Do(requests.back()).ok()) answered.insert(i);
    }
    server.Close();
    disk.fs->Restart();
    server.Open();
    for (size_t i = 0; i < requests.size(); ++i) {
      const auto again = server.Do(requests[i]);
      REQUIRE(again.ok());
      if (answered.contains(i)) CHECK(again->repeated);
    }
    std::vector<std::string> texts = TextsOf(server.Entries(incident));
    CHECK(texts.size() == requests.size());
    CHECK(std::set<std::string>(texts.begin(), texts.end()).size() == requests.size());
    CHECK(server.Inconsistency() == "");
  }
}

TEST_CASE("CommandProcessor: a store that opened read-only is not written to, and is read") {
  Disk disk;
  TestServer server(disk.env.get());
  const IncidentId incident = server.Declare();
  const Request said = server.Log(incident, "said");
  server.MustDo(said);
  server.Close();
  std::string head = disk.fs->Read("/store/head");
  disk.fs->Write("/store/head", std::string(head.size(), '\0'));
  server.Open();
  REQUIRE(server.database->state() == store::State::kReadOnly);
  CHECK(server.ReasonFor(server.Log(incident, "more")) == "STORE_READ_ONLY");
  CHECK(server.ReasonFor(server.Log(incident, "more")) == "STORE_READ_ONLY");
  CHECK(server.MustDo(said).repeated);
  CHECK(TextsOf(server.Entries(incident)) == std::vector<std::string>{"said"});
  CHECK(server.catalog->Get(server.acme, incident).ok());
}

}  // namespace tocsin::app
