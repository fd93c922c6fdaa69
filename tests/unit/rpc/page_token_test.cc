#include "server/rpc/page_token.h"

#include <string>

#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin::rpc {

TEST_CASE("PageToken: gives its position back to the same list") {
  for (const std::string position : {"1", "12345678901234567890", "a b/c\n", "\xff\x01"}) {
    const auto read = ReadPageToken("entries/x", MakePageToken("entries/x", position));
    REQUIRE(read.ok());
    CHECK(*read == position);
  }
}

TEST_CASE("PageToken: no token begins at the beginning") {
  const auto read = ReadPageToken("entries/x", "");
  REQUIRE(read.ok());
  CHECK(read->empty());
}

TEST_CASE("PageToken: refused for another list, changed, cut, or made up") {
  const std::string token = MakePageToken("entries/x", "500");
  std::string changed = token;
  changed.back() = changed.back() == '0' ? '1' : '0';
  for (const std::string& bad :
       {MakePageToken("entries/y", "500"), changed, token.substr(0, token.size() - 2),
        std::string("500"), std::string("zz"), token + "00"}) {
    CAPTURE(bad);
    const auto read = ReadPageToken("entries/x", bad);
    REQUIRE_FALSE(read.ok());
    CHECK(absl::IsInvalidArgument(read.status()));
    CHECK(ReasonOf(read.status()) == "BAD_PAGE_TOKEN");
  }
}

TEST_CASE("PageSize: a default for none, a limit for too many, a refusal below zero") {
  CHECK(*PageSize(0, 50, 500) == 50);
  CHECK(*PageSize(1, 50, 500) == 1);
  CHECK(*PageSize(500, 50, 500) == 500);
  CHECK(*PageSize(501, 50, 500) == 500);
  CHECK(ReasonOf(PageSize(-1, 50, 500).status()) == "BAD_PAGE_SIZE");
}

}  // namespace tocsin::rpc
