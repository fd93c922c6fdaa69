#include "clients/chat/net/http.h"

#include <string>

#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin::chat {
namespace {

HttpResponse WithRetryAfter(const std::string& value) {
  return {kHttpTooManyRequests, {{"retry-after", value}}, ""};
}

}  // namespace

TEST_CASE("ParseUrl: host, port and path of https and wss", "[chat][net]") {
  const auto plain = ParseUrl("https://chat.example");
  REQUIRE(plain.ok());
  CHECK(plain->host == "chat.example");
  CHECK(plain->port == 443);
  CHECK(plain->target == "/");
  CHECK(plain->Authority() == "chat.example");

  const auto full = ParseUrl("wss://chat.example:8443/api?x=%20y");
  REQUIRE(full.ok());
  CHECK(full->port == 8443);
  CHECK(full->target == "/api?x=%20y");
  CHECK(full->Authority() == "chat.example:8443");

  const auto v6 = ParseUrl("https://[::1]:9/a");
  REQUIRE(v6.ok());
  CHECK(v6->host == "::1");
  CHECK(v6->Authority() == "[::1]:9");

  CHECK(ParseUrl("https://a?b")->target == "/?b");
}

TEST_CASE("ParseUrl: what is not safe to open is refused", "[chat][net]") {
  for (const char* text :
       {"", "http://chat.example", "ws://chat.example", "chat.example", "https://", "https:///x",
        "https://user:pw@chat.example", "https://a:0", "https://a:65536", "https://a:x",
        "https://a b", "https://a/ b", "https://a/\r\nX: y", "https://a/#f", "https://[::1",
        "https://[::1]x", "https://a:1:2", "HTTPS://a"}) {
    INFO(text);
    const auto url = ParseUrl(text);
    REQUIRE_FALSE(url.ok());
    CHECK(ReasonOf(url.status()) == "URL_INVALID");
  }
}

TEST_CASE("ParseForm: fields are decoded once", "[chat][net]") {
  const auto form = ParseForm("text=log+a%26b%3Dc%2541&user_id=U1&empty=&user_id=U2");
  REQUIRE(form.has_value());
  CHECK(FormField(*form, "text") == "log a&b=c%41");
  CHECK(FormField(*form, "user_id") == "U1");
  CHECK(FormField(*form, "empty").empty());
  CHECK(FormField(*form, "absent").empty());
  CHECK(ParseForm("")->empty());
  CHECK_FALSE(ParseForm("a=%").has_value());
  CHECK_FALSE(ParseForm("a=%4").has_value());
  CHECK_FALSE(ParseForm("a=%zz").has_value());
}

TEST_CASE("PercentEncode: nothing of a path or query survives", "[chat][net]") {
  CHECK(PercentEncode("!room:ex/a?b&c=d e\n") == "%21room%3Aex%2Fa%3Fb%26c%3Dd%20e%0A");
  CHECK(PercentEncode("aZ0-._~") == "aZ0-._~");
}

TEST_CASE("RetryAfter: seconds, dates, and never longer than an hour", "[chat][net]") {
  const absl::Time now = absl::FromUnixSeconds(784'111'777);  // Sun, 06 Nov 1994 08:49:37 GMT
  const absl::Duration other = absl::Seconds(7);
  CHECK(RetryAfter(WithRetryAfter("30"), now, other) == absl::Seconds(30));
  CHECK(RetryAfter(WithRetryAfter("0"), now, other) == absl::ZeroDuration());
  CHECK(RetryAfter(WithRetryAfter("999999999999"), now, other) == absl::Hours(1));
  CHECK(RetryAfter(WithRetryAfter("Sun, 06 Nov 1994 08:50:07 GMT"), now, other) ==
        absl::Seconds(30));
  CHECK(RetryAfter(WithRetryAfter("Sun, 06 Nov 1994 08:00:00 GMT"), now, other) ==
        absl::ZeroDuration());
  for (const char* bad : {"", "-1", "soon", "nan", "1; DROP"}) {
    INFO(bad);
    CHECK(RetryAfter(WithRetryAfter(bad), now, other) == other);
  }
  CHECK(RetryAfter({}, now, other) == other);
}

TEST_CASE("FindHeader: whatever its case", "[chat][net]") {
  CHECK(FindHeader({{"X-Slack-Signature", "v0"}}, "x-slack-signature") == "v0");
  CHECK_FALSE(FindHeader({{"A", "b"}}, "c").has_value());
}

TEST_CASE("IsHeaderValue: no line of its own can be put into a header", "[chat][net]") {
  CHECK(IsHeaderValue("Bearer abc"));
  CHECK_FALSE(IsHeaderValue("a\r\nX: y"));
  CHECK_FALSE(IsHeaderValue(std::string("a\0b", 3)));
  CHECK_FALSE(IsHeaderName("a b"));
  CHECK_FALSE(IsHeaderName(""));
}

}  // namespace tocsin::chat
