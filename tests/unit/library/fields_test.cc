#include "server/library/fields.h"

#include "tests/support/catch.h"

namespace tocsin::library {

TEST_CASE("Fields: words and countries", "[library]") {
  for (const char* good : {"a", "nis2-be", "us_registrant", "8k"}) CHECK(IsWord(good));
  for (const char* bad : {"", "A", "a b", "a.b", "\xc3\xa9"}) CHECK_FALSE(IsWord(bad));
  CHECK(IsWord(std::string(64, 'a')));
  CHECK_FALSE(IsWord(std::string(65, 'a')));
  CHECK(IsCountry("NL"));
  for (const char* bad : {"", "N", "nl", "NLD", "N1"}) CHECK_FALSE(IsCountry(bad));
}

TEST_CASE("Fields: an unknown word is answered with the nearest, else with all", "[library]") {
  CHECK(NotKnown("a size", "smal", {"small", "large"}) ==
        "'smal' is not a size; did you mean 'small'?");
  CHECK(NotKnown("a size", "enormous", {"small", "large"}) ==
        "'enormous' is not a size; known are small, large");
}

}  // namespace tocsin::library
