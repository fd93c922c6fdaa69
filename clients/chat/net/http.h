// HTTP as plain values, so that what an adapter says and understands is worked out, and tested,
// without a connection. Only what the bot uses: whole messages, no trailers, no redirects.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tocsin::chat {

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string method = "GET";
  /// Path and query.
  std::string target = "/";
  std::vector<HttpHeader> headers;
  std::string body;
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;
  std::string body;
};

inline constexpr int kHttpOk = 200;
inline constexpr int kHttpBadRequest = 400;
inline constexpr int kHttpUnauthorised = 401;
inline constexpr int kHttpForbidden = 403;
inline constexpr int kHttpNotFound = 404;
inline constexpr int kHttpTooManyRequests = 429;
inline constexpr int kHttpServerError = 500;
inline constexpr int kHttpUnavailable = 503;

inline bool IsSuccess(int status) {
  return status >= kHttpOk && status < 300;
}

/// The value of the first header called `name`, whatever its case; nullopt when there is none.
std::optional<std::string> FindHeader(const std::vector<HttpHeader>& headers,
                                      std::string_view name);

/// An address that begins with https:// or wss://.
struct Url {
  std::string host;
  uint16_t port = 443;
  /// Path and query; "/" without one.
  std::string target = "/";

  /// "host", or "host:8443".
  std::string Authority() const;
};

/// Anything else than https and wss is refused, and so are a user, a fragment and characters that
/// do not belong into an address. Errors: kInvalidArgument URL_INVALID.
absl::StatusOr<Url> ParseUrl(std::string_view text);

/// Everything but letters, digits and -._~ as %XX.
std::string PercentEncode(std::string_view text);

/// The fields of an application/x-www-form-urlencoded body in their order; nullopt when it is none.
std::optional<std::vector<std::pair<std::string, std::string>>> ParseForm(std::string_view body);
/// The first field of that name; empty when there is none.
std::string FormField(const std::vector<std::pair<std::string, std::string>>& form,
                      std::string_view name);

/// How long the server wants to be left alone: its Retry-After in seconds or as a date, at most an
/// hour; `when_absent` without a usable one.
absl::Duration RetryAfter(const HttpResponse& response, absl::Time now, absl::Duration when_absent);

/// Whether these may stand in a header: no control characters.
bool IsHeaderName(std::string_view name);
bool IsHeaderValue(std::string_view value);

}  // namespace tocsin::chat
