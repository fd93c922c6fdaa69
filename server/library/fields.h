// Fields that several kinds of library file have and that are checked alike in all of them: the
// name of the format, days, countries. Internal to server/library.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/civil_time.h"
#include "server/library/yaml.h"

namespace tocsin::library {

/// Refuses a file whose `format` is not `known`.
void CheckFormat(YamlMapReader& map, std::string_view known);

/// The day in `key`, "2026-11-01". nullopt when it is absent or no date; the latter is an error of
/// `map`, and so is absence for RequiredDay.
std::optional<absl::CivilDay> OptionalDay(YamlMapReader& map, std::string_view key);
std::optional<absl::CivilDay> RequiredDay(YamlMapReader& map, std::string_view key);

/// An ISO 3166 code, "NL"; empty when it is absent or refused. For RequiredCountry absence is an
/// error of `map`.
std::string OptionalCountry(YamlMapReader& map, std::string_view key);
std::string RequiredCountry(YamlMapReader& map, std::string_view key);

}  // namespace tocsin::library
