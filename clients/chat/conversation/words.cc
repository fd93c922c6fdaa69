#include "clients/chat/conversation/words.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "server/base/view.h"

namespace tocsin::chat {

Words::Words(std::string_view text)
    : rest_(ToStd(absl::StripTrailingAsciiWhitespace(ToAbsl(text)))) {
  SkipBlanks();
}

void Words::SkipBlanks() {
  rest_ = ToStd(absl::StripLeadingAsciiWhitespace(ToAbsl(rest_)));
}

std::string_view Words::Peek() const {
  size_t end = 0;
  while (end < rest_.size() && !absl::ascii_isspace(static_cast<unsigned char>(rest_[end]))) ++end;
  return rest_.substr(0, end);
}

std::string_view Words::Take() {
  const std::string_view word = Peek();
  rest_.remove_prefix(word.size());
  SkipBlanks();
  return word;
}

bool Words::TakeIf(std::string_view word) {
  if (!absl::EqualsIgnoreCase(ToAbsl(Peek()), ToAbsl(word))) return false;
  Take();
  return true;
}

std::string Words::TakeRest() {
  std::string rest(rest_);
  rest_ = {};
  return rest;
}

std::string Lower(std::string_view text) {
  return absl::AsciiStrToLower(ToAbsl(text));
}

}  // namespace tocsin::chat
