// The command line of tocsind.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/config/config.h"

namespace tocsin::server {

enum class Verb { kServe, kCheckConfig, kCheckLibrary, kVersion, kHelp };

struct Arguments {
  Verb verb = Verb::kHelp;
  std::string config_file;
  /// What the command line says; empty: the configuration's.
  std::string data;
  std::string listen;
  std::string library;
};

/// `words` without the program's name. Errors: kInvalidArgument, reason USAGE.
absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& words);

/// The configuration file, if one is named, with the command line over it.
/// Errors: those of config::ReadConfigFile.
absl::StatusOr<config::Config> MakeConfig(const Arguments& arguments);

/// What `tocsind --help` prints.
std::string Usage();

}  // namespace tocsin::server
