// Reads a review guide: the questions that a post-incident review goes by. The form is described in
// playbooks/reviews/README.md. What makes a guide a good one is checked as far as a program can: it
// asks about detection, response, luck, decisions and conditions, and never for a person.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "server/domain/event.h"

namespace tocsin::library {

/// Parses and checks `bytes`; `file` is only used in messages. The guide carries the digest of the
/// bytes. Errors: kInvalidArgument, reason YAML_INVALID, "file:line:column: what is wrong".
absl::StatusOr<domain::ReviewGuide> ReadReviewGuide(std::string_view file, std::string_view bytes);

}  // namespace tocsin::library
