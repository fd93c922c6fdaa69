#include "server/app/secrets.h"

#include <set>

#include "server/base/encoding.h"
#include "tests/support/catch.h"

namespace tocsin::app {

TEST_CASE("Secrets: an enrolment code has seven groups of four and no look-alikes") {
  std::set<std::string> codes;
  std::set<char> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string code = MakeEnrolmentCode();
    REQUIRE(code.size() == 34);
    for (size_t at = 0; at < code.size(); ++at) {
      if (at % 5 == 4) {
        REQUIRE(code[at] == '-');
        continue;
      }
      REQUIRE(std::string("0123456789ABCDEFGHJKMNPQRSTVWXYZ").find(code[at]) != std::string::npos);
      seen.insert(code[at]);
    }
    codes.insert(code);
  }
  CHECK(codes.size() == 1000);
  CHECK(seen.size() == 32);
}

TEST_CASE("Secrets: how a code is typed does not matter") {
  const Digest hash = HashCode("0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV");
  CHECK(HashCode("0123456789abcdefghjkmnpqrstv") == hash);
  CHECK(HashCode(" 0123 4567 89ab-cdef ghjk mnpq rstv ") == hash);
  CHECK(HashCode("oi23-4567-89AB-CDEF-GHJK-MNPQ-RSTV") == hash);
  CHECK(HashCode("OL23-4567-89AB-CDEF-GHJK-MNPQ-RSTV") == hash);
  CHECK(HashCode("1123-4567-89AB-CDEF-GHJK-MNPQ-RSTV") != hash);
  CHECK(HashCode("0123-4567-89AB-CDEF-GHJK-MNPQ-RST") != hash);
  CHECK(HashCode("") != hash);
}

TEST_CASE("Secrets: a token reads back as its id and the hash of its secret") {
  const NewToken token = MakeToken();
  const auto parsed = ParseToken(token.text);
  REQUIRE(parsed.has_value());
  CHECK(parsed->id == token.id);
  CHECK(parsed->secret_hash == token.secret_hash);
  const NewToken other = MakeToken();
  CHECK(other.id != token.id);
  CHECK(other.secret_hash != token.secret_hash);
  // The text holds the secret, not its hash.
  CHECK(token.text.find(HexEncode(token.secret_hash.view())) == std::string::npos);
}

TEST_CASE("Secrets: whatever is not exactly a token is none") {
  const std::string good = MakeToken().text;
  REQUIRE(ParseToken(good).has_value());
  CHECK_FALSE(ParseToken("").has_value());
  CHECK_FALSE(ParseToken(good + " ").has_value());
  CHECK_FALSE(ParseToken(" " + good).has_value());
  CHECK_FALSE(ParseToken(good + "00").has_value());
  CHECK_FALSE(ParseToken(std::string(good.size(), 'a')).has_value());
  CHECK_FALSE(ParseToken(std::string(1 << 20, '_')).has_value());
  for (size_t at = 0; at < good.size(); ++at) {
    CAPTURE(at);
    CHECK_FALSE(ParseToken(good.substr(0, at)).has_value());
    std::string damaged = good;
    damaged[at] = 'g';
    CHECK_FALSE(ParseToken(damaged).has_value());
    damaged[at] = '\0';
    CHECK_FALSE(ParseToken(damaged).has_value());
  }
}

TEST_CASE("Secrets: digests are compared over their whole length") {
  const Digest a = Sha256({"a"});
  for (size_t at = 0; at < a.bytes.size(); ++at) {
    Digest b = a;
    CHECK(ConstantTimeEqual(a, b));
    b.bytes[at] = static_cast<uint8_t>(b.bytes[at] ^ 1U);
    CHECK_FALSE(ConstantTimeEqual(a, b));
  }
}

TEST_CASE("Secrets: new ids differ") {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(NewId<IncidentId>().ToString());
  CHECK(ids.size() == 1000);
}

}  // namespace tocsin::app
