// How the values of fields are read as what they mean: numbers, lists of codes and countries.
// Values stay the text that was typed; these readers serve the checks and the authorities' own
// formats.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::filing {

/// Digits with at most one point, as "1200" or "12.5"; nullopt for all else.
std::optional<double> ReadNumber(std::string_view text);

/// The words of a list separated by commas, semicolons or white space.
std::vector<std::string> ReadWords(std::string_view text);

/// The two-letter codes of such a list; empty when any word is none.
std::vector<std::string> ReadCountries(std::string_view text);

/// "2:03:15", days, hours and minutes, of a number of minutes; nullopt when it is no number.
std::optional<std::string> DaysHoursMinutes(std::string_view minutes);

}  // namespace tocsin::filing
