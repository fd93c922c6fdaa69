// import --from: files of other tools. What they become is decided in clients/convert; here it is
// shown (--dry-run) or sent.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/command.h"

namespace tocsin::cli {

struct ConvertFlags {
  std::string from;
  std::string mapping;
  std::vector<std::string> columns;
  std::string zone;
  std::string title;
};

void AddConvertOptions(CLI::App* verb, ConvertFlags& flags);

/// What one import of another tool's file was asked for.
struct ConvertRequest {
  ConvertFlags flags;
  std::string file;
  std::string severity;
  /// Empty: the file's.
  std::string tlp;
  bool again = false;
  bool dry_run = false;
};

/// kInvalidArgument NO_FORMAT when a flag was given that only means something with --from.
absl::Status CheckNoConvertFlags(const ConvertFlags& flags);

/// Converts the file, then shows or sends it. Sending may be repeated after an interruption: the
/// request ids follow from what is sent. Errors: convert::Convert's; ALREADY_EXISTS IMPORTED_BEFORE
/// when the same case was imported from another content; the server's.
absl::StatusOr<ExitCode> ImportConverted(Session& session, const ConvertRequest& request);

}  // namespace tocsin::cli
