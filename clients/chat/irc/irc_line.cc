#include "clients/chat/irc/irc_line.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::chat::irc {
namespace {

constexpr char kColour = '\x03';
constexpr char kHexColour = '\x04';
constexpr size_t kParamsMax = 15;
// Some networks allow longer lines than the standard does; nothing sends one like this.
constexpr size_t kReadBytesMax = 4096;

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::string WithoutControls(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out),
               [](char c) { return !IsControl(c); });
  return out;
}

// The next word, and what stands behind the spaces after it.
std::string_view TakeWord(std::string_view& rest) {
  const size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return word;
}

std::string UnescapeTag(std::string_view value) {
  std::string out;
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\') {
      out.push_back(value[i]);
      continue;
    }
    if (++i == value.size()) break;
    switch (value[i]) {
      case ':':
        out.push_back(';');
        break;
      case 's':
        out.push_back(' ');
        break;
      case 'r':
        out.push_back('\r');
        break;
      case 'n':
        out.push_back('\n');
        break;
      default:
        out.push_back(value[i]);
    }
  }
  return out;
}

void ReadTags(std::string_view text, std::map<std::string, std::string>& tags) {
  for (const absl::string_view tag : absl::StrSplit(ToAbsl(text), ';', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(tag, absl::MaxSplits('=', 1));
    tags[std::string(parts.first)] = UnescapeTag(ToStd(parts.second));
  }
}

// Of a character that begins at `at`; 1 when none does.
size_t CharacterBytes(std::string_view text, size_t at) {
  size_t end = at + 1;
  while (end < text.size() && IsContinuation(text[end])) ++end;
  return end - at;
}

// Digits of a colour code after its control character.
size_t ColourBytes(std::string_view text, size_t at, size_t digits_max, bool hexadecimal) {
  const auto is_digit = [&](size_t i) {
    if (i >= text.size()) return false;
    const auto c = static_cast<unsigned char>(text[i]);
    return hexadecimal ? absl::ascii_isxdigit(c) : absl::ascii_isdigit(c);
  };
  size_t end = at;
  while (end < at + digits_max && is_digit(end)) ++end;
  if (end == at || end >= text.size() || text[end] != ',' || !is_digit(end + 1)) return end - at;
  const size_t second = ++end;
  while (end < second + digits_max && is_digit(end)) ++end;
  return end - at;
}

}  // namespace

std::string Message::Nick() const {
  return source.substr(0, source.find('!'));
}

const std::string& Message::Param(size_t index) const {
  static const std::string empty;
  return index < params.size() ? params[index] : empty;
}

const std::string& Message::Last() const {
  return Param(params.empty() ? 0 : params.size() - 1);
}

std::string Message::Tag(const std::string& key) const {
  const auto found = tags.find(key);
  return found == tags.end() ? "" : found->second;
}

std::optional<Message> ReadLine(std::string_view line) {
  if (line.find('\0') != std::string_view::npos) return std::nullopt;
  Message message;
  std::string_view rest = line;
  if (rest.starts_with('@')) {
    const std::string_view tags = TakeWord(rest).substr(1);
    if (tags.size() > kTagBytesMax) return std::nullopt;
    ReadTags(tags, message.tags);
  }
  if (rest.size() > kReadBytesMax) return std::nullopt;
  if (rest.starts_with(':')) message.source = std::string(TakeWord(rest).substr(1));
  message.command = absl::AsciiStrToUpper(ToAbsl(TakeWord(rest)));
  const bool sound = !message.command.empty() &&
                     std::all_of(message.command.begin(), message.command.end(), [](char c) {
                       return absl::ascii_isalnum(static_cast<unsigned char>(c));
                     });
  if (!sound) return std::nullopt;
  while (!rest.empty()) {
    if (rest.starts_with(':') || message.params.size() + 1 == kParamsMax) {
      message.params.emplace_back(rest.substr(rest.starts_with(':') ? 1 : 0));
      break;
    }
    message.params.emplace_back(TakeWord(rest));
  }
  return message;
}

std::optional<std::string> WriteLine(std::string_view command,
                                     const std::vector<std::string>& params,
                                     std::string_view tags) {
  std::string line(command);
  for (size_t i = 0; i < params.size(); ++i) {
    const std::string param = WithoutControls(params[i]);
    const bool fits_as_word =
        !param.empty() && param.find(' ') == std::string::npos && !param.starts_with(':');
    const bool last = i + 1 == params.size();
    if (!last && (!fits_as_word || param != params[i])) return std::nullopt;
    absl::StrAppend(&line, fits_as_word ? " " : " :", param);
  }
  constexpr size_t kMost = kLineBytesMax - 2;
  if (line.size() > kMost) {
    size_t end = kMost;
    while (end > 0 && IsContinuation(line[end])) --end;
    line.resize(end);
  }
  const std::string head = tags.empty() ? "" : absl::StrCat("@", ToAbsl(tags), " ");
  return absl::StrCat(head, line, "\r\n");
}

std::string FoldCase(std::string_view name) {
  std::string folded(name);
  for (char& c : folded) {
    if (c >= 'A' && c <= '^') c = static_cast<char>(c + ('a' - 'A'));
  }
  return folded;
}

std::string WrittenText(std::string_view text) {
  constexpr size_t kDecimalDigits = 2;
  constexpr size_t kHexDigits = 6;
  std::string out;
  for (size_t i = 0; i < text.size();) {
    if (text[i] == kColour) {
      i += 1 + ColourBytes(text, i + 1, kDecimalDigits, /*hexadecimal=*/false);
    } else if (text[i] == kHexColour) {
      i += 1 + ColourBytes(text, i + 1, kHexDigits, /*hexadecimal=*/true);
    } else if (text[i] == '\t') {
      out.push_back(' ');
      ++i;
    } else if (IsControl(text[i])) {
      ++i;
    } else {
      const size_t bytes = CharacterBytes(text, i);
      const std::string_view character = text.substr(i, bytes);
      if (IsValidUtf8(character)) {
        out.append(character);
        i += bytes;
      } else {
        out.append("\uFFFD");
        ++i;
      }
    }
  }
  return out;
}

std::vector<std::string> Wrap(std::string_view text, size_t bytes_max) {
  std::vector<std::string> lines;
  for (const absl::string_view part : absl::StrSplit(ToAbsl(text), '\n')) {
    std::string_view rest = ToStd(absl::StripTrailingAsciiWhitespace(part));
    while (rest.size() > bytes_max) {
      size_t end = bytes_max;
      while (end > 1 && IsContinuation(rest[end])) --end;
      // At a space, unless that leaves half of the line empty.
      const size_t space = rest.substr(0, end + 1).rfind(' ');
      if (space != std::string_view::npos && space > end / 2) end = space;
      lines.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end);
      if (rest.starts_with(' ')) rest.remove_prefix(1);
    }
    if (!rest.empty()) lines.emplace_back(rest);
  }
  return lines;
}

std::vector<std::string> Pack(const std::vector<std::string>& lines, size_t bytes_max) {
  constexpr std::string_view kBetween = " | ";
  std::vector<std::string> packed;
  for (const std::string& line : lines) {
    if (!packed.empty() && packed.back().size() + kBetween.size() + line.size() <= bytes_max) {
      packed.back().append(kBetween).append(line);
    } else {
      packed.push_back(line);
    }
  }
  return packed;
}

}  // namespace tocsin::chat::irc
