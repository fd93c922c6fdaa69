#include "clients/chat/matrix/matrix_config.h"

#include <algorithm>

#include "server/base/view.h"

namespace tocsin::chat {
namespace {

constexpr size_t kIdBytesMax = 255;

bool IsVisible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c != '\x7F'; });
}

}  // namespace

bool IsMatrixId(std::string_view text, char sigil) {
  const size_t colon = text.find(':');
  return text.size() <= kIdBytesMax && text.size() > 2 && text[0] == sigil && IsVisible(text) &&
         colon != std::string_view::npos && colon > 1 && colon + 1 < text.size();
}

bool IsMatrixEvent(std::string_view text) {
  return text.size() > 1 && text.size() <= kIdBytesMax && text[0] == '$' && IsVisible(text);
}

absl::StatusOr<MatrixConfig> ReadMatrixConfig(std::string_view file,
                                              const library::YamlNode& node) {
  library::YamlMapReader reader(file, node, "a Matrix connection");
  MatrixConfig config;
  config.name = ReadName(reader, "matrix");
  if (const std::string text = reader.Text("url"); !text.empty()) {
    absl::StatusOr<Url> url = ParseUrl(text);
    if (!url.ok()) {
      reader.Refuse("url", ToStd(url.status().message()));
    } else if (url->target != "/") {
      reader.Refuse("url", "the address of the homeserver has no path");
    } else {
      config.url = *std::move(url);
    }
  }
  config.ca_file = reader.OptionalText("ca_file").value_or("");
  config.token = ReadSecret(reader, "token_file");
  config.inviters = reader.TextList("inviters");
  for (const std::string& inviter : config.inviters) {
    if (!IsMatrixId(inviter, '@')) reader.Refuse("inviters", "an inviter is @NAME:SERVER");
  }
  config.rooms = ReadRooms(file, reader);
  for (const RoomConfig& room : config.rooms) {
    if (!IsMatrixId(room.room, '!')) {
      reader.Refuse("rooms", "a room is its id, !NAME:SERVER, not its alias");
    }
  }
  if (const absl::Status status = reader.Finish(); !status.ok()) return status;
  return config;
}

}  // namespace tocsin::chat
