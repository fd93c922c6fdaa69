#include "server/ledger/key_wrap.h"

#include <openssl/evp.h>

#include <memory>

#include "tests/support/catch.h"
#include "tests/unit/ledger/ledger_samples.h"

namespace tocsin::ledger {
namespace {

using Key = std::array<uint8_t, kKeyBytes>;

Key KeyFrom(SeededBytes& random) {
  Key key{};
  random(key);
  return key;
}

// The same operation by OpenSSL.
std::string OpenSslWrap(const Key& key, const Key& wrapping_key) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context{
      EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free};
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  std::string wrapped(kWrappedKeyBytes, '\0');
  int size = 0;
  REQUIRE(EVP_EncryptInit_ex(context.get(), EVP_aes_256_wrap(), nullptr, wrapping_key.data(),
                             nullptr) == 1);
  REQUIRE(EVP_EncryptUpdate(context.get(), reinterpret_cast<uint8_t*>(wrapped.data()), &size,
                            key.data(), static_cast<int>(key.size())) == 1);
  REQUIRE(size == static_cast<int>(kWrappedKeyBytes));
  return wrapped;
}

TEST_CASE("WrapKey: the vector of RFC 3394 section 4.6", "[ledger]") {
  Key wrapping_key{};
  for (size_t i = 0; i < kKeyBytes; ++i) wrapping_key[i] = static_cast<uint8_t>(i);
  Key key{};
  for (size_t i = 0; i < kKeyBytes; ++i) key[i] = static_cast<uint8_t>(i < 16 ? i * 0x11 : i - 16);

  CHECK(HexEncode(WrapKey(key, wrapping_key)) ==
        "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21");
}

TEST_CASE("WrapKey: the same bytes as OpenSSL's key wrap, and back", "[ledger]") {
  SeededBytes random("wrap");
  for (int i = 0; i < 200; ++i) {
    const Key key = KeyFrom(random);
    const Key wrapping_key = KeyFrom(random);

    const std::string wrapped = WrapKey(key, wrapping_key);
    REQUIRE(wrapped == OpenSslWrap(key, wrapping_key));
    Key unwrapped{};
    REQUIRE(UnwrapKey(wrapped, wrapping_key, unwrapped));
    REQUIRE(unwrapped == key);
  }
}

TEST_CASE("UnwrapKey: a changed byte, another key or size gives nothing", "[ledger]") {
  SeededBytes random("unwrap");
  const Key key = KeyFrom(random);
  const Key wrapping_key = KeyFrom(random);
  const std::string wrapped = WrapKey(key, wrapping_key);
  Key unwrapped = key;

  for (size_t bit = 0; bit < wrapped.size() * 8; ++bit) {
    std::string changed = wrapped;
    changed[bit / 8] = static_cast<char>(static_cast<uint8_t>(changed[bit / 8]) ^ (1U << bit % 8));
    REQUIRE_FALSE(UnwrapKey(changed, wrapping_key, unwrapped));
    REQUIRE(unwrapped == Key{});
  }
  CHECK_FALSE(UnwrapKey(wrapped, KeyFrom(random), unwrapped));
  CHECK_FALSE(UnwrapKey(wrapped.substr(1), wrapping_key, unwrapped));
  CHECK_FALSE(UnwrapKey(wrapped + "x", wrapping_key, unwrapped));
  CHECK_FALSE(UnwrapKey("", wrapping_key, unwrapped));
}

}  // namespace
}  // namespace tocsin::ledger
