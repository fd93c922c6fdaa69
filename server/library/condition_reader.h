// Reads the conditions of criteria sets, each with its place in the file for messages. Only
// criteria_reader.cc includes it.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "server/library/yaml.h"
#include "server/regulation/criteria.h"

namespace tocsin::library {

/// The condition that `node` states. `set` holds the criteria that stand above it in the file: only
/// those may be referred to, so that there is no cycle.
/// Errors: kInvalidArgument, reason YAML_INVALID, "file:line:column: what is wrong".
absl::StatusOr<regulation::Condition> ReadCondition(std::string_view file, const YamlNode& node,
                                                    const regulation::CriteriaSet& set);

}  // namespace tocsin::library
