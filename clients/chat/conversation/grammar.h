// From the text of a message to a request. The grammar is that of the command line: `/tocsin VERB
// …`, `!tocsin VERB …`, the short `/inc` and `!inc`, or a mention of the bot. Whatever cannot be
// read gets an answer that says what was wrong and how it is written; nothing is guessed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/chat/conversation/command.h"

namespace tocsin::chat {

/// What the reading of a message depends on.
struct Hearing {
  /// When the message was written. Clock times count from here.
  absl::Time now;
  /// Of clock times without a date.
  absl::TimeZone zone;
  /// Everything said here is for the bot: a direct message, or a mention.
  bool addressed = false;
};

/// The command's text without what addressed it to the bot; nullopt when the message is not for the
/// bot. A text after a prefix may be empty.
std::optional<std::string_view> Addressed(std::string_view text, bool addressed);

/// Reads a command without its prefix. Errors, all kInvalidArgument and each with what to write
/// instead: UNKNOWN_VERB with the nearest verb; USAGE; those of the words, times and incident ids
/// in it; LOOKS_SECRET when the text holds a token or a private key, which must not be recorded.
absl::StatusOr<Request> ParseCommand(std::string_view text, const Hearing& hearing);

/// A verb as `help` shows it.
struct VerbHelp {
  std::string_view name;
  std::string_view usage;
  std::string_view summary;
};
/// In the order of help.
const std::vector<VerbHelp>& AllVerbs();
/// nullptr when there is no such verb.
const VerbHelp* FindVerb(std::string_view name);

/// Whether the text holds a token of this product or a private key.
bool LooksSecret(std::string_view text);

}  // namespace tocsin::chat
