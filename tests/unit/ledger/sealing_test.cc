#include "server/ledger/sealing.h"

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/unit/ledger/ledger_samples.h"

namespace tocsin::ledger {
namespace {

constexpr std::string_view kBody = "Isolated 14 hosts in VLAN 7.";
constexpr std::string_view kAuth = "ssh SHA256:abc";

EpochKey KeyOfEpoch(uint32_t number) {
  return EpochKey(number, Counting(static_cast<uint8_t>(number), kKeyBytes));
}

AssociatedData SomePlace() {
  return {.origin = "tocsin.example/default",
          .org = OrgNumber{7},
          .incident = IncidentId::FromBytes(Counting(1, 16)),
          .sequence = 12};
}

Sealed SealSample(std::string_view seed = "seal") {
  return Seal(kBody, kAuth, KeyOfEpoch(3), SomePlace(), SeededBytes(seed));
}

std::string Flip(std::string bytes, size_t bit) {
  bytes[bit / 8] = static_cast<char>(static_cast<uint8_t>(bytes[bit / 8]) ^ (1U << bit % 8));
  return bytes;
}

bool IsDamaged(const absl::StatusOr<OpenedBody>& opened) {
  return opened.status().code() == absl::StatusCode::kDataLoss &&
         ReasonOf(opened.status()) == "BODY_DAMAGED";
}

TEST_CASE("Seal: what was sealed opens again", "[ledger]") {
  const auto [body, auth] =
      GENERATE(std::pair<std::string, std::string>{kBody, kAuth}, std::pair{"", ""},
               std::pair{"", "only how"}, std::pair{"only what", ""},
               std::pair{std::string(1 << 20, 'x'), std::string(5000, 'y')});

  const Sealed sealed = Seal(body, auth, KeyOfEpoch(3), SomePlace(), SeededBytes("seal"));
  const absl::StatusOr<OpenedBody> opened = Open(sealed.body, KeyOfEpoch(3), SomePlace());

  REQUIRE(opened.ok());
  CHECK(opened->body == body);
  CHECK(opened->auth_context == auth);
  CHECK(sealed.body.box.size() == kBoxOverheadBytes + body.size() + auth.size());
  CHECK(sealed.body.key.epoch == 3);
  CHECK(sealed.body.key.bytes.size() == kWrappedKeyBytes);
}

TEST_CASE("Seal: the hashes are those of what is inside", "[ledger]") {
  const Sealed sealed = SealSample();
  const absl::StatusOr<OpenedBody> opened = Open(sealed.body, KeyOfEpoch(3), SomePlace());

  REQUIRE(opened.ok());
  CHECK(sealed.plaintext_commitment == PlaintextCommitment(opened->salt, kBody));
  CHECK(sealed.auth_hash == AuthHash(opened->auth_salt, kAuth));
  CHECK(sealed.ciphertext_hash == CiphertextHash(sealed.body.box));
  CHECK(opened->salt != opened->auth_salt);
}

TEST_CASE("Seal: neither text nor salts nor key stand readable in what is stored", "[ledger]") {
  SeededBytes random("seal");
  std::array<uint8_t, 108> drawn{};
  random(drawn);
  const std::string_view secrets(reinterpret_cast<const char*>(drawn.data()), drawn.size());
  const Sealed sealed = SealSample();

  const std::string stored = sealed.body.box + sealed.body.key.bytes;

  CHECK(stored.find("Isolated") == stored.npos);
  CHECK(stored.find("SHA256") == stored.npos);
  CHECK(stored.substr(0, 12) == secrets.substr(0, 12));  // The nonce is public.
  for (size_t at = 12; at + 8 <= secrets.size(); at += 8) {
    CHECK(stored.find(secrets.substr(at, 8)) == stored.npos);
  }
}

TEST_CASE("Seal: randomness is drawn once, and other randomness gives another box", "[ledger]") {
  int draws = 0;
  SeededBytes random("seal");
  const RandomSource counted = [&](std::span<uint8_t> out) {
    ++draws;
    CHECK(out.size() == 108);
    random(out);
  };

  const Sealed first = Seal(kBody, kAuth, KeyOfEpoch(3), SomePlace(), counted);
  const Sealed second = Seal(kBody, kAuth, KeyOfEpoch(3), SomePlace(), counted);

  CHECK(draws == 2);
  CHECK(first.body.box != second.body.box);
  CHECK(first.body.key.bytes != second.body.key.bytes);
  CHECK(first.plaintext_commitment != second.plaintext_commitment);
  CHECK(first.auth_hash != second.auth_hash);
}

TEST_CASE("Open: every flipped bit of the box is refused", "[ledger]") {
  const Sealed sealed = SealSample();

  for (size_t bit = 0; bit < sealed.body.box.size() * 8; ++bit) {
    const SealedBody changed{Flip(sealed.body.box, bit), sealed.body.key};
    REQUIRE(IsDamaged(Open(changed, KeyOfEpoch(3), SomePlace())));
    REQUIRE(CiphertextHash(changed.box) != sealed.ciphertext_hash);
  }
}

TEST_CASE("Open: every flipped bit of the wrapped key is refused", "[ledger]") {
  const Sealed sealed = SealSample();

  for (size_t bit = 0; bit < kWrappedKeyBytes * 8; ++bit) {
    const SealedBody changed{sealed.body.box, {3, Flip(sealed.body.key.bytes, bit)}};
    REQUIRE(IsDamaged(Open(changed, KeyOfEpoch(3), SomePlace())));
  }
}

TEST_CASE("Open: every cut box and key is refused", "[ledger]") {
  const Sealed sealed = SealSample();

  for (size_t size = 0; size < sealed.body.box.size(); ++size) {
    const SealedBody cut{sealed.body.box.substr(0, size), sealed.body.key};
    REQUIRE(IsDamaged(Open(cut, KeyOfEpoch(3), SomePlace())));
  }
  for (size_t size = 0; size < kWrappedKeyBytes; ++size) {
    const SealedBody cut{sealed.body.box, {3, sealed.body.key.bytes.substr(0, size)}};
    REQUIRE(IsDamaged(Open(cut, KeyOfEpoch(3), SomePlace())));
  }
  CHECK(IsDamaged(Open({sealed.body.box + 'x', sealed.body.key}, KeyOfEpoch(3), SomePlace())));
}

TEST_CASE("Open: a box moved to another place is refused", "[ledger]") {
  const Sealed sealed = SealSample();
  AssociatedData place = SomePlace();
  REQUIRE(Open(sealed.body, KeyOfEpoch(3), place).ok());

  SECTION("another log") {
    place.origin = "tocsin.example/defaulT";
  }
  SECTION("a shorter origin") {
    place.origin = "tocsin.example/defaul";
  }
  SECTION("another organisation") {
    place.org = OrgNumber{8};
  }
  SECTION("another incident") {
    place.incident = IncidentId::FromBytes(Counting(2, 16));
  }
  SECTION("the next entry") {
    place.sequence = 13;
  }

  CHECK(IsDamaged(Open(sealed.body, KeyOfEpoch(3), place)));
}

TEST_CASE("Open: another epoch key is refused", "[ledger]") {
  const Sealed sealed = SealSample();

  CHECK(IsDamaged(Open(sealed.body, KeyOfEpoch(4), SomePlace())));
  CHECK(IsDamaged(Open(sealed.body, EpochKey(3, Counting(99, 32)), SomePlace())));
  CHECK(IsDamaged(Open({sealed.body.box, {4, sealed.body.key.bytes}}, KeyOfEpoch(4), SomePlace())));
}

TEST_CASE("Open: the number of the epoch counts, even when the key is the same", "[ledger]") {
  const Sealed sealed = SealSample();

  CHECK(IsDamaged(Open(sealed.body, EpochKey(4, Counting(3, kKeyBytes)), SomePlace())));
}

TEST_CASE("Open: the key of another entry is refused", "[ledger]") {
  const Sealed one = SealSample("one");
  const Sealed other = SealSample("other");

  CHECK(IsDamaged(Open({one.body.box, other.body.key}, KeyOfEpoch(3), SomePlace())));
}

TEST_CASE("CheckCommitments: a body belongs to its own leaf only", "[ledger]") {
  const Sealed sealed = SealSample();
  EntryRecord record = SampleRecord();
  record.plaintext_commitment = sealed.plaintext_commitment;
  record.auth_hash = sealed.auth_hash;
  OpenedBody opened = *Open(sealed.body, KeyOfEpoch(3), SomePlace());
  REQUIRE(CheckCommitments(record, opened).ok());

  SECTION("another body") {
    opened.body += ".";
  }
  SECTION("another salt") {
    opened.salt = Flip(opened.salt, 0);
  }
  SECTION("another authentication") {
    opened.auth_context = "mtls";
  }
  SECTION("another authentication salt") {
    opened.auth_salt = Flip(opened.auth_salt, 255);
  }
  SECTION("another leaf") {
    record.plaintext_commitment = Digest{};
  }
  SECTION("text moved between the two") {
    opened.body = std::string(kAuth);
    opened.auth_context = std::string(kBody);
  }

  const absl::Status status = CheckCommitments(record, opened);
  CHECK(status.code() == absl::StatusCode::kDataLoss);
  CHECK(ReasonOf(status) == "BODY_NOT_IN_LOG");
}

TEST_CASE("Rewrap: the new epoch opens the box, the old one does not", "[ledger]") {
  const Sealed sealed = SealSample();

  const absl::StatusOr<WrappedKey> moved = Rewrap(sealed.body.key, KeyOfEpoch(3), KeyOfEpoch(4));

  REQUIRE(moved.ok());
  CHECK(moved->epoch == 4);
  const absl::StatusOr<OpenedBody> opened =
      Open({sealed.body.box, *moved}, KeyOfEpoch(4), SomePlace());
  REQUIRE(opened.ok());
  CHECK(opened->body == kBody);
  CHECK(IsDamaged(Open({sealed.body.box, *moved}, KeyOfEpoch(3), SomePlace())));
  CHECK_FALSE(Rewrap(*moved, KeyOfEpoch(3), KeyOfEpoch(4)).ok());
}

}  // namespace
}  // namespace tocsin::ledger
