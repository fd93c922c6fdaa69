// Reads the forms of notifications from playbooks/forms/: fields.yaml, the list of all fields, and
// one file for each authority. The formats stand in the README there. A label that is missing in
// one language, a source that the record does not have, a field that is in no list: each is refused
// at its line, because the night of an incident is no time to find out.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/filing/form.h"

namespace tocsin::library {

/// Reads the list of fields from the bytes of its file. `file` is only used in messages. Pure and
/// thread-safe. Errors: kInvalidArgument, reason YAML_INVALID, "file:line:column: what is wrong".
absl::StatusOr<filing::FieldCatalogue> ReadFields(std::string_view file, std::string_view bytes);

/// Reads one authority's form; its fields and languages must be those of `catalogue`.
/// Errors: as ReadFields.
absl::StatusOr<filing::Form> ReadForm(std::string_view file, std::string_view bytes,
                                      const filing::FieldCatalogue& catalogue);

}  // namespace tocsin::library
