// Entries in lines, as they come: what `timeline --follow` and `watch` without a terminal show.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/cli/command.h"
#include "clients/cli/entry_stream.h"
#include "tocsin/v1/timeline.pb.h"

namespace tocsin::cli {

/// #, recorded, occurred when that is another moment, kind or type, author, text.
std::vector<client::Cell> EntryRow(const v1::Entry& entry, const absl::TimeZone& zone);

/// One entry on `out`, at once: a line whose columns do not depend on other lines, or JSON in one
/// line, or its sequence. `with_incident`: its incident stands in the line.
void PrintLive(Session& session, const v1::Entry& entry, const absl::TimeZone& zone,
               bool with_incident);

/// Prints entries until nobody reads the output any more, or the server refuses. A gap in the
/// connection is told on `err`, and the history compared again after it.
/// Errors: as EntryStream::Next; kDataLoss HISTORY_CHANGED.
absl::StatusOr<ExitCode> FollowEntries(Session& session, const StreamPlace& place,
                                       const absl::TimeZone& zone);

/// "after #17" or "after the first 17 entries of the log".
std::string PlaceText(const StreamPlace& place);

/// Why a stream ended: when the log is shorter than what was seen, that is the news.
absl::Status WhyEnded(Session& session, const absl::Status& status);

}  // namespace tocsin::cli
