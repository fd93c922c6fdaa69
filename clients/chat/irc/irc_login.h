// The beginning of a connection: what the server offers is asked for (CAP), the bot proves who it
// is (SASL PLAIN), and gets a nick. Lines come in, lines go out.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "clients/chat/irc/irc_config.h"
#include "clients/chat/irc/irc_line.h"

namespace tocsin::chat::irc {

/// Not thread-safe.
class Login {
 public:
  using Send =
      std::function<void(std::string_view command, const std::vector<std::string>& params)>;

  /// `config` outlives this object.
  Login(const IrcConfig& config, Send send) : config_(config), send_(std::move(send)) {}

  /// The connection is open.
  void Begin();
  /// Errors: kUnauthenticated LOGIN_REFUSED: waiting alone will not mend it; kUnavailable NO_NICK,
  /// NO_SASL.
  absl::Status OnMessage(const Message& message);

  /// The server has let the bot in.
  bool done() const { return done_; }
  const std::string& nick() const { return nick_; }
  /// The server has called the bot otherwise.
  void Renamed(const std::string& nick) { nick_ = nick; }
  /// The bot has another nick than it wants.
  bool second_choice() const { return nick_ != config_.nick; }
  /// Whether the server has granted a capability.
  bool Has(const std::string& capability) const { return granted_.contains(capability); }

 private:
  absl::Status OnCapability(const Message& message);
  absl::Status Request();
  absl::Status OnNickRefused();
  void SendPassword();
  absl::Status GoOn();

  const IrcConfig& config_;
  const Send send_;
  std::string nick_;
  int nick_tries_ = 0;
  std::set<std::string> offered_;
  bool plain_ = false;  // SASL in the way that the bot can
  std::set<std::string> granted_;
  bool signed_in_ = false;
  bool done_ = false;
};

}  // namespace tocsin::chat::irc
