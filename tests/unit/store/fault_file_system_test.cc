// The disk that other tests trust to break: that it does, and how.
#include "tests/support/fault_file_system.h"

#include "tests/support/catch.h"
#include "tests/unit/store/store_fixture.h"

namespace tocsin::testing {
namespace {

constexpr const char* kFile = "/d/file";

// A disk with "synced" in /d/file, durable, and " and not" behind it that is not.
struct HalfSynced {
  explicit HalfSynced(uint64_t seed) : disk(seed) {
    REQUIRE(disk.env->CreateDir("/d").ok());
    REQUIRE(disk.env->NewWritableFile(kFile, &file, {}).ok());
    REQUIRE(file->Append("synced").ok());
    REQUIRE(file->Sync().ok());
    REQUIRE(disk.env->NewDirectory("/d", &directory).ok());
    REQUIRE(directory->Fsync().ok());
    REQUIRE(file->Append(" and not").ok());
  }

  store::Disk disk;
  std::unique_ptr<rocksdb::WritableFile> file;
  std::unique_ptr<rocksdb::Directory> directory;
};

TEST_CASE(
    "Fault file system: a power cut keeps what was synced, and of the rest its kind of tail") {
  for (uint64_t seed = 1; seed < 20; ++seed) {
    for (const Tail tail : {Tail::kDropped, Tail::kTorn, Tail::kZeroed, Tail::kGarbage}) {
      HalfSynced half(seed);
      CHECK(half.disk.fs->Read(kFile) == "synced and not");

      half.disk.fs->CutPower();
      CHECK_FALSE(half.file->Append("x").ok());
      half.disk.fs->Restart(tail);

      const std::string left = half.disk.fs->Read(kFile);
      CHECK(left.substr(0, 6) == "synced");
      if (tail == Tail::kDropped) CHECK(left == "synced");
      if (tail == Tail::kTorn) CHECK(std::string("synced and not").starts_with(left));
      if (tail == Tail::kZeroed) CHECK(left == std::string("synced") + std::string(8, '\0'));
      if (tail == Tail::kGarbage) CHECK(left.size() == 14);
      CHECK_FALSE(half.file->Append("x").ok());
    }
  }
}

TEST_CASE("Fault file system: a name that was not synced may be forgotten") {
  int there = 0;
  int gone = 0;
  for (uint64_t seed = 1; seed < 40; ++seed) {
    const store::Disk disk(seed);
    REQUIRE(disk.env->CreateDir("/d").ok());
    std::unique_ptr<rocksdb::WritableFile> file;
    REQUIRE(disk.env->NewWritableFile(kFile, &file, {}).ok());
    REQUIRE(file->Append("text").ok());
    REQUIRE(file->Sync().ok());
    disk.fs->CutPower();
    disk.fs->Restart();
    ++(disk.env->FileExists(kFile).ok() ? there : gone);
  }
  CHECK(there > 0);
  CHECK(gone > 0);
}

TEST_CASE("Fault file system: the power goes with the n-th change") {
  HalfSynced half(1);
  half.disk.fs->CutPowerAt(3);

  CHECK(half.file->Append("1").ok());
  CHECK(half.file->Sync().ok());
  CHECK_FALSE(half.disk.fs->power_is_off());
  CHECK_FALSE(half.file->Append("3").ok());

  CHECK(half.disk.fs->power_is_off());
  CHECK_FALSE(half.disk.env->FileExists(kFile).ok());
  half.disk.fs->Restart(Tail::kDropped);
  CHECK(half.disk.fs->Read(kFile) == "synced and not1");
}

TEST_CASE("Fault file system: a failed sync is not mended by the next one") {
  int lost = 0;
  int kept = 0;
  for (uint64_t seed = 1; seed < 40; ++seed) {
    HalfSynced half(seed);
    half.disk.fs->FailAt(1, Fault::kIoError, false);
    CHECK_FALSE(half.file->Sync().ok());
    CHECK(half.disk.fs->fault_was_hit());
    CHECK(half.file->Sync().ok());
    half.disk.fs->CutPower();
    half.disk.fs->Restart(Tail::kGarbage);
    ++(half.disk.fs->Read(kFile) == "synced" ? lost : kept);
  }
  CHECK(lost > 0);
  CHECK(kept > 0);
}

TEST_CASE("Fault file system: faults come once or stay, and the disk can be full") {
  HalfSynced half(1);
  half.disk.fs->FailAt(1, Fault::kNoSpace, false);
  CHECK(half.file->Append("x").IsNoSpace());
  CHECK(half.file->Append("y").ok());
  half.disk.fs->FailAt(2, Fault::kIoError, true);
  CHECK(half.file->Append("x").ok());
  CHECK(half.file->Append("x").IsIOError());
  CHECK(half.file->Append("x").IsIOError());
  half.disk.fs->Heal();
  CHECK(half.file->Append("x").ok());

  half.disk.fs->SetCapacity(20);
  CHECK(half.file->Append(std::string(20, 'x')).IsNoSpace());
  half.disk.fs->SetCapacity(std::nullopt);
  CHECK(half.file->Append(std::string(20, 'x')).ok());
}

TEST_CASE("Fault file system: a rename moves the name, and a cut undoes it or not, but not half") {
  for (uint64_t seed = 1; seed < 20; ++seed) {
    HalfSynced half(seed);
    REQUIRE(half.disk.env->RenameFile(kFile, "/d/other").ok());
    CHECK_FALSE(half.disk.env->FileExists(kFile).ok());
    half.disk.fs->CutPower();
    half.disk.fs->Restart();
    CHECK(half.disk.env->FileExists(kFile).ok() != half.disk.env->FileExists("/d/other").ok());
  }
}

}  // namespace
}  // namespace tocsin::testing
