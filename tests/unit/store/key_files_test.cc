#include "server/store/key_files.h"

#include <filesystem>

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/support/scratch_directory.h"
#include "tests/unit/store/store_fixture.h"

namespace tocsin::store {
namespace {

const std::string kKey(32, 'k');

TEST_CASE("Key files: names say whose they are and what for") {
  CHECK(KeyFiles::LogKeyName("acme") == "acme.log.key");
  CHECK(KeyFiles::EpochKeyName("acme", 2) == "acme.epoch-2.key");
}

TEST_CASE("Key files: a key comes back, and only its owner may read the file") {
  const ScratchDirectory directory;
  const KeyFiles keys(*rocksdb::Env::Default(), directory.path(), true);
  CHECK_FALSE(keys.HasAny());

  REQUIRE(keys.Create("acme.log.key", kKey).ok());
  REQUIRE(keys.SyncDirectory().ok());

  CHECK(keys.HasAny());
  CHECK(keys.Read("acme.log.key").value() == kKey);
  using std::filesystem::perms;
  const perms found = std::filesystem::status(directory.Path("acme.log.key")).permissions();
  CHECK(found == (perms::owner_read | perms::owner_write));
}

TEST_CASE("Key files: an existing key is not replaced") {
  const ScratchDirectory directory;
  const KeyFiles keys(*rocksdb::Env::Default(), directory.path(), true);
  REQUIRE(keys.Create("acme.log.key", kKey).ok());

  CHECK(ReasonOf(keys.Create("acme.log.key", std::string(32, 'x'))) == "KEY_EXISTS");

  CHECK(keys.Read("acme.log.key").value() == kKey);
}

TEST_CASE("Key files: missing, short and unreadable keys are told apart") {
  const Disk disk;
  REQUIRE(disk.env->CreateDirIfMissing("/keys").ok());
  const KeyFiles keys(*disk.env, "/keys", false);
  disk.fs->Write("/keys/short.log.key", "short");
  disk.fs->Write("/keys/whole.log.key", kKey);

  CHECK(ReasonOf(keys.Read("none.log.key").status()) == "KEY_MISSING");
  CHECK(ReasonOf(keys.Read("short.log.key").status()) == "KEY_WRONG");
  CHECK(keys.Read("whole.log.key").value() == kKey);
  disk.fs->CutPower();
  CHECK(ReasonOf(keys.Read("whole.log.key").status()) == "STORE_UNREADABLE");
}

TEST_CASE("Key files: after a power cut a key is whole or not there") {
  for (uint64_t seed = 1; seed < 60; ++seed) {
    const Disk disk(seed);
    REQUIRE(disk.env->CreateDirIfMissing("/keys").ok());
    const KeyFiles keys(*disk.env, "/keys", false);
    disk.fs->CutPowerAt(1 + seed % 6);
    const bool durable = keys.Create("acme.log.key", kKey).ok() && keys.SyncDirectory().ok();
    disk.fs->CutPower();
    disk.fs->Restart();

    const auto key = keys.Read("acme.log.key");
    if (key.ok()) {
      CHECK(*key == kKey);
    } else {
      CHECK(ReasonOf(key.status()) == "KEY_MISSING");
      CHECK_FALSE(durable);
    }
  }
}

}  // namespace
}  // namespace tocsin::store
