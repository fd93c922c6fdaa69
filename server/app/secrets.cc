#include "server/app/secrets.h"

#include <openssl/crypto.h>

#include <cctype>

#include "absl/strings/str_cat.h"
#include "server/base/encoding.h"
#include "server/base/view.h"
#include "server/runtime/random.h"

namespace tocsin::app {
namespace {

// Crockford's base 32: no I, L, O, U.
constexpr std::string_view kCodeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kCodeCharacters = 28;  // 5 bits each: 140 bits
constexpr size_t kSecretBytes = 32;

Digest HashSecret(std::string_view secret) {
  return Sha256({"tocsin/token/v1\n", secret});
}

}  // namespace

std::string MakeEnrolmentCode() {
  const std::string random = runtime::RandomString(kCodeCharacters);
  std::string code;
  for (size_t i = 0; i < random.size(); ++i) {
    if (i > 0 && i % 4 == 0) code.push_back('-');
    code.push_back(kCodeAlphabet[static_cast<uint8_t>(random[i]) % kCodeAlphabet.size()]);
  }
  return code;
}

Digest HashCode(std::string_view code) {
  std::string plain;
  for (char c : code) {
    if (c == '-' || c == ' ') continue;
    char upper = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (upper == 'O') upper = '0';
    if (upper == 'I' || upper == 'L') upper = '1';
    plain.push_back(upper);
  }
  return Sha256({"tocsin/code/v1\n", plain});
}

NewToken MakeToken() {
  NewToken token;
  token.id = NewId<TokenId>();
  const std::string secret = runtime::RandomString(kSecretBytes);
  token.text = absl::StrCat("toc_", HexEncode(token.id.view()), "_", HexEncode(secret));
  token.secret_hash = HashSecret(secret);
  return token;
}

std::optional<ParsedToken> ParseToken(std::string_view text) {
  constexpr size_t kIdHex = 32;
  constexpr size_t kSecretHex = kSecretBytes * 2;
  if (text.size() != 4 + kIdHex + 1 + kSecretHex || !text.starts_with("toc_") ||
      text[4 + kIdHex] != '_') {
    return std::nullopt;
  }
  const std::optional<std::string> id = HexDecode(text.substr(4, kIdHex));
  const std::optional<std::string> secret = HexDecode(text.substr(4 + kIdHex + 1));
  if (!id || !secret) return std::nullopt;
  return ParsedToken{TokenId::FromBytes(*id), HashSecret(*secret)};
}

template <typename IdType>
IdType NewId() {
  return IdType::FromBytes(runtime::RandomString(16));
}
template IncidentId NewId<IncidentId>();
template PrincipalId NewId<PrincipalId>();
template RequestId NewId<RequestId>();
template TokenId NewId<TokenId>();

bool ConstantTimeEqual(const Digest& a, const Digest& b) {
  return CRYPTO_memcmp(a.bytes.data(), b.bytes.data(), a.bytes.size()) == 0;
}

}  // namespace tocsin::app
