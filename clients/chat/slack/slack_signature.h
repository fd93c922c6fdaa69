// Whether a request comes from Slack, now, for the first time. Stricter than Slack's own library:
// the time is digits alone, it may be neither old nor in the future, and a request that was taken
// once is not taken again.
#pragma once

#include <map>
#include <string>

#include "absl/time/time.h"
#include "clients/chat/net/http.h"

namespace tocsin::chat {

inline constexpr absl::Duration kSlackSkewMax = absl::Minutes(5);

/// "v0=" and the hexadecimal HMAC-SHA256 of "v0:TIMESTAMP:BODY".
std::string SlackSignature(std::string_view secret, std::string_view timestamp,
                           std::string_view body);

enum class SlackVerdict { kGood, kBadSignature, kBadTime, kReplayed };

/// Not thread-safe: the HTTP server has one thread.
class SlackVerifier {
 public:
  explicit SlackVerifier(std::string secret) : secret_(std::move(secret)) {}

  SlackVerdict Check(const HttpRequest& request, absl::Time now) const;
  /// The request was taken: from now on it counts as replayed.
  void Remember(const HttpRequest& request, absl::Time now);

 private:
  const std::string secret_;
  /// Signature, and when it was taken.
  std::map<std::string, absl::Time> taken_;
};

}  // namespace tocsin::chat
