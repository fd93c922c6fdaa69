// The server is killed with SIGKILL again and again while clients write; nothing that was
// acknowledged may be missing, and nothing may be there twice. What an outsider holds (receipts and
// checkpoints) must stay provable throughout.
#include <iostream>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/core/context.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/history_check.h"
#include "tests/e2e/kill_writers.h"
#include "tests/e2e/log_proof.h"
#include "tests/support/catch.h"
#include "tocsin/v1/access.grpc.pb.h"

namespace tocsin::e2e {
namespace {

constexpr int kKills = 60;

std::vector<std::string> Hashes(const google::protobuf::RepeatedPtrField<std::string>& hashes) {
  return {hashes.begin(), hashes.end()};
}

// Every checkpoint that anybody was shown.
class Witness {
 public:
  explicit Witness(std::string verifier_key) : verifier_key_(std::move(verifier_key)) {}

  Head See(const std::string& note) {
    const std::optional<Head> head = ReadNote(note, verifier_key_);
    INFO(note);
    REQUIRE(head.has_value());
    const auto [known, fresh] = heads_.emplace(head->size, *head);
    INFO("two roots for one size are a forked log");
    REQUIRE(known->second.root == head->root);
    return *head;
  }

  // Consistency is transitive, so each with its next shows all pairs. Returns how many there are.
  size_t CheckAll(client::Connection& connection) const {
    const Head* before = nullptr;
    for (const auto& [size, head] : heads_) {
      if (before != nullptr && before->size > 0) {
        v1::GetConsistencyProofRequest request;
        request.set_old_size(before->size);
        request.set_new_size(size);
        const auto response =
            MustCall(connection, &v1::LogService::Stub::GetConsistencyProof, request);
        INFO("from " << before->size << " to " << size);
        REQUIRE(Extends(*before, head, Hashes(response.proof())));
      }
      before = &head;
    }
    return heads_.size();
  }

 private:
  const std::string verifier_key_;
  std::map<uint64_t, Head> heads_;
};

std::string Checkpoint(client::Connection& connection) {
  return MustCall(connection, &v1::LogService::Stub::GetCheckpoint, v1::GetCheckpointRequest())
      .checkpoint();
}

std::vector<std::string> AllIncidents(client::Connection& connection) {
  std::vector<std::string> names;
  v1::ListIncidentsRequest request;
  do {
    const auto page = MustCall(connection, &v1::IncidentService::Stub::ListIncidents, request);
    for (const auto& incident : page.incidents()) names.push_back(incident.name());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return names;
}

std::vector<Recorded> ReadAll(client::Connection& connection) {
  std::vector<Recorded> recorded;
  for (const std::string& incident : AllIncidents(connection)) {
    for (const v1::Entry& entry : Timeline(connection, incident)) {
      recorded.push_back({incident, entry.sequence(), entry.text()});
    }
  }
  return recorded;
}

void CheckReceipts(client::Connection& connection, Witness& witness, const Book& book) {
  const Head last = witness.See(Checkpoint(connection));
  for (const Book::Answer& answer : book.answers()) {
    const v1::Receipt& receipt = answer.receipt;
    const Head then = witness.See(receipt.checkpoint());
    INFO("log index " << receipt.log_index());
    REQUIRE(receipt.tree_size() == then.size);
    REQUIRE(Includes(then, receipt.leaf_hash(), receipt.log_index(),
                     Hashes(receipt.inclusion_proof())));
    v1::GetInclusionProofRequest request;
    request.set_log_index(receipt.log_index());
    request.set_tree_size(last.size);
    const auto now = MustCall(connection, &v1::LogService::Stub::GetInclusionProof, request);
    REQUIRE(now.leaf_hash() == receipt.leaf_hash());
    REQUIRE(Includes(last, receipt.leaf_hash(), receipt.log_index(), Hashes(now.proof())));
  }
}

// Whoever lost its answer may ask again at any later time.
void CheckRepeats(client::Connection& connection, const Book& book) {
  const uint64_t before = LogSize(connection);
  size_t asked = 0;
  for (size_t i = 0; i < book.answers().size(); i += 10) {
    const Book::Answer& answer = book.answers()[i];
    if (answer.request.text().empty()) continue;
    const auto again =
        MustCall(connection, &v1::TimelineService::Stub::RecordEntry, answer.request);
    CHECK(again.repeated());
    CHECK(again.first_sequence() == answer.sequence);
    ++asked;
  }
  CHECK(asked > 10);
  CHECK(LogSize(connection) == before);
}

std::string Lines(const std::vector<std::string>& lines) {
  return absl::StrJoin(lines, "\n");
}

struct Battle {
  Battle() {
    server.Start();
    ada = std::make_unique<Person>(NewPerson(Admin(server), server, "ada", {"commander", "ciso"}));
    ada->Follow(server);
    client::Connection connection = ada->Connect();
    for (int i = 0; i < 3; ++i) incidents.push_back(Declare(connection, absl::StrCat("Case ", i)));
    field.credentials = ada->Credentials();
    field.address.Publish(server.endpoint());
  }

  std::vector<std::unique_ptr<Writer>> Begin() {
    std::vector<std::unique_ptr<Writer>> writers;
    const auto add = [&](Writer::Way way, int number, const std::string& incident) {
      writers.push_back(
          std::make_unique<Writer>(field, way, absl::StrCat("Writer ", number), incident));
    };
    for (int i = 0; i < 6; ++i) add(Writer::Way::kUnary, i, incidents[static_cast<size_t>(i % 3)]);
    add(Writer::Way::kStream, 6, incidents[0]);
    add(Writer::Way::kStream, 7, incidents[1]);
    add(Writer::Way::kDeclare, 8, "");
    return writers;
  }

  Server server;
  std::unique_ptr<Person> ada;
  std::vector<std::string> incidents;
  Field field;
};

}  // namespace

TEST_CASE("Kill: nothing acknowledged is lost or there twice after 60 SIGKILLs", "[e2e][kill]") {
  Battle battle;
  client::Connection first = battle.ada->Connect();
  Witness witness(
      MustCall(first, &v1::AccessService::Stub::WhoAmI, v1::WhoAmIRequest()).verifier_key());
  std::vector<std::unique_ptr<Writer>> writers = battle.Begin();
  Book& book = battle.field.book;

  for (int kill = 1; kill <= kKills; ++kill) {
    // Not a time but a number of answers, each round another one: the kill falls where it falls.
    const size_t answers = 5 + static_cast<size_t>(kill) * 13 % 60;
    const bool lives = book.WaitFor(book.acknowledged() + answers, absl::Seconds(30));
    INFO("kill " << kill << "\n" << Lines(book.failures()));
    REQUIRE(lives);
    battle.server.Kill();
    battle.server.Start();
    battle.field.address.Publish(battle.server.endpoint());
    battle.ada->Follow(battle.server);
    client::Connection connection = battle.ada->Connect();
    witness.See(Checkpoint(connection));
  }
  battle.field.stop = true;
  for (const auto& writer : writers) writer->Join();

  client::Connection connection = battle.ada->Connect();
  INFO(Lines(book.failures()));
  REQUIRE(book.failures().empty());
  const std::vector<Recorded> recorded = ReadAll(connection);
  const Verdict verdict = CheckHistory(book.entries(), recorded);
  INFO("lost:\n"
       << Lines(verdict.lost) << "\nduplicated:\n"
       << Lines(verdict.duplicated) << "\nmisplaced:\n"
       << Lines(verdict.misplaced));
  std::cout << kKills << " kills, " << book.entries().size() << " acknowledged, "
            << verdict.lost.size() << " lost, " << verdict.duplicated.size() << " duplicated\n";
  CHECK(verdict.lost.empty());
  CHECK(verdict.duplicated.empty());
  CHECK(verdict.misplaced.empty());
  CheckReceipts(connection, witness, book);
  std::cout << book.answers().size() << " receipts included, " << witness.CheckAll(connection)
            << " checkpoints consistent\n";
  CheckRepeats(connection, book);
}

}  // namespace tocsin::e2e
