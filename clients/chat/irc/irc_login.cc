#include "clients/chat/irc/irc_login.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "clients/chat/conversation/render.h"
#include "server/base/error.h"
#include "server/base/view.h"

namespace tocsin::chat::irc {
namespace {

// What the bot can use: who writes, when, and under which name; and what became of its own lines.
constexpr const char* kWanted[] = {"account-tag",      "batch",        "echo-message",
                                   "labeled-response", "message-tags", "server-time"};
constexpr int kNickTriesMax = 8;
constexpr size_t kUserBytesMax = 9;
constexpr size_t kSaslChunkBytes = 400;
constexpr size_t kSaidBytesMax = 200;

absl::Status Refused(const std::string& what) {
  return Error(absl::StatusCode::kUnauthenticated, "LOGIN_REFUSED", what,
               "Check the account and the passwords in the configuration.");
}

// The servers that keep the accounts may only be away.
absl::Status NoSasl() {
  return Error(absl::StatusCode::kUnavailable, "NO_SASL",
               "the server offers no SASL PLAIN, so the bot cannot use its account",
               "Wait until its accounts are back, or take the account out of the configuration.");
}

// Words of the server, for a message to people.
std::string Said(const Message& message) {
  return CutTo(RenderPlain({Heading(message.Last())}), kSaidBytesMax);
}

}  // namespace

void Login::Begin() {
  nick_ = config_.nick;
  nick_tries_ = 0;
  offered_.clear();
  granted_.clear();
  plain_ = signed_in_ = done_ = false;
  send_("CAP", {"LS", "302"});
  if (!config_.server_password.empty()) send_("PASS", {config_.server_password});
  send_("NICK", {nick_});
  send_("USER", {config_.nick.substr(0, kUserBytesMax), "0", "*", "Tocsin incident bot"});
}

absl::Status Login::OnMessage(const Message& message) {
  const std::string& what = message.command;
  if (what == "CAP") return OnCapability(message);
  if (what == "AUTHENTICATE" && message.Param(0) == "+" && !done_ && granted_.contains("sasl")) {
    SendPassword();
    return absl::OkStatus();
  }
  if (what == "903") {
    signed_in_ = true;
    return GoOn();
  }
  if (what == "902" || what == "904" || what == "905" || what == "906" || what == "908") {
    return Refused(absl::StrCat("the server refuses the bot's account (", Said(message), ")"));
  }
  if (what == "001") {
    if (!config_.account.empty() && !signed_in_) {
      return NoSasl();
    }
    nick_ = message.Param(0);
    done_ = true;
    return absl::OkStatus();
  }
  if (done_) return absl::OkStatus();
  if (what == "432" || what == "433" || what == "436" || what == "437") return OnNickRefused();
  if (what == "464") return Refused("the server refuses the bot's password for it");
  if (what == "465") {
    return Refused(absl::StrCat("the bot is banned from the server (", Said(message), ")"));
  }
  return absl::OkStatus();
}

absl::Status Login::OnCapability(const Message& message) {
  const std::string& what = message.Param(1);
  const bool more = message.Param(2) == "*";
  for (const absl::string_view word : absl::StrSplit(message.Last(), ' ', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(word, absl::MaxSplits('=', 1));
    const std::string name(parts.first);
    if (what == "LS") {
      offered_.insert(name);
      const bool any = parts.second.empty();
      if (name == "sasl") plain_ = any || absl::StrContains(parts.second, "PLAIN");
    } else if (what == "ACK" && !absl::StartsWith(name, "-")) {
      granted_.insert(name);
    } else if (what == "ACK" || what == "DEL") {
      granted_.erase(name.substr(absl::StartsWith(name, "-") ? 1 : 0));
    }
  }
  if (done_ || more) return absl::OkStatus();
  if (what == "LS") return Request();
  if (what != "ACK" && what != "NAK") return absl::OkStatus();
  if (!granted_.contains("sasl") || config_.account.empty()) return GoOn();
  send_("AUTHENTICATE", {"PLAIN"});
  return absl::OkStatus();
}

absl::Status Login::Request() {
  std::vector<std::string> wanted;
  for (const char* name : kWanted) {
    if (offered_.contains(name)) wanted.emplace_back(name);
  }
  if (!config_.account.empty() && plain_) wanted.emplace_back("sasl");
  if (wanted.empty()) return GoOn();
  send_("CAP", {"REQ", absl::StrJoin(wanted, " ")});
  return absl::OkStatus();
}

absl::Status Login::GoOn() {
  if (!config_.account.empty() && !signed_in_) {
    return NoSasl();
  }
  send_("CAP", {"END"});
  return absl::OkStatus();
}

void Login::SendPassword() {
  std::string proof;
  const std::string plain =
      absl::StrCat(config_.account, absl::string_view("\0", 1), config_.account,
                   absl::string_view("\0", 1), config_.password);
  absl::Base64Escape(plain, &proof);
  size_t sent = 0;
  for (; sent < proof.size(); sent += kSaslChunkBytes) {
    send_("AUTHENTICATE", {proof.substr(sent, kSaslChunkBytes)});
  }
  // A last part of full size says that more comes.
  if (proof.size() % kSaslChunkBytes == 0) send_("AUTHENTICATE", {"+"});
}

absl::Status Login::OnNickRefused() {
  if (++nick_tries_ > kNickTriesMax) {
    return Error(absl::StatusCode::kUnavailable, "NO_NICK",
                 absl::StrCat("the nick '", config_.nick, "' and those like it are taken"),
                 "Give the bot another nick.");
  }
  // With underscores; servers with short nicks see it end in a digit.
  constexpr int kUnderscores = 3;
  constexpr size_t kShortNick = 8;
  nick_ = nick_tries_ <= kUnderscores
              ? absl::StrCat(config_.nick, std::string(static_cast<size_t>(nick_tries_), '_'))
              : absl::StrCat(config_.nick.substr(0, kShortNick), nick_tries_);
  send_("NICK", {nick_});
  return absl::OkStatus();
}

}  // namespace tocsin::chat::irc
