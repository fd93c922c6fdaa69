#include "clients/cli/output_file.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/support/scratch_directory.h"

namespace tocsin::cli {
namespace {

size_t CountIn(const ScratchDirectory& directory) {
  size_t count = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(directory.path())) {
    ++count;
  }
  return count;
}

std::string Text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_CASE("OutputFile: appears whole at Commit, for its owner only") {
  const ScratchDirectory folder;
  const std::string large(1 << 20, 'x');

  auto file = OutputFile::Create(folder.Path("a"), Overwrite::kNo);
  REQUIRE(file.ok());
  REQUIRE((*file)->Append("head ").ok());
  REQUIRE((*file)->Append(large).ok());
  CHECK_FALSE(std::filesystem::exists(folder.Path("a")));
  REQUIRE((*file)->Commit().ok());

  CHECK(Text(folder.Path("a")) == "head " + large);
  CHECK(CountIn(folder) == 1);
  CHECK(std::filesystem::status(folder.Path("a")).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("OutputFile: leaves nothing behind without Commit") {
  const ScratchDirectory folder;
  {
    auto file = OutputFile::Create(folder.Path("a"), Overwrite::kNo);
    REQUIRE(file.ok());
    REQUIRE((*file)->Append("half").ok());
  }
  CHECK(CountIn(folder) == 0);
}

TEST_CASE("OutputFile: replaces a file only when told to") {
  const ScratchDirectory folder;
  std::ofstream(folder.Path("a")) << "old";

  const auto refused = OutputFile::Create(folder.Path("a"), Overwrite::kNo);
  CHECK(ReasonOf(refused.status()) == "FILE_EXISTS");
  auto file = OutputFile::Create(folder.Path("a"), Overwrite::kYes);
  REQUIRE(file.ok());
  REQUIRE((*file)->Append("new").ok());
  CHECK(Text(folder.Path("a")) == "old");
  REQUIRE((*file)->Commit().ok());

  CHECK(Text(folder.Path("a")) == "new");
}

TEST_CASE("OutputFile: a file that appears meanwhile is kept") {
  const ScratchDirectory folder;
  auto file = OutputFile::Create(folder.Path("a"), Overwrite::kNo);
  REQUIRE(file.ok());
  std::ofstream(folder.Path("a")) << "other";

  CHECK(ReasonOf((*file)->Commit()) == "FILE_EXISTS");
  CHECK(Text(folder.Path("a")) == "other");
}

TEST_CASE("OutputFile: a folder that does not exist is an error") {
  const ScratchDirectory folder;
  CHECK(ReasonOf(OutputFile::Create(folder.Path("no/a"), Overwrite::kNo).status()) ==
        "FILE_NOT_WRITTEN");
}

}  // namespace
}  // namespace tocsin::cli
