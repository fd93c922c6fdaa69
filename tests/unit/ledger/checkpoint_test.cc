#include "server/ledger/checkpoint.h"

#include <openssl/evp.h>

#include <memory>

#include "server/base/error.h"
#include "server/ledger/tree.h"
#include "tests/support/catch.h"
#include "tests/unit/ledger/ledger_samples.h"

namespace tocsin::ledger {
namespace {

constexpr std::string_view kOrigin = "tocsin.example/default";

Signer SomeSigner(std::string_view origin = kOrigin, uint8_t seed = 1) {
  return *Signer::FromSeed(origin, Counting(seed, kSigningSeedBytes));
}
Verifier VerifierOf(const Signer& signer) {
  return *Verifier::Parse(signer.vkey());
}

Digest SomeRoot() {
  return Sha256("root");
}

// The line that the key of `seed` would add to a note, over any text: what an attacker with the
// key, or a careless implementation, could produce.
std::string SignatureLine(std::string_view text, std::string_view name,
                          std::span<const uint8_t, 4> key_id, uint8_t seed = 1) {
  const std::string raw_seed = Counting(seed, kSigningSeedBytes);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                   reinterpret_cast<const uint8_t*>(raw_seed.data()),
                                   raw_seed.size()),
      &EVP_PKEY_free};
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free};
  std::array<uint8_t, 64> signature{};
  size_t size = signature.size();
  REQUIRE(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  REQUIRE(EVP_DigestSign(context.get(), signature.data(), &size,
                         reinterpret_cast<const uint8_t*>(text.data()), text.size()) == 1);
  std::string id_and_signature(key_id.begin(), key_id.end());
  id_and_signature.append(signature.begin(), signature.end());
  return "\xE2\x80\x94 " + std::string(name) + " " + Base64Encode(id_and_signature) + "\n";
}

// A note over any text, signed by the pinned key.
std::string SignedText(std::string_view text) {
  return std::string(text) + "\n" + SignatureLine(text, kOrigin, VerifierOf(SomeSigner()).key_id());
}

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}

std::string SomeNote() {
  return SomeSigner().Sign(42, SomeRoot());
}

// Empty when the note is accepted.
std::string RefusalOf(std::string_view note, const Signer& pinned = SomeSigner()) {
  const absl::StatusOr<Checkpoint> checkpoint = ParseAndVerify(note, VerifierOf(pinned));
  if (checkpoint.ok()) return "";
  CHECK(checkpoint.status().code() == absl::StatusCode::kDataLoss);
  return ReasonOf(checkpoint.status());
}

TEST_CASE("Checkpoint: a signed head is read back", "[ledger]") {
  const auto size = GENERATE(uint64_t{0}, uint64_t{1}, uint64_t{42}, ~uint64_t{0});
  const Signer signer = SomeSigner();

  const std::string note = signer.Sign(size, SomeRoot());
  const absl::StatusOr<Checkpoint> checkpoint = ParseAndVerify(note, VerifierOf(signer));

  REQUIRE(checkpoint.ok());
  CHECK(*checkpoint == Checkpoint{std::string(kOrigin), size, SomeRoot()});
}

TEST_CASE("Checkpoint: the note is three lines, an empty one and the signature", "[ledger]") {
  const std::string text = "tocsin.example/default\n42\n" + Base64Encode(SomeRoot().view()) + "\n";

  CHECK(SomeNote() == SignedText(text));
}

TEST_CASE("Verifier: reads and checks a note of the format's first implementation", "[ledger]") {
  const absl::StatusOr<Verifier> verifier =
      Verifier::Parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  const std::string text =
      "If you think cryptography is the answer to your problem,\n"
      "then you don't know what your problem is.\n";
  const std::string signature = *Base64Decode(
      "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM"
      "=");

  REQUIRE(verifier.ok());
  CHECK(verifier->name() == "PeterNeumann");
  CHECK(signature.substr(0, 4) == "\xC7\x4F\x20\xA3");
  CHECK(verifier->Accepts(text, signature.substr(4)));
  CHECK_FALSE(verifier->Accepts(text + "\n", signature.substr(4)));
  CHECK_FALSE(verifier->Accepts(text, signature));
}

TEST_CASE("Verifier: a key line with anything changed is refused", "[ledger]") {
  const std::string vkey = SomeSigner().vkey();
  REQUIRE(Verifier::Parse(vkey).ok());

  for (size_t i = 0; i < vkey.size(); ++i) {
    std::string changed = vkey;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    REQUIRE(ReasonOf(Verifier::Parse(changed).status()) == "BAD_VKEY");
    REQUIRE_FALSE(Verifier::Parse(vkey.substr(0, i)).ok());
  }
  for (const std::string& bad :
       {vkey + "\n", vkey + "=", " " + vkey, "+" + vkey, std::string("++"),
        std::string(kOrigin) + "+00000000+AQ==", std::string(300, 'n') + vkey}) {
    CHECK_FALSE(Verifier::Parse(bad).ok());
  }
}

TEST_CASE("Verifier: a key of another algorithm is refused", "[ledger]") {
  const std::string typed_key = '\x02' + Counting(0, 32);
  const std::string id = Sha256({kOrigin, "\n", typed_key}).Hex().substr(0, 8);

  CHECK(ReasonOf(Verifier::Parse(std::string(kOrigin) + "+" + id + "+" + Base64Encode(typed_key))
                     .status()) == "BAD_VKEY");
}

TEST_CASE("Signer: an origin that cannot be a key name is refused", "[ledger]") {
  for (const std::string& bad :
       {std::string(), std::string("a b"), std::string("a+b"), std::string("a\nb"),
        std::string("a\u00A0b"), std::string("a\u3000b"), std::string("\xFF"),
        std::string(256, 'a')}) {
    CHECK(ReasonOf(Signer::FromSeed(bad, Counting(1, 32)).status()) == "BAD_ORIGIN");
  }
  CHECK(Signer::FromSeed("log.example/caf\u00E9", Counting(1, 32)).ok());
}

TEST_CASE("Note: an extension line is refused", "[ledger]") {
  const std::string root = Base64Encode(SomeRoot().view());

  CHECK(RefusalOf(Replaced(SomeNote(), "\n\n", "\nextra\n\n")) == "SIGNATURE_WRONG");
  CHECK(RefusalOf(SignedText(std::string(kOrigin) + "\n42\n" + root + "\nextra\n")) ==
        "CHECKPOINT_MALFORMED");
  CHECK(RefusalOf(SignedText(std::string(kOrigin) + "\n42\n" + root + "\n\n")) ==
        "CHECKPOINT_MALFORMED");
  CHECK(RefusalOf(SignedText(std::string(kOrigin) + "\n42\n")) == "CHECKPOINT_MALFORMED");
}

TEST_CASE("Note: carriage returns and control characters are refused", "[ledger]") {
  const std::string root = Base64Encode(SomeRoot().view());

  CHECK(RefusalOf(SignedText(std::string(kOrigin) + "\r\n42\r\n" + root + "\r\n")) ==
        "NOTE_MALFORMED");
  CHECK(RefusalOf(Replaced(SomeNote(), "=\n\n", "=\r\n\r\n")) == "NOTE_MALFORMED");
  CHECK(RefusalOf(SomeNote() + "\r\n") == "NOTE_MALFORMED");
  CHECK(RefusalOf(Replaced(SomeNote(), "42", std::string("4\0002", 3))) == "NOTE_MALFORMED");
  CHECK(RefusalOf(Replaced(SomeNote(), "42", "4\t2")) == "NOTE_MALFORMED");
  CHECK(RefusalOf(Replaced(SomeNote(), "42", "4\xFF")) == "NOTE_MALFORMED");
}

TEST_CASE("Note: a second spelling of the signature's base64 is refused", "[ledger]") {
  std::string note = SomeNote();
  REQUIRE(note.substr(note.size() - 2) == "=\n");
  ++note[note.size() - 3];  // Only bits that decoding throws away: canonical text has zeros there.

  CHECK(RefusalOf(note) == "NOTE_MALFORMED");
  CHECK(RefusalOf(Replaced(SomeNote(), "=\n", "\n")) == "SIGNATURE_WRONG");
  CHECK(RefusalOf(SomeNote().substr(0, SomeNote().size() - 2) + "\n") == "NOTE_MALFORMED");
  CHECK(RefusalOf(SomeNote().substr(0, SomeNote().size() - 1) + " \n") == "NOTE_MALFORMED");
}

TEST_CASE("Note: a second spelling of the root or the size is refused, though signed", "[ledger]") {
  const std::string root = Base64Encode(SomeRoot().view());
  std::string second_spelling = root;
  ++second_spelling[root.size() - 2];
  const std::string head = std::string(kOrigin) + "\n";

  REQUIRE(RefusalOf(SignedText(head + "42\n" + root + "\n")).empty());
  CHECK(RefusalOf(SignedText(head + "42\n" + second_spelling + "\n")) == "CHECKPOINT_MALFORMED");
  CHECK(RefusalOf(SignedText(head + "42\n" + root.substr(0, 43) + "\n")) == "CHECKPOINT_MALFORMED");
  CHECK(RefusalOf(SignedText(head + "42\n" + Base64Encode("short") + "\n")) ==
        "CHECKPOINT_MALFORMED");
  for (const char* size :
       {"042", "+42", "-1", " 42", "42 ", "0x2a", "", "4e1", "00", "18446744073709551616"}) {
    CHECK(RefusalOf(SignedText(head + size + "\n" + root + "\n")) == "CHECKPOINT_MALFORMED");
  }
}

TEST_CASE("Note: 16 signatures are read, 17 are refused", "[ledger]") {
  const Signer witness = SomeSigner("witness.example", 50);
  const std::string cosigned = witness.Sign(42, SomeRoot());
  const std::string line = cosigned.substr(cosigned.find("\n\n") + 2);
  std::string note = SomeNote();

  for (int i = 0; i < 15; ++i) note += line;
  CHECK(RefusalOf(note).empty());
  CHECK(RefusalOf(note + line) == "NOTE_MALFORMED");
}

TEST_CASE("Note: a huge note is refused before it is read", "[ledger]") {
  CHECK(RefusalOf(std::string(100'000'000, 'a')) == "NOTE_TOO_LARGE");
  CHECK(RefusalOf(std::string(200'000, 'a') + SomeNote()) == "NOTE_TOO_LARGE");
}

TEST_CASE("Note: without the empty line it is refused", "[ledger]") {
  CHECK(RefusalOf(Replaced(SomeNote(), "\n\n", "\n")) == "NOTE_MALFORMED");
  CHECK(RefusalOf("") == "NOTE_MALFORMED");
  CHECK(RefusalOf("\n") == "NOTE_MALFORMED");
  CHECK(RefusalOf("\n\n") == "NOTE_MALFORMED");
  CHECK(RefusalOf(Replaced(SomeNote(), "\n\n", "\n\n\n")) == "SIGNATURE_WRONG");
}

TEST_CASE("Note: without its final newline it is refused", "[ledger]") {
  const std::string note = SomeNote();

  CHECK(RefusalOf(note.substr(0, note.size() - 1)) == "NOTE_MALFORMED");
  CHECK(RefusalOf(note + "\n") == "NOTE_MALFORMED");
}

TEST_CASE("Note: a signature over the text without its final newline is refused", "[ledger]") {
  const std::string text = "tocsin.example/default\n42\n" + Base64Encode(SomeRoot().view());
  const std::string line = SignatureLine(text, kOrigin, VerifierOf(SomeSigner()).key_id());

  CHECK(RefusalOf(text + "\n\n" + line) == "SIGNATURE_WRONG");
}

TEST_CASE("Note: an unsigned checkpoint is refused", "[ledger]") {
  const std::string note = SomeNote();

  CHECK(RefusalOf(note.substr(0, note.find("\n\n") + 2)) == "NOTE_MALFORMED");
}

TEST_CASE("Note: every changed byte is refused", "[ledger]") {
  const std::string note = SomeNote();

  for (size_t at = 0; at < note.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = note;
      changed[at] = static_cast<char>(static_cast<uint8_t>(changed[at]) ^ (1U << bit));
      REQUIRE_FALSE(RefusalOf(changed).empty());
    }
  }
}

TEST_CASE("Note: every cut note is refused", "[ledger]") {
  const std::string note = SomeNote();

  for (size_t size = 0; size < note.size(); ++size) {
    REQUIRE_FALSE(RefusalOf(std::string_view(note).substr(0, size)).empty());
  }
}

TEST_CASE("Note: a key that is not pinned is refused", "[ledger]") {
  CHECK(RefusalOf(SomeSigner(kOrigin, 2).Sign(42, SomeRoot())) == "KEY_NOT_PINNED");
  CHECK(RefusalOf(SomeSigner("tocsin.example/other", 1).Sign(42, SomeRoot())) == "KEY_NOT_PINNED");
}

TEST_CASE("Note: a colliding key id does not make another key ours", "[ledger]") {
  const std::string text = "tocsin.example/default\n42\n" + Base64Encode(SomeRoot().view()) + "\n";
  const Verifier pinned = VerifierOf(SomeSigner());

  const std::string same_name = SignatureLine(text, kOrigin, pinned.key_id(), /*seed=*/2);
  const std::string other_name = SignatureLine(text, "x.example", pinned.key_id(), /*seed=*/2);

  CHECK(RefusalOf(text + "\n" + same_name) == "SIGNATURE_WRONG");
  CHECK(RefusalOf(text + "\n" + other_name) == "KEY_NOT_PINNED");
  CHECK(RefusalOf(SomeNote() + same_name) == "NOTE_MALFORMED");
  CHECK(RefusalOf(SomeNote() + other_name).empty());
}

TEST_CASE("Note: after a rotation the old key alone is refused, both together are read",
          "[ledger]") {
  const Signer old_key = SomeSigner();
  const Signer new_key = SomeSigner(kOrigin, 2);
  const std::string by_old = old_key.Sign(42, SomeRoot());
  const std::string by_new = new_key.Sign(42, SomeRoot());
  const std::string by_both = by_old + by_new.substr(by_new.find("\n\n") + 2);

  CHECK(RefusalOf(by_old, new_key) == "KEY_NOT_PINNED");
  CHECK(RefusalOf(by_both, new_key).empty());
  CHECK(RefusalOf(by_both, old_key).empty());
}

TEST_CASE("Note: a malformed signature line is refused even beside a good one", "[ledger]") {
  for (const char* line :
       {"- a b\n", "\xE2\x80\x94 \n", "\xE2\x80\x94 name\n", "\xE2\x80\x94 name AAAA\n",
        "\xE2\x80\x94  AAAAAAAA\n", "\xE2\x80\x94 a+b AAAAAAAA\n", "\xE2\x80\x94 name AAAA*AAA\n",
        "\xE2\x80\x94 name AAAAAAAA \n", "\xE2\x80\x94name AAAAAAAA\n", "junk\n"}) {
    CHECK(RefusalOf(SomeNote() + line) == "NOTE_MALFORMED");
  }
  CHECK(RefusalOf(SomeNote() + "\xE2\x80\x94 name AAAAAAAA\n").empty());
}

TEST_CASE("Note: a checkpoint that names another log than its key is refused", "[ledger]") {
  const std::string root = Base64Encode(SomeRoot().view());

  CHECK(RefusalOf(SignedText("tocsin.example/other\n42\n" + root + "\n")) == "OTHER_LOG");
}

TEST_CASE("CheckContinues: growth is accepted; rollback, fork and rewriting are not", "[ledger]") {
  NodeMap store;
  Tree tree(store.Reader());
  store.Commit(tree, SampleLeaves(40));
  const auto head = [&](uint64_t size) {
    return Checkpoint{std::string(kOrigin), size, *tree.RootAt(size)};
  };
  const std::vector<Digest> proof = *tree.ConsistencyProof(20, 40);
  Checkpoint fork = head(20);
  fork.root = Sha256("fork");
  Checkpoint elsewhere = head(40);
  elsewhere.origin += "2";

  CHECK(CheckContinues(head(20), head(40), proof).ok());
  CHECK(CheckContinues(head(20), head(20), {}).ok());
  CHECK(CheckContinues(head(0), head(20), {}).ok());
  CHECK(ReasonOf(CheckContinues(head(40), head(20), proof)) == "LOG_ROLLED_BACK");
  CHECK(ReasonOf(CheckContinues(head(20), fork, {})) == "LOG_FORKED");
  CHECK(ReasonOf(CheckContinues(fork, head(40), proof)) == "LOG_REWRITTEN");
  CHECK(ReasonOf(CheckContinues(head(20), head(40), {})) == "LOG_REWRITTEN");
  CHECK(ReasonOf(CheckContinues(head(20), elsewhere, proof)) == "OTHER_LOG");
}

TEST_CASE("Fingerprint: SHA-256 of the key line, base64 without padding", "[ledger]") {
  // printf %s PeterNeumann+c74f20a3+ARpc... | openssl dgst -sha256 -binary | base64
  CHECK(Fingerprint("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW") ==
        "SHA256:qC8kxIye4QbdEZUqgCbhTzdgrkaGdI3YDmyujdTpigQ");
  CHECK(Fingerprint(SomeSigner().vkey()) != Fingerprint(SomeSigner(kOrigin, 2).vkey()));
}

}  // namespace
}  // namespace tocsin::ledger
