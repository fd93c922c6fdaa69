#include "clients/convert/source_time.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/base/view.h"

namespace tocsin::convert {
namespace {

constexpr size_t kTimeBytesMax = 64;

std::string Shown(std::string_view text) {
  return text.size() <= kTimeBytesMax && CheckLine("", text).ok()
             ? absl::StrCat("'", ToAbsl(text), "'")
             : "this text";
}

absl::Status Wrong(std::string_view text, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(Shown(text), " ", ToAbsl(what)));
}

absl::Status NotATime(std::string_view text) {
  return Wrong(text, "is not a time that can be read; write 2026-06-10T10:15:00+02:00");
}

absl::Status NoOffset(std::string_view text) {
  return Wrong(text, "states no offset; name the zone it was written in: --zone Europe/Brussels");
}

// Whether `text` has digits where `shape` has 0, and otherwise the same characters.
bool HasShape(std::string_view text, std::string_view shape) {
  return text.size() == shape.size() &&
         std::equal(text.begin(), text.end(), shape.begin(), [](char c, char s) {
           return s == '0' ? absl::ascii_isdigit(static_cast<unsigned char>(c)) : c == s;
         });
}

// A date or month alone.
absl::StatusOr<SourceTime> ReadDay(std::string_view text, Precision precision,
                                   const std::optional<absl::TimeZone>& zone) {
  const std::string date = absl::StrCat(ToAbsl(text), precision == Precision::kMonth ? "-01" : "");
  absl::CivilDay day;
  if (!absl::ParseCivilTime(date, &day) || absl::FormatCivilTime(day) != date) {
    return Wrong(text, "is no date of the calendar");
  }
  if (!zone) return NoOffset(text);
  return SourceTime{absl::FromCivil(day, *zone), precision};
}

// An offset at the end as ParseInstant reads it; "" when there is none.
std::string OffsetOf(std::string_view& text) {
  absl::string_view rest = ToAbsl(text);
  std::string offset;
  if (absl::ConsumeSuffix(&rest, "Z") || absl::ConsumeSuffix(&rest, " UTC") ||
      absl::ConsumeSuffix(&rest, " GMT")) {
    offset = "Z";
  } else {
    const auto sign = rest.find_last_of("+-");
    if (sign == rest.npos || sign < 16) return "";
    const std::string_view end = ToStd(rest.substr(sign + 1));
    if (HasShape(end, "00:00")) offset = std::string(ToStd(rest.substr(sign)));
    if (HasShape(end, "0000")) {
      offset = absl::StrCat(rest.substr(sign, 3), ":", rest.substr(sign + 3));
    }
    if (offset.empty()) return "";
    rest = absl::StripTrailingAsciiWhitespace(rest.substr(0, sign));
  }
  text = ToStd(rest);
  return offset;
}

absl::StatusOr<SourceTime> ReadEpoch(std::string_view digits, std::string_view unit,
                                     int64_t smallest, absl::Duration tick) {
  int64_t count = 0;
  if (!absl::SimpleAtoi(ToAbsl(digits), &count)) {
    return Wrong(digits, absl::StrCat("is no number of ", ToAbsl(unit), " since 1970"));
  }
  const bool odd = count != 0 && count < smallest && count > -smallest;
  if (odd) return Wrong(digits, absl::StrCat("is too small for ", ToAbsl(unit), " since 1970"));
  return SourceTime{absl::UnixEpoch() + count * tick, Precision::kSecond};
}

}  // namespace

absl::StatusOr<SourceTime> ReadTime(std::string_view text,
                                    const std::optional<absl::TimeZone>& zone) {
  text = ToStd(absl::StripAsciiWhitespace(ToAbsl(text)));
  if (text.size() > kTimeBytesMax) return NotATime(text);
  if (HasShape(text, "0000-00")) return ReadDay(text, Precision::kMonth, zone);
  if (HasShape(text, "0000-00-00")) return ReadDay(text, Precision::kDay, zone);
  absl::Time time;
  if (text.ends_with(" GMT") &&
      absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", ToAbsl(text), &time, nullptr)) {
    return SourceTime{time, Precision::kSecond};
  }
  std::string_view wall = text;
  const std::string offset = OffsetOf(wall);
  const Precision precision = wall.size() == 16 ? Precision::kMinute : Precision::kSecond;
  // As an instant in UTC first: that checks the form, the date and the clock time.
  const absl::StatusOr<absl::Time> read =
      ParseInstant(absl::StrCat(ToAbsl(wall), offset.empty() ? "Z" : offset));
  if (!read.ok()) {
    return absl::StrContains(read.status().message(), "there is no such")
               ? Wrong(text, "is no date and time of the calendar")
               : NotATime(text);
  }
  if (!offset.empty()) return SourceTime{*read, precision};
  if (!zone) return NoOffset(text);
  const absl::TimeZone::CivilInfo civil = absl::UTCTimeZone().At(*read);
  const absl::StatusOr<absl::Time> instant = InstantOfWallTime(civil.cs, *zone);
  if (!instant.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(instant.status().message(), ". ", NextStepOf(instant.status())));
  }
  return SourceTime{*instant + civil.subsecond, precision};
}

absl::StatusOr<SourceTime> ReadEpochMillis(std::string_view digits) {
  return ReadEpoch(digits, "milliseconds", int64_t{100'000'000'000}, absl::Milliseconds(1));
}

absl::StatusOr<SourceTime> ReadEpochMicros(std::string_view digits) {
  return ReadEpoch(digits, "microseconds", int64_t{100'000'000'000'000}, absl::Microseconds(1));
}

}  // namespace tocsin::convert
