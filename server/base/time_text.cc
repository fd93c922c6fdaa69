#include "server/base/time_text.h"

#include <cctype>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/view.h"

namespace tocsin {
namespace {

bool IsDigits(std::string_view text, size_t from, size_t count) {
  for (size_t i = from; i < from + count; ++i) {
    if (i >= text.size() || std::isdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

int Number(std::string_view text, size_t from, size_t count) {
  int value = 0;
  for (size_t i = from; i < from + count; ++i) value = value * 10 + (text[i] - '0');
  return value;
}

// What is echoed of text that is not a time: enough to find it.
constexpr size_t kEchoBytesMax = 64;

absl::Status BadDate(std::string_view text) {
  if (text.size() > kEchoBytesMax) {
    return InvalidArgument("INVALID_DATE",
                           absl::StrCat("a text of ", text.size(), " bytes is not a date and time"),
                           "Write it as 2026-06-10T10:15:00+02:00 or 2026-06-10T08:15:00Z.");
  }
  return InvalidArgument("INVALID_DATE",
                         absl::StrCat("'", ToAbsl(text), "' is not a date and time"),
                         "Write it as 2026-06-10T10:15:00+02:00 or 2026-06-10T08:15:00Z.");
}

}  // namespace

std::string FormatInstant(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

std::string FormatSpan(absl::Duration span) {
  const int64_t seconds = absl::ToInt64Seconds(absl::AbsDuration(span));
  const int64_t days = seconds / 86400;
  const int64_t hours = seconds / 3600 % 24;
  const int64_t minutes = seconds / 60 % 60;
  if (days > 0)
    return hours > 0 ? absl::StrCat(days, " d ", hours, " h") : absl::StrCat(days, " d");
  if (hours > 0) {
    return minutes > 0 ? absl::StrCat(hours, " h ", minutes, " min") : absl::StrCat(hours, " h");
  }
  if (minutes > 0) return absl::StrCat(minutes, " min");
  return absl::StrCat(seconds, " s");
}

std::string_view BracketedZone(std::string_view text) {
  if (text.empty() || text.back() != ']') return {};
  const size_t open = text.rfind('[');
  if (open == std::string_view::npos) return {};
  return text.substr(open + 1, text.size() - open - 2);
}

absl::StatusOr<absl::Time> InstantOfWallTime(absl::CivilSecond civil, const absl::TimeZone& zone) {
  const absl::TimeZone::TimeInfo info = zone.At(civil);
  const std::string wall = absl::FormatCivilTime(civil);
  switch (info.kind) {
    case absl::TimeZone::TimeInfo::UNIQUE:
      return info.pre;
    case absl::TimeZone::TimeInfo::SKIPPED:
      return InvalidArgument("NONEXISTENT_LOCAL_TIME",
                             absl::StrCat(wall, " does not exist in ", zone.name(),
                                          ": the clock was put forward over it"),
                             "Check the clock time, or give the instant with its offset.");
    case absl::TimeZone::TimeInfo::REPEATED:
      return InvalidArgument(
          "AMBIGUOUS_LOCAL_TIME",
          absl::StrCat(wall, " happened twice in ", zone.name(), ": ", FormatInstant(info.pre),
                       " and ", FormatInstant(info.post)),
          absl::StrCat("Say which one; if nobody knows, take the first: ",
                       FormatInstant(info.pre)));
  }
  return BadDate(wall);
}

absl::StatusOr<absl::Time> ParseInstant(std::string_view text, const absl::TimeZone* zone) {
  if (text.size() > kEchoBytesMax) return BadDate(text);
  // YYYY-MM-DDThh:mm[:ss[.f]] then Z, +hh:mm, -hh:mm or [zone].
  const bool date_shape = IsDigits(text, 0, 4) && IsDigits(text, 5, 2) && IsDigits(text, 8, 2) &&
                          text[4] == '-' && text[7] == '-';
  if (!date_shape || text.size() < 16 || (text[10] != 'T' && text[10] != ' ') ||
      !IsDigits(text, 11, 2) || text[13] != ':' || !IsDigits(text, 14, 2)) {
    return BadDate(text);
  }
  size_t position = 16;
  int second = 0;
  absl::Duration fraction;
  if (position < text.size() && text[position] == ':') {
    if (!IsDigits(text, position + 1, 2)) return BadDate(text);
    second = Number(text, position + 1, 2);
    position += 3;
    if (position < text.size() && text[position] == '.') {
      if (!IsDigits(text, position + 1, 1)) return BadDate(text);
      double scale = 0.1;
      for (++position; IsDigits(text, position, 1); ++position, scale /= 10) {
        fraction +=
            absl::Nanoseconds(static_cast<int64_t>((text[position] - '0') * scale * 1e9 + 0.5));
      }
    }
  }
  const int year = Number(text, 0, 4);
  const int month = Number(text, 5, 2);
  const int day = Number(text, 8, 2);
  const int hour = Number(text, 11, 2);
  const int minute = Number(text, 14, 2);
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  // CivilSecond normalises 30 February to 2 March; only an unchanged value was a real date.
  if (civil.year() != year || civil.month() != month || civil.day() != day ||
      civil.hour() != hour || civil.minute() != minute || civil.second() != second) {
    return InvalidArgument("INVALID_DATE",
                           absl::StrCat("'", ToAbsl(text), "': there is no such date or time"),
                           "Check the day and the clock time.");
  }
  const std::string_view rest = text.substr(position);
  if (rest == "Z" || rest == "z") return absl::FromCivil(civil, absl::UTCTimeZone()) + fraction;
  if (rest.size() == 6 && (rest[0] == '+' || rest[0] == '-') && IsDigits(rest, 1, 2) &&
      rest[3] == ':' && IsDigits(rest, 4, 2)) {
    // The largest offset in use is +14:00.
    if (Number(rest, 1, 2) > 14 || Number(rest, 4, 2) > 59) return BadDate(text);
    const absl::Duration offset =
        absl::Hours(Number(rest, 1, 2)) + absl::Minutes(Number(rest, 4, 2));
    const absl::Time local = absl::FromCivil(civil, absl::UTCTimeZone()) + fraction;
    return rest[0] == '+' ? local - offset : local + offset;
  }
  if (zone != nullptr && rest == absl::StrCat("[", ToAbsl(BracketedZone(text)), "]")) {
    absl::StatusOr<absl::Time> instant = InstantOfWallTime(civil, *zone);
    if (!instant.ok()) return instant;
    return *instant + fraction;
  }
  if (rest.empty()) {
    return InvalidArgument("NO_OFFSET", absl::StrCat("'", ToAbsl(text), "' has no UTC offset"),
                           "Add Z, an offset such as +02:00, or a zone such as [Europe/Brussels].");
  }
  return BadDate(text);
}

}  // namespace tocsin
