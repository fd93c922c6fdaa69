#include "server/base/text.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/view.h"

namespace tocsin {
namespace {

// Decodes one code point at `position` and advances. Returns -1 on malformed, overlong or surrogate
// sequences.
int32_t NextCodePoint(std::string_view text, size_t& position) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(position);
  if (lead < 0x80) {
    ++position;
    return lead;
  }
  size_t length = 0;
  int32_t value = 0;
  int32_t smallest = 0;
  if ((lead & 0xE0) == 0xC0) {
    length = 2, value = lead & 0x1F, smallest = 0x80;
  } else if ((lead & 0xF0) == 0xE0) {
    length = 3, value = lead & 0x0F, smallest = 0x800;
  } else if ((lead & 0xF8) == 0xF0) {
    length = 4, value = lead & 0x07, smallest = 0x10000;
  } else {
    return -1;
  }
  if (position + length > text.size()) return -1;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(position + i) & 0xC0) != 0x80) return -1;
    value = (value << 6) | (byte(position + i) & 0x3F);
  }
  if (value < smallest || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return -1;
  position += length;
  return value;
}

// What most texts are made of.
bool IsPlain(char c) {
  return c >= ' ' && c <= '~';
}

bool IsForbidden(int32_t c, bool lines) {
  if (c == '\n' || c == '\t') return !lines;
  if (c < 0x20 || (c >= 0x7F && c <= 0x9F)) return true;
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

}  // namespace

bool IsValidUtf8(std::string_view text) {
  for (size_t position = 0; position < text.size();) {
    if (NextCodePoint(text, position) < 0) return false;
  }
  return true;
}

absl::Status CheckText(std::string_view what, std::string_view text, TextLimits limits) {
  const auto name = ToAbsl(what);
  if (text.size() > limits.bytes_max) {
    return InvalidArgument(
        "TEXT_TOO_LONG",
        absl::StrCat(name, " has ", text.size(), " bytes; at most ", limits.bytes_max, " fit"),
        "Shorten it, or record the file's hash as evidence and refer to it.");
  }
  bool blank = true;
  for (size_t position = 0; position < text.size();) {
    if (IsPlain(text[position])) {
      blank = blank && text[position] == ' ';
      ++position;
      continue;
    }
    const size_t start = position;
    const int32_t c = NextCodePoint(text, position);
    if (c < 0) {
      return InvalidArgument("TEXT_NOT_UTF8",
                             absl::StrCat(name, " is not valid UTF-8 at byte ", start + 1),
                             "Convert it to UTF-8 and send it again.");
    }
    if (IsForbidden(c, limits.lines)) {
      return InvalidArgument("TEXT_CONTROL_CHARACTER",
                             absl::StrCat(name, " holds the control character U+",
                                          absl::Hex(static_cast<uint32_t>(c), absl::kZeroPad4),
                                          " at byte ", start + 1),
                             "Remove it and send the text again.");
    }
    if (c != ' ' && c != '\n' && c != '\t') blank = false;
  }
  if (blank && !limits.may_be_empty) {
    return InvalidArgument("TEXT_EMPTY", absl::StrCat(name, " is empty"), "Say it in a few words.");
  }
  return absl::OkStatus();
}

absl::Status CheckLine(std::string_view what, std::string_view text, bool may_be_empty) {
  return CheckText(what, text,
                   {.bytes_max = kLineBytesMax, .lines = false, .may_be_empty = may_be_empty});
}

std::string NearestWord(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr size_t kDistanceMax = 2;
  size_t best_distance = kDistanceMax + 1;
  std::string best;
  for (const std::string& candidate : candidates) {
    const size_t longer = std::max(word.size(), candidate.size());
    if (longer - std::min(word.size(), candidate.size()) > kDistanceMax) continue;
    std::vector<size_t> row(candidate.size() + 1);
    for (size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (size_t i = 1; i <= word.size(); ++i) {
      size_t diagonal = row[0];
      row[0] = i;
      for (size_t j = 1; j < row.size(); ++j) {
        const size_t substitute = diagonal + (word[i - 1] == candidate[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

}  // namespace tocsin
