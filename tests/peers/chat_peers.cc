#include "tests/peers/chat_peers.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

constexpr absl::Duration kLimit = absl::Seconds(15);
constexpr char kPython[] = "/usr/bin/python3";
constexpr char kProsody[] = "/usr/bin/prosody";

// A port that was free a moment ago: prosody cannot be told to choose one.
uint16_t FreePort() {
  const int file = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(file, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::getsockname(file, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(file);
  return ntohs(address.sin_port);
}

bool Answers(uint16_t port) {
  const int file = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const bool answers = ::connect(file, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(file);
  return answers;
}

// `log` is shown when it takes too long.
void WaitUntilTrue(
    const std::function<bool()>& condition, const std::string& what,
    const std::function<std::string()>& log = [] { return std::string(); }) {
  const absl::Time until = absl::Now() + kLimit;
  while (!condition()) {
    if (absl::Now() > until) FAIL("waited too long for " << what << "\n" << log());
    WaitUntil(absl::Now() + absl::Milliseconds(20));
  }
}

std::map<std::string, std::string> PlainEnvironment(const std::string& home) {
  return {{"PATH", "/usr/bin:/bin"}, {"HOME", home}, {"LANG", "C.UTF-8"}};
}

// In the words of the bot; answers have none of them.
bool IsAlert(const std::string& said) {
  for (const char* words : {"; then: ack ", "A role was ", "A step "}) {
    if (absl::StrContains(said, words)) return true;
  }
  return false;
}

}  // namespace

bool HaveXmppPeers() {
  static const bool have = [] {
    std::error_code ignored;
    const bool server = std::filesystem::exists(kProsody, ignored);
    const bool client = server && Run({.arguments = {kPython, "-c", "import slixmpp"},
                                       .environment = PlainEnvironment("/")})
                                          .code == 0;
    if (!client) {
      std::fprintf(stderr, "SKIPPED: needs the packages prosody and python3-slixmpp\n");
    }
    return client;
  }();
  return have;
}

Prosody::Prosody(Options options) : port_(FreePort()) {
  const Exit made =
      Run({.arguments = {"/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                         "-days", "2", "-keyout", dir_.File("key.pem"), "-out", certificate(),
                         "-subj", "/CN=chat.test", "-addext", "subjectAltName=DNS:chat.test"},
           .environment = PlainEnvironment(dir_.path())});
  REQUIRE(made.code == 0);
  const Exit shown = Run({.arguments = {"/usr/bin/openssl", "x509", "-in", certificate(), "-noout",
                                        "-fingerprint", "-sha256"},
                          .environment = PlainEnvironment(dir_.path())});
  fingerprint_ = std::string(
      absl::StripAsciiWhitespace(std::vector<std::string>(absl::StrSplit(shown.out, '=')).back()));
  const std::string accounts = dir_.File("data/chat%2etest/accounts");
  std::filesystem::create_directories(accounts);
  for (const std::string name : {"tocsin", "ada", "bob", "eve"}) {
    WriteFile(absl::StrCat(accounts, "/", name, ".dat"),
              absl::StrCat("return { [\"password\"] = \"", name, "-secret\" };\n"));
  }
  WriteFile(dir_.File("prosody.cfg.lua"),
            absl::StrReplaceAll(
                R"(
run_as_root = true
pidfile = "DIR/pid"
data_path = "DIR/data"
interfaces = { "127.0.0.1" }
c2s_ports = { PORT }
s2s_ports = {}
modules_enabled = { "roster"; "saslauth"; "tls"; "disco"; "mam"; "ping"; "admin_shell"; }
modules_disabled = { "s2s"; }
admin_socket = "DIR/admin"
c2s_require_encryption = true
default_archive_policy = true
authentication = "internal_plain"
storage = "internal"
limits = { c2s = { rate = "10mb/s" } }
ssl = { key = "DIR/key.pem"; certificate = "DIR/cert.pem"; }
log = { info = "DIR/log" }
VirtualHost "chat.test"
Component "rooms.chat.test" "muc"
  modules_enabled = { "muc_mam" }
  muc_log_by_default = true
  muc_room_default_public_jids = SHOWN
  muc_room_default_persistent = true
  muc_room_locking = false
)",
                {{"DIR", dir_.path()},
                 {"PORT", absl::StrCat(port_)},
                 {"SHOWN", options.hide_accounts ? "false" : "true"}}));
}

void Prosody::Start() {
  process_ = std::make_unique<Process>(
      Command{.arguments = {kProsody, "-F", "--config", dir_.File("prosody.cfg.lua")},
              .environment = PlainEnvironment(dir_.path())},
      dir_.File("err"), dir_.File("out"));
  WaitUntilTrue([&] { return Answers(port_); }, "prosody");
}

void Prosody::Stop() {
  process_->Signal(SIGTERM);
  REQUIRE(process_->Wait(kLimit));
}

void Prosody::Kill() {
  process_->Signal(SIGKILL);
  REQUIRE(process_->Wait(kLimit));
}

XmppPerson::XmppPerson(const Prosody& server, const std::string& name, const std::string& room,
                       const std::string& nick)
    : nick_(nick) {
  REQUIRE(::mkfifo(dir_.File("orders").c_str(), 0600) == 0);
  process_ = std::make_unique<Process>(
      Command{.arguments = {kPython, TOCSIN_SOURCE_DIR "/tests/peers/xmpp_person.py",
                            name + "@chat.test", name + "-secret", "127.0.0.1",
                            absl::StrCat(server.port()), server.certificate(), room, nick,
                            dir_.File("orders")},
              .environment = PlainEnvironment(dir_.path())},
      dir_.File("err"));
  WaitUntilTrue(
      [&] {
        Read(absl::Milliseconds(100));
        return !seen_.empty() && seen_[0]["saw"] == "ready";
      },
      name + " to enter: " + ReadFile(dir_.File("err")));
}

void XmppPerson::Order(const nlohmann::json& order) {
  const int file = ::open(dir_.File("orders").c_str(), O_WRONLY | O_CLOEXEC);
  REQUIRE(file >= 0);
  const std::string line = order.dump() + "\n";
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(file, rest.data(), rest.size());
    REQUIRE(written > 0);
    rest.remove_prefix(static_cast<size_t>(written));
  }
  ::close(file);
}

void XmppPerson::Say(const std::string& text) {
  Order({{"do", "say"}, {"text", text}});
}
void XmppPerson::Tell(const std::string& jid, const std::string& text) {
  Order({{"do", "tell"}, {"to", jid}, {"text", text}});
}
void XmppPerson::React(const std::string& stanza_id, const std::string& with) {
  Order({{"do", "react"}, {"id", stanza_id}, {"with", with}});
}
void XmppPerson::Raw(const std::string& xml) {
  Order({{"do", "raw"}, {"xml", xml}});
}

// False when nothing more came within the limit.
bool XmppPerson::Read(absl::Duration limit) {
  process_->WaitForOutput(
      [&](const std::string& text) { return text.find('\n', read_) != std::string::npos; }, limit);
  const std::string& text = process_->output();
  const size_t before = seen_.size();
  for (size_t end = text.find('\n', read_); end != std::string::npos;
       end = text.find('\n', read_)) {
    seen_.push_back(nlohmann::json::parse(text.substr(read_, end - read_)));
    read_ = end + 1;
  }
  return seen_.size() > before;
}

std::string XmppPerson::WaitFor(const std::string& nick, const std::string& text, size_t from) {
  return seen_[Find(nick, text, from)]["text"];
}

size_t XmppPerson::Find(const std::string& nick, const std::string& text, size_t from) {
  const absl::Time until = absl::Now() + kLimit;
  for (size_t next = from;;) {
    for (; next < seen_.size(); ++next) {
      const nlohmann::json& seen = seen_[next];
      const std::string who = seen.value("nick", seen.value("from", ""));
      if (who == nick && absl::StrContains(seen.value("text", ""), text)) return next;
    }
    if (absl::Now() > until) {
      std::string all;
      for (const nlohmann::json& seen : seen_) absl::StrAppend(&all, seen.dump(), "\n");
      FAIL("waited too long for '" << text << "' from " << nick << "; seen:\n" << all);
    }
    Read(absl::Milliseconds(200));
  }
}

std::string XmppPerson::Ask(const std::string& text) {
  const size_t from = seen_.size();
  Say(text);
  // The room puts everything into one order, and the bot answers in it; alerts come between.
  size_t at = Find(nick_, text, from);
  std::string said;
  do {
    at = Find("tocsin", "", at + 1);
    said = seen_[at]["text"];
  } while (IsAlert(said));
  return said;
}

std::vector<std::string> XmppPerson::Archive() {
  const size_t from = seen_.size();
  Order({{"do", "archive"}});
  std::vector<std::string> texts;
  const size_t end = Find("archive", "end", from);
  for (size_t i = from; i < end; ++i) {
    if (seen_[i]["saw"] == "archived") texts.push_back(seen_[i]["text"]);
  }
  return texts;
}

void XmppPerson::Drain(absl::Duration limit) {
  const absl::Time until = absl::Now() + limit;
  while (absl::Now() < until) Read(until - absl::Now());
}

ChatBot::ChatBot(const Server& server, const Person& admin, const Prosody& prosody,
                 const std::string& rooms_yaml) {
  const std::string password = dir_.File("password");
  WriteFile(password, "tocsin-secret\n");
  REQUIRE(::chmod(password.c_str(), 0600) == 0);
  WriteFile(
      dir_.File("chat.yaml"),
      absl::StrCat("server: ", server.endpoint(), "\nstate: ", dir_.File("state"),
                   "\nzone: Europe/Brussels\nxmpp:\n  - jid: ", kBotJid, "\n    password_file: ",
                   password, "\n    host: 127.0.0.1\n    port: ", prosody.port(),
                   "\n    fingerprint: ", prosody.fingerprint(),
                   "\n    members: [ada@chat.test, bob@chat.test]\n    rooms:\n", rooms_yaml));
  const std::string code = std::string(absl::StripAsciiWhitespace(
      admin.Do({"principal", "add", "chat", "--role", "responder", "-o", "id"})));
  const Exit enrolled = Run(
      {"enrol", "--config", File("chat.yaml"), "--fingerprint", server.fingerprint()}, code + "\n");
  INFO(enrolled.err);
  REQUIRE(enrolled.code == 0);
}

Command ChatBot::CommandOf(std::vector<std::string> arguments, const std::string& input) const {
  arguments.insert(arguments.begin(), TOCSIN_BINARY_DIR "/bin/tocsin-chat");
  return {.arguments = std::move(arguments),
          .environment = PlainEnvironment(dir_.path()),
          .input = input};
}

Exit ChatBot::Run(std::vector<std::string> arguments, const std::string& input) const {
  return e2e::Run(CommandOf(std::move(arguments), input));
}

void ChatBot::Start() {
  std::error_code ignored;
  const size_t from = std::filesystem::exists(File("log"), ignored) ? Log().size() : 0;
  process_ = std::make_unique<Process>(CommandOf({"run", "--config", File("chat.yaml")}),
                                       dir_.File("log"), dir_.File("out"));
  WaitUntilTrue([&] { return std::filesystem::exists(File("log"), ignored); }, "the bot's log");
  WaitForLog("ready=yes", from);
}

void ChatBot::Follow(const Server& server) {
  const std::string text = ReadFile(File("chat.yaml"));
  WriteFile(File("chat.yaml"),
            absl::StrCat("server: ", server.endpoint(), text.substr(text.find('\n'))));
}

void ChatBot::WaitForLog(const std::string& text, size_t from) const {
  WaitUntilTrue([&] { return Log().find(text, from) != std::string::npos; },
                "'" + text + "' in the log of the bot", [&] { return Log(); });
}

void ChatBot::Stop() {
  process_->Signal(SIGTERM);
  REQUIRE(process_->Wait(absl::Seconds(10)) == 0);
}

void ChatBot::Kill() {
  process_->Signal(SIGKILL);
  REQUIRE(process_->Wait(absl::Seconds(10)));
}

void LinkAccount(const Person& person, XmppPerson& account) {
  // On a very busy machine the bot may say that the server did not answer: a new code, then.
  constexpr int kTries = 3;
  std::string answer;
  for (int i = 0; i < kTries && !absl::StrContains(answer, "is linked to"); ++i) {
    const std::string code =
        std::string(absl::StripAsciiWhitespace(person.Do({"chat", "link", "-o", "id"})));
    const size_t from = account.seen_count();
    account.Tell(kBotJid, "link " + code);
    answer = account.WaitFor(kBotJid, "", from);
  }
  REQUIRE_THAT(answer, ContainsSubstring("is linked to @" + person.name()));
}

}  // namespace tocsin::e2e
