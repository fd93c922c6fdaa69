#include "server/regulation/calendar.h"

#include <algorithm>
#include <cctype>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/view.h"

namespace tocsin::regulation {
namespace {

constexpr size_t kDateLength = 10;

bool IsUpperLetter(char c) {
  return c >= 'A' && c <= 'Z';
}

absl::Status BadHolidays(std::string_view text, std::string_view why) {
  return InvalidArgument("INVALID_HOLIDAYS",
                         absl::StrCat("holidays '", ToAbsl(text), "': ", ToAbsl(why)),
                         "Write '-', 'BE:none' or 'BE:2026-11-01 2026-11-11'.");
}

}  // namespace

bool Calendar::IsWorkingDay(absl::CivilDay day) const {
  return WhyNotWorking(day).empty();
}

std::string Calendar::WhyNotWorking(absl::CivilDay day) const {
  const absl::Weekday weekday = absl::GetWeekday(day);
  if (weekday == absl::Weekday::saturday) return "a Saturday";
  if (weekday == absl::Weekday::sunday) return "a Sunday";
  const auto holiday = holidays.find(day);
  if (holiday == holidays.end()) return "";
  const std::string& name = holiday->second;
  if (country.empty() && name.empty()) return "a holiday";
  const char* comma = country.empty() || name.empty() ? "" : ", ";
  return absl::StrCat("a holiday (", country, comma, name, ")");
}

absl::CivilDay Calendar::WorkingDayFrom(absl::CivilDay day) const {
  while (!IsWorkingDay(day)) ++day;
  return day;
}

absl::CivilDay Calendar::WorkingDayAfter(absl::CivilDay day, int count) const {
  TOCSIN_CHECK(count >= 1);
  for (int i = 0; i < count; ++i) day = WorkingDayFrom(day + 1);
  return day;
}

int Calendar::WorkingDaysBetween(absl::CivilDay first, absl::CivilDay last) const {
  int count = 0;
  for (absl::CivilDay day = first + 1; day <= last; ++day) count += IsWorkingDay(day) ? 1 : 0;
  return count;
}

absl::StatusOr<absl::CivilDay> ParseDay(std::string_view text) {
  absl::CivilDay day;
  const bool shape = text.size() == kDateLength && text[4] == '-' && text[7] == '-' &&
                     std::all_of(text.begin(), text.end(), [](char c) {
                       return c == '-' || std::isdigit(static_cast<unsigned char>(c)) != 0;
                     });
  // ParseCivilTime refuses 30 February; it does not normalise.
  if (!shape || !absl::ParseCivilTime(ToAbsl(text), &day)) {
    return InvalidArgument("INVALID_DATE", absl::StrCat("'", ToAbsl(text), "' is not a date"),
                           "Write it as 2026-11-01.");
  }
  return day;
}

absl::StatusOr<Calendar> ParseHolidays(std::string_view text) {
  if (text == "-") return Calendar{};
  if (text.size() < 4 || !IsUpperLetter(text[0]) || !IsUpperLetter(text[1]) || text[2] != ':') {
    return BadHolidays(text, "no country before the dates");
  }
  Calendar calendar;
  calendar.country = std::string(text.substr(0, 2));
  const std::string_view dates = text.substr(3);
  if (dates == "none") return calendar;
  for (const absl::string_view date : absl::StrSplit(ToAbsl(dates), ' ')) {
    const absl::StatusOr<absl::CivilDay> day = ParseDay(ToStd(date));
    if (!day.ok()) return BadHolidays(text, ToStd(day.status().message()));
    calendar.holidays.emplace(*day, "");
  }
  return calendar;
}

}  // namespace tocsin::regulation
