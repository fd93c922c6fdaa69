#include "server/base/running_digest.h"

#include <openssl/evp.h>

#include "server/base/check.h"

namespace tocsin {

struct RunningDigest::Context {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> sum{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

RunningDigest::RunningDigest() : context_(std::make_unique<Context>()) {
  TOCSIN_CHECK(EVP_DigestInit_ex2(context_->sum.get(), EVP_sha256(), nullptr) == 1);
}

RunningDigest::~RunningDigest() = default;

void RunningDigest::Add(std::string_view bytes) {
  TOCSIN_CHECK(EVP_DigestUpdate(context_->sum.get(), bytes.data(), bytes.size()) == 1);
}

Digest RunningDigest::Finish() {
  Digest digest;
  unsigned int size = 0;
  TOCSIN_CHECK(EVP_DigestFinal_ex(context_->sum.get(), digest.bytes.data(), &size) == 1);
  return digest;
}

}  // namespace tocsin
