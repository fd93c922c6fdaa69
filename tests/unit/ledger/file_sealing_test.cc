#include "server/ledger/file_sealing.h"

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/unit/ledger/ledger_samples.h"

namespace tocsin::ledger {
namespace {

EpochKey KeyOfEpoch(uint32_t number) {
  return EpochKey(number, Counting(static_cast<uint8_t>(number), kKeyBytes));
}

FilePlace SomePlace() {
  return {.origin = "tocsin.example/default",
          .org = OrgNumber{7},
          .incident = IncidentId::FromBytes(Counting(1, 16)),
          .item = "EV-1",
          .size = 100'000,
          .digest = Sha256("image")};
}

bool IsDamaged(const absl::Status& status) {
  return absl::IsDataLoss(status) && ReasonOf(status) == "FILE_DAMAGED";
}

TEST_CASE("FileKey: a piece opens in its place with the key that was wrapped", "[ledger]") {
  const RandomSource random = SeededBytes("file");
  const FileKey key = FileKey::Make(random);
  const std::string bytes =
      GENERATE(std::string(), std::string("x"), std::string(kFileChunkBytes, 'a'));

  const std::string box = key.Seal(bytes, SomePlace(), 3, random);
  const absl::StatusOr<FileKey> again = FileKey::Unwrap(key.Wrap(KeyOfEpoch(3)), KeyOfEpoch(3));

  REQUIRE(again.ok());
  CHECK(box.size() == bytes.size() + kChunkOverheadBytes);
  CHECK(again->Open(box, SomePlace(), 3).value() == bytes);
  CHECK(key.Seal(bytes, SomePlace(), 3, random) != box);
}

TEST_CASE("FileKey: a piece opens nowhere else", "[ledger]") {
  const RandomSource random = SeededBytes("file");
  const FileKey key = FileKey::Make(random);
  const std::string box = key.Seal("piece", SomePlace(), 3, random);
  const auto refuses = [&](auto change) {
    FilePlace other = SomePlace();
    change(other);
    return IsDamaged(key.Open(box, other, 3).status());
  };

  CHECK(IsDamaged(key.Open(box, SomePlace(), 2).status()));
  CHECK(refuses([](FilePlace& p) { p.origin = "tocsin.example/other"; }));
  CHECK(refuses([](FilePlace& p) { p.org = OrgNumber{8}; }));
  CHECK(refuses([](FilePlace& p) { p.incident = IncidentId::FromBytes(Counting(2, 16)); }));
  CHECK(refuses([](FilePlace& p) { p.item = "EV-2"; }));
  CHECK(refuses([](FilePlace& p) { p.size = 99'999; }));
  CHECK(refuses([](FilePlace& p) { p.digest = Sha256("another"); }));
  // A border between two texts cannot be moved.
  CHECK(refuses([](FilePlace& p) {
    p.origin = "tocsin.example/defaul";
    p.item = "tEV-1";
  }));
  CHECK(IsDamaged(FileKey::Make(random).Open(box, SomePlace(), 3).status()));
}

TEST_CASE("FileKey: every changed bit and every cut of a piece is noticed", "[ledger]") {
  const RandomSource random = SeededBytes("file");
  const FileKey key = FileKey::Make(random);
  const std::string box = key.Seal("piece", SomePlace(), 0, random);
  for (size_t bit = 0; bit < box.size() * 8; ++bit) {
    std::string changed = box;
    changed[bit / 8] = static_cast<char>(static_cast<uint8_t>(changed[bit / 8]) ^ (1U << bit % 8));
    CHECK(IsDamaged(key.Open(changed, SomePlace(), 0).status()));
  }
  for (size_t size = 0; size < box.size(); ++size) {
    CHECK(IsDamaged(key.Open(box.substr(0, size), SomePlace(), 0).status()));
  }
  CHECK(IsDamaged(
      key.Open(std::string(kFileChunkBytes + kChunkOverheadBytes + 1, 'x'), SomePlace(), 0)
          .status()));
}

TEST_CASE("FileKey: a wrapped key that was changed, or is of another epoch, is refused",
          "[ledger]") {
  const FileKey key = FileKey::Make(SeededBytes("file"));
  WrappedKey wrapped = key.Wrap(KeyOfEpoch(3));
  CHECK(IsDamaged(FileKey::Unwrap(wrapped, KeyOfEpoch(4)).status()));
  wrapped.bytes[5] = static_cast<char>(wrapped.bytes[5] ^ 1);
  CHECK(IsDamaged(FileKey::Unwrap(wrapped, KeyOfEpoch(3)).status()));
  CHECK(IsDamaged(FileKey::Unwrap({3, ""}, KeyOfEpoch(3)).status()));
}

}  // namespace
}  // namespace tocsin::ledger
