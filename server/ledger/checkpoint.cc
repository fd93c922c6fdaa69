#include "server/ledger/checkpoint.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/ledger/tree.h"

namespace tocsin::ledger {
namespace {

constexpr char kEd25519 = '\x01';
constexpr size_t kKeyIdBytes = 4;
constexpr size_t kPublicKeyBytes = 32;
constexpr size_t kSignatureBytes = 64;
constexpr std::string_view kSignaturePrefix = "\xE2\x80\x94 ";  // Em dash, space.

absl::Status Refused(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kDataLoss, reason, message,
               "Do not rely on this log head; keep the text as evidence and tell the operator.");
}

absl::Status BadVkey(std::string_view message) {
  return InvalidArgument("BAD_VKEY", message,
                         "Copy the whole key line again from where the operator published it.");
}

// The spaces of Unicode beyond ASCII, as UTF-8.
constexpr std::string_view kUnicodeSpaces[] = {"\u0085", "\u00A0", "\u1680", "\u2000", "\u2001",
                                               "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
                                               "\u2007", "\u2008", "\u2009", "\u200A", "\u2028",
                                               "\u2029", "\u202F", "\u205F", "\u3000"};

bool IsKeyName(std::string_view name) {
  if (name.empty() || !IsValidUtf8(name)) return false;
  for (char c : name) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte <= 0x20 || byte == 0x7F || c == '+') return false;
  }
  return std::none_of(std::begin(kUnicodeSpaces), std::end(kUnicodeSpaces),
                      [&](std::string_view space) { return name.find(space) != name.npos; });
}

bool HasOnlyNoteCharacters(std::string_view note) {
  return IsValidUtf8(note) && std::all_of(note.begin(), note.end(), [](char c) {
           return static_cast<uint8_t>(c) >= 0x20 || c == '\n';
         });
}

std::array<uint8_t, kKeyIdBytes> KeyId(std::string_view name, std::string_view typed_key) {
  const Digest digest = Sha256({name, "\n", typed_key});
  std::array<uint8_t, kKeyIdBytes> id{};
  std::copy_n(digest.bytes.begin(), kKeyIdBytes, id.begin());
  return id;
}

std::string_view AsView(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

const uint8_t* AsBytes(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

// Takes the first line, without its newline, off `text`; nullopt when there is no newline.
std::optional<std::string_view> TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == text.npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

struct NoteSignature {
  std::string_view name;
  std::string id_and_signature;
};

std::optional<NoteSignature> ParseSignatureLine(std::string_view line) {
  if (line.substr(0, kSignaturePrefix.size()) != kSignaturePrefix) return std::nullopt;
  line.remove_prefix(kSignaturePrefix.size());
  const size_t space = line.find(' ');
  if (space == line.npos || !IsKeyName(line.substr(0, space))) return std::nullopt;
  std::optional<std::string> decoded = Base64Decode(line.substr(space + 1));
  if (!decoded || decoded->size() <= kKeyIdBytes) return std::nullopt;
  return NoteSignature{line.substr(0, space), *std::move(decoded)};
}

// The signed text (with its final newline) of a well-formed note, and its signatures.
struct Note {
  std::string_view text;
  std::vector<NoteSignature> signatures;
};

absl::StatusOr<Note> ParseNote(std::string_view note) {
  if (note.size() > kNoteBytesMax) return Refused("NOTE_TOO_LARGE", "the note is too large");
  if (!HasOnlyNoteCharacters(note)) {
    return Refused("NOTE_MALFORMED", "the note has a control character or is not UTF-8");
  }
  const size_t empty_line = note.rfind("\n\n");
  if (empty_line == note.npos) {
    return Refused("NOTE_MALFORMED", "the note has no empty line before its signatures");
  }
  Note parsed;
  parsed.text = note.substr(0, empty_line + 1);
  std::string_view rest = note.substr(empty_line + 2);
  while (!rest.empty()) {
    const std::optional<std::string_view> line = TakeLine(rest);
    if (!line) return Refused("NOTE_MALFORMED", "the note's last line has no newline");
    if (parsed.signatures.size() == kNoteSignaturesMax) {
      return Refused("NOTE_MALFORMED", "the note has too many signatures");
    }
    std::optional<NoteSignature> signature = ParseSignatureLine(*line);
    if (!signature) return Refused("NOTE_MALFORMED", "the note has a malformed signature line");
    parsed.signatures.push_back(*std::move(signature));
  }
  if (parsed.signatures.empty()) return Refused("NOTE_MALFORMED", "the note has no signature");
  return parsed;
}

absl::Status CheckSignature(const Note& note, const Verifier& verifier) {
  std::optional<std::string_view> ours;
  for (const NoteSignature& signature : note.signatures) {
    const std::string_view id_and_signature = signature.id_and_signature;
    if (signature.name != verifier.name() ||
        id_and_signature.substr(0, kKeyIdBytes) != AsView(verifier.key_id())) {
      continue;
    }
    if (ours) return Refused("NOTE_MALFORMED", "the note has two signatures by the same key");
    ours = id_and_signature.substr(kKeyIdBytes);
  }
  if (!ours) return Refused("KEY_NOT_PINNED", "the note is not signed by the key known here");
  if (!verifier.Accepts(note.text, *ours)) {
    return Refused("SIGNATURE_WRONG", "the signature of the note does not fit its text");
  }
  return absl::OkStatus();
}

absl::StatusOr<Checkpoint> ParseBody(std::string_view text) {
  const absl::Status malformed =
      Refused("CHECKPOINT_MALFORMED", "the note is not a checkpoint of exactly three lines");
  const std::optional<std::string_view> origin = TakeLine(text);
  const std::optional<std::string_view> size = origin ? TakeLine(text) : std::nullopt;
  const std::optional<std::string_view> root = size ? TakeLine(text) : std::nullopt;
  if (!root || !text.empty()) return malformed;

  Checkpoint checkpoint;
  checkpoint.origin = *origin;
  // abseil accepts signs, spaces and leading zeros; comparing with the one right spelling refuses
  // them all.
  if (!absl::SimpleAtoi(ToAbsl(*size), &checkpoint.size) ||
      absl::StrCat(checkpoint.size) != *size) {
    return malformed;
  }
  const std::optional<std::string> raw_root = Base64Decode(*root);
  if (!raw_root || raw_root->size() != checkpoint.root.bytes.size()) return malformed;
  checkpoint.root = Digest::FromBytes(*raw_root);
  return checkpoint;
}

}  // namespace

void Signer::FreeKey::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}

absl::StatusOr<Signer> Signer::FromSeed(std::string_view origin, std::string_view seed) {
  if (!IsKeyName(origin) || origin.size() > kOriginBytesMax) {
    return InvalidArgument("BAD_ORIGIN",
                           absl::StrCat("a log cannot be named \"", ToAbsl(origin), "\""),
                           "Use a name like tocsin.example.org/default: no spaces, no plus sign, "
                           "at most 255 bytes.");
  }
  TOCSIN_CHECK(seed.size() == kSigningSeedBytes);
  Signer signer;
  signer.origin_ = origin;
  signer.key_.reset(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, AsBytes(seed), seed.size()));
  TOCSIN_CHECK(signer.key_ != nullptr);
  std::array<uint8_t, 1 + kPublicKeyBytes> typed_key{static_cast<uint8_t>(kEd25519)};
  size_t size = kPublicKeyBytes;
  TOCSIN_CHECK(EVP_PKEY_get_raw_public_key(signer.key_.get(), typed_key.data() + 1, &size) == 1);
  signer.key_id_ = KeyId(origin, AsView(typed_key));
  signer.vkey_ = absl::StrCat(ToAbsl(origin), "+", HexEncode(AsView(signer.key_id_)), "+",
                              Base64Encode(AsView(typed_key)));
  return signer;
}

std::string Signer::Sign(uint64_t size, const Digest& root) const {
  std::string note = absl::StrCat(origin_, "\n", size, "\n", Base64Encode(root.view()), "\n");
  std::array<uint8_t, kKeyIdBytes + kSignatureBytes> id_and_signature{};
  std::copy(key_id_.begin(), key_id_.end(), id_and_signature.begin());
  size_t signature_size = kSignatureBytes;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free};
  TOCSIN_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1);
  TOCSIN_CHECK(EVP_DigestSign(context.get(), id_and_signature.data() + kKeyIdBytes, &signature_size,
                              AsBytes(note), note.size()) == 1 &&
               signature_size == kSignatureBytes);
  absl::StrAppend(&note, "\n", ToAbsl(kSignaturePrefix), origin_, " ",
                  Base64Encode(AsView(id_and_signature)), "\n");
  return note;
}

absl::StatusOr<Verifier> Verifier::Parse(std::string_view vkey) {
  const size_t name_end = vkey.find('+');
  const size_t id_end = name_end == vkey.npos ? vkey.npos : vkey.find('+', name_end + 1);
  if (id_end == vkey.npos) return BadVkey("a log's public key has the form name+id+key");
  const std::string_view name = vkey.substr(0, name_end);
  const std::string_view id = vkey.substr(name_end + 1, id_end - name_end - 1);
  const std::optional<std::string> typed_key = Base64Decode(vkey.substr(id_end + 1));
  if (!IsKeyName(name) || name.size() > kOriginBytesMax) return BadVkey("the key's name is bad");
  if (!typed_key || typed_key->size() != 1 + kPublicKeyBytes || typed_key->front() != kEd25519) {
    return BadVkey("the key is not an Ed25519 key in base64");
  }
  Verifier verifier;
  verifier.name_ = name;
  verifier.key_id_ = KeyId(name, *typed_key);
  std::memcpy(verifier.public_key_.data(), typed_key->data() + 1, kPublicKeyBytes);
  if (HexEncode(AsView(verifier.key_id_)) != id) {
    return BadVkey("the key id does not fit the name and the key");
  }
  return verifier;
}

bool Verifier::Accepts(std::string_view text, std::string_view signature) const {
  if (signature.size() != kSignatureBytes) return false;
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key_.data(),
                                  public_key_.size()),
      &EVP_PKEY_free};
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free};
  TOCSIN_CHECK(key != nullptr && context != nullptr);
  TOCSIN_CHECK(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  return EVP_DigestVerify(context.get(), AsBytes(signature), signature.size(), AsBytes(text),
                          text.size()) == 1;
}

absl::StatusOr<Checkpoint> ParseAndVerify(std::string_view note, const Verifier& verifier) {
  TOCSIN_ASSIGN_OR_RETURN(const Note parsed, ParseNote(note));
  TOCSIN_RETURN_IF_ERROR(CheckSignature(parsed, verifier));
  TOCSIN_ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseBody(parsed.text));
  if (checkpoint.origin != verifier.name()) {
    return Refused("OTHER_LOG", "the checkpoint is of another log than its key");
  }
  return checkpoint;
}

absl::Status CheckContinues(const Checkpoint& older, const Checkpoint& newer,
                            std::span<const Digest> proof) {
  if (older.origin != newer.origin) {
    return Refused("OTHER_LOG", "the two checkpoints are of different logs");
  }
  if (newer.size < older.size) {
    return Refused("LOG_ROLLED_BACK", absl::StrCat("the log had ", older.size, " entries and now ",
                                                   "shows only ", newer.size));
  }
  if (newer.size == older.size && newer.root != older.root) {
    return Refused("LOG_FORKED", absl::StrCat("the log shows two different histories of ",
                                              newer.size, " entries"));
  }
  if (!VerifyConsistency(older.size, older.root, newer.size, newer.root, proof)) {
    return Refused("LOG_REWRITTEN",
                   absl::StrCat("the log of ", newer.size, " entries is not proved to begin with ",
                                "the ", older.size, " entries seen before"));
  }
  return absl::OkStatus();
}

std::string Fingerprint(std::string_view vkey) {
  std::string base64 = Base64Encode(Sha256(vkey).view());
  while (!base64.empty() && base64.back() == '=') base64.pop_back();
  return "SHA256:" + base64;
}

}  // namespace tocsin::ledger
