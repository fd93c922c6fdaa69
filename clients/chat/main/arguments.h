// The command line of tocsin-chat.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace tocsin::chat {

enum class Verb { kRun, kCheckConfig, kEnrol, kVersion, kHelp };

struct Arguments {
  Verb verb = Verb::kHelp;
  std::string config_file;
  /// Of enrol. The code is "-" for standard input.
  std::string code = "-";
  std::string fingerprint;
};

/// `words` without the program's name. Errors: kInvalidArgument, reason USAGE.
absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& words);

/// What `tocsin-chat --help` prints.
std::string Usage();

}  // namespace tocsin::chat
