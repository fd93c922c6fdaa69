#include "server/ledger/key_wrap.h"

#include <openssl/crypto.h>

#include <cstring>

#include "server/ledger/cipher_context.h"

namespace tocsin::ledger {
namespace {

// The names are those of RFC 3394 section 2.2.
constexpr size_t kHalf = 8;
constexpr size_t kBlock = 2 * kHalf;
constexpr unsigned kN = kKeyBytes / kHalf;
constexpr unsigned kRounds = 6;
constexpr std::string_view kIv = "\xA6\xA6\xA6\xA6\xA6\xA6\xA6\xA6";

const EVP_CIPHER* Ecb() {
  static const FetchedCipher cipher = FetchCipher("AES-256-ECB");
  return cipher.get();
}

// One AES block, in place.
void CipherBlock(const CipherContext& context, uint8_t* block) {
  int size = 0;
  TOCSIN_CHECK(EVP_CipherUpdate(context.get(), block, &size, block, kBlock) == 1);
  TOCSIN_CHECK(size == static_cast<int>(kBlock));
}

void InitEcb(const CipherContext& context, const uint8_t* wrapping_key, bool encrypt) {
  TOCSIN_CHECK(EVP_CipherInit_ex2(context.get(), Ecb(), wrapping_key, nullptr, encrypt ? 1 : 0,
                                  nullptr) == 1);
  TOCSIN_CHECK(EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1);
}

}  // namespace

std::string WrapKey(std::span<const uint8_t, kKeyBytes> key,
                    std::span<const uint8_t, kKeyBytes> wrapping_key) {
  Secret<kBlock> block;  // A | R[i]
  Secret<kKeyBytes> r;
  std::memcpy(block.bytes.data(), kIv.data(), kHalf);
  std::memcpy(r.bytes.data(), key.data(), kKeyBytes);

  const CipherContext context;
  InitEcb(context, wrapping_key.data(), /*encrypt=*/true);
  for (unsigned t = 1; t <= kRounds * kN; ++t) {
    uint8_t* const ri = r.bytes.data() + (t - 1) % kN * kHalf;
    std::memcpy(block.bytes.data() + kHalf, ri, kHalf);
    CipherBlock(context, block.bytes.data());
    std::memcpy(ri, block.bytes.data() + kHalf, kHalf);
    block.bytes[kHalf - 1] ^= static_cast<uint8_t>(t);
  }
  std::string wrapped(reinterpret_cast<const char*>(block.bytes.data()), kHalf);
  return wrapped.append(reinterpret_cast<const char*>(r.bytes.data()), kKeyBytes);
}

bool UnwrapKey(std::string_view wrapped, std::span<const uint8_t, kKeyBytes> wrapping_key,
               std::span<uint8_t, kKeyBytes> key) {
  std::memset(key.data(), 0, kKeyBytes);
  if (wrapped.size() != kWrappedKeyBytes) return false;
  Secret<kBlock> block;  // A | R[i]
  Secret<kKeyBytes> r;
  std::memcpy(block.bytes.data(), wrapped.data(), kHalf);
  std::memcpy(r.bytes.data(), wrapped.data() + kHalf, kKeyBytes);

  const CipherContext context;
  InitEcb(context, wrapping_key.data(), /*encrypt=*/false);
  for (unsigned t = kRounds * kN; t >= 1; --t) {
    uint8_t* const ri = r.bytes.data() + (t - 1) % kN * kHalf;
    block.bytes[kHalf - 1] ^= static_cast<uint8_t>(t);
    std::memcpy(block.bytes.data() + kHalf, ri, kHalf);
    CipherBlock(context, block.bytes.data());
    std::memcpy(ri, block.bytes.data() + kHalf, kHalf);
  }
  if (CRYPTO_memcmp(block.bytes.data(), kIv.data(), kHalf) != 0) return false;
  std::memcpy(key.data(), r.bytes.data(), kKeyBytes);
  return true;
}

}  // namespace tocsin::ledger
