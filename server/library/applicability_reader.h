// Reads to whom a law applies: the key `applies_to` of a rule pack.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "server/library/yaml.h"
#include "server/regulation/rule_pack.h"

namespace tocsin::library {

/// Reads `node`; `pack` must have its entity kinds already, of which each case gives one. Ids of
/// other packs are only checked for their form: which exist, the library knows.
/// Errors: kInvalidArgument, reason YAML_INVALID, "file:line:column: what is wrong".
absl::StatusOr<regulation::Applicability> ReadApplicability(std::string_view file,
                                                            const YamlNode& node,
                                                            const regulation::RulePack& pack);

}  // namespace tocsin::library
