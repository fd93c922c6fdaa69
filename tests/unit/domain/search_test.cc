#include "server/domain/search.h"

#include "tests/support/catch.h"
#include "tests/support/domain_fixture.h"

namespace tocsin::domain {
namespace {

const EntryMeta kMeta = {7, Person(1), At("2026-06-10T08:00:00Z")};

PendingEntry Said(std::string text, EntryKind kind = EntryKind::kAction) {
  return {.event = EntryRecorded{kind, std::move(text), {{"host", "Finance-DB"}}}};
}

bool Finds(EntryQuery query, const PendingEntry& entry) {
  query.text = FoldCase(query.text);
  return Matches(query, kMeta, entry, [](const PrincipalId&) { return "@ada"; });
}

}  // namespace

TEST_CASE("Search: capital and small letters are alike in ASCII and Latin-1, and nowhere else") {
  CHECK(FoldCase("VPN Gateway ÀÉÞ × ß ÿ") == "vpn gateway àéþ × ß ÿ");
  CHECK(FoldCase("Ω日本") == "Ω日本");
  CHECK(Finds({.text = "état"}, Said("L'ÉTAT des lieux")));
  CHECK(Finds({.text = "GATEWAY"}, Said("the vpn gateway")));
  CHECK_FALSE(Finds({.text = "gatewey"}, Said("the vpn gateway")));
}

TEST_CASE("Search: the text, the attributes, and the sentence of what nobody wrote") {
  CHECK(Finds({.text = "finance-db"}, Said("isolated")));
  CHECK(Finds({.text = "is scribe"}, {.event = RoleAssigned{IncidentRole::kScribe, Person(2)}}));
  CHECK_FALSE(Finds({.text = "host"}, Said("isolated")));
}

TEST_CASE("Search: all that is asked must hold; a time takes its beginning and not its end") {
  CHECK(Finds({.kind = EntryKind::kAction}, Said("x")));
  CHECK_FALSE(Finds({.kind = EntryKind::kDecision}, Said("x")));
  CHECK_FALSE(Finds({.kind = EntryKind::kAction}, {.event = MemberAdded{Person(2)}}));
  CHECK(Finds({.text = "x", .author = Person(1)}, Said("x")));
  CHECK_FALSE(Finds({.text = "x", .author = Person(2)}, Said("x")));
  CHECK(Finds({.from = kMeta.record_time}, Said("x")));
  CHECK_FALSE(Finds({.to = kMeta.record_time}, Said("x")));
  CHECK_FALSE(Finds({.from = kMeta.record_time + absl::Nanoseconds(1)}, Said("x")));
}

}  // namespace tocsin::domain
