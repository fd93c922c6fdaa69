#include "clients/chat/mail/mail_config.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace tocsin::chat {
namespace {

constexpr size_t kAddressBytesMax = 254;
constexpr uint16_t kSubmissionPort = 587;
constexpr uint16_t kSubmissionsPort = 465;

bool IsAlphanumeric(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c));
}

bool IsLocalPart(std::string_view text) {
  constexpr std::string_view kMarks = "._%+-=";
  return !text.empty() && text[0] != '-' && std::all_of(text.begin(), text.end(), [&](char c) {
    return IsAlphanumeric(c) || kMarks.find(c) != std::string_view::npos;
  });
}

bool IsHost(std::string_view text) {
  return !text.empty() && IsAlphanumeric(text.front()) && IsAlphanumeric(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '-' || c == '.'; });
}

}  // namespace

bool IsMailAddress(std::string_view text) {
  const size_t at = text.find('@');
  return text.size() <= kAddressBytesMax && at != std::string_view::npos &&
         IsLocalPart(text.substr(0, at)) && IsHost(text.substr(at + 1));
}

absl::StatusOr<MailConfig> ReadMailConfig(std::string_view file, const library::YamlNode& node) {
  library::YamlMapReader reader(file, node, "a mail connection");
  MailConfig config;
  config.name = ReadName(reader, "mail");
  config.host = reader.Text("host");
  if (!config.host.empty() && !IsHost(config.host)) {
    reader.Refuse("host", "this is no name or address of a host");
  }
  if (reader.Has("tls")) {
    config.implicit_tls = reader.Word<bool>("tls", {{"starttls", false}, {"implicit", true}});
  }
  config.port = static_cast<uint16_t>(
      reader.OptionalInteger("port", 1, 65'535)
          .value_or(config.implicit_tls ? kSubmissionsPort : kSubmissionPort));
  config.ca_file = reader.OptionalText("ca_file").value_or("");
  config.user = reader.OptionalText("user").value_or("");
  if (!config.user.empty()) config.password = ReadSecret(reader, "password_file");
  config.from = reader.Text("from");
  if (!config.from.empty() && !IsMailAddress(config.from)) {
    reader.Refuse("from", "the sender is NAME@DOMAIN");
  }
  config.rooms = ReadRooms(file, reader);
  for (const RoomConfig& room : config.rooms) {
    if (!IsMailAddress(room.room)) reader.Refuse("rooms", "a room of mail is NAME@DOMAIN");
  }
  if (const absl::Status status = reader.Finish(); !status.ok()) return status;
  return config;
}

}  // namespace tocsin::chat
