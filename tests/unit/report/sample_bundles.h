// Bundles made by tests/unit/verify/bundle_factory.py, written once per test program to a folder of
// its own.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"

namespace tocsin::report {

/// The folder; it goes away with the process.
inline const std::filesystem::path& SampleFolder() {
  struct Folder {
    std::filesystem::path path;
    Folder() {
      std::string name =
          (std::filesystem::temp_directory_path() / "tocsin-bundles-XXXXXX").string();
      REQUIRE(mkdtemp(name.data()) != nullptr);
      path = name;
      const std::string command =
          absl::StrCat("PYTHONDONTWRITEBYTECODE=1 python3 ", TOCSIN_SOURCE_DIR,
                       "/tests/unit/verify/bundle_factory.py ", name);
      REQUIRE(std::system(command.c_str()) == 0);
    }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  };
  static const Folder folder;
  return folder.path;
}

inline std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace tocsin::report
