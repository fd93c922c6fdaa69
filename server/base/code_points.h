// Text that somebody else wrote, character by character: what is not UTF-8, what hides and what
// reorders its neighbours is found in one place for all formats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin {

inline constexpr uint32_t kNotUtf8 = 0xFFFD;

struct CodePoint {
  uint32_t value;
  size_t bytes;
};

/// The first character of `text`, which must not be empty; kNotUtf8 and one byte when there is
/// none.
CodePoint FirstCodePoint(std::string_view text);

/// Control characters, marks that reorder text, separators and invisible characters. Line feed,
/// carriage return and tab are among them; the joiners that Persian, Hindi and emoji need are not.
bool IsUnsafe(uint32_t point);

/// `text` with every unsafe character as "u202E" behind `before`. Tabs become blanks, carriage
/// returns go, a line feed becomes `newline`.
std::string Visible(std::string_view text, std::string_view before, std::string_view newline);

/// At most `characters_max` characters of `text`; "…" at its end when some are left out.
std::string Shortened(std::string_view text, size_t characters_max);

/// Whether `address` is http or https, of nothing but characters that need no escaping anywhere.
bool IsPlainAddress(std::string_view address);

}  // namespace tocsin
