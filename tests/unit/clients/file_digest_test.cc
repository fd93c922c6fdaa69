// Hashing a file: what the hash is, and what is no file.
#include "clients/core/file_digest.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/support/scratch_directory.h"

namespace tocsin::client {
namespace {

std::string Written(const ScratchDirectory& directory, const std::string& content) {
  const std::string path = directory.path() + "/file";
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

std::string ReasonFor(const std::string& path) {
  return ReasonOf(HashFile(path).status());
}

TEST_CASE("HashFile: size and SHA-256 of any bytes, none too", "[clients]") {
  const ScratchDirectory directory;
  const auto abc = HashFile(Written(directory, "abc"));
  REQUIRE(abc.ok());
  CHECK(abc->size == 3);
  CHECK(abc->digest.Hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const auto empty = HashFile(Written(directory, ""));
  REQUIRE(empty.ok());
  CHECK(empty->size == 0);
  CHECK(empty->digest == Sha256(""));
  const std::string large(3 * 1024 * 1024 + 17, '\xfe');
  uint64_t told = 0;
  const auto hashed = HashFile(Written(directory, large), [&](uint64_t done, uint64_t total) {
    CHECK(done > told);
    CHECK(total == large.size());
    told = done;
  });
  REQUIRE(hashed.ok());
  CHECK(hashed->digest == Sha256(large));
  CHECK(told == large.size());
}

TEST_CASE("HashFile: a large file takes no more memory than a small one", "[clients]") {
  const ScratchDirectory directory;
  const std::string path = Written(directory, "x");
  constexpr uint64_t kSize = uint64_t{256} << 20;
  REQUIRE(::truncate(path.c_str(), kSize) == 0);
  struct rusage before {};
  struct rusage after {};
  REQUIRE(::getrusage(RUSAGE_SELF, &before) == 0);
  const auto hashed = HashFile(path);
  REQUIRE(::getrusage(RUSAGE_SELF, &after) == 0);
  REQUIRE(hashed.ok());
  CHECK(hashed->size == kSize);
  CHECK(after.ru_maxrss - before.ru_maxrss < 32 * 1024);  // KiB
}

TEST_CASE("HashFile: what is no plain file is refused, without waiting for it", "[clients]") {
  const ScratchDirectory directory;
  const std::string path = Written(directory, "abc");
  const std::string link = directory.path() + "/link";
  const std::string pipe = directory.path() + "/pipe";
  REQUIRE(::symlink(path.c_str(), link.c_str()) == 0);
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(ReasonFor(link) == "NOT_A_FILE");
  CHECK(ReasonFor(pipe) == "NOT_A_FILE");
  CHECK(ReasonFor(directory.path()) == "NOT_A_FILE");
  CHECK(ReasonFor("/dev/null") == "NOT_A_FILE");
  CHECK(ReasonFor(directory.path() + "/none") == "FILE_NOT_FOUND");
  CHECK(ReasonFor(path + "/none") == "FILE_NOT_FOUND");
}

TEST_CASE("HashFile: a file that changes meanwhile has no hash", "[clients]") {
  const ScratchDirectory directory;
  const std::string path = Written(directory, std::string(2 << 20, 'a'));
  bool once = false;
  const auto overwritten = HashFile(path, [&](uint64_t, uint64_t) {
    if (once) return;
    once = true;
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file << "b";
  });
  CHECK(ReasonOf(overwritten.status()) == "FILE_CHANGED");
  const auto grown = HashFile(path, [&](uint64_t, uint64_t) {
    std::ofstream(path, std::ios::app) << std::string(1 << 20, 'c');
  });
  CHECK(ReasonOf(grown.status()) == "FILE_CHANGED");
  const auto cut = HashFile(path, [&](uint64_t, uint64_t) { ::truncate(path.c_str(), 5); });
  CHECK(ReasonOf(cut.status()) == "FILE_CHANGED");
}

}  // namespace
}  // namespace tocsin::client
