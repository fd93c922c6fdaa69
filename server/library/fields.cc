#include "server/library/fields.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/regulation/calendar.h"
#include "server/runtime/zones.h"

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
  if (text.empty() || IsCountry(text)) return text;
  map.Refuse(key, absl::StrCat("'", text, "' is not two capital letters"));
  return "";
}

std::string ZoneOf(YamlMapReader& map, std::string_view key, const std::string& text) {
  if (text.empty()) return text;
  if (runtime::LoadZone(text).ok()) return text;
  map.Refuse(key, absl::StrCat("there is no time zone '", text,
                               "'; give an IANA name such as Europe/Brussels"));
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

bool IsCountry(std::string_view text) {
  return text.size() == 2 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::string OptionalZone(YamlMapReader& map, std::string_view key) {
  return ZoneOf(map, key, map.OptionalText(key).value_or(""));
}

std::string RequiredZone(YamlMapReader& map, std::string_view key) {
  return ZoneOf(map, key, map.Text(key));
}

bool IsWord(std::string_view text) {
  constexpr size_t kBytesMax = 64;
  return !text.empty() && text.size() <= kBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

std::string NotKnown(std::string_view what, std::string_view word,
                     const std::vector<std::string>& known) {
  const std::string nearest = NearestWord(word, known);
  const std::string said = absl::StrCat("'", ToAbsl(word), "' is not ", ToAbsl(what));
  return nearest.empty() ? absl::StrCat(said, "; known are ", JoinWords(known))
                         : absl::StrCat(said, "; did you mean '", nearest, "'?");
}

}  // namespace tocsin::library
