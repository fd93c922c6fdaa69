#include "server/regulation/amount.h"

#include "tests/support/catch.h"

namespace tocsin::regulation {
namespace {

Amount A(std::string_view text) {
  return Amount::Parse(text).value();
}

}  // namespace

TEST_CASE("Amount: digits with at most one point", "[regulation]") {
  for (const char* text : {"0", "007", "1200", "12.5", "999999999999999999.999"}) {
    INFO(text);
    CHECK(Amount::Parse(text).has_value());
  }
  for (const char* text : {"", ".", "1.", ".5", "-1", "+1", "1e3", "1 000", "1,5", "inf",
                           "1000000000000000000000000"}) {
    INFO(text);
    CHECK_FALSE(Amount::Parse(text).has_value());
  }
}

TEST_CASE("Amount: text for people, digits for Parse", "[regulation]") {
  CHECK(A("1200000").Text() == "1 200 000");
  CHECK(A("0").Text() == "0");
  CHECK(A("999").Text() == "999");
  CHECK(A("1000.50").Text() == "1 000.5");
  CHECK(A("0.000001").Text() == "0.000001");
  CHECK(A("1200000.25").Digits() == "1200000.25");
  CHECK(A("999999999999999999").Digits() == "999999999999999999");
  CHECK(Amount::Parse((A("999999999999999999") + A("999999999999999999")).Digits()).has_value());
}

TEST_CASE("Amount: decimals are exact", "[regulation]") {
  // 0.1 + 0.2 is not 0.3 in binary fractions.
  CHECK(A("0.1") + A("0.2") == A("0.3"));
  CHECK(Amount::Of(100'000).Percent(100) == A("100"));
  CHECK(Amount::Of(4'000'000).Percent(5'000) == A("200000"));
  CHECK(A("4000000.10").Percent(5'000) == A("200000.005"));
  CHECK(A("4").PercentOf(Amount::Of(30'000'000)) == A("1200000"));
  CHECK(Amount::Minutes(3'600) == A("60"));
  CHECK(Amount::Minutes(3'601) > A("60"));
}

TEST_CASE("Amount: what is beyond six decimals still is more", "[regulation]") {
  CHECK(A("5.0000001") > A("5"));
  CHECK(A("5.0000000000") == A("5"));
}

}  // namespace tocsin::regulation
