// The open deadlines of an incident, as the server tells them, for files that outlive it: asked for
// by `deadlines ics` and `deadlines sheet`, and kept up to date in a directory of the person's
// choice (`deadlines keep`) after every command of this program that changed a date.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/cli/command.h"
#include "clients/report/deadline_list.h"
#include "tocsin/v1/common.pb.h"

namespace tocsin::cli {

/// `incident` is a resource name. Errors: those of the server.
absl::StatusOr<report::DeadlineList> FetchDeadlines(Session& session, const std::string& incident);

/// Writes DIRECTORY/INC-…/deadlines.txt and deadlines.ics, each whole or not at all, readable by
/// their owner only; removes a deadlines.ics when nothing with a date is open, for its alarms would
/// be wrong. Tells so in one line on `err`. Errors: those of FetchDeadlines and
/// client::WritePrivateFile.
absl::Status WriteDeadlineFiles(Session& session, const std::string& incident,
                                const std::string& directory);

/// After `result` was recorded: WriteDeadlineFiles when the context keeps files and an entry of the
/// result changed a date. What goes wrong is a warning on `err`; what was recorded stands.
void RefreshDeadlineFiles(Session& session, const v1::WriteResult& result);

}  // namespace tocsin::cli
