// A message as a row of words that are taken from the front: what the verb parsers work with. The
// rest of the message is free text and keeps its blanks and line breaks.
#pragma once

#include <string>
#include <string_view>

namespace tocsin::chat {

/// A cursor over a text that outlives it.
class Words {
 public:
  explicit Words(std::string_view text);

  bool empty() const { return rest_.empty(); }
  /// The next word, without taking it; empty at the end.
  std::string_view Peek() const;
  /// Takes the next word.
  std::string_view Take();
  /// Takes the next word when it is `word` in any case.
  bool TakeIf(std::string_view word);
  /// Takes all that is left, without blanks at its ends.
  std::string TakeRest();

 private:
  void SkipBlanks();

  std::string_view rest_;
};

/// ASCII letters in lower case.
std::string Lower(std::string_view text);

}  // namespace tocsin::chat
