#include "clients/chat/mail/mail_config.h"

#include "tests/support/config_files.h"

namespace tocsin::chat {
namespace {

constexpr char kGood[] = R"(host: mail.example
user: tocsin
password_file: SECRET
from: tocsin@ir.example
rooms:
  - room: duty@ir.example
)";

std::string With(const std::string& from, const std::string& to) {
  return absl::StrReplaceAll(kGood, {{from, to}});
}

}  // namespace

TEST_CASE("Mail configuration: what it says is what is used, over TLS", "[chat][mail]") {
  const ConfigFiles files("pass");
  const auto config = files.Read(ReadMailConfig, kGood);
  REQUIRE(config.ok());
  CHECK(config->name == "mail");
  CHECK(config->host == "mail.example");
  CHECK(config->port == 587);
  CHECK_FALSE(config->implicit_tls);
  CHECK(config->password == "pass");

  const auto implicit = files.Read(ReadMailConfig, With("user:", "tls: implicit\nuser:"));
  REQUIRE(implicit.ok());
  CHECK(implicit->implicit_tls);
  CHECK(implicit->port == 465);
}

TEST_CASE("Mail configuration: what is wrong is named", "[chat][mail]") {
  const ConfigFiles files;
  files.Refused(ReadMailConfig, With("from: tocsin@ir.example", "from: tocsin"), "NAME@DOMAIN");
  files.Refused(ReadMailConfig, With("room: duty@ir.example", "room: \"a@b.example,c@d.example\""),
                "NAME@DOMAIN");
  files.Refused(ReadMailConfig, With("host: mail.example", "host: \"a b\""), "host");
  files.Refused(ReadMailConfig, With("host: mail.example", "host: evil.example/x?"), "host");
  files.Refused(ReadMailConfig, With("user:", "tls: none\nuser:"), "tls");
  files.Refused(ReadMailConfig, With("SECRET", "OPEN"), "open");
}

}  // namespace tocsin::chat
