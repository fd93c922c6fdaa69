#include "clients/chat/mail/mail_message.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/text.h"
#include "tests/support/catch.h"

namespace tocsin::chat {
namespace {

MailConfig AConfig() {
  MailConfig config;
  config.from = "tocsin@ir.example";
  return config;
}

Outbound APost(const std::string& text) {
  return {.key = "7d1f2f0e-6f3c-5b0a-9d5e-2f1d0c9b8a77",
          .room = "duty@ir.example",
          .direct = false,
          .answers = "",
          .blocks = {Text(text)},
          .again = false,
          .created_time = absl::FromUnixSeconds(1'790'000'000)};
}

std::string HeadOf(const std::string& mail) {
  return mail.substr(0, mail.find("\r\n\r\n"));
}

std::string BodyOf(const std::string& mail) {
  std::string joined;
  for (const absl::string_view line :
       absl::StrSplit(mail.substr(mail.find("\r\n\r\n") + 4), "\r\n")) {
    CHECK(line.size() <= 76);
    joined.append(line.data(), line.size());
  }
  return Base64Decode(joined).value();
}

std::string SubjectOf(const std::string& mail) {
  const std::string head = HeadOf(mail);
  std::string subject;
  size_t at = head.find("=?UTF-8?B?");
  while (at != std::string::npos) {
    const size_t begin = at + 10;
    const size_t end = head.find("?=", begin);
    const std::string word = Base64Decode(head.substr(begin, end - begin)).value();
    CHECK(IsValidUtf8(word));  // RFC 2047: a word holds whole characters
    CHECK(end + 2 - at <= 75);
    subject += word;
    at = head.find("=?UTF-8?B?", end);
  }
  return subject;
}

}  // namespace

TEST_CASE("ComposeMail: one message with its headers, the same every time", "[chat][mail]") {
  const auto mail = ComposeMail(AConfig(), APost("INC-2026-0042 sev1\nNext: contain"));
  REQUIRE(mail.ok());
  CHECK(HeadOf(*mail) ==
        "From: Tocsin <tocsin@ir.example>\r\n"
        "To: <duty@ir.example>\r\n"
        "Date: Mon, 21 Sep 2026 14:13:20 +0000\r\n"
        "Message-ID: <7d1f2f0e-6f3c-5b0a-9d5e-2f1d0c9b8a77@ir.example>\r\n"
        "Subject: =?UTF-8?B?SU5DLTIwMjYtMDA0MiBzZXYx?=\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: base64");
  CHECK(BodyOf(*mail) == "INC-2026-0042 sev1\r\nNext: contain");
  CHECK(*ComposeMail(AConfig(), APost("INC-2026-0042 sev1\nNext: contain")) == *mail);
}

TEST_CASE("ComposeMail: nothing that a person wrote becomes a header, a body or a command",
          "[chat][mail]") {
  const std::string plain_head = HeadOf(*ComposeMail(AConfig(), APost("x")));
  const size_t lines = std::vector<std::string>(absl::StrSplit(plain_head, "\r\n")).size();
  for (const std::string& text :
       {std::string("x\r\nBcc: eve@evil.example"), std::string("x\nBcc: eve@evil.example"),
        std::string("x\r\n\r\nbody"), std::string("x\r\n.\r\nMAIL FROM:<eve@evil.example>"),
        std::string("x?=\r\nBcc: eve"), std::string("x\0\r\nBcc: eve", 12),
        std::string("\u2028Bcc: eve"), std::string("\x85 Bcc: eve")}) {
    const auto mail = ComposeMail(AConfig(), APost(text));
    REQUIRE(mail.ok());
    const std::string head = HeadOf(*mail);
    INFO(head);
    CHECK(std::vector<std::string>(absl::StrSplit(head, "\r\n")).size() == lines);
    CHECK_FALSE(absl::StrContains(head, "Bcc:"));
    CHECK_FALSE(absl::StrContains(*mail, "\r\n."));
    for (const char c : *mail) {
      CHECK((c == '\r' || c == '\n' || (c >= ' ' && c < '\x7F')));
    }
  }
}

TEST_CASE("ComposeMail: a long subject is cut and folded between characters", "[chat][mail]") {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "ü€😀";
  const auto mail = ComposeMail(AConfig(), APost(text));
  REQUIRE(mail.ok());
  const std::string subject = SubjectOf(*mail);
  CHECK(subject.size() <= 120);
  CHECK_THAT(subject, ContainsSubstring("ü€😀"));
  CHECK_THAT(subject, ContainsSubstring("…"));
  CHECK(BodyOf(*mail) == text);
}

TEST_CASE("ComposeMail: 64 KiB, characters that reorder, and bytes that are no text",
          "[chat][mail]") {
  CHECK(BodyOf(*ComposeMail(AConfig(), APost(std::string(64 * 1024, 'x')))).size() == 64 * 1024);
  for (const char* text : {"a\u202Eb", "a\u200Bb", "\xFF", "a\x1B[2J"}) {
    const std::string body = BodyOf(*ComposeMail(AConfig(), APost(text)));
    CHECK(IsValidUtf8(body));
    CHECK(body != text);
  }
  CHECK(SubjectOf(*ComposeMail(AConfig(), APost(""))).empty());
}

TEST_CASE("ComposeMail: an address or key that could hold a header is refused", "[chat][mail]") {
  for (const char* room : {"", "duty", "a@b\r\nBcc: c@d", "a b@c", "a@b,c@d", "<a@b>", "a@b>",
                           "\"a\"@b", "a@b c", "-a@b", "a@-b", "a@b@c"}) {
    Outbound post = APost("x");
    post.room = room;
    INFO(room);
    CHECK(ReasonOf(ComposeMail(AConfig(), post).status()) == "ADDRESS_INVALID");
  }
  for (const char* key : {"", "a b", "a>\r\nX: y", "a@b"}) {
    Outbound post = APost("x");
    post.key = key;
    CHECK(ReasonOf(ComposeMail(AConfig(), post).status()) == "KEY_INVALID");
  }
}

}  // namespace tocsin::chat
