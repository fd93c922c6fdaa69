#include "clients/chat/config/room_config.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "clients/core/private_file.h"
#include "server/base/error.h"
#include "server/base/view.h"

namespace tocsin::chat {
namespace {

constexpr size_t kNameBytesMax = 32;

template <typename Enum>
std::vector<std::pair<std::string, Enum>> Choices() {
  std::vector<std::pair<std::string, Enum>> choices;
  for (const std::string& text : AllTexts<Enum>())
    choices.emplace_back(text, *ParseText<Enum>(text));
  return choices;
}

RoomConfig ReadRoom(std::string_view file, const library::YamlNode& node,
                    library::YamlMapReader& parent) {
  library::YamlMapReader reader(file, node, "a room");
  RoomConfig room;
  room.room = reader.Text("room");
  room.title = reader.OptionalText("title").value_or(room.room);
  if (reader.Has("tlp")) room.tlp = reader.Word("tlp", Choices<Tlp>());
  if (reader.Has("detail")) {
    room.detail =
        reader.Word<Detail>("detail", {{"minimal", Detail::kMinimal}, {"full", Detail::kFull}});
  }
  room.alerts = reader.Bool("alerts", /*when_absent=*/false);
  parent.Add(reader.Finish());
  return room;
}

}  // namespace

std::vector<RoomConfig> ReadRooms(std::string_view file, library::YamlMapReader& reader) {
  std::vector<RoomConfig> rooms;
  const library::YamlNode* list = reader.RequiredList("rooms");
  if (list == nullptr) return rooms;
  std::set<std::string> names;
  for (const library::YamlNode& node : list->children) {
    rooms.push_back(ReadRoom(file, node, reader));
    if (!names.insert(rooms.back().room).second) {
      reader.Add(library::YamlErrorAt(
          file, node, absl::StrCat("the room '", rooms.back().room, "' is listed twice").c_str()));
    }
  }
  if (rooms.empty()) reader.Refuse("rooms", "at least one room is needed");
  return rooms;
}

std::string ReadName(library::YamlMapReader& reader, std::string_view when_absent) {
  const std::string name = reader.OptionalText("name").value_or(std::string(when_absent));
  const bool good = !name.empty() && name.size() <= kNameBytesMax &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return absl::ascii_islower(static_cast<unsigned char>(c)) ||
                             absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-';
                    });
  if (!good) reader.Refuse("name", "a name is 1 to 32 of a-z, 0-9 and dash");
  return name;
}

std::string ReadSecret(library::YamlMapReader& reader, std::string_view key) {
  const std::string path = reader.Text(key);
  if (path.empty()) return "";
  const absl::StatusOr<std::string> content = client::ReadPrivateFile(path);
  if (!content.ok()) {
    reader.Refuse(key, ToStd(content.status().message()));
    return "";
  }
  const std::string line = content->substr(0, content->find('\n'));
  if (line.empty()) reader.Refuse(key, absl::StrCat("the file ", path, " holds nothing").c_str());
  return line;
}

}  // namespace tocsin::chat
