// Lines of IRC as plain values: how they are read and written (RFC 1459, IRCv3 message tags), and
// how a text is cut so that it fits into them. Nothing that is written here can hold the end of a
// line, so no text can become a command.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::chat::irc {

/// The most bytes of a line with its CR LF, without tags.
inline constexpr size_t kLineBytesMax = 512;
/// The most bytes of the tags that a server may send.
inline constexpr size_t kTagBytesMax = 8191;

struct Message {
  /// Their values unescaped. Tags of other clients begin with '+'.
  std::map<std::string, std::string> tags;
  /// "nick!user@host" or a server's name; may be empty.
  std::string source;
  /// In upper case, or three digits.
  std::string command;
  std::vector<std::string> params;

  /// Before the "!" of the source.
  std::string Nick() const;
  /// Empty when there are fewer.
  const std::string& Param(size_t index) const;
  /// The last one: what a numeric says to people.
  const std::string& Last() const;
  /// Empty when there is none.
  std::string Tag(const std::string& key) const;
};

/// `line` is without its end. nullopt when it is none: empty, longer than the limits, NUL in it.
std::optional<Message> ReadLine(std::string_view line);

/// The line with its CR LF. Control characters in `params` are left out, and the last one is cut
/// to fit. nullopt when a parameter before the last could not stand there: empty, with a space, or
/// beginning with ':'. `tags` are "key=value" without spaces.
std::optional<std::string> WriteLine(std::string_view command,
                                     const std::vector<std::string>& params,
                                     std::string_view tags = "");

/// In lower case as servers compare names: {}|^ are the lower case of []\~.
std::string FoldCase(std::string_view name);

/// What somebody wrote: without colours and other formatting, and bytes that are not UTF-8
/// replaced by U+FFFD.
std::string WrittenText(std::string_view text);

/// The lines of `text`, each of at most `bytes_max` bytes, cut between words where that can be and
/// never within a character; empty lines are left out.
std::vector<std::string> Wrap(std::string_view text, size_t bytes_max);

/// As few lines as hold the given ones, with " | " between those that share one: a line is what
/// servers count.
std::vector<std::string> Pack(const std::vector<std::string>& lines, size_t bytes_max);

}  // namespace tocsin::chat::irc
