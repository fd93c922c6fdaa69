#include "server/app/escalation_chain.h"

#include "tests/support/catch.h"
#include "tests/unit/app/app_fixture.h"

namespace tocsin::app {

TEST_CASE("ChainOf: handles are those of the organisation, at the moment") {
  TestServer server;
  const EscalationChains chains = {
      {server.acme,
       {{.role = IncidentRole::kCommander, .person = {}, .handle = "", .wait = absl::Minutes(10)},
        {.role = std::nullopt, .person = {}, .handle = "@bob", .wait = absl::Minutes(5)}}}};
  const auto before = ChainOf(*server.catalog, server.acme, chains);
  REQUIRE(before.size() == 2);
  CHECK(before[0].role == IncidentRole::kCommander);
  CHECK(before[1].person.empty());
  CHECK(before[1].handle == "@bob");

  // Somebody of the same name elsewhere is somebody else.
  server.Enrol("bob", {OrgRole::kResponder}, absl::Hours(1), server.globex);
  CHECK(ChainOf(*server.catalog, server.acme, chains)[1].person.empty());
  server.Enrol("bob", {OrgRole::kResponder});
  const PrincipalId bob = *server.catalog->RequireHandle(server.acme, "@bob");
  CHECK(ChainOf(*server.catalog, server.acme, chains)[1].person == bob);
  CHECK(ChainOf(*server.catalog, server.globex, chains).empty());
}

}  // namespace tocsin::app
