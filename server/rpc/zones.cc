#include "server/rpc/zones.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/view.h"

namespace tocsin::rpc {

absl::StatusOr<absl::TimeZone> LoadZone(std::string_view name) {
  absl::TimeZone zone;
  // A leading ':' or '/' or a ".." would let a request read other files than those of the zones.
  const bool plain = !name.empty() && name.front() != '/' && name.front() != ':' &&
                     name.find("..") == std::string_view::npos;
  if (plain && absl::LoadTimeZone(ToAbsl(name), &zone)) return zone;
  return InvalidArgument("UNKNOWN_TIME_ZONE",
                         absl::StrCat("there is no time zone '", ToAbsl(name), "'"),
                         "Give an IANA name, for example Europe/Brussels.");
}

}  // namespace tocsin::rpc
