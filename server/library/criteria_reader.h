// Reads a criteria set: when a law holds an incident to be reportable. The form is described in
// playbooks/criteria/README.md. Every fact that a condition names must be a key of the impact
// assessment with the form that the condition needs: a condition that nobody can ever answer would
// stay unknown for ever, and silently.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "server/regulation/criteria.h"

namespace tocsin::library {

/// Parses and checks `bytes`; `file` is only used in messages. The set carries the digest of the
/// bytes. Errors: kInvalidArgument, reason YAML_INVALID, "file:line:column: what is wrong".
absl::StatusOr<regulation::CriteriaSet> ReadCriteriaSet(std::string_view file,
                                                        std::string_view bytes);

}  // namespace tocsin::library
