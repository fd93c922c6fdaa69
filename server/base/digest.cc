#include "server/base/digest.h"

#include <openssl/evp.h>

#include <cstring>
#include <memory>

#include "server/base/check.h"
#include "server/base/encoding.h"

namespace tocsin {
namespace {

// OpenSSL 3 looks an algorithm up on each use unless it is fetched once; the context is kept per
// thread for the same reason.
struct Sha256Context {
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm{
      EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free};
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free};
};

}  // namespace

std::string Digest::Hex() const {
  return HexEncode(view());
}

Digest Digest::FromBytes(std::string_view raw) {
  TOCSIN_CHECK(raw.size() == 32);
  Digest digest;
  std::memcpy(digest.bytes.data(), raw.data(), raw.size());
  return digest;
}

Digest Sha256(std::initializer_list<std::string_view> parts) {
  thread_local Sha256Context sha;
  TOCSIN_CHECK(EVP_DigestInit_ex2(sha.context.get(), sha.algorithm.get(), nullptr) == 1);
  for (std::string_view part : parts) {
    TOCSIN_CHECK(EVP_DigestUpdate(sha.context.get(), part.data(), part.size()) == 1);
  }
  Digest digest;
  unsigned int size = 0;
  TOCSIN_CHECK(EVP_DigestFinal_ex(sha.context.get(), digest.bytes.data(), &size) == 1 &&
               size == 32);
  return digest;
}

}  // namespace tocsin
