#include "clients/core/names.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/view.h"

namespace tocsin::client {
namespace {

constexpr char kPrefix[] = "incidents/";

}  // namespace

absl::StatusOr<std::string> IncidentResource(std::string_view given) {
  const std::string id =
      absl::AsciiStrToUpper(absl::StripPrefix(absl::StripAsciiWhitespace(ToAbsl(given)), kPrefix));
  const bool good = id.size() > 4 && id.size() <= 40 && absl::StartsWith(id, "INC-") &&
                    std::all_of(id.begin(), id.end(), [](char c) {
                      return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-';
                    });
  if (!good) {
    return InvalidArgument("BAD_INCIDENT", absl::StrCat("'", ToAbsl(given), "' is not an incident"),
                           "Give it as INC-2026-0042; tocsin list shows them.");
  }
  return absl::StrCat(kPrefix, id);
}

std::string ShortName(std::string_view resource) {
  const size_t slash = resource.rfind('/');
  return std::string(slash == std::string_view::npos ? resource : resource.substr(slash + 1));
}

std::string IncidentOf(std::string_view resource) {
  if (!absl::StartsWith(ToAbsl(resource), kPrefix)) return "";
  resource.remove_prefix(sizeof kPrefix - 1);
  return std::string(resource.substr(0, resource.find('/')));
}

absl::StatusOr<std::string> Handle(std::string_view given) {
  const std::string name(absl::StripPrefix(ToAbsl(given), "@"));
  const bool good =
      name.size() >= 2 && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
        return absl::ascii_islower(static_cast<unsigned char>(c)) ||
               absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '.' || c == '-';
      });
  if (!good) {
    return InvalidArgument("BAD_HANDLE", absl::StrCat("'", ToAbsl(given), "' is not a handle"),
                           "A handle is @ and 2 to 32 of a-z, 0-9, dot and dash.");
  }
  return absl::StrCat("@", name);
}

}  // namespace tocsin::client
