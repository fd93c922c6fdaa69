#include "clients/chat/mattermost/mattermost_config.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "server/base/view.h"

namespace tocsin::chat {
namespace {

constexpr size_t kIdSize = 26;

}  // namespace

bool IsMattermostId(std::string_view text) {
  return text.size() == kIdSize && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_islower(static_cast<unsigned char>(c)) ||
                  absl::ascii_isdigit(static_cast<unsigned char>(c));
         });
}

absl::StatusOr<MattermostConfig> ReadMattermostConfig(std::string_view file,
                                                      const library::YamlNode& node) {
  library::YamlMapReader reader(file, node, "a Mattermost connection");
  MattermostConfig config;
  config.name = ReadName(reader, "mattermost");
  if (const std::string text = reader.Text("url"); !text.empty()) {
    absl::StatusOr<Url> url = ParseUrl(text);
    if (!url.ok()) {
      reader.Refuse("url", ToStd(url.status().message()));
    } else if (url->target != "/") {
      reader.Refuse("url", "the address of the server has no path");
    } else {
      config.url = *std::move(url);
    }
  }
  config.token = ReadSecret(reader, "token_file");
  config.ca_file = reader.OptionalText("ca_file").value_or("");
  config.button_url = reader.OptionalText("button_url").value_or("");
  config.button_port =
      static_cast<uint16_t>(reader.OptionalInteger("button_port", 1, 65'535).value_or(0));
  if (config.button_url.empty() != (config.button_port == 0)) {
    reader.Refuse("button_url", "button_url and button_port go together");
  }
  if (!config.button_url.empty()) {
    const absl::StatusOr<Url> url = ParseUrl(config.button_url);
    if (!url.ok()) reader.Refuse("button_url", ToStd(url.status().message()));
  }
  config.rooms = ReadRooms(file, reader);
  for (const RoomConfig& room : config.rooms) {
    if (!IsMattermostId(room.room)) {
      reader.Refuse("rooms", "a room is the id of a channel, 26 letters and digits");
    }
  }
  if (const absl::Status status = reader.Finish(); !status.ok()) return status;
  return config;
}

}  // namespace tocsin::chat
