#include "server/store/head_file.h"

#include "server/base/encoding.h"
#include "tests/support/catch.h"
#include "tests/unit/store/store_fixture.h"

namespace tocsin::store {
namespace {

Head AHead(uint64_t commit) {
  Head head;
  head.commit = commit;
  head.wall = At(5);
  head.logs = {{OrgNumber{1}, 10 + commit, Sha256("a")}, {OrgNumber{7}, 0, Sha256("")}};
  return head;
}

TEST_CASE("Head: comes back as it was written") {
  const std::string bytes = EncodeHead(AHead(3));

  CHECK(bytes.size() == kHeadBlockBytes);
  CHECK(DecodeHead(bytes) == AHead(3));
}

TEST_CASE("Head: the bytes are those of the format") {
  Head head;
  head.commit = 1;
  head.logs = {{OrgNumber{2}, 3, Digest{}}};
  const std::string bytes = EncodeHead(head);

  CHECK(HexEncode(bytes.substr(0, 80)) ==
        "746f6373696e2f686561642f76310a00"  // "tocsin/head/v1\n" and a zero.
        "0000000000000001"                  // Commit.
        "0000000000000000"                  // Wall clock.
        "00000001"                          // One log:
        "00000002"                          // organisation,
        "0000000000000003"                  // size,
        "0000000000000000000000000000000000000000000000000000000000000000");
  CHECK(bytes.substr(80, 32) == Sha256(bytes.substr(0, 80)).view());
}

TEST_CASE("Head: grows with the number of logs, up to the limit") {
  Head head;
  for (uint32_t i = 1; i <= kOrgsMax; ++i) head.logs.push_back({OrgNumber{i}, i, Sha256("x")});
  const std::string bytes = EncodeHead(head);

  CHECK(bytes.size() % kHeadBlockBytes == 0);
  CHECK(bytes.size() <= kHeadSlotBytes);
  CHECK(DecodeHead(bytes) == head);
}

TEST_CASE("Head: any changed byte and any cut makes it invalid") {
  const std::string bytes = EncodeHead(AHead(3));
  const size_t meaningful = 16 + 8 + 8 + 4 + 2 * 44 + 32;
  for (size_t i = 0; i < meaningful; ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(DecodeHead(changed).has_value());
    CHECK_FALSE(DecodeHead(bytes.substr(0, i)).has_value());
  }
}

TEST_CASE("Head file: slots are written in turn, and the newest counts") {
  const Disk disk;
  REQUIRE(disk.env->CreateDirIfMissing("/store").ok());
  auto file = HeadFile::Create(*disk.env, "/store/head", AHead(1));
  REQUIRE(file.ok());
  for (uint64_t commit = 2; commit <= 5; ++commit) {
    REQUIRE((*file)->Write(AHead(commit)).ok());
    const HeadSlots slots = ReadHeadSlots(disk.fs->Read("/store/head"));
    CHECK(slots.newest == AHead(commit));
    CHECK(slots.newest_slot == (commit - 1) % 2);
  }
}

TEST_CASE("Head file: a torn write leaves the head before it") {
  const Disk disk;
  REQUIRE(disk.env->CreateDirIfMissing("/store").ok());
  auto file = HeadFile::Create(*disk.env, "/store/head", AHead(1));
  REQUIRE(file.ok());
  REQUIRE((*file)->Write(AHead(2)).ok());
  std::string bytes = disk.fs->Read("/store/head");
  const size_t slot = ReadHeadSlots(bytes).newest_slot * kHeadSlotBytes;
  bytes.replace(slot + 40, 30, std::string(30, '\0'));

  CHECK(ReadHeadSlots(bytes).newest == AHead(1));
  CHECK(ReadHeadSlots(bytes.substr(0, kHeadSlotBytes + 10)).newest == AHead(1));
  CHECK_FALSE(ReadHeadSlots("").newest.has_value());
}

TEST_CASE("Head file: opened again it spares the newest slot") {
  const Disk disk;
  REQUIRE(disk.env->CreateDirIfMissing("/store").ok());
  REQUIRE(HeadFile::Create(*disk.env, "/store/head", AHead(1)).ok());
  auto file = HeadFile::Open(*disk.env, "/store/head", 0);
  REQUIRE(file.ok());

  REQUIRE((*file)->Write(AHead(2)).ok());

  const std::string bytes = disk.fs->Read("/store/head");
  CHECK(DecodeHead(bytes.substr(0, kHeadSlotBytes)) == AHead(1));
  CHECK(DecodeHead(bytes.substr(kHeadSlotBytes)) == AHead(2));
}

TEST_CASE("Head file: a refused sync is reported") {
  const Disk disk;
  REQUIRE(disk.env->CreateDirIfMissing("/store").ok());
  auto file = HeadFile::Create(*disk.env, "/store/head", AHead(1));
  REQUIRE(file.ok());
  disk.fs->FailAt(2, testing::Fault::kIoError, false);

  CHECK((*file)->Write(AHead(2)).code() == absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace tocsin::store
