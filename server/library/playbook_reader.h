// Reads a playbook file (playbooks/incidents/*.yaml; the form is described in the README there)
// into a definition. What the reader does not know it refuses, with file, line and column: a
// playbook that is half understood is worse than none.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "server/playbook/definition.h"

namespace tocsin::library {

/// Parses and validates one playbook; the result's digest is SHA-256 of `bytes`. `file` is only
/// used in messages. Pure and thread-safe. Errors: kInvalidArgument with "file:line:column: what is
/// wrong", reason YAML_INVALID for what is no readable playbook file, or a reason of
/// playbook::FindProblem for one that could not be run.
absl::StatusOr<playbook::Definition> ReadPlaybook(std::string_view file, std::string_view bytes);

}  // namespace tocsin::library
