// What the files of the noun playbook share: the runs of the incident, and how they are shown.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "clients/cli/app.h"
#include "clients/cli/command.h"
#include "tocsin/v1/playbook.pb.h"

namespace tocsin::cli {

/// Whether somebody can do the step now; a playbook within the playbook has steps of its own.
bool IsActive(const v1::StepRun& step);
/// Whether nothing is left to do: done, skipped or not taken.
bool IsSettled(const v1::StepRun& step);
/// The runs of the incident in use.
absl::StatusOr<v1::ListRunsResponse> ListRuns(Session& session);
/// `playbook status`: what is next for the caller, for each role, what waits for what.
absl::StatusOr<ExitCode> ShowRuns(Session& session);
/// `mine`: the caller's steps, and the deadlines of the incident.
absl::StatusOr<ExitCode> ShowMine(Session& session);

/// `playbook import` and `playbook export`, below the noun playbook.
void AddPlaybookFileVerbs(Program& program, CLI::App* noun);

}  // namespace tocsin::cli
