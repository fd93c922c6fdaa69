// Fields that several kinds of library file, and the configuration, have and that are checked alike
// in all of them: the name of the format, days, countries, time zones.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
/// True for two capital letters.
bool IsCountry(std::string_view text);

/// An IANA time zone that this machine knows, "Europe/Brussels"; empty when it is absent or
/// refused. For RequiredZone absence is an error of `map`.
std::string OptionalZone(YamlMapReader& map, std::string_view key);
std::string RequiredZone(YamlMapReader& map, std::string_view key);

/// True for a name that files and programs give things: 1 to 64 of a-z, 0-9, _ and -.
bool IsWord(std::string_view text);

/// "'enrgy' is not a sector; did you mean 'energy'?", or all that are known when none is near.
std::string NotKnown(std::string_view what, std::string_view word,
                     const std::vector<std::string>& known);

}  // namespace tocsin::library
