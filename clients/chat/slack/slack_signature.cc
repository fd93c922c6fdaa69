#include "clients/chat/slack/slack_signature.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "clients/chat/net/hmac.h"
#include "server/base/encoding.h"
#include "server/base/view.h"

namespace tocsin::chat {
namespace {

constexpr char kSignature[] = "X-Slack-Signature";
constexpr char kTimestamp[] = "X-Slack-Request-Timestamp";
// A request is good for twice the skew at most, by a clock that may be off either way.
constexpr absl::Duration kMemory = absl::Minutes(10);
constexpr size_t kDigitsMax = 15;

// -1 when it is not digits alone.
int64_t SecondsOf(const std::string& text) {
  const bool digits = !text.empty() && text.size() <= kDigitsMax &&
                      std::all_of(text.begin(), text.end(), [](char c) {
                        return absl::ascii_isdigit(static_cast<unsigned char>(c));
                      });
  int64_t seconds = -1;
  return digits && absl::SimpleAtoi(text, &seconds) ? seconds : -1;
}

}  // namespace

std::string SlackSignature(std::string_view secret, std::string_view timestamp,
                           std::string_view body) {
  return absl::StrCat(
      "v0=",
      HexEncode(HmacSha256(secret, absl::StrCat("v0:", ToAbsl(timestamp), ":", ToAbsl(body)))));
}

SlackVerdict SlackVerifier::Check(const HttpRequest& request, absl::Time now) const {
  const std::string timestamp = FindHeader(request.headers, kTimestamp).value_or("");
  const std::string signature = FindHeader(request.headers, kSignature).value_or("");
  if (!EqualInConstantTime(SlackSignature(secret_, timestamp, request.body), signature)) {
    return SlackVerdict::kBadSignature;
  }
  const int64_t seconds = SecondsOf(timestamp);
  if (seconds < 0 || absl::AbsDuration(now - absl::FromUnixSeconds(seconds)) > kSlackSkewMax) {
    return SlackVerdict::kBadTime;
  }
  return taken_.contains(signature) ? SlackVerdict::kReplayed : SlackVerdict::kGood;
}

void SlackVerifier::Remember(const HttpRequest& request, absl::Time now) {
  std::erase_if(taken_, [&](const auto& entry) { return entry.second + kMemory < now; });
  taken_[FindHeader(request.headers, kSignature).value_or("")] = now;
}

}  // namespace tocsin::chat
