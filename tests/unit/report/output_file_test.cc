#include "clients/cli/output_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin::cli {
namespace {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin-output-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string File(const std::string& name) const { return (path_ / name).string(); }
  size_t Count() const {
    size_t count = 0;
    for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(path_)) ++count;
    return count;
  }

 private:
  std::filesystem::path path_;
};

std::string Text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_CASE("OutputFile: appears whole at Commit, for its owner only") {
  const Folder folder;
  const std::string large(1 << 20, 'x');

  auto file = OutputFile::Create(folder.File("a"), Overwrite::kNo);
  REQUIRE(file.ok());
  REQUIRE((*file)->Append("head ").ok());
  REQUIRE((*file)->Append(large).ok());
  CHECK_FALSE(std::filesystem::exists(folder.File("a")));
  REQUIRE((*file)->Commit().ok());

  CHECK(Text(folder.File("a")) == "head " + large);
  CHECK(folder.Count() == 1);
  CHECK(std::filesystem::status(folder.File("a")).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("OutputFile: leaves nothing behind without Commit") {
  const Folder folder;
  {
    auto file = OutputFile::Create(folder.File("a"), Overwrite::kNo);
    REQUIRE(file.ok());
    REQUIRE((*file)->Append("half").ok());
  }
  CHECK(folder.Count() == 0);
}

TEST_CASE("OutputFile: replaces a file only when told to") {
  const Folder folder;
  std::ofstream(folder.File("a")) << "old";

  const auto refused = OutputFile::Create(folder.File("a"), Overwrite::kNo);
  CHECK(ReasonOf(refused.status()) == "FILE_EXISTS");
  auto file = OutputFile::Create(folder.File("a"), Overwrite::kYes);
  REQUIRE(file.ok());
  REQUIRE((*file)->Append("new").ok());
  CHECK(Text(folder.File("a")) == "old");
  REQUIRE((*file)->Commit().ok());

  CHECK(Text(folder.File("a")) == "new");
}

TEST_CASE("OutputFile: a file that appears meanwhile is kept") {
  const Folder folder;
  auto file = OutputFile::Create(folder.File("a"), Overwrite::kNo);
  REQUIRE(file.ok());
  std::ofstream(folder.File("a")) << "other";

  CHECK(ReasonOf((*file)->Commit()) == "FILE_EXISTS");
  CHECK(Text(folder.File("a")) == "other");
}

TEST_CASE("OutputFile: a folder that does not exist is an error") {
  const Folder folder;
  CHECK(ReasonOf(OutputFile::Create(folder.File("no/a"), Overwrite::kNo).status()) ==
        "FILE_NOT_WRITTEN");
}

}  // namespace
}  // namespace tocsin::cli
