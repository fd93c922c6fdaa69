#include "server/runtime/zones.h"

#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/view.h"

namespace tocsin::runtime {
namespace {

constexpr char kUnknown[] = "unknown";
constexpr size_t kLineBytesMax = 200;
constexpr size_t kVersionBytesMax = 32;

// A bounded read: the file may be anything.
std::string FirstLine(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(kLineBytesMax, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes.substr(0, bytes.find('\n'));
}

// "2026a", also "2026a-dirty" or "2026a-00-0ub"; the record takes nothing else.
bool IsVersion(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool year = text.size() > 4 && text.size() <= kVersionBytesMax &&
                    std::all_of(text.begin(), text.begin() + 4, digit);
  return year && std::all_of(text.begin() + 4, text.end(), [&](char c) {
           return digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.';
         });
}

}  // namespace

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

std::string ZoneDataVersion(const std::string& directory) {
  constexpr std::string_view kPrefix = "# version ";
  const std::string line = FirstLine(directory + "/tzdata.zi");
  if (line.starts_with(kPrefix) && IsVersion(line.substr(kPrefix.size()))) {
    return line.substr(kPrefix.size());
  }
  const std::string version = FirstLine(directory + "/+VERSION");
  return IsVersion(version) ? version : kUnknown;
}

}  // namespace tocsin::runtime
