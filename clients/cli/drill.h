// What the verbs of `tocsin drill` share.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "clients/cli/command.h"
#include "tocsin/v1/drill.pb.h"

namespace tocsin::cli {

/// A drill's score as it is handed on: Markdown, with the lessons and action items of its review.
std::string DrillScoreMarkdown(const v1::DrillScore& score);

struct ScoreFlags {
  std::string format = "text";
  std::string out;
  bool force = false;
};
absl::StatusOr<ExitCode> ShowDrillScore(Session& session, const ScoreFlags& flags);

}  // namespace tocsin::cli
