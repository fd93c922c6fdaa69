// How the review is shown; its own file because there is much to show.
#pragma once

#include "clients/cli/app.h"
#include "tocsin/v1/review.pb.h"

namespace tocsin::cli {

/// `review show` and `review prompts`, under their noun.
void AddReviewShowVerbs(Program& program, CLI::App* noun);

/// "open, due in 3 d (…)", "overdue since …", "done; did it help?" …: the state of an action item
/// with what counts about it.
client::Cell ActionStateCell(const v1::ActionItem& item, absl::Time now);

}  // namespace tocsin::cli
