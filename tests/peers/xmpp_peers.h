// XMPP servers from Debian, and people in their rooms with slixmpp.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/peers/chat_peers.h"

namespace tocsin::e2e {

/// Whether the server and slixmpp are installed; when not, prints once what is missing.
bool HaveXmppPeers();

/// An XMPP server for the domain chat.test with rooms at rooms.chat.test and the accounts tocsin,
/// ada, bob, eve (password: the name and "-secret"). Its certificate is its own. It is prosody, or
/// ejabberd when the environment says so: TOCSIN_XMPP_PEER=ejabberd.
class XmppServer {
 public:
  struct Options {
    /// New rooms show accounts to nobody.
    bool hide_accounts = false;
  };
  XmppServer() : XmppServer(Options()) {}
  explicit XmppServer(Options options);

  /// Runs it and waits until it answers.
  void Start();
  /// SIGKILL.
  void Kill();

  uint16_t port() const { return port_; }
  std::string certificate() const { return dir_.File("cert.pem"); }
  /// The bot's section for it; `rooms` are the items of its list.
  std::string Section(const std::string& rooms) const;

 private:
  std::vector<std::string> ProsodyCommand(const Options& options) const;
  std::vector<std::string> EjabberdCommand(const Options& options) const;

  TempDir dir_;
  uint16_t port_ = 0;
  std::string fingerprint_;
  std::vector<std::string> command_;
  std::unique_ptr<Process> process_;
};

inline constexpr char kRoom[] = "war@rooms.chat.test";
inline constexpr char kBotJid[] = "tocsin@chat.test";

/// Somebody connected to it.
class XmppPerson : public ChatPerson {
 public:
  /// `name` is the account; enters `room` under `nick` unless the room is empty. Waits until it is
  /// in.
  XmppPerson(const XmppServer& server, const std::string& name, const std::string& room,
             const std::string& nick);

  void React(const std::string& stanza_id, const std::string& with) {
    Order({{"do", "react"}, {"id", stanza_id}, {"with", with}});
  }
  void Raw(const std::string& xml) { Order({{"do", "raw"}, {"xml", xml}}); }
  /// The texts of all that the room's archive holds, oldest first.
  std::vector<std::string> Archive();
};

}  // namespace tocsin::e2e
