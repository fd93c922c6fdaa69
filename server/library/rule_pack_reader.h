// Reads a law from playbooks/regimes/*.yaml into a RulePack. The form stands in the README there.
// Everything that could make a deadline silently wrong is refused here, at its line: unknown keys
// and anchors, terms without an anchor, readings that do not fit the unit, two rules for one stage
// and kind.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/regulation/rule_pack.h"

namespace tocsin::library {

/// Reads a pack from the bytes of its file; `digest` is theirs. `file` is only used in messages.
/// Errors: kInvalidArgument, reason YAML_INVALID, "file:line:column: what is wrong".
absl::StatusOr<regulation::RulePack> ReadRulePack(std::string_view file, std::string_view bytes);

/// Reads the file at `path`. Errors: as ReadRulePack; kNotFound when it cannot be read.
absl::StatusOr<regulation::RulePack> ReadRulePackFile(const std::string& path);

}  // namespace tocsin::library
