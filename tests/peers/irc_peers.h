// IRC servers from Debian, and people in their channels with irc-framework.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/peers/chat_peers.h"

namespace tocsin::e2e {

enum class IrcKind {
  /// Knows no accounts.
  kNgircd,
  /// With accounts: its password is the account and "-secret". Somebody is an operator with OPER
  /// root root-secret.
  kInspircd,
};

/// Whether the server and irc-framework are installed; when not, prints once what is missing.
bool HaveIrcPeers(IrcKind kind);

/// An IRC server with TLS and a certificate of its own.
class IrcServer {
 public:
  explicit IrcServer(IrcKind kind);

  /// Runs it and waits until people can sign in.
  void Start();
  /// SIGKILL.
  void Kill();

  uint16_t port() const { return port_; }
  std::string certificate() const { return dir_.File("cert.pem"); }
  /// The bot's section for it, with an account where there are any. `rooms` are the items of its
  /// list.
  std::string Section(const std::string& rooms) const;

 private:
  void WriteNgircd();
  void WriteInspircd();

  const IrcKind kind_;
  TempDir dir_;
  uint16_t port_ = 0;
  uint16_t plain_port_ = 0;
  std::vector<std::string> command_;
  std::unique_ptr<Process> process_;
  std::unique_ptr<Process> services_;
};

inline constexpr char kChannel[] = "#war";
inline constexpr char kBotNick[] = "tocsin";

/// Somebody connected to it, in the channel.
class IrcPerson : public ChatPerson {
 public:
  /// Signed in as `account` unless that is empty.
  IrcPerson(const IrcServer& server, const std::string& nick, const std::string& account,
            const std::string& channel = kChannel);

  void Raw(const std::string& line) { Order({{"do", "raw"}, {"line", line}}); }
};

}  // namespace tocsin::e2e
