// One OpenSSL cipher context per thread, for the files of this layer that encrypt. Making a context
// and looking an algorithm up by name cost more than encrypting an entry.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "server/base/check.h"

namespace tocsin::ledger {

using FetchedCipher = std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)>;

/// An algorithm of OpenSSL's default provider; it must exist (checked).
inline FetchedCipher FetchCipher(const char* name) {
  FetchedCipher cipher(EVP_CIPHER_fetch(nullptr, name, nullptr), &EVP_CIPHER_free);
  TOCSIN_CHECK(cipher != nullptr);
  return cipher;
}

/// Borrows the thread's context for one operation; two may not live at once in a thread. The
/// destructor wipes the key schedule, so that no entry key stays in memory until the thread happens
/// to encrypt again.
class CipherContext {
 public:
  CipherContext() : context_(OfThread()) {}
  CipherContext(const CipherContext&) = delete;
  CipherContext& operator=(const CipherContext&) = delete;
  ~CipherContext() { EVP_CIPHER_CTX_reset(context_); }

  EVP_CIPHER_CTX* get() const { return context_; }

 private:
  static EVP_CIPHER_CTX* OfThread() {
    thread_local const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context{
        EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free};
    TOCSIN_CHECK(context != nullptr);
    return context.get();
  }

  EVP_CIPHER_CTX* context_;
};

/// Secret bytes that are wiped at the end of their scope.
template <size_t N>
struct Secret {
  std::array<uint8_t, N> bytes{};

  Secret() = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { OPENSSL_cleanse(bytes.data(), N); }
};

inline const uint8_t* AsBytes(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

}  // namespace tocsin::ledger
