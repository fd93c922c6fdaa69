#include "tests/peers/xmpp_peers.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

constexpr char kPython[] = "/usr/bin/python3";
constexpr char kProsody[] = "/usr/bin/prosody";
constexpr char kEjabberd[] = "/usr/sbin/ejabberdctl";

bool IsEjabberd() {
  const char* wanted = ::getenv("TOCSIN_XMPP_PEER");
  return wanted != nullptr && std::string(wanted) == "ejabberd";
}

constexpr char kProsodyConfiguration[] = R"(
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
)";

constexpr char kEjabberdConfiguration[] = R"(
hosts: [chat.test]
loglevel: warning
certfiles: ["DIR/both.pem"]
acme: {auto: false}
auth_method: [internal]
listen:
  - port: PORT
    ip: "127.0.0.1"
    module: ejabberd_c2s
    starttls: true
    starttls_required: true
    max_stanza_size: 262144
    shaper: none
    access: all
modules:
  mod_disco: {}
  mod_ping: {}
  mod_roster: {}
  mod_mam: {default: always, assume_mam_usage: true}
  mod_muc:
    host: rooms.chat.test
    access: all
    access_create: all
    access_persistent: all
    access_mam: all
    default_room_options: {anonymous: HIDDEN, persistent: true, mam: true}
)";

constexpr char kEjabberdAccounts[] =
    "[ejabberd_auth:try_register(N, <<\"chat.test\">>, <<N/binary, \"-secret\">>) || N <- "
    "[<<\"tocsin\">>, <<\"ada\">>, <<\"bob\">>, <<\"eve\">>]], "
    "file:write_file(\"DIR/ready\", <<>>).";

// Where Debian has put ejabberd's code: its own script says so.
std::string ErlangLibraries() {
  const std::string script = ReadFile(kEjabberd);
  constexpr std::string_view kBefore = "ERL_LIBS='";
  const size_t at = script.find(kBefore);
  REQUIRE(at != std::string::npos);
  const size_t begin = at + kBefore.size();
  return script.substr(begin, script.find('\'', begin) - begin);
}

}  // namespace

bool HaveXmppPeers() {
  static const bool have = [] {
    std::error_code ignored;
    const bool server = std::filesystem::exists(IsEjabberd() ? kEjabberd : kProsody, ignored);
    const bool client = server && Run({.arguments = {kPython, "-c", "import slixmpp"},
                                       .environment = PlainEnvironment("/")})
                                          .code == 0;
    if (!client) {
      std::fprintf(stderr, "SKIPPED: needs the packages %s and python3-slixmpp\n",
                   IsEjabberd() ? "ejabberd" : "prosody");
    }
    return client;
  }();
  return have;
}

XmppServer::XmppServer(Options options) : port_(FreePort()) {
  fingerprint_ = MakeCertificate(dir_.path(), "chat.test");
  WriteSecret(dir_, "password", "tocsin-secret");
  command_ = IsEjabberd() ? EjabberdCommand(options) : ProsodyCommand(options);
}

std::vector<std::string> XmppServer::ProsodyCommand(const Options& options) const {
  const std::string accounts = dir_.File("data/chat%2etest/accounts");
  std::filesystem::create_directories(accounts);
  for (const std::string name : {"tocsin", "ada", "bob", "eve"}) {
    WriteFile(absl::StrCat(accounts, "/", name, ".dat"),
              absl::StrCat("return { [\"password\"] = \"", name, "-secret\" };\n"));
  }
  WriteFile(dir_.File("prosody.cfg.lua"),
            absl::StrReplaceAll(kProsodyConfiguration,
                                {{"DIR", dir_.path()},
                                 {"PORT", absl::StrCat(port_)},
                                 {"SHOWN", options.hide_accounts ? "false" : "true"}}));
  return {kProsody, "-F", "--config", dir_.File("prosody.cfg.lua")};
}

std::vector<std::string> XmppServer::EjabberdCommand(const Options& options) const {
  WriteFile(dir_.File("both.pem"),
            ReadFile(dir_.File("cert.pem")) + ReadFile(dir_.File("key.pem")));
  WriteFile(dir_.File("ejabberd.yml"),
            absl::StrReplaceAll(kEjabberdConfiguration,
                                {{"DIR", dir_.path()},
                                 {"PORT", absl::StrCat(port_)},
                                 {"HIDDEN", options.hide_accounts ? "true" : "false"}}));
  // No distribution, so no port mapper of Erlang's is started either.
  return {"/usr/bin/erl",
          "-noinput",
          "-start_epmd",
          "false",
          "-mnesia",
          "dir",
          absl::StrCat("\"", dir_.File("db"), "\""),
          "-s",
          "ejabberd",
          "-eval",
          absl::StrReplaceAll(kEjabberdAccounts, {{"DIR", dir_.path()}})};
}

void XmppServer::Start() {
  std::map<std::string, std::string> environment = PlainEnvironment(dir_.path());
  std::error_code ignored;
  const std::string ready = dir_.File("ready");
  std::filesystem::remove(ready, ignored);
  if (IsEjabberd()) {
    environment["ERL_LIBS"] = ErlangLibraries();
    environment["EJABBERD_CONFIG_PATH"] = dir_.File("ejabberd.yml");
    environment["EJABBERD_LOG_PATH"] = dir_.File("log");
  }
  process_ = std::make_unique<Process>(Command{.arguments = command_, .environment = environment},
                                       dir_.File("err"), dir_.File("out"));
  constexpr absl::Duration kLimit = absl::Minutes(1);
  WaitUntilTrue(
      [&] { return Answers(port_) && (!IsEjabberd() || std::filesystem::exists(ready, ignored)); },
      "the XMPP server", [&] { return ReadFile(dir_.File("err")) + ReadFile(dir_.File("out")); },
      kLimit);
}

void XmppServer::Kill() {
  process_->Signal(SIGKILL);
  REQUIRE(process_->Wait(kPeerLimit));
}

std::string XmppServer::Section(const std::string& rooms) const {
  return absl::StrCat("xmpp:\n  - jid: ", kBotJid, "\n    password_file: ", dir_.File("password"),
                      "\n    host: 127.0.0.1\n    port: ", port_,
                      "\n    fingerprint: ", fingerprint_,
                      "\n    members: [ada@chat.test, bob@chat.test]\n    rooms:\n", rooms);
}

XmppPerson::XmppPerson(const XmppServer& server, const std::string& name, const std::string& room,
                       const std::string& nick)
    : ChatPerson(nick,
                 {kPython, TOCSIN_SOURCE_DIR "/tests/peers/xmpp_person.py", name + "@chat.test",
                  name + "-secret", "127.0.0.1", absl::StrCat(server.port()), server.certificate(),
                  room, nick},
                 PlainEnvironment("/tmp")) {}

std::vector<std::string> XmppPerson::Archive() {
  const size_t from = seen_count();
  Order({{"do", "archive"}});
  std::vector<std::string> texts;
  const size_t end = Find("archive", "end", from);
  for (size_t i = from; i < end; ++i) {
    if (seen()[i]["saw"] == "archived") texts.push_back(seen()[i]["text"]);
  }
  return texts;
}

}  // namespace tocsin::e2e
