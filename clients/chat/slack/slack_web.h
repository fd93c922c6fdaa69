// Slack's Web API, as far as the bot needs it. Use by one thread; only Cancel is for others.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/chat/net/https_client.h"
#include "clients/chat/slack/slack_config.h"
#include "clients/chat/slack/slack_protocol.h"

namespace tocsin::chat::slack {

class Web {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  /// `config` must outlive this object.
  static absl::StatusOr<std::unique_ptr<Web>> Make(const SlackConfig& config);

  /// Calls a method with the bot's token. The answer as it is, whatever it says. Errors: those of
  /// HttpsClient::Send.
  absl::StatusOr<HttpResponse> Get(const std::string& method, const Fields& fields);
  absl::StatusOr<HttpResponse> Post(const std::string& method, const nlohmann::json& body);

  // What follows fails with kUnauthenticated when the token is refused, kPermissionDenied when the
  // bot may not, kUnavailable when it is to be tried later.

  /// Who the bot is.
  absl::StatusOr<Self> Introduce();
  /// The address of a new socket. Uses the app's token.
  absl::StatusOr<Url> OpenSocket();
  /// The channel of direct messages with an account.
  absl::StatusOr<std::string> OpenDirect(const std::string& account);
  /// Messages from `oldest` on, newest first, until `visit` has seen enough; of a thread (in the
  /// order Slack gives) unless it is empty.
  absl::Status Walk(const std::string& channel, const std::string& thread, absl::Time oldest,
                    const std::function<bool(const nlohmann::json& message)>& visit);
  /// One message; an empty object when it is not there.
  absl::StatusOr<nlohmann::json> Fetch(const std::string& channel, const std::string& ts);
  /// Empty when there is none to be had.
  std::string Permalink(const std::string& channel, const std::string& ts);

  void Cancel() { client_->Cancel(); }

 private:
  Web(const SlackConfig& config, std::unique_ptr<HttpsClient> client)
      : config_(config), client_(std::move(client)) {}

  const SlackConfig& config_;
  std::unique_ptr<HttpsClient> client_;
};

}  // namespace tocsin::chat::slack
