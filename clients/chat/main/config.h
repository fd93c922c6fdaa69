// The configuration file of the bot: one server, one state directory, and a list of connections for
// each kind of chat.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/chat/irc/irc_config.h"
#include "clients/chat/mail/mail_config.h"
#include "clients/chat/matrix/matrix_config.h"
#include "clients/chat/mattermost/mattermost_config.h"
#include "clients/chat/slack/slack_config.h"
#include "clients/chat/webhook/webhook_config.h"
#include "clients/chat/xmpp/xmpp_config.h"

namespace tocsin::chat {

struct Config {
  /// "host:port" of tocsind.
  std::string server;
  /// Directory of all that the bot remembers: its own token and those of people, so it is 0700.
  std::string state;
  /// Of clock times such as 10:42 without a date.
  absl::TimeZone zone = absl::UTCTimeZone();
  std::string zone_name = "UTC";
  std::vector<IrcConfig> irc;
  std::vector<MailConfig> mail;
  std::vector<MatrixConfig> matrix;
  std::vector<MattermostConfig> mattermost;
  std::vector<SlackConfig> slack;
  std::vector<WebhookConfig> webhook;
  std::vector<XmppConfig> xmpp;
};

/// `file` is for messages. Files that it names are read. Errors: kInvalidArgument YAML_INVALID,
/// "file:line:column: what is wrong".
absl::StatusOr<Config> ReadConfig(std::string_view file, std::string_view bytes);
absl::StatusOr<Config> ReadConfigFile(const std::string& path);

/// What `check-config` prints: one line a connection and one a room.
std::string Describe(const Config& config);

}  // namespace tocsin::chat
