#include "clients/chat/slack/slack_config.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "server/base/view.h"

namespace tocsin::chat {
namespace {

constexpr size_t kIdBytesMin = 3;
constexpr size_t kIdBytesMax = 32;
constexpr char kApi[] = "https://slack.com/api/";

}  // namespace

bool IsSlackId(std::string_view text) {
  return text.size() >= kIdBytesMin && text.size() <= kIdBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isupper(static_cast<unsigned char>(c)) ||
                  absl::ascii_isdigit(static_cast<unsigned char>(c));
         });
}

absl::StatusOr<SlackConfig> ReadSlackConfig(std::string_view file, const library::YamlNode& node) {
  library::YamlMapReader reader(file, node, "a Slack connection");
  SlackConfig config;
  config.name = ReadName(reader, "slack");
  absl::StatusOr<Url> api = ParseUrl(reader.OptionalText("api").value_or(kApi));
  if (!api.ok()) {
    reader.Refuse("api", ToStd(api.status().message()));
  } else {
    config.api = *std::move(api);
    if (!absl::EndsWith(config.api.target, "/")) config.api.target += "/";
  }
  config.ca_file = reader.OptionalText("ca_file").value_or("");
  config.bot_token = ReadSecret(reader, "bot_token_file");
  if (reader.Has("app_token_file")) config.app_token = ReadSecret(reader, "app_token_file");
  if (reader.Has("signing_secret_file")) {
    config.signing_secret = ReadSecret(reader, "signing_secret_file");
  }
  config.port = static_cast<uint16_t>(reader.OptionalInteger("port", 1, 65'535).value_or(0));
  if (reader.Has("signing_secret_file") != (config.port != 0)) {
    reader.Refuse("port", "signing_secret_file and port go together");
  }
  if (!reader.Has("app_token_file") && !reader.Has("signing_secret_file")) {
    reader.Refuse(
        "app_token_file",
        "the bot hears by app_token_file (Socket Mode) or by signing_secret_file and port");
  }
  config.rooms = ReadRooms(file, reader);
  for (const RoomConfig& room : config.rooms) {
    if (!IsSlackId(room.room)) {
      reader.Refuse("rooms", "a room is the id of a channel, such as C0123ABCD");
    }
  }
  if (const absl::Status status = reader.Finish(); !status.ok()) return status;
  return config;
}

}  // namespace tocsin::chat
