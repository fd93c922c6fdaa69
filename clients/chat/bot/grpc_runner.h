// Carries commands out at the server, each with the token of the person who gave it. One channel
// for all; what differs is the token, and the id of the chat message, which the server seals into
// the entry as how its author was authenticated.
#pragma once

#include <grpcpp/client_context.h>

#include <memory>
#include <string>

#include "clients/chat/bot/command_runner.h"
#include "clients/core/connection.h"

namespace tocsin::chat {

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
};

}  // namespace tocsin::chat
