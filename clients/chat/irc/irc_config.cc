#include "clients/chat/irc/irc_config.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "clients/chat/irc/irc_line.h"
#include "server/base/text.h"

namespace tocsin::chat {
namespace {

constexpr size_t kChannelBytesMax = 64;
constexpr size_t kNickBytesMax = 24;
constexpr size_t kKeyBytesMax = 64;
// SASL sends them in one answer; more is a mistake.
constexpr size_t kSecretBytesMax = 300;

bool IsNick(std::string_view text) {
  const auto is_letter = [](char c) {
    return absl::ascii_isalpha(static_cast<unsigned char>(c)) ||
           std::string_view("[]\\`_^{|}").find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= kNickBytesMax && is_letter(text[0]) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return is_letter(c) || c == '-' || absl::ascii_isdigit(static_cast<unsigned char>(c));
         });
}

bool HasBlankOrControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7F'; });
}

// Whatever stands in the file must fit into a line as one parameter.
std::string ReadWordSecret(library::YamlMapReader& reader, std::string_view key) {
  if (!reader.Has(key)) return "";
  std::string secret = ReadSecret(reader, key);
  if (secret.size() > kSecretBytesMax || HasBlankOrControl(secret) || secret.starts_with(':')) {
    reader.Refuse(key, "what stands in the file has spaces, is too long, or begins with a colon");
    return "";
  }
  return secret;
}

void ReadKeys(std::string_view file, library::YamlMapReader& parent, IrcConfig& config) {
  const library::YamlNode* list = parent.List("keys");
  if (list == nullptr) return;
  for (const library::YamlNode& node : list->children) {
    library::YamlMapReader reader(file, node, "a channel's key");
    const std::string room = reader.Text("room");
    const bool known = std::any_of(config.rooms.begin(), config.rooms.end(),
                                   [&](const RoomConfig& each) { return each.room == room; });
    if (!room.empty() && !known) reader.Refuse("room", "it is none of the rooms of the connection");
    const std::string key = ReadWordSecret(reader, "key_file");
    if (!reader.Has("key_file")) reader.Refuse("key_file", "the file with the key is missing");
    if (key.size() > kKeyBytesMax || key.find(',') != std::string::npos) {
      reader.Refuse("key_file", "a channel's key is at most 64 bytes without a comma");
    }
    config.keys[room] = key;
    parent.Add(reader.Finish());
  }
}

}  // namespace

bool IsIrcChannel(std::string_view text) {
  return text.size() > 1 && text.size() <= kChannelBytesMax && (text[0] == '#' || text[0] == '&') &&
         !HasBlankOrControl(text) && text.find(',') == std::string_view::npos &&
         text.find(':') == std::string_view::npos && IsValidUtf8(text);
}

absl::StatusOr<IrcConfig> ReadIrcConfig(std::string_view file, const library::YamlNode& node) {
  library::YamlMapReader reader(file, node, "an IRC connection");
  IrcConfig config;
  config.name = ReadName(reader, "irc");
  config.host = reader.Text("host");
  if (HasBlankOrControl(config.host)) reader.Refuse("host", "a host is a name or an address");
  config.port =
      static_cast<uint16_t>(reader.OptionalInteger("port", 1, 65'535).value_or(config.port));
  config.ca_file = reader.OptionalText("ca_file").value_or("");
  config.nick = reader.OptionalText("nick").value_or("tocsin");
  if (!IsNick(config.nick)) {
    reader.Refuse("nick", "a nick is 1 to 24 letters, digits, -[]\\`_^{|}, not a digit first");
  }
  config.account = reader.OptionalText("account").value_or("");
  if (config.account.size() > kSecretBytesMax || HasBlankOrControl(config.account)) {
    reader.Refuse("account", "an account has no spaces");
  }
  if (config.account.empty() == reader.Has("password_file")) {
    reader.Refuse("account", "account and password_file go together");
  }
  if (reader.Has("password_file")) config.password = ReadSecret(reader, "password_file");
  if (config.password.size() > kSecretBytesMax || config.password.find('\0') != std::string::npos) {
    reader.Refuse("password_file", "the password is too long");
  }
  config.server_password = ReadWordSecret(reader, "server_password_file");
  config.rooms = ReadRooms(file, reader);
  std::set<std::string> folded;
  for (const RoomConfig& room : config.rooms) {
    if (!IsIrcChannel(room.room)) {
      reader.Refuse("rooms", "a room is a channel such as \"#war\", in quotes");
    } else if (!folded.insert(irc::FoldCase(room.room)).second) {
      reader.Refuse("rooms", absl::StrCat("the channel '", room.room, "' is listed twice").c_str());
    }
  }
  ReadKeys(file, reader, config);
  if (const absl::Status status = reader.Finish(); !status.ok()) return status;
  return config;
}

}  // namespace tocsin::chat
