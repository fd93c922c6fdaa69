// Reading JSON that somebody else wrote: one object, UTF-8, no key twice, no absurd nesting.
// Nothing here throws.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tocsin::report {

/// The deepest nesting that is read; bundles need eight levels.
inline constexpr int kJsonDepthMax = 64;

/// Parses one object. Errors: kInvalidArgument; the message says which rule is broken, without a
/// place.
absl::StatusOr<nlohmann::json> ParseJsonObject(std::string_view text);

/// The text under `key` of an object; empty when there is none.
std::string TextUnder(const nlohmann::json& object, const char* key);

/// Any value on one line. What is not UTF-8 shows as U+FFFD.
std::string Dump(const nlohmann::json& value);

}  // namespace tocsin::report
