#include "server/app/catalog.h"

#include "server/app/secrets.h"
#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/unit/app/app_fixture.h"

namespace tocsin::app {
namespace {

using domain::ADeclaration;
using domain::Person;

std::vector<std::string> Numbers(const std::vector<IncidentSummary>& list) {
  std::vector<std::string> numbers;
  for (const IncidentSummary& summary : list) numbers.push_back(summary.number);
  return numbers;
}

domain::DeclareIncident Restricted() {
  domain::DeclareIncident declaration = ADeclaration();
  declaration.restricted = true;
  return declaration;
}

}  // namespace

TEST_CASE("Catalog: an incident is found by number and by name, in its organisation only") {
  TestServer server;
  const IncidentId incident = server.Declare();
  CHECK(server.catalog->FindIncident(server.acme, "INC-2026-0001") == incident);
  CHECK(server.catalog->FindIncident(server.acme, "incidents/INC-2026-0001") == incident);
  for (const char* name : {"", "incidents/", "INC-2026-1", "inc-2026-0001", "INC-2026-0002",
                           "incidents/incidents/INC-2026-0001"}) {
    CHECK_FALSE(server.catalog->FindIncident(server.acme, name).has_value());
  }
  CHECK_FALSE(server.catalog->FindIncident(server.globex, "INC-2026-0001").has_value());
  CHECK_FALSE(server.catalog->FindIncident(OrgNumber{77}, "INC-2026-0001").has_value());
}

TEST_CASE(
    "Catalog: the list is newest first and holds what the caller may see, before and after a "
    "restart") {
  TestServer server;
  server.Declare();
  server.clock.Advance(absl::Seconds(1));
  const IncidentId hidden = server.Declare(Restricted());
  const IncidentId closed = server.Declare();
  server.MustDo(server.Make(IncidentId{}, ADeclaration(), server.globex));
  server.MustDo(server.Make(closed, domain::CloseIncident{"a false alarm", "nothing to learn"}));
  for (int round = 0; round < 2; ++round) {
    const auto seen = [&](uint8_t person, std::vector<OrgRole> roles) {
      return Numbers(server.catalog->List(CallerWith(server, Person(person), std::move(roles))));
    };
    const std::vector<std::string> all = {"INC-2026-0003", "INC-2026-0002", "INC-2026-0001"};
    const std::vector<std::string> open = {"INC-2026-0003", "INC-2026-0001"};
    CHECK(seen(1, {OrgRole::kViewer}) == all);
    CHECK(seen(2, {OrgRole::kCiso}) == open);
    CHECK(seen(2, {OrgRole::kAdmin}).empty());
    CHECK(seen(1, {OrgRole::kAdmin}).empty());
    CHECK(seen(1, {}).empty());
    const auto list = server.catalog->List(CallerWith(server, Person(1), {OrgRole::kCiso}));
    CHECK_FALSE(list[0].open);
    CHECK(list[1].restricted);
    CHECK(list[1].id == hidden);
    CHECK(server.catalog->LastNumber(server.acme, 2026) == 3);
    CHECK(server.catalog->LastNumber(server.acme, 2025) == 0);
    CHECK(server.catalog->LastRecordTime() == server.clock.Now());
    server.Restart();
  }
}

TEST_CASE("Catalog: membership comes with declaring, roles and being added, and is kept once") {
  TestServer server;
  const IncidentId incident = server.Declare(Restricted());
  const auto facts = [&](uint8_t person) {
    return server.catalog->Access(CallerWith(server, Person(person), {}), incident);
  };
  CHECK(facts(1).exists);
  CHECK(facts(1).restricted);
  CHECK(facts(1).caller_is_member);
  CHECK_FALSE(facts(2).caller_is_member);
  server.MustDo(server.Make(incident, domain::AddMember{Person(2)}));
  for (int i = 0; i < 4; ++i) {
    const auto holder = static_cast<uint8_t>(3 + i % 2);
    server.MustDo(server.Make(incident, domain::AssignRole{IncidentRole::kDeputy, Person(holder)}));
  }
  for (int round = 0; round < 2; ++round) {
    for (uint8_t person = 1; person < 5; ++person) CHECK(facts(person).caller_is_member);
    CHECK_FALSE(facts(5).caller_is_member);
    Caller stranger = CallerWith(server, Person(1), {});
    stranger.org = server.globex;
    CHECK_FALSE(server.catalog->Access(stranger, incident).exists);
    server.Restart();
  }
}

TEST_CASE("Catalog: a token says who its holder is, and every other one is refused alike") {
  TestServer server;
  const std::string ada = server.Enrol("ada", {OrgRole::kCiso, OrgRole::kAdmin});
  const std::string bob = server.Enrol("bob", {OrgRole::kViewer}, absl::Minutes(10));
  const absl::Time now = server.clock.Now();
  for (int round = 0; round < 2; ++round) {
    const auto caller = server.catalog->Authenticate(ada, now);
    REQUIRE(caller.ok());
    CHECK(caller->org == server.acme);
    CHECK(caller->principal == *server.catalog->RequireHandle(server.acme, "@ada"));
    CHECK(caller->roles == std::vector<OrgRole>{OrgRole::kCiso, OrgRole::kAdmin});
    CHECK(caller->token == ParseToken(ada)->id);
    CHECK(caller->auth_context == "token " + caller->token.ToString());
    server.Restart();
  }
  const TokenId bobs = ParseToken(bob)->id;
  CHECK(server.catalog->IsLive(bobs, now));
  CHECK(server.catalog->Authenticate(bob, now + absl::Minutes(10) - absl::Nanoseconds(1)).ok());

  // The right id with another secret.
  std::string wrong = ada;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  const absl::Status malformed = server.catalog->Authenticate("hello", now).status();
  CHECK(ReasonOf(malformed) == "TOKEN_REFUSED");
  CHECK(malformed.code() == absl::StatusCode::kUnauthenticated);
  CHECK(server.catalog->Authenticate("", now).status() == malformed);
  CHECK(server.catalog->Authenticate(MakeToken().text, now).status() == malformed);
  CHECK(server.catalog->Authenticate(wrong, now).status() == malformed);
  CHECK(server.catalog->Authenticate(bob, now + absl::Minutes(10)).status() == malformed);
  CHECK_FALSE(server.catalog->IsLive(bobs, now + absl::Minutes(10)));
  CHECK_FALSE(server.catalog->IsLive(MakeToken().id, now));
  server.MustDo(server.Make(domain::RevokeToken{ParseToken(ada)->id}));
  CHECK(server.catalog->Authenticate(ada, now).status() == malformed);
  CHECK_FALSE(server.catalog->IsLive(ParseToken(ada)->id, now));
  server.Restart();
  CHECK(server.catalog->Authenticate(ada, now).status() == malformed);
}

TEST_CASE("Catalog: handles, codes and people belong to their organisation") {
  TestServer server;
  server.Enrol("ada", {OrgRole::kCiso});
  const auto ada = server.catalog->RequireHandle(server.acme, "ada");
  REQUIRE(ada.ok());
  CHECK(server.catalog->HandleOf(server.acme, *ada) == "@ada");
  CHECK(server.catalog->HandleOf(server.acme, PrincipalId{}) == "@server");
  CHECK(server.catalog->HandleOf(server.acme, Person(9)) == Person(9).ToString());
  CHECK(server.catalog->HandleOf(OrgNumber{77}, *ada) == ada->ToString());
  CHECK(ReasonOf(server.catalog->RequireHandle(server.globex, "ada").status()) == "UNKNOWN_HANDLE");
  CHECK(ReasonOf(server.catalog->RequireHandle(OrgNumber{77}, "ada").status()) == "UNKNOWN_HANDLE");
  CHECK(server.catalog->DirectoryOf(server.globex).principals.empty());

  const Digest code = HashCode(MakeEnrolmentCode());
  CHECK_FALSE(server.catalog->OrgOfCode(code).has_value());
  server.MustDo(server.Make(domain::IssueCode{"ada", code, server.clock.Now() + absl::Hours(1)}));
  CHECK(server.catalog->OrgOfCode(code) == server.acme);
}

TEST_CASE("Catalog: a snapshot stays as it is while the incident goes on") {
  TestServer server;
  const IncidentId incident = server.Declare();
  for (int round = 0; round < 2; ++round) {
    const auto before = server.catalog->Snapshot(server.acme, incident);
    REQUIRE(before.ok());
    const std::string as_it_was = domain::Dump(**before);
    const uint64_t last = server.MustDo(server.Log(incident, "more")).last_sequence;
    server.MustDo(
        server.Make(incident, domain::AddMember{Person(static_cast<uint8_t>(5 + round))}));
    CHECK(domain::Dump(**before) == as_it_was);
    CHECK((*server.catalog->Snapshot(server.acme, incident))->last_sequence == last + 1);
    CHECK(server.Inconsistency() == "");
    server.Restart();
  }
  CHECK(server.catalog->Snapshot(server.acme, IncidentId{}).status() == UnknownIncident());
  CHECK(server.catalog->Snapshot(OrgNumber{77}, incident).status() == UnknownIncident());
}

TEST_CASE("Catalog: an organisation that is added later comes with what the store holds of it") {
  TestServer server;
  // Written by a processor of its own, as when a tool sets up the first admin.
  const auto info = server.database->CreateOrg("later", "tocsin.example/later", server.clock.Now());
  REQUIRE(info.ok());
  const auto other = Catalog::Load(*server.database);
  CommandProcessor setup(*server.database, **other, server.clock, {}, {});
  Request request =
      server.Make(domain::CreatePrincipal{.id = Person(3),
                                          .handle = "first",
                                          .roles = {OrgRole::kAdmin},
                                          .code_hash = HashCode("0000"),
                                          .code_expire_time = absl::InfiniteFuture()});
  request.org = info->number;
  setup.Submit(request, [](const absl::StatusOr<Outcome>& outcome) { CHECK(outcome.ok()); });
  setup.Stop();

  CHECK_FALSE(server.catalog->RequireHandle(info->number, "first").ok());
  REQUIRE(server.catalog->AddOrg(info->number).ok());
  CHECK(server.catalog->RequireHandle(info->number, "first").ok());
  CHECK(server.catalog->AddOrg(info->number).ok());
  CHECK_FALSE(server.catalog->AddOrg(OrgNumber{77}).ok());
  Request next = server.Make(domain::IssueCode{"first", HashCode("1111"), absl::InfiniteFuture()});
  next.org = info->number;
  CHECK(server.MustDo(next).first_sequence == 3);
}

}  // namespace tocsin::app
