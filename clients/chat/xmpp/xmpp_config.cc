#include "clients/chat/xmpp/xmpp_config.h"

#include "absl/strings/ascii.h"
#include "clients/chat/xmpp/element.h"

namespace tocsin::chat {
namespace {

constexpr size_t kFingerprintDigits = 64;

// "AB:CD:…" as 64 digits in lower case; empty when it is none.
std::string Fingerprint(const std::string& given) {
  std::string digits;
  for (const char c : given) {
    if (c == ':' || c == ' ') continue;
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return "";
    digits.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
  }
  return digits.size() == kFingerprintDigits ? digits : "";
}

bool IsBareJid(const std::string& jid) {
  const size_t at = jid.find('@');
  return at != std::string::npos && at > 0 && at + 1 < jid.size() &&
         jid.find('/') == std::string::npos && jid.find(' ') == std::string::npos;
}

}  // namespace

absl::StatusOr<XmppConfig> ReadXmppConfig(std::string_view file, const library::YamlNode& node) {
  library::YamlMapReader reader(file, node, "an XMPP connection");
  XmppConfig config;
  config.name = ReadName(reader, "xmpp");
  config.jid = reader.Text("jid");
  if (!config.jid.empty() && !IsBareJid(config.jid)) {
    reader.Refuse("jid", "the bot's account is NAME@DOMAIN");
  }
  config.jid = BareJid(config.jid);
  config.password = ReadSecret(reader, "password_file");
  config.host = reader.OptionalText("host").value_or("");
  config.port = static_cast<uint16_t>(reader.OptionalInteger("port", 1, 65'535).value_or(0));
  config.ca_file = reader.OptionalText("ca_file").value_or("");
  if (const auto fingerprint = reader.OptionalText("fingerprint")) {
    config.fingerprint = Fingerprint(*fingerprint);
    if (config.fingerprint.empty()) {
      reader.Refuse("fingerprint", "a fingerprint is the SHA-256 of the certificate, 64 digits");
    }
  }
  config.nick = reader.OptionalText("nick").value_or("tocsin");
  for (const std::string& member : reader.TextList("members")) {
    config.members.push_back(BareJid(member));
    if (!IsBareJid(member)) reader.Refuse("members", "a member is NAME@DOMAIN");
  }
  config.rooms = ReadRooms(file, reader);
  for (RoomConfig& room : config.rooms) {
    if (!IsBareJid(room.room)) reader.Refuse("rooms", "a room is NAME@SERVICE");
    room.room = BareJid(room.room);
  }
  if (const absl::Status status = reader.Finish(); !status.ok()) return status;
  return config;
}

}  // namespace tocsin::chat
