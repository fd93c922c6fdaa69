#include "clients/chat/mail/mail_adapter.h"

#include <string>

#include "absl/strings/match.h"
#include "tests/support/catch.h"
#include "tests/support/chat_fixture.h"
#include "tests/support/tls_mock.h"
#include "tests/unit/chat_mail/smtp_mock.h"

namespace tocsin::chat {
namespace {

Outbound APost() {
  return {.key = "7d1f2f0e-6f3c-5b0a-9d5e-2f1d0c9b8a77",
          .room = "duty@ir.example",
          .direct = false,
          .answers = "",
          .blocks = {Text("INC-2026-0042 sev1")},
          .again = false,
          .created_time = absl::FromUnixSeconds(1'790'000'000)};
}

struct Bench {
  explicit Bench(const SmtpMock& mock, bool implicit_tls = true) {
    MailConfig config;
    config.host = "127.0.0.1";
    config.port = mock.port();
    config.implicit_tls = implicit_tls;
    config.ca_file = mock.ca_file();
    config.user = "tocsin";
    config.password = "pass";
    config.from = "tocsin@ir.example";
    adapter = std::make_unique<MailAdapter>(config, AdapterContext{"mail", events, memory});
    REQUIRE(adapter->Start().ok());
  }
  PostResult Post() {
    const size_t before = events.posted().size();
    adapter->Post(APost());
    REQUIRE(Eventually([&] { return events.posted().size() > before; }));
    return events.posted()[before].second;
  }

  RecordedEvents events;
  FakeMemory memory;
  std::unique_ptr<MailAdapter> adapter;
};

bool Said(const SmtpMock& mock, const std::string& beginning) {
  for (const std::string& line : mock.commands()) {
    if (absl::StartsWith(line, beginning)) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("MailAdapter: a post arrives with its id, from and to whom it should", "[chat][mail]") {
  SmtpMock mock;
  Bench bench(mock);

  const PostResult result = bench.Post();

  CHECK(result.state == PostState::kPosted);
  CHECK(result.native_id == "<7d1f2f0e-6f3c-5b0a-9d5e-2f1d0c9b8a77@ir.example>");
  REQUIRE(mock.texts().size() == 1);
  CHECK_THAT(mock.texts()[0], ContainsSubstring("Message-ID: " + result.native_id));
  CHECK(Said(mock, "MAIL FROM:<tocsin@ir.example>"));
  CHECK(Said(mock, "RCPT TO:<duty@ir.example>"));
  CHECK(Said(mock, "AUTH PLAIN"));
}

TEST_CASE("MailAdapter: a lost answer is unknown, and the second copy has the same id",
          "[chat][mail]") {
  SmtpMock mock;
  Bench bench(mock);
  mock.Answer("TEXT", "");
  CHECK(bench.Post().state == PostState::kUnknown);
  mock.Answer("TEXT", "250 ok");
  CHECK(bench.Post().state == PostState::kPosted);

  REQUIRE(mock.texts().size() == 2);
  CHECK(mock.texts()[0] == mock.texts()[1]);
}

TEST_CASE("MailAdapter: 4xx is tried again, 5xx is not, and a refused login shows",
          "[chat][mail]") {
  SmtpMock mock;
  Bench bench(mock);
  mock.Answer("RCPT", "451 later");
  CHECK(bench.Post().state == PostState::kRetry);
  mock.Answer("RCPT", "550 no such person");
  const PostResult refused = bench.Post();
  CHECK(refused.state == PostState::kFailed);
  CHECK_THAT(refused.problem, ContainsSubstring("550"));
  mock.Answer("TEXT", "554 spam");
  mock.Answer("RCPT", "250 ok");
  CHECK(bench.Post().state == PostState::kFailed);
  mock.Answer("AUTH", "535 wrong");
  CHECK(bench.Post().state == PostState::kRetry);
  CHECK_THAT(bench.events.states().back(), ContainsSubstring("ready"));
}

TEST_CASE("MailAdapter: without TLS neither login nor text leave", "[chat][mail]") {
  SmtpMock mock(SmtpMock::Tls::kNone);
  Bench bench(mock, /*implicit_tls=*/false);

  CHECK(bench.Post().state == PostState::kRetry);

  CHECK_FALSE(Said(mock, "AUTH"));
  CHECK_FALSE(Said(mock, "MAIL"));
  CHECK(mock.texts().empty());
}

TEST_CASE("MailAdapter: a certificate that nobody vouches for gets nothing", "[chat][mail]") {
  SmtpMock mock;
  const SmtpMock other;
  RecordedEvents events;
  FakeMemory memory;
  MailConfig config;
  config.host = "127.0.0.1";
  config.port = mock.port();
  config.implicit_tls = true;
  config.ca_file = other.ca_file();
  config.from = "tocsin@ir.example";
  MailAdapter adapter(config, {"mail", events, memory});
  REQUIRE(adapter.Start().ok());
  adapter.Post(APost());

  REQUIRE(Eventually([&] { return events.posted().size() == 1; }));
  CHECK(events.posted()[0].second.state == PostState::kRetry);
  CHECK(mock.commands().empty());
}

}  // namespace tocsin::chat
