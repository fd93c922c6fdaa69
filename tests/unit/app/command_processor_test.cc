#include "server/app/command_processor.h"

#include <set>

#include "server/base/error.h"
#include "server/ledger/receipt.h"
#include "tests/support/catch.h"
#include "tests/unit/app/app_fixture.h"

namespace tocsin::app {
namespace {

using domain::ADeclaration;
using domain::At;
using domain::Person;

// The receipt holds under the key that the organisation publishes, for the leaf that the store has.
void CheckReceipt(const TestServer& server, const Outcome& outcome) {
  const auto verifier = ledger::Verifier::Parse(server.database->VerifierKey(server.acme));
  REQUIRE(verifier.ok());
  const auto checkpoint = ledger::Verify(outcome.receipt, *verifier);
  REQUIRE(checkpoint.ok());
  const auto entries = server.Entries(outcome.incident);
  REQUIRE(entries.size() >= outcome.last_sequence);
  const store::StoredEntry& last = entries[outcome.last_sequence - 1];
  CHECK(last.leaf == outcome.receipt.leaf_hash);
  CHECK(last.record.log_index == outcome.receipt.log_index);
  CHECK(last.record.record_time == outcome.record_time);
}

}  // namespace

TEST_CASE(
    "CommandProcessor: what is declared and said is in the store, with receipts that verify") {
  TestServer server;
  const Outcome declared = server.MustDo(server.Make(IncidentId{}, ADeclaration()));
  CHECK(declared.first_sequence == 1);
  CHECK(declared.last_sequence > 1);
  CHECK_FALSE(declared.repeated);
  CHECK(declared.record_time == server.clock.Now());
  CheckReceipt(server, declared);

  const IncidentId incident = declared.incident;
  const Outcome said = server.MustDo(server.Log(incident, "files end in .locked"));
  CHECK(said.first_sequence == declared.last_sequence + 1);
  CHECK(said.last_sequence == said.first_sequence);
  CheckReceipt(server, said);
  const Outcome corrected = server.MustDo(
      server.Make(incident, domain::CorrectEntry{said.last_sequence, "files end in .crypt"}));
  CheckReceipt(server, corrected);
  CheckReceipt(server, declared);
  CHECK(server.Inconsistency() == "");

  server.Restart();
  CHECK(server.catalog->Get(server.acme, incident)->last_sequence == corrected.last_sequence);
  CHECK(server.Inconsistency() == "");
  CheckReceipt(server, server.MustDo(server.Log(incident, "after the restart")));
}

TEST_CASE("CommandProcessor: a request without receipt gets none") {
  TestServer server;
  Request request = server.Log(server.Declare(), "bulk");
  request.with_receipt = false;
  const Outcome outcome = server.MustDo(std::move(request));
  CHECK(outcome.last_sequence > 0);
  CHECK(outcome.receipt == ledger::Receipt{});
}

TEST_CASE("CommandProcessor: commands of one round see each other and are one commit") {
  TestServer server;
  const IncidentId incident = server.Declare();
  server.keeper.commits.clear();
  std::vector<std::shared_ptr<Answer>> answers;
  const uint64_t before = server.Entries(incident).size();
  for (int i = 0; i < 100; ++i) {
    answers.push_back(server.Submit(server.Log(incident, "entry " + std::to_string(i))));
  }
  // This one is about an entry of the same round.
  answers.push_back(server.Submit(
      server.Make(incident, domain::CorrectEntry{before + 100, "entry ninety-nine"})));
  CHECK(server.processor->RunOnce() == 101);
  server.processor->RunCompletions();

  REQUIRE(server.keeper.commits.size() == 1);
  CHECK(server.keeper.commits[0]->entries.size() == 101);
  for (size_t i = 0; i < answers.size(); ++i) {
    REQUIRE(answers[i]->calls == 1);
    REQUIRE(answers[i]->outcome.ok());
    CHECK(answers[i]->outcome->last_sequence == before + i + 1);
    CheckReceipt(server, *answers[i]->outcome);
  }
  CHECK(server.Inconsistency() == "");
}

TEST_CASE("CommandProcessor: a refused command in the middle of a round leaves no trace") {
  TestServer server;
  const IncidentId incident = server.Declare();
  const uint64_t before = server.database->log_size(server.acme);
  const auto first = server.Submit(server.Log(incident, "first"));
  const auto refused = server.Submit(server.Make(incident, domain::CorrectEntry{9999, "what"}));
  const auto undeclared = server.Submit(server.Make(IncidentId{}, domain::DeclareIncident{}));
  const auto unknown = server.Submit(server.Log(IncidentId::FromBytes("0123456789abcdef"), "lost"));
  const auto second = server.Submit(server.Log(incident, "second"));
  server.Run();
  CHECK(first->outcome.ok());
  CHECK(refused->reason() == "UNKNOWN_ENTRY");
  CHECK(undeclared->outcome.status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(unknown->outcome.status() == UnknownIncident());
  REQUIRE(second->outcome.ok());
  CHECK(second->outcome->last_sequence == first->outcome->last_sequence + 1);
  CHECK(server.database->log_size(server.acme) == before + 2);
  CHECK(TextsOf(server.Entries(incident)) == std::vector<std::string>{"first", "second"});
  CHECK(server.catalog->List(CallerWith(server, Person(1), {OrgRole::kCiso})).size() == 1);
  CHECK(server.Inconsistency() == "");
}

TEST_CASE("CommandProcessor: the zero incident id names no incident") {
  TestServer server;
  server.Enrol("ada", {OrgRole::kCiso});
  CHECK(server.Do(server.Log(IncidentId{}, "who am I")).status() == UnknownIncident());
}

TEST_CASE(
    "CommandProcessor: numbers go on after a restart, begin again each year, and none is lost") {
  TestServer server;
  const auto number_of = [&](const IncidentId& incident) {
    return server.catalog->Get(server.acme, incident)->number;
  };
  CHECK(number_of(server.Declare()) == "INC-2026-0001");
  // A refused declaration uses up no number.
  CHECK_FALSE(server.Do(server.Make(IncidentId{}, domain::DeclareIncident{})).ok());
  CHECK(number_of(server.Declare()) == "INC-2026-0002");
  server.Restart();
  CHECK(number_of(server.Declare()) == "INC-2026-0003");
  server.clock.Set(At("2026-12-31T23:59:59Z"));
  CHECK(number_of(server.Declare()) == "INC-2026-0004");
  server.clock.Set(At("2027-01-01T00:00:00Z"));
  CHECK(number_of(server.Declare()) == "INC-2027-0001");
  server.Restart();
  CHECK(number_of(server.Declare()) == "INC-2027-0002");

  const Outcome other = server.MustDo(server.Make(IncidentId{}, ADeclaration(), server.globex));
  CHECK(server.catalog->Get(server.globex, other.incident)->number == "INC-2027-0001");
}

TEST_CASE("CommandProcessor: another organisation's incident does not exist") {
  TestServer server;
  const IncidentId incident = server.Declare();
  domain::RecordEntry entry;
  entry.text = "let me in";
  const std::vector<std::string> before = TextsOf(server.Entries(incident));
  // Once while the writer has it at hand, once from the store.
  for (int round = 0; round < 2; ++round) {
    CHECK(server.Do(server.Make(incident, entry, server.globex)).status() == UnknownIncident());
    CHECK(server.catalog->Get(server.globex, incident).status() == UnknownIncident());
    CHECK_FALSE(server.catalog->FindIncident(server.globex, "INC-2026-0001").has_value());
    server.Restart();
  }
  CHECK(TextsOf(server.Entries(incident)) == before);
  CHECK(server.Do(server.Make(incident, entry, OrgNumber{77})).status().code() ==
        absl::StatusCode::kNotFound);
  CHECK(server.Do(server.Make(IncidentId{}, ADeclaration(), OrgNumber{77})).status().code() ==
        absl::StatusCode::kNotFound);
}

TEST_CASE("CommandProcessor: the record time never goes back, also across a restart") {
  TestServer server;
  const IncidentId incident = server.Declare();
  server.clock.Set(At("2026-06-10T12:00:00Z"));
  const absl::Time latest = server.MustDo(server.Log(incident, "noon")).record_time;
  CHECK(latest == At("2026-06-10T12:00:00Z"));
  server.clock.Set(At("2026-06-10T09:00:00Z"));
  CHECK(server.MustDo(server.Log(incident, "the clock was set back")).record_time == latest);
  server.Restart();
  CHECK(server.MustDo(server.Log(incident, "and still is")).record_time == latest);
  // What people are recorded with counts too.
  server.clock.Set(At("2026-06-10T13:00:00Z"));
  server.Enrol("ada", {OrgRole::kCiso});
  server.clock.Set(At("2026-06-10T09:00:00Z"));
  server.Restart();
  CHECK(server.MustDo(server.Log(incident, "later")).record_time == At("2026-06-10T13:00:00Z"));
}

TEST_CASE("CommandProcessor: the record time is as exact as the record, no more") {
  TestServer server;
  server.clock.Set(At("2026-06-10T08:00:00Z") + absl::Nanoseconds(3) / 2);
  const Outcome declared = server.MustDo(server.Make(IncidentId{}, ADeclaration()));
  CHECK(declared.record_time == At("2026-06-10T08:00:00Z") + absl::Nanoseconds(1));
  CHECK(server.catalog->Get(server.acme, declared.incident)->declare_time == declared.record_time);
}

TEST_CASE("CommandProcessor: a full queue refuses and records nothing") {
  TestServer server(nullptr, {.queue_length_max = 3});
  const IncidentId incident = server.Declare();
  std::vector<std::shared_ptr<Answer>> queued;
  for (int i = 0; i < 3; ++i) queued.push_back(server.Submit(server.Log(incident, "in")));
  const auto full = server.Submit(server.Log(incident, "out"));
  CHECK(full->calls == 1);
  CHECK(full->reason() == "QUEUE_FULL");
  CHECK(full->outcome.status().code() == absl::StatusCode::kResourceExhausted);
  server.Run();
  for (const auto& answer : queued) CHECK(answer->outcome.ok());
  CHECK(full->calls == 1);
  CHECK(TextsOf(server.Entries(incident)) == std::vector<std::string>{"in", "in", "in"});
  CHECK(server.Do(server.Log(incident, "room again")).ok());
}

TEST_CASE("CommandProcessor: a long queue is taken in batches of the given length") {
  TestServer server(nullptr, {.batch_length_max = 10});
  const IncidentId incident = server.Declare();
  for (int i = 0; i < 25; ++i) server.Submit(server.Log(incident, "entry"));
  CHECK(server.processor->RunOnce() == 10);
  CHECK(server.processor->RunOnce() == 10);
  CHECK(server.processor->RunOnce() == 5);
  CHECK(server.processor->RunOnce() == 0);
}

TEST_CASE("CommandProcessor: stopping answers all that was queued and takes nothing more") {
  TestServer server;
  const IncidentId incident = server.Declare();
  std::vector<std::shared_ptr<Answer>> queued;
  SECTION("with threads") {
    server.processor->Start();
  }
  SECTION("without") {}
  for (int i = 0; i < 50; ++i) queued.push_back(server.Submit(server.Log(incident, "in time")));
  server.processor->Stop();
  for (const auto& answer : queued) {
    CHECK(answer->calls == 1);
    CHECK(answer->outcome.ok());
  }
  const auto late = server.Submit(server.Log(incident, "late"));
  CHECK(late->calls == 1);
  CHECK(late->reason() == "SHUTTING_DOWN");
  server.processor->Stop();
  CHECK(server.Entries(incident).size() == queued.back()->outcome->last_sequence);
}

TEST_CASE("CommandProcessor: observers get every commit in order, after the replies") {
  TestServer server;
  const IncidentId incident = server.Declare();
  server.keeper.commits.clear();
  size_t commits_seen_by_reply = 99;
  Request request = server.Log(incident, "watched");
  server.processor->Submit(std::move(request), [&](const absl::StatusOr<Outcome>&) {
    commits_seen_by_reply = server.keeper.commits.size();
  });
  server.Run();
  CHECK(commits_seen_by_reply == 0);
  for (int i = 0; i < 20; ++i) {
    server.Submit(server.Log(incident, "a"));
    server.Submit(server.Log(incident, "b"));
    server.processor->RunOnce();
  }
  // A round in which all is refused is no commit.
  server.Submit(server.Make(incident, domain::CorrectEntry{9999, "what"}));
  server.processor->RunOnce();
  server.processor->RunCompletions();
  CHECK(server.keeper.commits.size() == 21);
  uint64_t next = server.keeper.commits.front()->entries.front().log_index;
  for (const auto& commit : server.keeper.commits) {
    for (const CommittedEntry& entry : commit->entries) CHECK(entry.log_index == next++);
  }
  CHECK(next == server.database->log_size(server.acme));
}

TEST_CASE(
    "CommandProcessor: a decision of which only a part can be stored undoes its whole round") {
  TestServer server;
  const IncidentId incident = server.Declare();
  const uint64_t before = server.database->log_size(server.acme);
  // The definition's file stands in the third entry of the declaration, and no entry is as large.
  auto definition = std::make_shared<domain::PinnedDefinition>(*domain::Ransomware());
  definition->file.assign(store::kEntryBytesMax + 1, 'x');
  domain::DeclareIncident poisoned = ADeclaration();
  poisoned.playbook = definition;

  const auto before_it = server.Submit(server.Log(incident, "before"));
  const auto poison = server.Submit(server.Make(IncidentId{}, poisoned));
  const auto after_it = server.Submit(server.Log(incident, "after"));
  server.Run();
  CHECK(poison->reason() == "ENTRY_TOO_LARGE");
  CHECK(before_it->reason() == "ROUND_UNDONE");
  CHECK(before_it->outcome.status().code() == absl::StatusCode::kUnavailable);
  CHECK(after_it->outcome.ok());
  CHECK(server.database->log_size(server.acme) == before + 1);
  CHECK(TextsOf(server.Entries(incident)) == std::vector<std::string>{"after"});
  const IncidentId next = server.Declare();
  CHECK(server.catalog->Get(server.acme, next)->number == "INC-2026-0002");
  CHECK(server.Inconsistency() == "");
}

TEST_CASE("CommandProcessor: a decision of which nothing can be stored hurts nobody else") {
  TestServer server;
  const IncidentId incident = server.Declare();
  auto definition = std::make_shared<domain::PinnedDefinition>(*domain::Ransomware());
  definition->file.assign(store::kEntryBytesMax + 1, 'x');
  const auto before_it = server.Submit(server.Log(incident, "before"));
  const auto poison = server.Submit(server.Make(incident, domain::StartRun{definition}));
  const auto after_it = server.Submit(server.Log(incident, "after"));
  server.Run();
  CHECK(poison->reason() == "ENTRY_TOO_LARGE");
  CHECK(before_it->outcome.ok());
  CHECK(after_it->outcome.ok());
  CHECK(server.Inconsistency() == "");
}

}  // namespace tocsin::app
