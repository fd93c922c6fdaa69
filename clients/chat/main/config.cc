#include "clients/chat/main/config.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "clients/core/bootstrap.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"

namespace tocsin::chat {
namespace {

using library::YamlMapReader;
using library::YamlNode;

// One section: a list of connections, each read by `read`. Errors are added to `reader`.
template <typename Connection>
std::vector<Connection> ReadConnections(std::string_view file, YamlMapReader& reader,
                                        std::string_view key,
                                        absl::StatusOr<Connection> (*read)(std::string_view file,
                                                                           const YamlNode& node)) {
  std::vector<Connection> connections;
  const YamlNode* list = reader.List(key);
  if (list == nullptr) return connections;
  for (const YamlNode& node : list->children) {
    absl::StatusOr<Connection> connection = read(file, node);
    if (connection.ok()) {
      connections.push_back(*std::move(connection));
    } else {
      reader.Add(connection.status());
    }
  }
  return connections;
}

template <typename Connection>
void TakeNames(YamlMapReader& reader, std::string_view key,
               const std::vector<Connection>& connections, std::set<std::string>& names) {
  for (const Connection& connection : connections) {
    if (names.insert(connection.name).second) continue;
    reader.Refuse(key, absl::StrCat("the name '", connection.name, "' comes twice").c_str());
  }
}

template <typename Connection>
void DescribeConnections(std::string_view platform, std::string_view where,
                         const Connection& connection, std::string& out) {
  absl::StrAppend(&out, ToAbsl(platform), " ", connection.name, ": ", ToAbsl(where), "\n");
  for (const RoomConfig& room : connection.rooms) {
    absl::StrAppend(&out, "  ", room.room, ": TLP:", ToAbsl(ToText(room.tlp)), " at most, ",
                    room.detail == Detail::kFull ? "texts are shown" : "no texts are shown",
                    room.alerts ? ", gets all alerts" : "", "\n");
  }
}

std::string WhereOf(const IrcConfig& irc) {
  return absl::StrCat(irc.host, ":", irc.port, " as ", irc.nick, ", or ", irc.nick,
                      "_ while that is taken");
}

}  // namespace

absl::StatusOr<Config> ReadConfig(std::string_view file, std::string_view bytes) {
  TOCSIN_ASSIGN_OR_RETURN(const YamlNode root, library::ParseYaml(file, bytes));
  YamlMapReader reader(file, root, "the configuration");
  Config config;
  config.server = reader.Text("server");
  if (!config.server.empty()) {
    const auto address = client::ParseServer(config.server);
    if (!address.ok()) reader.Refuse("server", ToStd(address.status().message()));
  }
  config.state = reader.Text("state");
  if (!config.state.empty() && config.state[0] != '/') {
    reader.Refuse("state", "the state directory is an absolute path");
  }
  if (const auto zone = reader.OptionalText("zone")) {
    config.zone_name = *zone;
    if (!absl::LoadTimeZone(*zone, &config.zone)) {
      reader.Refuse("zone", absl::StrCat("there is no time zone '", *zone, "'").c_str());
    }
  }
  config.irc = ReadConnections<IrcConfig>(file, reader, "irc", ReadIrcConfig);
  config.mail = ReadConnections<MailConfig>(file, reader, "mail", ReadMailConfig);
  config.matrix = ReadConnections<MatrixConfig>(file, reader, "matrix", ReadMatrixConfig);
  config.mattermost =
      ReadConnections<MattermostConfig>(file, reader, "mattermost", ReadMattermostConfig);
  config.slack = ReadConnections<SlackConfig>(file, reader, "slack", ReadSlackConfig);
  config.webhook = ReadConnections<WebhookConfig>(file, reader, "webhook", ReadWebhookConfig);
  config.xmpp = ReadConnections<XmppConfig>(file, reader, "xmpp", ReadXmppConfig);
  std::set<std::string> names;
  TakeNames(reader, "irc", config.irc, names);
  TakeNames(reader, "mail", config.mail, names);
  TakeNames(reader, "matrix", config.matrix, names);
  TakeNames(reader, "mattermost", config.mattermost, names);
  TakeNames(reader, "slack", config.slack, names);
  TakeNames(reader, "webhook", config.webhook, names);
  TakeNames(reader, "xmpp", config.xmpp, names);
  TOCSIN_RETURN_IF_ERROR(reader.Finish());
  if (names.empty()) {
    return library::YamlErrorAt(file, root, "there is no connection to any chat",
                                "Add a section, for example xmpp; see docs/chat.md.");
  }
  return config;
}

absl::StatusOr<Config> ReadConfigFile(const std::string& path) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string bytes, library::ReadYamlBytes(path));
  return ReadConfig(path, bytes);
}

std::string Describe(const Config& config) {
  std::string out = absl::StrCat("server ", config.server, ", state in ", config.state,
                                 ", clock times in ", config.zone_name, "\n");
  for (const IrcConfig& irc : config.irc) {
    DescribeConnections("irc", WhereOf(irc), irc, out);
  }
  for (const MailConfig& mail : config.mail) DescribeConnections("mail", mail.host, mail, out);
  for (const MatrixConfig& matrix : config.matrix) {
    DescribeConnections("matrix", matrix.url.Authority(), matrix, out);
  }
  for (const MattermostConfig& mattermost : config.mattermost) {
    DescribeConnections("mattermost", mattermost.url.Authority(), mattermost, out);
  }
  for (const SlackConfig& slack : config.slack) {
    DescribeConnections("slack", slack.api.Authority(), slack, out);
  }
  for (const WebhookConfig& webhook : config.webhook) {
    DescribeConnections("webhook", webhook.url.Authority(), webhook, out);
  }
  for (const XmppConfig& xmpp : config.xmpp) DescribeConnections("xmpp", xmpp.jid, xmpp, out);
  return out;
}

}  // namespace tocsin::chat
