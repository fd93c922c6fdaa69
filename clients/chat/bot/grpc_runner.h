// Carries commands out at the server, each with the token of the person who gave it. One channel
// for all; what differs is the token, and the id of the chat message, which the server seals into
// the entry as how its author was authenticated.
#pragma once

#include <grpcpp/client_context.h>

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "clients/chat/bot/command_runner.h"
#include "clients/core/connection.h"

namespace tocsin::chat {

class OrderCalls;

/// Which incidents have a clock of their own.
class DrillClocks {
 public:
  /// What the clock of `incident` shows at the world's `time`; nullopt when it is no running drill.
  /// Errors: the server's.
  absl::StatusOr<std::optional<absl::Time>> Show(const OrderCalls& calls,
                                                 const std::string& incident, absl::Time time);

 private:
  std::set<std::string> real_;
};

class GrpcRunner : public CommandRunner {
 public:
  /// `connection` must outlive this object. `token` is the bot's own.
  GrpcRunner(client::Connection& connection, std::string token)
      : connection_(connection), token_(std::move(token)) {}

  absl::StatusOr<Ran> Run(const Order& order) override;
  absl::StatusOr<Linked> Link(const std::string& code, const std::string& account) override;
  absl::Status Report(const Delivery& delivery) override;
  absl::Status Unlink(const std::string& token) override;

 private:
  client::Connection& connection_;
  const std::string token_;
  DrillClocks clocks_;
};

}  // namespace tocsin::chat
