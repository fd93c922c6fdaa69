#include "server/app/search.h"

#include <functional>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/unit/app/app_fixture.h"

namespace tocsin::app {
namespace {

absl::StatusOr<SearchResult> Find(TestServer& server, const Caller& caller, std::string text,
                                  size_t limit = 10, std::optional<IncidentId> incident = {}) {
  Search search(*server.database, *server.catalog);
  return search.Run(caller, {.text = std::move(text)}, incident, limit, [] { return false; });
}

std::vector<std::string> TextsOf(const SearchResult& result) {
  std::vector<std::string> texts;
  for (const FoundEntry& found : result.found) {
    texts.push_back(std::get<domain::EntryRecorded>(found.entry.pending.event).text);
  }
  return texts;
}

}  // namespace

TEST_CASE("Search: over all incidents that one may see, newest first, the rest counted") {
  TestServer server;
  const IncidentId first = server.Declare();
  const IncidentId second = server.Declare();
  for (int i = 0; i < 6; ++i) {
    server.clock.Advance(absl::Seconds(1));
    server.MustDo(server.Log(i % 2 == 0 ? first : second, absl::StrCat("gateway ", i)));
  }
  server.MustDo(server.Log(first, "nothing"));
  const Caller ada = CallerWith(server, domain::Person(1), {OrgRole::kResponder});

  const auto result = Find(server, ada, "gateway", 4);
  REQUIRE(result.ok());
  CHECK(TextsOf(*result) ==
        std::vector<std::string>{"gateway 5", "gateway 4", "gateway 3", "gateway 2"});
  CHECK(result->more == 2);
  CHECK(result->scanned > 7);
  CHECK(TextsOf(*Find(server, ada, "gateway", 10, second)) ==
        std::vector<std::string>{"gateway 5", "gateway 3", "gateway 1"});
  CHECK(Find(server, ada, "no such words")->found.empty());
}

TEST_CASE("Search: neither restricted incidents of others nor other organisations") {
  TestServer server;
  domain::DeclareIncident secret = domain::ADeclaration();
  secret.restricted = true;
  const IncidentId incident = server.Declare(secret);
  server.MustDo(server.Log(incident, "the secret gateway"));
  const Caller member = CallerWith(server, domain::Person(1), {OrgRole::kResponder});
  const Caller other = CallerWith(server, domain::Person(5), {OrgRole::kCiso});
  Caller foreign = member;
  foreign.org = server.globex;
  CHECK(Find(server, member, "gateway")->found.size() == 1);
  CHECK(Find(server, other, "gateway")->found.empty());
  CHECK(Find(server, foreign, "gateway")->found.empty());
}

TEST_CASE("Search: one that takes too long is given up, and only so many run at once") {
  TestServer server;
  const IncidentId incident = server.Declare();
  for (int i = 0; i < 1100; ++i) server.Submit(server.Log(incident, "gateway"));
  server.Run();
  const Caller ada = CallerWith(server, domain::Person(1), {OrgRole::kResponder});
  Search search(*server.database, *server.catalog);
  const auto run = [&](const std::function<bool()>& expired) {
    return ReasonOf(search.Run(ada, {.text = "gateway"}, {}, 10, expired).status());
  };
  CHECK(run([] { return true; }) == "SEARCH_TOO_LONG");
  std::string third;
  const std::string second_or_first = run([&] {
    run([&] {
      third = run([] { return false; });
      return false;
    });
    return false;
  });
  CHECK(second_or_first.empty());
  CHECK(third == "SEARCH_BUSY");
  CHECK(run([] { return false; }).empty());
}

}  // namespace tocsin::app
