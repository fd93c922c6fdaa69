#include "clients/core/time_input.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/time_text.h"
#include "server/base/view.h"

namespace tocsin::client {
namespace {

absl::Status BadTime(std::string_view text) {
  return InvalidArgument("BAD_TIME", absl::StrCat("'", ToAbsl(text), "' is not a time"),
                         "Write 10:42, -20m, -2h, '20m ago', now, 2026-06-10T10:42:00+02:00 or "
                         "'2026-06-10 10:42[Europe/Brussels]'.");
}

// "1h30m", "20m", "3d", "90 min"; nullopt when it is not a span.
std::optional<absl::Duration> ParseSpan(std::string_view text) {
  absl::Duration total;
  bool any = false;
  while (!text.empty()) {
    size_t digits = 0;
    while (digits < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[digits]))) {
      ++digits;
    }
    int count = 0;
    if (digits == 0 || !absl::SimpleAtoi(ToAbsl(text.substr(0, digits)), &count))
      return std::nullopt;
    text.remove_prefix(digits);
    while (!text.empty() && text[0] == ' ') text.remove_prefix(1);
    size_t letters = 0;
    while (letters < text.size() &&
           absl::ascii_isalpha(static_cast<unsigned char>(text[letters]))) {
      ++letters;
    }
    const std::string_view unit = text.substr(0, letters);
    if (unit == "s") {
      total += absl::Seconds(count);
    } else if (unit == "m" || unit == "min") {
      total += absl::Minutes(count);
    } else if (unit == "h") {
      total += absl::Hours(count);
    } else if (unit == "d") {
      total += absl::Hours(24) * count;
    } else {
      return std::nullopt;
    }
    any = true;
    text.remove_prefix(letters);
    while (!text.empty() && text[0] == ' ') text.remove_prefix(1);
  }
  if (!any) return std::nullopt;
  return total;
}

struct ClockTime {
  int hour = 0;
  int minute = 0;
  int second = 0;
  bool has_seconds = false;
};

bool TwoDigits(std::string_view text, int& value) {
  return text.size() == 2 && absl::ascii_isdigit(static_cast<unsigned char>(text[0])) &&
         absl::ascii_isdigit(static_cast<unsigned char>(text[1])) &&
         absl::SimpleAtoi(ToAbsl(text), &value);
}

// "10:42", "9:05", "10:42:30".
std::optional<ClockTime> ParseClock(std::string_view text) {
  ClockTime clock;
  std::string padded(text);
  if (padded.size() >= 2 && padded[1] == ':') padded.insert(0, "0");
  const std::string_view whole = padded;
  if (whole.size() != 5 && whole.size() != 8) return std::nullopt;
  if (whole[2] != ':' || !TwoDigits(whole.substr(0, 2), clock.hour) ||
      !TwoDigits(whole.substr(3, 2), clock.minute)) {
    return std::nullopt;
  }
  if (whole.size() == 8) {
    if (whole[5] != ':' || !TwoDigits(whole.substr(6, 2), clock.second)) return std::nullopt;
    clock.has_seconds = true;
  }
  if (clock.hour > 23 || clock.minute > 59 || clock.second > 59) return std::nullopt;
  return clock;
}

// As far as the server takes a time that lies ahead of its own.
constexpr absl::Duration kClocksApart = absl::Minutes(5);

absl::StatusOr<When> ResolveClock(const ClockTime& clock, absl::Time now,
                                  const absl::TimeZone& zone) {
  const absl::CivilDay today(absl::ToCivilSecond(now, zone));
  const auto on = [&](absl::CivilDay day) {
    return absl::CivilSecond(day.year(), day.month(), day.day(), clock.hour, clock.minute,
                             clock.second);
  };
  TOCSIN_ASSIGN_OR_RETURN(absl::Time time, InstantOfWallTime(on(today), zone));
  // Somebody whose clock is a little ahead means now, not yesterday; the server takes it as well.
  if (time > now + kClocksApart) {
    TOCSIN_ASSIGN_OR_RETURN(time, InstantOfWallTime(on(today - 1), zone));
  }
  return When{.time = time,
              .precision = clock.has_seconds ? Precision::kSecond : Precision::kMinute,
              .resolved = true};
}

// RFC 3339, or a wall time with its zone in brackets.
absl::StatusOr<When> ParseFull(std::string_view text) {
  const std::string_view name = BracketedZone(text);
  absl::TimeZone zone;
  if (!name.empty() && !absl::LoadTimeZone(ToAbsl(name), &zone)) {
    return InvalidArgument("UNKNOWN_ZONE",
                           absl::StrCat("there is no time zone '", ToAbsl(name), "'"),
                           "Use an IANA name such as Europe/Brussels.");
  }
  TOCSIN_ASSIGN_OR_RETURN(const absl::Time time,
                          ParseInstant(text, name.empty() ? nullptr : &zone));
  const bool has_seconds = text.size() > 16 && text[16] == ':';
  return When{.time = time,
              .precision = has_seconds ? Precision::kSecond : Precision::kMinute,
              .resolved = !name.empty()};
}

bool IsUtcDay(absl::Time a, absl::Time b) {
  return absl::ToCivilDay(a, absl::UTCTimeZone()) == absl::ToCivilDay(b, absl::UTCTimeZone());
}

}  // namespace

absl::StatusOr<When> ParseWhen(std::string_view given, absl::Time clock_now,
                               const absl::TimeZone& zone) {
  // Nobody means a fraction of a second by "20 minutes ago"; it would stand in every text that
  // quotes the time.
  const absl::Time now = absl::FromUnixSeconds(absl::ToUnixSeconds(clock_now));
  const std::string_view text = ToStd(absl::StripAsciiWhitespace(ToAbsl(given)));
  if (text == "now") return When{.time = now, .resolved = true};
  std::string_view span = text;
  const bool minus = !span.empty() && span[0] == '-';
  if (minus) span.remove_prefix(1);
  const bool ago = absl::EndsWith(ToAbsl(span), " ago");
  if (ago) span.remove_suffix(4);
  if (minus || ago) {
    const std::optional<absl::Duration> back = minus && ago ? std::nullopt : ParseSpan(span);
    if (!back) return BadTime(text);
    return When{.time = now - *back, .precision = Precision::kMinute, .resolved = true};
  }
  if (const auto clock = ParseClock(text)) return ResolveClock(*clock, now, zone);
  if (text.empty() || !absl::ascii_isdigit(static_cast<unsigned char>(text[0])))
    return BadTime(text);
  return ParseFull(text);
}

absl::StatusOr<When> ParseDue(std::string_view given, absl::Time now, const absl::TimeZone& zone) {
  const std::string_view text = ToStd(absl::StripAsciiWhitespace(ToAbsl(given)));
  if (const auto ahead = ParseSpan(ToStd(absl::StripPrefix(ToAbsl(text), "+")))) {
    return When{.time = now + *ahead, .precision = Precision::kMinute, .resolved = true};
  }
  if (text.size() == 10) {
    absl::CivilDay day;
    // ParseCivilTime normalises nothing: 30 February is refused.
    if (!absl::ParseCivilTime(ToAbsl(text), &day)) return BadTime(text);
    const absl::CivilDay next = day + 1;
    return When{.time = absl::FromCivil(absl::CivilSecond(next), zone) - absl::Minutes(1),
                .precision = Precision::kDay,
                .resolved = true};
  }
  if (text.empty() || !absl::ascii_isdigit(static_cast<unsigned char>(text[0])))
    return BadTime(text);
  return ParseFull(text);
}

std::string FormatClock(absl::Time time, absl::Time now) {
  const char* form = "%H:%M UTC";
  if (!IsUtcDay(time, now)) {
    const auto year = [](absl::Time t) { return absl::ToCivilYear(t, absl::UTCTimeZone()); };
    form = year(time) == year(now) ? "%d %b %H:%M UTC" : "%Y-%m-%d %H:%M UTC";
  }
  return absl::FormatTime(form, time, absl::UTCTimeZone());
}

std::string FormatRelative(absl::Time time, absl::Time now) {
  const absl::Duration span = time - now;
  const std::string clock = absl::StrCat(" (", FormatClock(time, now), ")");
  if (absl::AbsDuration(span) < absl::Seconds(1)) return "now" + clock;
  if (span > absl::ZeroDuration()) return absl::StrCat("in ", FormatSpan(span), clock);
  return absl::StrCat(FormatSpan(span), " ago", clock);
}

}  // namespace tocsin::client
