#include "clients/core/state_directory.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/digest.h"
#include "server/base/error.h"

namespace tocsin::client {

absl::StatusOr<std::string> StateDirectory(const Environment& environment) {
  const auto set = [&environment](const char* name) { return environment(name).value_or(""); };
  if (const std::string own = set("TOCSIN_STATE_DIR"); !own.empty()) return own;
  if (const std::string config = set("TOCSIN_CONFIG_DIR"); !config.empty()) {
    return absl::StrCat(config, "/state");
  }
  if (const std::string xdg = set("XDG_STATE_HOME"); !xdg.empty()) {
    return absl::StrCat(xdg, "/tocsin");
  }
  if (const std::string home = set("HOME"); !home.empty()) {
    return absl::StrCat(home, "/.local/state/tocsin");
  }
  return InvalidArgument("NO_STATE_DIRECTORY", "there is no place for what tocsin must remember",
                         "Set HOME, XDG_STATE_HOME or TOCSIN_STATE_DIR.");
}

std::string StateName(std::string_view readable, std::string_view identity) {
  constexpr size_t kReadableMax = 64;
  constexpr size_t kHashDigits = 16;
  std::string name(readable.substr(0, kReadableMax));
  for (char& c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) c = '-';
  }
  const Digest hash = Sha256({"tocsin/client-state/v1\n", identity});
  return absl::StrCat(name, "-", hash.Hex().substr(0, kHashDigits));
}

std::string IdentityOf(const Context& context) {
  return absl::StrCat(context.verifier_key.empty() ? context.server : context.verifier_key, "\n",
                      context.handle);
}

}  // namespace tocsin::client
