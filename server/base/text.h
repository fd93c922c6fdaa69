// Checks on text that people send, and helpers for messages to them.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace tocsin {

/// The largest text of one entry, in bytes of UTF-8.
inline constexpr size_t kTextBytesMax = 64 * 1024;
/// The largest one-line text: titles, names, references.
inline constexpr size_t kLineBytesMax = 500;

bool IsValidUtf8(std::string_view text);

/// Refuses what may not stand in the record: empty or blank text (unless `may_be_empty`), more than
/// `bytes_max` bytes, invalid UTF-8, control characters (newline and tab are allowed when `lines`
/// is true), and the invisible characters that reorder text (U+202A–U+202E, U+2066–U+2069). `what`
/// names the field in the message. Errors: kInvalidArgument with reason TEXT_EMPTY, TEXT_TOO_LONG,
/// TEXT_NOT_UTF8, TEXT_CONTROL_CHARACTER.
struct TextLimits {
  size_t bytes_max = kTextBytesMax;
  bool lines = true;
  bool may_be_empty = false;
};
absl::Status CheckText(std::string_view what, std::string_view text, TextLimits limits = {});
/// CheckText for one line of at most kLineBytesMax bytes.
absl::Status CheckLine(std::string_view what, std::string_view text, bool may_be_empty = false);

/// The candidate nearest to `word` by edit distance, at most 2 away; empty when there is none.
std::string NearestWord(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace tocsin
