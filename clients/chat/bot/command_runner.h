// How the bot gets things done: a command of a person goes out, what is to be said comes back. The
// bot itself knows no server.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/chat/conversation/command.h"
#include "clients/chat/conversation/replies.h"
#include "clients/chat/state/chat_state.h"

namespace tocsin::chat {

/// A command that is ready to be carried out.
struct Order {
  /// The adapter's name and the platform's key of the message: the request ids come from them, so
  /// that a message carried out again writes nothing again.
  std::string adapter;
  std::string message;
  /// Where the message can be found again; stands in the entry.
  std::string source;
  /// The person's own.
  std::string token;
  /// "INC-2026-0042"; empty for a new one.
  std::string incident;
  Command command;
  /// When the message was written: what it says, happened then unless it says otherwise.
  absl::Time sent_time;
  /// Of clock times in it.
  absl::TimeZone zone;
  Manner manner;
  /// The room takes the incident that is declared.
  bool binds = false;
  /// Lines for `status`: what could not be delivered.
  std::vector<std::string> problems;
  /// How long to wait for the server.
  absl::Duration patience = absl::Seconds(10);
};

struct Ran {
  Blocks blocks;
  /// The incident that the room is to be bound to.
  std::string bind;
};

struct Linked {
  std::string handle;
  std::string token;
};

/// Not thread-safe.
class CommandRunner {
 public:
  virtual ~CommandRunner() = default;

  /// Errors: the server's refusals; one for which NoAnswer is true when it did not answer in time,
  /// so that the same order is to be given again; TokenRefused when the account is to be linked
  /// anew.
  virtual absl::StatusOr<Ran> Run(const Order& order) = 0;
  /// Exchanges a code of `tocsin chat link` for the person's token. `account` is what the log says
  /// of it: "xmpp:ada@chat.example". Must not be repeated.
  virtual absl::StatusOr<Linked> Link(const std::string& code, const std::string& account) = 0;
  /// Tells the record what became of an alert, as the bot itself.
  virtual absl::Status Report(const Delivery& delivery) = 0;
  /// Ends the token.
  virtual absl::Status Unlink(const std::string& token) = 0;
};

/// The server did not answer, or cannot write just now.
bool NoAnswer(const absl::Status& status);
/// The server failed on the order itself, or seems to have: worth a few attempts, not all others'
/// waiting for ever. NoAnswer is true as well.
bool ServerFailed(const absl::Status& status);
/// The person's token has ended.
bool TokenRefused(const absl::Status& status);
/// Whether the command writes to the record, so that it must not be lost while the server is away.
bool Writes(const Command& command);

}  // namespace tocsin::chat
