// Bundles made by the factories in Python, written once per test program to a folder of its own.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"

namespace tocsin::report {

/// What a factory wrote; it goes away with the process.
class MadeFolder {
 public:
  /// `factory` is a script below tests/unit.
  explicit MadeFolder(const std::string& factory, const std::string& arguments = "") {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin-bundles-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
    const std::string command =
        absl::StrCat("PYTHONDONTWRITEBYTECODE=1 python3 ", TOCSIN_SOURCE_DIR, "/tests/unit/",
                     factory, " ", name, " ", arguments);
    REQUIRE(std::system(command.c_str()) == 0);
  }
  ~MadeFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  MadeFolder(const MadeFolder&) = delete;
  MadeFolder& operator=(const MadeFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Every way to break a bundle, with what a verifier must say.
inline const std::filesystem::path& SampleFolder() {
  static const MadeFolder folder("verify/bundle_factory.py");
  return folder.path();
}

/// Signed bundles that are secret in parts (mixed), hostile and in the world's scripts.
inline const std::filesystem::path& ReportFolder() {
  static const MadeFolder folder("report/report_factory.py");
  return folder.path();
}

inline std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace tocsin::report
