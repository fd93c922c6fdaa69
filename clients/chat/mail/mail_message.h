// A post as a mail. Everything that a person may have written is inside base64, so it can neither
// end a header nor begin one, whatever it holds.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "clients/chat/adapter/adapter.h"
#include "clients/chat/mail/mail_config.h"

namespace tocsin::chat {

/// "<KEY@DOMAIN>": the same for the same post, so that mail systems can drop a second copy.
std::string MessageIdOf(const MailConfig& config, const Outbound& post);

/// The whole message with CRLF line ends. The same post gives the same bytes. Errors:
/// kInvalidArgument ADDRESS_INVALID, KEY_INVALID.
absl::StatusOr<std::string> ComposeMail(const MailConfig& config, const Outbound& post);

}  // namespace tocsin::chat
