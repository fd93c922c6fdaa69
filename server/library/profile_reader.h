// Reads what an organisation says of itself: the key `profile` of an organisation in the
// configuration. Beside the readers of laws because it speaks their words.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "server/library/yaml.h"
#include "server/regulation/profile.h"

namespace tocsin::library {

/// Reads `node`; every key is optional. Roles and ids of rule packs are only checked for their
/// form: which exist, the library knows. `file` is only used in messages.
/// Errors: kInvalidArgument, reason YAML_INVALID, "file:line:column: what is wrong".
absl::StatusOr<regulation::Profile> ReadProfile(std::string_view file, const YamlNode& node);

}  // namespace tocsin::library
