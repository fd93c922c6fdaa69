#include "tests/peers/irc_peers.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

constexpr char kNgircd[] = "/usr/sbin/ngircd";
constexpr char kInspircd[] = "/usr/sbin/inspircd";
constexpr char kFolder[] = TOCSIN_SOURCE_DIR "/tests/peers/";

std::string Node() {
  for (const char* path : {"/usr/bin/node", "/usr/local/bin/node"}) {
    if (::access(path, X_OK) == 0) return path;
  }
  return "";
}

constexpr char kNgircdConfiguration[] = R"([Global]
Name = irc.chat.test
Info = test
AdminInfo1 = test
Listen = 127.0.0.1
Ports = PLAIN
MotdPhrase = hello
[Limits]
MaxConnectionsIP = 0
MaxNickLength = 20
[Options]
DNS = no
Ident = no
PAM = no
[SSL]
CertFile = DIR/cert.pem
KeyFile = DIR/key.pem
Ports = PORT
)";

constexpr char kInspircdConfiguration[] = R"(
<server name="irc.chat.test" description="test" id="0IR" network="Test">
<admin name="a" nick="a" email="a@chat.test">
<bind address="127.0.0.1" port="PORT" type="clients" sslprofile="own">
<bind address="127.0.0.1" port="PLAIN" type="servers">
<path configdir="DIR" datadir="DIR" logdir="DIR" runtimedir="DIR">
<sslprofile name="own" provider="gnutls" certfile="DIR/cert.pem" keyfile="DIR/key.pem">
<connect allow="*" timeout="30" resolvehostnames="no" useident="no" localmax="100"
         globalmax="100" maxconnwarn="no">
<options defaultbind="ipv4">
<performance nouserdns="yes">
<log method="file" type="*" level="default" target="DIR/log" flush="1">
<module name="ssl_gnutls">
<module name="cap">
<module name="ircv3">
<module name="ircv3_accounttag">
<module name="ircv3_batch">
<module name="ircv3_ctctags">
<module name="ircv3_echomessage">
<module name="ircv3_labeledresponse">
<module name="ircv3_msgid">
<module name="ircv3_servertime">
<module name="services_account">
<module name="sasl">
<module name="spanningtree">
<sasl target="services.chat.test" requiressl="yes">
<uline server="services.chat.test" silent="yes">
<link name="services.chat.test" ipaddr="127.0.0.1" port="1" allowmask="127.0.0.1"
      sendpass="link" recvpass="link">
<class name="All" commands="*" privs="*" usermodes="*" chanmodes="*">
<type name="All" classes="All">
<oper name="root" password="root-secret" host="*@*" type="All">
)";

}  // namespace

bool HaveIrcPeers(IrcKind kind) {
  const char* server = kind == IrcKind::kNgircd ? kNgircd : kInspircd;
  std::error_code ignored;
  const bool have =
      std::filesystem::exists(server, ignored) && !Node().empty() &&
      std::filesystem::exists(std::string(kFolder) + "chat/node_modules/irc-framework", ignored);
  if (!have) {
    std::fprintf(stderr,
                 "SKIPPED: needs the package %s, node 20 and npm ci --ignore-scripts in "
                 "tests/peers/chat\n",
                 kind == IrcKind::kNgircd ? "ngircd" : "inspircd");
  }
  return have;
}

IrcServer::IrcServer(IrcKind kind) : kind_(kind), port_(FreePort()), plain_port_(FreePort()) {
  MakeCertificate(dir_.path(), "irc.chat.test");
  WriteSecret(dir_, "password", absl::StrCat(kBotNick, "-secret"));
  const bool ngircd = kind == IrcKind::kNgircd;
  WriteFile(dir_.File("conf"),
            absl::StrReplaceAll(ngircd ? kNgircdConfiguration : kInspircdConfiguration,
                                {{"DIR", dir_.path()},
                                 {"PORT", absl::StrCat(port_)},
                                 {"PLAIN", absl::StrCat(plain_port_)}}));
  if (ngircd) {
    command_ = {kNgircd, "-n", "-f", dir_.File("conf")};
  } else {
    command_ = {kInspircd, "--nofork", "--nopid", "--config", dir_.File("conf")};
    if (::geteuid() == 0) command_.push_back("--runasroot");
  }
}

void IrcServer::Start() {
  const auto environment = PlainEnvironment(dir_.path());
  process_ = std::make_unique<Process>(Command{.arguments = command_, .environment = environment},
                                       dir_.File("err"), dir_.File("out"));
  WaitUntilTrue([&] { return Answers(port_); }, "the IRC server",
                [&] { return ReadFile(dir_.File("err")) + ReadFile(dir_.File("out")); });
  if (kind_ != IrcKind::kInspircd) return;
  services_ = std::make_unique<Process>(
      Command{.arguments = {"/usr/bin/python3", std::string(kFolder) + "irc_services.py",
                            absl::StrCat(plain_port_)},
              .environment = environment},
      dir_.File("services-err"));
  REQUIRE(services_->WaitForOutput(
      [](const std::string& said) { return said.find("linked") != std::string::npos; },
      kPeerLimit));
}

void IrcServer::Kill() {
  process_->Signal(SIGKILL);
  REQUIRE(process_->Wait(kPeerLimit));
  services_.reset();
}

std::string IrcServer::Section(const std::string& rooms) const {
  const std::string account =
      kind_ == IrcKind::kNgircd
          ? ""
          : absl::StrCat("    account: ", kBotNick, "\n    password_file: ", dir_.File("password"),
                         "\n");
  return absl::StrCat("irc:\n  - host: 127.0.0.1\n    port: ", port_,
                      "\n    ca_file: ", certificate(), "\n", account, "    rooms:\n", rooms);
}

IrcPerson::IrcPerson(const IrcServer& server, const std::string& nick, const std::string& account,
                     const std::string& channel)
    : ChatPerson(nick,
                 {Node(), std::string(kFolder) + "irc_person.mjs", "127.0.0.1",
                  absl::StrCat(server.port()), nick, channel, account},
                 {{"PATH", "/usr/bin:/bin"}, {"NODE_EXTRA_CA_CERTS", server.certificate()}}) {}

}  // namespace tocsin::e2e
