// Reads a country's directory of authorities from playbooks/authorities/*.yaml. The form stands in
// the README there. An entry without a channel or a regime is of no use to anybody and is refused,
// like everything else the reader does not understand, at its line.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/regulation/authority.h"

namespace tocsin::library {

/// Reads a directory from the bytes of its file. `file` is only used in messages. Pure and
/// thread-safe. Errors: kInvalidArgument, reason YAML_INVALID, "file:line:column: what is wrong".
absl::StatusOr<regulation::AuthorityDirectory> ReadAuthorities(std::string_view file,
                                                               std::string_view bytes);

/// Reads the file at `path`. Errors: as ReadAuthorities; kNotFound when it cannot be read.
absl::StatusOr<regulation::AuthorityDirectory> ReadAuthoritiesFile(const std::string& path);

}  // namespace tocsin::library
