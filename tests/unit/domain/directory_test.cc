#include "server/domain/directory.h"

#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin::domain {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1781078400);

PrincipalId Person(uint8_t number) {
  PrincipalId id;
  id.bytes[0] = number;
  return id;
}

CreatePrincipal ACreation(std::string handle) {
  return {Person(1),        std::move(handle),     "Ada Byron", {OrgRole::kCommander},
          Sha256("code 1"), kNow + absl::Hours(24)};
}

RedeemCode ARedemption(std::string_view code, uint8_t token) {
  TokenId id;
  id.bytes[0] = token;
  return {Sha256(code), id, Sha256("secret"), kNow + absl::Hours(12), "laptop"};
}

void Do(Directory& directory, const DirectoryCommand& command, absl::Time now = kNow) {
  const auto entries = Decide(directory, command, now);
  REQUIRE(entries.ok());
  for (const PendingEntry& entry : *entries) {
    Apply(directory, {directory.last_sequence + 1, PrincipalId{}, now}, entry.event);
  }
}

std::string Refusal(const Directory& directory, const DirectoryCommand& command,
                    absl::Time now = kNow) {
  return ReasonOf(Decide(directory, command, now).status());
}

}  // namespace

TEST_CASE("Directory: created, enrolled, revoked", "[domain][directory]") {
  Directory directory;
  Do(directory, ACreation("ada"));
  CHECK(directory.FindHandle("@ada")->display_name == "Ada Byron");
  CHECK(directory.FindHandle("ada")->roles == std::vector<OrgRole>{OrgRole::kCommander});
  CHECK(directory.FindHandle("bob") == nullptr);
  CHECK(directory.HandleOf(Person(1)) == "@ada");
  CHECK(directory.HandleOf(PrincipalId{}) == "@server");
  CHECK(directory.HandleOf(Person(9)) == Person(9).ToString());

  Do(directory, ARedemption("code 1", 5));
  const Token& token = directory.tokens.begin()->second;
  CHECK(token.principal == Person(1));
  CHECK(token.secret_hash == Sha256("secret"));
  CHECK(token.device == "laptop");
  CHECK_FALSE(token.revoked);
  Do(directory, RevokeToken{token.id});
  CHECK(directory.tokens.begin()->second.revoked);
  CHECK(Refusal(directory, RevokeToken{token.id}) == "TOKEN_REVOKED");
  CHECK(Refusal(directory, RevokeToken{TokenId{}}) == "UNKNOWN_TOKEN");
  CHECK(directory.last_sequence == 4);
}

TEST_CASE("CreatePrincipal: refusals", "[domain][directory]") {
  Directory directory;
  for (const std::string handle :
       {"", "a", "Ada", "ada byron", "@ada", "server", "ad\xc3\xa4", "a_b"}) {
    INFO(handle);
    CHECK(Refusal(directory, ACreation(handle)) == "BAD_HANDLE");
  }
  CHECK(Refusal(directory, ACreation(std::string(32, 'a'))).empty());
  CHECK(Refusal(directory, ACreation(std::string(33, 'a'))) == "BAD_HANDLE");
  CHECK(Refusal(directory, ACreation("ada.byron-2")).empty());
  CreatePrincipal nothing = ACreation("ada");
  nothing.roles.clear();
  CHECK(Refusal(directory, nothing) == "NO_ROLE");
  CreatePrincipal name = ACreation("ada");
  name.display_name = "two\nlines";
  CHECK(Refusal(directory, name) == "TEXT_CONTROL_CHARACTER");
  Do(directory, ACreation("ada"));
  CHECK(Refusal(directory, ACreation("ada")) == "HANDLE_TAKEN");
}

TEST_CASE("RedeemCode: wrong, used and expired look the same", "[domain][directory]") {
  Directory directory;
  Do(directory, ACreation("ada"));
  const absl::Time expiry = kNow + absl::Hours(24);
  const absl::Duration tick = absl::Microseconds(1);

  const absl::Status wrong = Decide(directory, ARedemption("code 2", 5), kNow).status();
  const absl::Status expired = Decide(directory, ARedemption("code 1", 5), expiry).status();
  CHECK(Refusal(directory, ARedemption("code 1", 5), expiry - tick).empty());
  Do(directory, ARedemption("code 1", 5));
  const absl::Status used = Decide(directory, ARedemption("code 1", 6), kNow).status();

  CHECK(ReasonOf(wrong) == "CODE_REFUSED");
  CHECK(wrong.code() == absl::StatusCode::kPermissionDenied);
  CHECK(wrong == expired);
  CHECK(wrong == used);
}

TEST_CASE("RedeemCode: the device's name is checked", "[domain][directory]") {
  Directory directory;
  Do(directory, ACreation("ada"));
  RedeemCode command = ARedemption("code 1", 5);
  command.device = "\xff";
  CHECK(Refusal(directory, command) == "TEXT_NOT_UTF8");
  command.device = "";
  CHECK(Refusal(directory, command).empty());
}

TEST_CASE("IssueCode: for someone known", "[domain][directory]") {
  Directory directory;
  Do(directory, ACreation("ada"));
  CHECK(Refusal(directory, IssueCode{"bob", Sha256("c"), kNow}) == "UNKNOWN_HANDLE");
  Do(directory, IssueCode{"@ada", Sha256("code 2"), kNow + absl::Hours(1)});
  CHECK(Refusal(directory, ARedemption("code 2", 7)).empty());
}

TEST_CASE("Directory: refusals stay short, whatever was sent", "[domain][directory]") {
  const Directory directory;
  const std::string hostile(1 << 20, '\x1b');
  const absl::Status handle = Decide(directory, ACreation(hostile), kNow).status();
  const absl::Status issue =
      Decide(directory, IssueCode{hostile, Sha256("c"), kNow}, kNow).status();
  CHECK(ReasonOf(handle) == "BAD_HANDLE");
  CHECK(handle.message().size() < 200);
  CHECK(ReasonOf(issue) == "UNKNOWN_HANDLE");
  CHECK(issue.message().size() < 200);
}

TEST_CASE("RedeemCode: a chat code makes a chat token, and neither kind passes for the other",
          "[domain][directory]") {
  Directory directory;
  Do(directory, ACreation("ada"));
  Do(directory, IssueCode{"ada", Sha256("chat code"), kNow + absl::Minutes(10), TokenScope::kChat});
  RedeemCode chat = ARedemption("chat code", 5);
  CHECK(Refusal(directory, chat) == "CODE_REFUSED");
  RedeemCode ordinary = ARedemption("code 1", 6);
  ordinary.scope = TokenScope::kChat;
  CHECK(Refusal(directory, ordinary) == "CODE_REFUSED");
  chat.scope = TokenScope::kChat;
  chat.device = "";
  CHECK(Refusal(directory, chat) == "TEXT_EMPTY");
  chat.device = "xmpp:ada@chat.example";
  Do(directory, chat);
  CHECK(directory.tokens.begin()->second.scope == TokenScope::kChat);
  CHECK(Refusal(directory, chat) == "CODE_REFUSED");
}

}  // namespace tocsin::domain
