#include "server/ledger/entry_record.h"

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/unit/ledger/ledger_samples.h"

namespace tocsin::ledger {
namespace {

TEST_CASE("EntryRecord: every field stands at its place, big-endian", "[ledger]") {
  const std::string encoded = Encode(SampleRecord());

  CHECK(encoded.size() == 249);
  CHECK(HexEncode(encoded) ==
        "746f6373696e2f656e7472792f76310a"  // "tocsin/entry/v1\n"
        "0102"
        "0304"
        "05060708090a0b0c"
        "101112131415161718191a1b1c1d1e1f"
        "2021222324252627"
        "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f"
        "18b7aa2fd8a8f515"
        "50515253"
        "5455565758595a5b"
        "606162636465666768696a6b6c6d6e6f"
        "707172737475767778797a7b7c7d7e7f"
        "808182838485868788898a8b8c8d8e8f"
        "04"
        "909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
        "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
        "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef");
}

TEST_CASE("EntryRecord: decoding gives back every field", "[ledger]") {
  const EntryRecord record = SampleRecord();

  const absl::StatusOr<EntryRecord> decoded = Decode(Encode(record));

  REQUIRE(decoded.ok());
  CHECK(*decoded == record);
}

TEST_CASE("EntryRecord: the default record survives too", "[ledger]") {
  const absl::StatusOr<EntryRecord> decoded = Decode(Encode(EntryRecord{}));

  REQUIRE(decoded.ok());
  CHECK(*decoded == EntryRecord{});
}

TEST_CASE("EntryRecord: every other size is refused", "[ledger]") {
  const std::string encoded = Encode(SampleRecord());

  for (size_t size = 0; size < encoded.size(); ++size) {
    const absl::StatusOr<EntryRecord> decoded = Decode(std::string_view(encoded).substr(0, size));
    REQUIRE(decoded.status().code() == absl::StatusCode::kDataLoss);
    REQUIRE(ReasonOf(decoded.status()) == "ENTRY_RECORD_DAMAGED");
  }
  CHECK_FALSE(Decode(encoded + '\0').ok());
}

TEST_CASE("EntryRecord: what decodes is what was encoded, byte for byte", "[ledger]") {
  const std::string encoded = Encode(SampleRecord());

  for (size_t at = 0; at < encoded.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = encoded;
      changed[at] = static_cast<char>(static_cast<uint8_t>(changed[at]) ^ (1U << bit));
      const absl::StatusOr<EntryRecord> decoded = Decode(changed);
      if (at < 16) REQUIRE_FALSE(decoded.ok());
      if (decoded.ok()) REQUIRE(Encode(*decoded) == changed);
    }
  }
}

TEST_CASE("EntryRecord: an unknown TLP is refused", "[ledger]") {
  std::string encoded = Encode(SampleRecord());
  constexpr size_t kTlpAt = 152;
  REQUIRE(encoded[kTlpAt] == 4);

  for (const char bad : {'\x00', '\x06', '\xFF'}) {
    encoded[kTlpAt] = bad;
    CHECK_FALSE(Decode(encoded).ok());
  }
}

TEST_CASE("EntryRecord: a time that has no instant is refused", "[ledger]") {
  std::string encoded = Encode(SampleRecord());
  encoded[84] = '\x80';

  CHECK_FALSE(Decode(encoded).ok());
}

TEST_CASE("Hashes: leaf and node are those of RFC 6962", "[ledger]") {
  CHECK(LeafHash("").Hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  CHECK(NodeHash(LeafHash(""), LeafHash(std::string_view("\0", 1))).Hex() ==
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
}

TEST_CASE("Hashes: each use has its own prefix", "[ledger]") {
  const std::string salt = Counting(0, 32);

  CHECK(PlaintextCommitment(salt, "body") == Sha256("tocsin/pt/v1\n" + salt + "body"));
  CHECK(CiphertextHash("box") == Sha256("tocsin/ct/v1\nbox"));
  CHECK(AuthHash(salt, "body") == Sha256("tocsin/auth/v1\n" + salt + "body"));
}

}  // namespace
}  // namespace tocsin::ledger
