#include "server/ledger/box.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "server/base/check.h"
#include "server/ledger/cipher_context.h"

namespace tocsin::ledger {
namespace {

uint8_t* Writable(std::string& bytes, size_t offset) {
  return reinterpret_cast<uint8_t*>(bytes.data()) + offset;
}

const EVP_CIPHER* Gcm() {
  static const FetchedCipher cipher = FetchCipher("AES-256-GCM");
  return cipher.get();
}

}  // namespace

std::string EncryptBox(std::string_view nonce, std::span<const uint8_t, kKeyBytes> key,
                       std::initializer_list<std::string_view> plaintext, std::string_view place) {
  size_t size = 0;
  for (std::string_view piece : plaintext) size += piece.size();
  std::string box;
  box.reserve(kNonceBytes + size + kTagBytes);
  box.append(nonce);
  for (std::string_view piece : plaintext) box.append(piece);
  box.resize(box.size() + kTagBytes);

  uint8_t* const text = Writable(box, kNonceBytes);  // Encrypted where it stands.
  const CipherContext context;
  int written = 0;
  TOCSIN_CHECK(EVP_EncryptInit_ex2(context.get(), Gcm(), key.data(), AsBytes(nonce), nullptr) == 1);
  TOCSIN_CHECK(EVP_EncryptUpdate(context.get(), nullptr, &written, AsBytes(place),
                                 static_cast<int>(place.size())) == 1);
  TOCSIN_CHECK(EVP_EncryptUpdate(context.get(), text, &written, text, static_cast<int>(size)) ==
                   1 &&
               static_cast<size_t>(written) == size);
  TOCSIN_CHECK(EVP_EncryptFinal_ex(context.get(), text + size, &written) == 1 && written == 0);
  TOCSIN_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, text + size) ==
               1);
  return box;
}

std::optional<std::string> DecryptBox(std::string_view box, std::span<const uint8_t, kKeyBytes> key,
                                      std::string_view place) {
  const std::string_view nonce = box.substr(0, kNonceBytes);
  std::string tag(box.substr(box.size() - kTagBytes));
  box.remove_prefix(kNonceBytes);
  box.remove_suffix(kTagBytes);
  std::string plaintext(box.size(), '\0');
  const CipherContext context;
  int size = 0;
  TOCSIN_CHECK(EVP_DecryptInit_ex2(context.get(), Gcm(), key.data(), AsBytes(nonce), nullptr) == 1);
  TOCSIN_CHECK(EVP_DecryptUpdate(context.get(), nullptr, &size, AsBytes(place),
                                 static_cast<int>(place.size())) == 1);
  TOCSIN_CHECK(EVP_DecryptUpdate(context.get(), Writable(plaintext, 0), &size, AsBytes(box),
                                 static_cast<int>(box.size())) == 1);
  TOCSIN_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) ==
               1);
  uint8_t unused[kTagBytes];
  if (EVP_DecryptFinal_ex(context.get(), unused, &size) != 1) {
    OPENSSL_cleanse(plaintext.data(), plaintext.size());
    return std::nullopt;
  }
  return plaintext;
}

}  // namespace tocsin::ledger
