#include "server/library/calendar_reader.h"

#include <cstdint>
#include <optional>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/library/fields.h"
#include "server/library/yaml.h"

namespace tocsin::library {
namespace {

using regulation::Calendar;

constexpr char kFormat[] = "tocsin-calendar-v1";
constexpr int64_t kFirstYearMin = 1990;
constexpr int64_t kLastYearMax = 2200;

absl::Status ReadHoliday(std::string_view file, const YamlNode& item, Calendar& calendar) {
  YamlMapReader map(file, item, "a holiday");
  const std::optional<absl::CivilDay> day = RequiredDay(map, "date");
  const std::string name = map.Text("name");
  if (day && !calendar.Covers(*day)) {
    map.Refuse("date", absl::StrCat("lies outside the years ", calendar.first_year, " to ",
                                    calendar.last_year, " of this file"));
  }
  if (day && !calendar.holidays.emplace(*day, name).second) {
    map.Refuse("date", "this date stands here for the second time");
  }
  return map.Finish();
}

// A year without a single holiday is a year that somebody forgot to write down.
absl::Status CheckEveryYear(std::string_view file, const YamlNode& list, const Calendar& calendar) {
  for (int year = calendar.first_year; year <= calendar.last_year; ++year) {
    const auto first = calendar.holidays.lower_bound(absl::CivilDay(year, 1, 1));
    if (first == calendar.holidays.end() || first->first.year() != year) {
      return YamlErrorAt(file, list, absl::StrCat("no holiday of the year ", year, " stands here"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Calendar> Read(std::string_view file, const YamlNode& root) {
  Calendar calendar;
  YamlMapReader map(file, root, "the calendar");
  CheckFormat(map, kFormat);
  calendar.country = RequiredCountry(map, "country");
  // For people; the program needs only to know that they are there.
  map.Text("title");
  map.Text("source");
  map.Text("confidence");
  RequiredDay(map, "verified_on");
  calendar.first_year = static_cast<int>(map.Integer("first_year", kFirstYearMin, kLastYearMax));
  calendar.last_year = static_cast<int>(map.Integer("last_year", kFirstYearMin, kLastYearMax));
  if (calendar.last_year < calendar.first_year) map.Refuse("last_year", "is before first_year");
  const YamlNode* holidays = map.RequiredList("holidays");
  // Before the dates: each of them is held against the years.
  TOCSIN_RETURN_IF_ERROR(map.Finish());
  for (const YamlNode& item : holidays->children) {
    TOCSIN_RETURN_IF_ERROR(ReadHoliday(file, item, calendar));
  }
  TOCSIN_RETURN_IF_ERROR(CheckEveryYear(file, *holidays, calendar));
  return calendar;
}

}  // namespace

absl::StatusOr<Calendar> ReadCalendar(std::string_view file, std::string_view bytes) {
  TOCSIN_ASSIGN_OR_RETURN(const YamlNode root, ParseYaml(file, bytes));
  return Read(file, root);
}

absl::StatusOr<Calendar> ReadCalendarFile(const std::string& path) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string bytes, ReadYamlBytes(path));
  return ReadCalendar(path, bytes);
}

}  // namespace tocsin::library
