#include "server/library/fields.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/view.h"
#include "server/regulation/calendar.h"

namespace tocsin::library {
namespace {

std::optional<absl::CivilDay> DayOf(YamlMapReader& map, std::string_view key,
                                    const std::string& text) {
  if (text.empty()) return std::nullopt;
  const absl::StatusOr<absl::CivilDay> day = regulation::ParseDay(text);
  if (day.ok()) return *day;
  map.Refuse(key, absl::StrCat("'", text, "' is not a date such as 2026-11-01"));
  return std::nullopt;
}

std::string CountryOf(YamlMapReader& map, std::string_view key, const std::string& text) {
  const bool two_capitals = text.size() == 2 && std::all_of(text.begin(), text.end(), [](char c) {
                              return c >= 'A' && c <= 'Z';
                            });
  if (text.empty() || two_capitals) return text;
  map.Refuse(key, absl::StrCat("'", text, "' is not two capital letters"));
  return "";
}

}  // namespace

void CheckFormat(YamlMapReader& map, std::string_view known) {
  const std::string format = map.Text("format");
  if (format.empty() || format == known) return;
  map.Refuse("format",
             absl::StrCat("'", format, "' is not known; this server reads ", ToAbsl(known)));
}

std::optional<absl::CivilDay> OptionalDay(YamlMapReader& map, std::string_view key) {
  return DayOf(map, key, map.OptionalText(key).value_or(""));
}

std::optional<absl::CivilDay> RequiredDay(YamlMapReader& map, std::string_view key) {
  return DayOf(map, key, map.Text(key));
}

std::string OptionalCountry(YamlMapReader& map, std::string_view key) {
  return CountryOf(map, key, map.OptionalText(key).value_or(""));
}

std::string RequiredCountry(YamlMapReader& map, std::string_view key) {
  return CountryOf(map, key, map.Text(key));
}

}  // namespace tocsin::library
