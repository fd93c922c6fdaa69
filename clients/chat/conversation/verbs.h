// The verbs, one row each: how it is written, what it does, and the function that reads what
// follows it. Help, the nearest verb and the parser come from the same rows.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "clients/chat/conversation/command.h"
#include "clients/chat/conversation/grammar.h"
#include "clients/chat/conversation/words.h"

namespace tocsin::chat {

struct VerbParser {
  VerbHelp help;
  /// Takes words and sets `request.command`. Words that are left are an error of usage. Errors: as
  /// ParseCommand; one without a next step gets the usage as such.
  std::function<absl::Status(Words& words, const Hearing& hearing, Request& request)> parse;
};

/// Those that help does not list have no summary: what cannot be taken back and is refused.
const std::vector<VerbParser>& AllParsers();
/// `name` in lower case; nullptr when there is none.
const VerbParser* FindParser(std::string_view name);

}  // namespace tocsin::chat
