#include "clients/chat/net/http.h"

#include <algorithm>
#include <cctype>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/view.h"

namespace tocsin::chat {
namespace {

constexpr absl::Duration kRetryAfterMax = absl::Hours(1);
constexpr uint16_t kHttpsPort = 443;
constexpr int kPortMax = 65'535;

absl::Status BadUrl(const char* why) {
  return InvalidArgument("URL_INVALID", absl::StrCat("the address ", why).c_str(),
                         "Write it as https://chat.example or https://chat.example:8443/path.");
}

bool IsHostCharacter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return absl::ascii_isalnum(byte) || c == '.' || c == '-' || c == ':' || c == '_';
}

bool IsTargetCharacter(char c) {
  return c > ' ' && c < '\x7F' && c != '#' && c != '"' && c != '<' && c != '>' && c != '\\';
}

std::optional<std::string> PercentDecode(std::string_view text) {
  constexpr size_t kEscapeSize = 3;
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out.push_back(' ');
    } else if (text[i] == '%') {
      if (i + kEscapeSize > text.size()) return std::nullopt;
      const auto byte = HexDecode(text.substr(i + 1, 2));
      if (!byte) return std::nullopt;
      out += *byte;
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

}  // namespace

std::optional<std::string> FindHeader(const std::vector<HttpHeader>& headers,
                                      std::string_view name) {
  for (const HttpHeader& header : headers) {
    if (absl::EqualsIgnoreCase(header.name, ToAbsl(name))) return header.value;
  }
  return std::nullopt;
}

std::string Url::Authority() const {
  const bool v6 = host.find(':') != std::string::npos;
  const std::string name = v6 ? absl::StrCat("[", host, "]") : host;
  return port == kHttpsPort ? name : absl::StrCat(name, ":", port);
}

absl::StatusOr<Url> ParseUrl(std::string_view text) {
  const size_t scheme_end = text.find("://");
  const std::string_view scheme = text.substr(0, std::min(scheme_end, text.size()));
  if (scheme_end == std::string_view::npos || (scheme != "https" && scheme != "wss")) {
    return BadUrl("does not begin with https://");
  }
  std::string_view rest = text.substr(scheme_end + 3);
  const size_t path = rest.find_first_of("/?");
  Url url;
  if (path != std::string_view::npos) {
    url.target = std::string(rest.substr(path));
    if (url.target[0] == '?') url.target.insert(0, "/");
    rest = rest.substr(0, path);
  }
  if (!std::all_of(url.target.begin(), url.target.end(), IsTargetCharacter)) {
    return BadUrl("holds characters that do not belong there");
  }
  std::string_view port;
  if (!rest.empty() && rest[0] == '[') {
    const size_t end = rest.find(']');
    if (end == std::string_view::npos) return BadUrl("has no end of its host");
    url.host = std::string(rest.substr(1, end - 1));
    rest = rest.substr(end + 1);
    if (!rest.empty() && rest[0] != ':') return BadUrl("has no usable host");
    if (!rest.empty()) port = rest.substr(1);
  } else {
    const size_t colon = rest.find(':');
    url.host = std::string(rest.substr(0, colon));
    if (colon != std::string_view::npos) port = rest.substr(colon + 1);
    if (url.host.find(':') != std::string::npos) return BadUrl("has no usable host");
  }
  if (url.host.empty() || !std::all_of(url.host.begin(), url.host.end(), IsHostCharacter)) {
    return BadUrl("has no usable host");
  }
  if (!port.empty()) {
    int number = 0;
    if (!absl::SimpleAtoi(ToAbsl(port), &number) || number < 1 || number > kPortMax) {
      return BadUrl("has no usable port");
    }
    url.port = static_cast<uint16_t>(number);
  }
  return url;
}

std::string PercentEncode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~') {
      out.push_back(c);
    } else {
      absl::StrAppend(&out, "%", absl::AsciiStrToUpper(HexEncode(std::string_view(&c, 1))));
    }
  }
  return out;
}

std::optional<std::vector<std::pair<std::string, std::string>>> ParseForm(std::string_view body) {
  std::vector<std::pair<std::string, std::string>> form;
  if (body.empty()) return form;
  for (const absl::string_view part : absl::StrSplit(ToAbsl(body), '&')) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    auto name = PercentDecode(ToStd(pair.first));
    auto value = PercentDecode(ToStd(pair.second));
    if (!name || !value) return std::nullopt;
    form.emplace_back(*std::move(name), *std::move(value));
  }
  return form;
}

std::string FormField(const std::vector<std::pair<std::string, std::string>>& form,
                      std::string_view name) {
  for (const auto& [key, value] : form) {
    if (key == name) return value;
  }
  return "";
}

absl::Duration RetryAfter(const HttpResponse& response, absl::Time now,
                          absl::Duration when_absent) {
  const std::optional<std::string> header = FindHeader(response.headers, "Retry-After");
  if (!header) return when_absent;
  double seconds = 0;
  if (absl::SimpleAtod(*header, &seconds) && seconds >= 0) {
    return std::min(absl::Seconds(seconds), kRetryAfterMax);
  }
  absl::Time time;
  std::string ignored;
  if (absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", *header, absl::UTCTimeZone(), &time, &ignored)) {
    return std::clamp(time - now, absl::ZeroDuration(), kRetryAfterMax);
  }
  return when_absent;
}

bool IsHeaderName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
  });
}

bool IsHeaderValue(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7F';
  });
}

}  // namespace tocsin::chat
