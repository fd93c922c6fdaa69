// What the verbs of tocsin-chat do.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "clients/chat/main/config.h"

namespace tocsin::chat {

/// Exchanges the bot's own one-time code for its token, and pins the server. Errors:
/// kPermissionDenied FINGERPRINT_MISMATCH, before the code is sent; those of the server.
absl::Status Enrol(const Config& config, const std::string& code, const std::string& fingerprint);

/// Runs until SIGTERM or SIGINT, which must be blocked in the calling thread. Errors: those that
/// waiting will not mend: not enrolled, state in use or damaged.
absl::Status Run(const Config& config);

}  // namespace tocsin::chat
