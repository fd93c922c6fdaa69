#include "clients/chat/net/button_seal.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/chat/net/hmac.h"
#include "server/base/encoding.h"
#include "server/base/view.h"

namespace tocsin::chat {
namespace {

// Lengths keep "ab"+"c" and "a"+"bc" apart.
std::string MacOf(std::string_view key, std::string_view room, std::string_view command,
                  int64_t expiry) {
  return HexEncode(HmacSha256(key, absl::StrCat("tocsin button 1:", expiry, ":", room.size(), ":",
                                                ToAbsl(room), ToAbsl(command))));
}

}  // namespace

std::string SealButton(std::string_view key, std::string_view room, std::string_view command,
                       absl::Time expiry) {
  const int64_t seconds = absl::ToUnixSeconds(expiry);
  return absl::StrCat("1.", seconds, ".", MacOf(key, room, command, seconds), ".",
                      Base64Encode(command));
}

std::optional<std::string> OpenButton(std::string_view key, std::string_view room,
                                      std::string_view value, absl::Time now) {
  constexpr size_t kParts = 4;
  const std::vector<absl::string_view> parts = absl::StrSplit(ToAbsl(value), '.');
  int64_t expiry = 0;
  if (parts.size() != kParts || parts[0] != "1" || !absl::SimpleAtoi(parts[1], &expiry)) {
    return std::nullopt;
  }
  std::optional<std::string> command = Base64Decode(ToStd(parts[3]));
  if (!command) return std::nullopt;
  if (!EqualInConstantTime(MacOf(key, room, *command, expiry), ToStd(parts[2]))) {
    return std::nullopt;
  }
  if (absl::FromUnixSeconds(expiry) <= now) return std::nullopt;
  return command;
}

}  // namespace tocsin::chat
