// Configuration sections of adapters in tests: SECRET stands for a private file.
#pragma once

#include <sys/stat.h>

#include <fstream>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_replace.h"
#include "server/library/yaml.h"
#include "tests/support/catch.h"
#include "tests/support/scratch_directory.h"

namespace tocsin::chat {

class ConfigFiles {
 public:
  explicit ConfigFiles(const std::string& secret = "0123456789abcdef0123456789abcdef") {
    std::ofstream(directory_.Path("secret")) << secret << "\n";
    REQUIRE(::chmod(directory_.Path("secret").c_str(), 0600) == 0);
    std::ofstream(directory_.Path("open")) << secret << "\n";
    REQUIRE(::chmod(directory_.Path("open").c_str(), 0644) == 0);
  }

  /// SECRET is the private file, OPEN one that others may read.
  template <typename Config>
  absl::StatusOr<Config> Read(absl::StatusOr<Config> (*read)(std::string_view,
                                                             const library::YamlNode&),
                              const std::string& text) const {
    const auto root = library::ParseYaml(
        "chat.yaml", absl::StrReplaceAll(text, {{"SECRET", directory_.Path("secret")},
                                                {"OPEN", directory_.Path("open")}}));
    REQUIRE(root.ok());
    return read("chat.yaml", *root);
  }

  /// The section is refused, and the message says `why`.
  template <typename Config>
  void Refused(absl::StatusOr<Config> (*read)(std::string_view, const library::YamlNode&),
               const std::string& text, const std::string& why) const {
    INFO(text);
    const absl::StatusOr<Config> config = Read(read, text);
    REQUIRE_FALSE(config.ok());
    CHECK_THAT(std::string(config.status().message()), ContainsSubstring(why));
  }

 private:
  ScratchDirectory directory_;
};

}  // namespace tocsin::chat
