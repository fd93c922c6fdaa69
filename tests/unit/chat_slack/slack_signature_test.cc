#include "clients/chat/slack/slack_signature.h"

#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"

namespace tocsin::chat {
namespace {

// The example of Slack's documentation.
constexpr char kSecret[] = "8f742231b10e8888abcd99yyyzzz85a5";
constexpr char kTimestamp[] = "1531420618";
constexpr char kBody[] =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
    "channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
    "response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F"
    "96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
constexpr char kSignature[] = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
const absl::Time kNow = absl::FromUnixSeconds(1'531'420'618);

HttpRequest Signed(const std::string& timestamp, const std::string& body = kBody) {
  return {"POST",
          "/",
          {{"X-Slack-Request-Timestamp", timestamp},
           {"X-Slack-Signature", SlackSignature(kSecret, timestamp, body)}},
          body};
}

}  // namespace

TEST_CASE("SlackSignature: the published example", "[chat][slack]") {
  CHECK(SlackSignature(kSecret, kTimestamp, kBody) == kSignature);
}

TEST_CASE("SlackVerifier: good within five minutes either way, and no longer", "[chat][slack]") {
  const SlackVerifier verifier(kSecret);
  const HttpRequest request = Signed(kTimestamp);
  CHECK(verifier.Check(request, kNow) == SlackVerdict::kGood);
  CHECK(verifier.Check(request, kNow + absl::Minutes(5)) == SlackVerdict::kGood);
  CHECK(verifier.Check(request, kNow - absl::Minutes(5)) == SlackVerdict::kGood);
  CHECK(verifier.Check(request, kNow + absl::Seconds(301)) == SlackVerdict::kBadTime);
  CHECK(verifier.Check(request, kNow - absl::Seconds(301)) == SlackVerdict::kBadTime);
}

TEST_CASE("SlackVerifier: a time that is not digits alone is refused, though it is signed",
          "[chat][slack]") {
  const SlackVerifier verifier(kSecret);
  for (const char* timestamp :
       {"", "abc", "-1531420618", "+1531420618", "1531420618 ", "0x5b47a3ca", "1531420618.0",
        "1.531420618e9", "99999999999999999999"}) {
    INFO(timestamp);
    CHECK(verifier.Check(Signed(timestamp), kNow) == SlackVerdict::kBadTime);
  }
}

TEST_CASE("SlackVerifier: another body, time, secret or no signature at all", "[chat][slack]") {
  const SlackVerifier verifier(kSecret);
  HttpRequest body = Signed(kTimestamp);
  body.body += "&x=1";
  CHECK(verifier.Check(body, kNow) == SlackVerdict::kBadSignature);
  HttpRequest time = Signed(kTimestamp);
  time.headers[0].value = "1531420619";
  CHECK(verifier.Check(time, kNow) == SlackVerdict::kBadSignature);
  HttpRequest none = Signed(kTimestamp);
  none.headers.pop_back();
  CHECK(verifier.Check(none, kNow) == SlackVerdict::kBadSignature);
  HttpRequest upper = Signed(kTimestamp);
  upper.headers[1].value[0] = 'V';
  CHECK(verifier.Check(upper, kNow) == SlackVerdict::kBadSignature);
  CHECK(SlackVerifier("other").Check(Signed(kTimestamp), kNow) == SlackVerdict::kBadSignature);
}

TEST_CASE("SlackVerifier: what was taken is refused as long as it would be good", "[chat][slack]") {
  SlackVerifier verifier(kSecret);
  const HttpRequest request = Signed(kTimestamp);
  verifier.Remember(request, kNow);
  CHECK(verifier.Check(request, kNow) == SlackVerdict::kReplayed);
  // Others that come do not push it out of the memory while it is good.
  for (int i = 0; i < 2'000; ++i) {
    verifier.Remember(Signed(kTimestamp, absl::StrCat("n=", i)), kNow + absl::Minutes(5));
  }
  CHECK(verifier.Check(request, kNow + absl::Minutes(5)) == SlackVerdict::kReplayed);
  CHECK(verifier.Check(Signed(kTimestamp, "n=new"), kNow) == SlackVerdict::kGood);
}

}  // namespace tocsin::chat
