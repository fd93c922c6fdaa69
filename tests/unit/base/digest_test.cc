#include "server/base/digest.h"

#include <set>
#include <string>

#include "tests/support/catch.h"

namespace tocsin {

// FIPS 180-2, appendix B, and the empty message.
TEST_CASE("Sha256: the published vectors", "[base]") {
  CHECK(Sha256("").Hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(Sha256("abc").Hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").Hex() ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(Sha256(std::string(1'000'000, 'a')).Hex() ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("Sha256: parts are hashed one after another", "[base]") {
  CHECK(Sha256({"a", "", "bc"}) == Sha256("abc"));
  CHECK(Sha256({}) == Sha256(""));
  CHECK(Sha256({"a", "bc"}) != Sha256("acb"));
}

TEST_CASE("Digest: bytes, order and text", "[base]") {
  const Digest digest = Sha256("abc");
  CHECK(Digest::FromBytes(digest.view()) == digest);
  CHECK(digest.view().size() == 32);
  CHECK(Digest{}.Hex() == std::string(64, '0'));
  CHECK(Digest{} < digest);
  CHECK(std::set<Digest>{digest, Digest{}, digest}.size() == 2);
}

}  // namespace tocsin
