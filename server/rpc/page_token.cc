#include "server/rpc/page_token.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/digest.h"
#include "server/base/encoding.h"
#include "server/base/error.h"

namespace tocsin::rpc {
namespace {

constexpr size_t kBindingBytes = 16;

std::string Binding(std::string_view arguments, std::string_view position) {
  const Digest digest = Sha256({"tocsin/page/v1\n", arguments, "\n", position});
  return std::string(digest.view().substr(0, kBindingBytes));
}

}  // namespace

std::string MakePageToken(std::string_view arguments, std::string_view position) {
  // Hexadecimal: safe in URLs and on command lines.
  std::string raw = Binding(arguments, position);
  raw.append(position);
  return HexEncode(raw);
}

absl::StatusOr<std::string> ReadPageToken(std::string_view arguments, std::string_view token) {
  if (token.empty()) return std::string();
  const auto raw = HexDecode(token);
  if (raw && raw->size() > kBindingBytes) {
    std::string position = raw->substr(kBindingBytes);
    if (raw->substr(0, kBindingBytes) == Binding(arguments, position)) return position;
  }
  return InvalidArgument(
      "BAD_PAGE_TOKEN", "the page token is not one of this list",
      "Pass next_page_token of the page before with the same arguments, or none.");
}

absl::StatusOr<size_t> PageSize(int requested, size_t fallback, size_t max) {
  if (requested < 0) {
    return InvalidArgument("BAD_PAGE_SIZE", absl::StrCat("page_size is ", requested),
                           "Leave it out, or give a number above 0.");
  }
  if (requested == 0) return fallback;
  return std::min(static_cast<size_t>(requested), max);
}

}  // namespace tocsin::rpc
