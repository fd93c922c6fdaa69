#include "tests/e2e/log_proof.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace tocsin::e2e {
namespace {

const unsigned char* Bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string Sha256(const std::string& data) {
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  ::SHA256(Bytes(data), data.size(), reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

std::string Node(const std::string& left, const std::string& right) {
  return Sha256(absl::StrCat("\x01", left, right));
}

bool SignatureHolds(const std::string& public_key, const std::string& text,
                    const std::string& signature) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(public_key), public_key.size()),
      &EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  return key != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(text),
                          text.size()) == 1;
}

}  // namespace

std::optional<Head> ReadNote(const std::string& note, const std::string& verifier_key) {
  const std::vector<std::string> key = absl::StrSplit(verifier_key, absl::MaxSplits('+', 2));
  std::string algorithm_and_key;
  if (key.size() != 3 || !absl::Base64Unescape(key[2], &algorithm_and_key)) return std::nullopt;
  const size_t end = note.find("\n\n");
  if (end == std::string::npos) return std::nullopt;
  const std::string text = note.substr(0, end + 1);
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  Head head;
  if (lines.size() != 4 || !absl::SimpleAtoi(lines[1], &head.size) ||
      !absl::Base64Unescape(lines[2], &head.root) || head.root.size() != 32 || lines[0] != key[0]) {
    return std::nullopt;
  }
  head.origin = lines[0];
  const std::string prefix = absl::StrCat("— ", key[0], " ");
  for (absl::string_view line : absl::StrSplit(note.substr(end + 2), '\n', absl::SkipEmpty())) {
    std::string signature;
    if (line.substr(0, prefix.size()) != prefix ||
        !absl::Base64Unescape(line.substr(prefix.size()), &signature) || signature.size() != 68) {
      continue;
    }
    if (SignatureHolds(algorithm_and_key.substr(1), text, signature.substr(4))) return head;
  }
  return std::nullopt;
}

bool Includes(const Head& head, const std::string& leaf_hash, uint64_t index,
              const std::vector<std::string>& proof) {
  if (index >= head.size) return false;
  uint64_t first = index;
  uint64_t second = head.size - 1;
  std::string hash = leaf_hash;
  for (const std::string& step : proof) {
    if (second == 0) return false;
    if (first % 2 == 1 || first == second) {
      hash = Node(step, hash);
      while (first % 2 == 0 && first != 0) {
        first /= 2;
        second /= 2;
      }
    } else {
      hash = Node(hash, step);
    }
    first /= 2;
    second /= 2;
  }
  return second == 0 && hash == head.root;
}

bool Extends(const Head& older, const Head& newer, const std::vector<std::string>& proof) {
  if (older.origin != newer.origin || older.size == 0 || older.size > newer.size) return false;
  if (older.size == newer.size) return proof.empty() && older.root == newer.root;
  std::vector<std::string> path = proof;
  const bool power_of_two = (older.size & (older.size - 1)) == 0;
  if (power_of_two) path.insert(path.begin(), older.root);
  if (path.empty()) return false;
  uint64_t first = older.size - 1;
  uint64_t second = newer.size - 1;
  while (first % 2 == 1) {
    first /= 2;
    second /= 2;
  }
  std::string old_root = path[0];
  std::string new_root = path[0];
  for (size_t i = 1; i < path.size(); ++i) {
    if (second == 0) return false;
    if (first % 2 == 1 || first == second) {
      old_root = Node(path[i], old_root);
      new_root = Node(path[i], new_root);
      while (first % 2 == 0 && first != 0) {
        first /= 2;
        second /= 2;
      }
    } else {
      new_root = Node(new_root, path[i]);
    }
    first /= 2;
    second /= 2;
  }
  return second == 0 && old_root == older.root && new_root == newer.root;
}

}  // namespace tocsin::e2e
