#include "server/main/files.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/support/scratch_directory.h"

namespace tocsin::server {
namespace {

namespace fs = std::filesystem;

mode_t ModeOf(const std::string& path) {
  struct stat info {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

std::set<std::string> NamesIn(const ScratchDirectory& directory) {
  std::set<std::string> names;
  for (const auto& file : fs::directory_iterator(directory.path())) {
    names.insert(file.path().filename().string());
  }
  return names;
}

}  // namespace

TEST_CASE("WriteWholeFile: the file has the bytes and the rights, and nothing else is left") {
  const ScratchDirectory directory;
  const std::string bytes("\0key\n\xff", 6);
  const mode_t before = umask(0);
  REQUIRE(WriteWholeFile(directory.Path("key"), bytes, Access::kPrivate).ok());
  umask(0077);
  REQUIRE(WriteWholeFile(directory.Path("pem"), "", Access::kEveryone).ok());
  umask(before);

  CHECK(*ReadWholeFile(directory.Path("key")) == bytes);
  CHECK(ModeOf(directory.Path("key")) == 0600);
  CHECK(*ReadWholeFile(directory.Path("pem")) == "");
  CHECK(ModeOf(directory.Path("pem")) == 0644);
  CHECK(NamesIn(directory) == std::set<std::string>{"key", "pem"});
}

TEST_CASE("WriteWholeFile: takes the place of a file, and of what an interrupted write left") {
  const ScratchDirectory directory;
  const std::string path = directory.Path("key");
  REQUIRE(WriteWholeFile(path, "a long former key", Access::kEveryone).ok());
  std::ofstream(path + ".new") << "half a key that was never finished";
  fs::permissions(path + ".new", fs::perms::all);

  REQUIRE(WriteWholeFile(path, "new", Access::kPrivate).ok());

  CHECK(*ReadWholeFile(path) == "new");
  CHECK(ModeOf(path) == 0600);
  CHECK(NamesIn(directory) == std::set<std::string>{"key"});
}

TEST_CASE("WriteWholeFile: what cannot be written is named, and what was there stays") {
  const ScratchDirectory directory;
  const std::string nowhere = directory.Path("none/key");
  const absl::Status missing = WriteWholeFile(nowhere, "key", Access::kPrivate);
  CHECK(missing.code() == absl::StatusCode::kUnavailable);
  CHECK(ReasonOf(missing) == "FILE_NOT_WRITTEN");
  CHECK(missing.message() == "cannot write " + nowhere + ": No such file or directory");
  CHECK(NextStepOf(missing) == "Check the folder's rights and the free space.");

  fs::create_directory(directory.Path("key"));
  const absl::Status in_the_way = WriteWholeFile(directory.Path("key"), "key", Access::kPrivate);
  CHECK(ReasonOf(in_the_way) == "FILE_NOT_WRITTEN");
  CHECK(fs::is_directory(directory.Path("key")));
  CHECK(NamesIn(directory) == std::set<std::string>{"key"});
}

TEST_CASE("ReadWholeFile: a missing, an unreadable and a far too large file are told apart") {
  const ScratchDirectory directory;
  const absl::Status missing = ReadWholeFile(directory.Path("none")).status();
  CHECK(missing.code() == absl::StatusCode::kNotFound);
  CHECK(ReasonOf(missing) == "FILE_MISSING");

  const absl::Status folder = ReadWholeFile(directory.path()).status();
  CHECK(folder.code() == absl::StatusCode::kUnavailable);
  CHECK(ReasonOf(folder) == "FILE_NOT_READABLE");
  CHECK_THAT(std::string(folder.message()), ContainsSubstring("Is a directory"));

  std::string bytes(size_t{1} << 20, 'x');
  std::ofstream(directory.Path("large")) << bytes;
  CHECK(*ReadWholeFile(directory.Path("large")) == bytes);
  std::ofstream(directory.Path("large"), std::ios::app) << 'x';
  const absl::Status large = ReadWholeFile(directory.Path("large")).status();
  CHECK(ReasonOf(large) == "FILE_NOT_READABLE");
  CHECK_THAT(std::string(large.message()), ContainsSubstring("larger than 1 MiB"));
}

TEST_CASE("ReadPrivateFile: a key that others may use is refused") {
  const ScratchDirectory directory;
  const std::string path = directory.Path("key");
  CHECK(ReasonOf(ReadPrivateFile(path).status()) == "FILE_MISSING");
  REQUIRE(WriteWholeFile(path, "key", Access::kPrivate).ok());
  CHECK(*ReadPrivateFile(path) == "key");

  for (const fs::perms others : {fs::perms::group_read, fs::perms::group_write,
                                 fs::perms::others_read, fs::perms::others_exec}) {
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write | others);
    const absl::Status exposed = ReadPrivateFile(path).status();
    CHECK(exposed.code() == absl::StatusCode::kFailedPrecondition);
    CHECK(ReasonOf(exposed) == "KEY_EXPOSED");
    CHECK(NextStepOf(exposed) == "chmod 600 " + path + ", and think about who may have read it.");
  }
  fs::permissions(path, fs::perms::owner_read);
  CHECK(*ReadPrivateFile(path) == "key");
}

TEST_CASE("MakeDirectory: for its owner alone, once, and never in place of a file") {
  const ScratchDirectory directory;
  const std::string path = directory.Path("data");
  const mode_t before = umask(0);
  REQUIRE(MakeDirectory(path).ok());
  umask(before);
  CHECK(ModeOf(path) == 0700);
  std::ofstream(path + "/file") << "kept";
  REQUIRE(MakeDirectory(path).ok());
  CHECK(*ReadWholeFile(path + "/file") == "kept");

  const absl::Status no_parent = MakeDirectory(directory.Path("none/data"));
  CHECK(ReasonOf(no_parent) == "FILE_NOT_WRITTEN");
  CHECK_THAT(std::string(no_parent.message()), ContainsSubstring("No such file or directory"));
  const absl::Status file = MakeDirectory(path + "/file");
  CHECK(ReasonOf(file) == "FILE_NOT_WRITTEN");
  CHECK_THAT(std::string(file.message()), ContainsSubstring("Not a directory"));
}

}  // namespace tocsin::server
