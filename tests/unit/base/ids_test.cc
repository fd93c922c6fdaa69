#include "server/base/ids.h"

#include <type_traits>

#include "absl/container/flat_hash_set.h"
#include "tests/support/catch.h"

namespace tocsin {
namespace {

constexpr char kText[] = "0192a3b4-c5d6-7e8f-9001-122334455667";

static_assert(!std::is_convertible_v<IncidentId, PrincipalId>);
static_assert(!std::is_constructible_v<PrincipalId, IncidentId>);

}  // namespace

TEST_CASE("Id: reads with and without dashes, in both cases, writes one form", "[base]") {
  const auto id = IncidentId::Parse(kText);
  REQUIRE(id.has_value());
  CHECK(id->ToString() == kText);
  CHECK(IncidentId::Parse("0192a3b4c5d67e8f9001122334455667") == id);
  CHECK(IncidentId::Parse("0192A3B4-C5D6-7E8F-9001-122334455667") == id);
  CHECK(id->bytes[0] == 0x01);
  CHECK(id->bytes[15] == 0x67);
}

TEST_CASE("Id: other text is refused", "[base]") {
  for (const std::string text :
       {"", "0192a3b4", "0192a3b4-c5d6-7e8f-9001-12233445566",
        "0192a3b4c5d6-7e8f-9001-122334455667", "0192a3b4-c5d6-7e8f-9001-12233445566g",
        "0192a3b4-c5d6-7e8f-90011-22334455667", "{0192a3b4-c5d6-7e8f-9001-122334455667}",
        "0192a3b4-c5d6-7e8f-9001-1223344556677", "------------------------------------",
        "0192a3b4-c5d6-7e8f-9001-122334455-67"}) {
    INFO(text);
    CHECK_FALSE(RequestId::Parse(text).has_value());
  }
}

TEST_CASE("Id: the zero id is empty", "[base]") {
  CHECK(PrincipalId{}.empty());
  CHECK(PrincipalId::Parse("00000000-0000-0000-0000-000000000000")->empty());
  CHECK_FALSE(PrincipalId::Parse(kText)->empty());
}

TEST_CASE("Id: from bytes and from a digest", "[base]") {
  const Digest digest = Sha256("abc");
  const auto id = TokenId::FromDigest(digest);
  CHECK(id.view() == digest.view().substr(0, 16));
  CHECK(TokenId::FromBytes(id.view()) == id);
  CHECK(absl::flat_hash_set<TokenId>{id, TokenId{}, id}.size() == 2);
  CHECK(TokenId{} < id);
}

}  // namespace tocsin
