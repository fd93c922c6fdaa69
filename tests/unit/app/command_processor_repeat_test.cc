#include "server/app/command_processor.h"
#include "server/base/error.h"
#include "server/ledger/receipt.h"
#include "tests/support/catch.h"
#include "tests/unit/app/app_fixture.h"

namespace tocsin::app {
namespace {

using domain::ADeclaration;

}  // namespace

TEST_CASE("CommandProcessor: a request id repeated in the same round gets the same answer") {
  TestServer server;
  const IncidentId incident = server.Declare();
  const Request request = server.Log(incident, "once");
  const auto first = server.Submit(request);
  const auto again = server.Submit(request);
  server.Run();
  REQUIRE(first->outcome.ok());
  REQUIRE(again->outcome.ok());
  CHECK_FALSE(first->outcome->repeated);
  CHECK(AnswerDifference(*first->outcome, *again->outcome) == "");
  CHECK(TextsOf(server.Entries(incident)) == std::vector<std::string>{"once"});
}

TEST_CASE(
    "CommandProcessor: a request id repeated later gets the same answer, whatever happened since") {
  TestServer server;
  const IncidentId incident = server.Declare();
  const Request request = server.Log(incident, "once");
  const Outcome first = server.MustDo(request);
  server.MustDo(server.Log(incident, "something else"));
  server.MustDo(server.Make(incident, domain::CloseIncident{"a false alarm", "nothing to learn"}));
  server.clock.Advance(absl::Hours(5));
  const uint64_t size = server.database->log_size(server.acme);
  server.keeper.commits.clear();
  for (int i = 0; i < 2; ++i) {
    CHECK(AnswerDifference(first, server.MustDo(request)) == "");
    CHECK(server.database->log_size(server.acme) == size);
    CHECK(server.keeper.commits.empty());
    server.Restart();
  }
  const Outcome again = server.MustDo(request);
  CHECK(AnswerDifference(first, again) == "");
  const auto verifier = ledger::Verifier::Parse(server.database->VerifierKey(server.acme));
  CHECK(ledger::Verify(again.receipt, *verifier).ok());
  CHECK(again.receipt.tree_size == size);
}

TEST_CASE("CommandProcessor: a request id used for something else is refused") {
  TestServer server;
  const IncidentId incident = server.Declare();
  const Request request = server.Log(incident, "once");
  Request other = server.Log(incident, "something else");
  other.request = request.request;
  const auto first = server.Submit(request);
  const auto in_round = server.Submit(other);
  server.Run();
  CHECK(first->outcome.ok());
  CHECK(in_round->reason() == "REQUEST_ID_REUSED");
  CHECK(in_round->outcome.status().code() == absl::StatusCode::kAlreadyExists);
  CHECK(server.ReasonFor(other) == "REQUEST_ID_REUSED");
  server.Restart();
  CHECK(server.ReasonFor(other) == "REQUEST_ID_REUSED");
  CHECK(TextsOf(server.Entries(incident)) == std::vector<std::string>{"once"});
}

TEST_CASE("CommandProcessor: a refused request id can be used again") {
  TestServer server;
  const IncidentId incident = server.Declare();
  Request request = server.Log(incident, "");
  CHECK_FALSE(server.Do(request).ok());
  Request repaired = server.Log(incident, "with a text");
  repaired.request = request.request;
  CHECK_FALSE(server.MustDo(repaired).repeated);
}

TEST_CASE("CommandProcessor: declaring twice with one request id declares one incident") {
  TestServer server;
  const Request request = server.Make(IncidentId{}, ADeclaration());
  const auto first = server.Submit(request);
  const auto again = server.Submit(request);
  server.Run();
  CHECK(first->outcome->incident == again->outcome->incident);
  server.Restart();
  CHECK(server.MustDo(request).incident == first->outcome->incident);
  CHECK(server.database->ReadIncidentRows(server.acme)->size() == 1);
  CHECK(server.catalog->Get(server.acme, server.Declare())->number == "INC-2026-0002");
}

TEST_CASE("CommandProcessor: the same request id in another organisation is another request") {
  TestServer server;
  const Request request = server.Make(IncidentId{}, ADeclaration());
  Request elsewhere = request;
  elsewhere.org = server.globex;
  const Outcome here = server.MustDo(request);
  const Outcome there = server.MustDo(elsewhere);
  CHECK_FALSE(there.repeated);
  CHECK(here.incident != there.incident);
}

TEST_CASE("CommandProcessor: people are created once however often it is asked") {
  TestServer server;
  domain::CreatePrincipal person;
  person.id = domain::Person(7);
  person.handle = "ada";
  person.roles = {OrgRole::kCiso};
  person.code_expire_time = server.clock.Now() + absl::Hours(1);
  const Request request = server.Make(person);
  const Outcome first = server.MustDo(request);
  CHECK(first.first_sequence == 1);
  CHECK(first.last_sequence == 2);
  CHECK(server.MustDo(request).repeated);
  server.Restart();
  CHECK(server.MustDo(request).repeated);
  CHECK(server.ReasonFor(server.Make(person)) == "HANDLE_TAKEN");
  person.handle = "bob";
  person.id = domain::Person(8);
  CHECK(server.MustDo(server.Make(person)).first_sequence == 3);
  CHECK(server.Inconsistency() == "");
}

}  // namespace tocsin::app
