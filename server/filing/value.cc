#include "server/filing/value.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "server/base/view.h"

namespace tocsin::filing {
namespace {

bool AreDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<double> ReadNumber(std::string_view text) {
  constexpr size_t kDigitsMax = 18;
  const size_t point = text.find('.');
  const bool plain = text.size() <= kDigitsMax && AreDigits(text.substr(0, point)) &&
                     (point == std::string_view::npos || AreDigits(text.substr(point + 1)));
  double number = 0;
  if (!plain || !absl::SimpleAtod(ToAbsl(text), &number)) return std::nullopt;
  return number;
}

std::vector<std::string> ReadWords(std::string_view text) {
  return absl::StrSplit(ToAbsl(text), absl::ByAnyChar(",; \t\n"), absl::SkipEmpty());
}

std::vector<std::string> ReadCountries(std::string_view text) {
  std::vector<std::string> countries = ReadWords(text);
  for (const std::string& country : countries) {
    const bool two_capitals =
        country.size() == 2 &&
        std::all_of(country.begin(), country.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!two_capitals) return {};
  }
  return countries;
}

std::optional<std::string> DaysHoursMinutes(std::string_view minutes) {
  constexpr int64_t kHour = 60;
  constexpr int64_t kDay = 24 * kHour;
  const std::optional<double> number = ReadNumber(minutes);
  if (!number || *number > 1e12) return std::nullopt;
  // A part of a minute counts as a whole one: an outage is not made shorter than it was.
  const auto whole = static_cast<int64_t>(std::ceil(*number));
  return absl::StrFormat("%d:%02d:%02d", whole / kDay, whole % kDay / kHour, whole % kHour);
}

}  // namespace tocsin::filing
