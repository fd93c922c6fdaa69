#include "clients/report/record.h"

#include <openssl/evp.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/check.h"
#include "server/base/encoding.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"

namespace tocsin::report {
namespace {

constexpr size_t kNoteBytesMax = 10'000;
constexpr size_t kSignaturesMax = 16;

absl::Status Wrong(std::string_view message) {
  return absl::DataLossError(ToAbsl(message));
}

struct LogKey {
  std::string name;
  std::string id;
  std::string public_key;
};

absl::StatusOr<LogKey> ReadKey(std::string_view text) {
  const size_t first = text.find('+');
  const size_t second = first == text.npos ? text.npos : text.find('+', first + 1);
  if (first == 0 || second == text.npos) return Wrong("key: is not name+hash+base64");
  const std::string_view name = text.substr(0, first);
  const std::string_view hash = text.substr(first + 1, second - first - 1);
  const std::optional<std::string> id = HexDecode(hash);
  if (!id || id->size() != 4 || HexEncode(*id) != hash ||
      name.find_first_of(" \t\r\n") != name.npos) {
    return Wrong("key: is not name+hash+base64");
  }
  TOCSIN_ASSIGN_OR_RETURN(std::string raw,
                          Unbase64(text.substr(second + 1), "key: its last part", 33));
  if (raw[0] != 1) return Wrong("key: is not an Ed25519 key");
  if (Sha256({name, "\n", raw}).view().substr(0, 4) != *id) {
    return Wrong("key: its hash is not its own");
  }
  return LogKey{.name = std::string(name), .id = *id, .public_key = raw.substr(1)};
}

const unsigned char* Octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

bool SignatureIsGood(std::string_view public_key, std::string_view text,
                     std::string_view signature) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Octets(public_key), public_key.size()),
      EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  return key != nullptr && context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), Octets(signature), signature.size(), Octets(text),
                          text.size()) == 1;
}

// The number of signatures by `key` under `text`; all of them must be good, others are ignored.
absl::StatusOr<int> CountSignatures(std::string_view text, std::string_view block,
                                    const LogKey& key) {
  const std::vector<std::string> lines = absl::StrSplit(ToAbsl(block), '\n');
  if (lines.size() > kSignaturesMax) return Wrong("note: has more than 16 signatures");
  int good = 0;
  for (const std::string& line : lines) {
    const std::vector<std::string> parts = absl::StrSplit(line, ' ');
    if (parts.size() != 3 || parts[0] != "\u2014" || parts[1].empty() || parts[2].empty() ||
        parts[1].find('+') != std::string::npos) {
      return Wrong("note: a signature line is malformed");
    }
    TOCSIN_ASSIGN_OR_RETURN(const std::string raw, Unbase64(parts[2], "note: a signature"));
    if (parts[1] != key.name || raw.substr(0, 4) != key.id) continue;
    if (raw.size() != 68 ||
        !SignatureIsGood(key.public_key, text, std::string_view(raw).substr(4))) {
      return Wrong("note: the signature by the log's key is wrong");
    }
    ++good;
  }
  if (good != 1) return Wrong("note: is not signed by the log's key, or twice");
  return good;
}

bool IsSize(const std::string& text) {
  if (text.empty() || text.size() > 18 || (text[0] == '0' && text.size() > 1)) return false;
  return text.find_first_not_of("0123456789") == std::string::npos;
}

size_t Characters(std::string_view text) {
  size_t count = 0;
  for (const char c : text) count += (static_cast<uint8_t>(c) & 0xC0) != 0x80;
  return count;
}

}  // namespace

absl::StatusOr<std::string> Unbase64(std::string_view text, std::string_view what, size_t size) {
  std::optional<std::string> raw = Base64Decode(text);
  if (!raw) return Wrong(absl::StrCat(ToAbsl(what), " is not base64 in its one spelling"));
  if (size != 0 && raw->size() != size) {
    return Wrong(absl::StrCat(ToAbsl(what), " has ", raw->size(), " bytes instead of ", size));
  }
  return *std::move(raw);
}

std::optional<Record> ReadRecord(std::string_view raw) {
  TOCSIN_CHECK(raw.size() == kRecordBytes);
  if (raw.substr(0, 16) != "tocsin/entry/v1\n") return std::nullopt;
  return Record{.type = ReadU16(raw.substr(16)),
                .log_index = ReadU64(raw.substr(20)),
                .incident = raw.substr(28, 16),
                .sequence = ReadU64(raw.substr(44)),
                .previous_leaf = Digest::FromBytes(raw.substr(52, 32)),
                .wall_ns = ReadU64(raw.substr(84)),
                .actor = raw.substr(136, 16),
                .tlp = static_cast<uint8_t>(raw[152]),
                .commitment = Digest::FromBytes(raw.substr(153, 32))};
}

absl::StatusOr<Checkpoint> ReadCheckpoint(std::string_view note, std::string_view verifier_key) {
  TOCSIN_ASSIGN_OR_RETURN(const LogKey key, ReadKey(verifier_key));
  if (Characters(note) > kNoteBytesMax) return Wrong("note: is longer than 10000 characters");
  for (const char c : note) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c)) && c != '\n') {
      return Wrong("note: holds a control character");
    }
  }
  const size_t gap = note.find("\n\n");
  if (gap == note.npos || note.size() < gap + 3 || note.back() != '\n') {
    return Wrong("note: has no empty line or no newline at its end");
  }
  const std::vector<std::string> lines = absl::StrSplit(ToAbsl(note.substr(0, gap)), '\n');
  if (lines.size() != 3) return Wrong("note: is not exactly origin, size and root");
  if (lines[0] != key.name) return Wrong("note: its origin is not the key's name");
  Checkpoint checkpoint;
  if (!IsSize(lines[1]) || !absl::SimpleAtoi(lines[1], &checkpoint.size)) {
    return Wrong("note: its size is malformed");
  }
  TOCSIN_ASSIGN_OR_RETURN(const std::string root, Unbase64(lines[2], "note: its root", 32));
  checkpoint.root = Digest::FromBytes(root);
  const std::string_view block = note.substr(gap + 2, note.size() - gap - 3);
  TOCSIN_ASSIGN_OR_RETURN(checkpoint.signatures,
                          CountSignatures(note.substr(0, gap + 1), block, key));
  return checkpoint;
}

std::optional<Digest> RootOf(const Digest& leaf, uint64_t index, uint64_t size,
                             const std::vector<Digest>& proof) {
  if (index >= size) return std::nullopt;
  const std::string_view node("\1", 1);
  uint64_t last = size - 1;
  Digest value = leaf;
  for (const Digest& sibling : proof) {
    if (last == 0) return std::nullopt;
    if ((index & 1) != 0 || index == last) {
      value = Sha256({node, sibling.view(), value.view()});
      while (index != 0 && (index & 1) == 0) {
        index >>= 1;
        last >>= 1;
      }
    } else {
      value = Sha256({node, value.view(), sibling.view()});
    }
    index >>= 1;
    last >>= 1;
  }
  if (last != 0) return std::nullopt;
  return value;
}

bool Continues(const Checkpoint& older, const Checkpoint& newer, const std::vector<Digest>& proof) {
  if (older.size == 0) return older.root == Sha256(std::string_view()) && proof.empty();
  if (older.size == newer.size) return older.root == newer.root && proof.empty();
  if (older.size > newer.size) return false;
  std::vector<Digest> path = proof;
  // The root of a full older tree is itself the node that the proof begins with, and is left out.
  if ((older.size & (older.size - 1)) == 0) path.insert(path.begin(), older.root);
  if (path.empty()) return false;
  const std::string_view node("\1", 1);
  uint64_t first = older.size - 1;
  uint64_t second = newer.size - 1;
  while ((first & 1) != 0) {
    first >>= 1;
    second >>= 1;
  }
  Digest old_root = path[0];
  Digest new_root = path[0];
  for (size_t i = 1; i < path.size(); ++i) {
    if (second == 0) return false;
    if ((first & 1) != 0 || first == second) {
      old_root = Sha256({node, path[i].view(), old_root.view()});
      new_root = Sha256({node, path[i].view(), new_root.view()});
      while (first != 0 && (first & 1) == 0) {
        first >>= 1;
        second >>= 1;
      }
    } else {
      new_root = Sha256({node, new_root.view(), path[i].view()});
    }
    first >>= 1;
    second >>= 1;
  }
  return second == 0 && old_root == older.root && new_root == newer.root;
}

}  // namespace tocsin::report
